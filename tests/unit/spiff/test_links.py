"""Link events lead from one place of a scope to another."""

from __future__ import annotations

import pytest

from engine import verification
from tests.engine import models
from tests.unit.spiff.drawing import throw
from tests.unit.spiff.driver import Case, inline
from tests.unit.spiff.test_parser import codes, problems, wrapped

LINK = '<bpmn:linkEventDefinition name="{}"/>'


def test_several_links_lead_to_one_place() -> None:
    process = inline(
        "p",
        models.start(),
        models.gateway("which", attributes='default="which__two"'),
        throw("one", LINK.format("x")),
        throw("two", LINK.format("x")),
        models.catch("here", LINK.format("x")),
        models.user("after"),
        models.path("start_1", "which"),
        models.flow("which", "one", "first = true"),
        models.flow("which", "two"),
        models.path("here", "after"),
    )
    for first, passed in ((True, "one"), (False, "two")):
        case = Case(process, first=first)
        assert case.trace == ["start_1", "which", passed, "here"]
        assert case.where() == ["after"]


def test_tokens_on_both_sides_of_a_parallel_gateway_meet_behind_a_link() -> None:
    process = inline(
        "p",
        models.start(),
        models.gateway("fork", "parallel"),
        throw("out", LINK.format("x")),
        models.user("work"),
        models.catch("in", LINK.format("x")),
        models.gateway("join", "parallel"),
        models.user("after"),
        models.path("start_1", "fork", "out"),
        models.path("fork", "work", "join", "after"),
        models.path("in", "join"),
    )
    case = Case(process)
    assert case.where() == ["work"]
    case.complete("work")
    assert case.where() == ["after"]
    assert verification.verify(process.model).findings == []


def test_a_loop_over_a_link_without_a_wait_is_found() -> None:
    body = (
        '<intermediateCatchEvent id="in"><linkEventDefinition name="x"/></intermediateCatchEvent>'
        '<exclusiveGateway id="middle" default="b"/><intermediateThrowEvent id="out"><linkEventDefinition name="x"/>'
        '</intermediateThrowEvent><sequenceFlow id="c" sourceRef="in" targetRef="middle"/><sequenceFlow id="d" '
        'sourceRef="middle" targetRef="out"><conditionExpression>y</conditionExpression></sequenceFlow>'
    )
    assert [code for code, _ in codes(wrapped(middle=body))] == ["loop_without_wait"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            '<intermediateThrowEvent id="out"><linkEventDefinition name="x"/></intermediateThrowEvent>',
            [("link_target", "out")],
        ),
        (
            '<intermediateThrowEvent id="out"><linkEventDefinition/></intermediateThrowEvent>',
            [("missing_attribute", "out")],
        ),
        (
            '<intermediateThrowEvent id="out"><linkEventDefinition name="x"/></intermediateThrowEvent>'
            '<intermediateCatchEvent id="in"><linkEventDefinition name="x"/></intermediateCatchEvent>'
            '<intermediateCatchEvent id="too"><linkEventDefinition name="x"/></intermediateCatchEvent>',
            [("link_twice", "too")],
        ),
        (
            '<intermediateThrowEvent id="out"><linkEventDefinition name="x"/></intermediateThrowEvent>'
            '<intermediateCatchEvent id="in"><linkEventDefinition name="x"/></intermediateCatchEvent>'
            '<sequenceFlow id="f" sourceRef="out" targetRef="in"/>',
            [("flow_out_of", "out"), ("flow_into", "in")],
        ),
        (
            '<intermediateThrowEvent id="out"><linkEventDefinition name="x"/></intermediateThrowEvent>'
            '<subProcess id="sub"><startEvent id="s"/><task id="t"/>'
            '<sequenceFlow id="g" sourceRef="s" targetRef="t"/><intermediateCatchEvent id="in">'
            '<linkEventDefinition name="x"/>'
            "</intermediateCatchEvent></subProcess>",
            [("link_target", "out"), ("link_source", "in")],
        ),
    ],
)
def test_a_link_has_one_target_in_its_scope(events: str, expected: list[tuple[str, str]]) -> None:
    body = f'<task id="middle"/>{events}'
    for node in ("out", "sub"):
        if f'id="{node}"' in events:
            body += f'<sequenceFlow id="to_{node}" sourceRef="middle" targetRef="{node}"/>'
    assert sorted(codes(wrapped(middle=body))) == sorted(expected)
    assert {found.severity for found in problems(wrapped(middle=body)) if found.code == "link_source"} <= {"warning"}
