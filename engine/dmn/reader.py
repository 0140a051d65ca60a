"""What every part of a DMN file is read with: its names, types and functions, and the list of problems."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from engine import feel, values
from engine.dmn import documents
from engine.dmn.documents import Element
from engine.dmn.tables import Table
from engine.feel import names, types
from engine.feel.runs import RUN, Code, Scope

_T = TypeVar("_T")
_NAMED = ("variable", "inputData", "decision", "businessKnowledgeModel", "decisionService", "itemDefinition",
          "itemComponent", "formalParameter", "column", "import", "output")
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
        self._language = str(root.get("expressionLanguage") or "FEEL")
        self.read: set[str] = set()
        """Variables read by the texts compiled since the set was last emptied."""
        self._local: list[frozenset[str]] = []
        self._names = frozenset(
            names.normalise(spoken) for element in root.iter()
            if isinstance(element.tag, str) and documents.name(element) in _NAMED
            for spoken in (element.get("name"), element.get("iteratorVariable")) if spoken)

    def know(self, more: Iterable[str]) -> None:
        """Names that come from other files."""
        self._names |= frozenset(more)

    def problem(self, element: Element, what: str, what_fa: str, *, fix: str, fix_fa: str, code: str,
                warning: bool = False, line: int | None = None) -> None:
        """Note a problem at `element`: what it is and how to mend it, in both languages."""
        self.problems.append(values.Problem(
            where=documents.identity(element), what=what, what_fa=what_fa, fix=fix, fix_fa=fix_fa, code=code,
            file=self.file, line=line or element.sourceline, severity="warning" if warning else "error"))

    @contextlib.contextmanager
    def binding(self, local: Iterable[str]) -> Iterator[None]:
        """Inside, these names belong to the boxed expression and not to the model."""
        self._local.append(frozenset(local))
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
        return self._compiled(element, text, feel.compile)

    def tests(self, element: Element, text: str) -> feel.UnaryTests | None:
        """The compiled unary tests; None, and a problem is noted, where they do not compile."""
        return self._compiled(element, text, feel.unary_tests)

    def _compiled(self, element: Element, text: str, compile_: Callable[..., _T]) -> _T | None:
        language = str(element.get("expressionLanguage") or self._language)
        if "feel" not in language.lower():  # its names differ by version, `…/FEEL/20140401` or `…/20230324/FEEL/`
            self.problem(element, f"the expression language {language!r} is not supported",
                         f"زبان {language!r} پشتیبانی نمی‌شود", code="unsupported", fix="Write the expression in FEEL.",
                         fix_fa="عبارت را به FEEL بنویسید.")
            return None
        try:
            compiled = compile_(text, names=self._names, functions=self.functions, named_types=self.types)
        except feel.FeelError as fault:
            inner = documents.child(element, "text")
            start = (inner if inner is not None else element).sourceline or 1
            self.problem(element, f"{text!r}: {fault.message}, line {fault.line}, column {fault.column}",
                         f"{text!r}: {fault.message_fa}، سطر {fault.line}، ستون {fault.column}",
                         fix=fault.hint or _HINT[0], fix_fa=fault.hint_fa or _HINT[1], code="feel",
                         line=start + fault.line - 1)
            return None
        if isinstance(compiled, (feel.Expression, feel.UnaryTests)):
            self.read |= {name for name in compiled.names if not any(name in local for local in self._local)}
            self._check_functions(element, text, compiled.unknown_functions)
        return compiled

    def _check_functions(self, element: Element, text: str, unknown: Iterable[str]) -> None:
        for name in sorted(unknown):
            if not any(name in local for local in self._local) and name not in self._names:
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
