"""Equality and order of FEEL values, three-valued: True, False, or None where kinds do not fit (DMN 1.5 §10.3.2.13)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import timeline, wide
from engine.feel.values import Range, YearsMonths
from engine.feel.wide import WideDate, WideSpan, family

_ORDERED = frozenset({Decimal, str, date, timedelta, YearsMonths})
POINTS = (_ORDERED - {str}) | wide.DATES | wide.TIMES | wide.MOMENTS | wide.SPANS
"""Types of short values that have an order."""
_PLAIN = _ORDERED | {bool, WideDate, WideSpan}
_TEMPORAL = wide.TIMES | wide.MOMENTS
_PLACED = frozenset({date, time, datetime})
_DAYS = frozenset({date, datetime})
ORDERED_KINDS = frozenset({"number", "string", "date", "time", "date and time", "days and time duration",
                           "years and months duration"})


def equal(left: Any, right: Any) -> bool | None:
    """Whether both are the same value; null equals only null; None for values of different kinds."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return _equal_mixed(left, right)
    if kind in _PLAIN:
        return bool(left == right)
    if kind is list:
        return _equal_lists(left, right)
    if kind is dict:
        return _equal_contexts(left, right)
    if kind is Range:
        return _equal_ranges(left, right)
    if kind in _TEMPORAL:
        return _key(left) == _key(right)
    return left is right


def _equal_mixed(left: Any, right: Any) -> bool | None:
    kinds = {family(left), family(right)}
    if kinds <= _DAYS or (len(kinds) == 1 and kinds <= _PLACED):
        return _key(left) == _key(right)
    return False if kinds == {timedelta} else None


def _equal_lists(left: list[Any], right: list[Any]) -> bool | None:
    if len(left) != len(right):
        return False
    return _all(equal(a, b) for a, b in zip(left, right, strict=True))


def _equal_contexts(left: dict[str, Any], right: dict[str, Any]) -> bool | None:
    if left.keys() != right.keys():
        return False
    return _all(equal(value, right[key]) for key, value in left.items())


def _equal_ranges(left: Range, right: Range) -> bool | None:
    if (left.start_included, left.end_included, left.operator) != (
            right.start_included, right.end_included, right.operator):
        return False
    return _all((equal(left.start, right.start), equal(left.end, right.end)))


def _all(results: Any) -> bool | None:
    unknown = False
    for result in results:
        if result is False:
            return False
        unknown = unknown or result is None
    return None if unknown else True


def _key(value: Any) -> tuple[bool, int]:
    """Whether there is a zone, and the place of a date, time or moment in whole seconds (§10.3.2.3.5, §10.3.2.3.6).

    A value without a zone does not compare with one that has a zone.
    """
    return timeline.is_zoned(value), timeline.place(value) // wide.SECOND


def less(left: Any, right: Any) -> bool | None:
    """Whether `left` comes before `right`; None where they have no order."""
    pair = _ordered(left, right)
    return None if pair is None else bool(pair[0] < pair[1])


def less_or_equal(left: Any, right: Any) -> bool | None:
    """Whether `left` comes before `right` or equals it; None where they have no order."""
    pair = _ordered(left, right)
    return None if pair is None else bool(pair[0] <= pair[1])


def _ordered(left: Any, right: Any) -> tuple[Any, Any] | None:
    kind = type(left)
    if kind is type(right) and kind in _ORDERED:
        return left, right
    kind = family(left)
    if kind is not family(right):
        return None
    if kind in _PLACED:
        return timeline.place(left, right) // wide.SECOND, timeline.place(right, left) // wide.SECOND
    return (left, right) if kind is timedelta else None


def contains(values: Range, value: Any) -> bool | None:
    """Whether `value` lies in the range; None where it does not compare with the ends."""
    if values.operator == "!=":
        same = equal(value, values.start)
        return None if same is None else not same
    if values.operator == "=":
        return equal(value, values.start)
    if value is None or (values.operator is None and (values.start is None or values.end is None)):
        return None
    after = True if values.start is None else (less_or_equal if values.start_included else less)(values.start, value)
    if after is False:
        return False
    before = True if values.end is None else (less_or_equal if values.end_included else less)(value, values.end)
    if before is False:
        return False
    return True if after and before else None
