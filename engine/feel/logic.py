"""Comparisons, `and`, `or`, `if`, `between`, `in` and unary tests, three-valued (DMN 1.5 §10.3.2.8 to §10.3.2.10)."""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from engine.feel import comparison, nodes, values
from engine.feel.messages import Message
from engine.feel.runs import RUN, Code, Compile, Scope
from engine.feel.values import Range

Test = Callable[[Scope, Any], bool | None]
"""A compiled unary test: the scope and the value under test."""
TESTED = "?"
_LARGE = frozenset({str, list, dict, Range})
"""Kinds of values that may take long to compare."""


def _not_equal(left: Any, right: Any) -> bool | None:
    same = comparison.equal(left, right)
    return None if same is None else not same


COMPARE: dict[str, Callable[[Any, Any], bool | None]] = {
    "=": comparison.equal, "!=": _not_equal, "<": comparison.less, "<=": comparison.less_or_equal,
    ">": lambda left, right: comparison.less(right, left),
    ">=": lambda left, right: comparison.less_or_equal(right, left),
}
_ON_NUMBERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": python.eq, "!=": python.ne, "<": python.lt, "<=": python.le, ">": python.gt, ">=": python.ge,
}


def compare(node: nodes.Comparison, compile_: Compile) -> Code:
    """`left op right`; a comparison with a number written out takes a short way."""
    left, right = compile_(node.left), compile_(node.right)
    general, on_numbers = COMPARE[node.operator], _ON_NUMBERS[node.operator]
    constant: Any = node.right.value if isinstance(node.right, nodes.Literal) else None

    def with_number(scope: Scope) -> bool | None:
        value = left(scope)
        if type(value) is Decimal:
            return on_numbers(value, constant)
        return _general(scope, node, general, value, constant)

    def with_any(scope: Scope) -> bool | None:
        return _general(scope, node, general, left(scope), right(scope))

    return with_number if type(constant) is Decimal else with_any


def _general(scope: Scope, node: nodes.Comparison, operation: Callable[[Any, Any], bool | None], left: Any,
             right: Any) -> bool | None:
    if type(left) in _LARGE:
        scope[RUN].pace(left)
    answer = operation(left, right)
    if answer is None:
        scope[RUN].warn(Message("{one} {operator} {other} is neither true nor false", one=values.kind(left),
                                operator=node.operator, other=values.kind(right)), node.at)
    return answer


def conjunction(node: nodes.And, compile_: Compile) -> Code:
    """`a and b and …`: false as soon as one is false, null when one is not a boolean."""
    return _chain([compile_(operand) for operand in node.operands], "and", node.at)


def disjunction(node: nodes.Or, compile_: Compile) -> Code:
    """`a or b or …`: true as soon as one is true, null when one is not a boolean."""
    return _chain([compile_(operand) for operand in node.operands], "or", node.at)


def undecided(scope: Scope, word: str, found: Iterable[Any], at: int | None) -> None:
    """Null, with a warning for the first of `found` that is neither a boolean nor null; a null had its own."""
    for value in found:
        if value is not None and type(value) is not bool:
            scope[RUN].warn(Message("{name}: {reason}", name=word, reason=Message(
                "the value is {kind}, not boolean", kind=values.kind(value))), at)
            return


def _chain(codes: list[Code], word: str, at: int) -> Code:
    decisive = word == "or"
    other = not decisive
    if len(codes) == 2:
        first, second = codes

        def of_two(scope: Scope) -> Any:
            one = first(scope)
            if one is decisive:
                return decisive
            two = second(scope)
            if two is decisive:
                return decisive
            return other if one is other and two is other else undecided(scope, word, (one, two), at)

        return of_two

    def of_many(scope: Scope) -> Any:
        others: list[Any] = []
        for code in codes:
            value = code(scope)
            if value is decisive:
                return decisive
            if value is not other:
                others.append(value)
        return undecided(scope, word, others, at) if others else other

    return of_many


def conditional(node: nodes.If, compile_: Compile) -> Code:
    """`if`: anything but true takes the alternative."""
    condition, consequent, alternative = map(compile_, (node.condition, node.consequent, node.alternative))

    def choose(scope: Scope) -> Any:
        return consequent(scope) if condition(scope) is True else alternative(scope)

    return choose


