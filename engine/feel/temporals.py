"""Dates, times and durations: text forms, parts and arithmetic (DMN 1.5 §10.3.2.3.4 to §10.3.2.3.8).

Fractions of a second are kept to the microsecond. Years run from 1 to 9999.
"""

from __future__ import annotations

import calendar
import functools
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.feel.values import YearsMonths

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z|z|[+-]\d\d:\d\d(?::\d\d)?)|@([A-Za-z][\w/+-]*))?", re.ASCII)
_YEARS_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d{1,17})Y)?(?:(\d{1,17})M)?", re.ASCII)
_DAYS_TIME = re.compile(r"(-?)P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d*))?S)?)?", re.ASCII)
UTC = timezone.utc  # noqa: UP017  # exported under the name everyone expects
_DAY = 86_400_000_000
MAX_MONTHS = 10**18
MAX_OFFSET = timedelta(hours=18)
MIDNIGHT = time(0)


def parse(text: str) -> Any:
    """The date, time, date and time or duration that `text` spells, or None (the value of `@"text"`)."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    if text[2:3] == ":":
        return parse_time(text)
    return parse_moment(text) if "T" in text else parse_date(text)


def parse_date(text: str) -> date | None:
    """`2026-11-23`."""
    match = _DATE.fullmatch(text)
    if not match:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """`10:30:00`, with a fraction, an offset (`+03:30`, `Z`) or a zone (`@Asia/Tehran`)."""
    parsed = _time_of_day(text)
    return parsed[0] if parsed else None


def parse_moment(text: str) -> datetime | None:
    """A date, `T` and a time; hour 24 is the next midnight. A date alone is its midnight."""
    day_text, _, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    if not time_text:
        return datetime.combine(day, MIDNIGHT) if "T" not in text else None
    parsed = _time_of_day(time_text)
    if parsed is None:
        return None
    try:
        return datetime.combine(day, parsed[0]) + timedelta(days=1 if parsed[1] else 0)
    except OverflowError:
        return None


def _time_of_day(text: str) -> tuple[time, bool] | None:
    """The time, and whether it was written as hour 24."""
    match = _TIME.fullmatch(text)
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    fraction = int((match[4] or "")[:6].ljust(6, "0"))
    past_end = hour == 24 and not (minute or second or fraction)
    place: tzinfo | None = None
    if match[5] or match[6]:
        place = _offset(match[5]) if match[5] else zone(match[6])
        if place is None:
            return None
    try:
        return time(0 if past_end else hour, minute, second, fraction, tzinfo=place), past_end
    except ValueError:
        return None


def _offset(text: str) -> tzinfo | None:
    if text in {"Z", "z"}:
        return UTC
    hours, minutes, seconds = (int(part) for part in (text[1:] + ":00")[:8].split(":"))
    if minutes > 59 or seconds > 59:
        return None
    distance = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return fixed_zone(-distance if text[0] == "-" else distance)


def fixed_zone(distance: timedelta) -> tzinfo | None:
    """The zone at a fixed distance from UTC, or None beyond 18 hours."""
    if abs(distance) > MAX_OFFSET:
        return None
    return timezone(distance) if distance else UTC


@functools.lru_cache(maxsize=256)
def zone(name: str) -> tzinfo | None:
    """The named zone of the IANA database, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse_duration(text: str) -> timedelta | YearsMonths | None:
    """`P3D`, `PT10H30M`, `P1Y6M`, with a leading minus for backwards; never years or months with days or time."""
    if match := _YEARS_MONTHS.fullmatch(text):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearsMonths(-months if match[1] else months)
    match = _DAYS_TIME.fullmatch(text)
    if not match or len(text) > 100:
        return None
    seconds = ((int(match[2] or 0) * 24 + int(match[3] or 0)) * 60 + int(match[4] or 0)) * 60 + int(match[5] or 0)
    micros = seconds * 1_000_000 + int((match[6] or "")[:6].ljust(6, "0"))
    return span(-micros if match[1] else micros)


def span(micros: int) -> timedelta | None:
    """A days and time duration of so many microseconds, or None beyond 10^9 days."""
    try:
        return timedelta(microseconds=micros)
    except OverflowError:
        return None


def micros(duration: timedelta) -> int:
    """The duration in microseconds."""
    return (duration.days * 86_400 + duration.seconds) * 1_000_000 + duration.microseconds


