"""One session over a large docket, as workers of the product decide it: from its search to its last item.

Every item is a process instance of its own with its history, in a durable database; that each was reviewed exactly
once is checked before a figure is given.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import sqlalchemy as sa

from engine.store.session import Database
from tests.bench.rounds import Figure, Rounds
from tests.bench.stores import Stores
from tests.crash import cycles, stores
from workflows.models.cycle import Cycle

WORKERS = {"sqlite": 1, "postgres": 2}
"""SQLite has one writer at a time, so that a second worker would only wait."""


def bench(rounds: Rounds, asked: Stores) -> list[Figure]:
    """Items per second and seconds in total, on each store, once: the docket is long enough to even out by itself."""
    return [figure for store in stores.STORES if any(name.startswith(store) for name in asked.names)
            for figure in _measured(store, rounds.docket)]


def _measured(store: str, items: int) -> list[Figure]:
    scale = cycles.Scale(months=1, scopes=1, items=items, processes=WORKERS[store], kills=0, seed=0)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, stores.opened(store, Path(folder)) as url:
        verdict = cycles.kill_workers(url, Path(folder), scale)
        if not verdict.clean:
            raise AssertionError(f"{verdict.line(store)}: {verdict.details}")
        seconds = _took(url)
    name = f"monthly cycle of {items:,} applications, {store}, {WORKERS[store]} worker(s)"
    return [Figure(name=name, value=items / seconds, unit="items a second"),
            Figure(name=f"{name}, in total", value=seconds, unit="s")]


def _took(url: str) -> float:
    """From the moment the search began to the last decision, by the session's own row."""
    database = Database(url)
    try:
        with database.read() as session:
            opened, closed = session.execute(sa.select(Cycle.opened_at, Cycle.closed_at)).one()
    finally:
        database.dispose()
    return float((closed - opened).total_seconds())
