"""A subscriber that fails costs nothing but its own telling: nobody's completion, no instance's end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import CLERK, OTHER

STAGED = models.process(
    "staged", models.start(), models.user("before"),
    models.user("shown", 'parvaneh:stage="SHOWN"'),
    models.boundary("late", "shown", models.timer("P10D")), models.end("lapsed", 'parvaneh:outcome="LAPSED"'),
    models.end("done", 'parvaneh:outcome="ISSUED" parvaneh:stage="FINISHED"'),
    models.path("start_1", "before", "shown", "done"), models.path("late", "lapsed"))

EITHER = models.process(
    "either", models.start(), models.user("before"), models.gateway("which", "eventBased", 'parvaneh:stage="ASKED"'),
    models.catch("granted", models.message_event("granted")), models.catch("late", models.timer("P15D")),
    models.end("issued"), models.end("lapsed"), models.path("start_1", "before", "which", "granted", "issued"),
    models.path("which", "late", "lapsed"), globals=models.message("granted"))


class Listener:
    """Writes a row of its own, then fails as often as it was told to."""

    def __init__(self) -> None:
        self.faults: list[BaseException] = []
        self.heard: list[str] = []

    def __call__(self, session, event) -> None:
        name = getattr(event, "stage", None) or "ended"
        session.execute(tables.message.insert(), {
            "message_id": f"{name}-{len(self.heard)}-{len(self.faults)}", "name": "x", "receivers": [],
            "received_at": event.at})
        if self.faults:
            raise self.faults.pop(0)
        self.heard.append(name)


@pytest.fixture
def listener(office):
    listener = Listener()
    office.engine.handlers.on_element_entered(listener)
    office.engine.handlers.on_instance_ended(listener)
    return listener


def written(office):
    with office.database.read() as session:
        return list(session.scalars(tables.message.select().with_only_columns(tables.message.c.message_id)))


def test_what_fails_on_entering_is_an_incident_at_that_element(office, listener):
    office.deploy(STAGED)
    instance = office.start("staged")
    listener.faults.append(ValueError("0012345678"))
    assert office.complete("before").state == "COMPLETED"
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("shown", "handler")
    assert "ValueError" in incident.message
    assert "0012345678" not in incident.message
    assert office.waiting() == set()
    assert written(office) == []
    assert office.read("instance", instance.id).state == "ACTIVE"


def test_retry_enters_the_element_again(office, listener):
    office.deploy(STAGED)
    instance = office.start("staged")
    listener.faults += [errors.Conflict(), errors.Conflict()]
    office.complete("before")
    [incident] = office.read("incidents").items
    assert office.call("retry_incident", incident.id, actor=OTHER).state == "OPEN"
    assert office.call("retry_incident", incident.id, actor=OTHER).state == "RESOLVED"
    assert office.waiting() == {"shown"}
    assert listener.heard == ["SHOWN"]
    office.complete("shown")
    assert listener.heard == ["SHOWN", "FINISHED", "ended"]
    assert office.read("instance", instance.id).outcome == "ISSUED"


def test_boundary_events_of_the_element_go_on(office, listener):
    office.deploy(STAGED)
    instance = office.start("staged")
    listener.faults.append(ValueError())
    office.complete("before")
    assert set(office.timers()) == {"late"}
    office.advance(days=11)
    assert office.read("instance", instance.id).outcome == "LAPSED"
    assert office.read("incidents").items == []


def test_an_event_based_gateway_can_be_entered_again(office, listener):
    office.deploy(EITHER)
    instance = office.start("either", {"number": "7"})
    listener.faults.append(ValueError())
    office.complete("before")
    [incident] = office.read("incidents").items
    assert office.call("retry_incident", incident.id, actor=OTHER).state == "RESOLVED"
    office.publish("granted", "7")
    assert office.read("instance", instance.id).state == "COMPLETED"


def test_an_end_stands_and_is_told_again_by_a_job(office, listener):
    office.deploy(STAGED)
    instance = office.start("staged")
    office.complete("before")
    ended_at = office.clock.now()
    listener.faults += [ValueError(), ValueError()]
    office.complete("shown")
    assert office.read("instance", instance.id).state == "COMPLETED"
    assert listener.heard == ["SHOWN"]
    office.advance(seconds=11)
    office.advance(minutes=1)
    assert listener.heard == ["SHOWN", "FINISHED", "ended"]
    ends = [event for event in office.calls if getattr(event, "outcome", None)]
    assert {event.at for event in ends} == {ended_at}
    assert office.read("incidents").items == []


def test_an_end_that_nobody_can_be_told_of_is_an_incident(office, listener):
    office.deploy(STAGED)
    office.start("staged")
    office.complete("before")
    listener.faults += [ValueError()] * 6
    office.complete("shown")
    for _ in range(6):
        office.advance(hours=1)
    [incident] = office.read("incidents").items
    assert (incident.kind, incident.element_id) == ("job", "done")
    office.call("retry_incident", incident.id, actor=OTHER)
    office.advance(seconds=1)
    assert listener.heard[-1] == "ended"
    assert office.read("incidents").items == []


def test_a_cancellation_stands_too(office, listener):
    office.deploy(STAGED)
    instance = office.start("staged")
    listener.faults.append(errors.Conflict())
    assert office.call("cancel", instance.id, actor=CLERK).state == "CANCELLED"
    office.advance(seconds=11)
    assert listener.heard == ["ended"]


def test_an_outage_still_undoes_the_whole_trigger(office, listener):
    office.deploy(STAGED)
    office.start("staged")
    listener.faults.append(errors.Unavailable())
    with pytest.raises(errors.Unavailable):
        office.complete("before")
    assert office.waiting() == {"before"}
    office.complete("before")
    assert office.waiting() == {"shown"}


def test_user_tasks_that_the_process_cancels_are_in_the_history(office):
    office.deploy(STAGED)
    instance = office.start("staged")
    office.complete("before")
    office.advance(days=11)
    assert ("user_task_cancelled", "shown") in office.kinds(instance)
    assert ("user_task_cancelled", "before") not in office.kinds(instance)


def test_user_tasks_of_a_cancelled_instance_are_in_the_history_under_who_cancelled(office):
    office.deploy(STAGED)
    instance = office.start("staged")
    office.call("cancel", instance.id, actor=OTHER)
    [entry] = [one for one in office.read("history", instance.id).items if one.kind == "user_task_cancelled"]
    assert (entry.element_id, entry.actor) == ("before", "clerk-2")


def test_due_times_that_moved_are_in_the_history(office):
    office.deploy(models.ANCHORED)
    instance = office.start("anchored", {"window": 10})
    delivered = office.clock.now() + timedelta(days=2)
    office.call("anchor_timers", instance_id=instance.id, anchor="delivered", at=delivered)
    [entry] = [one for one in office.read("history", instance.id).items if one.kind == "due_time_changed"]
    assert entry.element_id == "lapse"
    assert entry.facts == {"before": None, "due_at": (delivered + timedelta(days=10)).isoformat()}


@pytest.mark.parametrize("limit", [0, -1])
@pytest.mark.parametrize("door", ["definitions", "instances", "user_tasks", "jobs", "incidents"])
def test_a_page_has_at_least_one_item(office, door: str, limit: int):
    with pytest.raises(errors.Invalid, match="at least one"):
        office.read(door, limit=limit)


@pytest.mark.parametrize("limit", [0, -1])
def test_so_have_a_page_of_history_and_a_batch_of_jobs(office, limit: int):
    with pytest.raises(errors.Invalid, match="at least one"):
        office.read("history", "0" * 32, limit=limit)
    with pytest.raises(errors.Invalid, match="at least one"):
        office.call("claim_jobs", owner="me", limit=limit)
