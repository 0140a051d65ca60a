"""The calendar of the law: Jalali dates and months, working days, holidays, in Tehran's time.

A day runs from midnight to midnight in Asia/Tehran. A period in working days does not count the day on which it
begins and ends with the last working day's midnight, so that an applicant has the whole of the last day.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from persiantools import jdatetime

from engine import feel

TEHRAN = ZoneInfo("Asia/Tehran")
THURSDAY, FRIDAY = 3, 4
"""`date.weekday()` of the two days on which most administrative bodies rest (a setting: see `Calendar.weekend`)."""

MONTHS_FA = ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
             "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند")
_MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")
_LAST_DAY_OF_SEARCH = 4_000
"""Days after which a search for a working day gives up: a calendar with nothing but holidays is a mistake."""


def to_jalali(day: date) -> tuple[int, int, int]:
    """Year, month and day of a Gregorian date in the Jalali calendar."""
    jalali: Any = jdatetime.JalaliDate.to_jalali(day.year, day.month, day.day)  # type: ignore[no-untyped-call]
    return jalali.year, jalali.month, jalali.day


def from_jalali(year: int, month: int, day: int) -> date:
    """The Gregorian date of a Jalali one. Raises: ValueError when there is no such day."""
    jalali: Any = jdatetime.JalaliDate(year, month, day)  # type: ignore[no-untyped-call]
    gregorian: date = jalali.to_gregorian()
    return gregorian


def jalali_month_length(year: int, month: int) -> int:
    """Days of a Jalali month: 31 in the first six, 30 in the next five, 29 or (leap years) 30 in Esfand."""
    return int(jdatetime.JalaliDate.days_in_month(month, year))


def add_jalali_months(day: date, months: int) -> date:
    """Move by Jalali months, the day clamped to the month's end (31 Shahrivar + 1 = 30 Mehr)."""
    year, month, day_of_month = to_jalali(day)
    index = year * 12 + month - 1 + months
    year, month = index // 12, index % 12 + 1
    return from_jalali(year, month, min(day_of_month, jalali_month_length(year, month)))


def age(birth: date, on: date) -> int:
    """Completed Jalali years; who was born on 30 Esfand of a leap year has a birthday on 29 Esfand in other years."""
    born, today = to_jalali(birth), to_jalali(on)
    birthday = (born[1], min(born[2], jalali_month_length(today[0], born[1])))
    return today[0] - born[0] - (today[1:] < birthday)


def today(moment: datetime) -> date:
    """The date in Tehran at an aware moment."""
    return moment.astimezone(TEHRAN).date()


def to_persian_digits(text: str) -> str:
    """Latin digits become Persian ones, for display."""
    return text.translate({ord("0") + n: "۰۱۲۳۴۵۶۷۸۹"[n] for n in range(10)})


def month_name(number: int, language: str = "fa") -> str:
    """The name of a month from 1 to 12: Jalali in `fa`, Gregorian in `en`."""
    return MONTHS_FA[number - 1] if language == "fa" else _MONTHS_EN[number - 1]


def format_date(day: date, language: str = "fa", *, long: bool = False) -> str:
    """A date for people: Jalali with Persian digits in `fa` (۱۴۰۵/۰۹/۰۲ or ۲ آذر ۱۴۰۵), Gregorian in `en`."""
    if language != "fa":
        return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}" if long else day.isoformat()
    year, month, day_of_month = to_jalali(day)
    text = f"{day_of_month} {MONTHS_FA[month - 1]} {year}" if long else f"{year}/{month:02}/{day_of_month:02}"
    return to_persian_digits(text)


def format_moment(moment: datetime, language: str = "fa", *, long: bool = False) -> str:
    """A moment for people, date and minute in Tehran's time."""
    local = moment.astimezone(TEHRAN)
    clock = f"{local:%H:%M}"
    if language == "fa":
        return f"{format_date(local.date(), 'fa', long=long)}، {to_persian_digits(clock)}"
    return f"{format_date(local.date(), 'en', long=long)} {clock}"


@functools.cache
def official_holidays(year: int) -> frozenset[date]:
    """Official holidays of a Gregorian year; lunar ones are predictions, which closures and working days correct."""
    return frozenset(holiday_names(year))


