"""Jobs: claimed once, fenced, retried with growing pauses, then an incident."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import BOTH_TRANSPORTS, CLERK, make_transport

pytestmark = BOTH_TRANSPORTS


class Post:
    """A provider of letters: remembers what it delivered, and fails on demand."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.recorded: list[Any] = []
        self.faults: list[BaseException] = []

    def load(self, session, job):
        return {"to": job.payload["to"], "open": session.in_transaction()}

    def perform(self, payload):
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(payload["to"])
        return f"receipt for {payload['to']}"

    def record(self, session, job, result):
        self.recorded.append((job.id, result))


@pytest.fixture
def post(office) -> Post:
    post = Post()
    office.engine.handlers.job("letter", post)
    return post


def test_a_job_is_performed_once_and_its_result_recorded(office, post):
    job = office.call("enqueue", kind="letter", payload={"to": "a"})
    assert (job.state, job.due_at) == ("PENDING", office.clock.now())
    assert office.scheduler.tick() == 1
    assert (post.sent, post.recorded) == (["a"], [(job.id, "receipt for a")])
    assert office.read("job", job.id).state == "DONE"
    assert office.scheduler.tick() == 0


def test_a_job_that_is_rolled_back_never_existed(office, post):
    class Thrown(Exception):
        pass

    def enqueue_then_throw(session) -> None:
        office.engine.enqueue(session, kind="letter", payload={"to": "a"})
        raise Thrown

    with pytest.raises(Thrown), office.database.begin() as session:
        enqueue_then_throw(session)
    assert office.scheduler.tick() == 0


def test_the_same_dedup_key_gives_the_first_job(office, post):
    first = office.call("enqueue", kind="letter", payload={"to": "a"}, dedup_key="k")
    assert office.call("enqueue", kind="letter", payload={"to": "b"}, dedup_key="k") == first
    office.scheduler.tick()
    assert post.sent == ["a"]


def test_a_later_job_waits_for_its_time(office, post):
    office.call("enqueue", kind="letter", payload={"to": "a"}, due_at=office.clock.now() + timedelta(hours=1))
    assert office.scheduler.tick() == 0
    assert office.advance(hours=1) == 1


def test_a_claimed_job_is_not_claimed_again_while_its_lease_lasts(office, post):
    job = office.call("enqueue", kind="letter", payload={"to": "a"})
    [claimed] = office.call("claim_jobs", owner="one")
    assert (claimed.id, claimed.state, claimed.attempts, claimed.lock_owner) == (job.id, "LEASED", 1, "one")
    assert office.call("claim_jobs", owner="two") == []
    office.clock.advance(timedelta(seconds=61))
    [taken] = office.call("claim_jobs", owner="two")
    assert (taken.attempts, taken.lock_owner) == (2, "two")


def test_many_workers_share_the_jobs_without_doing_one_twice(office, post):
    with office.database.begin() as session:
        for number in range(40):
            office.engine.enqueue(session, kind="letter", payload={"to": number})
    gate = threading.Barrier(4)

    def work(name: str) -> None:
        gate.wait()
        while office.engine.run_due_jobs(office.database, owner=name, limit=3):
            pass

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(post.sent) == list(range(40))
    assert len(post.recorded) == 40


def test_a_worker_whose_lease_has_passed_on_records_nothing(office, post):
    office.call("enqueue", kind="letter", payload={"to": "a"})
    [slow] = office.call("claim_jobs", owner="slow")
    office.clock.advance(timedelta(seconds=61))
    [quick] = office.call("claim_jobs", owner="quick")
    office.engine.run_job(office.database, slow)
    assert post.recorded == []
    office.engine.run_job(office.database, quick)
    office.engine.run_job(office.database, quick)
    assert len(post.recorded) == 1


def test_failures_back_off_twice_as_long_each_time_then_become_an_incident(office, post):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    post.faults += [ValueError("mobile 09141234567 unknown") for _ in range(5)]
    job = office.call("enqueue", kind="letter", payload={"to": "a"}, instance_id=instance.id)
    for attempt in range(1, 5):
        assert office.scheduler.tick() == 1
        waiting = office.read("job", job.id)
        pause = (waiting.due_at - office.clock.now()).total_seconds()
        assert 0.8 * 10 * 2 ** (attempt - 1) <= pause <= 1.2 * 10 * 2 ** (attempt - 1)
        assert (waiting.state, waiting.attempts) == ("PENDING", attempt)
        assert "ValueError" in waiting.last_error
        assert office.read("incidents").items == []
        office.clock.advance(timedelta(seconds=pause))
    assert office.scheduler.tick() == 1
    assert office.read("job", job.id).state == "FAILED"
    [incident] = office.read("incidents").items
    assert (incident.kind, incident.job_id, incident.business_key, incident.scope) == ("job", job.id, "1", "urmia")
    assert "09141234567" not in incident.message


