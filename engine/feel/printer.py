"""Syntax tree -> FEEL text in one canonical form, which parses to the same tree again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from engine.feel import nodes, numerals, texts

_OPEN, _OR, _AND, _COMPARISON, _SUM, _PRODUCT, _POWER, _INSTANCE, _NEGATION, _POSTFIX, _ATOM = range(11)
"""How tightly a construct binds; one that binds less than its place asks for stands in parentheses."""
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}
MOST_PLAIN_DIGITS = 40


def to_text(root: nodes.Node, *, careful: bool = False) -> str:
    """The text of an expression or of unary tests: one space around operators, no parentheses beyond those needed.

    A name may hold spaces and operators, so that `a - b` is one name where such a name is known. `careful` puts every
    name that might run into its neighbours in parentheses, which no known name can cross.
    """
    return _Printer(careful=careful).at(_OPEN, root)


def shape(part: Any) -> Any:
    """A tree, or a part of one, as plain tuples without offsets: equal for texts that differ in spelling alone."""
    if isinstance(part, nodes.Literal):
        return type(part.value), texts.to_string(part.value)
    if isinstance(part, nodes.Node):
        return type(part), *(shape(getattr(part, field.name)) for field in fields(part) if field.name != "at")
    return tuple(shape(each) for each in part) if isinstance(part, tuple) else part


class _Printer:
    def __init__(self, *, careful: bool) -> None:
        self.careful = careful

    def at(self, level: int, node: nodes.Node) -> str:
        """The text of `node` where something that binds at least as tightly as `level` must stand."""
        binding, text = _PRINT[type(node)](self, node)
        if binding < level or (self.careful and isinstance(node, (nodes.Name, nodes.Path, nodes.InstanceOf))):
            return f"({text})"
        return text

    def all(self, parts: tuple[nodes.Node, ...]) -> str:
        """Expressions between commas."""
        return ", ".join(self.at(_OPEN, part) for part in parts)

    def test(self, node: nodes.Node, level: int = _OPEN) -> str:
        """A unary test: only there an operator needs no left side."""
        if isinstance(node, nodes.OperatorTest):
            return f"{node.operator} {self.at(_SUM, node.operand)}"
        return self.at(level, node)

    def end(self, node: nodes.Node) -> str:
        """An end of a range or of an iteration: beside `..` a bracket could be taken for the range's own."""
        simple = isinstance(node, (nodes.Literal, nodes.Name, nodes.Path))
        return self.at(_OPEN if simple else _ATOM + 1, node)

    def iterators(self, iterators: tuple[nodes.Iteration, ...]) -> str:
        """`a in list, b in 1..2`."""
        return ", ".join(
            f"{each.name} in " + (self.at(_OR, each.source) if each.end is None
                                  else f"{self.end(each.source)}..{self.end(each.end)}") for each in iterators)


_Printed = tuple[int, str]


def _literal(_: _Printer, node: nodes.Literal) -> _Printed:
    value = node.value
    if type(value) is Decimal:
        return (_NEGATION if value < 0 else _NEGATION + 1), number(value)
    return _ATOM, texts.to_string(value)


def number(value: Decimal) -> str:
    """The shortest digits: `12300`, `0.5`, and with an exponent where there would be too many zeros."""
    if not value or abs(value.adjusted()) <= MOST_PLAIN_DIGITS:
        return numerals.text(value)
    return f"{numerals.CONTEXT.normalize(value):e}"


def _path(to: _Printer, node: nodes.Path) -> _Printed:
    return _POSTFIX, f"{_source(to, node.source)}.{node.name}"


def _source(to: _Printer, node: nodes.Node) -> str:
    """What a point, a filter or a call follows; a number would swallow the point."""
    is_number = isinstance(node, nodes.Literal) and type(node.value) is Decimal
    return to.at(_ATOM + 1 if is_number else _POSTFIX, node)


def _filter(to: _Printer, node: nodes.Filter) -> _Printed:
    return _POSTFIX, f"{_source(to, node.source)}[{to.at(_OPEN, node.condition)}]"


def _call(to: _Printer, node: nodes.Call) -> _Printed:
    if node.names is None:
        return _POSTFIX, f"{_source(to, node.function)}({to.all(node.arguments)})"
    named = ", ".join(f"{name}: {to.at(_OPEN, argument)}"
                      for name, argument in zip(node.names, node.arguments, strict=True))
    return _POSTFIX, f"{_source(to, node.function)}({named})"


def _negation(to: _Printer, node: nodes.Negation) -> _Printed:
    return _NEGATION, f"-{to.at(_NEGATION, node.operand)}"


def _arithmetic(to: _Printer, node: nodes.Arithmetic) -> _Printed:
    binding = _ARITHMETIC[node.rest[0][0]]
    operands = [to.at(binding + 1, node.first)]
    operands += [f"{operator} {to.at(binding + 1, operand)}" for operator, operand in node.rest]
    return binding, " ".join(operands)


