"""FEEL values as Python values, as JSON and as text."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel

TEHRAN = timezone(timedelta(hours=3, minutes=30))
KEYS = st.text("ab c-+ن", min_size=1, max_size=4)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.text(max_size=8), st.dates(), st.integers(-10**9, 10**9).map(feel.YearsMonths),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-10**12, max_value=10**12),
    st.timedeltas(), st.times(timezones=st.sampled_from([None, TEHRAN])),
    st.datetimes(timezones=st.sampled_from([None, TEHRAN])),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
                      max_leaves=8)


@settings(deadline=None)
@given(VALUES)
def test_a_value_printed_and_evaluated_is_the_value(value):
    printed = feel.to_string(value)
    assert feel.to_string(feel.evaluate(printed)) == printed
    if type(value) is not Decimal:
        assert type(feel.evaluate(printed)) is type(value)


@settings(deadline=None)
@given(st.text("()[]{}<>=!?.,:+-*/@\"' \n0123456789abcifnotdrelsx", max_size=40))
def test_a_text_evaluates_or_is_refused_but_never_breaks(text):
    with contextlib.suppress(feel.FeelError):
        feel.evaluate(text)
    with contextlib.suppress(feel.FeelError):
        feel.unary_tests(text).evaluate(1)


def test_json_numbers_are_decimals_both_ways():
    assert feel.from_json({"a": [1, 1.5, "2026-01-01", None, True]}) == {
        "a": [Decimal(1), Decimal("1.5"), "2026-01-01", None, True]}
    data = feel.to_json({"whole": Decimal("2.0"), "part": Decimal("0.1"), "days": timedelta(days=3)})
    assert data == {"whole": 2, "part": 0.1, "days": "P3D"}
    assert type(data["whole"]) is int


def test_temporals_are_iso_text_in_json():
    moment = datetime(2026, 11, 23, 10, 30, tzinfo=TEHRAN)
    values = [date(2026, 11, 23), time(10, 30), moment, feel.YearsMonths(14), feel.evaluate("[1..5)")]
    assert feel.to_json(values) == ["2026-11-23", "10:30:00", "2026-11-23T10:30:00+03:30", "P1Y2M", "[1..5)"]


def test_what_has_no_feel_type_is_refused():
    with pytest.raises(TypeError):
        feel.from_python(object())


def test_kinds_are_named_as_the_standard_names_them():
    assert [feel.kind(value) for value in (Decimal(1), "", None, [], {}, time(0), feel.evaluate("max"))] == [
        "number", "string", "null", "list", "context", "time", "function"]
