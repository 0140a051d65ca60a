"""The proleptic Gregorian calendar on whole numbers, without a first or a last year.

Days have the numbers that `datetime.date.toordinal` gives them: day 1 is 1 January of year 1. Year 0 comes before
year 1, as ISO 8601 and XML Schema 1.1 count. The calendar repeats every 400 years, weekdays included, so every
question about a day is put to Python about the same day of a cycle that Python knows.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date

CYCLE_YEARS = 400
CYCLE_DAYS = 146_097
MAX_YEAR = 999_999_999
"""Years run from -MAX_YEAR to MAX_YEAR (XML Schema leaves the limit to us, 9 digits are what other engines take)."""
_KNOWN = 2000
"""The first year of the cycle that stands for all others."""


def twin(year: int, month: int, day: int) -> date:
    """The same day in the years 2000 to 2399. Raises: ValueError where there is no such day."""
    return date(_KNOWN + year % CYCLE_YEARS, month, day)


def number(year: int, month: int, day: int) -> int:
    """The number of a day. Raises: ValueError where there is no such day."""
    return twin(year, month, day).toordinal() + (year // CYCLE_YEARS - _KNOWN // CYCLE_YEARS) * CYCLE_DAYS


def civil(day_number: int) -> tuple[int, int, int]:
    """Year, month and day of the day with that number."""
    cycles, rest = divmod(day_number - 1, CYCLE_DAYS)
    found = date.fromordinal(rest + 1)
    return found.year + cycles * CYCLE_YEARS, found.month, found.day


def shift(year: int) -> int:
    """How many cycles to add so that Python's dates and zones can work on `year` with a year to spare on each side.

    A far future year goes where only the standing rule of a zone is left, a far past one where its first offset holds.
    """
    if MINYEAR < year < MAXYEAR:
        return 0
    home = 6 if year > MINYEAR else 1
    return home - year // CYCLE_YEARS


def in_range(year: int) -> bool:
    """Whether a FEEL date may have that year."""
    return -MAX_YEAR <= year <= MAX_YEAR
