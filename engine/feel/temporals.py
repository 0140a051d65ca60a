"""The text forms of dates, times and durations (DMN 1.5 §10.3.2.3.4 to §10.3.2.3.8, §10.3.4.1).

Fractions of a second are kept to the nanosecond, what is finer is cut off. Years have four digits, or five to nine
without leading zeros, and may be negative; there is a year 0, as in XML Schema 1.1.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel import timeline, wide
from engine.feel.values import YearsMonths
from engine.feel.wide import UTC, WideDate, WideMoment, WideSpan, WideTime

_DATE = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z|z|[+-]\d\d:\d\d(?::\d\d)?)|@([A-Za-z][\w/+-]*))?", re.ASCII)
_YEARS_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d{1,18})Y)?(?:(\d{1,19})M)?", re.ASCII)
_DAYS_TIME = re.compile(r"(-?)P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d*))?S)?)?", re.ASCII)
MAX_OFFSET = timedelta(hours=18)
MAX_DURATION = 100
"""Characters of a days and time duration's text."""


def parse(text: str) -> Any:
    """The date, time, date and time or duration that `text` spells, or None (the value of `@"text"`)."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    if text[2:3] == ":":
        return parse_time(text)
    return parse_moment(text) if "T" in text else parse_date(text)


def parse_date(text: str) -> date | WideDate | None:
    """`2026-11-23`, `-0044-03-15`, `12026-01-01`."""
    match = _DATE.fullmatch(text)
    if not match:
        return None
    try:
        return wide.date_from(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def parse_time(text: str) -> time | WideTime | None:
    """`10:30:00`, with a fraction, an offset (`+03:30`, `Z`) or a zone (`@Asia/Tehran`)."""
    parsed = _time_of_day(text)
    return wide.time_of(parsed[0] % wide.DAY, parsed[1]) if parsed else None


def parse_moment(text: str) -> datetime | WideMoment | None:
    """A date, `T` and a time; hour 24 is the next midnight. A date alone is its midnight."""
    day_text, separator, time_text = text.partition("T")
    day = parse_date(day_text)
    parsed = _time_of_day(time_text) if separator else (0, None)
    if day is None or parsed is None:
        return None
    days, nanos = divmod(parsed[0], wide.DAY)
    return wide.moment_of(wide.date_days(day) + days, nanos, parsed[1])


def _time_of_day(text: str) -> tuple[int, tzinfo | None] | None:
    """Nanoseconds since midnight, a whole day of them for `24:00:00`, and the zone."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    nanos = ((hour * 60 + minute) * 60 + second) * wide.SECOND + _fraction(match[4])
    if minute > 59 or second > 59 or nanos > wide.DAY or (hour == 24 and nanos != wide.DAY):
        return None
    if not match[5] and not match[6]:
        return nanos, None
    place = _offset(match[5]) if match[5] else zone(match[6])
    return None if place is None else (nanos, place)


def _fraction(digits: str | None) -> int:
    """The nanoseconds that the digits after a decimal point stand for."""
    return int((digits or "")[:9].ljust(9, "0"))


def _offset(text: str) -> tzinfo | None:
    if text in {"Z", "z"}:
        return UTC
    hours, minutes, seconds = (int(part) for part in (text[1:] + ":00")[:8].split(":"))
    if minutes > 59 or seconds > 59:
        return None
    distance = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return fixed_zone(-distance if text[0] == "-" else distance)


def fixed_zone(distance: Any) -> tzinfo | None:
    """The zone at a fixed distance from UTC, or None beyond 18 hours and for parts of a second."""
    if type(distance) is not timedelta or distance.microseconds or abs(distance) > MAX_OFFSET:
        return None
    return timezone(distance) if distance else UTC


@functools.lru_cache(maxsize=256)
def zone(name: str) -> tzinfo | None:
    """The named zone of the IANA database, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse_duration(text: str) -> timedelta | WideSpan | YearsMonths | None:
    """`P3D`, `PT10H30M`, `P1Y6M`, with a leading minus for backwards; never years or months with days or time."""
    if match := _YEARS_MONTHS.fullmatch(text):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return timeline.months_of(-months if match[1] else months)
    match = _DAYS_TIME.fullmatch(text)
    if not match or len(text) > MAX_DURATION:
        return None
    seconds = ((int(match[2] or 0) * 24 + int(match[3] or 0)) * 60 + int(match[4] or 0)) * 60 + int(match[5] or 0)
    nanos = seconds * wide.SECOND + _fraction(match[6])
    return wide.span_of(-nanos if match[1] else nanos)


def text(value: Any) -> str:
    """The text form that `parse` reads back."""
    kind = wide.family(value)
    if kind is YearsMonths:
        return _years_months_text(value.months)
    if kind is timedelta:
        return _days_time_text(wide.span_nanos(value))
    day = "" if kind is time else _date_text(value)
    return day if kind is date else f"{day}{'T' if day else ''}{_time_text(value)}"


def _date_text(value: Any) -> str:
    return f"{'-' if value.year < 0 else ''}{abs(value.year):04d}-{value.month:02d}-{value.day:02d}"


def _time_text(value: Any) -> str:
    plain = f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}"
    if fraction := wide.time_nanos(value) % wide.SECOND:
        plain += f".{fraction:09d}".rstrip("0")
    if isinstance(value.tzinfo, ZoneInfo):
        return f"{plain}@{value.tzinfo.key}"
    distance = wide.offset(value)
    if distance is None:
        return plain
    if not distance:
        return plain + "Z"
    minutes, seconds = divmod(abs(wide.span_nanos(distance)) // wide.SECOND, 60)
    sign = "-" if distance < timedelta(0) else "+"
    return f"{plain}{sign}{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")


def _years_months_text(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    parts = (f"{years}Y" if years else "") + (f"{rest}M" if rest else "")
    return ("-P" if months < 0 else "P") + (parts or "0M")


def _days_time_text(total: int) -> str:
    days, rest = divmod(abs(total), wide.DAY)
    seconds, fraction = divmod(rest, wide.SECOND)
    second_text = f"{seconds % 60}.{fraction:09d}".rstrip("0") if fraction else str(seconds % 60 or "")
    parts = ((seconds // 3600 or "", "H"), (seconds // 60 % 60 or "", "M"), (second_text, "S"))
    clock = "".join(f"{number}{unit}" for number, unit in parts if number)
    return ("-P" if total < 0 else "P") + ((f"{days}D" if days else "") + (f"T{clock}" if clock else "") or "T0S")
