"""Reference models drawn by hand, in MIWG's form: a folder of BPMN files.

A model passes when it is deployed, or refused with a complete list. Every entry of the list names an element and a
construct, and an XPath over the file confirms both; the list is complete when no other element of the executable
processes has a construct that was refused elsewhere in the file (`refusals`).

A model counts as simulated, deployed or not, when each of its processes can be walked through in documentation mode:
every run is legal by the drawing alone and ends, and the runs together reach every end event (`walks`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine import Engine, Handlers, errors, values
from engine.clock import ManualClock
from engine.store import tables
from engine.store.session import Database
from tests.conformance import refusals, walks
from tests.conformance.outcomes import CRASHES, Outcome, one_line

START = datetime(2026, 1, 1, tzinfo=UTC)


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
            judged = _judge(database, xml, name)
            said = walks.stuck(xml)
            return replace(judged, facts={**judged.facts, "simulated": not said, "stuck": said})
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
    return Outcome(name=name, passed=True, facts={
        "deployed": True, "processes": [definition.key for definition in deployment.process_definitions]})