def test_retrying_a_jobs_incident_makes_it_due_and_success_resolves_it(office, post):
    post.faults += [ValueError() for _ in range(6)]
    job = office.call("enqueue", kind="letter", payload={"to": "a"})
    for _ in range(5):
        office.advance(hours=1)
    [incident] = office.read("incidents").items
    assert office.call("retry_incident", incident.id, actor=CLERK).state == "OPEN"
    assert office.scheduler.tick() == 1
    assert office.read("incident", incident.id).state == "OPEN"
    office.advance(hours=1)
    assert post.sent == ["a"]
    assert office.read("job", job.id).state == "DONE"
    assert office.read("incident", incident.id).state == "RESOLVED"


def test_a_job_that_asks_to_be_run_later_uses_up_no_attempt(office, post):
    post.faults += [errors.RetryLater(timedelta(hours=1)) for _ in range(9)]
    job = office.call("enqueue", kind="letter", payload={"to": "a"})
    for _ in range(9):
        assert office.scheduler.tick() == 1
        assert office.read("job", job.id).attempts == 0
        office.clock.advance(timedelta(hours=1))
    assert office.scheduler.tick() == 1
    assert post.sent == ["a"]


def test_a_job_that_kills_its_worker_every_time_becomes_an_incident(office, post):
    office.call("enqueue", kind="letter", payload={"to": "a"})
    for attempt in range(1, 6):
        [claimed] = office.call("claim_jobs", owner="doomed")
        assert claimed.attempts == attempt
        office.clock.advance(timedelta(seconds=61))
    assert office.call("claim_jobs", owner="doomed") == []
    [incident] = office.read("incidents").items
    assert "broken off" in incident.message
    assert office.scheduler.tick() == 0


def test_a_job_without_a_handler_becomes_an_incident(office):
    job = office.call("enqueue", kind="nobody", payload={})
    for _ in range(5):
        office.advance(hours=1)
    assert office.read("job", job.id).state == "FAILED"
    assert "There is no job handler nobody" in office.read("incidents").items[0].message


def test_what_record_wrote_is_undone_when_it_fails(office, post):
    def record(session, job, result):
        session.execute(tables.message.insert(), {"message_id": "half", "name": "x", "receivers": [],
                                                  "received_at": office.clock.now()})
        raise KeyError

    post.record = record
    office.call("enqueue", kind="letter", payload={"to": "a"})
    office.scheduler.tick()
    with office.database.read() as session:
        assert session.scalars(sa.select(tables.message.c.message_id)).all() == []


def test_jobs_of_a_suspended_instance_wait_for_its_resumption(office, post):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    office.call("enqueue", kind="letter", payload={"to": "a"}, instance_id=instance.id)
    office.call("suspend", instance.id, actor=CLERK)
    assert office.advance(days=1) == 0
    office.call("resume", instance.id, actor=CLERK)
    assert office.scheduler.tick() == 1
    assert post.sent == ["a"]


def test_outbox_jobs_go_out_after_their_instance_has_ended(office, post):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    office.call("enqueue", kind="letter", payload={"to": "a"}, instance_id=instance.id)
    office.call("cancel", instance.id, actor=CLERK)
    assert office.scheduler.tick() == 1
    assert post.sent == ["a"]


def test_jobs_are_listed_newest_first(office, post):
    ids = [office.call("enqueue", kind="letter", payload={"to": number}).id for number in range(3)]
    page = office.read("jobs", limit=2)
    rest = office.read("jobs", limit=2, after=page.next)
    assert sorted(job.id for job in [*page.items, *rest.items]) == sorted(ids)
    assert office.read("jobs", state="DONE").items == []


def test_the_background_scheduler_runs_what_is_due_and_stops(office, post):
    done = threading.Event()
    office.engine.handlers.on_instance_ended(lambda _session, _event: done.set())
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    office.clock.advance(timedelta(days=11))
    office.scheduler.start()
    office.scheduler.start()
    assert done.wait(timeout=20)
    office.scheduler.stop()
    assert office.read("instance", instance.id).outcome == "LAPSED"


