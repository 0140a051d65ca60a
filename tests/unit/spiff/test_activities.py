"""Multi-instance activities, call activities, failures and retries."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from engine import errors
from engine.spiff import runner
from tests.unit.spiff.driver import Case, Desk


def test_a_parallel_multi_instance_task_offers_every_item_and_collects_in_their_order() -> None:
    case = Case("multi_instance", codes=["a", "b", "c"], signers=[])
    waits = case.waits("ask")
    assert [wait.item for wait in waits] == ["a", "b", "c"]
    case.execution.complete(waits[2].token_id, {"answer": "third"})
    case.step()
    case.execution.complete(waits[0].token_id, {"answer": "first"})
    case.step()
    assert "answers" not in case.execution.variables()
    case.execution.complete(waits[1].token_id, {"answer": "second", "note": "private"})
    case.step()
    variables = case.execution.variables()
    assert variables["answers"] == ["first", "second", "third"]
    assert not {"note", "answer", "code", "loopCounter"} & set(variables)


def test_an_instance_sees_its_own_item_and_the_variables_around() -> None:
    case = Case("multi_instance", codes=["a", "b"], signers=[])
    seen = case.execution.task_variables(case.waits("ask")[1].token_id)
    assert (seen["code"], seen["loopCounter"], seen["case_id"]) == ("b", Decimal(2), "A-1")


def test_a_sequential_multi_instance_task_offers_one_item_after_another() -> None:
    case = Case("multi_instance", codes=[], signers=["x", "y"])
    assert [wait.item for wait in case.waits("sign")] == ["x"]
    case.complete("sign", ok=True)
    assert [wait.item for wait in case.waits("sign")] == ["y"]
    case.complete("sign", ok=False)
    assert case.execution.variables()["signed"] == [{"who": "x", "ok": True}, {"who": "y", "ok": False}]


def test_a_completion_condition_ends_the_activity_early() -> None:
    case = Case("multi_instance", codes=[], signers=[])
    assert len(case.waits("vote")) == 3
    case.complete("vote", 2, vote="yes")
    report = case.complete("vote", 0, vote="no")
    assert report.instance_ended
    assert len(report.ended_waits) == 2
    assert case.execution.variables()["votes"] == ["no", "yes"]


def test_an_empty_collection_passes_through() -> None:
    case = Case("multi_instance", codes=[], signers=[])
    assert case.execution.variables()["answers"] == []
    assert case.trace == ["begin", "ask", "sign"]


def test_a_missing_collection_is_an_incident_at_the_activity() -> None:
    case = Case("multi_instance")
    assert [(failure.element_id, failure.kind) for failure in case.report.failures] == [("ask", "expression")]


def test_a_call_activity_runs_another_process_of_the_bundle() -> None:
    case = Case("call_activity", due=["R1", "R2"])
    assert case.where() == ["record", "record", "slow", "vet"]
    record = case.waits("record")[0]
    assert (record.process_key, record.path, record.item) == ("inquiries", ("inquire",), "R1")
    case.complete("record", answer="CLEAN")
    case.complete("record", answer="CLEAN")
    assert case.where() == ["vet"]
    assert case.execution.variables()["answers"] == ["CLEAN", "CLEAN"]
    case.complete("vet")
    report = case.complete("after")
    assert report.instance_ended and report.outcome == "DONE"


def test_completions_inside_a_call_name_their_process() -> None:
    case = Case("call_activity", due=[])
    inside = {done.element_id: done.facts.get("process") for done in case.report.completed}
    assert inside["begin"] is None
    assert inside["open"] == "inquiries"


def test_a_called_process_does_not_overwrite_what_changed_outside_meanwhile() -> None:
    case = Case("call_activity", due=["R1"], verdict="old")
    case.complete("vet", verdict="new")
    assert case.execution.task_variables(case.one("record").token_id)["verdict"] == "old"
    case.complete("record", answer="CLEAN")
    assert case.execution.variables()["verdict"] == "new"


def test_an_error_end_event_reaches_the_boundary_of_the_call() -> None:
    case = Case("call_activity", due=["R1"])
    case.complete("record", answer="BAD")
    assert case.where() == ["vet"]
    assert "failed" in case.trace and "refused" in case.trace and "inquire" not in case.trace
    report = case.complete("vet")
    assert not report.instance_ended
    assert case.where() == []


def test_a_timer_interrupts_a_call_activity() -> None:
    case = Case("call_activity", due=["R1", "R2"])
    report = case.fire("slow")
    assert case.where() == ["vet"]
    assert len(report.ended_waits) == 3


class Faulty(Desk):
    """Handlers that fail until told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = True
        self.error: Exception = errors.HandlerFailed("the register is down", hint="wait")
        self.handlers["calls.first"] = lambda _: {"first": "done"}
        self.handlers["calls.second"] = self.second

    def second(self, call: runner.HandlerCall) -> Mapping[str, object]:
        if self.broken:
            raise self.error
        return {"ready": True, "not_ready": False, "due_in": "P3D"}


