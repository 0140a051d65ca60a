"""Dates, times and durations beyond Python's own: they are FEEL values like any other."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel
from engine.feel import calendars, temporals, wide

DAYS = st.integers(calendars.number(-calendars.MAX_YEAR, 1, 1), calendars.number(calendars.MAX_YEAR, 12, 31))
NANOS = st.integers(0, wide.DAY - 1)
ZONES = st.sampled_from([None, UTC, temporals.fixed_zone(timedelta(hours=-9, minutes=-30)), ZoneInfo("Asia/Tehran"),
                         ZoneInfo("America/New_York")])


def shown(text: str) -> str:
    return feel.to_string(feel.evaluate(text))


@pytest.mark.parametrize("text, expected", [
    ('@"-0044-03-15"', '@"-0044-03-15"'), ('date("999999999-12-31").year', "999999999"),
    ('date("1000000000-01-01")', "null"), ('date("012026-01-01")', "null"), ('date("+2026-01-01")', "null"),
    ("date(123456, 2, 29)", '@"123456-02-29"'), ("date(-1, 2, 29)", "null"), ("date(0, 2, 29)", '@"0000-02-29"'),
    ('@"9999-12-31" + @"P1D"', '@"10000-01-01"'), ('@"10000-01-01" - @"P1D"', '@"9999-12-31"'),
    ('@"0001-01-01" - @"P1M"', '@"0000-12-01"'), ('@"10000-03-31" + @"-P1M"', '@"10000-02-29"'),
    ('date("999999999-12-31") + @"P1D"', "null"), ('@"10000-01-01" - @"9999-12-31"', '@"P1D"'),
    ('date("999999999-12-31") - date("-999999999-01-01")', '@"P730484999633D"'),
    ('@"-0044-03-15".weekday', "4"), ('day of week(@"12026-07-01")', '"Wednesday"'),
    ('week of year(@"-0001-12-31")', "52"), ('day of year(@"10000-12-31")', "366"),
    ('month of year(@"10000-12-31")', '"December"'),
    ('years and months duration(@"-0001-01-15", @"10000-01-14")', '@"P10000Y11M"'),
    ('for d in @"9999-12-31"..@"10000-01-02" return d.day', "[31, 1, 2]"),
    ('date and time(@"10000-01-01", @"10:00:00Z")', '@"10000-01-01T10:00:00Z"'),
    ('date(@"10000-01-01T10:00:00")', '@"10000-01-01"'), ('time(@"10000-01-01T10:00:00")', '@"10:00:00"'),
])
def test_dates_beyond_python(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ('@"10:00:00.123456789".second', "0.123456789"), ("time(10, 0, 1.000000001)", '@"10:00:01.000000001"'),
    ('@"10:00:00.0000000019"', '@"10:00:00.000000001"'),
    ('@"23:59:59.999999999" + @"PT0.000000001S"', '@"00:00:00"'),
    ('@"10:00:00.000000001" - @"10:00:00"', '@"PT0.000000001S"'),
    ('@"2026-01-01T00:00:00.000000001Z" - @"P1D"', '@"2025-12-31T00:00:00.000000001Z"'),
    ('@"9999-12-31T23:30:00-01:00" = @"10000-01-01T00:30:00Z"', "true"),
    ('@"0001-01-01T00:00:00+05:00" < @"0001-01-01T00:00:00Z"', "true"),
    ('@"12026-07-01T12:00:00@Europe/Paris".time offset', '@"PT2H"'),
    ('@"-0100-07-01T12:00:00@Europe/Paris" + @"PT1H"', '@"-0100-07-01T13:00:00@Europe/Paris"'),
    ('@"12026-03-31T00:30:00@Europe/Paris".timezone', '"Europe/Paris"'),
    ('date and time(@"12026-01-01T00:00:00Z", "Asia/Tehran")', '@"12026-01-01T03:30:00@Asia/Tehran"'),
    ('@"2026-10-25T02:30:00@Europe/Paris" + @"PT1H" - @"2026-10-25T02:30:00@Europe/Paris"', '@"PT1H"'),
])
def test_times_and_moments_beyond_python(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ('@"P99999999999DT1S"', '@"P99999999999DT1S"'), ('@"P99999999999D" / @"P1D"', "99999999999"),
    ('-@"PT0.0000001S"', '@"-PT0.0000001S"'), ('abs(@"-P99999999999D")', '@"P99999999999D"'),
    ('(@"PT0.000001S" / 2).seconds', "0.0000005"), ('@"PT1S" / 3', '@"PT0.333333S"'),
    ('@"PT0.0000001S" * 3', '@"PT0.0000003S"'), ('sum([@"P999999999D", @"P1D"])', '@"P1000000000D"'),
    ('@"P99999999999D".days', "99999999999"), ('@"P99999999999D" > @"P1D"', "true"),
    ('@"PT1000000000000000000S"', '@"P11574074074074DT1H46M40S"'), ('duration("PT1000000000000000001S")', "null"),
    ('duration("P1000000000000000001M")', "null"), ('@"P99999999999D" - @"P99999999999D"', '@"PT0S"'),
])
def test_durations_beyond_python(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ('@"10000-01-01" > @"2026-01-01"', "true"), ('@"-5000-01-01" = @"2026-01-01"', "false"),
    ('@"10000-01-01" in [@"2026-01-01"..@"12026-01-01"]', "true"), ('@"-0001-01-01" in > @"2026-01-01"', "false"),
    ('min(@"10000-01-01", @"2026-01-01", @"-0001-01-01")', '@"-0001-01-01"'),
    ('sort([@"10000-01-01", @"2026-01-01", @"-0001-01-01"])', '[@"-0001-01-01", @"2026-01-01", @"10000-01-01"]'),
    ('before(@"-0001-01-01", [@"2026-01-01"..@"10000-01-01"])', "true"),
    ('during(@"10000-01-01", (> @"2026-01-01"))', "true"),
    ('distinct values([@"10000-01-01", @"2026-01-01", @"10000-01-01"])', '[@"10000-01-01", @"2026-01-01"]'),
    ('@"10000-01-01" instance of date', "true"), ('@"10:00:00.000000001" instance of time', "true"),
    ('@"10000-01-01T00:00:00" instance of date and time', "true"),
    ('@"PT0.0000001S" instance of days and time duration', "true"),
    ('[@"9999-01-01"..@"10000-01-01"] instance of range<date>', "true"),
    ('is(@"10000-01-01T00:00:00Z", @"10000-01-01T01:00:00+01:00")', "false"),
    ('string([@"10000-01-01", @"PT0.0000001S"])', '"[10000-01-01, PT0.0000001S]"'),
])
def test_both_kinds_compare(text, expected):
    assert shown(text) == expected


def test_a_table_cell_tests_both_kinds():
    tests = feel.unary_tests('> date("2026-01-01")')
    assert tests.evaluate(wide.WideDate(10000, 1, 1)) is True
    assert tests.evaluate(wide.WideDate(-1, 1, 1)) is False
    assert sorted([wide.WideDate(10000, 1, 1), date.max, date.min, wide.WideDate(0, 1, 1)]) == [
        wide.WideDate(0, 1, 1), date.min, date.max, wide.WideDate(10000, 1, 1)]
    assert wide.WideSpan(1) > timedelta(0) >= wide.WideSpan(-1)


def test_python_holds_whatever_it_can():
    assert type(feel.evaluate('@"10000-01-01" - @"P1D"')) is date
    assert type(feel.evaluate('@"10:00:00.000000500" + @"PT0.0000005S"')) is time
    assert type(feel.evaluate('@"10000-01-01T00:00:00Z" - @"PT1S"')) is datetime
    assert type(feel.evaluate('@"P1000000000D" - @"P1D"')) is timedelta
    for refused in (lambda: wide.WideDate(2026, 1, 1), lambda: wide.WideTime(1000), lambda: wide.WideSpan(1000),
                    lambda: wide.WideMoment(1, 0), lambda: wide.WideDate(10**9, 1, 1), lambda: wide.WideTime(-1)):
        with pytest.raises(ValueError):
            refused()


def test_wide_values_hash_and_travel_as_text():
    value = wide.WideDate(-44, 3, 15)
    assert {value: 1}[wide.WideDate(-44, 3, 15)] == 1
    assert feel.from_python({"ides": [value]}) == {"ides": [value]}
    assert feel.to_json([value, wide.WideTime(1, UTC), wide.WideSpan(1), wide.WideMoment(1, 1)]) == [
        "-0044-03-15", "00:00:00.000000001Z", "PT0.000000001S", "0001-01-01T00:00:00.000000001"]
    assert [feel.kind(each) for each in (value, wide.WideTime(1), wide.WideSpan(1), wide.WideMoment(1, 1))] == [
        "date", "time", "days and time duration", "date and time"]


@given(DAYS)
def test_a_day_has_one_number(day):
    found = wide.date_of(day)
    assert wide.date_days(found) == day
    assert temporals.parse(temporals.text(found)) == found


@given(DAYS, NANOS, ZONES)
def test_a_moment_comes_back_from_its_text_and_from_its_instant(day, nanos, zone):
    moment = wide.moment_of(day, nanos, zone)
    assert temporals.parse(temporals.text(moment)) == moment
    again = wide.at_instant(wide.instant(moment), zone)
    if again is not None:  # at the very ends of the calendar the instant may lie outside
        assert wide.instant(again) == wide.instant(moment)


@given(st.integers(-wide.MAX_SPAN, wide.MAX_SPAN))
def test_a_duration_comes_back_from_its_text(nanos):
    span = wide.span_of(nanos)
    assert wide.span_nanos(span) == nanos
    assert temporals.parse(temporals.text(span)) == span


@given(st.dates(), st.timedeltas(min_value=timedelta(-10**5), max_value=timedelta(10**5)))
def test_within_python_the_arithmetic_is_pythons(day, span):
    start = datetime.combine(day, time(12, 30), UTC)
    try:
        expected = start + span
    except OverflowError:
        return
    assert feel.evaluate("start + span", {"start": start, "span": span}) == expected
