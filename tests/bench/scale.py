"""How jobs scale on PostgreSQL, for docs/howto/scale.md: `python -m tests.bench.scale [--jobs N]`.

Everything is measured on a server of its own with fsync on; only the ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from contextlib import suppress
from multiprocessing.synchronize import Barrier
from typing import Any

import sqlalchemy as sa

from engine import Engine, Handlers, Transport, scheduler, workers
from engine.clock import SystemClock
from engine.store import tables
from engine.store.session import Database
from tests.crash.stores import Postgres

_processes = multiprocessing.get_context("spawn")


class Instant:
    """Work that takes no time, and notes when it began."""

    def load(self, _session: Any, _job: Any) -> None:
        """Nothing."""

    def perform(self, _payload: None) -> float:
        """When it began."""
        return time.time()

    def record(self, session: Any, job: Any, began: float) -> None:
        """Keep how long after its enqueueing it began."""
        session.execute(tables.message.insert(), {
            "message_id": job.id, "name": "bench", "receivers": [began - job.payload["at"]],
            "received_at": SystemClock().now()})


def compose(transport: str, url: str, threads: int = 4) -> tuple[Database, Engine, Transport]:
    """An engine whose only kind of job is instant."""
    database, handlers = Database(url), Handlers()
    handlers.job("instant", Instant())
    engine = Engine(clock=SystemClock(), handlers=handlers)
    chosen: Transport = scheduler.Scheduler(database, engine) if transport == "embedded" else workers.Workers(
        database, engine, url=url, threads=threads)
    return database, engine, chosen


def process(transport: str, url: str, gate: Barrier) -> None:
    """A process that runs jobs until it is killed."""
    _, _, chosen = compose(transport, url)
    gate.wait()
    chosen.start()
    time.sleep(3_600)


def enqueue(database: Database, engine: Engine, count: int, *, each: int = 100) -> float:
    """Add jobs, `each` in a transaction; the seconds it took."""
    began = time.perf_counter()
    for _ in range(count // each):
        with database.begin() as session:
            for _ in range(each):
                engine.enqueue(session, kind="instant", payload={"at": time.time()})
    return time.perf_counter() - began


def done(database: Database) -> int:
    """Jobs that have run."""
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(tables.message)) or 0


def clean(url: str) -> None:
    """Empty every table."""
    database = Database(url)
    with database.sqlalchemy_engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE job, message, procrastinate_jobs, procrastinate_workers CASCADE")
    database.dispose()


def throughput(transport: str, url: str, count: int, jobs: int) -> float:
    """Jobs a second of this many processes, all of them waiting when they begin."""
    clean(url)
    database, engine, _ = compose(transport, url)
    enqueue(database, engine, jobs)
    gate = _processes.Barrier(count + 1)
    running = [_processes.Process(target=process, args=(transport, url, gate), daemon=True) for _ in range(count)]
    for one in running:
        one.start()
    gate.wait()
    began = time.perf_counter()
    while done(database) < jobs:
        time.sleep(0.05)
    took = time.perf_counter() - began
    for one in running:
        one.kill()
        one.join()
    database.dispose()
    return jobs / took


def latency(transport: str, url: str, count: int = 60) -> tuple[float, float]:
    """Milliseconds from a commit to the beginning of its job, one process at rest: median and the 95th percentile."""
    clean(url)
    database, engine, _ = compose(transport, url)
    gate = _processes.Barrier(2)
    runner = _processes.Process(target=process, args=(transport, url, gate), daemon=True)
    runner.start()
    gate.wait()
    time.sleep(3)
    for number in range(count):
        enqueue(database, engine, 1, each=1)
        while done(database) <= number:
            time.sleep(0.01)
        time.sleep(0.037 * (number % 7))
    with database.read() as session:
        waited = sorted(row[0] * 1_000 for row in session.scalars(sa.select(tables.message.c.receivers)))
    runner.kill()
    runner.join()
    database.dispose()
    return statistics.median(waited), waited[int(len(waited) * 0.95)]


def announcing(url: str, rounds: int = 7) -> float:
    """How much longer a transaction with one job takes because the job is announced: a ratio of medians."""
    clean(url)
    made = [compose(transport, url) for transport in ("procrastinate", "embedded")]
    took: list[list[float]] = [[], []]
    for _ in range(rounds):  # in turn, so that a disturbance meets both
        for place, (database, engine, _) in enumerate(made):
            took[place].append(enqueue(database, engine, 100, each=1))
    for database, _, _ in made:
        database.dispose()
    return statistics.median(took[0]) / statistics.median(took[1])


def fetching(url: str, waiting: int) -> tuple[float, float]:
    """Milliseconds of one fetch with nothing announced, and with this many rows announced before their time."""
    clean(url)
    database, found = Database(url), []
    with database.sqlalchemy_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        worker = connection.scalar(sa.text("SELECT worker_id FROM procrastinate_register_worker_v1()"))
        for rows in (0, waiting):
            connection.execute(sa.text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, scheduled_at)"
                " SELECT 'parvaneh', 'parvaneh.run', 'inst:' || n, '{}', now() + interval '14 days'"
                " FROM generate_series(1, :rows) AS n"), {"rows": rows})
            connection.exec_driver_sql("ANALYZE procrastinate_jobs")
            took = []
            for _ in range(15):
                began = time.perf_counter()
                connection.execute(sa.text("SELECT id FROM procrastinate_fetch_job_v2(ARRAY['parvaneh'], :worker)"),
                                   {"worker": worker}).all()
                took.append((time.perf_counter() - began) * 1_000)
            found.append(statistics.median(took))
    database.dispose()
    return found[0], found[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2_000)
    jobs = parser.parse_args().jobs
    server = Postgres()
    with suppress(KeyboardInterrupt):
        database = Database(server.url)
        tables.metadata.create_all(database.sqlalchemy_engine)
        with database.sqlalchemy_engine.begin() as connection:
            workers.install(connection)
        print(f"one transaction with a job, announced over not announced: {announcing(server.url):.2f}")
        bare, crowded = fetching(server.url, 100_000)
        print(f"a fetch: {bare:.1f} ms; with 100,000 rows announced before their time: {crowded:.1f} ms")
        for transport in ("embedded", "procrastinate"):
            median, late = latency(transport, server.url)
            print(f"{transport}: from commit to begin {median:.0f} ms (median), {late:.0f} ms (p95)")
        for transport in ("embedded", "procrastinate"):
            for count in (1, 2, 4):
                print(f"{transport}, {count} processes: {throughput(transport, server.url, count, jobs):.0f} jobs/s")
    server.stop()


if __name__ == "__main__":
    main()
