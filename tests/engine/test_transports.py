"""Processes that run due jobs: several at once, killed at work, and exchanged for those of the other transport."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import errors, scheduler, workers
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import Office, make_office, make_transport
from tests.engine.worker_process import LEASE, PACE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 40.0
EVERYWHERE = pytest.mark.parametrize(
    "database_url, transport", [("sqlite", "embedded"), ("postgres", "embedded"), ("postgres", "procrastinate")],
    indirect=["database_url"])
PROCRASTINATE = pytest.mark.parametrize(
    "database_url, transport", [("postgres", "procrastinate")], indirect=["database_url"])


@dataclass
class Line:
    what: str
    to: str
    pid: int
    at: float


@dataclass
class Post:
    """An office whose letters are sent by processes of their own."""

    office: Office
    transport: str
    url: str
    book: Path
    processes: list[subprocess.Popen[str]]

    def start(self, count: int = 1) -> list[subprocess.Popen[str]]:
        new = [subprocess.Popen([sys.executable, "-m", "tests.engine.worker_process", self.transport, self.url,
                                 str(self.book)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        self.processes += new
        for process in new:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        return new

    def send(self, *letters: dict[str, object], instance_id: str | None = None) -> list[str]:
        with self.office.database.begin() as session:
            return [self.office.engine.enqueue(session, kind="letter", payload=letter, instance_id=instance_id).id
                    for letter in letters]

    def lines(self) -> list[Line]:
        if not self.book.exists():
            return []
        found = [text.split() for text in self.book.read_text().splitlines()]
        return [Line(what, to, int(pid), float(at)) for what, to, pid, at in found]

    def begun(self, to: str) -> list[Line]:
        return [line for line in self.lines() if (line.what, line.to) == ("begin", to)]

    def states(self) -> list[str]:
        with self.office.database.read() as session:
            return list(session.scalars(sa.select(tables.job.c.state)))

    def all_done(self) -> bool:
        return set(self.states()) == {"DONE"}

    def recorded(self) -> int:
        with self.office.database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(tables.message)) or 0


def until(condition: Callable[[], object], patience: float = PATIENCE) -> float:
    """Wait until something is so; returns how long that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, "it never came to that"
        time.sleep(0.05)
    return time.monotonic() - began


def announced(office: Office) -> list[str]:
    with office.database.read() as session:
        return list(session.scalars(sa.text("SELECT lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")))


@pytest.fixture
def post(database, database_url, clock, transport, tmp_path) -> Iterator[Post]:
    office = make_office(database, clock, transport=transport)
    office.deploy(models.TWO_TASKS)
    post = Post(office=office, transport=transport, url=database_url, book=tmp_path / "book", processes=[])
    yield post
    for process in post.processes:
        process.kill()
        process.communicate()


@EVERYWHERE
def test_several_processes_share_the_jobs_and_none_is_run_twice(post):
    post.send(*[{"to": number, "seconds": 0.02} for number in range(60)])
    post.start(3)
    post.send(*[{"to": number, "seconds": 0.02} for number in range(60, 120)])
    until(post.all_done)
    begun = [line for line in post.lines() if line.what == "begin"]
    assert sorted(int(line.to) for line in begun) == list(range(120))
    assert len({line.pid for line in begun}) > 1
    assert post.recorded() == 120


@EVERYWHERE
def test_an_instance_goes_on_within_the_lease_when_the_process_that_ran_its_job_is_killed(post):
    instance = post.office.start("two_tasks")
    [killed] = post.start()
    [struck] = post.send({"to": "struck", "first_seconds": 600}, instance_id=instance.id)
    until(lambda: post.begun("struck"))
    post.send({"to": "behind"}, instance_id=instance.id)
    killed.kill()
    killed.wait()
    post.start(2)
    took = until(post.all_done)
    assert took < LEASE.total_seconds() + 6, "processes that start count as well"
    assert [len(post.begun(to)) for to in ("struck", "behind")] == [2, 1]
    first, second = post.begun("struck")
    assert second.at - first.at >= LEASE.total_seconds() - 0.5, "never two at a time: the lease had to run out"
    assert post.recorded() == 2
    with post.office.database.read() as session:
        assert post.office.engine.job(session, struck).attempts == 2


@PROCRASTINATE
def test_a_dead_workers_row_does_not_block_the_other_jobs_of_its_instance_until_the_lease_ends(post):
    instance = post.office.start("two_tasks")
    post.start(2)
    post.send({"to": "struck", "first_seconds": 600}, instance_id=instance.id)
    until(lambda: post.begun("struck"))
    [runner] = [process for process in post.processes if process.pid == post.begun("struck")[0].pid]
    post.send({"to": "behind"}, instance_id=instance.id)
    time.sleep(0.5)
    assert post.begun("behind") == [], "the lock of the instance is taken"
    runner.kill()
    until(lambda: post.begun("behind"))
    assert post.begun("behind")[0].at - post.begun("struck")[0].at < LEASE.total_seconds()
    until(post.all_done)


@PROCRASTINATE
def test_jobs_of_one_instance_run_one_after_the_other_and_others_beside_them(post):
    first, second = (post.office.start("two_tasks", business_key=key) for key in ("1", "2"))
    for number in range(8):
        post.send({"to": f"a{number}", "seconds": 0.1}, instance_id=first.id)
        post.send({"to": f"b{number}", "seconds": 0.1}, instance_id=second.id)
    post.start(2)
    until(post.all_done)
    spans = {line.to: (line.at, end.at) for line in post.lines() if line.what == "begin"
             for end in post.lines() if (end.what, end.to) == ("end", line.to)}
    for kind in "ab":
        own = sorted(span for to, span in spans.items() if to.startswith(kind))
        assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(own))
        assert [to for to in sorted(spans, key=lambda to: spans[to]) if to.startswith(kind)] == [
            f"{kind}{number}" for number in range(8)]
    assert any(a[0] < b[1] and b[0] < a[1] for to, a in spans.items() if to.startswith("a")
               for other, b in spans.items() if other.startswith("b"))


