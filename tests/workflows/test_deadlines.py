"""Where due dates come from, and why an inquiry is asked again: what is said is what was computed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.values import SYSTEM
from tests.workflows.world import BPMN, World
from workflows import applications, bootstrap, deadlines, holidays, inquiries, queries, tasks


def basis(world: World, application_id: str, element: str) -> deadlines.Basis | None:
    """The basis that the page of the task shows."""
    task = world.task(application_id, element)
    user = world.users["applicant" if task.role == "APPLICANT" else "supervisor"]
    with world.product.database.read() as session:
        return tasks.view(session, product=world.product, task_id=task.id, user=user).basis


def said(found: deadlines.Basis | None) -> tuple:
    assert found is not None
    return found.count, found.unit, found.event, found.rule.key, found.rule.grade


def of_application(world: World, application_id: str) -> deadlines.Basis | None:
    with world.product.database.read() as session:
        return deadlines.of_applications(session, product=world.product, due={
            application_id: world.application(application_id).due_at}).get(application_id)


def test_a_deadline_says_how_many_days_from_when_and_by_which_rule(world: World):
    receipt = world.submit()
    mine = receipt.application_id
    found = basis(world, mine, "check_documents")
    assert said(found) == (3, "working_days", "task", "doc_review_sla_wd", "D")
    assert found.since == world.clock.now()
    assert found.rule.source_fa
    assert of_application(world, mine) == found
    with world.product.database.read() as session:
        tracked = applications.track(session, product=world.product, code=receipt.tracking_code)
        [item] = queries.inbox(session, product=world.product, user=world.users["clerk"]).items
    assert tracked.basis == item.basis == found


def test_every_task_on_the_way_to_a_licence_explains_its_deadline(world: World):
    mine = world.submit().application_id
    seen = set()
    while world.application(mine).state != "AT_ISSUER":
        for task in world.tasks(mine):
            if task.element_id not in seen:
                assert said(basis(world, mine, task.element_id)), task.element_id
                seen.add(task.element_id)
        world.complete(mine, world.tasks(mine)[0].element_id, task=world.tasks(mine)[0])
        world.run_jobs()
    assert {"vetting", "record_inquiry", "report_ready", "settle_fee", "manager_signature"} <= seen


def test_the_window_of_a_correction_counts_from_the_notice(world: World):
    mine = world.submit().application_id
    world.complete(mine, "check_documents", complete=False, missing_codes=["D02"], unlocked_fields=["doc_articles"],
                   note="ناخوانا")
    world.clock.advance(timedelta(days=2))
    told = world.clock.now()
    world.run_jobs()
    found = basis(world, mine, "correct_application")
    assert said(found) == (10, "working_days", "notice", "correction_window_wd", "D")
    assert found.since == told
    assert of_application(world, mine) == found


def test_a_period_says_which_rule_set_it_and_which_extended_it(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "report_ready")
    assert said(basis(world, mine, "report_ready")) == (
        180, "calendar_days", "period", "principle_agreement_valid_days", "D")
    world.pass_time(days=181)
    world.complete(mine, "decide_extension", decision="EXTEND", reason="کارهای ساختمانی")
    found = basis(world, mine, "report_ready")
    assert said(found) == (90, "calendar_days", "period", "principle_agreement_extension_days", "D")
    assert found.since == world.clock.now()


def test_a_declared_holiday_moves_the_date_and_the_explanation_still_gives_it(world: World):
    mine = world.submit().application_id
    before = world.task(mine, "check_documents").due_at
    with world.product.database.begin() as session:
        holidays.declare(session, product=world.product, day=world.clock.now().date() + timedelta(days=1),
                         working=False, reason="تعطیلی", user=world.users["admin"])
    assert world.task(mine, "check_documents").due_at > before
    assert said(basis(world, mine, "check_documents")) == (3, "working_days", "task", "doc_review_sla_wd", "D")


@pytest.mark.parametrize("deadline", [
    "add working days(anchor, rules.doc_review_sla_wd + 1)", 'anchor + duration("P4D")',
    "add working days(anchor, rules.doc_review_sla_wd + rules.hearing_sla_wd)"])
def test_a_deadline_that_no_single_rule_gives_is_not_explained(world: World, deadline: str):
    resources = bootstrap.shipped_resources(BPMN)
    name = "processes/create-urban-office.bpmn"
    text = resources[name].decode()
    shipped = 'deadline="add working days(anchor, rules.doc_review_sla_wd)"'
    assert shipped in text
    resources[name] = text.replace(shipped, f"deadline='{deadline}'").encode()
    with world.product.database.begin() as session:
        world.product.engine.deploy(session, resources=resources, actor=SYSTEM)
    mine = world.submit().application_id
    assert world.task(mine, "check_documents").due_at is not None
    assert basis(world, mine, "check_documents") is None


def again(world: World, application_id: str, code: str) -> inquiries.AskedAgain | None:
    [task] = [task for task in world.tasks(application_id) if task.item == code]
    with world.product.database.read() as session:
        return tasks.view(session, product=world.product, task_id=task.id, user=world.users["clerk"]).asked_again


def answer(world: World, application_id: str, **answers: dict) -> None:
    """Answer every open inquiry: as `answers` say, or clean and of today."""
    today = world.clock.now().date().isoformat()
    for task in world.tasks(application_id):
        if task.item is not None:
            world.complete(application_id, "record_inquiry", task=task,
                           **{"answered_on": today, **answers.get(task.item, {})})
    world.run_jobs()


def test_an_inquiry_that_comes_back_says_what_answer_came_and_why_it_does_not_do(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "record_inquiry")
    assert again(world, mine, "TAX") is None
    answer(world, mine, TAX={"answered_on": "2026-01-03", "ref_no": "55"}, BANK={"answer": "PENDING"})
    assert sorted(task.item for task in world.tasks(mine) if task.item) == ["BANK", "TAX"]
    old, pending = again(world, mine, "TAX"), again(world, mine, "BANK")
    assert (old.last.answer, old.last.reference, old.last.answered_on) == ("CLEAN", "55", date(2026, 1, 3))
    assert (old.days, old.oldest, old.rule.key, old.rule.grade) == (90, date(2026, 1, 4), "inquiry_validity_days", "D")
    assert (pending.last.answer, pending.days, pending.rule) == ("PENDING", None, None)


def test_an_inquiry_refreshed_before_the_hand_over_says_so_too(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "manager_signature")
    world.pass_time(days=100)
    world.complete(mine, "manager_signature")
    found = again(world, mine, "CRIMINAL")
    assert (found.days, found.last.answered_on) == (90, date(2026, 4, 4))
