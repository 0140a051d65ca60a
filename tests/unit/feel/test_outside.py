"""What a Python caller hands in becomes a FEEL value or is refused at the door, whatever an expression does with it."""

from __future__ import annotations

import decimal
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import feel
from engine.feel import expressions, names, outside
from tests.fuzz import generator
from tests.timing import in_time

READING = ("a", "a + 1", "a = 1", "a > 1", "string(a)", "floor(a)", "[1, 2][a]", "a in [1..2]", "sort([a, 1])",
           "distinct values([a, 1])", "-a", "for i in 1..a return i", "max(a, 1)", "if a > 1 then a else 0")


@pytest.mark.parametrize("name", generator.REFUSED)
@pytest.mark.parametrize("text", READING)
def test_a_value_that_feel_does_not_have_is_refused_by_name(name: str, text: str) -> None:
    for value, path in ((generator.REFUSED[name], "a"), ([1, {"b c": generator.REFUSED[name]}], "a[2].b c")):
        with pytest.raises(feel.FeelTypeError) as caught:
            feel.compile(text).evaluate({"a": value})
        assert str(caught.value).startswith(path)
        assert caught.value.message_fa != caught.value.message
    with pytest.raises(feel.FeelTypeError):
        feel.unary_tests("< 3").evaluate(generator.REFUSED[name])


def test_a_refusal_is_an_error_of_feel_and_of_types():
    assert issubclass(feel.FeelTypeError, feel.FeelError)
    assert issubclass(feel.FeelTypeError, TypeError)


@pytest.mark.parametrize("value, taken", [
    (Decimal("1234567890" * 4 + "12345"), Decimal("1.234567890123456789012345678901235e44")),
    (Decimal("0." + "3" * 50), Decimal("0." + "3" * 34)), (Decimal("1e-7000"), Decimal(0)),
    (Decimal("5e-6176"), Decimal("5e-6176")), (10**40 + 1, Decimal("1e40")), (Decimal("-0"), Decimal(0)),
])
def test_a_number_has_34_digits_wherever_it_comes_in(value: Any, taken: Decimal) -> None:
    assert feel.evaluate("a", {"a": value}) == taken
    assert feel.evaluate("a = b and b.c[1] = a or a = b", {"a": value, "b": taken}) is True
    [inside] = feel.evaluate("a", {"a": [value]})
    assert inside == taken
    assert len(inside.as_tuple().digits) <= 34


@pytest.mark.parametrize("text, value", [
    ('word = "LEASE" and string length(word) = 5', True), ("own day.year", 2024),
    ('own day + @"P1D" = @"2024-03-01"', True),
    ("string(own moment)", "2026-07-01T12:00:00+02:00"), ("string(own clock)", "01:02:03.000004"),
    ("tuple[3][1]", True), ('get value(keys, "1")', "one"), ('get value(keys, "LEASE")', "two"), ("2 in ends", True),
    ("shared[1] = shared[2] and shared[3].again[2][2].k[1] = 3", True),
    ("float", Decimal("0.1")), ("string(zero)", "0"),
])
def test_what_python_has_in_another_form_is_taken_over(text: str, value: Any) -> None:
    assert feel.evaluate(text, generator.OUTSIDE) == value


def test_what_is_a_feel_value_stays_the_same_object():
    for value in (date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), time(1, tzinfo=ZoneInfo("Asia/Tehran")),
                  timedelta(1), "text", True, None, feel.YearsMonths(3), datetime(2026, 1, 1, fold=1),
                  datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=3, minutes=30))),
                  feel.Range(start=Decimal(1), end=None, start_included=True, end_included=False, operator=">=")):
        assert feel.from_python(value) is value


@pytest.mark.parametrize("ends", [[], {}, feel.Range(start=None, end=None, start_included=True, end_included=True),
                                  feel.Functions()["abs"]], ids=["list", "context", "range", "function"])
def test_an_end_of_a_range_has_no_parts(ends: Any) -> None:
    with pytest.raises(feel.FeelTypeError, match="end of a range"):
        feel.from_python(feel.Range(start=ends, end=None, start_included=True, end_included=True))


def test_a_value_that_contains_itself_is_refused():
    inner: list[Any] = []
    looped = {"x": [1, inner]}
    inner.append(looped)
    for text in ("a", "1", "a.x"):
        if text == "1":
            assert feel.evaluate(text, {"a": looped}) == 1
            continue
        with pytest.raises(feel.FeelTypeError, match="contains itself"):
            feel.evaluate(text, {"a": looped})
    assert names.all_keys({"two words": looped}) == {"two words"}


