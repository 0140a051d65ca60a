"""What the law and its grades let happen: obstacles, refusals, deadlines, measured facts, requests to withdraw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import errors
from tests.workflows.world import FILES, PDF, World
from workflows import accounts, applications, authorization, corrections, decisions, issuer, registrations, rules, tasks

ASKED = {"complete": False, "note": "لطفاً اصلاح شود"}


def problems(refused: pytest.ExceptionInfo[errors.Invalid]) -> set[tuple[str, str]]:
    return {(problem.where, problem.code) for problem in refused.value.problems}


def correct(world: World, mine: str, data: dict[str, Any], files: Any = None) -> None:
    with world.product.database.begin() as session:
        applications.correct(session, product=world.product, id=mine, data=data, files=files or {},
                             user=world.users["applicant"])


def withdraw(world: World, mine: str) -> str:
    with world.product.database.begin() as session:
        return applications.withdraw(session, product=world.product, id=mine, user=world.users["applicant"],
                                     reason="شریک تازه‌ای پیدا کردم")


def returned(world: World) -> str:
    """An application that came back from the issuer."""
    mine = world.submit().application_id
    world.to_issuer(mine)
    with world.product.database.begin() as session:
        issuer.record_answer(session, product=world.product, application_id=mine, answer="RETURNED",
                             user=world.users["clerk"], return_reason="نقشه خوانا نیست")
    return mine


def variables(world: World, mine: str) -> dict[str, Any]:
    with world.product.database.read() as session:
        return world.product.engine.variables(session, str(world.application(mine).instance_id))


def test_nobody_agrees_while_a_binding_condition_is_not_met(world: World):
    mine = world.submit(applicant_kind="NATURAL", files={key: FILES[key] for key in FILES if key not in
                                                         {"doc_articles", "doc_gazette"}}).application_id
    world.complete(mine, "fix_or_stop", choice="INSIST", insist_reason="شرکت در حال ثبت است")
    world.advance_to(mine, "working_group_decision")
    with pytest.raises(errors.Invalid) as refused:
        world.complete(mine, "working_group_decision", notes="با این همه موافقیم")
    assert problems(refused) == {("decision", "obstacle_stands")}
    world.complete(mine, "working_group_decision", decision="REJECT", condition_codes=["E01"], notes="شخص حقیقی است")
    assert world.application(mine).condition_codes == ("E01",)


def test_a_refusal_that_rests_on_no_binding_condition_needs_a_reason(world: World):
    found = world.application(world.submit().application_id)
    with world.product.database.read() as session:
        book = rules.of_application(session, engine=world.product.engine, application=found)

    def codes(cited: str, unmet: list[dict[str, str]], **more: str) -> list[str]:
        data = {"decision": "REJECT", "condition_codes": [cited], **more}
        return [problem.code for problem in decisions.problems(data, book=book, fields=("notes",), unmet=unmet)]

    assert codes("E03", []) == ["reason_missing"]
    assert codes("E03", [{"code": "E03", "action": "ASK"}]) == ["reason_missing"]
    assert codes("E01", []) == ["reason_missing"]
    assert codes("S01", []) == ["reason_missing"]
    assert codes("E01", [{"code": "E01", "action": "REFUSE"}]) == []
    assert codes("E03", [], notes="سن او در شناسنامه کمتر است") == []


def test_facts_corrected_for_the_issuer_are_tested_again_and_bind(world: World):
    mine = returned(world)
    world.complete(mine, "handle_return", decision="ASK_APPLICANT", unlocked_fields=["ceo_degree"], note="مدرک؟")
    correct(world, mine, {"ceo_degree": "DIPLOMA"})
    assert [one["code"] for one in variables(world, mine)["eligibility"]] == ["E04"]
    with pytest.raises(errors.Invalid) as refused:
        world.complete(mine, "handle_return", decision="RESEND", note="دوباره")
    assert problems(refused) == {("decision", "obstacle_stands")}
    world.complete(mine, "handle_return", decision="TO_MANAGER", note="شرط مدرک برقرار نیست")
    with pytest.raises(errors.Invalid):
        world.complete(mine, "manager_signature")
    world.complete(mine, "manager_signature", decision="REFUSE", condition_codes=["E04"], reason="مدرک دیپلم است")
    assert world.application(mine).state == "REJECTED"


def test_what_the_visit_measured_is_not_overwritten_by_a_correction(world: World):
    mine = returned(world)
    world.complete(mine, "handle_return", decision="ASK_APPLICANT", unlocked_fields=["site_area_m2"], note="مساحت؟")
    correct(world, mine, {"site_area_m2": 9000})
    assert variables(world, mine)["area_m2"] == 63
    world.complete(mine, "handle_return", decision="RESEND", note="دوباره")
    assert world.issue(mine).number


def test_a_withdrawal_at_the_issuer_reaches_the_manager_with_its_reason(world: World):
    mine = world.submit().application_id
    world.to_issuer(mine)
    assert withdraw(world, mine) == "REQUESTED"
    task = world.task(mine, "decide_withdrawal")
    with world.product.database.read() as session:
        view = tasks.view(session, product=world.product, task_id=task.id, user=world.users["manager"])
        trail = applications.timeline(session, product=world.product, id=mine, user=world.users["manager"])
    assert view.withdrawal is not None
    assert view.withdrawal.reason == "شریک تازه‌ای پیدا کردم"
    assert "شریک تازه‌ای پیدا کردم" in {entry.reason for entry in trail if entry.kind == "withdrawal_requested"}
    with pytest.raises(applications.WithdrawalPending):
        withdraw(world, mine)
    world.complete(mine, "decide_withdrawal", decision="GRANT", reason="صادرکننده پرونده را بازگرداند")
    assert world.application(mine).state == "WITHDRAWN"


def test_a_declined_withdrawal_is_told_and_the_licence_can_still_be_issued(world: World):
    mine = world.submit().application_id
    world.to_issuer(mine)
    withdraw(world, mine)
    world.complete(mine, "decide_withdrawal", decision="DECLINE", reason="پروانه در حال چاپ است")
    world.run_jobs()
    assert any("پذیرفته نشد" in text for text in world.messages())
    assert withdraw(world, mine) == "REQUESTED"
    assert world.issue(mine).number
    assert world.tasks(mine) == []


def test_a_file_that_came_back_from_the_issuer_can_be_withdrawn_at_once(world: World):
    mine = returned(world)
    assert world.application(mine).state == "UNDER_REVIEW"
    assert withdraw(world, mine) == "WITHDRAWN"
    assert world.application(mine).state == "WITHDRAWN"


def test_an_answer_that_is_being_entered_leaves_nothing_to_withdraw(world: World, monkeypatch: pytest.MonkeyPatch):
    mine = world.submit().application_id
    world.to_issuer(mine)

    def fail(*_: Any, **__: Any) -> None:
        raise errors.HandlerFailed("the register is closed", hint="retry")

    with monkeypatch.context() as patch:
        patch.setattr(registrations, "register", fail)
        with pytest.raises(AssertionError):
            world.issue(mine)
    with pytest.raises(applications.NotWithdrawable):
        withdraw(world, mine)


def test_whoever_inspected_decides_nothing_else(world: World):
    with world.product.database.begin() as session:
        world.users["both"] = accounts.create_staff(session, username="both", password="a long pass phrase",
                                                    name="both", roles=(("INSPECTOR", None), ("MANAGER", None)))
    mine = world.submit().application_id
    world.advance_to(mine, "first_visit")
    world.complete(mine, "first_visit", by="both")
    world.advance_to(mine, "vetting")
    world.complete(mine, "vetting", vetting_result="NOT_CLEAN")
    with pytest.raises(authorization.DutySeparated):
        world.complete(mine, "vetting_hearing", by="both", hearing_outcome="UPHELD", condition_codes=["I07"],
                       hearing_date="2026-04-04", reason="پابرجاست")
    with world.product.database.read() as session:
        elements = world.product.engine.elements(session, world.application(mine).definition_id)
    deciding = {"hearing", "hearing_after_refresh", "vetting_hearing", "decide_on_corrections", "decide_extension",
                "decide_settlement", "decide_withdrawal", "working_group_decision", "head_decision",
                "manager_signature"}
    assert {name for name, one in elements.items() if one.duty == "decision"} >= deciding


def test_the_window_of_an_unmet_condition_starts_with_its_notice(world: World):
    mine = world.submit(ceo_degree="DIPLOMA").application_id
    world.clock.advance(timedelta(days=25))
    world.run_jobs()
    assert world.application(mine).state == "NEEDS_CORRECTION"
    assert world.application(mine).due_at == world.product.calendar.add_working_days(world.clock.now(), 10)
    [notice] = [text for text in world.messages() if "شرطی برقرار نیست" in text]
    assert "۱۰ روز کاری" in notice
    assert "قانون نیست" in notice
    world.pass_time(days=25)
    assert world.application(mine).state == "LAPSED"
    assert any("قانون نیست" in text for text in world.messages() if "بسته شد" in text)


def test_reopening_gives_no_new_rounds_and_leaves_nothing_asked(world: World):
    mine = world.submit().application_id
    for _ in range(2):
        world.complete(mine, "check_documents", **ASKED, missing_codes=["D06"])
        correct(world, mine, {}, {"doc_tenure": ("again.pdf", PDF)})
    world.complete(mine, "check_documents", **ASKED, missing_codes=["D06"])
    world.complete(mine, "decide_on_corrections", decision="GRANT", reason="یک بار دیگر")
    world.run_jobs()
    world.pass_time(days=40)
    assert world.application(mine).state == "LAPSED"
    with world.product.database.begin() as session:
        applications.reopen(session, product=world.product, id=mine, user=world.users["applicant"], reason="آماده‌ام")
    with world.product.database.read() as session:
        assert corrections.open_request(session, application_id=mine) is None
    with pytest.raises(applications.NothingToCorrect), world.product.database.begin() as session:
        applications.record_notice(session, product=world.product, id=mine, user=world.users["clerk"], reason="تلفنی")
    world.complete(mine, "check_documents", **ASKED, missing_codes=["D06"])
    assert world.task(mine, "decide_on_corrections")


def test_a_correction_that_makes_a_second_application_for_one_place_is_refused_at_its_field(world: World):
    other = world.submit(site_postal_code="5713899999")
    mine = world.submit().application_id
    world.complete(mine, "check_documents", **ASKED, unlocked_fields=["site_postal_code"])
    with pytest.raises(errors.Invalid) as refused:
        correct(world, mine, {"site_postal_code": "5713899999"})
    assert problems(refused) == {("site_postal_code", "duplicate_application")}
    assert other.file_number in refused.value.problems[0].what


def test_a_fault_of_the_form_alone_and_a_document_alone_can_be_sent_back(world: World):
    mine = world.submit().application_id
    world.complete(mine, "check_documents", **ASKED, unlocked_fields=["company_name"])
    with world.product.database.read() as session:
        request = corrections.open_request(session, application_id=mine)
    assert (request.missing_codes, request.unlocked_fields) == (("D01",), ("company_name",))
    correct(world, mine, {"company_name": "نام درست"})
    world.complete(mine, "check_documents", **ASKED, missing_codes=["D06"])
    with world.product.database.read() as session:
        request = corrections.open_request(session, application_id=mine)
    assert (request.missing_codes, request.unlocked_fields) == (("D06",), ("doc_tenure",))


def test_a_code_without_a_document_behind_it_says_nothing_to_correct(world: World):
    mine = world.submit().application_id
    with pytest.raises(errors.Invalid) as refused:
        world.complete(mine, "check_documents", **ASKED, missing_codes=["D01"])
    assert problems(refused) == {("unlocked_fields", "required")}


def test_an_answer_that_was_too_old_when_it_came_is_asked_for_again(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "vetting")
    for task in [task for task in world.tasks(mine) if task.element_id == "record_inquiry"]:
        world.complete(mine, "record_inquiry", task=task,
                       answered_on="2020-01-01" if task.item == "TAX" else "2026-04-04")
    assert [task.item for task in world.tasks(mine) if task.element_id == "record_inquiry"] == ["TAX"]


def test_a_document_of_a_guiding_rule_does_not_block_but_a_person_decides_with_a_reason(world: World):
    files = {key: file for key, file in FILES.items() if key not in {"doc_site_photo", "doc_gazette"}}
    mine = world.submit(files=files).application_id
    task = world.task(mine, "check_documents")
    with world.product.database.read() as session:
        view = tasks.view(session, product=world.product, task_id=task.id, user=world.users["clerk"])
    assert view.context["documents_missing"] == ["D03", "D09"]
    with pytest.raises(errors.Invalid) as refused:
        world.complete(mine, "check_documents")
    assert problems(refused) == {("question_decision", "required"), ("question_reason", "required")}
    world.complete(mine, "check_documents", question_decision="NO_OBSTACLE", question_reason="عکس در بازدید گرفته شد")
    assert world.task(mine, "first_visit")


def test_military_service_not_done_and_a_foreigner_can_be_stated_honestly(world: World):
    mine = world.submit(ceo_gender="MALE", ceo_military_status="NOT_DONE").application_id
    assert [one["code"] for one in variables(world, mine)["eligibility"]] == ["E05"]
    files = {key: file for key, file in FILES.items() if key != "doc_national_card"}
    mine = world.submit(files=files, ceo_nationality="OTHER", ceo_national_id=None, ceo_degree="BELOW_DIPLOMA",
                        site_postal_code="5713877777").application_id
    assert [one["code"] for one in variables(world, mine)["eligibility"]] == ["E02", "E04"]
