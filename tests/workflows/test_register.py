"""The register of licences, its signed addresses, and the documents of applications."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest

from engine import errors
from tests.workflows.world import World
from workflows import authorization, documents, issuer, licences, offices, tasks


@pytest.fixture
def licence(world: World) -> licences.Licence:
    mine = world.submit().application_id
    world.to_issuer(mine)
    return world.issue(mine)


def verify(world: World, token: str) -> licences.Verification:
    with world.product.database.read() as session:
        return licences.verify(session, product=world.product, token=token)


def test_a_licence_names_holder_office_issuer_and_dates(world: World, licence: licences.Licence):
    with world.product.database.read() as session:
        seen = licences.get(session, product=world.product, user=world.users["applicant"],
                            number=licence.number.lower().replace("1405", "۱۴۰۵"))
        office = offices.get(session, id=seen.office_id)
    assert seen == licence
    assert (seen.holder_name, seen.holder_identity) == ("شرکت پیشگامان ارتباط ارومیه", "10380284790")
    assert (seen.issuer, seen.issuer_number, seen.national_id) == ("CRA", "CRA-1", "N-1")
    assert office.area_m2 == 63  # as measured, not as declared


def test_only_an_address_we_signed_says_anything(world: World, licence: licences.Licence):
    token = licence.verify_url.rpartition("/")[2]
    public_id, key_id, signature = token.split(".")
    assert verify(world, token).state == "VALID"
    for forged in (public_id, f"{public_id}.{key_id}.", f"{public_id}.{key_id}.{signature[:-4]}AAAA",
                   f"{'0' * 32}.{key_id}.{signature}", "", "...", "\x00"):
        assert verify(world, forged) == licences.Verification(state="UNKNOWN")


def test_a_licence_is_expired_the_day_after_its_last(world: World, licence: licences.Licence):
    token = licence.verify_url.rpartition("/")[2]
    last = licence.expires_on - date(2026, 4, 4)
    world.clock.advance(last)
    assert verify(world, token).state == "VALID"
    world.clock.advance(timedelta(days=1))
    assert verify(world, token).state == "EXPIRED"


def test_a_licence_changes_state_with_a_reason_and_final_states_stay(world: World, licence: licences.Licence):
    def change(to, reason="تخلف احراز شد", user="manager"):
        with world.product.database.begin() as session:
            return licences.decide(session, product=world.product, id=licence.id, to=to, reason=reason,
                                   user=world.users[user])

    with pytest.raises(errors.Forbidden):
        change("SUSPENDED", user="clerk")
    with pytest.raises(errors.Invalid):
        change("SUSPENDED", reason=" ")
    assert change("SUSPENDED").state == "SUSPENDED"
    assert verify(world, licence.verify_url.rpartition("/")[2]).state == "SUSPENDED"
    assert change("ACTIVE").state == "ACTIVE"
    assert change("REVOKED").state == "REVOKED"
    assert verify(world, licence.verify_url.rpartition("/")[2]).state == "CANCELLED"
    with pytest.raises(licences.LicenceStateFinal):
        change("ACTIVE")
    with world.product.database.read() as session:
        found = licences.events(session, licence_id=licence.id)
    assert [event.to_state for event in found] == ["ACTIVE", "SUSPENDED", "ACTIVE", "REVOKED"]


def test_the_register_is_searched_by_number_holder_and_state_as_of_today(world: World, licence: licences.Licence):
    def found(user="clerk", **wanted):
        with world.product.database.read() as session:
            page = licences.search(session, product=world.product, user=world.users[user], **wanted)
        return [one.number for one in page.items]

    for text in ("", licence.number, licence.number.replace("1405", "۱۴۰۵"), "CRA-1", licence.holder_identity,
                 "پيشگامان ارتباط"):
        assert found(text=text) == [licence.number]
    for text in ("CRA-11", "%", "WAZ"):
        assert found(text=text) == []
    assert (found(state="ACTIVE"), found(state="EXPIRED")) == ([licence.number], [])
    world.clock.advance(licence.expires_on - date(2026, 4, 3))
    assert (found(state="ACTIVE"), found(state="EXPIRED")) == ([], [licence.number])
    with pytest.raises(errors.Forbidden):
        found(user="admin")
    with pytest.raises(errors.Forbidden):
        found(user="applicant")


def test_a_page_of_the_register_leads_to_the_next(world: World, licence: licences.Licence):
    other = world.submit(site_postal_code="5715600042").application_id
    world.to_issuer(other)
    second = world.issue(other, number="CRA-2")
    with world.product.database.read() as session:
        asked = {"product": world.product, "user": world.users["clerk"], "limit": 1}
        first_page = licences.search(session, **asked)
        second_page = licences.search(session, after=first_page.next, **asked)
    assert [one.number for one in (*first_page.items, *second_page.items)] == [second.number, licence.number]
    assert second_page.next is None


def test_only_decisions_of_a_person_are_recorded_by_hand(licence: licences.Licence):
    assert licences.changes(licence) == ["SUSPENDED", "REVOKED", "SURRENDERED"]
    assert licences.changes(dataclasses.replace(licence, state="SUSPENDED")) == ["ACTIVE", "REVOKED", "SURRENDERED"]
    assert licences.changes(dataclasses.replace(licence, state="EXPIRED")) == []


def test_downloading_needs_a_code_and_reading_does_not(world: World, licence: licences.Licence):
    stale = dataclasses.replace(world.users["applicant"], verified_at=None)
    with world.product.database.read() as session:
        [document, *_] = documents.of_application(session, product=world.product, user=stale,
                                                  application_id=licence.application_id)
        assert licences.get(session, product=world.product, user=stale, id=licence.id)
        with pytest.raises(authorization.CodeNeeded):
            licences.for_download(session, product=world.product, user=stale, id=licence.id)
        with pytest.raises(authorization.CodeNeeded):
            documents.open(session, product=world.product, id=document.id, user=stale)
        opened = documents.open(session, product=world.product, id=document.id, user=world.users["applicant"])
        assert opened.path.read_bytes().startswith(b"%PDF")
        with pytest.raises(errors.Forbidden):
            documents.open(session, product=world.product, id=document.id, user=world.users["admin"])
        with pytest.raises(errors.NotFound):
            documents.open(session, product=world.product, id="0" * 32, user=world.users["clerk"])


def test_content_is_stored_once_and_orphans_are_swept(world: World, licence: licences.Licence):
    folder = world.product.documents
    orphan = folder.put(b"%PDF-1.4 orphan")
    assert folder.put(b"%PDF-1.4 orphan") == orphan
    with world.product.database.read() as session:
        assert documents.orphans(session, product=world.product) == []
    world.machine.advance(timedelta(days=4000))
    world.pass_time(days=2)
    assert not folder.path(orphan).exists()
    with world.product.database.read() as session:
        assert documents.open(session, product=world.product, user=world.users["clerk"], id=documents.listed(
            session, application_id=licence.application_id)[0].id).path.exists()


def test_the_issuer_answers_only_what_is_with_it_and_completely(world: World):
    mine = world.submit().application_id

    def answer(user="clerk", **given):
        with world.product.database.begin() as session:
            issuer.record_answer(session, product=world.product, application_id=mine, user=world.users[user], **given)

    good = {"answer": "ISSUED", "issuer_number": "CRA-9", "issued_on": date(2026, 4, 4)}
    with pytest.raises(issuer.NotAtIssuer):
        answer(**good)
    world.to_issuer(mine)
    with pytest.raises(errors.Forbidden):
        answer(user="inspector", **good)
    with pytest.raises(errors.Invalid) as refused:
        answer(answer="ISSUED", issued_on=date(2030, 1, 1))
    assert {problem.where for problem in refused.value.problems} == {"issuer_number", "issued_on"}
    answer(answer="RETURNED", return_reason="تصویر اجاره‌نامه ناخواناست")
    task = world.task(mine, "handle_return")
    assert task.role == "CLERK"
    with world.product.database.read() as session:
        assert issuer.return_reason(session, application_id=mine) == "تصویر اجاره‌نامه ناخواناست"
    world.complete(mine, "handle_return", decision="RESEND", note="دوباره فرستاده شد")
    world.run_jobs()
    assert len(list((world.var / "issuer").glob("*.json"))) == 2
    answer(**good)
    assert world.application(mine).state == "ISSUED"


def test_an_issuers_number_enters_the_register_once(world: World, licence: licences.Licence):
    mine = world.submit(site_postal_code="5713899999").application_id
    world.to_issuer(mine)
    with pytest.raises(errors.Invalid) as refused:
        world.issue(mine, number=licence.issuer_number)
    assert [(fault.where, fault.code) for fault in refused.value.problems] == [("issuer_number", "issuer_number_taken")]
    assert world.application(mine).state == "AT_ISSUER"
    with world.product.database.begin() as session:
        world.product.engine.publish(session, name="issuer_issued", correlation_key=mine, variables={
            "issuer_number": "CRA-1", "national_licence_id": "N-9", "issued_on": date(2026, 4, 4)})
    with world.product.database.read() as session:
        [incident] = world.product.engine.incidents(session, business_key=mine).items
    assert "CRA-1" in incident.message
    assert world.application(mine).state == "AT_ISSUER"


def test_the_portals_message_ends_an_open_application(world: World):
    mine = world.submit().application_id
    with world.product.database.begin() as session:
        world.product.engine.publish(session, name="issued_by_portal", correlation_key=mine, variables={
            "issuer_number": "P-1", "national_licence_id": "N-9", "issued_on": date(2026, 4, 4)})
    assert world.application(mine).state == "ISSUED"


def test_a_silent_issuer_is_escalated_to_the_manager(world: World):
    mine = world.submit().application_id
    world.to_issuer(mine)
    world.pass_time(days=30)
    assert world.task(mine, "escalate_issuer").role == "MANAGER"
    world.complete(mine, "escalate_issuer", note="نامه پیگیری فرستاده شد")
    assert world.issue(mine).state == "ACTIVE"


def test_a_follow_up_ends_with_the_answer_and_history_tells(world: World):
    mine = world.submit().application_id
    world.to_issuer(mine)
    world.pass_time(days=30)
    task = world.task(mine, "escalate_issuer")
    with world.product.database.begin() as session:
        tasks.claim(session, product=world.product, task_id=task.id, user=world.users["manager"])
        issuer.record_answer(session, product=world.product, application_id=mine, answer="RETURNED",
                             return_reason="ناخواناست", user=world.users["clerk"])
    assert [one.element_id for one in world.tasks(mine)] == ["handle_return"]
    with world.product.database.read() as session:
        assert world.product.engine.user_task(session, task.id).state == "CANCELLED"
        assert issuer.return_reason(session, application_id=mine) == "ناخواناست"
    with pytest.raises(errors.TaskAlreadyCompleted):
        world.complete(mine, "escalate_issuer", task=task, note="دیر")
