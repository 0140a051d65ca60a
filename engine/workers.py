"""Procrastinate glue, the transport of many processes and hosts over one PostgreSQL.

A job that is due is announced in the transaction that makes it so: a row of Procrastinate that carries its id, under
the lock of its process instance. Any worker that is given the row claims the job by its lease and runs it as the
embedded transport does. No logic, and no truth: Procrastinate's rows may be dropped at any time, since every worker
looks for jobs that are due and not announced, and sweeps up after workers that died.

Only what is due is announced. A row that waits for its time would keep every later one of its lock waiting too, and
thousands of such rows would be walked over at each fetch.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.sql import queries
from sqlalchemy import bindparam, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import errors, facade, transport, values
from engine.store import announcements, tables
from engine.store.announcements import Announcement
from engine.store.session import Database

QUEUE, TASK = "parvaneh", "parvaneh.run"
DEPTH = 1_000
"""Announcements that wait at most before no further due rows are looked for: the workers have enough to do."""

ROUNDS = 1_000
"""Times one tick looks again at most, so that jobs that keep creating due jobs cannot hold it for ever."""

_job = tables.job
_UNANNOUNCED = sa.text(
    "NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS told WHERE told.queue_name = 'parvaneh'"
    " AND told.status IN ('todo', 'doing') AND told.args ->> 'job_id' = job.id)")
_DUE = [select(_job.c.id, _job.c.instance_id, _job.c.background)
        .where(state, moment <= bindparam("now"), _UNANNOUNCED).order_by(moment).limit(bindparam("room"))
        for state, moment in ((tables.WAITING_JOB, _job.c.due_at), (tables.LEASED_JOB, _job.c.lock_until),
                              (tables.BACKGROUND_JOB, _job.c.due_at))]
_LAST = -1
"""Procrastinate's priority of background jobs; the others have 0 and are fetched first."""
_WAITING = sa.text(
    "SELECT count(*) FROM (SELECT 1 FROM procrastinate_jobs"
    " WHERE status = 'todo' AND queue_name = 'parvaneh' LIMIT 1000) AS waiting")
_ONE_LOOKS = sa.text("SELECT pg_try_advisory_xact_lock(hashtext('parvaneh.look'))")
_HEALTH = sa.text("""
    WITH stale AS (SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :stalled))
    SELECT (SELECT count(*) FROM procrastinate_workers WHERE id NOT IN (SELECT id FROM stale)) AS workers,
           count(*) FILTER (WHERE status = 'todo') AS announced,
           count(*) FILTER (WHERE status = 'doing') AS running,
           count(*) FILTER (WHERE status = 'doing' AND (worker_id IS NULL OR worker_id IN (SELECT id FROM stale)))
               AS stalled
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name = 'parvaneh'""")
_ALIVE = sa.text("SELECT EXISTS (SELECT 1 FROM procrastinate_workers"
                 " WHERE last_heartbeat >= now() - make_interval(secs => :within))")
_WAKE = """
    SELECT pg_notify('procrastinate_queue_v1#parvaneh', '{"type": "job_inserted", "job_id": 0}')
    WHERE EXISTS (SELECT 1 FROM procrastinate_jobs
                  WHERE status = 'todo' AND queue_name = 'parvaneh' AND lock IS NOT NULL)"""
_MARK = sa.text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")
_DROP = """
DO $$
DECLARE one text;
BEGIN
    FOR one IN SELECT oid::regclass FROM pg_class WHERE relnamespace = current_schema()::regnamespace
               AND relkind = 'r' AND relname LIKE 'procrastinate\\_%' LOOP
        EXECUTE 'DROP TABLE ' || one || ' CASCADE';
    END LOOP;
    FOR one IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
               AND proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE 'DROP FUNCTION ' || one || ' CASCADE';
    END LOOP;
    FOR one IN SELECT oid::regtype FROM pg_type WHERE typnamespace = current_schema()::regnamespace
               AND typtype IN ('e', 'c') AND typname LIKE 'procrastinate\\_%' LOOP
        EXECUTE 'DROP TYPE ' || one || ' CASCADE';
    END LOOP;
END $$"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a worker does what, in seconds."""

    look: float = 1.0
    """Between looks for jobs that fell due by themselves, such as timers: how late those may begin."""
    sweep: float = 30.0
    """Between sweeps for rows whose worker has died."""
    heartbeat: float = 10.0
    """Between signs of life of a worker."""
    stalled: float = 30.0
    """Without a sign of life for so long, a worker counts as dead."""
    poll: float = 1.0
    """Between fetches when no notification comes."""


