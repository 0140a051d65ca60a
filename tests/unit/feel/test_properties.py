"""What holds for every text and every value, tried on examples that Hypothesis and the fuzzer's generator make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel import comparison
from engine.feel.standard import numbers as number_functions
from tests.fuzz import __main__ as fuzzer
from tests.fuzz import checks, generator, minimal

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
quick = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e40"), max_value=Decimal("1e40")).map(
    feel.from_python) | st.integers(-5, 5).map(Decimal)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLACES = st.sampled_from([UTC, timezone(timedelta(hours=3, minutes=30)), ZoneInfo("Asia/Tehran")])
DATES = st.dates() | st.builds(lambda year: feel.evaluate("date(y, 2, 3)", {"y": year}), st.integers(-10**8, 10**8))
TIMES = st.times().map(lambda clock: clock.replace(fold=0))
MOMENTS = st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1))
ZONED_TIMES = st.builds(lambda clock, zone: clock.replace(tzinfo=zone), TIMES, PLACES)
ZONED_MOMENTS = st.builds(lambda moment, zone: moment.replace(tzinfo=zone), MOMENTS, PLACES)
SPANS = st.timedeltas() | st.integers(1, 10**27 - 1).map(lambda nanos: feel.evaluate(f'@"PT{nanos}S"')).filter(bool)
MONTHS = st.integers(-10**6, 10**6).map(feel.YearsMonths)
ORDERED = (NUMBERS, TEXTS, DATES, TIMES, MOMENTS, ZONED_TIMES, ZONED_MOMENTS, SPANS, MONTHS)
SCALARS = st.one_of(st.none(), st.booleans(), *ORDERED)
RANGES = st.one_of(*(st.builds(feel.Range, start=ends, end=ends, start_included=st.booleans(),
                               end_included=st.booleans()) for ends in ORDERED)).filter(
    lambda ends: comparison.less_or_equal(ends.start, ends.end))
KEYS = TEXTS | st.sampled_from(["a", "b", "two words", "a-b"])
VALUES = st.recursive(SCALARS | RANGES, lambda inner: st.lists(inner, max_size=4)
                      | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)
TRUTHS = st.sampled_from([True, False, None, Decimal(1), "true", []])
SEEDS = st.integers(0, 10**9)


def evaluated(text: str, **variables: Any) -> Any:
    return feel.evaluate(text, variables)


@quick
@given(SEEDS)
def test_what_is_printed_is_the_same_expression_and_nothing_is_raised(seed: int) -> None:
    text, unary = generator.Generator(seed).text()
    checks.check(text, unary=unary)


def test_the_short_fuzz_finds_nothing() -> None:
    assert fuzzer.batch("short", 3_000) == []


@quick
@given(TEXTS | st.text("()[]{}.,:\"'\\ab1 -+*/=<>?@", max_size=30), st.booleans())
def test_any_characters_are_an_expression_or_a_syntax_error(text: str, unary: bool) -> None:
    checks.check(text, unary=unary)


@quick
@given(SEEDS, st.integers(1, 2_000), st.integers(1, 20_000), st.integers(1, 20))
def test_the_budget_holds_however_small(seed: int, steps: int, size: int, depth: int) -> None:
    text = generator.Generator(seed).expression(4)
    limits = feel.Limits(steps=steps, size=size, depth=depth)
    try:
        value = feel.compile(text, names=generator.VARIABLES).evaluate(generator.VARIABLES, limits=limits)
    except feel.FeelError:
        return
    if checks.readable(value):
        plain = [char for char in feel.to_string(value) if char.isalpha()]
        assert len(plain) <= 2 * size + 100


@quick
@given(VALUES)
def test_a_value_written_as_feel_is_read_as_the_same_value(value: Any) -> None:
    read = feel.evaluate(feel.to_string(value))
    assert feel.to_string(read) == feel.to_string(value)
    assert feel.kind(read) == feel.kind(value)


@quick
@given(st.recursive(st.none() | st.booleans() | TEXTS | st.integers(-10**15, 10**15)
                    | st.floats(-10**9, 10**9),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)))
def test_json_comes_back_as_it_went(data: Any) -> None:
    assert feel.to_json(feel.from_json(data)) == data


@quick
@given(VALUES)
def test_a_value_equals_itself_and_json_can_hold_it(value: Any) -> None:
    assert comparison.equal(value, value) is True
    feel.to_json(value)


@quick
@given(st.sampled_from(ORDERED).flatmap(lambda kind: st.tuples(kind, kind, kind)))
def test_order_is_antisymmetric_transitive_and_agrees_with_equality(values: tuple[Any, Any, Any]) -> None:
    one, other, third = values
    before, same = comparison.less(one, other), comparison.equal(one, other)
    assert same is comparison.equal(other, one)
    assert (before is None) is (comparison.less(other, one) is None)
    if before is not None:
        assert [before, same, comparison.less(other, one)].count(True) == 1
        assert comparison.less_or_equal(one, other) is (before or same)
    if before and comparison.less(other, third):
        assert comparison.less(one, third)


@quick
@given(st.sampled_from((NUMBERS, TEXTS, SPANS, MONTHS)).flatmap(lambda kind: st.tuples(kind, kind)))
def test_equal_values_have_equal_hashes(values: tuple[Any, Any]) -> None:
    one, other = values
    assume(comparison.equal(one, other))
    assert hash(one) == hash(other)


@quick
@given(VALUES, VALUES)
def test_equality_is_symmetric(one: Any, other: Any) -> None:
    assert comparison.equal(one, other) is comparison.equal(other, one)


@quick
@given(TRUTHS, TRUTHS, TRUTHS)
def test_the_laws_of_three_valued_logic(a: Any, b: Any, c: Any) -> None:
    values = {"a": a, "b": b, "c": c}
    for one, other in (
        ("a and b", "b and a"), ("a or b", "b or a"), ("(a and b) and c", "a and (b and c)"),
        ("(a or b) or c", "a or (b or c)"), ("a and (b or c)", "(a and b) or (a and c)"),
        ("a or (b and c)", "(a or b) and (a or c)"), ("not(a and b)", "not(a) or not(b)"),
        ("not(a or b)", "not(a) and not(b)"), ("a and b and c", "all([a, b, c])"), ("a or b or c", "any([a, b, c])"),
    ):
        assert evaluated(one, **values) is evaluated(other, **values), (one, other)
    assert evaluated("a and false", a=a) is False
    assert evaluated("a or true", a=a) is True


@quick
@given(NUMBERS, NUMBERS, NUMBERS)
def test_between_in_and_a_range_say_the_same(value: Decimal, low: Decimal, high: Decimal) -> None:
    scope = {"v": value, "l": low, "h": high}
    said = {evaluated(text, **scope) for text in ("v between l and h", "v >= l and v <= h")}
    assert said == {low <= value <= high}
    if low <= high:
        assert evaluated("v in [l..h]", **scope) is (low <= value <= high)


@quick
@given(NUMBERS, st.sampled_from(["< 3", "[1..3)", "1, 2, 3", "? * 2 > 3", "-", "null", "> limit"]))
def test_negated_tests_are_the_opposite(value: Decimal, tests: str) -> None:
    plain = feel.unary_tests(tests).evaluate(value, {"limit": 2})
    if tests != "-":
        negated = feel.unary_tests(f"not({tests})").evaluate(value, {"limit": 2})
        assert negated is (None if plain is None else not plain)
    else:
        assert plain is True


def test_most_texts_of_the_generator_are_feel_and_many_have_a_value() -> None:
    made = generator.Generator("share")
    compiled = valued = 0
    for _ in range(400):
        text = made.expression(3)
        try:
            value = feel.compile(text, names=generator.VARIABLES).evaluate(generator.VARIABLES, limits=checks.LIMITS)
        except feel.FeelBudgetExceeded:
            compiled += 1
        except feel.FeelError:
            continue
        else:
            compiled += 1
            valued += value is not None
    assert compiled > 280
    assert valued > 120


def test_the_fuzzer_reports_a_defect_with_its_smallest_text(monkeypatch: pytest.MonkeyPatch,
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    def defect(*_: Any) -> None:
        raise KeyError("defect")

    monkeypatch.setattr(number_functions, "_rounded", defect)
    text = "[1, if floor(a + 1) > 2 then \"yes\" else 2, 3]"
    what = fuzzer.broken(text, unary=False)
    assert what
    assert "KeyError" in what
    assert minimal.minimal(text, lambda shorter: "KeyError" in (fuzzer.broken(shorter, unary=False) or "")
                           ) in {"floor(1)", "floor(a)"}
    fuzzer.report("7:1", (text, False, what))
    said = capsys.readouterr().out
    assert "seed 7:1" in said
    assert text in said
    assert "minimal" in said


@pytest.mark.parametrize("arguments, said", [
    (["--count", "-5"], "'-5' is not a whole number from 1"), (["--count", "0"], "'0' is not a whole number from 1"),
    (["--count", "abc"], "'abc' is not a whole number from 1"), (["--count="], "'' is not a whole number from 1"),
    (["--count", "۵"], "is not a whole number from 1"), (["--count", "1" * 9_000], "is not a whole number from 1"),
    (["--seed", "a/b"], "'a/b' is not made of"), (["--seed", "x" * 61], "is not made of"),
    (["--workers", "0"], "'0' is not a whole number from 1"), (["--sed", "1"], "unrecognized arguments"),
])
def test_a_wrong_option_of_the_fuzzer_is_one_line(arguments: list[str], said: str,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        fuzzer.main(arguments)
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    [line] = told.err.splitlines()
    assert said in line


def test_the_fuzzer_checks_as_many_as_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzzer.main(["--count", "3", "--seed", "few", "--workers", "1"]) == 0
    assert "3/3" in capsys.readouterr().out


def test_the_generator_repeats_itself() -> None:
    assert [generator.Generator(5).text() for _ in range(3)] == [generator.Generator(5).text() for _ in range(3)]
