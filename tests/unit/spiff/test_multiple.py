"""Events with several definitions: any of them, all of them; definitions that stand at the root of the file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors, verification
from tests.engine import models
from tests.unit.spiff.drawing import TOP, escalation, event_subprocess, inner, signal, throw
from tests.unit.spiff.driver import NOON, Case, Desk, inline
from tests.unit.spiff.test_parser import codes, wrapped

ALL = TOP + models.message("news", "case_id")
WHEN = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>ready = true</bpmn:condition></bpmn:conditionalEventDefinition>"
)
EITHER = signal() + models.timer("P2D") + models.message_event("news")
BOTH = 'parallelMultiple="true"'


def caught(attributes: str = "", definitions: str = EITHER) -> Case:
    return Case(
        inline(
            "p",
            models.start(),
            models.catch("wait", definitions, attributes),
            models.user("after"),
            models.path("start_1", "wait", "after"),
            top=ALL,
        )
    )


@pytest.mark.parametrize("kind", ["signal", "timer", "message"])
def test_any_of_the_definitions_of_a_catch_event_ends_its_wait(kind: str) -> None:
    case = caught()
    waits = {wait.kind: wait for wait in case.waits("wait")}
    assert sorted(waits) == ["message", "signal", "timer"]
    assert waits["timer"].due_at == NOON + timedelta(days=2)
    if kind == "signal":
        case.execution.signal("holiday", {"got": "signal"})
    elif kind == "timer":
        case.execution.fire_timer(waits["timer"].token_id)
    else:
        case.execution.deliver(waits["message"].token_id, {"got": "message"})
    case.step()
    assert case.where() == ["after"]
    assert case.trace == ["start_1", "wait"]
    assert case.execution.variables().get("got", "timer") == kind


def test_a_parallel_multiple_event_needs_all_of_its_definitions() -> None:
    case = caught(BOTH)
    case.execution.signal("holiday", {"one": 1})
    case.step()
    assert [wait.kind for wait in case.waits("wait")] == ["timer", "message"]
    case.execution.signal("holiday", {"one": 2})
    case.step()
    case.execution.deliver(next(wait.token_id for wait in case.waits() if wait.kind == "message"), {"two": 2})
    case.step()
    assert "two" not in case.execution.variables(), "it has not occurred yet"
    case.execution.fire_timer(case.one("wait").token_id)
    case.step()
    assert case.where() == ["after"]
    assert (case.execution.variables()["one"], case.execution.variables()["two"]) == (1, 2)


def test_a_condition_that_is_true_already_counts_on_arrival() -> None:
    process = inline(
        "p",
        models.start(),
        models.catch("wait", signal() + WHEN),
        models.user("after"),
        models.path("start_1", "wait", "after"),
        top=ALL,
    )
    assert Case(process, ready=True).where() == ["after"]
    case = Case(process, ready=False)
    assert case.where() == ["wait", "wait"]


def test_an_interrupting_boundary_event_of_several_definitions_ends_its_activity_once() -> None:
    process = inline(
        "p",
        models.start(),
        models.user("work"),
        models.boundary("edge", "work", EITHER),
        models.user("after"),
        models.user("handle"),
        models.path("start_1", "work", "after"),
        models.path("edge", "handle"),
        top=ALL,
    )
    case = Case(process)
    assert {wait.parent_token for wait in case.waits("edge")} == {case.one("work").token_id}
    case.execution.signal("holiday", {})
    assert case.step().ended_waits
    assert case.where() == ["handle"]
    other = Case(process)
    other.complete("work")
    assert other.where() == ["after"]


def test_a_boundary_event_that_does_not_interrupt_keeps_its_other_definitions_waiting() -> None:
    process = inline(
        "p",
        models.start(),
        models.user("work"),
        models.boundary("edge", "work", EITHER, interrupting=False),
        models.user("handle"),
        models.path("start_1", "work"),
        models.path("edge", "handle"),
        top=ALL,
    )
    case = Case(process)
    timer = next(wait for wait in case.waits("edge") if wait.kind == "timer")
    case.advance(days=1)
    case.execution.signal("holiday", {})
    case.step()
    assert timer in case.waits("edge"), "its moment is the same"
    case.execution.signal("holiday", {})
    case.step()
    assert len(case.waits("handle")) == 2
    case.execution.fire_timer(timer.token_id)
    case.step()
    assert sorted(wait.kind for wait in case.waits("edge")) == ["message", "signal"]
    assert len(case.waits("handle")) == 3


def test_errors_and_escalations_are_caught_by_one_event() -> None:
    both = escalation() + '<bpmn:errorEventDefinition errorRef="e1"/>'
    process = inline(
        "p",
        models.start(),
        inner(
            "sub",
            models.start("in"),
            models.service("work", "work"),
            models.end("cry", extra=escalation()),
            models.path("in", "work", "cry"),
        ),
        models.boundary("edge", "sub", both),
        models.user("after"),
        models.user("handle"),
        models.path("start_1", "sub", "after"),
        models.path("edge", "handle"),
        top=ALL,
    )
    desk = Desk()
    desk.handlers["work"] = lambda _: {}
    assert Case(process, desk=desk).where() == ["handle"]

    def fail(_: object) -> None:
        raise errors.BpmnError("E1")

    desk.handlers["work"] = fail
    assert Case(process, desk=desk).where() == ["handle"]
    assert not [found for found in verification.verify(process.model).findings if found.where != "after"]


def test_event_subprocesses_start_by_any_or_by_all() -> None:
    def started(definitions: str, **more: bool) -> Case:
        return Case(
            inline(
                "p",
                models.start(),
                models.user("work"),
                event_subprocess("side", definitions, **more),
                models.path("start_1", "work"),
                top=ALL,
            )
        )

    case = started(signal() + models.message_event("news"), interrupting=False)
    for _ in range(2):
        case.execution.signal("holiday", {})
        case.step()
    assert case.where() == ["side", "side", "side_task", "side_task", "work"]
    case.complete("work")
    case.complete("side_task")
    assert case.complete("side_task").instance_ended
    other = started(signal() + models.message_event("news"))
    other.execution.signal("holiday", {})
    other.step()
    assert other.where() == ["side_task"]


def test_a_throwing_event_throws_all_of_its_definitions() -> None:
    process = inline(
        "p",
        models.start(),
        throw("shout", signal() + models.message_event("news") + signal("s2")),
        models.path("start_1", "shout"),
        top=ALL,
    )
    assert [(thrown.kind, thrown.name) for thrown in Case(process).report.thrown] == [
        ("signal", "holiday"),
        ("message", "news"),
        ("signal", "s2"),
    ]


def test_a_start_event_of_several_definitions_starts_by_any() -> None:
    process = inline(
        "p",
        models.start("begin", signal() + models.message_event("news")),
        models.user("a"),
        models.path("begin", "a"),
        top=ALL,
    )
    assert (process.start_messages, process.start_signals) == (["news"], ["holiday"])
    assert Case(process, message="news").where() == ["a"]


def test_a_definition_at_the_root_is_shared_by_reference() -> None:
    top = (
        ALL
        + '<bpmn:timerEventDefinition id="soon"><bpmn:timeDuration>P5D</bpmn:timeDuration></bpmn:timerEventDefinition>'
    )
    process = inline(
        "p",
        models.start(),
        models.catch("wait", "<bpmn:eventDefinitionRef>soon</bpmn:eventDefinitionRef>"),
        models.path("start_1", "wait"),
        top=top,
    )
    assert Case(process).one("wait").due_at == NOON + timedelta(days=5)


@pytest.mark.parametrize(
    ("middle", "code"),
    [
        (
            '<intermediateCatchEvent id="middle" parallelMultiple="true"><linkEventDefinition name="x"/>'
            "<timerEventDefinition>"
            "<timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>",
            "not_together",
        ),
        (
            '<intermediateCatchEvent id="middle"><eventDefinitionRef>none</eventDefinitionRef>'
            "</intermediateCatchEvent>",
            "missing_reference",
        ),
    ],
)
def test_what_cannot_be_waited_for_together_is_refused(middle: str, code: str) -> None:
    assert codes(wrapped(middle=middle))[0] == (code, "middle")
