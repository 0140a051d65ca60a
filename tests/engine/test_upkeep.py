"""What has served is removed after a while, in chunks; what an instance may weigh is limited; chunks of due times."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import CLERK, OTHER, make_office


def rows(office, table) -> int:
    with office.database.read() as session:
        return len(session.execute(table.select()).all())


def test_ended_jobs_and_messages_are_removed_after_the_retention(office):
    office.deploy(models.DEADLINE, models.WAITS)
    office.start("deadline")
    office.start("waits", {"number": "7"})
    office.call("publish", name="granted", correlation_key="7", message_id="m1", actor=CLERK)
    office.advance(days=11)
    ended = [job for job in office.read("jobs").items if job.state in {"DONE", "CANCELLED"}]
    assert len(ended) >= 3
    assert office.call("sweep") == 0
    office.clock.advance(timedelta(days=60))
    assert office.call("sweep", limit=1) == 2, "one job, one message"
    while office.call("sweep"):
        pass
    assert not {job.id for job in office.read("jobs").items} & {job.id for job in ended}
    assert office.call("sweep") == 0
    assert rows(office, tables.message) == 0


def test_jobs_that_wait_or_that_an_incident_tells_of_stay(office):
    office.deploy(models.DEADLINE)
    office.start("deadline")
    office.call("enqueue", kind="unknown", payload={}, due_at=office.clock.now() + timedelta(days=365))
    failing = office.call("enqueue", kind="unknown", payload={})
    for _ in range(6):
        office.advance(hours=1)
    [incident] = office.read("incidents").items
    assert incident.job_id == failing.id
    office.clock.advance(timedelta(days=40))
    office.call("sweep")
    assert {job.state for job in office.read("jobs").items} == {"PENDING", "FAILED"}


def test_due_times_of_many_instances_are_computed_in_chunks(office):
    office.deploy(models.ANCHORED)
    for number in range(3):
        instance = office.start("anchored", {"window": Decimal(10)}, business_key=str(number))
        office.call("anchor_timers", instance_id=instance.id, anchor="delivered", at=office.clock.now())
    office.days["free"] = 2
    first = office.call("recompute_timers", limit=2)
    assert (first.changed, first.next is not None) == (2, True)
    rest = office.call("recompute_timers", limit=2, after=first.next)
    assert (rest.changed, rest.next) == (1, None)
    assert office.call("recompute_timers", limit=5).changed == 0


GROWS = models.process(
    "grows", models.start(), models.user("before"), models.script("double", "text + text", "text"),
    models.user("after"), models.end(), models.path("start_1", "before", "double", "after", "end_1"))


@pytest.mark.parametrize("live", [2**20, 0])
def test_variables_that_grow_past_the_limit_are_an_incident_where_they_grow(database, clock, live: int):
    office = make_office(database, clock, variables_max_bytes=1_000, live_instances_max_bytes=live)
    office.deploy(GROWS)
    office.start("grows", {"text": "x"})
    assert office.complete("before", text="x" * 600).state == "COMPLETED"
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("double", "budget")
    assert "1000 bytes" in incident.message
    assert office.call("retry_incident", incident.id, actor=OTHER).state == "OPEN"


def test_a_task_whose_answer_no_longer_fits_stays_completed(database, clock):
    office = make_office(database, clock, variables_max_bytes=1_000)
    office.deploy(models.TWO_TASKS)
    office.start("two_tasks", {"text": "x" * 900})
    assert office.complete("first", more="x" * 200).state == "COMPLETED"
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("first", "budget")
    office.engine = make_office(database, clock).engine
    assert office.call("retry_incident", incident.id, actor=OTHER).state == "RESOLVED"
    assert office.waiting() == {"second"}


def test_replacing_a_variable_again_and_again_weighs_it_once(database, clock):
    office = make_office(database, clock, variables_max_bytes=1_000)
    office.deploy(models.process(
        "again", models.start(), models.gateway("join"), models.user("before"),
        models.script("keep", 'text', "kept"), models.gateway("more", attributes='default="more__join"'), models.end(),
        models.path("start_1", "join", "before", "keep", "more", "join"),
        models.flow("more", "end_1", 'text = "stop"')))
    office.start("again", {})
    for _ in range(10):
        office.complete("before", text="x" * 400)
    assert office.read("incidents").items == []


def test_variables_too_heavy_by_themselves_are_refused_to_who_sends_them(database, clock):
    office = make_office(database, clock, variables_max_bytes=1_000)
    office.deploy(models.TWO_TASKS)
    with pytest.raises(errors.Invalid, match="1000 bytes"):
        office.start("two_tasks", {"text": "x" * 2_000})
    office.start("two_tasks")
    with pytest.raises(errors.Invalid, match="1000 bytes"):
        office.complete("first", text="x" * 2_000)
    assert office.waiting() == {"first"}
    office.complete("first", text="x" * 20)
    assert office.waiting() == {"second"}
