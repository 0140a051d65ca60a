"""What the analysis says about random tables is checked against evaluating them on a grid of inputs."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn, feel
from engine.dmn import analysis
from tests.unit.dmn.models import table

EVERYTHING = 10_000
NUMBERS = ["-", "1", "2, 4", "< 3", ">= 2", "[1..3)", "(1..4]", "> 1, < 0", "not(2)", "null", "!= 3", "[3..1]",
           "not(null)", "? > 1 and ? < 4", "not(? = 2 or ? > 3)", "? between 1 and 3", "[1, (3..4]]", "-1", "1 + 1",
           "? in [2..3]", "not([1..2], > 3)", "<= 1.5", "not(null, 2)"]
STRINGS = ["-", '"a"', '"a", "b"', 'not("a")', '"c"', '< "b"', '["a".."b"]', "null", 'not(null, "c")', '? != "b"']
BOOLEANS = ["-", "true", "false", "not(true)", "null", "true, null"]
DATES = ["-", '@"2026-01-01"', '< @"2026-01-03"', '[@"2026-01-01"..@"2026-01-02"]', '> date("2026-01-02")',
         'not(@"2026-01-02")', '(@"2026-01-01"..@"2026-01-02")', "null"]
SPANS = ["-", '< @"P1D"', '[@"P1D"..@"P2D")', '>= @"P2D"', 'not(< @"PT36H")', '@"P1D"']
MOMENTS = ["-", '< @"2026-01-01T10:00:00Z"', '[@"2026-01-01T10:00:00Z"..@"2026-01-01T10:00:01Z"]',
           '> @"2026-01-01T10:00:01Z"', '@"2026-01-01T13:30:00+03:30"', 'not(@"2026-01-01T10:00:01Z")']
KINDS = {
    "n ~ number": (NUMBERS, [*map(Decimal, ["-1", "0", "1", "1.2", "1.5", "2", "2.5", "3", "3.5", "4", "9"]), None]),
    'n ~ number ~ [1..3], 4': (NUMBERS, [*map(Decimal, ["1", "1.2", "1.5", "2", "2.5", "3", "4"]), None]),
    "s ~ string": (STRINGS, ["", "a", "aa", "b", "bb", "c", "d", None]),
    's ~ string ~ "a","b","c"': (STRINGS, ["a", "b", "c", None]),
    "b ~ boolean": (BOOLEANS, [True, False, None]),
    "d ~ date": (DATES, [*(feel.evaluate(f'@"2026-01-0{day}"') for day in range(1, 5)), feel.evaluate('@"2025-01-01"'),
                         None]),
    "p ~ days and time duration": (SPANS, [*(feel.evaluate(f'@"PT{hours}H"') for hours in (1, 24, 30, 36, 40, 48, 99)),
                                           None]),
    "m ~ date and time": (MOMENTS, [*(feel.evaluate(f'@"2026-01-01T{clock}"') for clock in (
        "09:00:00Z", "10:00:00Z", "10:00:01Z", "10:00:02Z", "13:30:00+03:30")), None]),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], list[int]]:
    """Columns, the cells of rules, and an output for each rule."""
    names: list[str] = []
    for column in draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3)):
        if column[0] not in {name[0] for name in names}:
            names.append(column)
    rules = draw(st.lists(st.tuples(*(st.sampled_from(KINDS[name][0]) for name in names)), min_size=1, max_size=5))
    outputs = draw(st.lists(st.integers(1, 2), min_size=len(rules), max_size=len(rules)))
    return names, [list(rule) for rule in rules], outputs


def load(policy: str, names: list[str], rules: list[list[str]], outputs: list[int]) -> dmn.Model:
    rows = [f"{' | '.join(cells)} -> {output}" for cells, output in zip(rules, outputs, strict=True)]
    return dmn.load(table(policy, " | ".join(names), "out:2,1", *rows))


def found(model: dmn.Model, *kinds: str) -> list[dmn.Finding]:
    return [finding for finding in dmn.analyse(model, most=EVERYTHING) if finding.kind in kinds]


def grid(names: list[str]) -> list[dict[str, object]]:
    keys = [name[0] for name in names]
    return [dict(zip(keys, values, strict=True)) for values in itertools.product(*(KINDS[name][1] for name in names))]


def applying(rules: list[list[str]], names: list[str], point: dict[str, object]) -> list[int]:
    """The rules whose every cell passes the point, by testing each cell alone."""
    return [number for number, cells in enumerate(rules, 1)
            if all(feel.unary_tests(cell).evaluate(point[name[0]]) is True
                   for cell, name in zip(cells, names, strict=True))]


def lies_in(point: dict[str, object], region: dict[str, str]) -> bool:
    return all(feel.unary_tests(tests).evaluate(point[label]) is True for label, tests in region.items())


def claims(rules: list[list[str]], names: list[str], point: dict[str, object]) -> bool:
    """Whether a complete table needs a rule for the point: null only where the column speaks of null."""
    return all(point[name[0]] is not None or any("null" in cells[place] for cells in rules)
               for place, name in enumerate(names))


@settings(max_examples=300, deadline=None)
@given(tables())
def test_gaps_are_exactly_the_inputs_without_a_rule(drawn):
    names, rules, outputs = drawn
    model = load("FIRST", names, rules, outputs)
    gaps = found(model, "gap")
    for gap in gaps:
        assert not model.evaluate("t", gap.inputs).matched
        assert not applying(rules, names, dict(gap.inputs))
        assert lies_in(gap.inputs, gap.region)
    for point in grid(names):
        if claims(rules, names, point):
            matches = applying(rules, names, point)
            assert any(lies_in(point, gap.region) for gap in gaps) == (not matches), (point, matches)


@settings(max_examples=300, deadline=None)
@given(tables())
def test_overlaps_are_exactly_the_pairs_that_apply_together(drawn):
    names, rules, outputs = drawn
    model = load("UNIQUE", names, rules, outputs)
    overlaps = {tuple(rule.index for rule in finding.rules): finding for finding in found(model, "overlap", "conflict")}
    for pair, finding in overlaps.items():
        assert set(pair) <= {rule.index for rule in model.evaluate("t", finding.inputs).matched}
        assert finding.severity == "error"
        assert (finding.kind == "conflict") == (outputs[pair[0] - 1] != outputs[pair[1] - 1])
    for point in grid(names):
        for pair in itertools.combinations(applying(rules, names, point), 2):
            assert pair in overlaps and lies_in(point, overlaps[pair].region)


@settings(max_examples=300, deadline=None)
@given(tables())
def test_any_is_contradicted_exactly_where_outputs_differ(drawn):
    names, rules, outputs = drawn
    model = load("ANY", names, rules, outputs)
    conflicts = {tuple(rule.index for rule in finding.rules): finding for finding in found(model, "conflict")}
    for finding in conflicts.values():
        assert model.evaluate("t", finding.inputs).violations
    for point in grid(names):
        for one, other in itertools.combinations(applying(rules, names, point), 2):
            assert ((one, other) in conflicts) >= (outputs[one - 1] != outputs[other - 1])


@settings(max_examples=300, deadline=None)
@given(tables(), st.sampled_from(["FIRST", "PRIORITY"]))
def test_a_rule_is_unreachable_exactly_when_it_never_decides(drawn, policy):
    names, rules, outputs = drawn
    findings = found(load(policy, names, rules, outputs), "unreachable")
    dead = {finding.rules[0].index for finding in findings}
    for point in grid(names):
        matches = applying(rules, names, point)
        if matches:
            best = max(outputs[number - 1] for number in matches)
            decide = matches[:1] if policy == "FIRST" else [n for n in matches if outputs[n - 1] == best]
            assert not dead.intersection(decide)
    for finding in findings:
        if finding.example:
            assert {rule.index for rule in finding.rules[:2]} <= set(applying(rules, names, dict(finding.inputs)))


@settings(max_examples=200, deadline=None)
@given(tables(), st.sampled_from(["FIRST", "PRIORITY", "ANY", "COLLECT MIN"]))
def test_without_a_redundant_rule_the_table_is_the_same(drawn, policy):
    names, rules, outputs = drawn
    model = load(policy, names, rules, outputs)
    for finding in found(model, "redundant"):
        place = finding.rules[0].index - 1
        rest = load(policy, names, rules[:place] + rules[place + 1:], outputs[:place] + outputs[place + 1:])
        for point in grid(names):
            assert model.evaluate("t", point).value == rest.evaluate("t", point).value


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_cell_is_the_set_of_values_that_pass_it(name):
    """One rule alone: what is not its gap is what it accepts, for each cell of each kind of column."""
    for cell in KINDS[name][0]:
        model = load("FIRST", [name], [[cell]], [1])
        gaps = analysis.analyse(model, most=EVERYTHING)
        regions = [finding.region for finding in gaps if finding.kind == "gap"]
        for value in KINDS[name][1]:
            if value is not None:
                inside = any(lies_in({name[0]: value}, region) for region in regions)
                assert inside != (feel.unary_tests(cell).evaluate(value) is True), (cell, value, regions)