def test_a_failing_handler_leaves_its_token_there_and_undoes_its_effects() -> None:
    case = Case("failing", desk=Faulty())
    report = case.complete("enter", typed="text")
    assert [done.element_id for done in report.completed] == ["enter", "first_call"]
    assert case.desk.effects == ["calls.first"]
    failure = report.failures[0]
    assert (failure.element_id, failure.kind, failure.message, failure.hint) == (
        "call", "handler", "the register is down", "wait")
    wait = case.one("call")
    assert (wait.kind, wait.token_id, wait.failure) == ("incident", failure.token_id, failure)
    assert case.execution.variables()["typed"] == "text"


def test_a_retry_runs_the_failed_element_only() -> None:
    desk = Faulty()
    case = Case("failing", desk=desk)
    case.complete("enter")
    again = case.retry("call")
    assert [failure.token_id for failure in again.failures] == [case.one("call").token_id]
    desk.broken = False
    report = case.retry("call")
    assert desk.effects.count("calls.first") == 1
    assert case.where() == ["good"]
    assert [wait.element_id for wait in report.started] == ["good"]
    assert len(report.ended_waits) == 1


def test_a_user_task_that_cannot_be_entered_becomes_one_after_the_retry() -> None:
    desk = Faulty()
    desk.handlers["calls.second"] = lambda _: {"ready": True, "not_ready": False, "due_in": 3}
    case = Case("failing", desk=desk)
    case.complete("enter")
    incident = case.one("good")
    assert incident.kind == "incident"
    case.execution.instance.data["due_in"] = "P3D"
    report = case.retry("good")
    assert [(wait.token_id, wait.kind) for wait in report.started] == [(incident.token_id, "user_task")]
    assert report.ended_waits == [incident.token_id]


def test_a_failing_element_writes_no_variable() -> None:
    desk = Faulty()
    desk.handlers["calls.second"] = lambda _: {"ready": 1, "not_ready": object()}
    case = Case("failing", desk=desk)
    report = case.complete("enter")
    assert "not_ready" in report.failures[0].message
    assert "ready" not in case.execution.variables()


def test_a_bpmn_error_of_a_handler_reaches_its_boundary_event() -> None:
    desk = Faulty()
    desk.error = errors.BpmnError("REFUSED")
    case = Case("failing", desk=desk)
    report = case.complete("enter")
    assert report.instance_ended and report.outcome == "REFUSED"
    assert desk.effects == ["calls.first"]


def test_a_bpmn_error_nobody_catches_is_an_incident() -> None:
    desk = Faulty()
    desk.error = errors.BpmnError("OTHER")
    case = Case("failing", desk=desk)
    assert "OTHER" in case.complete("enter").failures[0].message


def test_an_error_of_the_code_itself_passes_through() -> None:
    desk = Faulty()
    desk.error = ZeroDivisionError()
    case = Case("failing", desk=desk)
    with pytest.raises(ZeroDivisionError):
        case.complete("enter")


def test_an_incident_can_be_interrupted_like_any_wait() -> None:
    case = Case("failing", desk=Faulty())
    case.complete("enter")
    token = case.one("call").token_id
    case.execution.cancel()
    assert token in case.step().ended_waits


def test_a_value_without_a_feel_type_is_refused_with_its_name() -> None:
    case = Case("failing", desk=Faulty())
    with pytest.raises(errors.Invalid) as caught:
        case.execution.complete(case.one("enter").token_id, {"good": 1, "bad": object()})
    assert [problem.where for problem in caught.value.problems] == ["enter.bad"]
    assert case.where() == ["enter"]
