"""Allowed values, types and coercion: what does not fit is null, and a violation names the value."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine import dmn
from tests.unit.dmn.models import definitions, literal, table


def item(body: str, name: str = "tX", more: str = "") -> str:
    return f'<itemDefinition name="{name}"{more}>{body}</itemDefinition>'


def taking(types: str, type_: str = "tX") -> dmn.Model:
    """A model with the input `x` of a type, and the decision `t` that gives it back."""
    return dmn.load(definitions(
        f'{types}<inputData id="x" name="x"><variable name="x" typeRef="{type_}"/></inputData>'
        '<decision id="t" name="t"><informationRequirement>'
        '<requiredInput href="#x"/></informationRequirement><literalExpression><text>x</text>'
        "</literalExpression></decision>"))


def said(result: dmn.Result) -> list[tuple[str, str, list[int]]]:
    return [(one.decision_id, one.what, list(one.rules)) for one in result.violations]


def test_an_input_outside_its_allowed_values_is_a_violation():
    model = dmn.load(table("UNIQUE", 'colour ~ string ~ "RED","GREEN"', "n", '"RED" -> 1', "- -> 2"))
    result = model.evaluate("t", {"colour": "BLUE"})
    assert result.value is None and not result.matched
    assert said(result) == [
        ("t", "\"BLUE\" is not among the allowed values of the input 'colour': \"RED\",\"GREEN\"", [])]
    assert "BLUE" in result.violations[0].what_fa
    assert model.evaluate("t", {"colour": "GREEN"}).value == 2


def test_a_missing_input_is_no_violation_of_its_allowed_values():
    model = dmn.load(table("FIRST", "n ~ number ~ [1..5]", "n", "null -> 1", "- -> 2"))
    result = model.evaluate("t", {"n": None})
    assert (result.value, result.violations) == (1, ())


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT",
                                    "COLLECT MAX"])
def test_an_output_outside_its_allowed_values_is_a_violation(policy):
    model = dmn.load(table(policy, "x", "n:1,2,3", "> 0 -> x"))
    assert said(model.evaluate("t", {"x": 3})) == []
    result = model.evaluate("t", {"x": 4})
    assert result.value is None
    assert said(result) == [("t", "4 is not among the allowed values of the output 'n': 1,2,3", [1])]


def test_a_default_outside_the_allowed_values_is_a_violation():
    model = dmn.load(table("UNIQUE", "x", "n=x:1,2", "< 0 -> 1"))
    assert model.evaluate("t", {"x": 2}).value == 2
    said_of_9 = said(model.evaluate("t", {"x": 9}))
    assert said_of_9 == [("t", "9 is not among the allowed values of the output 'n': 1,2", [])]


@pytest.mark.parametrize("types, value, what", [
    (item('<typeRef>string</typeRef><allowedValues><text>"A", "B"</text></allowedValues>'), "C",
     "x: \"C\" is not among the allowed values of 'tX': \"A\", \"B\""),
    (item("<typeRef>number</typeRef>"), "old", "x: \"old\" is not of the type 'tX'"),
    (item("<typeRef>number</typeRef><allowedValues><text>[1..9]</text></allowedValues>", more=' isCollection="true"'),
     [1, 12], "x: 12 is not among the allowed values of 'tX': [1..9]"),
    (item("<typeRef>number</typeRef><typeConstraint><text>count(?) &lt; 3</text></typeConstraint>",
          more=' isCollection="true"'), [1, 2, 3], "x: list (3) is not among the allowed values of 'tX': count(?) < 3"),
    (item('<itemComponent name="age"><typeRef>tAge</typeRef></itemComponent>')
     + item("<typeRef>number</typeRef><allowedValues><text>>= 0</text></allowedValues>", "tAge"), {"age": -1},
     "x: age: -1 is not among the allowed values of 'tAge': >= 0"),
    (item('<itemComponent name="age"><typeRef>number</typeRef></itemComponent>'), 5, "x: 5 is not of the type 'tX'"),
])
def test_a_value_that_breaks_its_item_definition_is_named(types, value, what):
    result = taking(types).evaluate("t", {"x": value})
    assert result.value is None
    assert said(result) == [("x", what, [])]


@pytest.mark.parametrize("types, value", [
    (item("<typeRef>number</typeRef><typeConstraint><text>count(?) &lt; 3</text></typeConstraint>",
          more=' isCollection="true"'), [1, 2]),
    (item("<typeRef>number</typeRef><typeConstraint><text>? > 5</text></typeConstraint>"), 6),
    (item('<itemComponent name="a" isCollection="true"><typeRef>tX</typeRef></itemComponent>'), {"a": [{"a": []}]}),
])
def test_a_value_that_keeps_its_item_definition_passes(types, value):
    result = taking(types).evaluate("t", {"x": value})
    assert (result.value, result.violations) == (value, ())


@pytest.mark.parametrize("written, type_, value", [
    ("[5]", "number", 5), ("[[1]]", "tList", [1]), ("5", "tList", [5]), ('date("2026-01-01")', "date and time",
                                                                       datetime(2026, 1, 1, tzinfo=UTC)),
    ('[date("2026-01-01")]', "date", date(2026, 1, 1)), ("[1, 2]", "number", None), ("[null]", "number", None),
    ("{a: 1, b: 2}", "tContext", {"a": 1, "b": 2}), ("{b: 2}", "tContext", None), ("null", "tContext", None),
])
def test_values_are_coerced_to_the_declared_type(written, type_, value):
    types = item("<typeRef>number</typeRef>", "tList", ' isCollection="true"') + item(
        '<itemComponent name="a"><typeRef>number</typeRef></itemComponent>', "tContext")
    assert dmn.load(definitions(types + literal("t", written, type_=type_))).evaluate("t", {}).value == value


def test_a_function_item_accepts_functions_with_as_many_parameters():
    types = item('<functionItem outputTypeRef="number"><parameters name="a" typeRef="number"/></functionItem>', "tF")
    model = dmn.load(definitions(types + literal("f", "function(a: number) a + 1", type_="tF")
                                 + literal("g", "function(a, b) a", type_="tF") + literal("t", "f(1)", "f")))
    assert model.evaluate("t", {}).value == 2
    assert model.evaluate("g", {}).value is None


def test_a_priority_without_output_values_follows_those_of_the_type():
    types = item('<typeRef>string</typeRef><allowedValues><text>"high", "low"</text></allowedValues>', "tRisk")
    xml = table("PRIORITY", "x", "risk:gone", '> 0 -> "low"', '> 5 -> "high"').decode()
    xml = xml.replace("<outputValues><text>gone</text></outputValues>", "")
    xml = xml.replace('name="risk"', 'name="risk" typeRef="tRisk"')
    model = dmn.load(xml.replace("<decision ", types + "<decision ", 1).encode())
    assert model.evaluate("t", {"x": 9}).value == "high"
