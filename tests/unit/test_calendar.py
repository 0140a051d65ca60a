"""The calendar: Jalali months, leap years, ages and working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import calendar
from workflows.calendar import Calendar, from_jalali

DAYS = st.dates(date(1930, 1, 1), date(2100, 1, 1))


def test_adding_a_month_clamps_to_the_end_of_the_month():
    assert calendar.add_jalali_months(from_jalali(1404, 6, 31), 1) == from_jalali(1404, 7, 30)
    assert calendar.add_jalali_months(from_jalali(1404, 11, 30), 1) == from_jalali(1404, 12, 29)
    assert calendar.add_jalali_months(from_jalali(1405, 3, 31), 60) == from_jalali(1410, 3, 31)
    assert calendar.add_jalali_months(from_jalali(1405, 3, 31), -3) == from_jalali(1404, 12, 29)


def test_1403_and_1408_are_leap_years():
    assert [year for year in range(1400, 1410) if calendar.jalali_month_length(year, 12) == 30] == [1403, 1408]


@pytest.mark.parametrize("jalali, gregorian", [
    ((1357, 11, 22), date(1979, 2, 11)), ((1375, 12, 30), date(1997, 3, 20)), ((1399, 12, 30), date(2021, 3, 20)),
    ((1403, 12, 30), date(2025, 3, 20)), ((1404, 1, 1), date(2025, 3, 21)), ((1404, 12, 29), date(2026, 3, 20)),
    ((1405, 6, 31), date(2026, 9, 22)), ((1408, 12, 30), date(2030, 3, 20)), ((1409, 1, 1), date(2030, 3, 21))])
def test_days_that_are_known_in_both_calendars(jalali, gregorian):
    assert from_jalali(*jalali) == gregorian
    assert calendar.to_jalali(gregorian) == jalali


@pytest.mark.parametrize("day", [(1404, 12, 30), (1405, 7, 31), (1405, 13, 1), (1405, 0, 1), (1405, 1, 0),
                                 (1405, 1, 32)])
def test_days_that_are_not_are_refused(day):
    with pytest.raises(ValueError):
        from_jalali(*day)


def test_a_licence_of_sixty_months_issued_on_a_leap_day_ends_on_the_last_day_of_its_month():
    issued = from_jalali(1403, 12, 30)
    assert calendar.add_jalali_months(issued, 60) == from_jalali(1408, 12, 30)
    assert calendar.add_jalali_months(issued, 12) == from_jalali(1404, 12, 29)
    assert calendar.add_jalali_months(from_jalali(1408, 12, 30), -3) == from_jalali(1408, 9, 30)


@given(DAYS)
def test_jalali_dates_go_there_and_back(day):
    assert from_jalali(*calendar.to_jalali(day)) == day


@given(DAYS, st.integers(-600, 600))
def test_months_move_by_exactly_that_many(day, months):
    year, month, _ = calendar.to_jalali(day)
    moved = calendar.to_jalali(calendar.add_jalali_months(day, months))
    assert moved[0] * 12 + moved[1] == year * 12 + month + months


def test_a_person_is_a_year_older_on_the_jalali_birthday():
    born = from_jalali(1370, 7, 1)
    assert calendar.age(born, from_jalali(1405, 6, 31)) == 34
    assert calendar.age(born, from_jalali(1405, 7, 1)) == 35


def test_who_was_born_on_30_esfand_has_a_birthday_every_year():
    born = from_jalali(1370, 12, 30)
    assert calendar.age(born, from_jalali(1404, 12, 28)) == 33
    assert calendar.age(born, from_jalali(1404, 12, 29)) == 34


def test_thursday_friday_and_official_holidays_are_not_working_days():
    work = Calendar()
    assert [work.is_working_day(date(2026, 11, 21) + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2
    assert not work.is_working_day(from_jalali(1405, 1, 1))
    assert Calendar(weekend=frozenset({calendar.FRIDAY})).is_working_day(date(2026, 11, 26))


def test_a_closure_is_closed_and_a_declared_working_day_works():
    sunday, friday = date(2026, 11, 22), date(2026, 11, 27)
    work = Calendar(closures=frozenset({sunday}), working=frozenset({friday}))
    assert not work.is_working_day(sunday)
    assert work.is_working_day(friday)


def test_a_period_skips_the_first_day_and_ends_at_the_last_midnight_in_tehran():
    monday_noon = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert Calendar().add_working_days(monday_noon, 3) == datetime(2026, 11, 28, 20, 30, tzinfo=UTC)
    assert Calendar().add_working_days(monday_noon, 0) == datetime(2026, 11, 23, 20, 30, tzinfo=UTC)


def test_a_moment_late_in_the_evening_in_utc_belongs_to_the_next_day_in_tehran():
    assert calendar.today(datetime(2026, 11, 23, 20, 31, tzinfo=UTC)) == date(2026, 11, 24)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)), st.integers(0, 40))
def test_a_period_of_n_working_days_contains_n_working_days(moment, count):
    start = moment.replace(tzinfo=UTC)
    end = Calendar().add_working_days(start, count)
    assert Calendar().working_days_between(start, end - timedelta(microseconds=1)) == count


def test_a_calendar_without_working_days_is_refused_instead_of_searched_for_ever():
    with pytest.raises(ValueError):
        Calendar(weekend=frozenset(range(7))).add_working_days(datetime(2026, 1, 1, tzinfo=UTC), 1)


def test_dates_are_shown_in_the_language_of_the_reader():
    day = from_jalali(1405, 9, 2)
    assert calendar.format_date(day, "fa") == "۱۴۰۵/۰۹/۰۲"
    assert calendar.format_date(day, "fa", long=True) == "۲ آذر ۱۴۰۵"
    assert calendar.format_date(day, "en") == "2026-11-23"


def test_the_calendar_speaks_feel():
    offered = calendar.functions(lambda: Calendar())
    parameters, add = offered["add working days"]
    assert parameters == ("moment", "count")
    assert add(datetime(2026, 11, 23, 8, tzinfo=UTC), Decimal(1)) == datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
    assert add(None, Decimal(1)) is None
