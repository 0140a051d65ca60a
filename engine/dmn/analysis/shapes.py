"""What a cell accepts, as an expression over constants alone: the part of unary tests that can be reasoned about.

Tests are three-valued (DMN 1.5 §10.3.2.8): a shape says for which values they are true and for which false, and for
all others they are undecided. `not(...)` swaps true and false, so the difference matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.feel import comparison, logic, nodes
from engine.feel.comparison import ORDERED_KINDS
from engine.feel.constants import NotConstant, constant, is_tested
from engine.feel.outlines import Outline
from engine.feel.values import Range

_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Equal:
    """The value is this one; false for every other value of its kind and for null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Within:
    """The value lies in the range; undecided for null and other kinds."""

    range: Range


@dataclass(frozen=True, slots=True)
class Either:
    """True where one part is, false where all are."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """True where all parts are, false where one is."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Among:
    """True where one part is, false everywhere else: membership in a list is never undecided."""

    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """True where the part is false, false where it is true."""

    part: Shape


Shape = Equal | Within | Either | Both | Among | Opposite
EVERYTHING = Opposite(Either(()))
"""What `-` accepts."""
NEVER = Within(Range(start=None, end=None, start_included=False, end_included=False))
"""Tests that are undecided for every value."""


def of_tests(tests: nodes.Node) -> Shape:
    """The shape of a cell. Raises: NotConstant where it holds anything but tests against constants."""
    if not isinstance(tests, nodes.Tests):
        raise NotConstant
    if not tests.tests:
        return EVERYTHING
    positive = Either(tuple(_test(test) for test in tests.tests))
    return Opposite(positive) if tests.negated else positive


def leaves(shape: Shape) -> Iterator[Equal | Within]:
    """The comparisons in a shape."""
    stack: list[Shape] = [shape]
    while stack:
        match stack.pop():
            case (Equal() | Within()) as leaf:
                yield leaf
            case Opposite(part=part):
                stack.append(part)
            case Either(parts=parts) | Both(parts=parts) | Among(parts=parts):
                stack.extend(parts)


def reach(shape: Shape) -> Outline | None:
    """Values and ranges outside of which the shape is never true; None where it may be true for almost everything."""
    match shape:
        case Opposite(part=part):
            return _reach_of_false(part)
        case Equal(value=None):
            return None
        case Equal(value=value):
            return Outline(values=(value,), ranges=())
        case Within(range=range_):
            bounded = range_.start is not None or range_.end is not None
            return Outline(values=(), ranges=(range_,) if bounded else ())
    parts = [reach(part) for part in shape.parts]
    return _meet(parts) if isinstance(shape, Both) else _join(parts)


def _reach_of_false(shape: Shape) -> Outline | None:
    """The same for where the shape is false."""
    match shape:
        case Opposite(part=part):
            return reach(part)
        case Within(range=range_):
            return Outline(values=(), ranges=tuple(_beside(range_)))
        case Either(parts=parts):
            return _meet([_reach_of_false(part) for part in parts])
        case Both(parts=parts):
            return _join([_reach_of_false(part) for part in parts])
    return None


def _beside(range_: Range) -> Iterator[Range]:
    """What lies below and above a range."""
    if range_.start is not None:
        yield Range(start=None, end=range_.start, start_included=False, end_included=not range_.start_included)
    if range_.end is not None:
        yield Range(start=range_.end, end=None, start_included=not range_.end_included, end_included=False)


def _join(parts: Sequence[Outline | None]) -> Outline | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Outline(values=tuple(value for part in known for value in part.values),
                   ranges=tuple(range_ for part in known for range_ in part.ranges))


def _meet(parts: Sequence[Outline | None]) -> Outline | None:
    """The smallest part that is known, and of ranges that compare what all of them hold: never too little."""
    known = sorted((part for part in parts if part is not None),
                   key=lambda part: (bool(part.ranges), len(part.values) + len(part.ranges)))
    if not known:
        return None
    met = known[0]
    for other in known[1:]:
        if not met.values and not other.values and len(met.ranges) == len(other.ranges) == 1:
            met = Outline(values=(), ranges=(_common(met.ranges[0], other.ranges[0]),))
    return met


def _common(one: Range, other: Range) -> Range:
    """What both ranges hold; the first where their ends do not compare."""
    start, start_included = one.start, one.start_included
    end, end_included = one.end, one.end_included
    kinds = {feel.kind(point) for point in (one.start, one.end, other.start, other.end) if point is not None}
    if len(kinds) > 1:
        return one
    if other.start is not None and (start is None or _is_tighter(start, other.start, included=other.start_included)):
        start, start_included = other.start, other.start_included
    if other.end is not None and (end is None or _is_tighter(other.end, end, included=other.end_included)):
        end, end_included = other.end, other.end_included
    return Range(start=start, end=end, start_included=start_included, end_included=end_included)


def _is_tighter(low: Any, high: Any, *, included: bool) -> bool:
    """Whether the second of two ends that are equal, or in this order, leaves less than the first."""
    return comparison.less(low, high) is True or (comparison.equal(low, high) is True and not included)


def _test(node: nodes.Node) -> Shape:
    if isinstance(node, nodes.OperatorTest):
        return _ordered(node.operator, constant(node.operand))
    if logic.reads_tested(node):
        return _condition(node)
    value = constant(node)
    if isinstance(node, nodes.Literal):
        return Equal(value)
    if type(value) is list:
        return Among(tuple(_item(item) for item in value))
    if isinstance(node, nodes.RangeLiteral) and value is None:
        return NEVER
    if type(value) is bool:
        raise NotConstant  # for a value of another kind, it is the answer itself
    return _item(value)


def _item(value: Any) -> Shape:
    if type(value) is Range:
        return _of_range(value)
    if type(value) in {dict, list} or feel.kind(value) == "function":
        raise NotConstant
    return Equal(value)


def _of_range(range_: Range) -> Shape:
    if range_.operator in {"=", "!="}:
        return _ordered(range_.operator, range_.start)
    if range_.operator is None and (range_.start is None or range_.end is None):
        return NEVER
    return Within(range_)


def _ordered(operator: str, value: Any) -> Shape:
    if type(value) in {dict, list, Range} or feel.kind(value) == "function":
        raise NotConstant
    if operator == "=":
        return Equal(value)
    if operator == "!=":
        return Opposite(Equal(value))
    if feel.kind(value) not in ORDERED_KINDS:
        return NEVER
    below = operator in {"<", "<="}
    return Within(Range(start=None if below else value, end=value if below else None, operator=operator,
                        start_included=operator == ">=", end_included=operator == "<="))


def _condition(node: nodes.Node) -> Shape:
    """A test that reads `?`: comparisons of it with constants, joined by `and`, `or`, `not`."""
    match node:
        case nodes.Comparison(operator=operator, left=left, right=right) if is_tested(left):
            return _ordered(operator, constant(right))
        case nodes.Comparison(operator=operator, left=left, right=right) if is_tested(right):
            return _ordered(_FLIPPED[operator], constant(left))
        case nodes.Between(value=value, low=low, high=high) if is_tested(value):
            return Both((_ordered(">=", constant(low)), _ordered("<=", constant(high))))
        case nodes.In(value=value, tests=tests) if is_tested(value):
            return Either(tuple(_test(test) for test in tests))
        case nodes.And(operands=operands):
            return Both(tuple(map(_condition, operands)))
        case nodes.Or(operands=operands):
            return Either(tuple(map(_condition, operands)))
        case nodes.Call(function=nodes.Name(name="not"), arguments=(operand,), names=None):
            return Opposite(_condition(operand))
    raise NotConstant
