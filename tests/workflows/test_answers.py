"""An issuer's answer comes through one door; incidents can be mended; a declared holiday reaches all who wait."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from tests.workflows.world import World
from workflows import applications, corrections, holidays, incidents, issuer, licences, messages
from workflows.models.application import IssuerAnswer

GOOD = {"issuer_number": "CRA-7", "issued_on": "2026-04-04", "national_licence_id": "N-7"}


def publish(world: World, name: str, application_id: str, user: str = "admin", **variables: Any) -> list[str]:
    with world.product.database.begin() as session:
        return messages.publish(session, product=world.product, user=world.users[user], name=name,
                                correlation_key=application_id, variables=variables)


def answers(world: World, application_id: str) -> list[IssuerAnswer]:
    with world.product.database.read() as session:
        return list(session.scalars(select(IssuerAnswer).where(IssuerAnswer.application_id == application_id)))


@pytest.fixture
def at_issuer(world: World) -> str:
    mine = world.submit().application_id
    world.to_issuer(mine)
    return mine


@pytest.mark.parametrize(("name", "given", "wrong"), [
    ("issuer_issued", {}, {"issuer_number", "issued_on"}),
    ("issuer_issued", {**GOOD, "issued_on": "not a date"}, {"issued_on"}),
    ("issuer_issued", {**GOOD, "issued_on": "2040-01-01"}, {"issued_on"}),
    ("issuer_issued", {**GOOD, "issued_on": "2026-04-03"}, {"issued_on"}),
    ("issued_by_portal", {**GOOD, "issued_on": "2026-04-03"}, {"issued_on"}),
    ("issuer_issued", {**GOOD, "issuer_number": "  "}, {"issuer_number"}),
    ("issuer_issued", {**GOOD, "issuer_number": "\u200c \u0640"}, {"issuer_number"}),
    ("issuer_issued", {**GOOD, "issuer_number": "7" * 65}, {"issuer_number"}),
    ("issuer_issued", {**GOOD, "area_m2": 9000, "decision": "SIGN"}, {"area_m2", "decision"}),
    ("issuer_returned", {}, {"return_reason"}),
    ("issuer_returned", {"return_reason": "چرا", "issuer_number": "1"}, {"issuer_number"}),
    ("issued_by_portal", {"issuer_number": "P-1"}, {"issued_on"}),
])
def test_a_malformed_answer_is_refused_before_anybody_receives_it(
        world: World, at_issuer: str, name: str, given: dict[str, Any], wrong: set[str]):
    before = world.application(at_issuer)
    with pytest.raises(errors.Invalid) as refused:
        publish(world, name, at_issuer, **given)
    assert {fault.where for fault in refused.value.problems} == wrong
    assert world.application(at_issuer) == before
    assert answers(world, at_issuer) == []
    publish(world, "issuer_issued", at_issuer, **GOOD)
    assert world.application(at_issuer).state == "ISSUED"


def test_an_answer_by_message_is_recorded_like_one_a_clerk_enters(world: World, at_issuer: str):
    publish(world, "issuer_returned", at_issuer, return_reason="تصویر ناخواناست")
    with world.product.database.read() as session:
        assert issuer.return_reason(session, application_id=at_issuer) == "تصویر ناخواناست"
    world.complete(at_issuer, "handle_return", decision="RESEND", note="دوباره")
    world.run_jobs()
    publish(world, "issuer_issued", at_issuer, **GOOD)
    assert [(one.answer, one.issuer_number, one.recorded_by) for one in answers(world, at_issuer)] == [
        ("RETURNED", None, world.users["admin"].id), ("ISSUED", "CRA-7", world.users["admin"].id)]


def test_a_number_that_is_taken_is_refused_by_message_too(world: World, at_issuer: str):
    publish(world, "issuer_issued", at_issuer, **GOOD)
    other = world.submit(site_postal_code="5713899999").application_id
    world.to_issuer(other)
    with pytest.raises(errors.Invalid) as refused:
        publish(world, "issuer_issued", other, **GOOD)
    assert [fault.code for fault in refused.value.problems] == ["issuer_number_taken"]


@pytest.mark.parametrize("spelt", ["cra-۷", "CRA - ٧", " Cra‐7 ", "CRA-7\u200f", "C\u200cRA-7"])
def test_a_number_in_another_spelling_is_the_same_number(world: World, at_issuer: str, spelt: str):
    publish(world, "issuer_issued", at_issuer, **GOOD)
    other = world.submit(site_postal_code="5713899999").application_id
    world.to_issuer(other)
    with pytest.raises(errors.Invalid) as refused:
        publish(world, "issuer_issued", other, **{**GOOD, "issuer_number": spelt})
    assert [fault.code for fault in refused.value.problems] == ["issuer_number_taken"]


def test_numbers_are_kept_in_one_form_and_found_in_any(world: World, at_issuer: str):
    publish(world, "issuer_issued", at_issuer, issued_on="2026-04-04", issuer_number="۱۴۰۵ / ك ي - ab٧",
            national_licence_id=" n‑۹ ")
    assert [(one.issuer_number, one.national_licence_id) for one in answers(world, at_issuer)] == [
        ("1405/کی-AB7", "N-9")]
    with world.product.database.read() as session:
        [found] = licences.search(session, product=world.product, user=world.users["clerk"],
                                  text="1405/کی-ab۷").items
    assert (found.issuer_number, found.national_id) == ("1405/کی-AB7", "N-9")


def test_a_day_of_issue_lies_between_the_hand_over_it_answers_and_today(world: World, at_issuer: str):
    def issue(day: str) -> None:
        publish(world, "issuer_issued", at_issuer, **{**GOOD, "issued_on": day})

    publish(world, "issuer_returned", at_issuer, return_reason="ناخوانا")
    world.pass_time(days=3)
    world.complete(at_issuer, "handle_return", decision="RESEND", note="دوباره")
    world.run_jobs()
    for day, code in (("2026-04-06", "too_early"), ("2026-04-08", "in_future")):
        with pytest.raises(errors.Invalid) as refused:
            issue(day)
        assert [(fault.where, fault.code) for fault in refused.value.problems] == [("issued_on", code)]
    assert "۱۴۰۵/۰۱/۱۸" in publish_fault(world, at_issuer, "2026-04-06")
    with pytest.raises(errors.Invalid):
        publish(world, "issued_by_portal", at_issuer, **{**GOOD, "issued_on": "2026-04-03"})
    issue("2026-04-07")
    assert world.application(at_issuer).state == "ISSUED"


def publish_fault(world: World, application_id: str, day: str) -> str:
    """What the Persian page says of a day of issue."""
    with pytest.raises(errors.Invalid) as refused:
        publish(world, "issuer_issued", application_id, **{**GOOD, "issued_on": day})
    return refused.value.problems[0].what_fa


def test_an_answer_nobody_waits_for_leaves_no_trace(world: World):
    mine = world.submit().application_id
    with pytest.raises(errors.NoReceiver):
        publish(world, "issuer_issued", mine, **GOOD)
    assert answers(world, mine) == []


def broken(world: World, application_id: str) -> str:
    """An answer of a time before the check: it was delivered and the register could not take it."""
    with world.product.database.begin() as session:
        world.product.engine.publish(session, name="issuer_issued", correlation_key=application_id,
                                     variables={"issued_on": date(2026, 4, 4)})
    with world.product.database.read() as session:
        [found] = world.product.engine.incidents(session, business_key=application_id).items
    assert found.element_id == "register_licence"
    return found.id


def retry(world: World, incident_id: str, user: str = "admin", reason: str | None = "نامه صادرکننده",
          **variables: Any) -> str:
    with world.product.database.begin() as session:
        return incidents.retry(session, product=world.product, id=incident_id, user=world.users[user], reason=reason,
                               variables=variables).state


def test_an_incident_is_retried_with_what_was_missing_and_history_tells(world: World, at_issuer: str):
    incident_id = broken(world, at_issuer)
    assert retry(world, incident_id) == "OPEN"
    with pytest.raises(errors.Invalid) as refused:
        retry(world, incident_id, issuer_number="CRA-8", issued_on="2026-04-03")
    assert [fault.code for fault in refused.value.problems] == ["too_early"]
    assert retry(world, incident_id, issuer_number="cra-۸") == "RESOLVED"
    assert world.application(at_issuer).state == "ISSUED"
    with world.product.database.read() as session:
        instance_id = world.application(at_issuer).instance_id or ""
        [told] = [one for one in world.product.engine.history(session, instance_id, limit=500).items
                  if one.kind == "incident_corrected"]
    assert (told.actor, told.reason) == (world.users["admin"].id, "نامه صادرکننده")
    assert told.facts["corrected"]["issuer_number"] == {"old": None, "new": "CRA-8"}
    assert [one.issuer_number for one in answers(world, at_issuer)] == ["CRA-8"]


def test_a_correction_touches_only_what_the_failed_step_reads(world: World, at_issuer: str):
    incident_id = broken(world, at_issuer)
    with pytest.raises(errors.Invalid) as refused:
        retry(world, incident_id, reason=None, decision="SIGN", area_m2=9000, issuer_number="")
    assert {fault.where for fault in refused.value.problems} == {"decision", "area_m2", "reason", "issuer_number"}
    with pytest.raises(errors.Forbidden):
        retry(world, incident_id, user="supervisor", issuer_number="CRA-8")
    assert answers(world, at_issuer) == []
    assert world.application(at_issuer).state == "AT_ISSUER"


def declare(world: World, day: date) -> int:
    with world.product.database.begin() as session:
        return holidays.declare(session, product=world.product, day=day, working=False, reason="تعطیلی",
                                user=world.users["admin"])


def tracked_due(world: World, code: str) -> Any:
    with world.product.database.read() as session:
        found = applications.track(session, product=world.product, code=code)
    assert found is not None
    return found.due_at


def test_a_declared_holiday_moves_what_the_office_and_the_public_see(world: World):
    """No timer runs here: the deadline of the clerk's task alone moves."""
    receipt = world.submit()
    before = world.application(receipt.application_id).due_at
    assert before is not None
    assert declare(world, before.date()) > 0
    after = world.task(receipt.application_id, "check_documents").due_at
    assert after is not None
    assert after > before
    assert world.application(receipt.application_id).due_at == after
    assert tracked_due(world, receipt.tracking_code) == after


def test_a_declared_holiday_moves_the_correction_window_with_its_timer(world: World):
    receipt = world.submit()
    mine = receipt.application_id
    world.complete(mine, "check_documents", complete=False, missing_codes=["D02"], unlocked_fields=["doc_articles"],
                   note="ناخوانا")
    world.run_jobs()
    with world.product.database.read() as session:
        before = corrections.open_request(session, application_id=mine)
    assert before is not None
    assert before.due_at is not None
    declare(world, before.due_at.date())
    with world.product.database.read() as session:
        after = corrections.open_request(session, application_id=mine)
        timers = [job.due_at for job in world.product.engine.jobs(session, kind="timer", instance_id=world.application(
            mine).instance_id).items if job.state == "PENDING"]
    assert after is not None
    assert after.due_at is not None
    assert after.due_at > before.due_at
    assert after.due_at in timers
    assert world.application(mine).due_at == after.due_at
    assert tracked_due(world, receipt.tracking_code) == after.due_at
