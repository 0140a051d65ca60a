"""What decision tables decide under each hit policy."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn, feel
from tests.unit.dmn.models import table, value

BANDS = ("< 10 -> \"child\"", "[10..18) -> \"teen\"", ">= 18 -> \"adult\"")


def test_a_unique_table_gives_the_one_rule_that_applies():
    result = dmn.load(table("UNIQUE", "age", "band", *BANDS)).evaluate("t", {"age": 12})
    assert result.value == "teen"
    assert [(rule.index, rule.id, rule.annotations) for rule in result.matched] == [(2, "r2", {"source": "note 2"})]
    assert result.trail[0].hit_policy == "UNIQUE"
    assert not result.violations


def test_two_rules_of_a_unique_table_are_a_violation():
    result = dmn.load(table("UNIQUE", "age", "band", *BANDS, "> 5 -> \"person\"")).evaluate("t", {"age": 12})
    assert result.value is None
    assert [(violation.decision_id, violation.table_id, violation.rules) for violation in result.violations] == [
        ("t", "table", [2, 4])]
    assert [rule.index for rule in result.matched] == [2, 4]


@pytest.mark.parametrize("policy, expected", [
    ("FIRST", "low"), ("RULE ORDER", ["low", "high", "middle"]), ("COLLECT", ["low", "high", "middle"]),
    ("PRIORITY", "high"), ("OUTPUT ORDER", ["high", "middle", "low"]), ("UNIQUE", None), ("ANY", None),
])
def test_several_rules_under_each_policy(policy, expected):
    xml = table(policy, "x", 'risk:"high","middle","low"', '- -> "low"', '> 1 -> "high"', '> 2 -> "middle"')
    assert value(xml, x=3) == expected


@pytest.mark.parametrize("policy, expected", [
    ("COLLECT SUM", "6"), ("COLLECT MIN", "1"), ("COLLECT MAX", "3"), ("COLLECT COUNT", "3")])
def test_collected_numbers_are_aggregated(policy, expected):
    assert feel.to_string(value(table(policy, "x", "n", "- -> 1", "> 1 -> 2", "> 2 -> 3"), x=3)) == expected


@pytest.mark.parametrize("policy, expected", [
    ("UNIQUE", None), ("FIRST", None), ("COLLECT", []), ("COLLECT SUM", None), ("COLLECT COUNT", 0)])
def test_no_rule_and_no_default(policy, expected):
    assert value(table(policy, "x", "n", "< 0 -> 1"), x=3) == expected


def test_no_rule_gives_the_default_outputs():
    assert value(table("UNIQUE", "x", 'n="none"', "< 0 -> 1"), x=3) == "none"
    assert value(table("UNIQUE", "x", "n=0 | m", "< 0 -> 1 | 2"), x=3) == {"n": 0, "m": None}


def test_several_outputs_are_a_context():
    xml = table("COLLECT", "x", "code | text", '> 1 -> "E01" | "too many"', '> 2 -> "E02" | string(x) + " given"')
    assert value(xml, x=3) == [{"code": "E01", "text": "too many"}, {"code": "E02", "text": "3 given"}]


def test_any_allows_rules_that_agree():
    assert value(table("ANY", "x", "n", "> 1 -> 5", "> 2 -> 5"), x=3) == 5


def test_cells_read_variables_and_the_value_under_test():
    xml = table("UNIQUE", "age | name", "ok", "> limit | starts with(?, \"A\") -> true", "<= limit | - -> false")
    assert value(xml, age=20, name="Ali", limit=18) is True
    assert value(xml, age=10, name="Ali", limit=18) is False
    assert value(xml, age=20, name="Sara", limit=18) is None


def test_inputs_are_expressions():
    assert value(table("UNIQUE", 'applicant.birth <= @"2000-01-01"', "ok", "true -> 1", "false -> 2"),
                 applicant={"birth": date(1999, 1, 1)}) == 1


@pytest.mark.parametrize("given_value", [None, "text", True, [1], date(2026, 1, 1)])
def test_a_value_of_another_kind_matches_no_number(given_value):
    assert value(table("COLLECT", "x", "n", "> 1 -> 1", "2 -> 2", "[1..5] -> 3", "- -> 4"), x=given_value) == [4]


CELLS = ["-", "1", "2, 4", "< 3", ">= 2", "[1..3)", "(1..4]", "> 1, < 0", "not(2)", "limit", '"a"', "true", "null",
         "!= 3", "> limit", "[3..1]", "? > 1 and ? < 4", "[2, (3..4)]", "? = 2 or ? = 5", "1 + 1", '@"P1D"',
         '[@"P1D"..@"P3D"]', '@"P1Y"', '>= @"P1Y"', '@"2026-01-01"', '>= @"2026-01-01"', '@"2026-01-01T00:00:00Z"',
         '[@"2026-01-01T00:00:00Z"..@"2026-01-02T00:00:00Z"]', '@"2026-01-01T00:00:00"', '< @"12:00:00Z"',
         '< @"12:00:00"', "[1, 2]", "null, 2", "? in [1..2]", "? between 1 and 2", 'not(@"P1D")']
GIVEN = ["-1", "0", "1", "2", "3", "4", "5", '"a"', "true", "null", '@"P1D"', '@"P2D"', '@"P1Y"', '@"P2Y"',
         '@"2026-01-01"', '@"2027-01-01"', '@"99999-01-01"', '@"2026-01-01T00:00:00Z"', '@"2026-01-01T03:30:00+03:30"',
         '@"2026-01-01T00:00:00"', '@"11:00:00Z"', '@"11:00:00"', "[1, 2]", "[2]", "{a: 1}", "[1..5]"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(CELLS), min_size=1, max_size=12), st.sampled_from(GIVEN))
def test_the_index_finds_what_testing_every_cell_finds(cells, given_text):
    given_value = feel.evaluate(given_text)
    found = value(table("COLLECT", "x", "n", *(f"{cell} -> {number}" for number, cell in enumerate(cells))),
                  x=given_value, limit=2)
    scanned = [number for number, cell in enumerate(cells)
               if feel.unary_tests(cell).evaluate(given_value, {"limit": 2}) is True]
    assert found == scanned


@pytest.mark.parametrize("policy", ["COLLECT", "COLLECT SUM", "RULE ORDER", "ANY", "PRIORITY", "OUTPUT ORDER"])
def test_many_rules_with_many_allowed_outputs_keep_to_the_budget_of_time(policy):
    allowed = ",".join(map(str, range(1500)))
    rules = [f"- -> {1499 if policy == 'ANY' else number}" for number in range(1500)]
    model = dmn.load(table(policy, "x", f"n:{allowed}", *rules))
    before = time.thread_time()
    with pytest.raises(feel.FeelBudgetExceeded) as raised:
        model.evaluate("t", {"x": 1}, limits=feel.Limits(seconds=0.02, size=8_000_000, steps=500_000))
    assert raised.value.resource == "time"
    assert time.thread_time() - before < 0.06


@pytest.mark.parametrize("cell", [
    "? >= {0} and ? < {1}", "? between {0} and {0}.5", "not(< {0}, >= {1})", "not(? < {0} or ? >= {1})",
    "? < {1} and not(? < {0})", "? in [{0}..{1}) and ? != null", "? > {0} and ? > 0, {0}",
])
def test_a_band_is_found_by_the_index_however_it_is_written(cell):
    policy = "COLLECT" if "," in cell and "not" not in cell else "UNIQUE"
    model = dmn.load(table(policy, "n", "out", *(f"{cell.format(i, i + 1)} -> {i}" for i in range(1000))))
    few = feel.Limits(steps=20, size=1000, depth=10, seconds=1)
    found = model.evaluate("t", {"n": 0 if policy == "COLLECT" else 500}, limits=few).value
    assert found == ([0] if policy == "COLLECT" else 500)


@pytest.mark.parametrize("cell, inside, outside", [
    ('? >= @"2026-01-01" and ? < @"2026-01-03T00:00:00"', '@"2026-01-02"', '@"2026-01-04"'),
    ('? > @"10:00:00" and ? < @"12:00:00Z"', "null", '@"11:00:00"'),
    ('not(@"P1D")', '@"P2D"', '@"P1D"'), ("not([1..3), (3..4])", "3", "2"), ("not(> 5, null)", "5", "6"),
    ('? > 1 and ? < "b"', "null", "2"), ("not(not(? > 1))", "2", "1"),
])
def test_the_index_misses_no_band_of_mixed_kinds(cell, inside, outside):
    model = dmn.load(table("COLLECT", "x", "n", f"{cell} -> 1"))
    for given_text in (inside, outside):
        given_value = feel.evaluate(given_text)
        passes = feel.unary_tests(cell).evaluate(given_value) is True
        assert model.evaluate("t", {"x": given_value}).value == ([1] if passes else [])


def test_a_large_table_is_answered_from_its_index():
    xml = table("UNIQUE", "kind | n", "out", *(f'"K{i % 50}" | [{i * 10}..{i * 10 + 9}] -> {i}' for i in range(1000)))
    model = dmn.load(xml)
    steps = feel.Limits(steps=20, size=1000, depth=10, seconds=1)
    assert model.evaluate("t", {"kind": "K7", "n": 9075}, limits=steps).value == 907


def test_output_values_may_be_ranges_of_one_priority():
    xml = table("PRIORITY", "x", "n:[5..9], 1", "> 0 -> 1", "> 1 -> 6")
    assert [value(xml, x=number) for number in (1, 2)] == [1, 6]
    [finding] = [one for one in dmn.analyse(dmn.load(table("PRIORITY", "x", "n:[5..9], 1", "> 0 -> 6", "> 1 -> 1")))
                 if one.kind == "unreachable"]
    assert [rule.index for rule in finding.rules] == [2, 1]


def test_the_priorities_of_a_type_may_come_from_the_type_it_refers_to():
    types = ('<itemDefinition name="tBand"><typeRef>string</typeRef><allowedValues><text>"high", "low"</text>'
             '</allowedValues></itemDefinition><itemDefinition name="tOwn"><typeRef>tBand</typeRef></itemDefinition>')
    xml = table("PRIORITY", "x", "n", '> 0 -> "low"', '> 1 -> "high"').replace(
        b'name="n"', b'name="n" typeRef="tOwn"').replace(b"<decision ", types.encode() + b"<decision ", 1)
    assert value(xml, x=2) == "high"


def test_annotations_of_one_name_are_both_kept():
    xml = table("UNIQUE", "x", "n", "> 0 -> 1").replace(
        b'<annotation name="source"/>', b'<annotation name="source"/><annotation name="source"/>').replace(
        b"</rule>", b"<annotationEntry><text>more</text></annotationEntry></rule>")
    [rule] = dmn.load(xml).evaluate("t", {"x": 1}).matched
    assert dict(rule.annotations) == {"source": "note 1", "annotation_2": "more"}
