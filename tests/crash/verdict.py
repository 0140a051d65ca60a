"""What clients were told, held against state, history, outbox and stored answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from engine import EngineSettings
from engine.clock import ManualClock, SystemClock
from engine.store import tables
from tests.crash import clients, office
from workflows.models.account import StoredAnswer
from workflows.product import Product


@dataclass
class Verdict:
    """The count of each kind of damage, and a sentence for each case."""

    acked: int = 0
    refused: int = 0
    replayed: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing at all went wrong, and something was done."""
        return self.acked > 0 and not (self.lost or self.duplicated or self.orphaned or self.faults)

    def line(self, store: str, kills: int) -> str:
        """The one line that `make crash` prints."""
        return (f"{store} kills={kills} acked={self.acked} lost={len(self.lost)} "
                f"duplicated={len(self.duplicated)} orphaned={len(self.orphaned)}")

    def details(self, most: int = 20) -> list[str]:
        """A sentence for each damage, the first ones of each kind."""
        return [f"{kind}: {one}" for kind in ("lost", "duplicated", "orphaned", "faults")
                for one in getattr(self, kind)[:most]]


@dataclass
class Found:
    """What the database holds."""

    completed: set[str]
    """Ids of completed user tasks."""
    told: Counter[str]
    """Task -> rows of history that tell of its completion."""
    notes: Counter[str]
    """Mark -> outbox jobs."""
    states: Counter[str]
    """State of outbox jobs -> how many."""
    answers: dict[str, int | None]
    """Mark -> stored status."""
    per_side: Counter[tuple[str, str]]
    """(instance, side) -> completed tasks."""
    counted: dict[tuple[str, str], int]
    """(instance, side) -> the variable that counts."""
    waiting: Counter[tuple[str, str]]
    """(instance, side) -> open tasks."""
    incidents: int
    defects: list[str]
    """What the engine's own diagnostics find: states that cannot be read, rows without their wait or instance."""


def judge(url: str, folder: Path) -> Verdict:
    """Compare the clients' logs with the database, after every job has run: also those the killed had leased."""
    later = SystemClock().now() + EngineSettings().job_lease + timedelta(seconds=1)
    product = office.build(url, folder, clock=ManualClock(later))
    try:
        product.scheduler.tick()
        logs, found = clients.read_logs(folder), _find(product)
    finally:
        product.database.dispose()
    verdict = Verdict(acked=len(logs[clients.ACKED]), refused=len(logs[clients.REFUSED]),
                      replayed=len(logs[clients.REPLAYED]))
    _judge_acked(verdict, logs, found)
    _judge_counts(verdict, logs, found)
    _judge_leftovers(verdict, logs, found, {path.name for path in (folder / "sends").iterdir()})
    return verdict


def _judge_acked(verdict: Verdict, logs: dict[str, dict[str, str]], found: Found) -> None:
    winners: dict[str, str] = {}
    for mark, task in logs[clients.ACKED].items():
        if task not in found.completed:
            verdict.lost.append(f"task {task} was acknowledged and is not completed")
        if not found.told[task]:
            verdict.lost.append(f"task {task} was acknowledged and the history is silent")
        if not found.notes[mark]:
            verdict.lost.append(f"mark {mark} was acknowledged and nothing is in the outbox")
        if found.answers.get(mark) != 200:
            verdict.lost.append(f"mark {mark} was acknowledged and its answer is not kept")
        if task in winners:
            verdict.duplicated.append(f"task {task} was acknowledged to {winners[task]} and to {mark}")
        winners[task] = mark


def _judge_counts(verdict: Verdict, logs: dict[str, dict[str, str]], found: Found) -> None:
    verdict.duplicated += [f"the history tells {count} times of task {task}"
                           for task, count in found.told.items() if count > 1]
    verdict.duplicated += [f"mark {mark} is in the outbox {count} times"
                           for mark, count in found.notes.items() if count > 1]
    for where in found.counted.keys() | found.per_side.keys():
        state, rows = found.counted.get(where, 0), found.per_side[where]
        if state < rows:
            verdict.lost.append(f"{where}: the state counts {state}, {rows} tasks are completed")
        if state > rows:
            verdict.duplicated.append(f"{where}: the state counts {state}, {rows} tasks are completed")
    verdict.duplicated += [f"mark {mark} was refused and is in the outbox"
                           for mark in logs[clients.REFUSED] if found.notes[mark]]
    verdict.faults += [f"mark {mark} never got an answer" for mark in logs[clients.ASKED].keys()
                       - logs[clients.ACKED].keys() - logs[clients.REFUSED].keys()]


def _judge_leftovers(verdict: Verdict, logs: dict[str, dict[str, str]], found: Found, sends: set[str]) -> None:
    asked = logs[clients.ASKED]
    done = {asked[mark] for mark in found.notes if mark in asked}
    verdict.orphaned += [f"task {task} is completed without an outbox row" for task in found.completed - done]
    verdict.orphaned += [f"task {task} has history and is not completed"
                         for task in found.told.keys() - found.completed]
    verdict.orphaned += [f"mark {mark} is in the outbox without a completed task"
                         for mark in found.notes if asked.get(mark) not in found.completed]
    verdict.orphaned += [f"mark {mark} has a stored answer without an outbox row"
                         for mark in found.answers if not found.notes[mark]]
    verdict.orphaned += [f"mark {mark} was sent without an outbox row" for mark in sends - found.notes.keys()]
    verdict.orphaned += [f"mark {mark} was never sent" for mark in found.notes.keys() - sends]
    verdict.orphaned += [f"{count} outbox jobs are {state}" for state, count in found.states.items() if state != "DONE"]
    verdict.orphaned += [f"{where} has {found.waiting[where]} open tasks"
                         for where in found.counted if found.waiting[where] != 1]
    if found.incidents:
        verdict.orphaned.append(f"{found.incidents} incidents are open")
    verdict.orphaned += found.defects


def _find(product: Product) -> Found:
    task, job, history = tables.user_task, tables.job, tables.history
    with product.database.read() as session:
        def rows(*columns: Any, **conditions: Any) -> list[Any]:
            return list(session.execute(select(*columns).where(*conditions.get("where", ()))))

        tasks = rows(task.c.id, task.c.instance_id, task.c.element_id, task.c.state)
        notes = rows(job.c.payload, job.c.state, where=[job.c.kind == office.NOTE])
        instances = session.scalars(select(tables.process_instance.c.id)).all()
        defects = [*product.engine.examine(session, list(instances)), *product.engine.orphans(session)]
        unreadable = {each for one in defects if one.kind == "state_unreadable" for each in one.examples}
        state = {each: product.engine.variables(session, each) for each in instances if each not in unreadable}
        return Found(
            completed={row.id for row in tasks if row.state == "COMPLETED"},
            per_side=Counter((row.instance_id, row.element_id) for row in tasks if row.state == "COMPLETED"),
            waiting=Counter((row.instance_id, row.element_id) for row in tasks if row.state != "COMPLETED"),
            told=Counter(row.facts["task"]
                         for row in rows(history.c.facts, where=[history.c.kind == "user_task_completed"])),
            notes=Counter(row.payload["mark"] for row in notes), states=Counter(row.state for row in notes),
            answers={row.key: row.status for row in rows(StoredAnswer.key, StoredAnswer.status)},
            counted={(each, side): int(state[each][side]) for each in state for side in office.SIDES},
            incidents=session.scalar(select(sa.func.count()).where(tables.incident.c.state == "OPEN")) or 0,
            defects=[f"{one.count} {one.kind}: {', '.join(one.examples)} {one.detail}" for one in defects if one.count])
