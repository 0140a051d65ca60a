"""A dry run moves the engine's own tokens by events and a virtual clock, and tells what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine import errors, simulation
from engine.spiff import parser
from tests.engine import models

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
REMINDED = models.process(
    "reminded", models.start(), models.user("answer"),
    models.boundary("remind", "answer", models.timer("R/P2D", "timeCycle"), interrupting=False), models.end("told"),
    models.boundary("late", "answer", models.timer("P5D")), models.end("lapsed", 'parvaneh:outcome="LAPSED"'),
    models.end(), models.path("start_1", "answer", "end_1"), models.path("remind", "told"),
    models.path("late", "lapsed"))
PAID = models.process(
    "paid", models.start(), models.catch("payment", models.message_event("paid")), models.end(),
    models.path("start_1", "payment", "end_1"), globals=models.message("paid"))
BEGUN = models.process(
    "begun", models.start("asked", models.message_event("ask")), models.user("look"), models.end(),
    models.path("asked", "look", "end_1"), globals=models.message("ask"))
CHARGED = models.process(
    "charged", models.start(), models.service("charge", "pay"), models.user("receipt"), models.end(),
    models.boundary("declined", "charge", '<bpmn:errorEventDefinition errorRef="no_funds"/>'), models.end("unpaid"),
    models.path("start_1", "charge", "receipt", "end_1"), models.path("declined", "unpaid"),
    globals='<bpmn:error id="no_funds" errorCode="NO_FUNDS"/>')


def played(diagram: bytes, *events: Any, **options: Any) -> simulation.Outcome:
    return simulation.simulate({"diagram.bpmn": diagram}, events=events, at=NOON, **options)


def refusal(diagram: bytes, *events: Any, **options: Any) -> simulation.BadEvent:
    with pytest.raises(simulation.BadEvent) as caught:
        played(diagram, *events, **options)
    return caught.value


def test_without_events_it_says_what_it_waits_for() -> None:
    run = played(models.TWO_TASKS)
    assert (run.process, run.state, run.trace, run.waiting) == ("two_tasks", "waiting", ["start_1"], ["first"])
    assert [(wait.element, wait.kind, wait.event) for wait in run.waits] == [
        ("first", "user_task", {"complete": "first"})]


def test_the_events_it_tells_of_lead_to_its_end() -> None:
    events: list[Any] = []
    while (run := played(CHARGED, *events)).waits:
        events.append(run.waits[0].event)
    assert events == [{"complete": "charge"}, {"complete": "receipt"}]
    assert (run.state, run.trace) == ("completed", ["start_1", "charge", "receipt", "end_1"])


def test_completing_brings_variables_and_the_outcome_is_told() -> None:
    run = played(models.TWO_TASKS, {"complete": "first", "variables": {"area": 60}}, {"complete": "second"},
                 variables={"number": "7"})
    assert (run.state, run.outcome, run.waiting) == ("completed", "ISSUED", [])
    assert {name: str(value) for name, value in run.variables.items()} == {"number": "7", "area": "60"}


def test_a_service_task_gets_its_result_or_its_error_by_completion() -> None:
    waits = played(CHARGED)
    assert (waits.state, waits.waiting, waits.incidents) == ("waiting", ["charge"], [])
    paid = played(CHARGED, {"complete": "charge", "variables": {"receipt_number": "12"}})
    assert (paid.waiting, paid.variables) == (["receipt"], {"receipt_number": "12"})
    declined = played(CHARGED, {"complete": "charge", "error": "NO_FUNDS"})
    assert (declined.state, declined.trace) == ("completed", ["start_1", "declined", "unpaid"])


def test_an_error_that_nobody_catches_is_an_incident_and_can_be_retried() -> None:
    run = played(CHARGED, {"complete": "charge", "error": "OTHER"})
    assert (run.state, [each.element for each in run.incidents], run.waiting) == ("incident", ["charge"], [])
    again = played(CHARGED, {"complete": "charge", "error": "OTHER"}, {"retry": "charge"})
    assert (again.state, again.waiting) == ("waiting", ["charge"])


def test_handlers_of_a_scenario_answer() -> None:
    run = played(CHARGED, answers={"pay": lambda call: {"charged": call.element_id}})
    assert (run.waiting, run.variables) == (["receipt"], {"charged": "charge"})


def test_time_fires_timers_in_order_each_at_its_moment() -> None:
    run = played(REMINDED, {"advance": "P7D"})
    assert (run.state, run.outcome, run.at) == ("completed", "LAPSED", datetime(2026, 11, 8, 12, tzinfo=UTC))
    assert run.trace == ["start_1", "remind", "told", "remind", "told", "late", "lapsed"]
    assert played(REMINDED, {"advance": "PT1H"}).trace == ["start_1"]


def test_events_beside_a_task_are_told_and_not_waited_at() -> None:
    run = played(REMINDED)
    assert run.waiting == ["answer"]
    assert {wait.element: (wait.attached_to, wait.event) for wait in run.waits if wait.kind == "timer"} == {
        "remind": ("answer", {"advance": "PT172800S"}), "late": ("answer", {"advance": "PT432000S"})}


def test_a_message_comes_by_name_and_key() -> None:
    message = {"message": "paid", "correlation": 7, "variables": {"amount": 5}}
    assert played(PAID, message, variables={"number": "7"}).state == "completed"
    assert played(PAID, {"message": "paid"}, variables={"number": "7"}).state == "completed"
    assert "no wait for the message paid has the correlation 7; they have: 8" in refusal(
        PAID, message, variables={"number": "8"}).message()


def test_a_process_that_a_message_starts_waits_for_it() -> None:
    run = played(BEGUN)
    assert (run.state, run.trace, run.waiting) == ("waiting", [], ["asked"])
    begun = played(BEGUN, {"message": "ask", "variables": {"what": "fee"}}, variables={"who": "I"})
    assert (begun.waiting, begun.variables) == (["look"], {"who": "I", "what": "fee"})


def test_decisions_among_the_files_are_asked() -> None:
    rated = models.process("rated", models.start(), models.business_rule("rate", "grade", "grade"), models.end(),
                           models.path("start_1", "rate", "end_1"))
    files = {"rated.bpmn": rated, "grade.dmn": models.DMN.encode()}
    assert simulation.simulate(files, variables={"area": 12}).variables["grade"] == "SMALL"
    with pytest.raises(errors.Invalid, match="grade"):
        simulation.simulate({"rated.bpmn": rated})


def test_a_join_that_waits_for_ever_is_where_the_run_stands() -> None:
    stuck = models.process(
        "stuck", models.start(), models.gateway("choose"), models.gateway("join", "parallel"), models.end(),
        models.path("start_1", "choose"), models.flow("choose", "join", "true"), models.flow("choose", "join", "false")
        .replace("choose__join", "other"), models.path("join", "end_1"))
    run = played(stuck)
    assert (run.state, run.waiting, run.waits) == ("waiting", ["join"], [])


def test_a_loop_that_never_waits_ends_at_the_budget() -> None:
    loop = models.process(
        "loop", models.start(), models.gateway("again"), '<bpmn:task id="step"/>', models.end(),
        models.path("start_1", "again"), models.flow("again", "step", "true"), models.flow("again", "end_1", "false"),
        models.flow("step", "again"))
    run = played(loop, budget=100)
    assert (run.state, [each.kind for each in run.incidents]) == ("incident", ["budget"])
    assert len(run.trace) == 100


def test_a_timer_that_fires_without_end_ends_at_the_budget() -> None:
    assert len(played(REMINDED.replace(b"P5D", b"P9999D"), {"advance": "P9000D"}, budget=300).trace) <= 310


def test_of_several_processes_the_first_that_begins_by_itself_is_run() -> None:
    called = models.process("called", models.start("s2"), models.end("e2"), models.path("s2", "e2"))
    caller = models.process("caller", models.start(), '<bpmn:callActivity id="call" calledElement="called"/>',
                            models.end(), models.path("start_1", "call", "end_1"))
    files = {"a.bpmn": called, "b.bpmn": caller}
    assert simulation.simulate(files).process == "caller"
    assert simulation.simulate(files).trace == ["start_1", "s2", "e2", "call", "end_1"]
    assert simulation.simulate(files, process="called").trace == ["s2", "e2"]
    with pytest.raises(errors.NotFound):
        simulation.simulate(files, process="nobody")


@pytest.mark.parametrize(("event", "said"), [
    ({"complete": "nobody"}, "there is no element nobody"),
    ({"complete": "second"}, "no task waits at second; complete is possible for: first"),
    ({"message": "paid"}, "nothing waits for the message paid"),
    ({"advance": "3 days"}, "is no ISO 8601 duration"),
    ({"advance": "-P1D"}, "a clock does not run backwards"),
    ({"advance": "P99999Y"}, "beyond the calendar"),
    ({"anchor": "notice"}, "no timer is anchored at notice"),
    ({"retry": "first"}, "no incident stands at first"),
    ({"complete": 7}, "complete names nothing"),
    ({"complete": "first", "message": "x"}, "exactly one of"),
    ({"finish": "first"}, "exactly one of"),
    ({"complete": "first", "key": "x"}, "complete takes no key"),
    ({"complete": "first", "variables": []}, "variables are an object"),
    ({"complete": "first", "error": 5}, "error is the code"),
    ("first", "it is no object"),
])
def test_an_event_that_cannot_be_applied_is_told_with_its_index(event: Any, said: str) -> None:
    error = refusal(models.TWO_TASKS, {"advance": "P1D"}, event)
    assert error.message().startswith("events[1]: ")
    assert said in error.message()
    assert error.message("fa").startswith("events[1]: ")
    assert error.message("fa") != error.message()


def test_nothing_is_applied_when_an_event_is_malformed() -> None:
    assert refusal(models.TWO_TASKS, {"complete": "nobody"}, {"finish": "first"}).facts["index"] == 1


def test_the_faults_of_a_diagram_are_all_told() -> None:
    with pytest.raises(errors.Invalid) as caught:
        played(models.process("wrong", models.start(), '<bpmn:scriptTask id="a"/>', '<bpmn:scriptTask id="b"/>',
                              models.end(), models.path("start_1", "a", "b", "end_1")))
    assert {problem.where for problem in caught.value.problems} >= {"a", "b"}


STRIKE = '<bpmn:signal id="s_strike" name="strike"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="s_strike"/>'


def test_a_signal_reaches_whoever_waits_for_it() -> None:
    waits = models.process("waits", models.start(), models.catch("later", SIGNAL), models.end(),
                           models.path("start_1", "later", "end_1"), globals=STRIKE)
    assert played(waits).waits[0].event == {"signal": "strike"}
    assert played(waits, {"signal": "strike"}).state == "completed"
    assert "nothing waits for the signal peace; signal is possible for: strike" in refusal(
        waits, {"signal": "peace"}).message()


def test_a_signal_that_one_process_throws_starts_another_of_the_file() -> None:
    throws = models.process("throws", models.start(), models.user("call"), models.end("called", extra=SIGNAL),
                            models.path("start_1", "call", "called"), globals=STRIKE)
    hears = models.process("hears", models.start("heard", SIGNAL), models.user("act"), models.end("acted"),
                           models.path("heard", "act", "acted"), globals=STRIKE)
    files = {"a.bpmn": throws, "b.bpmn": hears}
    run = simulation.simulate(files, events=[{"complete": "call"}])
    assert (run.process, run.state, run.waiting) == ("throws", "waiting", ["act"])
    assert run.trace == ["start_1", "call", "called", "heard"]
    assert simulation.simulate(files, events=[{"complete": "call"}, {"complete": "act"}]).state == "completed"
    assert simulation.simulate(files, process="hears").waits[0].event == {"signal": "strike"}


@pytest.mark.parametrize(("definition", "top", "event"), [
    (SIGNAL, STRIKE, {"signal": "strike"}),
    (models.message_event("more"), models.message("more"), {"message": "more"})])
def test_processes_that_begin_each_other_for_ever_end_at_the_budget(
        definition: str, top: str, event: dict[str, Any]) -> None:
    endless = models.process("endless", models.start("heard", definition), models.end("again", extra=definition),
                             models.path("heard", "again"), globals=top)
    run = played(endless, event)
    assert (run.state, run.incidents[0].kind) == ("incident", "budget")
    assert run.trace[:4] == ["heard", "again", "heard", "again"]


def test_only_those_who_waited_when_it_was_thrown_hear_a_signal() -> None:
    top = STRIKE + '<bpmn:signal id="s_go" name="go"/>'
    throws = models.process(
        "throws", models.start(), '<bpmn:intermediateThrowEvent id="first"><bpmn:signalEventDefinition '
        'signalRef="s_go"/></bpmn:intermediateThrowEvent>', models.end("second", extra=SIGNAL),
        models.path("start_1", "first", "second"), globals=top)
    late = models.process(
        "late", models.start("asked", '<bpmn:signalEventDefinition signalRef="s_go"/>'), models.catch("wait", SIGNAL),
        models.end("heard"), models.path("asked", "wait", "heard"), globals=top)
    run = simulation.simulate({"a.bpmn": throws, "b.bpmn": late})
    assert (run.trace, run.waiting) == (["start_1", "first", "second", "asked"], ["wait"])


def asks(key: str) -> dict[str, bytes]:
    """Two pools: one asks and waits for the answer, the other is begun by the question."""
    both = models.message("ask", key) + models.message("answer", key)
    asking = models.process(
        "asking", models.start(), '<bpmn:intermediateThrowEvent id="question">' + models.message_event("ask")
        + "</bpmn:intermediateThrowEvent>", models.user("meanwhile"),
        models.catch("reply", models.message_event("answer")), models.end(),
        models.path("start_1", "question", "meanwhile", "reply", "end_1"), globals=both)
    telling = models.process(
        "telling", models.start("asked", models.message_event("ask")), models.end("told", extra=models.message_event(
            "answer")), models.path("asked", "told"), globals=both)
    return {"a.bpmn": asking, "b.bpmn": telling}


def test_messages_pass_between_the_processes_and_wait_for_who_will_want_them() -> None:
    run = simulation.simulate(asks("1"))
    assert (run.state, run.trace, run.waiting) == ("waiting", ["start_1", "question", "asked", "told"], ["meanwhile"])
    done = simulation.simulate(asks("1"), events=[{"complete": "meanwhile"}])
    assert (done.state, done.trace[-2:]) == ("completed", ["reply", "end_1"])


@pytest.mark.parametrize("tag", ["performer", "humanPerformer", "potentialOwner", "resourceRole"])
def test_who_performs_a_task_changes_nothing_where_nobody_is_asked(tag: str) -> None:
    owned = models.process("owned", models.start(), f'<bpmn:userTask id="check"><bpmn:{tag} id="who"/></bpmn:userTask>',
                           models.path("start_1", "check"))
    assert played(owned, {"complete": "check"}).state == "completed"
    with pytest.raises(errors.Invalid) as refused:
        parser.parse({"diagram.bpmn": owned})
    assert ("who", "unsupported_element") in {(found.where, found.code) for found in refused.value.problems}


def test_what_only_an_installation_has_need_not_be_drawn() -> None:
    """No role, no handler, no correlation key: a deployment refuses them, all at once; a dry run goes on."""
    bare = models.process(
        "bare", models.start(), '<bpmn:userTask id="check"/>', '<bpmn:serviceTask id="charge"/>',
        models.catch("paid", models.message_event("Paid")), models.end(),
        models.path("start_1", "check", "charge", "paid", "end_1"), globals='<bpmn:message id="m_Paid" name="Paid"/>')
    with pytest.raises(errors.Invalid) as refused:
        parser.parse({"diagram.bpmn": bare})
    assert {(problem.where, problem.code) for problem in refused.value.problems if problem.severity == "error"} == {
        ("charge", "missing_attribute"), ("check", "no_role"), ("paid", "missing_attribute")}
    assert played(bare).waiting == ["check"]
    steps = [{"complete": "check", "variables": {"ok": True}}, {"complete": "charge", "variables": {"number": 7}}]
    assert played(bare, steps[0]).waits[0].kind == "service_task"
    for correlation in ({}, {"correlation": "A-1"}):
        done = played(bare, *steps, {"message": "Paid", **correlation})
        assert (done.state, done.variables, done.trace) == (
            "completed", {"ok": True, "number": 7}, ["start_1", "check", "charge", "paid", "end_1"])
