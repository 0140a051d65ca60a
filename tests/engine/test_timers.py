"""Timers are job rows, fired by a tick; due times can be computed again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import errors
from tests.conftest import START
from tests.engine import models
from tests.engine.conftest import BOTH_TRANSPORTS, CLERK

pytestmark = BOTH_TRANSPORTS


def test_a_reminder_does_not_end_the_task_and_the_deadline_does(office):
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    assert office.timers() == {"remind": START + timedelta(days=5), "lapse": START + timedelta(days=10)}
    assert office.tasks()["answer"].due_at == START + timedelta(days=10)
    assert office.advance(days=4) == 0
    assert office.advance(days=1) == 1
    assert [element for element, _ in office.calls] == ["reminder"]
    assert office.waiting() == {"answer"}
    assert office.advance(days=5) == 1
    assert office.waiting() == set()
    assert office.read("instance", instance.id).outcome == "LAPSED"
    kinds = office.kinds(instance)
    assert kinds.index(("timer_fired", "remind")) < kinds.index(("timer_fired", "lapse"))


def test_timers_of_a_completed_task_are_cancelled(office):
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    office.complete("answer")
    assert office.timers() == {}
    assert {job.state for job in office.read("jobs", instance_id=instance.id).items} == {"CANCELLED"}
    assert office.advance(days=30) == 0


def test_a_machine_that_was_down_fires_everything_in_order_when_it_returns(office):
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    assert office.advance(days=40) == 2
    assert [element for element, _ in [call for call in office.calls if isinstance(call, tuple)]] == ["reminder"]
    assert office.read("instance", instance.id).outcome == "LAPSED"


def test_an_anchored_timer_waits_for_its_anchor(office):
    office.deploy(models.ANCHORED)
    instance = office.start("anchored", {"window": Decimal(10)})
    assert office.timers() == {"lapse": None}
    assert office.advance(days=100) == 0
    delivered = office.clock.now() - timedelta(days=1)
    assert office.call("anchor_timers", instance_id=instance.id, anchor="other", at=delivered) == 0
    assert office.call("anchor_timers", instance_id=instance.id, anchor="delivered", at=delivered) == 1
    assert office.timers() == {"lapse": delivered + timedelta(days=10)}
    assert office.advance(days=9) == 1
    assert office.read("instance", instance.id).outcome == "LAPSED"
    assert office.call("anchor_timers", instance_id=instance.id, anchor="delivered", at=delivered) == 0


def test_due_times_are_computed_again_when_the_calendar_changes(office):
    office.deploy(models.ANCHORED, models.DEADLINE)
    instance = office.start("anchored", {"window": Decimal(10)})
    office.start("deadline")
    office.call("anchor_timers", instance_id=instance.id, anchor="delivered", at=START)
    assert office.call("recompute_timers").changed == 0
    office.days["free"] = 2
    assert office.call("recompute_timers").changed == 1
    assert office.timers()["lapse"] in {START + timedelta(days=12), START + timedelta(days=10)}
    with office.database.read() as session:
        [job] = office.engine.jobs(session, instance_id=instance.id).items
    assert job.due_at == START + timedelta(days=12)


def test_a_timer_of_an_unknown_instance_cannot_be_anchored(office):
    with pytest.raises(errors.NotFound):
        office.call("anchor_timers", instance_id="0" * 32, anchor="x", at=START)


def test_a_repeating_timer_fires_as_often_as_it_says(office):
    office.deploy(models.process(
        "p", models.start(), models.user("answer"),
        models.boundary("nag", "answer", models.timer("R3/P1D", "timeCycle"), interrupting=False),
        models.service("reminder", "work"), models.end("reminded"), models.end(),
        models.path("start_1", "answer", "end_1"), models.path("nag", "reminder", "reminded")))
    office.start("p")
    for day in range(1, 4):
        assert office.timers() == {"nag": START + timedelta(days=day)}
        assert office.advance(days=1) == 1
    assert office.timers() == {}
    assert len(office.calls) == 3
    assert office.waiting() == {"answer"}


def test_an_event_gateway_takes_whichever_comes_first(office):
    office.deploy(models.WAITS)
    instance = office.start("waits", {"number": "7"})
    assert office.advance(days=15) == 1
    assert office.waiting() == {"escalate"}
    with pytest.raises(errors.NoReceiver):
        office.publish("granted", "7")
    office.complete("escalate")
    assert office.publish("granted", "7") == [instance.id]
    assert office.read("instance", instance.id).outcome == "ISSUED"
    assert office.timers() == {}


def test_a_timer_whose_element_fails_has_fired_and_leaves_an_incident(office):
    office.deploy(models.DEADLINE)
    office.start("deadline")
    office.faults.append(ValueError("no"))
    assert office.advance(days=5) == 1
    [incident] = office.read("incidents").items
    assert incident.element_id == "reminder"
    assert office.scheduler.tick() == 0
    assert office.call("retry_incident", incident.id, actor=CLERK).state == "RESOLVED"
