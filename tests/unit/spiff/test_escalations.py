"""Escalations, and the event subprocesses that errors, escalations and conditions start."""

from __future__ import annotations

import pytest

from engine import errors
from engine.spiff import parser
from tests.engine import models
from tests.unit.spiff.drawing import TOP, carries, escalation, event_subprocess, inner, throw
from tests.unit.spiff.driver import Case, Desk, inline
from tests.unit.spiff.test_parser import codes, wrapped


def test_an_escalation_end_reaches_the_boundary_event_that_interrupts_its_subprocess() -> None:
    process = inline(
        "p",
        models.start(),
        inner(
            "sub",
            models.start("in"),
            models.gateway("fork", "parallel"),
            models.user("beside"),
            models.end("cry", extra=escalation()),
            models.path("in", "fork", "cry"),
            models.path("fork", "beside"),
        ),
        models.boundary("edge", "sub", escalation()),
        models.user("after"),
        models.user("handle"),
        models.path("start_1", "sub", "after"),
        models.path("edge", "handle"),
        top=TOP,
    )
    case = Case(process)
    assert case.where() == ["handle"]
    assert case.trace == ["start_1", "in", "fork", "cry", "edge"]


def test_a_boundary_event_that_does_not_interrupt_hears_each_escalation_and_the_work_goes_on() -> None:
    process = inline(
        "p",
        models.start(),
        inner(
            "sub",
            models.start("in"),
            throw("one", escalation()),
            throw("two", escalation(), carries("why", "case_id")),
            models.user("work"),
            models.path("in", "one", "two", "work"),
        ),
        models.boundary("edge", "sub", escalation(), interrupting=False),
        models.user("after"),
        models.user("handle"),
        models.path("start_1", "sub", "after"),
        models.path("edge", "handle"),
        top=TOP,
    )
    case = Case(process)
    assert case.where() == ["handle", "handle", "work"]
    assert case.execution.variables()["why"] == "A-1"


def test_of_two_escalation_events_the_one_that_names_the_code_catches() -> None:
    def caught(reference: str) -> list[str]:
        process = inline(
            "p",
            models.start(),
            inner("sub", models.start("in"), models.end("cry", extra=escalation(reference)), models.path("in", "cry")),
            models.boundary("all", "sub", escalation(None)),
            models.boundary("one", "sub", escalation("x1")),
            models.user("after"),
            models.user("any"),
            models.user("exact"),
            models.path("start_1", "sub", "after"),
            models.path("all", "any"),
            models.path("one", "exact"),
            top=TOP,
        )
        return Case(process).where()

    assert caught("x1") == ["exact"]
    assert caught("x2") == ["any"]


def test_an_escalation_that_nobody_catches_is_no_fault() -> None:
    process = inline(
        "p",
        models.start(),
        throw("cry", escalation()),
        models.user("next"),
        models.end("last", extra=escalation()),
        models.path("start_1", "cry", "next", "last"),
        top=TOP,
    )
    case = Case(process)
    assert case.where() == ["next"]
    assert case.complete("next").instance_ended
    assert not case.report.failures


def test_an_escalation_leaves_a_called_process_for_the_call_activity() -> None:
    called = models.process(
        "called", models.start(), models.end("cry", extra=escalation()), models.path("start_1", "cry"), globals=TOP
    )
    caller = models.process(
        "caller",
        models.start(),
        '<bpmn:callActivity id="call" calledElement="called"/>',
        models.boundary("edge", "call", escalation()),
        models.user("after"),
        models.user("handle"),
        models.path("start_1", "call", "after"),
        models.path("edge", "handle"),
        globals=TOP,
    )
    processes = parser.parse({"a.bpmn": caller, "b.bpmn": called}).processes
    assert Case(processes["caller"]).where() == ["handle"]


def test_an_event_subprocess_catches_an_error_of_its_scope_before_the_boundary_outside() -> None:
    process = inline(
        "p",
        models.start(),
        inner(
            "sub",
            models.start("in"),
            models.gateway("fork", "parallel"),
            models.user("beside"),
            models.service("fail", "fail"),
            models.path("in", "fork", "fail"),
            models.path("fork", "beside"),
            event_subprocess("mend", '<bpmn:errorEventDefinition errorRef="e1"/>'),
        ),
        models.boundary("edge", "sub", "<bpmn:errorEventDefinition/>"),
        models.user("after"),
        models.user("handle"),
        models.path("start_1", "sub", "after"),
        models.path("edge", "handle"),
        top=TOP,
    )
    desk = Desk()
    thrown = iter(["E1", "E2"])

    def fail(_: object) -> None:
        raise errors.BpmnError(next(thrown))

    desk.handlers["fail"] = fail
    case = Case(process, desk=desk)
    assert case.where() == ["mend_task"]
    case.complete("mend_task")
    assert case.where() == ["after"]
    assert Case(process, desk=desk).where() == ["handle"]