@functools.cache
def holiday_names(year: int) -> Mapping[date, tuple[str, str]]:
    """Official holiday of a Gregorian year -> its Persian and English name."""
    fa, en = (holidays.country_holidays("IR", years=year, language=language) for language in ("fa_IR", "en_US"))
    return {day: (name, en.get(day) or name) for day, name in fa.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working days: neither weekend, nor official holiday, nor closure, unless declared a working day after all."""

    weekend: frozenset[int] = frozenset({THURSDAY, FRIDAY})
    closures: frozenset[date] = frozenset()
    """Days declared closed (mourning, pollution, heat), added to the official holidays."""
    working: frozenset[date] = frozenset()
    """Days on which work goes on although they are predicted holidays; the declaration wins."""

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        if day in self.working:
            return True
        return day.weekday() not in self.weekend and day not in self.closures and day not in official_holidays(day.year)

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is a working day, else the first one after it."""
        for offset in range(_LAST_DAY_OF_SEARCH):
            if self.is_working_day(day + timedelta(days=offset)):
                return day + timedelta(days=offset)
        raise ValueError("the calendar has no working day in ten years")

    def add_working_days(self, moment: datetime, count: int) -> datetime:
        """The end (midnight in Tehran, as UTC) of the `count`-th working day after the day of `moment`.

        The day of `moment` itself is not counted; zero means the end of that day. Raises: ValueError for a negative
        count.
        """
        if count < 0:
            raise ValueError("a period in working days cannot be negative")
        day = today(moment)
        for _ in range(count):
            day = self.next_working_day(day + timedelta(days=1))
        return datetime.combine(day + timedelta(days=1), time(), TEHRAN).astimezone(UTC)

    def opening_before(self, moment: datetime, count: int) -> datetime:
        """The morning (08:00 in Tehran, as UTC) of the `count`-th working day that begins before `moment`."""
        day = today(moment - timedelta(microseconds=1))
        for offset in range(_LAST_DAY_OF_SEARCH):
            before = day - timedelta(days=offset)
            count -= self.is_working_day(before)
            if count <= 0:
                return datetime.combine(before, time(8), TEHRAN).astimezone(UTC)
        raise ValueError("the calendar has no working day in ten years")

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start` up to and including the day of `end`; 0 when `end` is not later."""
        first, last = today(start), today(end)
        return sum(self.is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def official_functions() -> feel.Functions:
    """The FEEL functions of the calendar on its official holidays, for whoever has no installation."""
    return feel.Functions([feel.FeelFunction(name=name, parameters=parameters, fn=fn)
                           for name, (parameters, fn) in functions(Calendar).items()])


def functions(calendar: Callable[[], Calendar]) -> Mapping[str, tuple[tuple[str, ...], Callable[..., Any]]]:
    """The FEEL functions of the calendar: name -> (parameter names, function). All are pure for a given calendar.

    `calendar` is asked at every call, so that a holiday added today counts from now on.
    """

    def add_working_days(moment: Any, count: Any) -> datetime | None:
        at = _moment(moment)
        return None if at is None or not isinstance(count, Decimal) else calendar().add_working_days(at, int(count))

    def is_working_day(day: Any) -> bool | None:
        at = _day(day)
        return None if at is None else calendar().is_working_day(at)

    def add_months(day: Any, months: Any) -> date | None:
        at = _day(day)
        return None if at is None or not isinstance(months, Decimal) else add_jalali_months(at, int(months))

    def jalali_age(birth: Any, on: Any) -> Decimal | None:
        born, at = _day(birth), _day(on)
        return None if born is None or at is None else Decimal(age(born, at))

    return {
        "add working days": (("moment", "count"), add_working_days),
        "is working day": (("day",), is_working_day),
        "add jalali months": (("day", "months"), add_months),
        "jalali age": (("birth", "on"), jalali_age),
    }


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=TEHRAN)
    return datetime.combine(value, time(), TEHRAN) if isinstance(value, date) else None


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return today(value) if value.tzinfo else value.date()
    return value if isinstance(value, date) else None

