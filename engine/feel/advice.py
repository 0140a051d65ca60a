"""What keeps a text from being used as FEEL where people write it, and how they mend it.

Evaluation is lenient: what a text lacks is null. An author is better told before anything runs. A text in another
language is compiled to be sure how it is said in FEEL, and never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.feel import expressions, lexer, nodes
from engine.feel.errors import FeelError
from engine.feel.functions import Functions

_CHOSEN = re.compile(r"(?P<one>.+?)\s+if\s+(?P<test>.+?)\s+else\s+(?P<other>.+)")
_ASKED = re.compile(r"(?P<test>[^?]+?)\s*\?\s*(?P<one>[^:]+?)\s*:\s*(?P<other>.+)")
_SPELLINGS = tuple((re.compile(pattern), spelling) for pattern, spelling in (
    (r"={2,3}", "="), (r"!==", "!="), (r"&&", " and "), (r"\|\|", " or "), (r"\bis\s+not\s+None\b", "!= null"),
    (r"\bis\s+None\b", "= null"), (r"\bTrue\b", "true"), (r"\bFalse\b", "false"), (r"\bNone\b", "null"),
    (r"\blen\(", "count("), (r"\bnot\s+(\w+)", r"not(\1)"), (r"!(?!=)\s*(\w+)", r"not(\1)"), (r"'([^'\"]*)'", r'"\1"')))
_LONGEST = 2_000
"""Characters of a text that a translation is tried for."""
_STATEMENT = re.compile(r"(?:assert|async|await|def|del|exec|from|global|import|lambda|nonlocal|print|raise|yield) .+")
_IDENTITY = re.compile(r".+ is (?:not )?(?:None|True|False)")
"""Words side by side are one name in FEEL; these are Python instead, a statement where it is the whole text."""
_LITERALS = frozenset({"True", "False", "None"})
_HINTS = ("write one FEEL expression, such as price * count", "یک عبارت FEEL بنویسید، مانند price * count")
_NO_CONTEXT = (nodes.Literal, nodes.Comparison, nodes.Arithmetic, nodes.Negation, nodes.And, nodes.Or, nodes.Between,
               nodes.In, nodes.InstanceOf, nodes.ListLiteral, nodes.RangeLiteral, nodes.OperatorTest, nodes.For,
               nodes.Quantified, nodes.FunctionLiteral)


def faults(text: str, *, functions: Functions | None = None) -> list[FeelError]:
    """Why the text must not be used, each fault with its place and a hint; empty when it may.

    That it is no FEEL; that it calls what is no function (no variable of a process or a form holds one); that it
    names what only Python knows.
    """
    try:
        expression = expressions.compile_expression(text, functions=functions)
    except FeelError as error:
        hints = _hints(translated(text, functions=functions), error.hint or _HINTS[0], error.hint_fa or _HINTS[1])
        return [FeelError(error.message, message_fa=error.message_fa, line=error.line, column=error.column, **hints)]
    found = sorted(_misused(expression), key=lambda each: each[0])
    told = translated(text, functions=functions) if found else None
    return [_fault(expression, *each, told) for each in found]


def translated(text: str, *, functions: Functions | None = None) -> str | None:
    """The text with the spellings of other languages replaced by those of FEEL; None unless that makes it usable."""
    said = text.strip()
    if len(said) > _LONGEST:
        return None
    if said[:2] in ("${", "#{") and said.endswith("}"):
        said = said[2:-1].strip()
    for pattern, spelling in _SPELLINGS:
        said = pattern.sub(spelling, said)
    chosen = _CHOSEN.fullmatch(said) or _ASKED.fullmatch(said)
    if chosen is not None:
        said = f"if {chosen['test']} then {chosen['one']} else {chosen['other']}"
    said = re.sub(r"[ \t]+", " ", said).strip()
    try:
        expression = expressions.compile_expression(said, functions=functions)
    except FeelError:
        return None
    return None if any(_misused(expression)) else said


def gives_no_context(text: str, *, functions: Functions | None = None) -> bool:
    """Whether the value can never be a context, whatever the variables are. Raises as compiling does."""
    pending: list[nodes.Node] = [expressions.compile_expression(text, functions=functions).tree]
    while pending:
        tree = pending.pop()
        if isinstance(tree, nodes.If):
            pending += [tree.consequent, tree.alternative]
        elif not isinstance(tree, _NO_CONTEXT):
            return False
    return True


def _misused(expression: expressions.Expression) -> Iterator[tuple[int, str, str]]:
    """Offset, name and kind of each thing that is there for Python only, or not at all."""
    for name in expression.unknown_functions:
        yield expression.places[name], name, "function"
    for name in expression.names:
        is_statement = isinstance(expression.tree, nodes.Name) and _STATEMENT.fullmatch(name)
        if is_statement or name in _LITERALS or _IDENTITY.fullmatch(name):
            yield expression.places[name], name, "python"
    pending: list[nodes.Node] = [expression.tree]
    while pending:
        tree = pending.pop()
        pending += nodes.children(tree)
        if isinstance(tree, nodes.Call) and isinstance(tree.function, nodes.Path):
            root: nodes.Node = tree.function
            while isinstance(root, nodes.Path):
                root = root.source
            if isinstance(root, nodes.Name) and root.name in expression.names:
                yield root.at, f"{root.name}.{tree.function.name}", "function"


def _fault(expression: expressions.Expression, at: int, name: str, kind: str, told: str | None) -> FeelError:
    line, column = lexer.place(expression.text, at)
    if kind == "function":
        return FeelError(f"there is no function {name}", message_fa=f"تابعی به نام {name} نیست", line=line,
                         column=column, **_hints(told, "correct its name, or have the function registered",
                                                 "نام آن را درست کنید یا تابع را ثبت کنید"))
    return FeelError(f"{name!r} is Python, not FEEL", message_fa=f"{name!r} پایتون است، نه FEEL", line=line,
                     column=column, **_hints(told, *_HINTS))


def _hints(told: str | None, hint: str, hint_fa: str) -> dict[str, str]:
    if told is None:
        return {"hint": hint, "hint_fa": hint_fa}
    return {"hint": f"write in FEEL: {told}", "hint_fa": f"با FEEL بنویسید: {told}"}
