"""Date and time functions (DMN 1.5 §10.3.4.7 and §10.3.4.9)."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.feel import calendars, comparison, temporals, values, wide
from engine.feel.functions import Library
from engine.feel.runs import Run

library = Library()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")


@library.function("now()", run=True, pure=False)
def now(run: Run) -> datetime:
    """The present moment by the clock of the evaluation, UTC."""
    return run.now()


@library.function("today()", run=True, pure=False)
def today(run: Run) -> date:
    """The present date by the clock of the evaluation, UTC."""
    return run.now().date()


def _twin(day: Any) -> date:
    return calendars.twin(day.year, day.month, day.day)


@library.function("day of year(date: date | date and time)")
def day_of_year(day: Any) -> Decimal:
    """1 to 366."""
    return Decimal(_twin(day).timetuple().tm_yday)


@library.function("day of week(date: date | date and time)")
def day_of_week(day: Any) -> str:
    """The English name of the day."""
    return _DAYS[_twin(day).weekday()]


@library.function("month of year(date: date | date and time)")
def month_of_year(day: Any) -> str:
    """The English name of the month."""
    return _MONTHS[day.month - 1]


@library.function("week of year(date: date | date and time)")
def week_of_year(day: Any) -> Decimal:
    """The ISO 8601 week."""
    return Decimal(_twin(day).isocalendar().week)


@library.function("is(value1, value2)", run=True)
def is_(run: Run, one: Any, other: Any) -> bool:
    """The same value in the same form: 10:00 in Tehran is not 06:30 UTC, though they are equal."""
    if values.kind(one) != values.kind(other):
        return False
    if wide.family(one) in {time, datetime}:
        return temporals.text(one) == temporals.text(other)
    run.pace(one)
    return comparison.equal(one, other) is True

