"""A decision's answers that no flow takes are told before they come."""

from __future__ import annotations

import pytest

from engine import dmn
from engine.spiff import parser
from engine.values import Problem
from engine.verification import readiness
from tests.engine import models

MODELS = {"grade": dmn.load(models.DMN.encode())}


def problems(*body: str) -> list[Problem]:
    process = parser.parse({"diagram.bpmn": models.process("diagram", *body)}).processes["diagram"]
    return readiness.problems(process.model, MODELS, None)


def rated(*flows: str, attributes: str = "") -> list[Problem]:
    return problems(models.start(), models.business_rule("rate", "grade", "grade"),
                    models.gateway("way", attributes=attributes), models.end("a"), models.end("b"),
                    models.path("start_1", "rate", "way"), *flows)


def test_an_answer_that_no_flow_takes_is_told_with_its_rule() -> None:
    [problem] = rated(models.flow("way", "a", 'grade = "SMALL"'), models.flow("way", "b", 'grade = "MEDIUM"'))
    assert (problem.code, problem.where, problem.severity) == ("unhandled_value", "way", "warning")
    assert problem.what == 'no flow takes grade = "LARGE", which the decision grade gives (rule 2)'
    assert "LARGE" in (problem.what_fa or "")


@pytest.mark.parametrize("flows", [
    (models.flow("way", "a", 'grade = "SMALL"'), models.flow("way", "b", 'grade = "LARGE"')),
    (models.flow("way", "a", 'grade = "SMALL"'), models.flow("way", "b", 'grade != "SMALL" and paid')),
    (models.flow("way", "a", "paid"), models.flow("way", "b", "not(paid)")),
], ids=["each has a flow", "another variable decides", "it is not asked"])
def test_answers_that_a_flow_takes_or_may_take_are_fine(flows: tuple[str, ...]) -> None:
    assert rated(*flows) == []


def test_a_default_flow_takes_every_answer() -> None:
    assert rated(models.flow("way", "a", 'grade = "SMALL"'), models.flow("way", "b"),
                 attributes='default="way__b"') == []


def test_conclusions_are_those_of_the_rules() -> None:
    assert [(each.value, each.rule) for each in dmn.conclusions(MODELS["grade"], "grade")] == [
        ("SMALL", 1), ("LARGE", 2)]
    gathered = dmn.load(models.DMN.replace("FIRST", "COLLECT").encode())
    computed = dmn.load(models.DMN.replace('"LARGE"', "string(area)").encode())
    assert dmn.conclusions(gathered, "grade") == []
    assert [each.value for each in dmn.conclusions(computed, "grade")] == ["SMALL"]


def behind(*between: str, rule: str = models.business_rule("rate", "grade", "grade"), way: tuple[str, ...] = (),
           first: str = 'grade = "SMALL"', second: str = 'grade = "MEDIUM"') -> list[str]:
    """The problems of a gateway that asks for two values, with elements between the decision and it."""
    found = problems(models.start(), rule, *between, models.gateway("way"), models.end("a"), models.end("b"),
                     models.path("start_1", "rate", *way, "way"), models.flow("way", "a", first),
                     models.flow("way", "b", second))
    return [problem.what for problem in found]


def mapped(text: str) -> str:
    return models.business_rule("rate", "grade", "grade").replace(
        "/>", f"><bpmn:extensionElements><parvaneh:output name='level' value='{text}'/></bpmn:extensionElements>"
              "</bpmn:businessRuleTask>")


def test_an_answer_is_followed_through_an_output_mapping() -> None:
    asked = {"first": 'level = "SMALL!"', "second": 'level = "MEDIUM!"'}
    [what] = behind(rule=mapped('grade + "!"'), **asked)
    assert 'no flow takes level = "LARGE!"' in what
    assert behind(rule=mapped("grade + other"), **asked) == []
    assert behind(rule=mapped('grade + "!"')) == []  # the mapping gives nothing under the old name


def test_who_writes_the_variable_anew_is_believed() -> None:
    assert len(behind(models.script("s", "1", "other"), way=("s",))) == 1
    assert behind(models.script("s", '"SMALL"', "grade"), way=("s",)) == []


def test_an_answer_that_another_way_was_there_for_does_not_come() -> None:
    filtered = (models.gateway("large", attributes='default="large__t"'), models.user("t"), models.end("gone"),
                models.flow("large", "gone", 'grade = "LARGE"'), models.path("large", "t"))
    found = problems(models.start(), models.business_rule("rate", "grade", "grade"), *filtered, models.gateway("way"),
                     models.end("a"), models.end("b"), models.path("start_1", "rate", "large"),
                     models.path("t", "way"), models.flow("way", "a", 'grade = "SMALL"'),
                     models.flow("way", "b", 'grade = "MEDIUM"'))
    assert found == []


def test_a_condition_that_another_variable_may_make_true_is_no_fault() -> None:
    assert behind(second="override != null") == []
    assert behind(second="not(override = null)") == []
    assert len(behind(second='grade = "MEDIUM" and override != null')) == 1
