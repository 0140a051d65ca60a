"""Reference models drawn by hand, in MIWG's form: a folder of BPMN files.

A model passes when it is deployed, or refused with a complete list. Every entry of the list names an element and a
construct, and an XPath over the file confirms both; the list is complete when no other element of the executable
processes has a construct that was refused elsewhere in the file (`refusals`).

A deployed model counts as simulated when each of its executable processes, started without variables, comes to its end
by completing everything: user tasks without data, messages delivered, timers let come due. Nothing is invented to make
a condition hold; an incident, a process that cannot be started or one that still waits leaves the model out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine import Engine, Handlers, errors, values
from engine.clock import ManualClock
from engine.store import tables
from engine.store.session import Database
from tests.conformance import refusals
from tests.conformance.outcomes import CRASHES, Outcome, one_line

START = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS = 200
"""Waits that a walk ends at most in one instance."""


def files(folder: Path) -> list[Path]:
    """Every model."""
    return list(folder.glob("*.bpmn"))


def run(folder: Path, executor: Executor) -> Iterator[list[Outcome]]:
    """The outcomes, one for each file."""
    yield from ([outcome] for outcome in executor.map(run_file, sorted(files(folder))))


def line(outcomes: Sequence[Outcome]) -> str:
    """`deployed=K refused=R simulated=S/N`; a model in neither of the first two has failed."""
    deployed = sum(outcome.passed and outcome.facts.get("deployed", False) for outcome in outcomes)
    refused = sum(outcome.passed and not outcome.facts.get("deployed", False) for outcome in outcomes)
    simulated = sum(bool(outcome.facts.get("simulated")) for outcome in outcomes)
    return f"deployed={deployed} refused={refused} simulated={simulated}/{len(outcomes)}"


def run_file(path: Path) -> Outcome:
    """The outcome of one model."""
    xml, name = path.read_bytes(), path.name
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        database = Database(f"sqlite:///{folder}/walk.sqlite")
        tables.metadata.create_all(database.sqlalchemy_engine)
        try:
            return _judge(database, xml, name)
        except CRASHES as crash:
            return Outcome(name=name, passed=False, reason=one_line(f"{type(crash).__name__}: {crash}"))
        finally:
            database.dispose()


def _judge(database: Database, xml: bytes, name: str) -> Outcome:
    clock = ManualClock(START)
    engine = Engine(clock=clock, handlers=Handlers())
    try:
        with database.begin() as session:
            deployment = engine.deploy(session, resources={f"processes/{name}": xml}, actor=values.SYSTEM)
    except errors.Invalid as refusal:
        entries = [problem for problem in refusal.problems if problem.severity == "error"]
        fault = refusals.fault(xml, f"processes/{name}", entries)
        listed = [f"{entry.where}: {entry.what}" for entry in entries]
        return Outcome(name=name, passed=not fault, reason=one_line(fault),
                       facts={"deployed": False, "refused": listed})
    walk = Walk(database, engine, clock)
    stuck = [said for definition in deployment.process_definitions if (said := walk.through(definition.key))]
    return Outcome(name=name, passed=True, facts={
        "deployed": True, "simulated": not stuck and bool(deployment.process_definitions), "stuck": stuck})


class Walk:
    """Completes everything that an instance waits for."""

    def __init__(self, database: Database, engine: Engine, clock: ManualClock) -> None:
        self.database, self.engine, self.clock = database, engine, clock

    def through(self, key: str) -> str:
        """Why an instance of the process does not come to its end; empty when it does."""
        try:
            with self.database.begin() as session:
                instance = self.engine.start(session, key=key, variables={}, business_key=key, scope="",
                                             actor=values.SYSTEM).id
        except errors.NotFound:
            return f"{key}: it has no start event without a trigger"
        for _ in range(ROUNDS):
            with self.database.read() as session:
                state = self.engine.instance(session, instance).state
                incidents = self.engine.incidents(session, instance_id=instance).items
            if incidents:
                return f"{key}: {incidents[0].element_id}: {incidents[0].message}"
            if state == "COMPLETED":
                return ""
            if not self._serve(instance):
                return f"{key}: it waits for something that nobody brings"
        return f"{key}: it has not ended after {ROUNDS} waits"

    def _serve(self, instance: str) -> bool:
        """End one wait of the instance: a user task, else a message, else the next timer."""
        with self.database.begin() as session:
            for task in self.engine.user_tasks(session, instance_id=instance).items:
                self.engine.complete(session, task.id, variables={}, actor=values.SYSTEM)
                return True
            for name, correlation_key in self._subscriptions(session, instance):
                self.engine.publish(session, name=name, correlation_key=correlation_key)
                return True
            due = [job.due_at for job in self.engine.jobs(session, state="PENDING", instance_id=instance).items
                   if job.due_at is not None]
        if not due:
            return False
        self.clock.advance(max(min(due) - self.clock.now(), START - START))
        return self.engine.run_due_jobs(self.database, owner="conformance") > 0

    def _subscriptions(self, session: Any, instance: str) -> list[tuple[str, str]]:
        table = tables.message_subscription
        rows = session.execute(sa.select(table.c.name, table.c.correlation_key).where(table.c.instance_id == instance))
        return [(row.name, row.correlation_key) for row in rows]
