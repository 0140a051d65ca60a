"""Corrections: what may change, what is kept, when the window starts and how it ends."""

from __future__ import annotations

import dataclasses

import pytest

from engine import errors
from tests.workflows.world import PDF, World
from workflows import applications, authorization, corrections, documents

ASKED = {"complete": False, "missing_codes": ["D06"], "unlocked_fields": ["company_name"],
         "note": "اجاره‌نامه خوانا نیست"}


def send_back(world: World, **answers):
    receipt = world.submit()
    world.complete(receipt.application_id, "check_documents", **{**ASKED, **answers})
    return receipt.application_id


def correct(world: World, mine: str, data=None, files=None, user="applicant"):
    with world.product.database.begin() as session:
        applications.correct(session, product=world.product, id=mine, data=data or {},
                             files={"doc_tenure": ("new.pdf", PDF + b"new")} if files is None else files,
                             user=world.users[user])


def test_only_unlocked_fields_and_documents_change_and_both_states_are_kept(world: World):
    mine = send_back(world)
    assert world.application(mine).state == "NEEDS_CORRECTION"
    correct(world, mine, {"company_name": "شركت پيشگامان"})
    assert world.application(mine).data["company_name"] == "شرکت پیشگامان"
    with world.product.database.read() as session:
        changes = {one.field: one for one in corrections.changes(session, application_id=mine)}
        assert changes["company_name"].old == "شرکت پیشگامان ارتباط ارومیه"
        assert changes["company_name"].new == "شرکت پیشگامان"
        assert changes["doc_tenure"].old_document_id != changes["doc_tenure"].new_document_id
        standing = [one for one in documents.listed(session, application_id=mine) if one.field == "doc_tenure"]
        every = [one for one in documents.listed(session, application_id=mine, replaced=True)
                 if one.field == "doc_tenure"]
    assert [one.name for one in standing] == ["new.pdf"]
    assert len(every) == 2
    assert world.task(mine, "check_documents")


def test_a_locked_field_is_refused_and_nothing_changes(world: World):
    mine = send_back(world)
    with pytest.raises(errors.Invalid) as refused:
        correct(world, mine, {"company_name": "نام تازه", "site_area_m2": 200, "doc_x": "y"})
    assert {problem.where for problem in refused.value.problems} >= {"site_area_m2"}
    assert world.application(mine).data["company_name"] == "شرکت پیشگامان ارتباط ارومیه"
    assert world.task(mine, "correct_application")


def test_a_locked_document_is_refused(world: World):
    mine = send_back(world)
    with pytest.raises(errors.Invalid) as refused:
        correct(world, mine, files={"doc_tenure": ("a.pdf", PDF), "doc_degree": ("b.pdf", PDF)})
    assert [(problem.where, problem.code) for problem in refused.value.problems] == [("doc_degree", "locked")]


def test_a_document_that_was_asked_for_is_needed(world: World):
    mine = send_back(world)
    with pytest.raises(errors.Invalid) as refused:
        correct(world, mine, files={})
    assert [problem.where for problem in refused.value.problems] == ["doc_tenure"]


def test_a_field_that_hangs_on_an_unlocked_one_is_unlocked_with_it(world: World):
    mine = send_back(world, missing_codes=[], unlocked_fields=["site_tenure"])
    correct(world, mine, {"site_tenure": "LEASE", "site_lease_months": 24}, files={})
    assert world.application(mine).data["site_lease_months"] == 24
    with world.product.database.read() as session:
        assert world.product.engine.variables(session, world.application(mine).instance_id)["lease_months"] == 24


def test_correcting_needs_a_session_verified_by_a_code(world: World):
    mine = send_back(world)
    world.users["old"] = dataclasses.replace(world.users["applicant"], verified_at=None)
    with pytest.raises(authorization.CodeNeeded):
        correct(world, mine, user="old")


def test_another_applicant_sees_and_corrects_nothing(world: World):
    mine = send_back(world)
    world.users["other"] = world.sign_in("09121111111")
    with pytest.raises(errors.Forbidden):
        correct(world, mine, user="other")
    with pytest.raises(errors.Forbidden):
        world.application(mine, user="other")


def test_the_window_starts_when_the_notice_is_delivered(world: World):
    mine = send_back(world)
    with world.product.database.read() as session:
        assert corrections.open_request(session, application_id=mine).told_at is None
    world.run_jobs()
    with world.product.database.read() as session:
        request = corrections.open_request(session, application_id=mine)
    assert request.told_at == world.clock.now()
    assert request.due_at == world.product.calendar.add_working_days(world.clock.now(), 10)
    world.pass_time(days=40)
    assert world.application(mine).state == "LAPSED"
    assert any("یادآوری" in text for text in world.messages())
    assert any("بازگشایی" in text for text in world.messages())


def test_the_window_starts_when_a_clerk_records_having_told_the_applicant(world: World):
    mine = send_back(world)
    with world.product.database.begin() as session:
        applications.record_notice(session, product=world.product, id=mine, user=world.users["clerk"], reason="تلفنی")
    with world.product.database.read() as session:
        first = corrections.open_request(session, application_id=mine).told_at
    world.pass_time(hours=3)
    with world.product.database.read() as session:
        assert corrections.open_request(session, application_id=mine).told_at == first


def test_a_lapsed_application_is_reopened_with_its_data(world: World):
    mine = send_back(world)
    world.run_jobs()
    world.pass_time(days=40)
    before = world.application(mine)
    with world.product.database.begin() as session:
        applications.reopen(session, product=world.product, id=mine, user=world.users["clerk"], reason="درخواست متقاضی")
    after = world.application(mine)
    assert (after.state, after.outcome, after.data) == ("UNDER_REVIEW", None, before.data)
    assert after.instance_id != before.instance_id
    world.to_issuer(mine)
    assert world.issue(mine).number.startswith("WAZ-1405-LU-")


def test_only_a_lapsed_application_is_reopened(world: World):
    mine = world.submit().application_id
    with pytest.raises(applications.NotReopenable), world.product.database.begin() as session:
        applications.reopen(session, product=world.product, id=mine, user=world.users["clerk"], reason="x")


def test_after_two_rounds_the_manager_decides(world: World):
    mine = send_back(world)
    correct(world, mine)
    world.complete(mine, "check_documents", **ASKED)
    correct(world, mine)
    world.complete(mine, "check_documents", **ASKED)
    world.complete(mine, "decide_on_corrections", decision="GRANT", reason="مدارک نزدیک به کامل است")
    correct(world, mine)
    assert world.task(mine, "check_documents")


def test_sending_back_says_what_for(world: World):
    receipt = world.submit()
    with pytest.raises(errors.Invalid):
        world.complete(receipt.application_id, "check_documents", complete=False, note="ناقص است")


def test_an_obstacle_is_shown_to_the_applicant_who_mends_it(world: World):
    mine = world.submit(ceo_degree="ASSOCIATE").application_id
    assert world.application(mine).state == "NEEDS_CORRECTION"
    correct(world, mine, {"ceo_degree": "BACHELOR"}, files={})
    assert world.application(mine).state == "UNDER_REVIEW"


def test_an_applicant_who_insists_changes_nothing(world: World):
    mine = world.submit(ceo_degree="ASSOCIATE").application_id
    world.complete(mine, "fix_or_stop", choice="INSIST", insist_reason="مدرک معادل دارم")
    assert world.application(mine).data["ceo_degree"] == "ASSOCIATE"
    assert world.task(mine, "check_documents")
