"""Requirements, types, boxed expressions and services."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine import clock, dmn, errors, feel
from tests.unit.dmn.models import decision, definitions, literal, value

ROUTED = definitions(
    '<inputData id="age" name="Applicant Age"><variable name="Applicant Age" typeRef="number"/></inputData>'
    '<decision id="score" name="Score"><informationRequirement><requiredInput href="#age"/></informationRequirement>'
    "<literalExpression><text>Applicant Age * 2</text></literalExpression></decision>"
    '<decision id="route" name="Route"><informationRequirement><requiredDecision href="#score"/>'
    "</informationRequirement>"
    '<literalExpression><text>if Score > 50 then "fast" else "slow"</text></literalExpression></decision>')


def test_a_decision_evaluates_what_it_requires_first():
    model = dmn.load(ROUTED)
    assert model.decisions == {"score": "Score", "route": "Route"}
    result = model.evaluate("route", {"Applicant Age": 30})
    assert result.value == "fast"
    assert [(step.decision_id, step.value) for step in result.trail] == [("score", 60), ("route", "fast")]


def test_each_decision_is_evaluated_once():
    xml = definitions(literal("a", "1") + literal("b", "a + 1", "a") + literal("c", "a + b", "a b"))
    assert [step.decision_id for step in dmn.load(xml).evaluate("c", {}).trail] == ["a", "b", "c"]


def test_the_rules_of_required_tables_are_in_the_trail():
    table = decision("COLLECT", "x", "n", "> 1 -> 1", "> 9 -> 2", "> 4 -> 3", requires="x")
    xml = definitions(literal("x", "5") + table + literal("last", "count(t)", "t"))
    result = dmn.load(xml).evaluate("last", {})
    assert [(step.decision_id, [rule.index for rule in step.matched]) for step in result.trail] == [
        ("x", []), ("t", [1, 3]), ("last", [])]


def test_an_unknown_decision_is_not_found():
    with pytest.raises(errors.NotFound):
        dmn.load(ROUTED).evaluate("nothing", {})


def test_a_missing_input_is_null_with_a_warning():
    result = dmn.load(ROUTED).evaluate("route", {})
    assert result.value == "slow"
    assert "the input 'Applicant Age' is missing" in result.warnings


def test_an_input_that_does_not_fit_its_type_is_null():
    assert dmn.load(ROUTED).evaluate("route", {"Applicant Age": "old"}).value == "slow"


TYPED = definitions(
    '<itemDefinition name="tPerson"><itemComponent name="born"><typeRef>date</typeRef></itemComponent>'
    '<itemComponent name="tenure"><typeRef>string</typeRef><allowedValues><text>"OWN", "LEASE"</text></allowedValues>'
    '</itemComponent><itemComponent name="stays" isCollection="true"><typeRef>days and time duration</typeRef>'
    "</itemComponent></itemDefinition>"
    '<inputData id="p" name="person"><variable name="person" typeRef="tPerson"/></inputData>'
    '<decision id="t" name="t"><informationRequirement><requiredInput href="#p"/></informationRequirement>'
    "<literalExpression><text>person</text></literalExpression></decision>")


def test_text_from_outside_becomes_dates_where_the_type_says_so():
    given = {"born": "2000-01-01", "tenure": "OWN", "stays": ["P1D", "PT2H"]}
    assert value(TYPED, person=given) == {"born": date(2000, 1, 1), "tenure": "OWN",
                                          "stays": [timedelta(days=1), timedelta(hours=2)]}


def test_what_is_left_out_is_null():
    assert value(TYPED, person={"tenure": "OWN"}) == {"born": None, "tenure": "OWN", "stays": None}


def test_a_value_that_is_not_allowed_is_null():
    assert value(TYPED, person={"born": "2000-01-01", "tenure": "RENT"}) is None


@pytest.mark.parametrize("box, expected", [
    ('<context><contextEntry><variable name="a"/><literalExpression><text>2</text></literalExpression></contextEntry>'
     "<contextEntry><literalExpression><text>a * 3</text></literalExpression></contextEntry></context>", "6"),
    ("<list><literalExpression><text>1</text></literalExpression><literalExpression><text>2</text></literalExpression>"
     "</list>", "[1, 2]"),
    ('<relation><column name="n" typeRef="number"/><row><list><literalExpression><text>1</text></literalExpression>'
     '</list></row><row><literalExpression><text>"a"</text></literalExpression></row></relation>',
     "[{n: 1}, {n: null}]"),
    ('<relation><column name="n"/><row><literalExpression><text>1</text></literalExpression></row></relation>',
     "[{n: 1}]"),
    ("<conditional><if><literalExpression><text>true</text></literalExpression></if><then><literalExpression>"
     "<text>1</text></literalExpression></then><else><literalExpression><text>2</text></literalExpression></else>"
     "</conditional>", "1"),
    ('<for iteratorVariable="i"><in><literalExpression><text>[1, 2]</text></literalExpression></in><return>'
     "<literalExpression><text>i + 1</text></literalExpression></return></for>", "[2, 3]"),
    ('<every iteratorVariable="i"><in><literalExpression><text>[1, 2]</text></literalExpression></in><satisfies>'
     "<literalExpression><text>i &lt; 2</text></literalExpression></satisfies></every>", "false"),
    ("<filter><in><literalExpression><text>[1, 2]</text></literalExpression></in><match><literalExpression>"
     "<text>item > 1</text></literalExpression></match></filter>", "[2]"),
    ('<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="x" typeRef="number"/>'
     "<literalExpression><text>x + 1</text></literalExpression></functionDefinition></contextEntry><contextEntry>"
     "<literalExpression><text>f(1)</text></literalExpression></contextEntry></context>", "2"),
])
def test_boxed_expressions(box, expected):
    assert feel.to_string(value(definitions(f'<decision id="t" name="t">{box}</decision>'))) == expected


KNOWLEDGE = definitions(
    '<businessKnowledgeModel id="k" name="Double It"><variable name="Double It"/><encapsulatedLogic>'
    '<formalParameter name="x" typeRef="number"/><literalExpression><text>x * 2</text></literalExpression>'
    "</encapsulatedLogic></businessKnowledgeModel>"
    '<decision id="called" name="called"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    "<literalExpression><text>Double It(4)</text></literalExpression></decision>"
    '<decision id="invoked" name="invoked"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    "<invocation><literalExpression><text>Double It</text></literalExpression><binding>"
    '<parameter name="x"/><literalExpression><text>5</text></literalExpression></binding></invocation></decision>'
    '<decision id="wrong" name="wrong"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    '<literalExpression><text>Double It("a")</text></literalExpression></decision>')


def test_knowledge_is_called_and_invoked():
    assert [value(KNOWLEDGE, name) for name in ("called", "invoked", "wrong")] == [8, 10, None]


SERVED = definitions(
    '<inputData id="x" name="x"/><decision id="double" name="double"><informationRequirement>'
    '<requiredInput href="#x"/></informationRequirement><literalExpression><text>x * 2</text></literalExpression>'
    "</decision>"
    '<decisionService id="s" name="serve"><outputDecision href="#double"/><inputData href="#x"/></decisionService>'
    '<decision id="t" name="t"><knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>'
    "<literalExpression><text>serve(21)</text></literalExpression></decision>")


def test_a_decision_service_is_called_by_expressions_and_from_outside():
    assert value(SERVED) == 42
    assert value(SERVED, "s", x=4) == 8


def test_an_imported_model_is_reached_through_its_name():
    shared = dmn.load(definitions(literal("rate", "5")))
    importing = definitions(
        '<import name="shared" namespace="urn:test" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
        '<decision id="t" name="t"><informationRequirement><requiredDecision href="urn:test#rate"/>'
        "</informationRequirement><literalExpression><text>shared.rate + 1</text></literalExpression></decision>",
    ).replace(b'id="d" name="model" namespace="urn:test"', b'id="d" name="model" namespace="urn:other"')
    assert dmn.load(importing, imported=[shared]).evaluate("t", {}).value == 6


@pytest.mark.parametrize("namespace", [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/", "https://www.omg.org/spec/DMN/20230324/MODEL/"])
def test_every_version_of_dmn_is_read(namespace):
    assert value(definitions(literal("t", "1 + 1", type_="feel:number"), namespace=namespace)) == 2


def test_variables_that_the_model_does_not_name_can_be_read():
    assert value(definitions(literal("t", "area > 50")), area=60) is True


def test_a_decision_may_not_shadow_itself_with_an_input():
    assert value(definitions(literal("a", "1") + literal("t", "a", "a")), a=99) == 1


def test_the_budget_covers_all_decisions_together():
    loop = "count(for i in 1..900 return i)"
    model = dmn.load(definitions(literal("a", loop) + literal("t", f"a + {loop}", "a")))
    with pytest.raises(feel.FeelBudgetExceeded):
        model.evaluate("t", {}, limits=feel.Limits(steps=1000, size=1_000_000, depth=10, seconds=5))


def test_functions_from_outside_reach_decisions():
    functions = feel.Functions([feel.FeelFunction(name="add working days", parameters=("d", "n"),
                                                  fn=lambda d, n: d + timedelta(days=int(n)))])
    model = dmn.load(definitions(literal("t", 'add working days(@"2026-01-01", 2)')), functions=functions)
    assert model.evaluate("t", {}).value == date(2026, 1, 3)


def test_now_is_the_clock_that_is_given():
    moment = feel.evaluate('@"2026-11-23T10:00:00Z"')
    model = dmn.load(definitions(literal("t", "now()")))
    assert model.evaluate("t", {}, clock=clock.ManualClock(moment)).value == moment
