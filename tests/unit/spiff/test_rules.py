"""Rules of BPMN itself: each that is broken is told in the one answer, with its clause."""

from __future__ import annotations

import pytest

from tests.unit.spiff.test_parser import problems, wrapped

AFTER = '<task id="after"/><sequenceFlow id="c" sourceRef="{}" targetRef="after"/>'
CATCH = '<intermediateCatchEvent id="{0}"><timerEventDefinition><timeDuration>P1D</timeDuration>' \
        "</timerEventDefinition></intermediateCatchEvent>"
RULES = [
    ("a flow into a start event", '<task id="middle"/><sequenceFlow id="c" sourceRef="middle" targetRef="begin"/>',
     ("flow_into", "begin", "§7.6.1")),
    ("a flow out of an end event", '<task id="middle"/><task id="after"/><sequenceFlow id="c" sourceRef="done" '
     'targetRef="after"/>', ("flow_out_of", "done", "§7.6.1")),
    ("a flow into a boundary event",
     '<task id="middle"/><boundaryEvent id="edge" attachedToRef="middle"><errorEventDefinition/></boundaryEvent>'
     '<sequenceFlow id="c" sourceRef="middle" targetRef="edge"/>' + AFTER.format("edge").replace('"c"', '"d"'),
     ("flow_into", "edge", "§7.6.1")),
    ("a flow to data", '<dataObject id="d"/><task id="middle"/><sequenceFlow id="c" sourceRef="middle" targetRef="d"/>',
     ("flow_end", "c", "§7.6.1")),
    ("a flow to nothing", '<task id="middle"/><sequenceFlow id="c" sourceRef="middle" targetRef="d"/>',
     ("missing_reference", "c", "§8.3.1")),
    ("a start event that leads nowhere", '<task id="middle"/><startEvent id="s"/>', ("no_outgoing", "s", "§10.5.2")),
    ("an element that nothing leads to", '<task id="middle"/><task id="t"/>', ("no_incoming", "t", "§10.5.2")),
    ("an element without an id", '<task id="middle"/><task/>', ("missing_id", "process", "§8.3.1")),
    ("a boundary event without a trigger", '<task id="middle"/><boundaryEvent id="edge" attachedToRef="middle"/>'
     + AFTER.format("edge"), ("wrong_event", "edge", "§10.5.1")),
    ("a flow over the border of a subprocess",
     '<subProcess id="middle"><startEvent id="s"/><task id="t"/><sequenceFlow id="b" sourceRef="s" targetRef="t"/>'
     "</subProcess>" + AFTER.format("t"), ("flow_scope", "c", "§7.6.1")),
    ("a boundary event on an event", CATCH.format("middle") + '<boundaryEvent id="edge" attachedToRef="middle">'
     "<errorEventDefinition/></boundaryEvent>" + AFTER.format("edge"), ("bad_attachment", "edge", "§10.5.4")),
    ("an id that is there twice", '<task id="middle"/><task id="middle"/>', ("duplicate_id", "middle", "§8.3.1")),
    ("an error that is waited for in the flow",
     '<intermediateCatchEvent id="middle"><errorEventDefinition/></intermediateCatchEvent>',
     ("wrong_event", "middle", "§10.5.1")),
    ("an intermediate event that terminates",
     '<intermediateThrowEvent id="middle"><terminateEventDefinition/></intermediateThrowEvent>',
     ("wrong_event", "middle", "§10.5.1")),
    ("a link at the border of an activity",
     '<task id="middle"/><boundaryEvent id="edge" attachedToRef="middle"><linkEventDefinition name="x"/>'
     "</boundaryEvent>" + AFTER.format("edge"), ("wrong_event", "edge", "§10.5.1")),
    ("a task behind an event-based gateway", '<eventBasedGateway id="middle"/>' + AFTER.format("middle"),
     ("event_gateway_target", "middle", "§10.6.6")),
    ("one event behind an event-based gateway", '<eventBasedGateway id="middle"/>',
     ("event_gateway_flows", "middle", "§10.6.6")),
    ("a default flow of another element", '<exclusiveGateway id="middle" default="nobody"/>',
     ("bad_default", "middle", "§8.4.13")),
    ("a choice without a condition", '<exclusiveGateway id="middle"/>' + AFTER.format("middle"),
     ("missing_condition", "middle", "§10.6.2")),
    ("a condition behind an event-based gateway",
     '<eventBasedGateway id="middle"/>' + CATCH.format("x") + CATCH.format("y")
     + '<sequenceFlow id="c" sourceRef="middle" targetRef="x"><conditionExpression>a</conditionExpression>'
     '</sequenceFlow><sequenceFlow id="d" sourceRef="middle" targetRef="y"/>',
     ("useless_condition", "middle", "§8.4.13")),
    ("an event subprocess without a trigger",
     '<task id="middle"/><subProcess id="side" triggeredByEvent="true"><startEvent id="s"/><task id="t"/>'
     '<sequenceFlow id="c" sourceRef="s" targetRef="t"/></subProcess>', ("event_subprocess_start", "side", "§10.3.5")),
]


@pytest.mark.parametrize(("middle", "expected"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_a_broken_rule_is_told_with_its_clause_in_both_languages(middle: str, expected: tuple[str, str, str]) -> None:
    code, where, clause = expected
    found = next(problem for problem in problems(wrapped(middle=middle))
                 if (problem.code, problem.where) == (code, where))
    assert f"BPMN 2.0.2 {clause}" in found.what
    assert f"BPMN 2.0.2 {clause}" in (found.what_fa or "")
    assert found.line
    assert found.fix
    assert found.fix_fa


def test_a_noun_has_the_article_that_it_needs() -> None:
    said = [problem.what for problem in problems(wrapped(middle='<intermediateCatchEvent id="middle"/><endEvent/>'))]
    assert any("may not stand on an intermediate catch event" in what for what in said)
    assert any("an endEvent has no id" in what for what in said)


def test_a_flow_into_another_pool_is_told() -> None:
    other = '<process id="other"><startEvent id="o"/><task id="p"/><sequenceFlow id="q" sourceRef="o" targetRef="p"/>'
    body = wrapped(middle='<task id="middle"/><sequenceFlow id="c" sourceRef="middle" targetRef="p"/>').replace(
        "</definitions>", other + "</process></definitions>")
    assert [(found.code, found.where) for found in problems(body) if found.severity == "error"] == [("flow_scope", "c")]


def test_all_broken_rules_of_a_file_come_in_one_answer() -> None:
    body = wrapped(middle='<task id="middle"/><task id="middle"/><exclusiveGateway id="way" default="nobody"/>'
                          '<sequenceFlow id="c" sourceRef="done" targetRef="way"/><sequenceFlow id="d" sourceRef="way" '
                          'targetRef="nowhere"/>')
    assert {found.code for found in problems(body)} >= {
        "duplicate_id", "bad_default", "flow_out_of", "missing_reference"}
