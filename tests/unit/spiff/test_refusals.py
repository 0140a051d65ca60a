"""A refusal says what is wrong and nothing that only follows from it."""

from __future__ import annotations

import pytest

from tests.unit.spiff.test_parser import WRAP, codes, problems, wrapped

OTHER = """<process id="other" isExecutable="true"><startEvent id="o"><linkEventDefinition/></startEvent>
    <task id="p"/><sequenceFlow id="q" sourceRef="o" targetRef="p"/></process></definitions>"""
LOST = [
    ("a flow leads to what is not executed",
     '<exclusiveGateway id="middle" default="c"/><implicitThrowEvent id="lost"/>'
     '<sequenceFlow id="c" sourceRef="middle" '
     'targetRef="lost"/><sequenceFlow id="d" sourceRef="lost" targetRef="after"/><task id="after"/>',
     {("unsupported_element", "lost"), ("missing_condition", "middle")}),
    ("an event is attached to what is not executed",
     '<task id="middle"/><implicitThrowEvent id="lost"/>'
     '<boundaryEvent id="edge" attachedToRef="lost"><errorEventDefinition/>'
     '</boundaryEvent><sequenceFlow id="c" sourceRef="edge" targetRef="after"/><task id="after"/>',
     {("unsupported_element", "lost")}),
    ("a flow crosses a border",
     '<subProcess id="middle"><startEvent id="s"/></subProcess><task id="after"/>'
     '<sequenceFlow id="c" sourceRef="s" targetRef="after"/>',
     {("flow_scope", "c")}),
    ("a start has a trigger that is not executed",
     '<callActivity id="middle" calledElement="other"/><subProcess id="inner"><startEvent id="s">'
     '<linkEventDefinition/></startEvent><task id="after"/><sequenceFlow id="c" sourceRef="s" targetRef="after"/>'
     '</subProcess><sequenceFlow id="d" sourceRef="begin" targetRef="inner"/><subProcess id="side" '
     'triggeredByEvent="true"><startEvent id="t"><cancelEventDefinition/></startEvent><task id="last"/>'
     '<sequenceFlow id="e" sourceRef="t" targetRef="last"/></subProcess>',
     {("wrong_event", "s"), ("wrong_event", "t")}),
    ("an event-based gateway leads to what is not executed",
     '<eventBasedGateway id="middle"/><implicitThrowEvent id="lost"/>'
     '<sequenceFlow id="c" sourceRef="middle" targetRef="lost"/>',
     {("unsupported_element", "lost"), ("event_gateway_target", "middle")}),
]


@pytest.mark.parametrize(("middle", "expected"), [case[1:] for case in LOST], ids=[case[0] for case in LOST])
def test_what_follows_from_a_fault_is_not_told_as_another(middle: str, expected: set[tuple[str, str]]) -> None:
    body = wrapped(middle=middle).replace("</definitions>", OTHER)
    assert set(codes(body)) == {*expected, ("wrong_event", "o")}


@pytest.mark.parametrize(("attribute", "code"), [
    ('startQuantity="0"', "bad_quantity"), ('completionQuantity="0"', "bad_quantity"),
    ('completionQuantity="-1"', "bad_quantity"), ('startQuantity="many"', "bad_quantity"),
    ('startQuantity=""', "bad_quantity"), ('startQuantity="1001"', "bad_quantity"),
    ('isForCompensation="perhaps"', "bad_attribute"),
])
def test_a_value_that_means_nothing_is_no_lack_of_the_engine(attribute: str, code: str) -> None:
    assert codes(wrapped(middle=f'<task id="middle" {attribute}/>')) == [(code, "middle")]


@pytest.mark.parametrize("attribute", ['startQuantity="1"', 'completionQuantity=" 01 "', 'isForCompensation="0"'])
def test_a_default_that_is_written_down_is_fine(attribute: str) -> None:
    assert codes(wrapped(middle=f'<task id="middle" {attribute}/>')) == []


def test_a_condition_after_a_parallel_gateway_is_ignored_in_any_language() -> None:
    body = wrapped(middle='<parallelGateway id="middle"/><task id="other"/><sequenceFlow id="c" sourceRef="middle" '
                          'targetRef="other"><conditionExpression language="python">a ==</conditionExpression>'
                          "</sequenceFlow>")
    assert [(found.code, found.severity, found.where) for found in problems(body)] == [
        ("ignored_condition", "warning", "c")]


def test_a_condition_after_another_event_or_gateway_is_refused() -> None:
    conditional = "<conditionExpression>x</conditionExpression></sequenceFlow>"
    body = wrapped(middle='<task id="middle"/>').replace(
        'sourceRef="begin" targetRef="middle"/>', f'sourceRef="begin" targetRef="middle">{conditional}')
    assert codes(body) == [("useless_condition", "begin")]


@pytest.mark.parametrize(("body", "where"), [
    ('<process id="drawn" isExecutable="false"/><process id="second" isExecutable="false"/>', "drawn"),
    ('<process isExecutable="false"/>', "definitions"),
    ("", "definitions"),
])
def test_a_file_that_executes_nothing_is_refused_at_its_process(body: str, where: str) -> None:
    head = WRAP[:WRAP.index("{top}")]
    assert codes(head + body + "</definitions>") == [("no_process", where)]
