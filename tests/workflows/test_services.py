"""Services that are about a licence of the register: whose it is, what forbids them, what they do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine import errors
from tests.workflows.world import World
from workflows import (
    accounts,
    applications,
    authorization,
    catalogue,
    guards,
    intake,
    licences,
    numbers,
    offered,
    office_register,
    registrations,
    subject_licences,
)
from workflows.models.application import Application
from workflows.services import create_urban_office
from workflows.services.entry import Entry

CHANGE = Entry(
    key="change", letters="CH", name="تغییر", name_en="Change", process="create-urban-office",
    form_key="application-create-urban", licence_kinds=("URBAN",), registers="RENEWED", about_licence=True,
    facts=create_urban_office.facts, excludes=("other-change",))
OTHER = Entry(
    key="other-change", letters="OC", name="تغییر دیگر", name_en="Another change", process="create-urban-office",
    form_key="application-create-urban", licence_kinds=("URBAN",), registers="RELOCATED", about_licence=True,
    facts=CHANGE.facts, excludes=("change",), offered=False)


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "SERVICES", {**catalogue.SERVICES, CHANGE.key: CHANGE, OTHER.key: OTHER})


@pytest.fixture
def licence(world: World) -> licences.Licence:
    mine = world.submit().application_id
    world.to_issuer(mine)
    return world.issue(mine)


def take(world: World, licence: licences.Licence, service: Entry = CHANGE,
         user: accounts.User | None = None) -> subject_licences.Subject:
    with world.product.database.begin() as session:
        return subject_licences.take(session, product=world.product, service=service, number=licence.number,
                                     user=user or world.users["applicant"])


def opened(world: World, licence: licences.Licence, service: Entry = CHANGE) -> str:
    """An application about the licence, as it would be taken in: whoever draws its process draws the rest."""
    subject, now = take(world, licence, service), world.clock.now()
    with world.product.database.begin() as session:
        definition = intake.definition(session, product=world.product, service=service)
        file_number = numbers.next_number(session, letters=service.letters, at=now)
        session.add(Application(
            id=file_number.replace("-", "").lower().ljust(32, "0")[:32], service=service.key, county=subject.county,
            file_number=file_number, tracking_hash=file_number, applicant_id=world.users["applicant"].id, via="SELF",
            submitted_by="x", state="SUBMITTED", definition_id=definition.id, deployment_id=definition.deployment_id,
            subject_key=intake.subject_key(service, {}, "x", subject.id), data=dict(subject.data), search_text="",
            about_licence_id=subject.id, about_facts=dict(subject.facts), submitted_at=now, state_since=now))
        return file_number


def issued(world: World, file_number: str, **changes: Any) -> licences.Licence:
    with world.product.database.begin() as session:
        row = session.query(Application).filter_by(file_number=file_number).one()
        row.data = {**row.data, **changes}
        registrations.register(session, product=world.product, application=row, issuer_number="CRA-12",
                               national_id=None, issued_on=date(2026, 4, 5), area_m2=None, by="system")
        found = licences.of_application(session, product=world.product, application_id=row.id)
        assert found is not None
        return found


def test_an_applicant_has_his_own_licences_to_choose_from_and_no_other(world: World, licence: licences.Licence):
    with world.product.database.read() as session:
        [own] = subject_licences.own(session, product=world.product, user=world.users["applicant"], service=CHANGE)
    assert (own.number, own.state, own.data["company_legal_id"]) == (licence.number, "ACTIVE", "10380284790")
    stranger = world.sign_in("09141230000")
    with world.product.database.read() as session:
        assert not subject_licences.own(session, product=world.product, user=stranger, service=CHANGE)
    with pytest.raises(subject_licences.LicenceOfAnother):
        take(world, licence, user=stranger)
    with pytest.raises(errors.NotFound):
        take(world, replace(licence, number="LU-1405-999999-9"))


@pytest.mark.parametrize(("state", "refusal", "fa"), [
    ("SUSPENDED", guards.LicenceSuspended, "معلق"), ("REVOKED", guards.LicenceCancelled, "لغو"),
    ("SURRENDERED", guards.LicenceSurrendered, "بازپس")])
def test_a_licence_that_is_not_in_force_is_refused_clearly(world: World, licence: licences.Licence, state: str,
                                                           refusal: type[guards.LicenceBarred], fa: str):
    with world.product.database.begin() as session:
        licences.change_state(session, product=world.product, id=licence.id, to=state, reason="x", by="x")
    with pytest.raises(refusal) as refused:
        take(world, licence)
    assert fa in refused.value.message("fa")
    assert licence.number in refused.value.message("en")


def test_an_expired_licence_is_refused(world: World, licence: licences.Licence):
    world.clock.advance((licence.expires_on - date(2026, 4, 1)) * 2)
    with pytest.raises(guards.LicenceExpired):
        take(world, licence)


def test_of_two_services_that_exclude_each_other_one_is_open(world: World, licence: licences.Licence):
    first = opened(world, licence)
    with pytest.raises(guards.AnotherOpen) as refused:
        take(world, licence, OTHER)
    assert first in refused.value.message("fa")
    assert "«تغییر»" in refused.value.message("fa")
    with world.product.database.read() as session:
        key = intake.subject_key(CHANGE, {}, "anybody", licence.id)
        assert intake.open_duplicate(session, subject_key=key) == first


def test_a_renewed_licence_keeps_its_number_and_counts_from_the_old_expiry(world: World, licence: licences.Licence):
    new = issued(world, opened(world, licence))
    assert (new.number, new.state, new.expires_on) == (licence.number, "ACTIVE", date(2036, 4, 3))  # 15 Farvardin 1415
    with world.product.database.read() as session:
        assert licences.get(session, product=world.product, user=world.users["clerk"], number=new.number).id == new.id
        old = licences.get(session, product=world.product, user=world.users["clerk"], id=licence.id)
        seen = licences.verify(session, product=world.product, token=licence.verify_url.rpartition("/")[2])
    assert (old.state, old.replaced_by, seen.state) == ("REPLACED", new.number, "REPLACED")


def test_a_relocated_licence_keeps_number_and_expiry_and_its_office_has_a_history(world: World,
                                                                                  licence: licences.Licence):
    file_number = opened(world, licence, OTHER)
    new = issued(world, file_number, site_postal_code="5719911111", site_address="خیابان کاشانی")
    assert (new.number, new.expires_on, new.postal_code) == (licence.number, licence.expires_on, "5719911111")
    assert new.office_id == licence.office_id
    with world.product.database.read() as session:
        history = office_register.get(session, product=world.product, user=world.users["clerk"],
                                      id=new.office_id).history
    assert [one.changes["postal_code"] for one in history if "postal_code" in one.changes] == [
        ["5713812345", "5719911111"]]


def test_a_service_is_switched_off_and_on_by_an_administrator_with_a_reason(world: World):
    with world.product.database.begin() as session:
        assert OTHER not in offered.services(session)
        with pytest.raises(offered.ServiceOff):
            offered.require(session, OTHER)
        for on in (False, True):
            offered.switch(session, product=world.product, key=OTHER.key, offered=on, reason="آزمون",
                           user=world.users["admin"])
            assert (OTHER in offered.services(session)) is on
        with pytest.raises(authorization.RoleMissing):
            offered.switch(session, product=world.product, key=OTHER.key, offered=True, reason="x",
                           user=world.users["manager"])
        offered.switch(session, product=world.product, key="create-urban-office", offered=False, reason="فراخوان",
                       user=world.users["admin"])
        by_key = {one.service.key: one for one in offered.switches(session, user=world.users["admin"])}
    assert (by_key["create-urban-office"].offered, by_key["create-urban-office"].switched_by) == (False, "admin")
    with pytest.raises(offered.ServiceOff):
        world.submit()
    with pytest.raises(errors.NotFound), world.product.database.begin() as session:
        applications.submit(session, product=world.product, data={}, files={}, user=world.users["applicant"],
                            service="nothing")