def between(node: nodes.Between, compile_: Compile) -> Code:
    """`value between low and high`, both ends included."""
    value, low, high = map(compile_, (node.value, node.low, node.high))

    def lies(scope: Scope) -> bool | None:
        tested = value(scope)
        if type(tested) is str:
            scope[RUN].pace(tested)
        bottom, top = low(scope), high(scope)
        above = comparison.less_or_equal(bottom, tested)
        below = comparison.less_or_equal(tested, top)
        if above is False or below is False:
            return False
        if above and below:
            return True
        scope[RUN].warn(Message("{one} between {low} and {high} is neither true nor false", one=values.kind(tested),
                                low=values.kind(bottom), high=values.kind(top)), node.at)
        return None

    return lies


def in_(node: nodes.In, compile_: Compile) -> Code:
    """`value in test` and `value in (test, test)`."""
    value = compile_(node.value)
    tests = any_of([unary_test(test, compile_) for test in node.tests])

    def matches(scope: Scope) -> bool | None:
        tested = value(scope)
        answer = tests(scope, tested)
        if answer is None:
            scope[RUN].warn(Message("{kind} does not compare with what it is tested for", kind=values.kind(tested)),
                            node.at)
        return answer

    return matches


def any_of(tests: list[Test]) -> Test:
    """True when one test is, false when all are, null otherwise."""
    if len(tests) == 1:
        return tests[0]

    def matches(scope: Scope, value: Any) -> bool | None:
        answer: bool | None = False
        for test in tests:
            result = test(scope, value)
            if result:
                return True
            if result is None:
                answer = None
        return answer

    return matches


def unary_test(node: nodes.Node, compile_: Compile) -> Test:
    """The test that one node of a list of unary tests stands for (DMN 1.5 §7.3.3, §10.3.2.8)."""
    if isinstance(node, nodes.OperatorTest):
        return _operator_test(node, compile_)
    code = compile_(node)
    if compile_.mentions(node, TESTED):
        return _boolean_test(code)
    if isinstance(node, nodes.Literal):
        constant = node.value
        return lambda _, value: comparison.equal(value, constant)
    if isinstance(node, nodes.RangeLiteral):
        return lambda scope, value: _in_range(scope, code(scope), value)
    return lambda scope, value: _matches(scope, value, code(scope))


def _in_range(scope: Scope, values_: Range | None, value: Any) -> bool | None:
    return None if values_ is None else comparison.contains(values_, _paced(scope, value))


def _operator_test(node: nodes.OperatorTest, compile_: Compile) -> Test:
    operand, operation = compile_(node.operand), COMPARE[node.operator]
    if isinstance(node.operand, nodes.Literal) and type(node.operand.value) is Decimal:
        constant, on_numbers = node.operand.value, _ON_NUMBERS[node.operator]
        return lambda _, value: (on_numbers(value, constant) if type(value) is Decimal
                                     else operation(value, constant))
    return lambda scope, value: operation(_paced(scope, value), operand(scope))


def _paced(scope: Scope, value: Any) -> Any:
    if type(value) in _LARGE:
        scope[RUN].pace(value)
    return value


def _boolean_test(code: Code) -> Test:
    def holds(scope: Scope, value: Any) -> bool | None:
        result = code({**scope, TESTED: value})
        return result if type(result) is bool else None

    return holds


def _matches(scope: Scope, value: Any, wanted: Any) -> bool | None:
    """Equal to `wanted`, an item of it, inside it; or `wanted` is itself the answer for a value of another kind."""
    if type(wanted) in _LARGE:
        scope[RUN].pace(wanted)
    if type(wanted) is Range and type(value) is not Range:
        return comparison.contains(wanted, value)
    if type(wanted) is list:
        return _among(value, wanted)
    if type(wanted) is bool and value is not None and type(value) is not bool:
        return wanted
    return comparison.equal(value, wanted)


def _among(value: Any, wanted: list[Any]) -> bool | None:
    if type(value) is list and comparison.equal(value, wanted):
        return True
    for item in wanted:
        if type(item) is Range and type(value) is not Range:
            if comparison.contains(item, value):
                return True
        elif comparison.equal(value, item):
            return True
    return False


def reads_tested(node: nodes.Node) -> bool:
    """Whether `?` occurs in the node."""
    level = [node]
    while level:
        if any(isinstance(each, nodes.Name) and each.name == TESTED for each in level):
            return True
        level = [child for each in level for child in nodes.children(each)]
    return False


def tests(node: nodes.Tests, compile_: Compile) -> Test:
    """All the unary tests of one cell."""
    if not node.tests:
        return lambda _, __: True
    positive = any_of([unary_test(test, compile_) for test in node.tests])
    if not node.negated:
        return positive

    def negated(scope: Scope, value: Any) -> bool | None:
        answer = positive(scope, value)
        return None if answer is None else not answer

    return negated
