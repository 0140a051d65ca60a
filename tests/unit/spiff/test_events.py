"""Messages, timers, boundary events, event-based gateways, event subprocesses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import errors
from tests.unit.spiff.driver import NOON, Case, Desk, model


def desk() -> Desk:
    found = Desk()
    found.handlers["notes.write"] = lambda _: {}
    return found


def test_the_first_event_after_an_event_based_gateway_wins() -> None:
    case = Case("event_gateway")
    assert case.where() == ["issued", "returned", "silence"]
    report = case.deliver("issued", number="77")
    assert report.instance_ended and report.outcome == "ISSUED"
    assert len(report.ended_waits) == 3
    assert case.execution.variables()["number"] == "77"


def test_an_event_based_gateway_can_be_reached_again_in_a_loop() -> None:
    case = Case("event_gateway")
    for _ in range(3):
        case.deliver("returned", reason="x")
        assert case.where() == ["handle"]
        case.complete("handle")
        case.fire("silence")
        case.complete("escalate")
    assert case.where() == ["issued", "returned", "silence"]
    assert case.deliver("issued").instance_ended


def test_the_stage_of_an_event_based_gateway_is_entered_once_each_time() -> None:
    case = Case("event_gateway")
    assert [wait.stage for wait in case.report.started] == ["AT_ISSUER", None, None]


def test_a_message_wait_carries_its_name_and_its_evaluated_key() -> None:
    wait = Case("event_gateway").one("issued")
    assert (wait.kind, wait.message_name, wait.correlation_key, wait.subscription_scope) == (
        "message", "issued", "A-1", "event_gateway")


def test_a_null_correlation_key_is_an_incident_that_a_retry_can_mend() -> None:
    case = Case("event_gateway", case_id=None)
    assert {failure.kind for failure in case.report.failures} == {"correlation"}
    assert case.one("issued").kind == "incident"
    assert case.one("silence").kind == "timer"


def test_a_timer_wait_carries_its_moment_and_its_expression() -> None:
    wait = Case("event_gateway").one("silence")
    assert (wait.due_at, wait.timer_expression, wait.anchored_at) == (NOON + timedelta(days=15), "P15D", NOON)


def test_an_event_cannot_be_fired_as_another_kind_or_twice() -> None:
    case = Case("event_gateway")
    token = case.one("silence").token_id
    with pytest.raises(errors.NotFound):
        case.execution.deliver(token, {})
    with pytest.raises(errors.NotFound):
        case.execution.complete("no token at all", {})
    case.fire("silence")
    with pytest.raises(errors.NotFound):
        case.execution.fire_timer(token)


def test_an_interrupting_timer_cancels_the_user_task_it_is_attached_to() -> None:
    case = Case("boundary", desk=desk())
    task = case.one("work")
    report = case.fire("deadline")
    assert report.instance_ended and report.outcome == "LAPSED"
    assert task.token_id in report.ended_waits
    assert len(report.ended_waits) == 4


def test_completing_the_task_cancels_its_boundary_events() -> None:
    case = Case("boundary", desk=desk())
    assert case.where() == ["deadline", "nudged", "reminder", "work"]
    report = case.complete("work")
    assert case.where() == ["after"]
    assert len(report.ended_waits) == 4


def test_boundary_events_name_the_token_they_are_attached_to() -> None:
    case = Case("boundary", desk=desk())
    assert {wait.parent_token for wait in case.waits()} == {None, case.one("work").token_id}


def test_a_non_interrupting_cycle_fires_as_often_as_it_says() -> None:
    case = Case("boundary", desk=desk())
    first = case.one("reminder")
    assert first.due_at == NOON + timedelta(days=1)
    case.advance(days=1, hours=3)
    case.fire("reminder")
    second = case.one("reminder")
    assert second.token_id != first.token_id
    assert second.due_at == NOON + timedelta(days=2)
    case.fire("reminder")
    assert case.where() == ["deadline", "nudged", "work"]
    assert case.desk.effects == ["notes.write", "notes.write"]


def test_what_a_non_interrupting_event_started_outlives_the_activity() -> None:
    case = Case("boundary", desk=desk())
    case.deliver("nudged", text="one")
    case.deliver("nudged", text="two")
    assert len(case.waits("answer")) == 2
    case.fire("deadline")
    assert case.where() == ["answer", "answer"]
    case.complete("answer")
    report = case.complete("answer")
    assert report.instance_ended and report.outcome == "LAPSED"


def test_a_branch_that_ends_later_without_an_outcome_does_not_hide_the_outcome() -> None:
    case = Case("boundary", desk=desk())
    case.deliver("nudged")
    case.fire("deadline")
    report = case.complete("answer")
    assert (report.outcome, report.end_element_id) == ("LAPSED", "lapsed")


def test_a_timer_with_a_named_anchor_is_due_when_the_anchor_is_known() -> None:
    case = Case("boundary", desk=desk())
    wait = case.one("deadline")
    assert (wait.due_at, wait.anchor_name, wait.anchored_at) == (None, "notice", None)
    delivered = NOON + timedelta(days=3)
    changed = case.execution.anchor_timers("notice", delivered)
    case.step()
    assert [(wait.element_id, wait.due_at) for wait in changed] == [("deadline", NOON + timedelta(days=13))]
    assert case.one("deadline").anchored_at == delivered
    assert case.execution.anchor_timers("another", NOON) == []


def test_an_instance_can_be_started_by_a_message_and_wait_for_another_at_a_receive_task() -> None:
    assert model("messages").processes["messages"].start_messages == ["open case"]
    case = Case("messages", message="open case")
    assert case.trace == ["by_message", "merge"]
    assert case.one("hear").stage == "LISTENING"
    case.deliver("hear", word="yes")
    assert case.one("until").due_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert case.fire("until").instance_ended


def test_an_unknown_start_message_is_refused() -> None:
    with pytest.raises(errors.NotFound):
        Case("messages", message="no such message")


def test_an_interrupting_event_subprocess_cancels_the_rest_and_ends_the_instance() -> None:
    case = Case("event_subprocess", desk=desk())
    assert case.where() == ["one", "questions", "two", "watch", "withdrawal"]
    case.complete("one")
    case.deliver("withdrawal", reason="moved")
    assert case.where() == ["confirm"]
    assert case.one("confirm").path == ("withdrawal",)
    report = case.complete("confirm")
    assert report.instance_ended and report.outcome == "WITHDRAWN" and report.end_element_id == "gone"
    assert case.execution.variables()["reason"] == "moved"


def test_a_non_interrupting_event_subprocess_runs_beside_and_can_run_again() -> None:
    case = Case("event_subprocess", desk=desk())
    case.deliver("questions", text="when?")
    case.deliver("questions", text="where?")
    assert len(case.waits("reply")) == 2
    case.complete("one")
    case.complete("two")
    assert not case.execution.ended
    assert case.where() == ["reply", "reply"]
    case.complete("reply")
    report = case.complete("reply")
    assert report.instance_ended and report.outcome == "DONE"


def test_no_event_subprocess_begins_while_its_scope_is_completing() -> None:
    """What runs may end; what only listens hears nothing any more (BPMN 2.0.2 §13.5.4)."""
    case = Case("event_subprocess", desk=desk())
    case.deliver("questions", text="when?")
    case.complete("one")
    assert case.where() == ["questions", "reply", "two", "watch", "withdrawal"]
    report = case.complete("two")
    assert len(report.ended_waits) == 4 and not report.instance_ended
    assert case.where() == ["reply"]
    assert case.complete("reply").instance_ended


def test_event_subprocesses_that_only_listen_do_not_keep_an_instance_alive() -> None:
    case = Case("event_subprocess", desk=desk())
    case.complete("one")
    assert case.complete("two").instance_ended


def test_a_timer_event_subprocess_repeats() -> None:
    case = Case("event_subprocess", desk=desk())
    case.fire("watch")
    assert case.one("watch").due_at == NOON + timedelta(days=60)
    case.fire("watch")
    assert case.desk.effects == ["notes.write"] * 2
    assert case.one("watch").due_at == NOON + timedelta(days=90)


def test_a_message_boundary_event_interrupts_a_subprocess_with_all_inside() -> None:
    case = Case("subprocess")
    case.complete("before")
    assert case.where() == ["in_one", "in_two", "stopped"]
    report = case.deliver("stopped")
    assert report.instance_ended and report.outcome == "HALTED"
    assert case.execution.instance.subprocesses == {}


def test_cancelling_ends_everything_and_reports_it() -> None:
    case = Case("event_subprocess", desk=desk())
    case.deliver("questions")
    case.execution.cancel()
    report = case.step()
    assert report.instance_ended and report.outcome is None
    assert len(report.ended_waits) == 6
    assert case.waits() == []


def test_the_report_of_a_wait_comes_once() -> None:
    case = Case("boundary", desk=desk())
    assert len(case.report.started) == 4
    again = case.step()
    assert [*again.started, *again.ended_waits, *again.completed, *again.failures] == []


def test_an_end_that_is_refused_is_an_incident_there_and_a_retry_ends() -> None:
    desk = Desk()
    desk.refused_outcomes = {"ISSUED"}
    case = Case("event_gateway", desk=desk)
    report = case.deliver("issued", number="77")
    assert [(failure.element_id, failure.kind) for failure in report.failures] == [("done", "handler")]
    assert not report.instance_ended
    desk.refused_outcomes = set()
    assert case.retry("done").outcome == "ISSUED"


def test_variables_are_corrected_only_at_an_incident_and_the_old_ones_are_told() -> None:
    desk = Desk()
    desk.refused_outcomes = {"ISSUED"}
    case = Case("event_gateway", desk=desk)
    with pytest.raises(errors.NotFound):
        case.execution.correct(case.one("issued").token_id, {"number": "78"})
    case.deliver("issued", number="77")
    assert case.execution.correct(case.one("done").token_id, {"number": "78", "more": True}) == {"number": "77"}
    assert case.execution.variables()["number"] == "78"
