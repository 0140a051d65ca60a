"""Conversion functions (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

from engine.feel import comparison, numerals, temporals, texts, timeline, values, wide
from engine.feel.functions import Library
from engine.feel.messages import Refused
from engine.feel.runs import Run
from engine.feel.values import Range, YearsMonths
from engine.feel.wide import WideDate

library = Library()
MAX_RANGE = 2_000
"""Characters of a range's text; to look for its two points takes time that grows with the square."""
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_RANGE = re.compile(r"\s*([\[(\]])(.*)\.\.(.*)([\])\[])\s*", re.DOTALL)
_BOUND = re.compile(r"""(?:@|(?:date|time|date\ and\ time|duration)\s*\(\s*)?"([^"\\]*)"\s*\)?""", re.VERBOSE)


def _known(value: Any, text: str, what: str) -> Any:
    if value is None:
        raise Refused("{text!r} is not a {what}", text=text, what=what)
    return value


def _whole(number: Decimal, what: str) -> int:
    whole = numerals.integer(number)
    if whole is None:
        raise Refused("the {part} is not a whole number", part=what)
    return whole


@library.function("date(from: string)")
def date_from_text(text: str) -> Any:
    """The date that the text spells."""
    return _known(temporals.parse_date(text), text, "date")


@library.function("date(from: date and time)")
def date_from_moment(moment: Any) -> Any:
    """The date of a date and time."""
    return wide.date_of(wide.date_days(moment))


@library.function("date(from: date)")
def date_from_date(day: Any) -> Any:
    """The date itself."""
    return day


@library.function("date(year: number, month: number, day: number)")
def date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> date | WideDate:
    """The date of year, month and day; null where there is no such day."""
    parts = _whole(year, "year"), _whole(month, "month"), _whole(day, "day")
    try:
        return wide.date_from(*parts)
    except (ValueError, OverflowError):
        raise Refused("there is no day {year}-{month}-{day}", year=year, month=month, day=day) from None


@library.function("time(from: string)")
def time_from_text(text: str) -> Any:
    """The time that the text spells."""
    return _known(temporals.parse_time(text), text, "time")


@library.function("time(from: date and time)")
def time_from_moment(moment: Any) -> Any:
    """The time of a date and time, with its zone."""
    return wide.time_of(wide.time_nanos(moment), moment.tzinfo)


@library.function("time(from: time)")
def time_from_time(value: Any) -> Any:
    """The time itself."""
    return value


@library.function("time(from: date)")
def time_from_date(day: Any) -> time:
    """Midnight UTC."""
    del day
    return time(0, tzinfo=wide.UTC)


@library.function("time(hour: number, minute: number, second: number, offset?: days and time duration | null)")
def time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: Any = None) -> Any:
    """The time of hour, minute, second and distance from UTC."""
    zone = None if offset is None else _known(temporals.fixed_zone(offset), temporals.text(offset), "zone offset")
    minutes = _whole(hour, "hour") * 60 + _whole(minute, "minute")
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise Refused("there is no time {hour}:{minute}:{second}", hour=hour, minute=minute, second=second)
    return wide.time_of(minutes * 60 * wide.SECOND + int(second.scaleb(9, numerals.CONTEXT)), zone)


@library.function("date and time(from: string)")
def moment_from_text(text: str) -> Any:
    """The date and time that the text spells; a date alone is its midnight."""
    return _known(temporals.parse_moment(text), text, "date and time")


@library.function("date and time(from: date and time)")
def moment_from_moment(moment: Any) -> Any:
    """The date and time itself."""
    return moment


@library.function("date and time(date: date | date and time, time: time)")
def moment_from_parts(day: Any, clock: Any) -> Any:
    """The date of the first and the time of the second."""
    return wide.moment_of(wide.date_days(day), wide.time_nanos(clock), clock.tzinfo)


@library.function("date and time(date: date and time, timezone: string)")
def moment_in_zone(moment: Any, timezone: str) -> Any:
    """The same moment in another zone; a local one is taken as local there."""
    zone = _known(temporals.zone(timezone), timezone, "time zone")
    if moment.tzinfo:
        return wide.at_instant(wide.instant(moment), zone)
    return wide.moment_of(wide.date_days(moment), wide.time_nanos(moment), zone)


@library.function("duration(from: string)")
def duration(text: str) -> Any:
    """The duration that the text spells, of either kind."""
    return _known(temporals.parse_duration(text), text, "duration")


@library.function("duration(from: days and time duration | years and months duration)")
def duration_from_duration(value: Any) -> Any:
    """The duration itself."""
    return value


@library.function("years and months duration(from: date | date and time, to: date | date and time)")
def years_and_months(start: Any, end: Any) -> YearsMonths:
    """Whole months from one date to another."""
    return timeline.months_between(start, end)


@library.function("number(from: string)")
def number(text: str) -> Decimal:
    """The number that the text spells."""
    return _number(text)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise Refused("{text!r} is not a {what}", text=text, what="number")
    parsed: Decimal = _known(numerals.parse(text), text, "number")
    return parsed


@library.function("number(from: string, grouping separator: string | null, decimal separator: string | null)")
def number_with_separators(text: str, grouping: str | None, point: str | None) -> Decimal:
    """The number, after grouping separators are taken out and the decimal one made a point."""
    if grouping not in {None, " ", ",", "."} or point not in {None, ".", ","} or (point and grouping == point):
        raise Refused("separators are space, comma or period, and differ")
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
    match = _RANGE.fullmatch(text) if len(text) <= MAX_RANGE else None
    if not match:
        raise Refused("{text!r} is not a {what}", text=text, what="range")
    has_start, has_end = match[1] == "[", match[4] == "]"
    start, end = (_bound(part.strip()) if part.strip() else None for part in (match[2], match[3]))
    if start is None or end is None:
        return _half_open(text, start, end, has_start=has_start, has_end=has_end)
    if values.kind(start) != values.kind(end) or comparison.less_or_equal(start, end) is not True:
        raise Refused("{text!r} does not run upwards", text=text)
    return Range(start=start, end=end, start_included=has_start, end_included=has_end)


def _half_open(text: str, start: Any, end: Any, *, has_start: bool, has_end: bool) -> Range:
    """`[2..)` is `>= 2` and `(..2]` is `<= 2` (rule 66); the side without an end is never a closed one."""
    if start is not None and not has_end:
        return Range(start=start, end=None, start_included=has_start, end_included=False,
                     operator=">=" if has_start else ">")
    if end is not None and not has_start:
        return Range(start=None, end=end, start_included=False, end_included=has_end,
                     operator="<=" if has_end else "<")
    raise Refused("{text!r} is not a {what}", text=text, what="range")


def _bound(text: str) -> Any:
    """A literal: a number, a string, or a temporal as `@"…"` or made by a constructor from a string."""
    if _NUMBER.fullmatch(text):
        return numerals.parse(text)
    match = _BOUND.fullmatch(text)
    if not match:
        raise Refused("{text!r} is not a {what}", text=text, what="literal")
    if text.startswith('"'):
        return match[1]
    return _known(temporals.parse(match[1]) if text.startswith("@") else _constructed(text, match[1]), text, "literal")


def _constructed(text: str, argument: str) -> Any:
    name = text.partition("(")[0].strip()
    parsers: dict[str, Any] = {"date": temporals.parse_date, "time": temporals.parse_time,
                               "date and time": temporals.parse_moment, "duration": temporals.parse_duration}
    return parsers[name](argument)