def text(value: Any) -> str:
    """The text form that `parse` reads back."""
    match value:
        case datetime():
            return f"{value:%Y-%m-%d}T".rjust(11, "0") + _time_text(value.timetz(), value.utcoffset())
        case date():
            return value.isoformat()
        case time():
            return _time_text(value, value.utcoffset())
        case YearsMonths():
            return _years_months_text(value.months)
    return _days_time_text(micros(value))


def _time_text(value: time, offset: timedelta | None) -> str:
    plain = f"{value:%H:%M:%S}"
    if value.microsecond:
        plain += f".{value.microsecond:06d}".rstrip("0")
    if isinstance(value.tzinfo, ZoneInfo):
        return f"{plain}@{value.tzinfo.key}"
    if offset is None:
        return plain
    if not offset:
        return plain + "Z"
    hours, rest = divmod(abs(offset), timedelta(hours=1))
    minutes, seconds = divmod(int(rest.total_seconds()), 60)
    return f"{plain}{'-' if offset < timedelta(0) else '+'}{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds
                                                                                        else "")


def _years_months_text(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    parts = (f"{years}Y" if years else "") + (f"{rest}M" if rest else "")
    return ("-P" if months < 0 else "P") + (parts or "0M")


def _days_time_text(total: int) -> str:
    days, rest = divmod(abs(total), _DAY)
    hours, rest = divmod(rest, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds, fraction = divmod(rest, 1_000_000)
    second_text = f"{seconds}.{fraction:06d}".rstrip("0") if fraction else (str(seconds) if seconds else "")
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    clock += f"{second_text}S" if second_text else ""
    parts = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-P" if total < 0 else "P") + (parts or "T0S")


def moment(day: date) -> datetime:
    """Midnight UTC of a date, which is how a date enters arithmetic with moments."""
    return datetime.combine(day, MIDNIGHT, UTC)


def zone_offset(value: time) -> timedelta | None:
    """The distance from UTC; that of a named zone is its standard one, since a time has no date."""
    if isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo.utcoffset(datetime(1970, 1, 1))  # noqa: DTZ001  # the zone is asked about a local time
    return value.utcoffset()


def day_micros(value: time) -> int:
    """Microseconds since midnight UTC (local midnight when there is no zone); may be negative."""
    local = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    offset = zone_offset(value)
    return local - micros(offset) if offset else local


def add_months(value: date, months: int) -> date | None:
    """`value` some months on, on the last day of the month where the day is missing. Keeps time and zone."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))


def add_span(value: Any, duration: timedelta) -> Any:
    """A date, time or moment so much later; a moment by elapsed time, a time around the clock. None out of range."""
    try:
        if type(value) is datetime:
            if isinstance(value.tzinfo, ZoneInfo):
                return (value.astimezone(UTC) + duration).astimezone(value.tzinfo)
            return value + duration
        if type(value) is date:
            return (moment(value) + duration).date()
    except OverflowError:
        return None
    start = datetime.combine(date(2000, 1, 1), value)
    return (start + timedelta(microseconds=micros(duration) % _DAY)).timetz()


def scale(duration: timedelta | YearsMonths, factor: Decimal, context: Any) -> timedelta | YearsMonths | None:
    """The duration times `factor`; months are cut to whole ones."""
    if isinstance(duration, YearsMonths):
        return YearsMonths(int(context.multiply(Decimal(duration.months), factor)))
    return span(int(context.multiply(Decimal(micros(duration)), factor).to_integral_value()))


def months_between(start: date, end: date) -> YearsMonths:
    """Whole months from `start` to `end`, negative when `end` is earlier (`years and months duration`)."""
    forward = (start.year, start.month, start.day, *_clock(start)) <= (end.year, end.month, end.day, *_clock(end))
    early, late = (start, end) if forward else (end, start)
    months = (late.year - early.year) * 12 + late.month - early.month
    if (late.day, *_clock(late)) < (early.day, *_clock(early)):
        months -= 1
    return YearsMonths(months if forward else -months)


def _clock(value: date) -> tuple[int, int, int, int]:
    if isinstance(value, datetime):
        return value.hour, value.minute, value.second, value.microsecond
    return 0, 0, 0, 0
