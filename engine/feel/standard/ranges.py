"""Functions that compare points and ranges (DMN 1.5 §10.3.4.11, Allen's interval algebra)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from engine.feel import comparison
from engine.feel.functions import Library
from engine.feel.messages import Refused
from engine.feel.values import Range

library = Library()
_POINT = "number | string | date | time | date and time | days and time duration | years and months duration"


class _Edge:
    """Before and beyond all values: where a range that is open at one side starts and ends."""


_FIRST, _LAST = _Edge(), _Edge()


def _less(one: Any, other: Any) -> bool:
    if isinstance(one, _Edge) or isinstance(other, _Edge):
        return one is not other and (one is _FIRST or other is _LAST)
    return _decided(comparison.less(one, other))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, _Edge) or isinstance(other, _Edge):
        return one is other
    return _decided(comparison.equal(one, other))


def _decided(answer: bool | None) -> bool:
    if answer is None:
        raise Refused("the values do not compare")
    return answer


def _edged(value: Any) -> Any:
    """`value`; for a range of one operator, such as `(> 5)`, that range with its open side in reach of comparisons.

    Raises: Refused for `(!= 5)`.
    """
    if type(value) is not Range or value.operator is None:
        return value
    if value.operator == "!=":
        raise Refused("a range of all values but one has no ends")
    return dataclasses.replace(value, start=_FIRST if value.operator in {"<", "<="} else value.start,
                               end=_LAST if value.operator in {">", ">="} else value.end)


def _pair(name: str, fn: Callable[[Any, Any], bool], one: str, other: str, parameters: str) -> None:
    first, second = parameters.split()

    def compared(left: Any, right: Any) -> bool:
        return fn(_edged(left), _edged(right))

    library.function(f"{name}({first}: {one}, {second}: {other})")(compared)


def _starts_before(one: Range, other: Range) -> bool:
    return _less(one.start, other.start) or (
        _same(one.start, other.start) and one.start_included and not other.start_included)


def _ends_before(one: Range, other: Range) -> bool:
    return _less(one.end, other.end) or (_same(one.end, other.end) and not one.end_included and other.end_included)


def _same_start(one: Range, other: Range) -> bool:
    return _same(one.start, other.start) and one.start_included == other.start_included


def _same_end(one: Range, other: Range) -> bool:
    return _same(one.end, other.end) and one.end_included == other.end_included


def _range_before(one: Range, other: Range) -> bool:
    return _less(one.end, other.start) or (
        _same(one.end, other.start) and not (one.end_included and other.start_included))


def _point_before_range(point: Any, other: Range) -> bool:
    return _less(point, other.start) or (_same(point, other.start) and not other.start_included)


def _range_before_point(one: Range, point: Any) -> bool:
    return _less(one.end, point) or (_same(one.end, point) and not one.end_included)


def _meets(one: Range, other: Range) -> bool:
    return _same(one.end, other.start) and one.end_included and other.start_included


def _includes_point(one: Range, point: Any) -> bool:
    return not _point_before_range(point, one) and not _range_before_point(one, point)


def _includes(one: Range, other: Range) -> bool:
    return not _starts_before(other, one) and not _ends_before(one, other)


def _overlaps(one: Range, other: Range) -> bool:
    return not _range_before(one, other) and not _range_before(other, one)


def _overlaps_before(one: Range, other: Range) -> bool:
    return _starts_before(one, other) and _overlaps(one, other) and not _ends_before(other, one)


def _flip(fn: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: fn(other, one)


def _register() -> None:
    _pair("before", _less, _POINT, _POINT, "point1 point2")
    _pair("before", _point_before_range, _POINT, "range", "point range")
    _pair("before", _range_before_point, "range", _POINT, "range point")
    _pair("before", _range_before, "range", "range", "range1 range2")
    _pair("after", _flip(_less), _POINT, _POINT, "point1 point2")
    _pair("after", _flip(_range_before_point), _POINT, "range", "point range")
    _pair("after", _flip(_point_before_range), "range", _POINT, "range point")
    _pair("after", _flip(_range_before), "range", "range", "range1 range2")
    _pair("meets", _meets, "range", "range", "range1 range2")
    _pair("met by", _flip(_meets), "range", "range", "range1 range2")
    _pair("overlaps", _overlaps, "range", "range", "range1 range2")
    _pair("overlaps before", _overlaps_before, "range", "range", "range1 range2")
    _pair("overlaps after", _flip(_overlaps_before), "range", "range", "range1 range2")
    _pair("finishes", lambda point, one: one.end_included and _same(point, one.end), _POINT, "range", "point range")
    _pair("finishes", lambda one, other: _same_end(one, other) and not _starts_before(one, other), "range", "range",
          "range1 range2")
    _pair("finished by", lambda one, point: one.end_included and _same(point, one.end), "range", _POINT, "range point")
    _pair("finished by", lambda one, other: _same_end(one, other) and not _starts_before(other, one), "range", "range",
          "range1 range2")
    _pair("includes", _includes_point, "range", _POINT, "range point")
    _pair("includes", _includes, "range", "range", "range1 range2")
    _pair("during", _flip(_includes_point), _POINT, "range", "point range")
    _pair("during", _flip(_includes), "range", "range", "range1 range2")
    _pair("starts", lambda point, one: one.start_included and _same(point, one.start), _POINT, "range", "point range")
    _pair("starts", lambda one, other: _same_start(one, other) and not _ends_before(other, one), "range", "range",
          "range1 range2")
    _pair("started by", lambda one, point: one.start_included and _same(point, one.start), "range", _POINT,
          "range point")
    _pair("started by", lambda one, other: _same_start(one, other) and not _ends_before(one, other), "range", "range",
          "range1 range2")
    _pair("coincides", _same, _POINT, _POINT, "point1 point2")
    _pair("coincides", lambda one, other: _same_start(one, other) and _same_end(one, other), "range", "range",
          "range1 range2")


_register()
