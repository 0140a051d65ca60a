"""Many incidents with one cause are retried together, and the totals are true."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from engine import errors, retries, values
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import BOTH_TRANSPORTS, CLERK, OTHER

pytestmark = BOTH_TRANSPORTS

BROKEN = values.Cause(element_id="call")


def fail(office, count: int, *, first: int = 0, scope: str = "urmia") -> list[str]:
    """That many instances, each with an incident at `call`."""
    found = []
    for number in range(first, first + count):
        office.faults.append(ValueError())
        found.append(office.start("calls", business_key=str(number), scope=scope).id)
        office.complete("before")
    return found


def test_a_few_are_retried_at_once(office):
    office.deploy(models.CALLS)
    fail(office, 3)
    done = office.call("retry_incidents", cause=BROKEN, actor=OTHER)
    assert (done.finished, done.found, done.resolved) == (True, 3, 3)
    assert office.read("incidents").items == []
    assert office.advance(seconds=1) == 0
    assert office.read("retries", done.id) == done


def test_totals_tell_what_failed_again_and_what_was_skipped(office):
    office.deploy(models.CALLS)
    instances = fail(office, 3)
    office.call("suspend", instances[0], actor=CLERK)
    office.faults.append(ValueError())
    done = office.call("retry_incidents", cause=BROKEN, actor=OTHER)
    assert (done.found, done.resolved, done.failed_again, done.skipped, done.queued) == (3, 1, 1, 1, 0)
    assert len(office.read("incidents").items) == 2


@pytest.mark.damages
def test_a_state_that_cannot_be_read_does_not_hold_up_the_others(office):
    office.deploy(models.CALLS)
    damaged, *_ = fail(office, 3)
    instance = tables.process_instance
    with office.database.begin() as session:
        session.execute(update(instance).where(instance.c.id == damaged).values(
            execution=b"PVNS", version=instance.c.version + 1))
    done = office.call("retry_incidents", cause=BROKEN, actor=OTHER)
    assert (done.found, done.resolved, done.failed_again) == (3, 2, 1)
    assert [left.instance_id for left in office.read("incidents").items] == [damaged]


def test_many_are_retried_by_a_job_in_chunks(office, monkeypatch):
    monkeypatch.setattr(retries, "CHUNK", 2)
    office.deploy(models.CALLS)
    fail(office, 5)
    first = office.call("retry_incidents", cause=BROKEN, actor=OTHER)
    assert (first.finished, first.found, first.resolved) == (False, 5, 2)
    later = fail(office, 1, first=9)
    assert office.advance(seconds=1) == 2
    last = office.read("retries", first.id)
    assert (last.finished, last.found, last.resolved) == (True, 5, 5)
    assert [left.instance_id for left in office.read("incidents").items] == later


def test_only_the_cause_that_was_named_is_retried(office):
    office.deploy(models.CALLS)
    fail(office, 1)
    fail(office, 1, first=1, scope="khoy")
    for cause in (values.Cause(definition_key="two_tasks"), values.Cause(kind="expression"),
                  values.Cause(message="another")):
        assert office.call("retry_incidents", cause=cause, actor=OTHER).found == 0
    assert office.call("retry_incidents", cause=BROKEN, scopes=["khoy"], actor=OTHER).resolved == 1
    [left] = office.read("incidents").items
    named = values.Cause(kind=left.kind, definition_key="calls", message=left.message)
    assert office.call("retry_incidents", cause=named, actor=OTHER).resolved == 1


def test_a_cause_names_something(office):
    with pytest.raises(errors.Invalid, match="name the kind"):
        office.call("retry_incidents", cause=values.Cause(), actor=OTHER)


def test_a_job_that_is_no_retry_is_not_found_as_one(office):
    job = office.call("enqueue", kind="other", payload={})
    with pytest.raises(errors.NotFound):
        office.read("retries", job.id)