def test_shared_parts_stay_shared_and_are_counted_where_they_are_walked_through():
    value: Any = [1]
    for _ in range(60):
        value = [value, value]
    taken = in_time(1, lambda: feel.from_python(value))
    assert taken[0] is taken[1]
    with pytest.raises(feel.FeelBudgetExceeded):
        feel.evaluate("a", {"a": value})
    assert in_time(1, lambda: feel.evaluate("count(a)", {"a": value})) == 2


def test_sharing_hides_no_depth():
    value: Any = []
    for _ in range(100):
        value = [value]
    assert feel.from_python(value)
    with pytest.raises(feel.FeelTypeError, match="deeper"):
        feel.from_python([1, value])
    with pytest.raises(feel.FeelTypeError, match="deeper"):
        feel.from_python({"a": value[0], "b": [value[0]]})


class Fresh(Mapping[str, Any]):
    """Makes its values when it is asked: no two lists of it ever live at the same place for sure."""

    def __getitem__(self, key: str) -> Any:
        return [int(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, range(500)))

    def __len__(self) -> int:
        return 500


def test_parts_made_on_the_way_are_not_taken_for_one_another():
    assert feel.from_python(Fresh()) == {str(number): [number] for number in range(500)}


def test_more_items_than_may_come_in_are_refused_before_they_are_converted():
    most = outside.MAX_ITEMS

    def refused(text: str, variables: dict[str, Any]) -> None:
        with pytest.raises(feel.FeelTypeError, match="items in all"):
            feel.evaluate(text, variables)

    in_time(1, lambda: refused("count(a)", {"a": [0] * (most + 1)}))
    in_time(1, lambda: refused("count(a) + count(b)", {"a": [0] * (most // 2 + 1), "b": [0] * (most // 2 + 1)}))
    assert feel.evaluate("count(a)", {"a": ["x"] * most}) == most


def test_two_keys_of_one_text_are_refused():
    with pytest.raises(feel.FeelTypeError, match="same text"):
        feel.from_python({1: "a", "1": "b"})


def test_an_int_beyond_all_numbers_is_refused_at_once():

    def refused() -> None:
        with pytest.raises(feel.FeelTypeError, match="too large"):
            feel.from_python(1 << 50_000_000)

    in_time(0.5, refused)
    assert feel.from_python(10**6144) == Decimal("1e6144")


CONTEXTS = {"few digits": decimal.Context(prec=3), "every trap": decimal.Context(prec=40, traps=[
    decimal.Inexact, decimal.Rounded, decimal.FloatOperation, decimal.Subnormal, decimal.Clamped])}


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
@pytest.mark.parametrize("text, value", [
    ("12345678.901 * 10", "123456789.01"), ('@"PT12.345678901S".seconds', "12.345678901"),
    ('@"PT12.345678S" / 7', '@"PT1.763668S"'), ('time(1, 2, 3.123456789)', '@"01:02:03.123456789"'),
    ("(for i in (1234567..1234570) return i)[1]", "1234568"), ('@"10:00:12.345678901".second', "12.345678901"),
    ("modulo(1234567, 1000)", "567"), ("round up(1234.5678, 2)", "1234.57"), ("even(12345678)", "true"),
    ('-@"PT12.345678901S".seconds', "-12.345678901"), ("mean([1234567, 1234568])", "1234567.5"),
    ("number(\"1234567.25\") + 1", "1234568.25"), ("a + 1", "1234568.125"), ("sqrt(152399025)", "12345"),
])
def test_numbers_are_those_of_feel_in_any_decimal_context_of_the_caller(
        context: decimal.Context, text: str, value: str) -> None:
    with decimal.localcontext(context):
        assert feel.to_string(feel.evaluate(text, {"a": Decimal("1234567.125")})) == value


def test_a_range_of_long_numbers_counts_exactly():
    assert feel.evaluate("for i in (12345678901234567890123456789012..12345678901234567890123456789014) return i"
                         ) == [Decimal("12345678901234567890123456789013")]


def test_a_function_from_outside_that_gives_no_feel_value_is_null_with_a_reason():
    functions = feel.Functions([feel.FeelFunction(name="f", parameters=(), fn=lambda: Decimal("NaN"))])
    outcome = feel.compile("f()", functions=functions).explain({})
    assert outcome.value is None
    assert "infinite" in outcome.warnings[0].message


def test_many_long_texts_do_not_drive_out_short_ones():
    short = feel.compile("a + 1234.5")
    for number in range(2 * expressions.CACHED_LONG):
        feel.compile(f"{number}" + " + a" * expressions.SHORT)
    assert feel.compile("a + 1234.5") is short