@PROCRASTINATE
def test_a_transaction_that_is_rolled_back_announces_nothing(post):
    class Thrown(Exception):
        pass

    def enqueue_then_throw() -> None:
        with post.office.database.begin() as session:
            post.office.engine.enqueue(session, kind="letter", payload={"to": "a"})
            raise Thrown

    with pytest.raises(Thrown):
        enqueue_then_throw()
    assert announced(post.office) == []
    instance = post.office.start("two_tasks")
    post.send({"to": "a"}, {"to": "b"}, instance_id=instance.id)
    post.send({"to": "c"})
    assert announced(post.office) == [f"inst:{instance.id}", f"inst:{instance.id}", None]


@PROCRASTINATE
def test_when_jobs_cannot_be_announced_the_transaction_that_makes_them_due_is_not_committed(post):
    with post.office.database.sqlalchemy_engine.begin() as connection:
        workers.remove(connection)
    with pytest.raises(errors.Unavailable):
        post.send({"to": "a"})
    assert post.states() == []


@PROCRASTINATE
def test_a_job_that_waits_for_its_time_holds_no_other_of_its_instance_back(post):
    office, instance = post.office, post.office.start("two_tasks")
    later = office.clock.now() + timedelta(hours=1)
    office.call("enqueue", kind="letter", payload={"to": "later"}, instance_id=instance.id, due_at=later)
    assert announced(office) == []
    office.engine.handlers.job("letter", Silent())
    post.send({"to": "now"}, instance_id=instance.id)
    assert office.scheduler.tick() == 1
    assert office.advance(hours=1) == 1


class Silent:
    """Sends letters that nobody reads."""

    def load(self, _session, _job):
        return None

    def perform(self, _payload):
        return None

    def record(self, _session, _job, _result):
        return None


@PROCRASTINATE
def test_the_transports_may_be_exchanged_at_any_time(post):
    office, embedded = post.office, scheduler.Scheduler(post.office.database, post.office.engine)
    office.engine.handlers.job("letter", Silent())
    post.send({"to": "a"})
    assert embedded.tick() == 1, "announced, but run by the other"
    assert office.scheduler.tick() == 0, "what is left is an announcement of a job that is done"
    assert announced(office) == []
    with office.database.sqlalchemy_engine.begin() as connection:
        connection.execute(tables.job.update().values(state="PENDING"))
    assert office.scheduler.tick() == 1, "never announced, but due"


@PROCRASTINATE
def test_tables_are_made_once_replaced_for_another_version_and_removed_without_a_trace(post):
    office = post.office
    office.engine.handlers.job("letter", Silent())
    post.send({"to": "a"})
    with office.database.sqlalchemy_engine.begin() as connection:
        workers.install(connection)
    assert len(announced(office)) == 1, "installing again changes nothing"
    with office.database.sqlalchemy_engine.begin() as connection:
        connection.exec_driver_sql("COMMENT ON TABLE procrastinate_jobs IS 'made for another version'")
        assert not workers.installed(connection)
        workers.install(connection)
        assert workers.installed(connection)
    assert announced(office) == []
    assert office.scheduler.tick() == 1, "the job is due all the same"
    with office.database.sqlalchemy_engine.begin() as connection:
        workers.remove(connection)
        left = connection.scalar(sa.text(
            "SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'procrastinate%')"
            " + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'procrastinate%')"
            " + (SELECT count(*) FROM pg_type WHERE typname LIKE '%procrastinate%')"))
        assert left == 0
    with office.database.read() as session:
        assert not office.scheduler.health(session).installed


@PROCRASTINATE
def test_health_counts_workers_and_what_dead_ones_left(post):
    def health():
        with post.office.database.read() as session:
            return office_pace.health(session)

    office_pace = make_transport("procrastinate", post.office.database, post.office.engine,
                                 pace=PACE)
    assert (health().workers, health().running, health().stalled) == (0, 0, 0)
    [process] = post.start()
    until(lambda: health().workers == 1)
    post.send({"to": "a", "seconds": 600})
    # Both transports of this test announce the job: one announcement runs it, the other finds it taken and goes.
    until(lambda: post.begun("a") and (health().running, health().announced) == (1, 0))
    assert health().stalled == 0
    process.kill()
    until(lambda: health().stalled == 1)
    assert health().workers == 0


@PROCRASTINATE
def test_a_worker_whose_connections_are_cut_goes_on(post):
    post.start()
    post.send({"to": "before"})
    until(post.all_done)
    with post.office.database.sqlalchemy_engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                   " WHERE pid <> pg_backend_pid() AND datname = current_database()"))
    post.send({"to": "after"})
    until(post.all_done)
    assert len(post.begun("after")) == 1


@EVERYWHERE
def test_a_stop_waits_for_the_job_under_way_and_takes_no_other(post):
    office, slow = post.office, Slow()
    office.engine.handlers.job("letter", slow)
    post.send({}, {}, {})
    office.scheduler.start()
    assert slow.begun.wait(20)
    assert office.scheduler.stop(timeout=0) is False
    slow.go_on.set()
    assert office.scheduler.stop(timeout=20) is True
    assert sorted(post.states()) == ["DONE", "PENDING", "PENDING"]
    assert [job.attempts for job in office.read("jobs", state="PENDING").items] == [0, 0], "given back, not counted"


class Slow(Silent):
    """Sends a letter once it may."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def perform(self, _payload):
        self.begun.set()
        self.go_on.wait(30)