def _left(to: _Printer, node: nodes.Node) -> str:
    """The left side of a comparison; after a type, `<` would open the type's own brackets."""
    return to.at(_ATOM + 1 if isinstance(node, nodes.InstanceOf) else _COMPARISON, node)


def _comparison(to: _Printer, node: nodes.Comparison) -> _Printed:
    return _COMPARISON, f"{_left(to, node.left)} {node.operator} {to.at(_SUM, node.right)}"


def _between(to: _Printer, node: nodes.Between) -> _Printed:
    return _COMPARISON, f"{_left(to, node.value)} between {to.at(_SUM, node.low)} and {to.at(_SUM, node.high)}"


def _in(to: _Printer, node: nodes.In) -> _Printed:
    tests = (to.test(node.tests[0], _SUM) if len(node.tests) == 1
             else "(" + ", ".join(to.test(test) for test in node.tests) + ")")
    return _COMPARISON, f"{_left(to, node.value)} in {tests}"


def _and(to: _Printer, node: nodes.And) -> _Printed:
    return _AND, " and ".join(to.at(_COMPARISON, operand) for operand in node.operands)


def _or(to: _Printer, node: nodes.Or) -> _Printed:
    return _OR, " or ".join(to.at(_AND, operand) for operand in node.operands)


def _if(to: _Printer, node: nodes.If) -> _Printed:
    condition, consequent, alternative = (
        to.at(_OPEN, part) for part in (node.condition, node.consequent, node.alternative))
    return _OPEN, f"if {condition} then {consequent} else {alternative}"


def _for(to: _Printer, node: nodes.For) -> _Printed:
    return _OPEN, f"for {to.iterators(node.iterators)} return {to.at(_OPEN, node.body)}"


def _quantified(to: _Printer, node: nodes.Quantified) -> _Printed:
    word = "every" if node.every else "some"
    return _OPEN, f"{word} {to.iterators(node.iterators)} satisfies {to.at(_OPEN, node.condition)}"


def _range(to: _Printer, node: nodes.RangeLiteral) -> _Printed:
    opening, closing = "[" if node.start_included else "(", "]" if node.end_included else ")"
    return _ATOM, f"{opening}{to.end(node.start)}..{to.end(node.end)}{closing}"


def _context(to: _Printer, node: nodes.ContextLiteral) -> _Printed:
    entries = ", ".join(f"{texts.quoted(key) if key in node.quoted else key}: {to.at(_OPEN, value)}"
                        for key, value in node.entries)
    return _ATOM, "{" + entries + "}"


def _instance_of(to: _Printer, node: nodes.InstanceOf) -> _Printed:
    return _COMPARISON, f"{to.at(_INSTANCE, node.value)} instance of {type_text(node.type)}"


def type_text(written: nodes.TypeName) -> str:
    """A type as it is written: `list<number>`, `context<a: number>`, `function<number> -> string`."""
    parts = [type_text(argument) for argument in written.arguments]
    if written.result is not None:
        return f"function<{', '.join(parts)}> -> {type_text(written.result)}"
    if written.members:
        parts = [f"{name}: {part}" for name, part in zip(written.members, parts, strict=True)]
    return f"{written.name}<{', '.join(parts)}>" if parts else written.name


def _function(to: _Printer, node: nodes.FunctionLiteral) -> _Printed:
    parameters = ", ".join(f"{name}: {type_text(type_)}" if type_ else name for name, type_ in node.parameters)
    return _OPEN, f"function({parameters}) {to.at(_OPEN, node.body)}"


def _tests(to: _Printer, node: nodes.Tests) -> _Printed:
    tests = ", ".join(to.test(test) for test in node.tests)
    if node.negated:
        return _OPEN, f"not({tests})"
    match node.tests:
        case [nodes.Call(function=nodes.Name(name="not"))]:
            return _OPEN, f"({tests})"
    return _OPEN, tests or "-"


_PRINT: Mapping[type[nodes.Node], Callable[[_Printer, Any], _Printed]] = {
    nodes.Literal: _literal, nodes.Path: _path, nodes.Filter: _filter, nodes.Call: _call,
    nodes.Name: lambda _, node: (_ATOM, node.name),
    nodes.ListLiteral: lambda to, node: (_ATOM, f"[{to.all(node.items)}]"),
    nodes.OperatorTest: lambda to, node: (_ATOM, f"({to.test(node)})"),
    nodes.Negation: _negation, nodes.Arithmetic: _arithmetic, nodes.Comparison: _comparison, nodes.Between: _between,
    nodes.In: _in, nodes.And: _and, nodes.Or: _or, nodes.If: _if, nodes.For: _for, nodes.Quantified: _quantified,
    nodes.RangeLiteral: _range, nodes.ContextLiteral: _context, nodes.InstanceOf: _instance_of,
    nodes.FunctionLiteral: _function, nodes.Tests: _tests,
}
