"""Durable completions per second in one process: our engine beside the stock way, in the same store."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import Engine, EngineSettings, Handlers, values
from engine.clock import SystemClock
from engine.store import tables
from engine.store.session import Database
from tests.bench import permit, progress
from tests.bench.library import Library
from tests.bench.rounds import Figure, Measured, Rounds
from tests.bench.stores import Stores

CLERK = values.Actor(id="clerk")
RATIO = {"sqlite": 4.0, "postgresql": 2.5}
"""How many times the stock way's completions are meant, by store."""
_task = tables.user_task
_OPEN = select(_task.c.id, _task.c.element_id).where(_task.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of those that are compared."""

    start: Callable[[Session], str]
    complete: Callable[[Session, str, Mapping[str, Any]], object]


def bench(rounds: Rounds, stores: Stores) -> list[Figure]:
    """Completions per second of each side on each store, and the ratio to the stock way."""
    found: list[Figure] = []
    for store in stores.names:
        with stores.database(store) as database:
            measured, busy = _measure(database, rounds)
        for name, told in (("ours", "our engine"), ("reload", "our engine, no instance kept in memory"),
                           ("apart", "the library, its specification kept in memory"),
                           ("stock", "the library's serializer, whole JSON each step")):
            found.append(Figure(name=f"{store}: {told}", value=1e6 / measured.median(name), unit="completions/s"))
        found.append(Figure(name=f"{store}: ratio to the stock way", value=measured.ratio("stock", "ours"), unit="",
                            at_least=RATIO[store]))
        found.append(Figure(name=f"{store}: ratio to the stock way, no instance kept in memory",
                            value=measured.ratio("stock", "reload"), unit=""))
        found.append(Figure(name=f"{store}: ratio to the stock way in processor time, without waiting for the disk",
                            value=busy.ratio("stock", "ours"), unit=""))
        found.append(Figure(name=f"{store}: processor time of a completion", unit="ms",
                            value=busy.median("ours") / 1e3))
    return found


def sides(database: Database) -> dict[str, Side]:
    """Ours with and without live instances, the stock way, and the stock way with its specification in memory."""
    clock = SystemClock()
    ours = Engine(clock=clock, handlers=Handlers())
    cold = Engine(clock=clock, handlers=Handlers(), settings=EngineSettings(live_instances_max_bytes=0))
    with database.begin() as session:
        ours.deploy(session, resources=permit.bundle(), actor=CLERK)
        definition = ours.definition(session, key=permit.KEY)
    stock, apart = (Library(*permit.stock(), permit.KEY, definition_id=definition.id, clock=clock, whole=whole)
                    for whole in (True, False))
    return {"ours": _engine(ours), "reload": _engine(cold), "stock": _library(stock), "apart": _library(apart)}


def _library(host: Library) -> Side:
    return Side(start=lambda session: host.start(session, permit.FACTS),
                complete=lambda session, task, given: host.complete(session, task, given, "clerk"))


def _engine(engine: Engine) -> Side:
    def complete(session: Session, task_id: str, given: Mapping[str, Any]) -> object:
        return engine.complete(session, task_id, variables=given, actor=CLERK)

    def start(session: Session) -> str:
        return engine.start(session, key=permit.KEY, variables=permit.FACTS, business_key="1", scope="urmia",
                            actor=CLERK).id

    return Side(start=start, complete=complete)


def _measure(database: Database, rounds: Rounds) -> tuple[Measured, Measured]:
    """By the clock, and in processor time of this process."""
    clock: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}
    compared = list(sides(database).items())
    for number in range(rounds.count + 1):
        progress.tell(f"{database.dialect}: round {number} of {rounds.count}")
        for name, side in compared:
            instances = started(database, side, rounds.instances)
            _settle(database)
            taken = play(database, side, instances)
            if number:  # the first round warms every cache up
                clock.setdefault(name, []).append(taken[0])
                processor.setdefault(name, []).append(taken[1])
        compared.append(compared.pop(0))  # whoever follows whom does not matter in the end
    return Measured(rounds=clock), Measured(rounds=processor)


def _settle(database: Database) -> None:
    """What others have left to be written to the database's files is written now, at nobody's cost."""
    pooled = database.sqlalchemy_engine.raw_connection()
    driver: Any = pooled.driver_connection
    if database.dialect == "sqlite":
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        driver.autocommit = True
        driver.execute("CHECKPOINT")
        driver.autocommit = False
    pooled.close()


def started(database: Database, side: Side, instances: int) -> list[str]:
    """Ids of new instances."""
    found = []
    for _ in range(instances):
        with database.begin() as session:
            found.append(side.start(session))
    gc.collect()
    return found


def play(database: Database, side: Side, instances: Sequence[str]) -> tuple[float, float]:
    """Complete every task of these; microseconds each, from the beginning of its transaction to the end of its commit,
    by the clock and in processor time.

    One instance after another gets one step, as in an office; which task is next is looked up outside the time taken.
    """
    seconds, busy, done = 0.0, 0.0, 0
    for _ in range(permit.STEPS):
        for instance_id in instances:
            with database.read() as session:
                task = session.execute(_OPEN.where(_task.c.instance_id == instance_id).limit(1)).one()
            given = permit.answer(task.element_id, done)
            begin, working = time.perf_counter(), time.process_time()
            with database.begin() as session:
                side.complete(session, task.id, given)
            seconds += time.perf_counter() - begin
            busy += time.process_time() - working
            done += 1
    with database.read() as session:
        left = session.execute(_OPEN.where(_task.c.instance_id.in_(instances))).all()
    assert not left, f"after {permit.STEPS} steps {len(left)} tasks are open"
    return seconds / done * 1e6, busy / done * 1e6
