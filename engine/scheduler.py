"""APScheduler glue, the embedded transport: a tick wakes due jobs. No logic, and no truth: the rows are both.

Any number of processes may tick over one database: each job is claimed by one of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from engine import errors, facade, transport, values
from engine.store.session import Database

BATCH = 10
ROUNDS = 1_000
"""Batches one tick runs at most, so that jobs that keep creating due jobs cannot hold it for ever."""

logger = logging.getLogger(__name__)


class Scheduler:
    """Runs due jobs of one database: in a thread of its own, or tick by tick. See `engine.transport.Transport`."""

    name = "embedded"
    in_web = True

    def __init__(self, database: Database, engine: facade.Engine, *, interval: float = 1.0,
                 before_tick: Callable[[], None] | None = None) -> None:
        """`before_tick` is called before each tick, such as to read what another process declared."""
        self._database, self._engine, self._interval, self._before_tick = database, engine, interval, before_tick
        self._owner = transport.owner_name()
        self._thread: BackgroundScheduler | None = None
        self._stopping = threading.Event()
        self._ticking = threading.Lock()

    def tick(self) -> int:
        """Run everything that is due now, what falls due on the way included; returns the number of jobs run.

        When `stop` is called meanwhile, the job under way is the last; what was claimed beside it is given back.
        """
        if self._before_tick is not None:
            self._before_tick()
        total = 0
        for _ in range(ROUNDS):
            if self._stopping.is_set():
                break
            done = self._engine.run_due_jobs(self._database, owner=self._owner, limit=BATCH,
                                             stopping=self._stopping.is_set)
            total += done
            if done == 0:
                break
        return total

    def start(self) -> None:
        """Tick every `interval` seconds in a background thread. Starting twice changes nothing."""
        if self._thread is not None:
            return
        self._stopping.clear()
        # One thread, ticks never overlap, and a late tick is simply the next one.
        timer = logging.getLogger(f"{__name__}.timer")
        timer.setLevel(logging.ERROR)  # that a tick is still at work when the next one comes is no news
        self._thread = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC", logger=timer)
        self._thread.add_job(self._quiet_tick, "interval", seconds=self._interval, max_instances=1, coalesce=True,
                             misfire_grace_time=None)
        self._thread.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Begin no further job, and wait for the one under way, at most `timeout` seconds (None: until it ends).

        True when nothing is under way any more. Otherwise its lease runs out, and another process runs it again.
        """
        self._stopping.set()
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None
        ended = self._ticking.acquire(timeout=-1 if timeout is None else max(timeout, 0))
        if ended:
            self._ticking.release()
        return ended

    def health(self, session: Session) -> values.TransportHealth:  # noqa: ARG002 - its signature
        """It keeps no record of the processes that tick."""
        return values.TransportHealth(installed=True, workers=None)

    def _quiet_tick(self) -> None:
        with self._ticking:
            try:
                self.tick()
            except errors.Unavailable:
                logger.warning("the database does not answer; due jobs wait for the next tick")
