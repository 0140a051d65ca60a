"""Dates, times, moments and durations that Python's own types cannot hold, and the bridge between both kinds.

A value has one representation only: Python's `date`, `time`, `datetime` and `timedelta` wherever they hold it exactly,
else one of the frozen types here, which refuse what Python can hold. Python's `==` compares representations (a wide
value never equals one of Python's); FEEL's `=`, which knows zones, is `comparison.equal`.

Inside, a date is the number of its day, a time of day and a duration are whole nanoseconds. `*_of` make a value of
numbers, `date_days`, `time_nanos`, `local` and `span_nanos` take one apart; all of them serve both kinds.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from engine.feel import calendars

MICRO = 1_000
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
MAX_SPAN = 10**18 * SECOND
"""Durations reach 10^18 seconds either way, as years and months durations reach 10^18 months."""
_LONGEST = 999_999_999
UTC = timezone.utc  # noqa: UP017  # exported under the name everyone expects


class _ClockTime:
    """What a wide time and a wide moment have in common: the hours, minutes and seconds of `nanos`."""

    __slots__ = ()
    nanos: int

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.nanos // (3600 * SECOND)

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self.nanos // (60 * SECOND) % 60

    @property
    def second(self) -> int:
        """0 to 59, without the fraction."""
        return self.nanos // SECOND % 60

    @property
    def nanosecond(self) -> int:
        """The fraction of the second."""
        return self.nanos % SECOND


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class WideDate:
    """A date before year 1 or after year 9999; orders among its kind and with Python's dates.

    Raises: ValueError for a year that Python's date holds or beyond ±999,999,999, and for a day that does not exist.
    """

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        calendars.twin(self.year, self.month, self.day)
        if MINYEAR <= self.year <= MAXYEAR or not calendars.in_range(self.year):
            raise ValueError(f"year {self.year} is no year of a wide date")

    def __lt__(self, other: Any) -> bool:
        return date_days(self) < date_days(other) if type(other) in DATES else NotImplemented


@dataclass(frozen=True, slots=True)
class WideTime(_ClockTime):
    """A time of day with a fraction finer than a microsecond: nanoseconds since midnight, and the zone or offset.

    Raises: ValueError for a time that Python's time holds, and outside of a day.
    """

    nanos: int
    tzinfo: tzinfo | None = None

    def __post_init__(self) -> None:
        if not self.nanos % MICRO or not 0 <= self.nanos < DAY:
            raise ValueError(f"{self.nanos} ns after midnight is no wide time")


@dataclass(frozen=True, slots=True)
class WideMoment(_ClockTime):
    """A date and time that needs a wide date or a wide time: the day's number, nanoseconds since its midnight, and the
    zone or offset; `fold` is 1 for the second of two equal local times, as in Python.

    Raises: ValueError for a moment that Python's datetime holds, and outside of the calendar or a day.
    """

    days: int
    nanos: int
    tzinfo: tzinfo | None = None
    fold: int = 0

    def __post_init__(self) -> None:
        year = calendars.civil(self.days)[0]
        held = MINYEAR <= year <= MAXYEAR and not self.nanos % MICRO
        if held or not calendars.in_range(year) or not 0 <= self.nanos < DAY:
            raise ValueError(f"day {self.days} and {self.nanos} ns are no wide moment")

    @property
    def year(self) -> int:
        """The year, negative before year 0."""
        return calendars.civil(self.days)[0]

    @property
    def month(self) -> int:
        """1 to 12."""
        return calendars.civil(self.days)[1]

    @property
    def day(self) -> int:
        """1 to 31."""
        return calendars.civil(self.days)[2]


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class WideSpan:
    """A days and time duration finer than a microsecond or longer than 10^9 days, in nanoseconds; orders among its kind
    and with Python's timedelta.

    Raises: ValueError for a duration that timedelta holds or beyond 10^18 seconds.
    """

    nanos: int

    def __post_init__(self) -> None:
        if _held(self.nanos) or abs(self.nanos) > MAX_SPAN:
            raise ValueError(f"{self.nanos} ns is no wide duration")

    def __lt__(self, other: Any) -> bool:
        return self.nanos < span_nanos(other) if type(other) in SPANS else NotImplemented


DATES = frozenset({date, WideDate})
TIMES = frozenset({time, WideTime})
MOMENTS = frozenset({datetime, WideMoment})
SPANS = frozenset({timedelta, WideSpan})
FAMILY: dict[type, type] = {WideDate: date, WideTime: time, WideMoment: datetime, WideSpan: timedelta}
"""The Python type that a wide type extends."""


def family(value: Any) -> type:
    """The Python type of `value`, that of its family for a wide one."""
    return FAMILY.get(type(value)) or type(value)


def date_of(days: int) -> date | WideDate | None:
    """The date of the day with that number; None beyond the calendar."""
    year, month, day = calendars.civil(days)
    if MINYEAR <= year <= MAXYEAR:
        return date(year, month, day)
    return WideDate(year, month, day) if calendars.in_range(year) else None


def date_from(year: int, month: int, day: int) -> date | WideDate:
    """The date. Raises: ValueError where there is no such day, or beyond the calendar."""
    return date(year, month, day) if MINYEAR <= year <= MAXYEAR else WideDate(year, month, day)


def date_days(value: Any) -> int:
    """The number of the day of a date or moment of either kind."""
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, WideMoment):
        return value.days
    return calendars.number(value.year, value.month, value.day)


def time_of(nanos: int, zone: tzinfo | None = None) -> time | WideTime:
    """The time so many nanoseconds after midnight, less than a day."""
    if nanos % MICRO:
        return WideTime(nanos, zone)
    return _clock(nanos).replace(tzinfo=zone)


def _clock(nanos: int) -> time:
    seconds, rest = divmod(nanos, SECOND)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // MICRO)


def time_nanos(value: Any) -> int:
    """Nanoseconds since local midnight of a time or moment of either kind."""
    if isinstance(value, _ClockTime):
        return value.nanos
    seconds: int = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * SECOND + int(value.microsecond) * MICRO


def span_of(nanos: int) -> timedelta | WideSpan | None:
    """The duration of so many nanoseconds; None beyond 10^18 seconds."""
    if _held(nanos):
        return timedelta(microseconds=nanos // MICRO)
    return WideSpan(nanos) if abs(nanos) <= MAX_SPAN else None


def _held(nanos: int) -> bool:
    return not nanos % MICRO and -_LONGEST <= nanos // DAY <= _LONGEST


def span_nanos(value: Any) -> int:
    """The duration of either kind in nanoseconds."""
    if isinstance(value, WideSpan):
        return value.nanos
    seconds: int = value.days * 86_400 + value.seconds
    return seconds * SECOND + int(value.microseconds) * MICRO


def moment_of(days: int, nanos: int, zone: tzinfo | None = None, fold: int = 0) -> datetime | WideMoment | None:
    """The moment so many nanoseconds (less than a day) after local midnight of a day; None beyond the calendar."""
    year, month, day = calendars.civil(days)
    if not calendars.in_range(year):
        return None
    if MINYEAR <= year <= MAXYEAR and not nanos % MICRO:
        return datetime.combine(date(year, month, day), _clock(nanos), zone).replace(fold=fold)
    return WideMoment(days, nanos, zone, fold)


def offset(value: Any) -> timedelta | None:
    """The distance from UTC of a time or moment of either kind, None for a local one.

    A time in a named zone has that of the zone's standard time, since it has no date.
    """
    zone = value.tzinfo
    if zone is None or isinstance(zone, timezone):
        return zone.utcoffset(None) if zone else None
    if family(value) is time:
        return zone.utcoffset(datetime(1970, 1, 1))  # type: ignore[no-any-return]  # noqa: DTZ001  # a local time
    if type(value) is datetime:
        return value.utcoffset()
    return zone.utcoffset(_twin(value))  # type: ignore[no-any-return]


def _twin(value: WideMoment) -> datetime:
    """A local time for which a zone has the same offset."""
    year, month, day = calendars.civil(value.days)
    near = date(year + calendars.shift(year) * calendars.CYCLE_YEARS, month, day)
    return datetime.combine(near, _clock(value.nanos)).replace(fold=value.fold)


def instant(value: Any) -> int:
    """Nanoseconds of a moment of either kind on one line: UTC time for one with a zone, local time for one without."""
    distance = offset(value)
    local = date_days(value) * DAY + time_nanos(value)
    return local - span_nanos(distance) if distance else local


def at_instant(nanos: int, zone: tzinfo | None) -> datetime | WideMoment | None:
    """The moment of an instant, in the zone (local, without one); None beyond the calendar."""
    days, rest = divmod(nanos, DAY)
    if zone is None:
        return moment_of(days, rest)
    if isinstance(zone, timezone):
        return moment_of(*divmod(nanos + span_nanos(zone.utcoffset(None)), DAY), zone)
    cycles = calendars.shift(calendars.civil(days)[0])
    near = datetime.combine(date.fromordinal(days + cycles * calendars.CYCLE_DAYS), _clock(rest), UTC).astimezone(zone)
    return moment_of(near.toordinal() - cycles * calendars.CYCLE_DAYS, time_nanos(near) + rest % MICRO, zone, near.fold)
