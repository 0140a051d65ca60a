"""What every part of a DMN file is read with: its names, types and functions, and the list of problems."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from engine import feel, values
from engine.dmn import documents, languages
from engine.dmn.documents import Element
from engine.dmn.tables import Table
from engine.feel import names, types
from engine.feel.runs import RUN, Code, Scope

_NAMED = ("variable", "inputData", "decision", "businessKnowledgeModel", "decisionService", "itemDefinition",
          "itemComponent", "formalParameter", "column", "import", "output", "for", "some", "every")
_WORD = re.compile(rf"{names.WORD.pattern}|\?")
"""What a name may begin with."""
MAX_TEXT = 400_000
"""Characters of expressions and cells in one file, equal ones counted once: to compile more takes too long."""
MAX_PROBLEMS = 1_000
"""Problems and warnings of one file."""
MAX_SHOWN = 500
"""Characters of a text in a problem about it."""
_HINT = "Write the text in FEEL as the standard has it.", "متن را به زبان FEEL و بر پایه استاندارد بنویسید."


class Reader:
    """Reads one file. Problems gather here, so that an author sees all of them at once."""

    def __init__(self, root: Element, functions: feel.Functions, *, file: str | None = None) -> None:
        self.functions = functions
        self.file = file
        self.problems: list[values.Problem] = []
        self.types: dict[str, types.Type] = {}
        self.tables: list[Table] = []
        """Every decision table of the file, also inside other boxed expressions."""
        self.is_full = False
        """Whether there are more problems than anyone reads: the file is refused, nothing more is compiled or said."""
        self._root = root
        self._length = 0
        self._is_too_long = False
        self._complained = False
        self._speaks = languages.is_feel(root.get("expressionLanguage"))
        self.read: set[str] = set()
        """Variables read by the texts compiled since the set was last emptied."""
        self._local: list[Collection[str]] = []
        self._texts: dict[tuple[str, str], feel.Expression | feel.UnaryTests | feel.FeelError] = {}
        """What became of every text of the file, so that equal cells are compiled once."""
        self._names: set[str] = set()
        self._spaced = names.KnownNames(())
        """Those of more than one word."""
        self.know(spoken for element in root.iter()
                  if documents.name(element) in _NAMED
                  for spoken in (element.get("name"), element.get("iteratorVariable")) if spoken)

    def know(self, more: Iterable[str]) -> None:
        """Names that texts may use, in this file or from others; to be said before any text is compiled."""
        for name in map(names.normalise, more):
            if name and name not in self._names:
                self._names.add(name)
                if not names.is_plain(name):
                    self._spaced.add(name)

    def _in_reach(self, text: str) -> set[str]:
        """The names of more than one word that occur in `text`. The compiler wants no others, and to hand it all of
        them with every text would make a long file slow."""
        starts = ((word.start(), word[0]) for word in _WORD.finditer(text))
        return {found[0] for start, word in starts if (found := self._spaced.longest(text, start, word))}

    def problem(self, element: Element, what: str, what_fa: str, *, fix: str, fix_fa: str, code: str,
                warning: bool = False, line: int | None = None) -> None:
        """Note a problem at `element`: what it is and how to mend it, in both languages."""
        if self.is_full:
            return
        if len(self.problems) >= MAX_PROBLEMS:
            self.is_full, element, line, warning, code = True, self._root, None, False, "too_many"
            what, what_fa = f"there are more than {MAX_PROBLEMS} problems", f"بیش از {MAX_PROBLEMS} مشکل هست"
            fix, fix_fa = "Mend these first.", "نخست همین‌ها را درست کنید."
        self.problems.append(values.Problem(
            where=documents.identity(element), what=what, what_fa=what_fa, fix=fix, fix_fa=fix_fa, code=code,
            file=self.file, line=line or element.sourceline, severity="warning" if warning else "error"))

    @contextlib.contextmanager
    def binding(self, local: Collection[str]) -> Iterator[None]:
        """Inside, these names belong to the boxed expression and not to the model; more may be added meanwhile."""
        self._local.append(local)
        try:
            yield
        finally:
            self._local.pop()

    def code(self, element: Element, text: str) -> Code:
        """The compiled expression; one that has no value, and a problem, where it does not compile."""
        expression = self.expression(element, text)
        return expression.code if expression else lambda _: None

    def expression(self, element: Element, text: str) -> feel.Expression | None:
        """The compiled expression; None, and a problem is noted, where it does not compile."""
        compiled = self._compiled(element, text, "expression", feel.compile)
        return compiled if isinstance(compiled, feel.Expression) else None

    def tests(self, element: Element, text: str) -> feel.UnaryTests | None:
        """The compiled unary tests; None, and a problem is noted, where they do not compile."""
        compiled = self._compiled(element, text, "tests", feel.unary_tests)
        return compiled if isinstance(compiled, feel.UnaryTests) else None

    def check_language(self, element: Element, kind: str) -> None:
        """Note a problem where the attribute `expressionLanguage` or `typeLanguage` names a language but FEEL."""
        language = element.get(kind)
        if not languages.is_feel(language):
            self.problem(element, f"the {kind} {language!r} is not supported",
                         f"زبان {language!r} ({kind}) پشتیبانی نمی‌شود", code="unsupported",
                         fix=f"Write it in FEEL, whose name is {languages.FEEL!r}.",
                         fix_fa=f"آن را به FEEL بنویسید که نامش {languages.FEEL!r} است.")

    def _speaks_feel(self, element: Element) -> bool:
        """Whether a text is FEEL; an element's own language was checked with the structure, the file's is here, where
        a text that names none of its own needs it."""
        if element.get("expressionLanguage"):
            return languages.is_feel(element.get("expressionLanguage"))
        if not self._speaks and not self._complained:
            self._complained = True
            self.check_language(self._root, "expressionLanguage")
        return self._speaks

    def _compiled(self, element: Element, text: str, kind: str,
                  compile_: Callable[..., feel.Expression | feel.UnaryTests]) -> object:
        if self.is_full or not self._speaks_feel(element):
            return None
        if (kind, text) not in self._texts:
            self._length += len(text)
            if self._length > MAX_TEXT:
                self._too_long(element)
                return None
            try:
                self._texts[kind, text] = compile_(text, names=self._in_reach(text), functions=self.functions,
                                                   named_types=self.types)
            except feel.FeelError as fault:
                self._texts[kind, text] = fault
        compiled = self._texts[kind, text]
        if isinstance(compiled, feel.FeelError):
            self._faulty(element, text, compiled)
        else:
            self.read |= {name for name in compiled.names if not self._is_local(name)}
            self._check_functions(element, text, compiled.unknown_functions)
        return compiled

    def _too_long(self, element: Element) -> None:
        if not self._is_too_long:
            self._is_too_long = True
            self.problem(element, f"the file has more than {MAX_TEXT} characters of different expressions",
                         f"پرونده بیش از {MAX_TEXT} نویسه عبارت گوناگون دارد", code="too_large",
                         fix="Split the model; models can import one another.",
                         fix_fa="مدل را بخش کنید؛ مدل‌ها می‌توانند یکدیگر را وارد کنند.")

    def _faulty(self, element: Element, text: str, fault: feel.FeelError) -> None:
        inner = documents.child(element, "text")
        start = (inner if inner is not None else element).sourceline or 1
        shown = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
        self.problem(element, f"{shown!r}: {fault.message}, line {fault.line}, column {fault.column}",
                     f"{shown!r}: {fault.message_fa}، سطر {fault.line}، ستون {fault.column}",
                     fix=fault.hint or _HINT[0], fix_fa=fault.hint_fa or _HINT[1], code="feel",
                     line=start + fault.line - 1)

    def _is_local(self, name: str) -> bool:
        return any(name in local for local in self._local)

    def _check_functions(self, element: Element, text: str, unknown: Iterable[str]) -> None:
        for name in sorted(unknown):
            if not self._is_local(name) and name not in self._names:
                self.problem(element, f"{text!r}: there is no function {name!r}",
                             f"{text!r}: تابعی به نام {name!r} نیست", code="unknown_function", warning=True,
                             fix="Use a function of FEEL or of the product, or draw the arrow to the knowledge.",
                             fix_fa="تابعی از FEEL یا سامانه به کار ببرید، یا پیکان به دانشی که آن را دارد بکشید.")

    def type(self, element: Element, attribute: str = "typeRef") -> types.Type:
        """The type that the element refers to; any type where it says nothing."""
        written = element.get(attribute)
        if written is None:
            inner = documents.child(element, attribute)
            written = documents.text(inner) if inner is not None else None
        return self.named_type(element, written) if written else types.ANY

    def named_type(self, element: Element, written: str) -> types.Type:
        """The built-in or own type of that name; DMN 1.1 puts a prefix before it."""
        spoken = names.normalise(written)
        for candidate in (spoken, spoken.partition(":")[2]):
            found = self.types.get(candidate) or types.simple(candidate)
            if found:
                return found
        self.problem(element, f"there is no type {written!r}", f"نوعی به نام {written!r} نیست", code="unknown_type",
                     fix="Define it as an item definition, or use a type of FEEL.",
                     fix_fa="آن را تعریف کنید یا یکی از نوع‌های FEEL را به کار ببرید.")
        return types.ANY


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute's text, normalised as a name."""
    return names.normalise(str(element.get(name) or default))


def with_type(code: Code, type_: types.Type, warn: Callable[[Scope], None]) -> Code:
    """`code` whose value is coerced to `type_`; null and a warning where it does not fit."""
    if type_ is types.ANY:
        return code

    def typed(scope: Scope) -> object:
        value, fits = types.coerce(scope[RUN].measure(code(scope)), type_, scope[RUN])
        if not fits:
            warn(scope)
        return value

    return typed