def test_event_subprocesses_for_escalations_run_beside_their_scope_or_end_it() -> None:
    def process(interrupting: bool) -> Case:
        return Case(
            inline(
                "p",
                models.start(),
                throw("cry", escalation()),
                throw("again", escalation()),
                models.user("work"),
                event_subprocess("hear", escalation(), interrupting=interrupting),
                models.path("start_1", "cry", "again", "work"),
                top=TOP,
            )
        )

    assert process(interrupting=False).where() == ["hear_task", "hear_task", "work"]
    assert process(interrupting=True).where() == ["hear_task"]


def test_an_event_subprocess_does_not_catch_what_comes_out_of_itself() -> None:
    process = inline(
        "p",
        models.start(),
        models.user("work"),
        models.path("start_1", "work"),
        throw("cry", escalation()),
        models.path("work", "cry"),
        event_subprocess("hear", escalation(), interrupting=False, then=throw("hear_task", escalation())),
        top=TOP,
    )
    assert Case(process).complete("work").instance_ended


def test_a_condition_starts_an_event_subprocess_when_it_becomes_true() -> None:
    condition = (
        "<bpmn:conditionalEventDefinition><bpmn:condition>amount &gt; 5</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>"
    )
    interrupting = Case(
        inline(
            "p",
            models.start(),
            models.user("a"),
            models.user("b"),
            event_subprocess("much", condition),
            models.path("start_1", "a", "b"),
        )
    )
    interrupting.complete("a", amount=9)
    assert interrupting.where() == ["much_task"]
    beside = Case(
        inline(
            "p",
            models.start(),
            models.user("a"),
            models.user("b"),
            models.user("c"),
            event_subprocess("much", condition, interrupting=False),
            models.path("start_1", "a", "b", "c"),
        )
    )
    beside.complete("a", amount=9)
    assert beside.where() == ["b", "much", "much_task"]
    beside.complete("b", amount=10)
    assert beside.where() == ["c", "much", "much_task"], "it has stayed true"
    already = Case(
        inline("p", models.start(), models.user("a"), event_subprocess("much", condition), models.path("start_1", "a")),
        amount=7,
    )
    assert already.where() == ["much_task"]
    assert already.trace[0] != "start_1"


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ('<signalEventDefinition signalRef="none"/>', "missing_reference"),
        ("<signalEventDefinition/>", "missing_attribute"),
        ('<escalationEventDefinition escalationRef="none"/>', "missing_reference"),
        ("<escalationEventDefinition/>", "missing_attribute"),
    ],
)
def test_what_is_thrown_must_be_declared(definition: str, code: str) -> None:
    assert codes(wrapped(middle=f'<intermediateThrowEvent id="middle">{definition}</intermediateThrowEvent>')) == [
        (code, "middle")
    ]


def test_an_event_subprocess_for_errors_always_interrupts() -> None:
    body = (
        '<task id="middle"/><subProcess id="side" triggeredByEvent="true">'
        '<startEvent id="t" isInterrupting="false"><errorEventDefinition/></startEvent></subProcess>'
    )
    assert ("must_interrupt", "t") in codes(wrapped(middle=body))


@pytest.mark.parametrize(
    ("definition", "ends"), [('<bpmn:errorEventDefinition errorRef="e1"/>', ["cry", "work"]), (escalation(), ["work"])]
)
def test_an_event_at_another_activity_does_not_catch_what_is_thrown_beside_it(definition: str, ends: list[str]) -> None:
    process = inline(
        "p",
        models.start(),
        models.gateway("fork", "parallel"),
        models.user("work"),
        models.boundary("edge", "work", definition),
        models.user("handle"),
        models.end("cry", extra=definition),
        models.end(),
        models.path("start_1", "fork", "cry"),
        models.path("fork", "work", "end_1"),
        models.path("edge", "handle"),
        top=TOP,
    )
    case = Case(process)
    assert sorted(case.where()) == ends
    assert "edge" not in case.trace
