"""Reminders of renewal: each day once, the latest of those that were missed, and never in vain."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from tests.workflows.world import World
from workflows import bootstrap, calendar, demo_offices, office_import, reminders, rules
from workflows.models.application import Application
from workflows.models.licence import Licence, LicenceReminder
from workflows.models.notification import Notification


@pytest.fixture
def licence(world: World) -> Licence:
    """A licence from a file of offices; it ends in a year."""
    today = calendar.today(world.clock.now())
    lines = demo_offices.content(today).splitlines(keepends=True)
    with world.product.database.begin() as session:
        found = office_import.plan(session, office_import.read(b"".join(lines[:2]), "offices.csv"),
                                   now=world.clock.now())
        office_import.write(session, found, reason="", by="admin", now=world.clock.now())
        session.execute(update(Licence).values(state="ACTIVE", expires_on=today + timedelta(days=365)))
        bootstrap.arm(world.product, session)
    with world.product.database.read() as session:
        return session.scalars(select(Licence)).one()


def to(world: World, day: date, hour: int = 11) -> None:
    """The clock goes to an hour of a day in Tehran, and what is due happens."""
    world.clock.advance(datetime.combine(day, time(hour), calendar.TEHRAN) - world.clock.now())
    world.run_jobs()


def told(world: World) -> list[str]:
    with world.product.database.read() as session:
        return list(session.scalars(select(Notification.kind).where(Notification.kind.startswith("renewal"))
                                    .order_by(Notification.id)))


def planned(world: World, licence: Licence) -> reminders.Plan:
    with world.product.database.read() as session:
        return reminders.plan(rules.in_force(session, engine=world.product.engine, on=licence.expires_on),
                              licence.expires_on)


def test_a_holder_is_reminded_once_on_each_day_and_then_told_of_the_waiver(world, licence):
    deadline, days = planned(world, licence)
    assert deadline == calendar.add_jalali_months(licence.expires_on, -3)
    assert [(deadline - day).days for day in days if day <= deadline] == [90, 30, 10, 1]
    to(world, days[0] - timedelta(days=1))
    assert told(world) == []
    for count, day in enumerate(days, start=1):
        to(world, day)
        to(world, day, 15)
        assert len(told(world)) == count
    to(world, licence.expires_on + timedelta(days=40))
    assert told(world) == ["renewal_reminder"] * 4 + ["renewal_waiver"] * 3
    assert any(licence.number in text and "ماده ۴" in text for text in world.messages())
    with world.product.database.read() as session:
        assert session.get_one(LicenceReminder, licence.id).next_at is None


def test_after_downtime_the_latest_of_the_missed_days_is_made_up_for_in_words_that_are_true(world, licence):
    deadline, _ = planned(world, licence)
    to(world, deadline + timedelta(days=2))
    assert told(world) == ["renewal_waiver"]
    to(world, licence.expires_on - timedelta(days=20))
    assert set(told(world)) == {"renewal_waiver"} and len(told(world)) == 2
    to(world, licence.expires_on + timedelta(days=1))
    assert len(told(world)) == 2, "a licence that has ended is not reminded of"


def test_by_night_messages_wait_for_the_morning(world, licence):
    day = planned(world, licence).days[0]
    to(world, day - timedelta(days=1), 10)
    to(world, day, 23)
    assert told(world) == []
    to(world, day + timedelta(days=1), 9)
    assert told(world) == ["renewal_reminder"]


def test_who_has_applied_for_the_renewal_is_not_reminded_of_it(world, licence):
    now, same = world.clock.now(), "x" * 32
    with world.product.database.begin() as session:
        session.add(Application(
            id=same, service="renew", county="urmia", file_number=same, tracking_hash=same, via="ONLINE", data={},
            applicant_id=world.users["applicant"].id, submitted_by=same, subject_key=same, state="SUBMITTED",
            about_licence_id=licence.id, about_facts={}, definition_id=same, deployment_id=same, search_text="",
            submitted_at=now, state_since=now))
    days = planned(world, licence).days
    to(world, days[0])
    assert told(world) == []
    with world.product.database.begin() as session:
        session.get_one(Application, same).ended_at = now
    to(world, days[1])
    assert told(world) == ["renewal_reminder"]


def test_no_licence_out_of_force_is_reminded_of(world, licence):
    with world.product.database.begin() as session:
        session.execute(update(Licence).values(state="REVOKED"))
    to(world, planned(world, licence).days[1])
    assert told(world) == []
