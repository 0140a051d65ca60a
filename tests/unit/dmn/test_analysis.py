"""What the analysis of a decision table says, and how serious it is."""

from __future__ import annotations

import pytest

from engine import dmn, feel
from engine.dmn import analysis
from engine.dmn.analysis import judgements
from tests.timing import in_time
from tests.unit.dmn.models import decision, definitions, table


def findings(*written: str) -> list[dmn.Finding]:
    return dmn.analyse(dmn.load(table(*written)))


def brief(*written: str) -> list[tuple[str, str, list[int]]]:
    """Severity, kind and rules of each finding."""
    return [(one.severity, one.kind, [rule.index for rule in one.rules]) for one in findings(*written)]


def test_a_finding_names_rules_by_number_id_and_line_and_gives_an_example():
    xml = table("UNIQUE", "age ~ number", "n", "< 20 -> 1", "[18..30] -> 2", "> 30 -> 3").replace(b"<rule", b"\n<rule")
    finding, = dmn.analyse(dmn.load(xml))
    assert [(rule.index, rule.id, rule.line) for rule in finding.rules] == [(1, "r1", 2), (2, "r2", 3)]
    assert feel.to_json(dict(finding.example)) == {"age": 18}
    assert finding.region == {"age": "[18..20)"}
    problem = finding.problem("decisions/x.dmn")
    assert (problem.where, problem.line, problem.file, problem.code, problem.severity) == (
        "r1", 2, "decisions/x.dmn", "table_conflict", "error")
    assert problem.what == "rules 1, 2 both apply for age = 18, but the hit policy is UNIQUE and their outputs differ"
    assert "age = 18" in problem.what_fa and problem.fix and problem.fix_fa


@pytest.mark.parametrize("policy, rules, expected", [
    ("UNIQUE", ["< 5 -> 1", ">= 4 -> 1"], [("error", "overlap", [1, 2])]),
    ("UNIQUE", ["< 5 -> 1", ">= 4 -> 2"], [("error", "conflict", [1, 2])]),
    ("ANY", ["< 5 -> 1", ">= 4 -> 1"], []),
    ("ANY", ["< 5 -> 1", ">= 4 -> 2"], [("error", "conflict", [1, 2])]),
    ("ANY", ["< 5 -> 1", ">= 4 -> x"], [("warning", "conflict", [1, 2])]),
    ("ANY", ["< 5 -> x + 1", ">= 4 ->  x  +  1"], []),
    ("FIRST", ["< 5 -> 1", ">= 4 -> 2"], []),
    ("FIRST", ["< 5 -> 1", ">= 3 -> 2", "[3..7] -> 3"], [("warning", "unreachable", [3, 2])]),
    ("FIRST", ["< 5 -> 1", ">= 5 -> 2", "[3..7] -> 3"], [("warning", "unreachable", [3, 1, 2])]),
    ("FIRST", ["< 5 -> 1", "- -> 1"], [("warning", "redundant", [1, 2])]),
    ("FIRST", ["< 5 -> 1", "< 3 -> 2", "- -> 1"], [("warning", "unreachable", [2, 1])]),
    ("FIRST", ["< 3 -> 1", "< 5 -> 2", "- -> 1"], []),
    ("PRIORITY", ["- -> 2", "> 4 -> 1"], [("warning", "unreachable", [2, 1])]),
    ("PRIORITY", ["- -> 1", "> 4 -> 2"], []),
    ("PRIORITY", ["- -> 1", "> 4 -> 1"], [("warning", "redundant", [2, 1])]),
    ("COLLECT", ["< 5 -> 1", "< 3 -> 1"], []),
    ("COLLECT", ["< 5 -> 1", "? < 5 -> 1"], [("warning", "redundant", [2, 1])]),
    ("RULE ORDER", ["< 5 -> 1", "< 5 -> 2"], []),
    ("COLLECT SUM", ["< 5 -> 1"], [("warning", "gap", [])]),
    ("COLLECT COUNT", ["< 5 -> 1"], []),
    ("COLLECT MAX", ["- -> 1", "< 5 -> 1"], [("warning", "redundant", [2, 1])]),
    ("UNIQUE", ["[5..1] -> 1", "- -> 2"], [("warning", "unreachable", [1])]),
    ("UNIQUE", ["\"a\" -> 1", "- -> 2"], [("warning", "unreachable", [1])]),
    ("COLLECT", ["5, [9..8] -> 1", "(5..5] -> 2"], [("warning", "unreachable", [2])]),
])
def test_what_is_said_depends_on_the_hit_policy(policy, rules, expected):
    assert brief(policy, "x ~ number", "n:2,1,3", *rules) == expected