class _Connector(PsycopgConnector):
    """Tells the workers when a lock may have become free; Procrastinate tells them of new rows only."""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Execute, and look after what waits behind a row that has ended or was given back."""
        await super().execute_query_async(query, **arguments)
        if query in (queries["finish_job"], queries["retry_job"]):
            await super().execute_query_async(_WAKE)


class Workers:
    """Announces due jobs in every process, and runs them in those that start it. See `engine.transport.Transport`."""

    name = "procrastinate"
    in_web = False

    def __init__(self, database: Database, engine: facade.Engine, *, url: str, threads: int = 1,
                 pace: Pace | None = None, before_tick: Callable[[], None] | None = None) -> None:
        """`url` is where notifications come from: the database itself, not a pooler. `threads` jobs run at a time.

        `before_tick` is called before jobs are looked for, such as to read what another process declared.
        """
        self._database, self._engine, self._threads, self._before_tick = database, engine, threads, before_tick
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._pace = pace or Pace()
        self._owner = transport.owner_name()
        self._outlet = App(connector=SyncPsycopgConnector())  # never opened: it writes with our own connections
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._counting = threading.Lock()
        self._run = 0
        database.before_commit(self._announce)

    def tick(self) -> int:
        """Run everything that is due now, what falls due on the way included; returns the number of jobs run."""
        total = 0
        for _ in range(ROUNDS):
            before = self._run
            if self._look() and not self._stopping.is_set():
                asyncio.run(self._work(wait=False))
            if self._run == before:
                break
            total += self._run - before
        return total

    def start(self) -> None:
        """Be a worker, in a background thread, until `stop`. Starting twice changes nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._work_until_stopped, name="workers", daemon=True)
            self._thread.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Take no further job, and wait for those under way, at most `timeout` seconds (None: until they end).

        True when nothing is under way any more. Otherwise leases run out, and another worker runs those jobs again.
        """
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(None if timeout is None else max(timeout, 0))
            if self._thread.is_alive():
                return False
            self._thread = None
        return True

    def health(self, session: Session) -> values.TransportHealth:
        """Workers heard of lately, and the rows they were or will be given."""
        if not installed(session.connection()):
            return values.TransportHealth(installed=False, workers=0)
        found = session.execute(_HEALTH, {"stalled": self._pace.stalled}).one()
        return values.TransportHealth(installed=True, **found._mapping)

    def _announce(self, session: Session) -> None:
        """Before every commit: the jobs this transaction made due become Procrastinate's, or nothing does."""
        if found := announcements.announced(session):
            self._hand_over(session, found)

    def _hand_over(self, session: Session, found: Sequence[Announcement]) -> None:
        rows = [Job(queue=QUEUE, task_name=TASK, task_kwargs={"job_id": one.job_id}, queueing_lock=None,
                    priority=_LAST if one.background else 0,
                    lock=f"inst:{one.instance_id}" if one.instance_id else None) for one in dict.fromkeys(found)]
        try:
            self._outlet.job_manager.batch_defer_jobs(
                rows, connection=session.connection().connection.driver_connection)
        except ConnectorException as error:
            raise errors.Unavailable from error

    def _look(self) -> bool:
        """Announce what is due and was not announced, one worker at a time; True when anything waits to be run."""
        if self._before_tick is not None:
            self._before_tick()
        with self._database.read() as session:
            waiting = session.scalar(_WAITING) or 0
            if not self._unannounced(session, 1 if waiting < DEPTH else 0):
                return waiting > 0
        with self._database.begin() as session:
            if session.scalar(_ONE_LOOKS) and (found := self._unannounced(session, DEPTH - waiting)):
                self._hand_over(session, found)
        return True

    def _unannounced(self, session: Session, room: int) -> list[Announcement]:
        parameters = {"now": self._engine.clock.now(), "room": room}
        return [Announcement(job_id=row.id, instance_id=row.instance_id, background=row.background)
                for statement in _DUE for row in session.execute(statement, parameters)]

    def _run_one(self, *, job_id: str) -> None:
        """What Procrastinate calls. It never fails there: what goes wrong is written on our job, or its lease ends."""
        if self._stopping.is_set():
            return  # it stays due, and another worker announces it again
        try:
            ran = self._engine.run_one_job(self._database, job_id, owner=self._owner)
        except errors.Unavailable:
            logger.warning("the database does not answer; the job waits for its lease to end")
            return
        with self._counting:
            self._run += ran

    def _work_until_stopped(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._work(wait=True))
            except (ConnectorException, psycopg.Error, DBAPIError) as error:
                logger.warning("the database does not answer (%s); the worker tries again", type(error).__name__)
            self._stopping.wait(self._pace.look)

    async def _work(self, *, wait: bool) -> None:
        """Be a worker until told to stop or, without `wait`, until nothing is left to fetch."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(self._threads + 1))
        # Announcements need no durability of their own: what a crash of the database takes is found and swept again.
        app = App(connector=_Connector(conninfo=self._address, min_size=1, max_size=4,
                                       kwargs={"options": "-c synchronous_commit=off"}))
        app.task(name=TASK, queue=QUEUE)(self._run_one)
        pace = self._pace
        async with app.open_async():
            working = asyncio.create_task(app.run_worker_async(
                queues=[QUEUE], name=self._owner, concurrency=self._threads, wait=wait, listen_notify=wait,
                delete_jobs="always", install_signal_handlers=False, update_heartbeat_interval=pace.heartbeat,
                stalled_worker_timeout=pace.stalled, fetch_job_polling_interval=pace.poll))
            if not wait:
                await working
                return
            keeping = asyncio.create_task(self._keep(app))
            keeping.add_done_callback(lambda _: working.cancel())  # which ends it in order
            with suppress(asyncio.CancelledError):
                await working
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    async def _keep(self, app: App) -> None:
        """Look and sweep at their pace, until told to stop."""
        swept = looked = -float("inf")
        while not self._stopping.is_set():
            now = time.monotonic()
            try:
                if now - swept >= self._pace.sweep:
                    swept = now
                    await self._sweep(app)
                if now - looked >= self._pace.look:
                    looked = now
                    await asyncio.to_thread(self._look)
            except (ConnectorException, errors.Unavailable):
                logger.warning("the database does not answer; due jobs wait for the next look")
            await asyncio.sleep(min(0.1, self._pace.look))

    async def _sweep(self, app: App) -> None:
        """Give what a dead worker was given to another: its row would keep every later one of its lock waiting."""
        for stalled in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self._pace.stalled):
            logger.warning("a worker died; job %s is given to another", stalled.task_kwargs.get("job_id"))
            with suppress(ConnectorException):  # another worker sweeps at the same moment and was quicker
                await app.job_manager.retry_job(stalled)
        await app.job_manager.prune_stalled_workers(self._pace.stalled)


def installed(connection: sa.Connection) -> bool:
    """Whether the tables of Procrastinate are there, made by `install` for the version that runs."""
    return bool(connection.scalar(_MARK) == _mark())


def alive(connection: sa.Connection, *, within: float = 30.0) -> bool:
    """Whether a worker gave a sign of life in the last `within` seconds."""
    if connection.scalar(sa.text("SELECT to_regclass('procrastinate_workers')")) is None:
        return False
    return bool(connection.scalar(_ALIVE, {"within": within}))


def install(connection: sa.Connection) -> None:
    """Make the tables of Procrastinate, in the transaction of `connection`; those of another version are replaced.

    Nothing is lost with them: they hold wake-ups only. Stop workers and web processes first.
    """
    if installed(connection):
        return
    remove(connection)
    driver = connection.connection.driver_connection
    driver.execute(App(connector=SyncPsycopgConnector()).schema_manager.get_schema())  # type: ignore[union-attr]
    connection.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{_mark()}'")


def remove(connection: sa.Connection) -> None:
    """Drop everything of Procrastinate, in the transaction of `connection`. Due jobs stay: they are rows of our own."""
    connection.connection.driver_connection.execute(_DROP)  # type: ignore[union-attr]


def _mark() -> str:
    return f"made by parvaneh for procrastinate {metadata.version('procrastinate')}"
