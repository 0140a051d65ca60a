"""Pools, message flows and lanes: kept as drawn, and checked (BPMN 2.0.2 §7.6.1, §9.3, §9.4, §10.8)."""

from __future__ import annotations

import pytest

from engine.spiff import parser
from tests.unit.spiff.test_parser import codes, problems, wrapped

POOLS = ('<collaboration id="c"><participant id="p1" processRef="process"/><participant id="p2" processRef="other"/>'
         '<participant id="black_box"/>{flows}</collaboration><process id="other" isExecutable="true">'
         '<startEvent id="o_begin"/><task id="o_task"/><sequenceFlow id="o_flow" sourceRef="o_begin" '
         'targetRef="{target}"/></process>')


def pools(*flows: tuple[str, str], target: str = "o_task") -> str:
    drawn = "".join(f'<messageFlow id="m{number}" sourceRef="{one}" targetRef="{other}"/>'
                    for number, (one, other) in enumerate(flows))
    return wrapped(top=POOLS.format(flows=drawn, target=target),
                   middle='<subProcess id="middle"><startEvent id="s"/><task id="inner"/><sequenceFlow id="f" '
                          'sourceRef="s" targetRef="inner"/></subProcess>')


def test_pools_and_message_flows_between_them_are_drawing() -> None:
    body = pools(("inner", "o_task"), ("p2", "middle"), ("black_box", "inner"), ("p1", "p2"))
    assert codes(body) == []
    assert sorted(parser.parse({"x.bpmn": body.encode()}).processes) == ["other", "process"]


@pytest.mark.parametrize(("source", "target"), [("begin", "middle"), ("inner", "done"), ("p1", "middle"), ("p1", "p1")])
def test_a_message_flow_inside_a_pool_is_refused(source: str, target: str) -> None:
    found = next(each for each in problems(pools((source, target))) if each.code == "message_flow_inside")
    assert found.where == "m0"
    assert "§9.4" in found.what and "§9.4" in found.what_fa


@pytest.mark.parametrize(("source", "target", "ends"), [
    ("begin", "o_task", 1), ("o_task", "done", 1), ("done", "o_begin", 0), ("p2", "begin", 0), ("done", "p2", 0),
    ("o_task", "choice", 1), ("choice", "o_task", 1), ("choice", "o_begin", 1), ("o_begin", "done", 2),
    ("note", "o_task", 1), ("o_task", "middle", 0)])
def test_a_message_flow_begins_at_what_sends_and_leads_to_what_receives(source: str, target: str, ends: int) -> None:
    body = pools((source, target)).replace('<subProcess id="middle">', '<textAnnotation id="note"/><exclusiveGateway '
                                           'id="choice"/><sequenceFlow id="g" sourceRef="middle" targetRef="choice"/>'
                                           '<sequenceFlow id="h" sourceRef="choice" targetRef="done"/>'
                                           '<subProcess id="middle">')
    found = problems(body)
    assert [(each.code, each.where) for each in found] == [("message_flow_end", "m0")] * ends
    assert all("§7.6.2" in each.what and "§7.6.2" in each.what_fa and each.line for each in found)


def test_a_message_flow_from_or_to_nothing_is_refused() -> None:
    assert codes(pools(("nowhere", "o_task"))) == [("missing_reference", "m0")]


def test_a_sequence_flow_across_pools_is_refused() -> None:
    found = next(each for each in problems(pools(target="middle")) if each.where == "o_flow")
    assert found.code == "flow_scope" and "§7.6.1" in found.what


def test_nested_lane_sets_give_the_role_of_the_innermost_lane_that_has_one() -> None:
    lanes = ('<laneSet id="ls"><lane id="outer" parvaneh:role="CLERK"><flowNodeRef>middle</flowNodeRef>'
             '<childLaneSet id="cs"><lane id="first"><childLaneSet id="cs2"><lane id="deep" parvaneh:role="MANAGER">'
             '<flowNodeRef>second</flowNodeRef></lane></childLaneSet></lane></childLaneSet></lane></laneSet>')
    body = wrapped(middle=lanes + '<userTask id="middle" parvaneh:formKey="form"/>'
                   '<userTask id="second" parvaneh:formKey="form"/>'
                   '<sequenceFlow id="c" sourceRef="middle" targetRef="second"/>')
    elements = parser.parse({"x.bpmn": body.encode()}).processes["process"].elements
    assert (elements["middle"].role, elements["second"].role) == ("CLERK", "MANAGER")
