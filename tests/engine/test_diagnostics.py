"""Diagnostics name what should not be, and nothing else; the fixture `office` asks them after every test."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import scheduler, values
from engine.store import tables, vitals
from tests.engine import models
from tests.engine.conftest import defects
from tests.engine.test_jobs import Post

damages = pytest.mark.damages


def write(office, statement) -> None:
    with office.database.begin() as session:
        session.execute(statement)


def found(office) -> dict[str, list[str]]:
    return {defect.kind: list(defect.examples) for defect in defects(office)}


@pytest.fixture
def waiting(office) -> values.ProcessInstance:
    """An instance with a user task and two timers beside it."""
    office.deploy(models.DEADLINE)
    return office.start("deadline")


@damages
@pytest.mark.parametrize("table, kind", [
    (tables.user_task, "user_task"), (tables.job, "timer")], ids=["user task", "timer"])
def test_a_row_that_is_gone_leaves_a_token_that_nothing_can_move(office, waiting, table, kind):
    write(office, sa.delete(table))
    [defect] = defects(office)
    assert (defect.kind, defect.count, list(defect.examples)) == ("wait_without_row", 1, [waiting.id])
    assert defect.detail.startswith(kind)


@damages
def test_a_row_of_a_token_that_does_not_wait_is_told(office, waiting):
    with office.database.begin() as session:
        row = dict(session.execute(sa.select(tables.user_task)).one()._mapping)
        session.execute(sa.insert(tables.user_task), {**row, "id": "0" * 32, "token_id": "elsewhere"})
    assert found(office) == {"row_without_wait": [waiting.id]}


@damages
@pytest.mark.parametrize("blob, says", [
    (b"nonsense", "these bytes are no process state"), (b"PVNS\xff" + b"x" * 20, "damaged"), (b"", "no process state")])
def test_a_state_that_cannot_be_read_is_told_with_its_reason(office, waiting, blob, says):
    write(office, sa.update(tables.process_instance).values(execution=blob))
    [defect] = defects(office)
    assert (defect.kind, list(defect.examples)) == ("state_unreadable", [waiting.id])
    assert says in defect.detail


@damages
def test_rows_left_open_by_an_instance_that_ended_are_orphans(office, waiting):
    office.deploy(models.ANCHORED)
    write(office, sa.update(tables.process_instance).values(state="COMPLETED", ended_at=office.clock.now()))
    task = office.tasks()["answer"].id
    timers = sorted(job.id for job in office.read("jobs", kind="timer").items)
    assert found(office) == {"user_task_orphaned": [task], "job_orphaned": timers}


def test_an_instance_in_order_has_no_defect_and_an_ended_one_is_not_examined(office, waiting):
    assert defects(office) == []
    assert office.read("running") == [waiting.id]
    assert office.read("running_sample", 5) == [waiting.id]
    office.complete("answer")
    assert office.read("running") == []
    assert office.read("count_running") == 0
    assert office.read("instance_states", [waiting.id, "nobody"]) == {waiting.id: "COMPLETED"}


def test_running_instances_come_in_chunks_and_each_once(office):
    office.deploy(models.DEADLINE)
    started = sorted(office.start("deadline").id for _ in range(5))
    first = office.read("running", limit=3)
    assert [*first, *office.read("running", after=first[-1], limit=3)] == started


def test_stuck_jobs_are_told_by_why_they_are_stuck(office):
    post = Post()
    office.engine.handlers.job("letter", post)
    overdue, leased, failed, later = (office.call("enqueue", kind="letter", payload={"to": name}).id for name in "abcd")
    write(office, sa.update(tables.job).where(tables.job.c.id == leased).values(
        state="LEASED", lock_owner="dead", lock_until=office.clock.now()))
    write(office, sa.update(tables.job).where(tables.job.c.id == failed).values(state="FAILED"))
    write(office, sa.update(tables.job).where(tables.job.c.id == later).values(
        due_at=office.clock.now() + timedelta(minutes=9)))
    office.clock.advance(timedelta(minutes=11))
    stuck = {defect.kind: list(defect.examples) for defect in office.read("stuck_jobs", overdue=timedelta(minutes=10))}
    assert stuck == {"job_abandoned": [leased], "job_overdue": [overdue], "job_failed": [failed]}
    patient = office.read("stuck_jobs", overdue=timedelta(minutes=30))
    assert {defect.kind: defect.count for defect in patient} == {"job_abandoned": 0, "job_overdue": 0, "job_failed": 1}


def test_more_defects_than_are_named_are_counted(office):
    office.engine.handlers.job("letter", Post())
    for number in range(8):
        office.call("enqueue", kind="letter", payload={"to": number})
    office.clock.advance(timedelta(hours=1))
    [_, overdue, _] = office.read("stuck_jobs", overdue=timedelta(minutes=10))
    assert (overdue.count, len(overdue.examples)) == (8, 5)


def test_the_backlog_counts_what_is_due_leased_failed_and_still_to_come(office, waiting):
    post = Post()
    office.engine.handlers.job("letter", post)
    post.faults.append(OSError())
    office.call("enqueue", kind="letter", payload={"to": "a"})
    office.scheduler.tick()  # fails, and is to be tried again in some seconds
    due = office.call("enqueue", kind="letter", payload={"to": "b"})
    office.clock.advance(timedelta(seconds=3))
    backlog = office.read("backlog")
    assert backlog.jobs == {("due", "letter"): 2}
    assert (backlog.timers, backlog.oldest_due_at, backlog.incidents) == (3, due.due_at, {})
    office.call("claim_jobs", owner="me", limit=5)
    assert office.read("backlog").jobs == {("due", "letter"): 1, ("leased", "letter"): 1}
    post.faults += [OSError() for _ in range(20)]
    for _ in range(12):
        office.advance(minutes=10)
    given_up = office.read("backlog")
    assert (given_up.jobs, given_up.incidents) == ({("failed", "letter"): 2}, {"job": 2})


def test_the_databases_clock_and_version_are_read(office):
    with office.database.read() as session:
        first, second = vitals.now(session), vitals.now(session)
        assert first <= second
        assert first.utcoffset() == timedelta(0)
        assert vitals.version(session).startswith({"sqlite": "SQLite 3", "postgresql": "PostgreSQL 1"}[
            office.database.dialect])
        assert vitals.damage(session) == vitals.broken_references(session) == []


def test_whoever_watches_is_told_of_what_was_committed_only(office, waiting):
    told: list[tuple[str, str]] = []
    office.engine.handlers.on_measured(lambda what, label: told.append((what, label)))
    task = office.tasks()["answer"]

    def complete_then_throw(session) -> None:
        office.engine.complete(session, task.id, variables={}, actor=values.SYSTEM)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), office.database.begin() as session:
        complete_then_throw(session)
    assert ("user_task_completed", "") not in told
    office.complete("answer")
    assert told.count(("user_task_completed", "")) == 1


def test_a_stop_gives_back_what_was_claimed_and_not_begun(office):
    told: list[tuple[str, str]] = []
    office.engine.handlers.on_measured(lambda what, label: told.append((what, label)))
    worker = scheduler.Scheduler(office.database, office.engine)

    class Stopping(Post):
        def perform(self, payload):
            worker.stop(timeout=0)
            return super().perform(payload)

    post = Stopping()
    office.engine.handlers.job("letter", post)
    jobs = [office.call("enqueue", kind="letter", payload={"to": name}).id for name in "abc"]
    assert worker.tick() == 1
    assert post.sent == ["a"]
    states = [office.read("job", job) for job in jobs]
    assert [(job.state, job.attempts, job.lock_owner) for job in states] == [
        ("DONE", 1, states[0].lock_owner), ("PENDING", 0, None), ("PENDING", 0, None)]
    assert sorted(told) == [("job_done", "letter"), ("job_released", "letter"), ("job_released", "letter")]
    assert office.scheduler.tick() == 2, "another worker need not wait for a lease to run out"