def test_a_default_output_closes_every_gap():
    assert brief("UNIQUE", "x ~ number", "n=0", "< 5 -> 1") == []
    assert brief("UNIQUE", "x ~ number", "n=0 | m", "< 5 -> 1 | 2") == [("warning", "gap", [])]


def test_a_gap_between_whole_numbers_is_called_one():
    gap, = findings("UNIQUE", "age ~ number", "n", "<= 17 -> 1", ">= 18 -> 2")
    assert gap.example["age"] == feel.evaluate("17.1")
    assert "a value between whole numbers" in gap.what


def test_days_and_seconds_in_a_row_leave_no_gap():
    assert brief("UNIQUE", "d ~ date", "n", '<= @"2026-01-01" -> 1', '>= @"2026-01-02" -> 2') == []
    assert brief("UNIQUE", "m ~ date and time", "n", '<= @"2026-01-01T00:00:00Z" -> 1',
                 '> date and time("2026-01-01T00:00:00Z") -> 2') == []


@pytest.mark.parametrize("column, rules, example", [
    ('k ~ string ~ "A","B"', ['"A" -> 1'], '"B"'), ("k ~ string", ['"A","B" -> 1'], '"other"'),
    ("b ~ boolean", ["true -> 1"], "false"), ("x ~ number", ["null -> 1", "> 0 -> 2"], "0"),
    ("x ~ number", ["not(null) -> 1", "null, 5 -> 2"], None), ("k", ['"A" -> 1', "not(\"A\") -> 2"], None),
    ("p ~ years and months duration", ['< @"P1Y" -> 1', '> @"P1Y" -> 2'], '@"P1Y"'),
    ("t ~ time", ['< @"12:00:00" -> 1', '> @"12:00:00" -> 2'], '@"12:00:00"'),
    ("x ~ number", ["< -1 -> 1", "> 1E3000 -> 2", "[0..1E3000] -> 3"], "-1"),
])
def test_gaps_of_each_kind_of_input(column, rules, example):
    gaps = [one for one in findings("FIRST", column, "n", *rules) if one.kind == "gap"]
    assert [feel.to_string(value) for gap in gaps for value in gap.example.values()] == ([example] if example else [])


TYPES = ('<itemDefinition name="tKind"><typeRef>string</typeRef><allowedValues><text>"A", "B"</text></allowedValues>'
         '</itemDefinition><itemDefinition name="tPerson"><itemComponent name="kind"><typeRef>tKind</typeRef>'
         "</itemComponent></itemDefinition>"
         '<inputData id="p" name="person"><variable name="person" typeRef="tPerson"/></inputData>')


def test_item_definitions_make_the_domain_of_an_input_finite():
    body = decision("UNIQUE", "person.kind", "n", '"A" -> 1').replace("<decisionTable", (
        '<informationRequirement><requiredInput href="#p"/></informationRequirement><decisionTable'))
    gap, = dmn.analyse(dmn.load(definitions(TYPES + body)))
    assert gap.example == {"person.kind": "B"}


def test_columns_that_test_the_same_expression_are_one_input():
    assert brief("UNIQUE", "x ~ number | x ~ number", "n", "> 1 | < 5 -> 1", "- | >= 5 -> 2", "<= 1 | - -> 3") == []


