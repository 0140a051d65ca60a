"""Workers are killed in the middle of months of reviews, all due at once: every review happens exactly once.

    python -m tests.crash.cycles --store sqlite --months 12 --scopes 31 --items 1000 --processes 4 --kills 138

With `--kills 0` it measures how fast a docket is decided.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from engine import EngineSettings, errors
from tests.crash import stores
from tests.crash.cycle_verdict import Verdict, judge
from tests.workflows import candidates
from workflows import bootstrap, calendar, cycle_kinds, cycles
from workflows.cycle_kinds import Month
from workflows.models.cycle import Cycle
from workflows.product import Product

ROOT = Path(__file__).resolve().parents[2]
SINCE = Month(1410, 1)
"""The first month: later than any day this runs on, since a demonstration's clock only goes forward."""
LEASE = timedelta(seconds=5)
STALLED = 300.0
"""Seconds without a review after which a run has failed."""


@dataclass(kw_only=True)
class Scale:
    """How large a run is, and how it is hurt."""

    months: int = 12
    scopes: int = 31
    items: int = 1_000
    processes: int = 4
    kills: int = 138
    chunk: int = 50
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(2**31))

    @property
    def total(self) -> int:
        """Reviews that have to happen."""
        return self.months * self.scopes * self.items


def main(arguments: list[str] | None = None) -> int:
    """Run it on one store; 0 when every review happened exactly once."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.cycles")
    parser.add_argument("--store", choices=stores.STORES, default="sqlite")
    for name in ("months", "scopes", "items", "processes", "kills", "chunk", "seed"):
        parser.add_argument(f"--{name}", type=int, default=None)
    parser.add_argument("--worker", nargs=2, metavar=("URL", "VAR"), help=argparse.SUPPRESS)
    given = vars(parser.parse_args(arguments))
    store, worker = given.pop("store"), given.pop("worker")
    scale = Scale(**{name: value for name, value in given.items() if value is not None})
    if worker:
        work(worker[0], Path(worker[1]), scale)
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, stores.opened(store, Path(folder)) as url:
        verdict = kill_workers(url, Path(folder), scale)
    print("\n".join(verdict.details), file=sys.stderr)
    print(verdict.line(store), flush=True)
    return 0 if verdict.clean else 1


def kill_workers(url: str, folder: Path, scale: Scale) -> Verdict:
    """Make a clean database full of candidates, let workers review them, kill some on the way, and judge the result."""
    bootstrap.migrate(url)
    product = _composed(url, folder / "var", scale)
    try:
        return _killed(product, url, folder, scale)
    finally:
        product.database.dispose()


def _killed(product: Product, url: str, folder: Path, scale: Scale) -> Verdict:
    _prepare(product, scale)
    rows = [(f"{place:02}-{scope}-{n:05}", scope, _start(month) - timedelta(hours=12))
            for place, month in enumerate(_months(scale)) for scope in _scopes(scale) for n in range(scale.items)]
    candidates.add(product, rows)
    crew, began = Crew(url, folder, scale), time.monotonic()
    try:
        crew.see_it_through(product)
    finally:
        crew.stop()
    took = time.monotonic() - began
    return judge(product, kills=crew.kills, took=took,
                 expected={name: (scope, *_months(scale)[int(name[:2])]) for name, scope, _ in rows})


class Crew:
    """The worker processes; whoever dies is replaced at once."""

    def __init__(self, url: str, folder: Path, scale: Scale) -> None:
        self._command = [sys.executable, "-m", "tests.crash.cycles", "--worker", url, str(folder / "var"),
                         *(text for name in ("months", "scopes", "items", "chunk")
                           for text in (f"--{name}", str(getattr(scale, name))))]
        self._log = (folder / "workers.log").open("ab")
        self._scale, self.kills = scale, 0
        self._chance = random.Random(scale.seed)  # noqa: S311 - a run can be repeated
        self._left = sorted(self._chance.randrange(scale.total) for _ in range(scale.kills))
        self._workers = [self._hired() for _ in range(scale.processes)]

    def see_it_through(self, product: Product) -> None:
        """Kill at the moments that were drawn, counted in reviews, until every session is closed.

        Raises: AssertionError when nothing moves any more.
        """
        moved, reviews, sessions = time.monotonic(), -1, self._scale.months * self._scale.scopes
        while True:
            done, closed = _progress(product)
            if closed == sessions:
                return
            if done != reviews:
                moved, reviews = time.monotonic(), done
            if time.monotonic() - moved > STALLED:
                raise AssertionError(f"nothing moves: {done} of {self._scale.total} reviews, {closed} sessions closed")
            while self._left and self._left[0] < done:
                self._left.pop(0)
                self._kill_one()
            time.sleep(0.02 if self._left else 0.2)

    def stop(self) -> None:
        """End everyone."""
        for worker in self._workers:
            worker.kill()
            worker.wait()
        self._log.close()

    def _kill_one(self) -> None:
        place = self._chance.randrange(len(self._workers))
        self._workers[place].send_signal(signal.SIGKILL)
        self._workers[place].wait()
        self._workers[place] = self._hired()
        self.kills += 1

    def _hired(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, cwd=ROOT, stdout=self._log, stderr=self._log)


def work(url: str, var: Path, scale: Scale) -> None:
    """Run due jobs until killed; what `parvaneh serve` does in its scheduler's thread."""
    product = _composed(url, var, scale)
    while True:
        with contextlib.suppress(errors.Unavailable):
            if product.scheduler.tick():
                continue
        time.sleep(0.05)


def _composed(url: str, var: Path, scale: Scale) -> Product:
    product = bootstrap.build(url=url, var=var, public_url="http://127.0.0.1", bpmn=ROOT / "bpmn", demo=True,
                              cycle_chunk=scale.chunk, engine_settings=EngineSettings(job_lease=LEASE))
    candidates.install(product, since=SINCE, scopes=_scopes(scale))
    return product


def _prepare(product: Product, scale: Scale) -> None:
    candidates.prepare(product)
    last = cycle_kinds.Schedule().moments(product.calendar, _months(scale)[-1])
    with product.database.begin() as session:
        product.advance_clock(session, last.fires_at + timedelta(hours=1) - product.clock.now())
        cycles.arm(session, product=product)


def _progress(product: Product) -> tuple[int, int]:
    review = candidates.review
    with product.database.read() as session:
        done = session.scalar(sa.select(sa.func.max(review.c.number))) or 0
        closed = session.scalar(sa.select(sa.func.count()).select_from(Cycle).where(Cycle.state == "CLOSED")) or 0
    return done, closed


def _months(scale: Scale) -> list[Month]:
    months = [SINCE]
    while len(months) < scale.months:
        months.append(months[-1].next())
    return months


def _scopes(scale: Scale) -> list[str]:
    return [f"province-{number:02}" for number in range(scale.scopes)]


def _start(month: Month) -> datetime:
    return datetime.combine(calendar.from_jalali(month.year, month.month, 1), datetime.min.time(),
                            calendar.TEHRAN).astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