def test_the_clock_is_set_before_each_tick(office, post):
    office.call("enqueue", kind="letter", payload={"to": "a"}, due_at=office.clock.now() + timedelta(days=1))
    eager = make_transport(office.scheduler.name, office.database, office.engine,
                           before_tick=lambda: office.clock.advance(timedelta(days=1)) and None)
    assert eager.tick() == 1


@pytest.mark.parametrize("method, state", [("suspend", "PENDING"), ("cancel", "CANCELLED")])
def test_a_timer_claimed_before_its_instance_stops_does_not_fire(office, method, state):
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    office.clock.advance(timedelta(days=5))
    [claimed] = office.call("claim_jobs", owner="slow")
    office.call(method, instance.id, actor=CLERK)
    office.engine.run_job(office.database, claimed)
    assert office.read("job", claimed.id).state == state
    assert [call for call in office.calls if isinstance(call, tuple)] == []
    if method == "suspend":
        office.call("resume", instance.id, actor=CLERK)
        assert office.scheduler.tick() == 1
        assert office.calls == [("reminder", {})]


def test_the_incident_of_an_instances_job_is_retried_in_its_history(office, post):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    post.faults += [ValueError() for _ in range(5)]
    office.call("enqueue", kind="letter", payload={"to": "a"}, instance_id=instance.id)
    for _ in range(5):
        office.advance(hours=1)
    [incident] = office.read("incidents").items
    office.call("retry_incident", incident.id, actor=CLERK)
    assert ("incident_retried", None) in office.kinds(instance)
    assert office.scheduler.tick() == 1
    assert office.read("incident", incident.id).state == "RESOLVED"


def test_a_standing_job_comes_again_after_its_pause_and_is_never_given_up(office):
    post = Post()
    office.engine.handlers.job("round", post, every=timedelta(minutes=5))
    job = office.call("enqueue", kind="round", payload={"to": "a"}, dedup_key="round")
    assert (office.scheduler.tick(), office.advance(minutes=4), office.advance(minutes=1)) == (1, 0, 1)
    post.faults = [ValueError()] * 5
    for _ in range(5):
        office.advance(minutes=30)
    [incident] = office.read("incidents").items
    assert (incident.job_id, office.read("job", job.id).state, len(post.sent)) == (job.id, "PENDING", 2)
    office.advance(minutes=30)
    assert (len(post.sent), office.read("incidents").items, office.read("job", job.id).last_error) == (3, [], None)


def test_a_standing_job_whose_every_attempt_was_broken_off_comes_again(office):
    post = Post()
    office.engine.handlers.job("round", post, every=timedelta(minutes=5))
    office.call("enqueue", kind="round", payload={"to": "a"})
    for _ in range(5):
        assert len(office.call("claim_jobs", owner="killed")) == 1
        office.clock.advance(timedelta(minutes=2))
    assert office.call("claim_jobs", owner="killed") == []
    assert len(office.read("incidents").items) == 1
    assert office.advance(minutes=5) == 1
    assert (post.sent, office.read("incidents").items) == (["a"], [])


def test_a_background_job_waits_while_anything_else_is_due_and_is_leased_alone(office, post):
    first = office.call("enqueue", kind="letter", payload={"to": "first"}, background=True)
    office.call("enqueue", kind="letter", payload={"to": "second"}, background=True)
    office.advance(minutes=0)
    assert post.sent == ["first", "second"]
    for name in ("third", "fourth"):
        office.call("enqueue", kind="letter", payload={"to": name}, background=True)
    office.clock.advance(timedelta(minutes=1))
    urgent = office.call("enqueue", kind="letter", payload={"to": "urgent"})
    assert [job.id for job in office.call("claim_jobs", owner="w")] == [urgent.id]
    assert [job.payload["to"] for job in office.call("claim_jobs", owner="w")] == ["third"]
    office.advance(minutes=2)  # both leases ran out
    assert sorted(post.sent) == ["first", "fourth", "second", "third", "urgent"]
    assert office.read("job", first.id).state == "DONE"


def test_a_handler_is_told_once_that_its_job_has_failed_for_good(office):
    class Teller(Post):
        told: list[Any] = []  # noqa: RUF012 - one test's list

        def gave_up(self, session, job):
            self.told.append((job.id, job.attempts))

    teller = Teller()
    teller.faults = [ValueError()] * 5
    office.engine.handlers.job("told", teller)
    job = office.call("enqueue", kind="told", payload={"to": "a"})
    for _ in range(8):
        office.advance(minutes=30)
    assert teller.told == [(job.id, 5)]
