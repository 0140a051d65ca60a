"""A process of the shape the product lives from: loops, parallel vetting, inquiries, withdrawal at any time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine import dmn
from tests.unit.spiff.driver import NOON, Case, Desk, answer


class Office(Desk):
    """What the handlers and decisions of licensing do, as far as the flow can see it."""

    def __init__(self) -> None:
        super().__init__()
        quiet = ("applications.request_correction", "notifications.remind", "notifications.escalate",
                 "applications.refuse", "issuer.hand_over", "licences.register", "applications.record_withdrawal")
        self.handlers = {name: lambda _: None for name in quiet}
        self.handlers["applications.open_inquiries"] = lambda _: {"inquiries_due": ["POLICE", "TAX", "COURT"]}
        self.handlers["applications.stale_inquiries"] = lambda call: {
            "inquiries_due": [row["code"] for row in call.variables["answers"] if row["answer"] == "PENDING"]}
        self.decisions["eligibility"] = lambda _: answer([])
        self.decisions["inquiry-outcome"] = self.outcome

    @staticmethod
    def outcome(variables: Mapping[str, Any]) -> dmn.Result:
        given = [row["answer"] for row in variables["answers"]]
        for found, outcome in (("NOT_CLEAN", "REJECT"), ("PENDING", "REPEAT")):
            if found in given:
                return answer(outcome)
        return answer("PASS")


@pytest.fixture
def case() -> Case:
    return Case("office", "office_inquiries", desk=Office(), application_id="WAZ-1", deferrals=0, fit_out_days=90)


def to_vetting(case: Case) -> None:
    case.complete("check_documents", complete=True)
    case.complete("first_visit")
    case.complete("working_group_decision", decision="AGREE")


def to_issuer(case: Case) -> None:
    to_vetting(case)
    case.complete("vetting", vetting_result="CLEAN")
    for _ in range(3):
        case.complete("record_inquiry", answer="CLEAN")
    case.complete("report_ready")
    case.complete("final_visit", result="READY")
    case.complete("settle_fee")
    case.complete("manager_signature", decision="SIGN")


def test_an_application_becomes_a_licence(case: Case) -> None:
    to_issuer(case)
    assert case.where() == ["issuer_issued", "issuer_returned", "issuer_silent", "withdrawal"]
    assert [wait.stage for wait in case.report.started] == ["AT_ISSUER", None, None]
    report = case.deliver("issuer_issued", issuer_number="88")
    assert (report.instance_ended, report.outcome, report.end_element_id) == (True, "ISSUED", "issued")
    assert case.execution.variables()["issuer_number"] == "88"


def test_roles_come_from_lanes(case: Case) -> None:
    assert case.one("check_documents").role == "CLERK"
    to_vetting(case)
    assert {wait.role for wait in case.waits("record_inquiry")} == {"CLERK"}
    assert case.process.separations == [frozenset({"inspection", "decision"})]


def test_the_applicant_withdraws_while_vetting_and_inquiries_run(case: Case) -> None:
    to_vetting(case)
    case.complete("record_inquiry", 1, answer="CLEAN")
    assert case.where() == ["record_inquiry", "record_inquiry", "vetting", "vetting_late", "withdrawal"]
    report = case.deliver("withdrawal", reason="moved")
    assert (report.instance_ended, report.outcome, report.end_element_id) == (True, "WITHDRAWN", "withdrawn_end")
    assert len(report.ended_waits) == 5
    assert case.desk.effects[-1] == "applications.record_withdrawal"


@pytest.mark.parametrize("steps", range(4))
def test_the_applicant_withdraws_from_anywhere(case: Case, steps: int) -> None:
    moves = [lambda: case.complete("check_documents", complete=False), lambda: case.complete("correct_application"),
             lambda: case.complete("check_documents", complete=True)]
    for move in moves[:steps]:
        move()
    assert case.deliver("withdrawal").outcome == "WITHDRAWN"


def test_documents_can_be_corrected_twice(case: Case) -> None:
    for _ in range(2):
        case.complete("check_documents", complete=False)
        assert case.one("window_over").due_at is None
        case.execution.anchor_timers("notice_delivered", NOON)
        case.step()
        assert case.one("window_over").due_at == NOON + timedelta(days=10)
        case.fire("remind_after")
        case.complete("correct_application")
    assert case.where() == ["check_documents", "withdrawal"]
    assert case.desk.effects.count("notifications.remind") == 2


def test_an_unanswered_correction_lapses(case: Case) -> None:
    case.complete("check_documents", complete=False)
    case.execution.anchor_timers("notice_delivered", NOON)
    assert case.fire("window_over").outcome == "LAPSED"


def test_the_working_group_defers_and_decides_again(case: Case) -> None:
    case.complete("check_documents", complete=True)
    case.complete("first_visit")
    for _ in range(2):
        case.complete("working_group_decision", decision="DEFER")
    assert case.execution.variables()["deferrals"] == Decimal(2)
    report = case.complete("working_group_decision", decision="REJECT")
    assert report.outcome == "REJECTED"


def test_pending_inquiries_are_asked_again(case: Case) -> None:
    to_vetting(case)
    case.complete("record_inquiry", answer="CLEAN")
    case.complete("record_inquiry", answer="PENDING")
    case.complete("record_inquiry", answer="CLEAN")
    assert [wait.item for wait in case.waits("record_inquiry")] == ["TAX"]
    case.complete("record_inquiry", answer="CLEAN")
    case.complete("vetting", vetting_result="CLEAN")
    assert case.where() == ["fit_out_over", "report_ready", "withdrawal"]


def test_a_late_vetting_is_escalated_and_goes_on(case: Case) -> None:
    to_vetting(case)
    case.fire("vetting_late")
    assert case.desk.effects[-1] == "notifications.escalate"
    assert "vetting" in case.where()


def test_a_second_round_of_vetting_is_not_overwritten_by_the_first(case: Case) -> None:
    to_issuer(case)
    case.deliver("issuer_returned", return_reason="photo")
    case.complete("handle_return", decision="ASK_APPLICANT")
    case.complete("correct_application")
    to_vetting(case)
    case.complete("vetting", vetting_result="NOT_CLEAN")
    for _ in range(3):
        case.complete("record_inquiry", answer="CLEAN")
    assert case.execution.variables()["vetting_result"] == "NOT_CLEAN"
    assert case.where() == ["hearing", "withdrawal"]
    assert case.complete("hearing", hearing_outcome="UPHELD").outcome == "REJECTED"


def test_the_fit_out_period_can_be_extended(case: Case) -> None:
    to_vetting(case)
    case.complete("vetting", vetting_result="CLEAN")
    for _ in range(3):
        case.complete("record_inquiry", answer="CLEAN")
    assert case.one("fit_out_over").due_at == NOON + timedelta(days=90)
    case.fire("fit_out_over")
    case.complete("decide_extension", decision="EXTEND")
    assert case.one("fit_out_over").due_at == NOON + timedelta(days=30)
    case.complete("report_ready")
    case.complete("final_visit", result="NOT_READY")
    case.fire("fit_out_over")
    assert case.complete("decide_extension", decision="LAPSE").outcome == "LAPSED"


def to_report(case: Case) -> None:
    to_vetting(case)
    case.complete("vetting", vetting_result="CLEAN")
    for _ in range(3):
        case.complete("record_inquiry", answer="CLEAN")


def test_due_times_can_be_computed_again(case: Case) -> None:
    to_report(case)
    assert case.execution.recompute_timers() == []
    case.execution.instance.data["fit_out_days"] = Decimal(120)
    changed = case.execution.recompute_timers()
    assert [(wait.element_id, wait.due_at) for wait in changed] == [("fit_out_over", NOON + timedelta(days=120))]
    case.step()
    assert case.one("fit_out_over").due_at == NOON + timedelta(days=120)


def test_a_due_time_that_can_no_longer_be_computed_is_an_incident(case: Case) -> None:
    to_report(case)
    timer = case.one("fit_out_over")
    case.execution.instance.data["fit_out_days"] = None
    assert case.execution.recompute_timers() == []
    report = case.step()
    assert [failure.token_id for failure in report.failures] == [timer.token_id]
    case.execution.instance.data["fit_out_days"] = Decimal(10)
    case.advance(days=4)
    report = case.retry("fit_out_over")
    assert [wait.due_at for wait in report.started] == [NOON + timedelta(days=10)]


def test_the_issuer_is_silent_returns_and_issues(case: Case) -> None:
    to_issuer(case)
    case.fire("issuer_silent")
    case.complete("escalate_issuer")
    case.deliver("issuer_returned", return_reason="stamp")
    case.complete("handle_return", decision="RESEND")
    assert case.desk.effects.count("issuer.hand_over") == 2
    assert case.deliver("issuer_issued").outcome == "ISSUED"


def test_a_licence_cannot_be_registered_and_the_message_is_not_lost(case: Case) -> None:
    to_issuer(case)
    del case.desk.handlers["licences.register"]
    report = case.deliver("issuer_issued", issuer_number="88")
    assert [failure.element_id for failure in report.failures] == ["register_licence"]
    assert case.where() == ["register_licence", "withdrawal"]
    case.desk.handlers["licences.register"] = lambda call: {"number": call.variables["issuer_number"]}
    report = case.retry("register_licence")
    assert report.outcome == "ISSUED"
    assert case.execution.variables()["number"] == "88"
