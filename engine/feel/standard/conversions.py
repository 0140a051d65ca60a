"""Conversion functions (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import comparison, numerals, temporals, texts, values
from engine.feel.functions import Library
from engine.feel.runs import Run
from engine.feel.values import Range, YearsMonths

library = Library()
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_RANGE = re.compile(r"\s*([\[(\]])(.+)\.\.(.+)([\])\[])\s*", re.DOTALL)
_BOUND = re.compile(r"""(?:@|(?:date|time|date\ and\ time|duration)\s*\(\s*)?"([^"\\]*)"\s*\)?""", re.VERBOSE)


def _known(value: Any, text: str, what: str) -> Any:
    if value is None:
        raise ValueError(f"{text!r} is not a {what}")
    return value


def _whole(number: Decimal, what: str) -> int:
    whole = numerals.integer(number)
    if whole is None:
        raise ValueError(f"the {what} is not a whole number")
    return whole


@library.function("date(from: string)")
def date_from_text(text: str) -> date:
    """The date that the text spells."""
    day: date = _known(temporals.parse_date(text), text, "date")
    return day


@library.function("date(from: date and time)")
def date_from_moment(moment: datetime) -> date:
    """The date of a date and time."""
    return moment.date()


@library.function("date(from: date)")
def date_from_date(day: date) -> date:
    """The date itself."""
    return day


@library.function("date(year: number, month: number, day: number)")
def date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> date:
    """The date of year, month and day; null where there is no such day."""
    return date(_whole(year, "year"), _whole(month, "month"), _whole(day, "day"))


@library.function("time(from: string)")
def time_from_text(text: str) -> time:
    """The time that the text spells."""
    parsed: time = _known(temporals.parse_time(text), text, "time")
    return parsed


@library.function("time(from: date and time)")
def time_from_moment(moment: datetime) -> time:
    """The time of a date and time, with its zone."""
    return moment.timetz()


@library.function("time(from: time)")
def time_from_time(value: time) -> time:
    """The time itself."""
    return value


@library.function("time(from: date)")
def time_from_date(day: date) -> time:
    """Midnight UTC."""
    del day
    return time(0, tzinfo=temporals.UTC)


@library.function("time(hour: number, minute: number, second: number, offset?: days and time duration | null)")
def time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None = None) -> time:
    """The time of hour, minute, second and distance from UTC."""
    zone = None if offset is None else _known(temporals.fixed_zone(offset), temporals.text(offset), "zone offset")
    whole = int(second)
    fraction = int((second - whole) * 1_000_000)
    return time(_whole(hour, "hour"), _whole(minute, "minute"), whole, fraction, tzinfo=zone)


@library.function("date and time(from: string)")
def moment_from_text(text: str) -> datetime:
    """The date and time that the text spells; a date alone is its midnight."""
    moment: datetime = _known(temporals.parse_moment(text), text, "date and time")
    return moment


@library.function("date and time(from: date and time)")
def moment_from_moment(moment: datetime) -> datetime:
    """The date and time itself."""
    return moment


@library.function("date and time(date: date | date and time, time: time)")
def moment_from_parts(day: date, clock: time) -> datetime:
    """The date of the first and the time of the second."""
    return datetime.combine(day.date() if isinstance(day, datetime) else day, clock)


@library.function("date and time(date: date and time, timezone: string)")
def moment_in_zone(moment: datetime, timezone: str) -> datetime:
    """The same moment in another zone; a local one is taken as local there."""
    zone = _known(temporals.zone(timezone), timezone, "time zone")
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


@library.function("duration(from: string)")
def duration(text: str) -> timedelta | YearsMonths:
    """The duration that the text spells, of either kind."""
    parsed: timedelta | YearsMonths = _known(temporals.parse_duration(text), text, "duration")
    return parsed


@library.function("duration(from: days and time duration | years and months duration)")
def duration_from_duration(value: Any) -> Any:
    """The duration itself."""
    return value


@library.function("years and months duration(from: date | date and time, to: date | date and time)")
def years_and_months(start: date, end: date) -> YearsMonths:
    """Whole months from one date to another."""
    return temporals.months_between(start, end)


@library.function("number(from: string)")
def number(text: str) -> Decimal:
    """The number that the text spells."""
    return _number(text)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    parsed: Decimal = _known(numerals.parse(text), text, "number")
    return parsed


@library.function("number(from: string, grouping separator, decimal separator)")
def number_with_separators(text: str, grouping: str | None, point: str | None) -> Decimal:
    """The number, after grouping separators are taken out and the decimal one made a point."""
    if grouping not in {None, " ", ",", "."} or point not in {None, ".", ","} or (point and grouping == point):
        raise ValueError("separators are space, comma or period, and differ")
    plain = text.replace(grouping, "") if grouping else text
    return _number(plain.replace(point, ".") if point else plain)


@library.function("number(from: number)")
def number_from_number(value: Decimal) -> Decimal:
    """The number itself."""
    return value


@library.function("string(from)", run=True)
def string(run: Run, value: Any) -> str | None:
    """The value as text; null for null."""
    if value is None:
        return None
    return texts.display(run.measure(value))


@library.function("range(from: string)")
def range_from_text(text: str) -> Range:
    """The range that the text spells with literals at both ends; null unless it runs upwards."""
    match = _RANGE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a range")
    start, end = _bound(match[2].strip()), _bound(match[3].strip())
    if values.kind(start) != values.kind(end) or comparison.less_or_equal(start, end) is not True:
        raise ValueError(f"{text!r} does not run upwards")
    return Range(start=start, end=end, start_included=match[1] == "[", end_included=match[4] == "]")


def _bound(text: str) -> Any:
    """A literal: a number, a string, or a temporal as `@"…"` or made by a constructor from a string."""
    if _NUMBER.fullmatch(text):
        return numerals.parse(text)
    match = _BOUND.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a literal")
    if text.startswith('"'):
        return match[1]
    return _known(temporals.parse(match[1]) if text.startswith("@") else _constructed(text, match[1]), text, "literal")


def _constructed(text: str, argument: str) -> Any:
    name = text.partition("(")[0].strip()
    parsers: dict[str, Any] = {"date": temporals.parse_date, "time": temporals.parse_time,
                               "date and time": temporals.parse_moment, "duration": temporals.parse_duration}
    return parsers[name](argument)
