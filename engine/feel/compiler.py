"""Syntax tree -> closures. Every closure takes the scope and returns the value; none keeps state between calls."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from engine.feel import arithmetic, comparison, iterations, lambdas, logic, members, nodes, texts, types, values
from engine.feel.errors import FeelUnsupported
from engine.feel.functions import Functions
from engine.feel.messages import Message
from engine.feel.runs import ITEM, RUN, Code, Run, Scope
from engine.feel.values import Range

_LANGUAGE_BINDS = frozenset({logic.TESTED, "partial"})
_DIGITS = "{name!r} is no number but a name, and there is no such variable; numbers have the digits 0 to 9"
"""The grammar takes digits of other scripts for letters (rule 28)."""


class Compiler:
    """Compiles one text and gathers what it reads."""

    def __init__(self, functions: Functions, resolve: types.Resolver) -> None:
        self.functions = functions
        self.resolve = resolve
        self.names: set[str] = set()
        """Variables that the text reads and does not bind itself."""
        self.maybe_keys: set[str] = set()
        """Those of the names that are read inside a filter only, where they may be keys of its items."""
        self.paths: set[tuple[str, str]] = set()
        """`variable.member` wherever the text reads the member of a variable it does not bind itself."""
        self.called: set[str] = set()
        """Functions that the text calls by name and does not bind itself."""
        self.places: dict[str, int] = {}
        """Where each name stands first, as a variable or a function, bound or not."""
        self._bound: list[Collection[str]] = []
        self._mentioned: dict[int, frozenset[str]] = {}
        self._filtering = 0

    def __call__(self, node: nodes.Node) -> Code:
        return _CODE[type(node)](self, node)

    def refer(self, name: str) -> None:
        """Note that the text reads the variable `name`."""
        if self.is_bound(name):
            return
        if not self._filtering:
            self.maybe_keys.discard(name)
        elif name not in self.names:
            self.maybe_keys.add(name)
        self.names.add(name)

    def is_bound(self, name: str) -> bool:
        """Whether `name` is a variable of the text itself here."""
        return any(name in bound for bound in self._bound)

    @contextlib.contextmanager
    def binding(self, names: Collection[str]) -> Iterator[None]:
        """Inside, `names` belong to the text itself; more may be added meanwhile."""
        self._bound.append(names)
        try:
            yield
        finally:
            self._bound.pop()

    @contextlib.contextmanager
    def filtering(self) -> Iterator[None]:
        """Inside, a name may be a key of the items that are filtered."""
        self._filtering += 1
        try:
            yield
        finally:
            self._filtering -= 1


    def mentions(self, node: nodes.Node, name: str) -> bool:
        """Whether the variable `name`, one of those that the language itself binds, occurs anywhere in `node`."""
        return name in self._names_in(node)

    def _names_in(self, node: nodes.Node) -> frozenset[str]:
        """Found once for each node, or a text of nested tests would be walked through for each of them."""
        found = self._mentioned.get(id(node))
        if found is None:
            own = {node.name} & _LANGUAGE_BINDS if isinstance(node, nodes.Name) else set()
            found = frozenset(own).union(*map(self._names_in, nodes.children(node)))
            self._mentioned[id(node)] = found
        return found


def _literal(_: Compiler, node: nodes.Literal) -> Code:
    value, spelled, at = node.value, node.spelled, node.at
    if spelled:
        return lambda scope: scope[RUN].warn(Message("{text!r} is no date, time or duration", text=spelled), at)
    return lambda _: value


def _name(compiler: Compiler, node: nodes.Name) -> Code:
    name, at = node.name, node.at
    missing = _DIGITS if name[0].isdecimal() else "there is no variable {name!r}"
    function = compiler.functions.get(name)
    compiler.places.setdefault(name, at)
    if function is None:
        compiler.refer(name)
    elif not compiler.is_bound(name):
        compiler.called.add(name)

    def read(scope: Scope) -> Any:
        try:
            return scope[name]
        except KeyError:
            if function is None:
                scope[RUN].warn(Message(missing, name=name), at)
            return function

    return read


def _path(compiler: Compiler, node: nodes.Path) -> Code:
    source, name, at = compiler(node.source), node.name, node.at
    if isinstance(node.source, nodes.Name) and not compiler.is_bound(node.source.name):
        compiler.paths.add((node.source.name, name))

    def read(scope: Scope) -> Any:
        value = source(scope)
        if type(value) is dict and name in value:
            return value[name]
        return members.read(scope[RUN], value, name, at)

    return read


def _call(compiler: Compiler, node: nodes.Call) -> Code:
    function = _callee(compiler, node.function)
    codes = [compiler(argument) for argument in node.arguments]
    if node.names is None:
        def call(scope: Scope) -> Any:
            callee = function(scope)
            if callee is None:
                return None
            return callee.call(scope[RUN], [code(scope) for code in codes])

        return call
    named = list(zip(node.names, codes, strict=True))

    def call_named(scope: Scope) -> Any:
        callee = function(scope)
        if callee is None:
            return None
        return callee.call_named(scope[RUN], {name: code(scope) for name, code in named})

    return call_named


def _callee(compiler: Compiler, node: nodes.Node) -> Code:
    """What a call calls: a function of the scope, else one by name, so that a variable `date` hides no function."""
    if not isinstance(node, nodes.Name):
        code = compiler(node)

        def computed(scope: Scope) -> Any:
            value = code(scope)
            if values.kind(value) == "function":
                return value
            return scope[RUN].warn(Message("{kind} is no function", kind=values.kind(value)), node.at)

        return computed
    name = node.name
    known = compiler.functions.get(name)
    compiler.places.setdefault(name, node.at)
    if not compiler.is_bound(name):
        compiler.called.add(name)

    def by_name(scope: Scope) -> Any:
        value = scope.get(name)
        if value is not None and values.kind(value) == "function":
            return value
        if known is None:
            scope[RUN].warn(Message("there is no function {name!r}", name=name), node.at)
        return known

    return by_name


def _list(compiler: Compiler, node: nodes.ListLiteral) -> Code:
    codes = [compiler(item) for item in node.items]
    size = ITEM * len(codes)

    def build(scope: Scope) -> list[Any]:
        scope[RUN].produce(size)
        return [code(scope) for code in codes]

    return build


def _context(compiler: Compiler, node: nodes.ContextLiteral) -> Code:
    entries: list[tuple[str, Code]] = []
    bound: set[str] = set()
    with compiler.binding(bound):
        for key, value in node.entries:
            entries.append((key, compiler(value)))
            bound.add(key)
    doubled = len({key for key, _ in entries}) < len(entries)

    def build(scope: Scope) -> Any:
        if doubled:
            return scope[RUN].warn(Message("a key comes twice in a context"), node.at)
        scope[RUN].produce(ITEM * (2 * len(entries) + 1))
        inner, built = scope.copy(), {}
        for key, code in entries:
            built[key] = inner[key] = code(inner)
        return built

    return build


def _range(compiler: Compiler, node: nodes.RangeLiteral) -> Code:
    start, end = compiler(node.start), compiler(node.end)

    def build(scope: Scope) -> Any:
        low, high = start(scope), end(scope)
        ends = {values.kind(end) for end in (low, high) if end is not None}
        if len(ends) > 1 or not ends <= comparison.ORDERED_KINDS or comparison.less(high, low):
            return scope[RUN].warn(Message("a range from {start} to {end} has no value", start=_named(low),
                                           end=_named(high)), node.at)
        return Range(start=low, end=high, start_included=node.start_included, end_included=node.end_included)

    if isinstance(node.start, nodes.Literal) and isinstance(node.end, nodes.Literal):
        constant = build({RUN: Run()})
        return lambda scope: constant if constant else build(scope)
    return build


def _named(value: Any) -> str:
    """A value as a message names it: itself, or its kind where it may be long."""
    return texts.to_string(value) if type(value) in comparison.POINTS else values.kind(value)


def _operator_range(compiler: Compiler, node: nodes.OperatorTest) -> Code:
    operand, operator = compiler(node.operand), node.operator
    has_start, has_end = operator in {">", ">=", "=", "!="}, operator in {"<", "<=", "=", "!="}

    def build(scope: Scope) -> Any:
        value = operand(scope)
        if type(value) in values.CONTAINERS or type(value) is Range:
            return scope[RUN].warn(Message("a range from {start} to {end} has no value", start=values.kind(value),
                                           end=values.kind(value)), node.at)
        return Range(start=value if has_start else None, end=value if has_end else None, operator=operator,
                     start_included=operator in {">=", "="}, end_included=operator in {"<=", "="})

    return build


def _instance_of(compiler: Compiler, node: nodes.InstanceOf) -> Code:
    value = compiler(node.value)
    try:
        type_ = compiler.resolve(node.type)
    except FeelUnsupported:
        type_ = None
    if type_ is None or types.is_bare(type_):
        return lambda scope: scope[RUN].warn(Message("{name!r} is no type", name=node.type.name), node.type.at)
    null = node.type.name in {"Null", "null"}

    def check(scope: Scope) -> bool:
        tested = value(scope)
        if type(tested) in values.CONTAINERS:
            scope[RUN].measure(tested)
        return null if tested is None else type_.accepts(tested)

    return check


_CODE: Mapping[type[nodes.Node], Callable[[Compiler, Any], Code]] = {
    nodes.Literal: _literal, nodes.Name: _name, nodes.Path: _path, nodes.Call: _call, nodes.ListLiteral: _list,
    nodes.ContextLiteral: _context, nodes.RangeLiteral: _range, nodes.OperatorTest: _operator_range,
    nodes.InstanceOf: _instance_of,
    nodes.FunctionLiteral: lambda compiler, node: lambdas.function(node, compiler, compiler.resolve),
    nodes.Arithmetic: lambda compiler, node: arithmetic.arithmetic(node, compiler),
    nodes.Negation: lambda compiler, node: arithmetic.negation(node, compiler),
    nodes.Comparison: lambda compiler, node: logic.compare(node, compiler),
    nodes.Between: lambda compiler, node: logic.between(node, compiler),
    nodes.In: lambda compiler, node: logic.in_(node, compiler),
    nodes.And: lambda compiler, node: logic.conjunction(node, compiler),
    nodes.Or: lambda compiler, node: logic.disjunction(node, compiler),
    nodes.If: lambda compiler, node: logic.conditional(node, compiler),
    nodes.For: lambda compiler, node: iterations.loop(node, compiler),
    nodes.Quantified: lambda compiler, node: iterations.quantified(node, compiler),
    nodes.Filter: lambda compiler, node: iterations.filtered(node, compiler),
}
