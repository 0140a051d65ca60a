"""A process that runs due jobs, to be started beside others and killed: `python -m tests.engine.worker_process`.

Its only kind of job, `letter`, writes a line when it begins and when it ends, and takes as long as its payload says:
`seconds`, or `first_seconds` the first time. What it records would collide with itself if it were recorded twice.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine import Engine, EngineSettings, Handlers, Transport, scheduler, values, workers
from engine.clock import SystemClock
from engine.store import tables
from engine.store.session import Database

LEASE = timedelta(seconds=4)
PACE = workers.Pace(look=0.2, sweep=0.5, heartbeat=0.3, stalled=1.0)


class Letters:
    """The provider of letters of one process; `book` is shared by all of them."""

    def __init__(self, book: Path) -> None:
        self._book = book

    def load(self, _session: Any, job: values.Job) -> dict[str, Any]:
        return dict(job.payload)

    def perform(self, payload: dict[str, Any]) -> str:
        mark = self._book.with_name(f"first-{payload['to']}")
        first = not mark.exists()
        mark.touch()
        self._write("begin", payload["to"])
        time.sleep(payload["first_seconds"] if first and "first_seconds" in payload else payload.get("seconds", 0))
        self._write("end", payload["to"])
        return str(payload["to"])

    def record(self, session: Any, job: values.Job, _result: str) -> None:
        session.execute(tables.message.insert(), {"message_id": job.id, "name": "letter", "receivers": [],
                                                  "received_at": SystemClock().now()})

    def _write(self, what: str, to: object) -> None:
        with self._book.open("a") as book:  # short lines, appended whole
            book.write(f"{what} {to} {os.getpid()} {time.monotonic()}\n")


def compose(name: str, url: str, book: Path) -> Transport:
    database, handlers = Database(url), Handlers()
    handlers.job("letter", Letters(book))
    engine = Engine(clock=SystemClock(), handlers=handlers, settings=EngineSettings(job_lease=LEASE))
    if name == "embedded":
        return scheduler.Scheduler(database, engine, interval=0.2)
    return workers.Workers(database, engine, url=url, threads=4, pace=PACE)


if __name__ == "__main__":
    compose(sys.argv[1], sys.argv[2], Path(sys.argv[3])).start()
    print("ready", flush=True)
    time.sleep(600)
