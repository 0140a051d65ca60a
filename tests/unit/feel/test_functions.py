"""The functions of the standard, and those registered from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import clock, feel


@pytest.mark.parametrize("text, expected", [
    ('date("2026-11-23")', '@"2026-11-23"'), ("date(2026, 2, 30)", "null"), ('date("2026-1-1")', "null"),
    ('date(@"2026-11-23T10:00:00Z")', '@"2026-11-23"'), ('time("10:30:00+03:30")', '@"10:30:00+03:30"'),
    ('time("25:00:00")', "null"), ("time(10, 30, 0)", '@"10:30:00"'),
    ('time(10, 30, 0, @"PT3H30M")', '@"10:30:00+03:30"'), ('date and time("2026-11-23T24:00:00")',
                                                           '@"2026-11-24T00:00:00"'),
    ('date and time(@"2026-11-23", @"10:00:00Z")', '@"2026-11-23T10:00:00Z"'),
    ('@"2026-11-23T10:00:00@Asia/Tehran".timezone', '"Asia/Tehran"'), ('duration("P1Y2M")', '@"P1Y2M"'),
    ('duration("P1DT2H")', '@"P1DT2H"'), ('duration("P1Y2D")', "null"), ('duration("-PT90M")', '@"-PT1H30M"'),
    ('years and months duration(@"2020-12-24", @"2026-11-23")', '@"P5Y10M"'), ('number("1,234.5", ",", ".")', "1234.5"),
    ('number("x")', "null"), ("string(1.50)", '"1.5"'), ('string([1, "a", @"P1D"])', '"[1, \\"a\\", P1D]"'),
    ("string(null)", "null"), ('range("[1..5)")', "[1..5)"), ('range("[5..1]")', "null"),
    ('duration(from: "P1D")', '@"P1D"'), ('date(form: "2026-11-23")', "null"),
])
def test_conversions(text, expected):
    assert feel.to_string(feel.evaluate(text)) == expected


@pytest.mark.parametrize("text, expected", [
    ('substring("پروانه", 2, 3)', '"روا"'), ('substring("abc", -2)', '"bc"'), ('substring("abc", 0)', "null"),
    ('string length("😀a")', "2"), ('upper case("abc")', '"ABC"'), ('substring before("a-b-c", "-")', '"a"'),
    ('substring after("a-b-c", "-")', '"b-c"'), ('contains("abc", "bc")', "true"), ('starts with("abc", "b")', "false"),
    ('ends with("abc", "bc")', "true"), ('matches("abc", "^[a-z-[b]]+$")', "false"),
    ('matches("ABC", "b", "i")', "true"),
    ('matches("a", "(")', "null"), ('replace("abcd", "(b)(c)", "$2$1")', '"acbd"'), ('replace("a", "a", "$")', "null"),
    ('replace("a.b", ".", "x", "q")', '"axb"'), ('split("a;b;;c", ";")', '["a", "b", "", "c"]'),
    ('string join(["a", null, "b"], ", ")', '"a, b"'), ('string join(["a", 1])', "null"),
])
def test_strings(text, expected):
    assert feel.to_string(feel.evaluate(text)) == expected


@pytest.mark.parametrize("text, expected", [
    ("decimal(2.5, 0)", "2"), ("floor(-1.5)", "-2"), ("ceiling(1.21, 1)", "1.3"), ("round up(-5.5, 0)", "-6"),
    ("round half up(5.5, 0)", "6"), ("round half down(5.5, 0)", "5"), ("round down(1.29, 1)", "1.2"), ("abs(-3)", "3"),
    ('abs(@"-P1D")', '@"P1D"'), ("modulo(-12, 5)", "3"), ("modulo(1, 0)", "null"), ("sqrt(16)", "4"),
    ("sqrt(-1)", "null"),
    ("odd(3)", "true"), ("even(2.5)", "null"), ("log(0)", "null"), ("exp(0)", "1"),
])
def test_numbers(text, expected):
    assert feel.to_string(feel.evaluate(text)) == expected


@pytest.mark.parametrize("text, expected", [
    ("list contains([1, null], null)", "true"), ("count([1, 2])", "2"), ("min(3, 1, 2)", "1"),
    ('max(["a", "b"])', '"b"'),
    ('min([1, "a"])', "null"), ("sum([])", "null"), ("sum(1, 2)", "3"), ('sum([@"P1D", @"PT12H"])', '@"P1DT12H"'),
    ("mean([1, 2])", "1.5"), ("median([3, 1, 2])", "2"), ("stddev(2, 4, 7, 5)", "2.081665999466132735282297706979931"),
    ("mode([6, 1, 9, 6, 1])", "[1, 6]"), ("product([2, 3])", "6"), ("all([true, null])", "null"),
    ("any([true, null])", "true"), ("any()", "null"), ("sublist([1, 2, 3], 2, 2)", "[2, 3]"),
    ("sublist([1], 2)", "null"),
    ("append([1], 2, 3)", "[1, 2, 3]"), ("concatenate([1], [2])", "[1, 2]"),
    ("insert before([1, 3], 2, 2)", "[1, 2, 3]"),
    ("remove([1, 2], -1)", "[1]"), ("list replace([1, 2], 2, 9)", "[1, 9]"), ("reverse([1, 2])", "[2, 1]"),
    ("list replace([1, 5], function(item, new) item < new, 4)", "[4, 5]"), ("index of([1, 2, 1], 1)", "[1, 3]"),
    ("union([1, 2], [2, 3])", "[1, 2, 3]"), ("distinct values([1, 1.0, [1], [1], null])", "[1, [1], null]"),
    ("flatten([1, [2, [3]]])", "[1, 2, 3]"), ("sort([3, 1, 2], function(x, y) x > y)", "[3, 2, 1]"),
    ("sort([2, 1])", "[1, 2]"),
    ('sort([2, "a"])', "null"), ("count(1)", "1"), ("count(null)", "null"),
])
def test_lists(text, expected):
    assert feel.to_string(feel.evaluate(text)) == expected


@pytest.mark.parametrize("text, expected", [
    ('get value({a: 1}, "a")', "1"), ('get value({a: {b: 1}}, ["a", "b"])', "1"), ("get entries({a: 1})",
                                                                                  '[{key: "a", value: 1}]'),
    ('context([{key: "a", value: 1}])', "{a: 1}"), ('context put({a: 1}, "b", 2)', "{a: 1, b: 2}"),
    ('context put({a: {b: 1}}, ["a", "b"], 2)', "{a: {b: 2}}"), ("context merge([{a: 1}, {a: 2}])", "{a: 2}"),
    ('day of week(@"2026-11-23")', '"Monday"'), ('day of year(@"2026-02-01")', "32"),
    ('week of year(@"2026-01-01")', "1"),
    ('month of year(@"2026-11-23")', '"November"'), ('is(@"10:00:00Z", @"10:00:00+00:00")', "true"),
    ('is(@"10:00:00Z", @"13:30:00+03:30")', "false"), ("before([1..5), 5)", "true"), ("meets([1..5], [5..9])", "true"),
    ("overlaps([1..5], (5..9])", "false"), ("includes([1..5], [2..5])", "true"), ("during(3, [1..5])", "true"),
    ("starts(1, [1..5])", "true"), ("finished by([1..5], 5)", "true"), ("coincides([1..5], [1..5])", "true"),
    ('before(1, "a")', "null"),
])
def test_contexts_dates_and_ranges(text, expected):
    assert feel.to_string(feel.evaluate(text)) == expected


@pytest.mark.parametrize("text, expected", [
    ("after(range: [5..10], point: 4)", True), ("after(point: 4, range: [5..10])", False),
    ("before(range: [1..5], point: 10)", True), ("before(point: 10, range: [1..5])", False),
    ("before(range2: [7..9], range1: [1..5])", True),
])
def test_names_that_fit_two_signatures_are_taken_in_the_order_written(text, expected):
    assert feel.evaluate(text) is expected


def test_now_asks_the_clock_that_is_given():
    moment = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
    assert feel.evaluate("now()", clock=clock.ManualClock(moment)) == moment
    assert feel.evaluate("today()", clock=clock.ManualClock(moment)) == moment.date()


def add_days(moment: datetime, count: Decimal) -> datetime:
    if count < 0:
        raise ValueError("count is negative")
    return moment.replace(day=moment.day + int(count))


REGISTERED = feel.Functions([
    feel.FeelFunction(name="add working days", parameters=("moment", "count"), fn=add_days),
    feel.FeelFunction(name="float", parameters=(), fn=lambda: 1.5),
    feel.FeelFunction(name="dice", parameters=(), fn=lambda: 4, pure=False),
])
START = {"anchor": datetime(2026, 11, 23, tzinfo=UTC)}


def test_a_function_from_outside_is_called_by_its_name_with_spaces():
    later = datetime(2026, 11, 25, tzinfo=UTC)
    assert feel.evaluate("add working days(anchor, 2)", START, functions=REGISTERED) == later
    assert feel.evaluate("add working days(count: 2, moment: anchor)", START, functions=REGISTERED) == later


def test_what_a_function_from_outside_refuses_is_null_with_a_warning():
    outcome = feel.compile("add working days(anchor, -1)", functions=REGISTERED).explain(START)
    assert outcome.value is None
    assert outcome.warnings[0].message == "add working days: count is negative"
    assert feel.evaluate("add working days(anchor, 1, 2)", START, functions=REGISTERED) is None


def test_numbers_from_outside_are_decimals():
    assert feel.evaluate("float() * 2", functions=REGISTERED) == Decimal(3)


def test_an_expression_with_an_impure_function_is_impure():
    assert not feel.compile("dice() + 1", functions=REGISTERED).is_pure
    assert feel.compile("float() + 1", functions=REGISTERED).is_pure


def test_functions_are_values():
    assert feel.evaluate("{f: max, r: f(1, 2)}.r") == 2
    assert feel.to_string(feel.evaluate("max")) == "max"
