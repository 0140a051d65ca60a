"""Compiled FEEL texts: cached by text, evaluated within a budget."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.clock import Clock
from engine.feel import (
    lexer,
    logic,
    names,
    nodes,
    numerals,
    outlines,
    outside,
    parser,
    printer,
    runs,
    types,
    values,
)
from engine.feel.compiler import Compiler
from engine.feel.errors import FeelBudgetExceeded, FeelError, FeelSyntaxError, FeelUnsupported
from engine.feel.functions import Functions
from engine.feel.runs import RUN, Code, Limits, Run, Scope

MAX_CACHED_LENGTH = 4_000
SHORT, CACHED_SHORT, CACHED_LONG = 256, 512, 48
"""Texts of up to SHORT characters and longer ones are cached apart: what is compiled takes some 350 bytes a character,
and many long texts must neither fill the memory nor drive out the conditions that are asked all the time."""
_ABSENT = object()
_PLAIN, _TOO_LARGE, _to_34_digits = outside.PLAIN, numerals.MAX_EXPONENT, numerals.CONTEXT.plus


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A value and the warnings on the way to it."""

    value: Any
    warnings: tuple[runs.Warning, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compiled:
    """What an expression and unary tests have in common: the text, and what it reads."""

    text: str
    names: frozenset[str]
    """Variables that the text reads and does not bind itself; in a filter they may turn out to be keys of items."""
    maybe_keys: frozenset[str]
    """Those of `names` that stand in filters only."""
    paths: frozenset[tuple[str, str]]
    """(variable, member) for each `variable.member` that the text reads."""
    unknown_functions: frozenset[str]
    """Functions that the text calls and that nobody registered; a variable may hold them."""
    is_pure: bool
    """Whether the same variables always give the same value: no `now()`, `today()` or `random number()`."""
    reads: tuple[str, ...]
    """Everything to take over from the variables: names, and functions a variable may replace."""
    places: Mapping[str, int]
    """The offset in the text at which each name stands first."""
    tree: nodes.Node
    """The syntax tree: what analyses of decision tables reason about."""

    def scope(self, variables: Mapping[str, Any], limits: Limits = runs.DEFAULT, clock: Clock | None = None) -> Scope:
        """A scope with a new run and every variable that the text reads. Raises: FeelTypeError."""
        scope: Scope = {RUN: Run(limits, clock)}
        convert: outside.Conversion | None = None
        for name in self.reads:
            value = variables.get(name, _ABSENT)
            kind = type(value)
            if kind is Decimal and value.is_finite() and value.adjusted() < _TOO_LARGE:
                scope[name] = _to_34_digits(value)
            elif kind in _PLAIN:
                scope[name] = value
            elif value is not _ABSENT:
                convert = convert or outside.Conversion()
                scope[name] = convert.named(name, value)
        return scope


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expression(Compiled):
    """A compiled expression."""

    code: Code

    def evaluate(self, variables: Mapping[str, Any], *, limits: Limits = runs.DEFAULT,
                 clock: Clock | None = None) -> Any:
        """The value of the expression; null where the standard has no other.

        Variables are taken over as `feel.from_python` does. `now()` and `today()` ask `clock`.

        Raises: FeelBudgetExceeded; FeelTypeError, which is a TypeError, for a variable that is no FEEL value.
        """
        return self._evaluated(variables, limits, clock)[0]

    def explain(self, variables: Mapping[str, Any], *, limits: Limits = runs.DEFAULT,
                clock: Clock | None = None) -> Outcome:
        """Like `evaluate`, with the reasons why parts of the expression became null."""
        value, run = self._evaluated(variables, limits, clock)
        return Outcome(value=value, warnings=tuple(run.warnings or ()))

    def _evaluated(self, variables: Mapping[str, Any], limits: Limits, clock: Clock | None) -> tuple[Any, Run]:
        try:
            scope = self.scope(variables, limits, clock)
            value = self.code(scope)
        except RecursionError:
            raise FeelBudgetExceeded("depth") from None
        run: Run = scope[RUN]
        return value if type(value) in values.SCALARS else run.measure(value), run


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnaryTests(Compiled):
    """Compiled unary tests: the cell of a decision table, or allowed values."""

    test: logic.Test
    outline: outlines.Outline | None
    """The values that pass, when the tests hold constants only."""

    def evaluate(self, value: Any, variables: Mapping[str, Any] | None = None, *, limits: Limits = runs.DEFAULT,
                 clock: Clock | None = None) -> bool | None:
        """Whether `value` passes; None where that is undecided. Raises as evaluating an expression does."""
        try:
            scope = self.scope(variables or {}, limits, clock)
            return self.test(scope, outside.from_python(value))
        except RecursionError:
            raise FeelBudgetExceeded("depth") from None


def compile_expression(text: str, *, names: Iterable[str] = (), functions: Functions | None = None,
                       named_types: Mapping[str, types.Type] | None = None) -> Expression:
    """The compiled expression; a leading `=`, as other tools write it, is skipped.

    `names` are the variables in reach; only those that are more than one word matter. Types that are not built in
    come with `named_types`.

    Raises: FeelSyntaxError, FeelUnsupported.
    """
    expression: Expression = _compile(_bare(text), names, functions, named_types, unary=False)
    return expression


def _bare(text: str) -> str:
    """The text without a leading `=`."""
    return text.replace("=", " ", 1) if text.lstrip().startswith("=") else text


def compile_unary_tests(text: str, *, names: Iterable[str] = (), functions: Functions | None = None,
                        named_types: Mapping[str, types.Type] | None = None) -> UnaryTests:
    """The compiled unary tests (`-`, `"a", "b"`, `not(< 10)`, `[1..5]`, `? > limit`). Raises as compiling does."""
    tests: UnaryTests = _compile(text, names, functions, named_types, unary=True)
    return tests


def to_text(text: str, *, names: Iterable[str] = (), functions: Functions | None = None, unary: bool = False) -> str:
    """The expression, or with `unary` the unary tests, in canonical form: one spelling, no needless parentheses.

    The form compiles to the same tree with the same names. A text that is nested so deeply that no parentheses can be
    added to it comes back as it is. Comments are left out. Raises as compiling does.
    """
    known = _known(functions or standard_functions(), names)
    text = text if unary else _bare(text)
    try:
        tree = parser.parse(text, known, unary=unary)
        for careful in (False, True):
            printed = printer.to_text(tree, careful=careful)
            if _is_same(printed, tree, known, unary=unary):
                return printed
    except RecursionError:
        raise _too_deep() from None
    return text


def _is_same(printed: str, tree: nodes.Node, known: names.KnownNames, *, unary: bool) -> bool:
    try:
        return bool(printer.shape(parser.parse(printed, known, unary=unary)) == printer.shape(tree))
    except FeelError:
        return False


def _too_deep() -> FeelSyntaxError:
    return FeelSyntaxError("the expression is nested too deeply", message_fa="عبارت بیش از اندازه تو در تو است",
                           hint="Split the expression.", hint_fa="عبارت را چند تکه کنید.")


def _compile(text: str, known: Iterable[str], functions: Functions | None,
             named_types: Mapping[str, types.Type] | None, *, unary: bool) -> Any:
    spaced = frozenset(name for name in known if not names.is_plain(name))
    build = _builder(len(text)) if not named_types else _build
    extra = (named_types,) if named_types else ()
    try:
        return build(text, spaced, functions or standard_functions(), unary, *extra)
    except RecursionError:
        raise _too_deep() from None


def _builder(length: int) -> Callable[..., Any]:
    if length <= SHORT:
        return _build_short
    return _build_long if length <= MAX_CACHED_LENGTH else _build


@functools.cache
def standard_functions() -> Functions:
    """The functions of the standard alone."""
    return Functions()


@functools.cache
def _function_names(functions: Functions) -> names.KnownNames:
    return names.KnownNames({*functions, *names.BUILT_IN})


def _known(functions: Functions, variables: Iterable[str]) -> names.KnownNames:
    in_reach = _function_names(functions).copy()
    for name in variables:
        if not names.is_plain(name):
            in_reach.add(name)
    return in_reach


def _build(text: str, known: frozenset[str], functions: Functions, unary: bool,
           named_types: Mapping[str, types.Type] | None = None) -> Expression | UnaryTests:
    tree = parser.parse(text, _known(functions, known), unary=unary)

    def unknown(written: nodes.TypeName) -> types.Type:
        line, column = lexer.place(text, written.at)
        raise FeelUnsupported(f"type {written.name!r}", line=line, column=column, hint="Use a type of the standard.")

    compiler = Compiler(functions, types.resolver(named_types or {}, unknown))
    facts: dict[str, Any] = {"text": text, "tree": tree}
    if isinstance(tree, nodes.Tests):
        facts["test"] = logic.tests(tree, compiler)
        facts["outline"] = outlines.outline(tree)
    else:
        facts["code"] = compiler(tree)
    called = compiler.called
    facts |= {
        "names": frozenset(compiler.names - {logic.TESTED} if unary else compiler.names),
        "maybe_keys": frozenset(compiler.maybe_keys), "paths": frozenset(compiler.paths),
        "unknown_functions": frozenset(called - functions.keys()),
        "is_pure": all(functions.is_pure(name) for name in called & functions.keys()),
        "reads": tuple(sorted(compiler.names | called)), "places": compiler.places,
    }
    return UnaryTests(**facts) if unary else Expression(**facts)


_build_short = functools.lru_cache(maxsize=CACHED_SHORT)(_build)
_build_long = functools.lru_cache(maxsize=CACHED_LONG)(_build)


def context_keys(text: str) -> list[str]:
    """The keys of a text that is a context written out, `{a: 1, b: 2}`; empty for any other.

    Raises as compiling does.
    """
    tree = parser.parse(text, _function_names(standard_functions()).copy(), unary=False)
    return [key for key, _ in tree.entries] if isinstance(tree, nodes.ContextLiteral) else []


def evaluate(text: str, variables: Mapping[str, Any] | None = None, *, functions: Functions | None = None,
             limits: Limits = runs.DEFAULT, clock: Clock | None = None) -> Any:
    """Compile and evaluate at once; the known names are the keys of the variables, however deep. Raises as both."""
    variables = variables or {}
    expression = compile_expression(text, names=names.all_keys(variables), functions=functions)
    return expression.evaluate(variables, limits=limits, clock=clock)
