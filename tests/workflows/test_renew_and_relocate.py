"""Renewal and relocation through the use cases: from a licence of the register to the one that takes its place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from engine import errors
from tests.workflows.world import FORMS, JPG, PDF, TASK_FILES, World
from workflows import applications, calendar, guards, licences, office_register
from workflows.models.licence import Licence as LicenceRow

DECLARED = {"ceo_mobile": "09141234567", "declare_truth": True, "declare_no_proxy": True}
RENEWAL: dict[str, Any] = {**DECLARED, "office_active": True, "declare_fee_undertaking": True}
MOVE: dict[str, Any] = {
    **DECLARED, "move_reason": "پایان اجاره", "site_settlement": "ارومیه", "site_postal_code": "5719911111",
    "site_address": "خیابان کاشانی، پلاک ۳", "site_area_m2": 70, "site_tenure": "OWN"}
ANSWERS: dict[str, dict[str, Any]] = {
    "examine_documents": {"complete": True}, "visit_office": FORMS["first_visit"],
    "decide_in_session": {**FORMS["working_group_decision"], "notes": "بررسی شد"},
    "take_original_back": {"received_on": "2026-04-04", "original_received": True}}
PAPERS = {"visit_office": TASK_FILES["first_visit"], "decide_in_session": TASK_FILES["working_group_decision"]}


@pytest.fixture
def licence(world: World) -> licences.Licence:
    """A licence that expires in five months."""
    mine = world.submit().application_id
    world.to_issuer(mine)
    return expiring(world, world.issue(mine).id, calendar.add_jalali_months(calendar.today(world.clock.now()), 5))


def expiring(world: World, licence_id: str, on: date) -> licences.Licence:
    with world.product.database.begin() as session:
        session.get_one(LicenceRow, licence_id).expires_on = on
        session.flush()
        return licences.get(session, product=world.product, id=licence_id, user=world.users["clerk"])


def apply(world: World, licence: licences.Licence, service: str, data: dict[str, Any], **changes: Any) -> str:
    files = {"doc_performance": ("performance.pdf", PDF)} if service == "renew" else {
        "doc_tenure": ("lease.pdf", PDF), "doc_site_photo": ("site.jpg", JPG)}
    with world.product.database.begin() as session:
        return applications.submit(session, product=world.product, data={**data, **changes}, files=files,
                                   user=world.users["applicant"], service=service,
                                   licence=licence.number).application_id


def go(world: World, mine: str, until: str) -> None:
    """Complete what waits with the usual answers until something waits at `until`."""
    for _ in range(20):
        waiting = world.tasks(mine)
        if not waiting or any(task.element_id == until for task in waiting):
            return
        for task in waiting:
            world.complete(mine, task.element_id, task=task, files=PAPERS.get(task.element_id),
                           **ANSWERS.get(task.element_id, {}))
        world.run_jobs()
    raise AssertionError(f"never came to {until}, but to {[task.element_id for task in world.tasks(mine)]}")


def state(world: World, licence_id: str) -> str:
    with world.product.database.read() as session:
        return licences.get(session, product=world.product, id=licence_id, user=world.users["clerk"]).state


def test_a_renewal_without_changes_is_direct_and_counts_from_the_old_expiry(world: World, licence: licences.Licence):
    mine = apply(world, licence, "renew", RENEWAL)
    application = world.application(mine)
    assert application.about_licence_number == licence.number
    assert application.applicant_name == "شرکت پیشگامان ارتباط ارومیه"
    with pytest.raises(applications.DuplicateApplication):
        apply(world, licence, "renew", RENEWAL)
    with pytest.raises(guards.AnotherOpen):
        apply(world, licence, "relocate", MOVE)
    go(world, mine, "manager_signature")
    visited = {task.element_id for task in world.tasks(mine)}
    assert visited == {"manager_signature"}
    go(world, mine, "await_issuer")
    assert world.application(mine).state == "AT_ISSUER"
    new = world.issue(mine, "CRA-1")
    assert (new.number, new.issuer_number, new.state) == (licence.number, "CRA-1", "ACTIVE")
    assert new.expires_on == calendar.add_jalali_months(licence.expires_on, 60)
    assert state(world, licence.id) == "REPLACED"
    assert world.application(mine).licence_number == licence.number
    again = expiring(world, new.id, licence.expires_on)
    assert world.application(apply(world, again, "renew", RENEWAL)).state == "UNDER_REVIEW"  # a second renewal


def test_a_late_renewal_meets_the_waiver_and_nobody_can_sign_it(world: World, licence: licences.Licence):
    late = expiring(world, licence.id, calendar.today(world.clock.now()) + timedelta(days=60))
    mine = apply(world, late, "renew", RENEWAL)
    world.complete(mine, "choose_what_to_do", choice="INSIST", insist_reason="بیمار بودم")
    go(world, mine, "manager_signature")
    with pytest.raises(errors.Invalid) as refused:
        world.complete(mine, "manager_signature")
    assert [problem.code for problem in refused.value.problems] == ["obstacle_stands"]
    world.complete(mine, "manager_signature", decision="REFUSE", condition_codes=["N01"], reason="دیرهنگام است")
    assert world.application(mine).condition_codes == ("N01",)
    assert state(world, licence.id) == "ACTIVE"


@pytest.mark.parametrize("issued", [True, False])
def test_a_licence_that_expires_during_its_renewal_stays_in_renewal(world: World, licence: licences.Licence,
                                                                    issued: bool):
    mine = apply(world, licence, "renew", RENEWAL)
    go(world, mine, "manager_signature")
    world.pass_time(days=(licence.expires_on - calendar.today(world.clock.now())).days + 2)
    assert state(world, licence.id) == "IN_RENEWAL"
    assert world.task(mine, "hasten").role == "MANAGER"
    if issued:
        world.complete(mine, "manager_signature")
        world.run_jobs()
        new = world.issue(mine)
        assert new.expires_on == calendar.add_jalali_months(licence.expires_on, 60)  # not from today
        assert state(world, licence.id) == "REPLACED"
    else:
        with world.product.database.begin() as session:
            applications.withdraw(session, product=world.product, id=mine, user=world.users["applicant"],
                                  reason="دفتر را می‌بندم")
        assert state(world, licence.id) == "EXPIRED"
        with pytest.raises(guards.LicenceExpired):
            apply(world, licence, "renew", RENEWAL)


def test_an_office_moves_under_the_same_number_and_expiry(world: World, licence: licences.Licence):
    mine = apply(world, licence, "relocate", MOVE)
    with pytest.raises(guards.AnotherOpen) as refused:
        apply(world, licence, "renew", RENEWAL)
    assert "جابجایی" in refused.value.message("fa")
    go(world, mine, "decide_in_session")
    world.complete(mine, "decide_in_session", files=TASK_FILES["working_group_decision"], **{
        **FORMS["working_group_decision"], "decision": "REJECT", "condition_codes": ["S01"], "notes": "محل دور است"})
    world.run_jobs()
    world.complete(mine, "name_other_place", site_postal_code="5719922222", site_address="خیابان مدنی، پلاک ۹",
                   files={})
    go(world, mine, "manager_signature")
    world.complete(mine, "manager_signature")
    world.run_jobs()
    new = world.issue(mine, "CRA-1")
    assert (new.number, new.expires_on, new.postal_code) == (licence.number, licence.expires_on, "5719922222")
    world.complete(mine, "final_visit")
    assert (world.application(mine).state, state(world, licence.id)) == ("ISSUED", "REPLACED")
    with world.product.database.read() as session:
        office = office_register.get(session, product=world.product, user=world.users["clerk"], id=new.office_id)
    assert [one.changes["postal_code"] for one in office.history if "postal_code" in one.changes] == [
        ["5713812345", "5719922222"]]
    assert office.area_m2 == 63  # as measured


def test_another_town_is_asked_about_and_refused_with_its_code(world: World, licence: licences.Licence):
    mine = apply(world, licence, "relocate", MOVE, site_settlement="خوی")
    with pytest.raises(errors.Invalid) as unanswered:
        world.complete(mine, "examine_documents", complete=True)
    assert {problem.where for problem in unanswered.value.problems} == {"question_decision", "question_reason"}
    world.complete(mine, "examine_documents", complete=True, question_decision="TO_WORKING_GROUP",
                   question_reason="شهر دیگری است")
    go(world, mine, "manager_signature")
    world.complete(mine, "manager_signature", decision="REFUSE", condition_codes=["L01"],
                   reason="جابجایی به شهر دیگر ممکن نیست")
    assert (world.application(mine).condition_codes, state(world, licence.id)) == (("L01",), "ACTIVE")