def test_computed_inputs_that_may_exclude_one_another_give_warnings_only():
    rules = ("true | - -> 1", "- | true -> 2")
    assert brief("UNIQUE", "x > 5 | x < 3", "n=0", *rules) == [("warning", "conflict", [1, 2])]
    assert brief("UNIQUE", "x > 5 | y < 3", "n=0", *rules) == [("error", "conflict", [1, 2])]
    assert brief("UNIQUE", "modulo(x, 4) ~ number", "n=0", "[0..5] -> 1", "[5..9] -> 2") == [
        ("warning", "conflict", [1, 2])]


def test_what_cannot_be_reasoned_about_is_named_and_nothing_false_is_said():
    found = findings("UNIQUE", "x ~ number | {braces} ~ number".replace("{braces}", "y"), "n",
                     "> limit | > 1 -> 1", "> 1 | > 1 -> 2")
    assert [(one.kind, [rule.index for rule in one.rules], dict(one.region)) for one in found] == [
        ("not_analysed", [1], {}), ("gap", [], {"y": "<= 1"})]
    assert "column 'x'" in found[0].what


def test_moments_with_and_without_a_zone_in_one_column_are_not_analysed():
    found = findings("UNIQUE", "m ~ date and time", "n=0", '< @"2026-01-01T00:00:00Z" -> 1',
                     '>= @"2026-01-01T00:00:00" -> 2')
    assert [(one.kind, [rule.index for rule in one.rules]) for one in found] == [("not_analysed", [1, 2])]


def test_outputs_that_are_not_allowed_are_errors():
    assert brief("FIRST", "x ~ number", "n:1,2", "< 5 -> 1", "- -> 3") == [("error", "output", [2])]


def test_tables_inside_other_boxed_expressions_are_analysed():
    inner = decision("UNIQUE", "x", "n", "< 5 -> 1", "< 6 -> 2")
    start, end = inner.index("<decisionTable"), inner.index("</decision>")
    body = ('<decision id="outer" name="outer"><context><contextEntry><variable name="a"/>' + inner[start:end]
            + "</contextEntry></context></decision>")
    assert ("outer", "conflict") in {(one.decision_id, one.kind) for one in dmn.analyse(dmn.load(definitions(body)))}


def test_no_more_findings_are_listed_than_asked_for_and_the_rest_is_mentioned():
    model = dmn.load(table("UNIQUE", "x", "n=0", *(f"> {number} -> {number}" for number in range(30))))
    found = dmn.analyse(model, most=5)
    assert [one.kind for one in found] == ["conflict"] * 5 + ["unfinished"]
    assert "more than 5" in found[-1].what


def test_a_search_that_is_too_long_says_what_it_covered(monkeypatch):
    monkeypatch.setattr(judgements, "GAP_BUDGET", 50)
    rules = [" | ".join(f"not({number})" for _ in range(5)) + f" -> {number}" for number in range(60)]
    found = findings("FIRST", "a | b | c | d | e", "n", *rules)
    cut, = [one for one in found if one.kind == "unfinished" and "combinations" in one.what]
    assert cut.severity == "warning" and "% of the combinations" in cut.what
    assert not [one for one in found if one.kind == "gap"]


def test_a_table_of_1000_rules_and_5_inputs_is_analysed_in_seconds():
    rows = [f'"K{i % 10}" | [{i // 10 % 10 * 10}..{i // 10 % 10 * 10 + 10}) | {str(i // 100 % 2 == 0).lower()} | '
            f'[{i // 200 * 5}..{i // 200 * 5 + 5}) | - -> {i}' for i in range(1000)]
    model = dmn.load(table("UNIQUE", "a | b | c | d | e", "n=0", *rows, '"K3" | 55 | true | 7 | - -> 1'))
    conflict, = in_time(5, lambda: analysis.analyse(model))
    assert conflict.kind == "conflict" and conflict.rules[1].index == 1001
    assert len(model.evaluate("t", conflict.inputs).matched) == 2
