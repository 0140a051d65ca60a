"""Arithmetic of dates, times and durations, Python's own and wide ones alike (DMN 1.5 §10.3.2.11, tables 50 to 56).

All of it is whole numbers: days and nanoseconds. None stands for a result beyond the calendar or too long.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import ROUND_DOWN, Decimal
from typing import Any

from engine.feel import calendars, wide
from engine.feel.numerals import CONTEXT
from engine.feel.values import YearsMonths

MAX_MONTHS = 10**18


def months_of(months: int) -> YearsMonths | None:
    """The years and months duration of so many months; None beyond 10^18."""
    return YearsMonths(months) if abs(months) <= MAX_MONTHS else None


def add_months(value: Any, months: int) -> Any:
    """A date or moment some months on, on the last day of the month where the day is missing. Keeps time and zone."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not calendars.in_range(year):
        return None
    following = (year + 1, 1) if month == 11 else (year, month + 2)
    first = calendars.number(year, month + 1, 1)
    day = first - 1 + min(value.day, calendars.number(following[0], following[1], 1) - first)
    if wide.family(value) is date:
        return wide.date_of(day)
    return wide.moment_of(day, wide.time_nanos(value), value.tzinfo)


def add_span(value: Any, duration: Any) -> Any:
    """A date, time or moment so much later; a moment by elapsed time, a time around the clock."""
    nanos, kind = wide.span_nanos(duration), wide.family(value)
    if kind is time:
        return wide.time_of((wide.time_nanos(value) + nanos) % wide.DAY, value.tzinfo)
    if kind is date:
        return wide.date_of(wide.date_days(value) + nanos // wide.DAY)
    return wide.at_instant(wide.instant(value) + nanos, value.tzinfo)


def midnight(day: Any) -> Any:
    """Midnight UTC of a date, which is what a date is where a date and time is wanted (DMN 1.5 §10.3.2.9.4)."""
    return wide.moment_of(wide.date_days(day), 0, wide.UTC)


def is_zoned(value: Any) -> bool:
    """Whether the value lies on the line of UTC: it has a zone, or is a date, which counts as its midnight UTC."""
    return wide.family(value) is date or value.tzinfo is not None


def place(value: Any, beside: Any = None) -> int:
    """Where a date, time or moment lies, in nanoseconds; comparable where `is_zoned` agrees.

    A time or moment without a zone takes the offset of `beside`, if that has one (table 54).
    """
    if wide.family(value) is date:
        return wide.date_days(value) * wide.DAY
    local = wide.time_nanos(value)
    if wide.family(value) is datetime:
        local += wide.date_days(value) * wide.DAY
    distance = wide.offset(beside if beside is not None and value.tzinfo is None else value)
    return local - wide.span_nanos(distance) if distance else local


def scale(duration: Any, factor: Decimal) -> Any:
    """The duration times `factor`; months are cut to whole ones."""
    if type(duration) is YearsMonths:
        return months_of(_cut(CONTEXT.multiply(Decimal(duration.months), factor)))
    return _span(duration, CONTEXT.multiply(Decimal(wide.span_nanos(duration)), factor))


def divide(duration: Any, divisor: Decimal) -> Any:
    """The duration divided by a number; months are cut to whole ones. Raises: decimal.DivisionByZero."""
    if type(duration) is YearsMonths:
        return months_of(_cut(CONTEXT.divide(Decimal(duration.months), divisor)))
    return _span(duration, CONTEXT.divide(Decimal(wide.span_nanos(duration)), divisor))


def _cut(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_DOWN))


def _span(duration: Any, nanos: Decimal) -> Any:
    """The duration of so many nanoseconds, rounded to a unit where there is no exact one: microseconds, so that a
    third of a second stays one of Python's durations, or nanoseconds when `duration` is a wide one."""
    whole = nanos.to_integral_value()
    if whole == nanos or type(duration) is wide.WideSpan:
        return wide.span_of(int(whole))
    return wide.span_of(int(CONTEXT.divide(nanos, Decimal(wide.MICRO)).to_integral_value()) * wide.MICRO)


def ratio(one: Any, other: Any) -> Decimal:
    """How often `other` fits into `one`, durations of one kind. Raises: decimal.DecimalException for none."""
    if type(one) is YearsMonths:
        return CONTEXT.divide(Decimal(one.months), Decimal(other.months))
    return CONTEXT.divide(Decimal(wide.span_nanos(one)), Decimal(wide.span_nanos(other)))


def months_between(start: Any, end: Any) -> YearsMonths:
    """Whole months from `start` to `end`, negative when `end` is earlier (`years and months duration`)."""
    forward = _fields(start) <= _fields(end)
    early, late = (start, end) if forward else (end, start)
    months = (late.year - early.year) * 12 + late.month - early.month
    if _fields(late)[2:] < _fields(early)[2:]:
        months -= 1
    return YearsMonths(months if forward else -months)


def _fields(value: Any) -> tuple[int, int, int, int]:
    clock = 0 if wide.family(value) is date else wide.time_nanos(value)
    return value.year, value.month, value.day, clock
