"""Looking for what should not be: stuck jobs, rows without their instance, states nobody can continue from.

Nothing here writes. Each function reads what is consistent in itself while the product goes on working, so that a
defect it names is one, and not two moments seen at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import advance, errors, values
from engine.projection import RETRY, TIMER
from engine.spiff import codec, runner
from engine.store import tables

EXAMPLES = 5
"""Ids a defect names at most."""

_instance, _task, _job = tables.process_instance, tables.user_task, tables.job
_subscription, _incident = tables.message_subscription, tables.incident
_OPEN_JOBS = ("PENDING", "LEASED", "FAILED")
_JITTER = 1.2
"""By how much a pause between attempts may be longer than its rule says (`jobs`)."""

_UNREADABLE = (codec.UnknownState, errors.DomainError, LookupError, ValueError, TypeError, AttributeError)
"""How a blob that is not ours, or the bundle it belongs to, fails to load."""


def stuck_jobs(session: Session, runtime: advance.Runtime, *, overdue: timedelta) -> list[values.Defect]:
    """`job_abandoned` (its lease ran out), `job_overdue` (due for longer than `overdue`), `job_failed` (given up).

    A lease that ran out is taken over at the next tick, so one that stays out means that nothing runs jobs.
    """
    now = runtime.clock.now()
    late = now - overdue
    return _found(session, _job.c.id, {
        "job_abandoned": sa.and_(tables.LEASED_JOB, _job.c.lock_until < late),
        "job_overdue": sa.and_(tables.WAITING_JOB, _job.c.due_at < late),
        "job_failed": _job.c.state == "FAILED"})


def orphans(session: Session) -> list[values.Defect]:
    """Open rows whose process instance is missing or has ended: they show in lists, and nothing will end them.

    Jobs that no token waits for (outbox sends) outlive their instance, and so do the incidents of those.
    """
    alive = select(_instance.c.id).where(_instance.c.ended_at.is_(None))

    def lost(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.and_(column.isnot(None), ~alive.where(_instance.c.id == column).exists())

    return [
        *_found(session, _task.c.id, {"user_task_orphaned": sa.and_(tables.OPEN_TASK, lost(_task.c.instance_id))}),
        *_found(session, _job.c.id, {"job_orphaned": sa.and_(
            _job.c.state.in_(_OPEN_JOBS), _job.c.token_id.isnot(None), lost(_job.c.instance_id))}),
        *_found(session, _subscription.c.id, {"subscription_orphaned": lost(_subscription.c.instance_id)}),
        *_found(session, _incident.c.id, {"incident_orphaned": sa.and_(
            _incident.c.state == "OPEN", _incident.c.job_id.is_(None), lost(_incident.c.instance_id))})]


def running(session: Session, *, after: str | None, limit: int) -> list[str]:
    """Ids of instances that have not ended, oldest first, a chunk at a time."""
    query = select(_instance.c.id).where(_instance.c.ended_at.is_(None)).order_by(_instance.c.id).limit(limit)
    return list(session.scalars(query.where(_instance.c.id > after) if after else query))


def sample(session: Session, size: int) -> list[str]:
    """Ids of `size` instances that have not ended, any of them."""
    return list(session.scalars(select(_instance.c.id).where(_instance.c.ended_at.is_(None))
                                .order_by(func.random()).limit(size)))


def count_running(session: Session) -> int:
    """How many instances have not ended."""
    return session.scalar(select(func.count()).select_from(_instance).where(_instance.c.ended_at.is_(None))) or 0


def states(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The state of each of these instances that exists."""
    return {row.id: row.state for row in session.execute(
        select(_instance.c.id, _instance.c.state).where(_instance.c.id.in_(ids)))}


def examine(session: Session, runtime: advance.Runtime, ids: Sequence[str]) -> list[values.Defect]:
    """Load the state of each of these instances and hold it against the rows that stand for what waits in it.

    `state_unreadable`: the blob, or the bundle it belongs to, cannot be read by this version.
    `wait_without_row`: a token waits, and the row that would move it is missing.
    `row_without_wait`: a row stands for a token that does not wait.
    """
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = session.execute(select(_instance).where(_instance.c.id.in_(ids), _instance.c.ended_at.is_(None))).all()
    standing = _standing(session, [row.id for row in rows])
    for row in rows:
        try:
            waits = _waits(session, runtime, row)
        except _UNREADABLE as error:
            found["state_unreadable"].append((row.id, _reason(error)))
            continue
        for kind, token in _contradictions(waits, standing[row.id]):
            found[kind].append((row.id, token))
    unchanged = _unchanged(session, rows)
    return [defect for kind, places in sorted(found.items())
            if (defect := _defect(kind, [place for place in places if place[0] in unchanged])).count]


def backlog(session: Session, runtime: advance.Runtime) -> values.Backlog:
    """Counts for whoever watches. Every query walks an index that holds only what is open."""
    now, settings = runtime.clock.now(), runtime.settings
    soon = now + settings.job_backoff * 2 ** max(settings.job_max_attempts - 2, 0) * _JITTER
    retrying = sa.and_(_job.c.due_at > now, _job.c.attempts > 0)
    jobs: dict[tuple[str, str], int] = {}
    for state, condition in (
            ("due", sa.and_(tables.WAITING_JOB, _job.c.due_at <= soon, sa.or_(_job.c.due_at <= now, retrying))),
            ("leased", tables.LEASED_JOB)):
        counted = session.execute(select(_job.c.kind, func.count()).where(condition).group_by(_job.c.kind))
        jobs.update({(state, row[0]): row[1] for row in counted})
    given_up = (select(_job.c.kind, func.count()).join(_incident, _incident.c.job_id == _job.c.id)
                .where(_incident.c.state == "OPEN", _job.c.state == "FAILED").group_by(_job.c.kind))
    jobs.update({("failed", row[0]): row[1] for row in session.execute(given_up)})
    opened = (select(_incident.c.kind, func.count()).where(_incident.c.state == "OPEN").group_by(_incident.c.kind))
    return values.Backlog(
        jobs=jobs, incidents={row[0]: row[1] for row in session.execute(opened)},
        timers=session.scalar(select(func.count()).select_from(_job)
                              .where(tables.WAITING_JOB, _job.c.due_at > now)) or 0,
        oldest_due_at=session.scalar(select(func.min(_job.c.due_at)).where(tables.WAITING_JOB, _job.c.due_at <= now)))


def _found(session: Session, column: sa.ColumnElement[Any],
           conditions: Mapping[str, sa.ColumnElement[bool]]) -> list[values.Defect]:
    defects = []
    for kind, condition in conditions.items():
        examples = list(session.scalars(select(column).where(condition).order_by(column).limit(EXAMPLES)))
        count = len(examples)
        if count == EXAMPLES:
            count = session.scalar(select(func.count(column)).where(condition)) or count
        defects.append(values.Defect(kind=kind, count=count, examples=examples))
    return defects


def _standing(session: Session, ids: Sequence[str]) -> Mapping[str, set[tuple[str, str]]]:
    """Instance -> (what the token waits as, token) of every open row. A row to retry stands for an incident."""
    standing: dict[str, set[tuple[str, str]]] = defaultdict(set)
    queries = (
        ("user_task", _task, tables.OPEN_TASK),
        ("timer", _job, sa.and_(_job.c.kind == TIMER, _job.c.state.in_(_OPEN_JOBS))),
        ("message", _subscription, _subscription.c.kind == "message"),
        ("signal", _subscription, _subscription.c.kind == "signal"),
        ("incident", _job, sa.and_(_job.c.kind == RETRY, _job.c.state.in_(_OPEN_JOBS))),
        ("incident", _incident, sa.and_(_incident.c.state == "OPEN", _incident.c.job_id.is_(None))))
    for kind, table, condition in queries:
        for instance_id, token_id in session.execute(
                select(table.c.instance_id, table.c.token_id).where(table.c.instance_id.in_(ids), condition)):
            standing[instance_id].add((kind, token_id))
    return standing


def _waits(session: Session, runtime: advance.Runtime, row: Any) -> set[tuple[str, str]]:
    services = advance.Services(session, runtime, row, values.SYSTEM)
    execution = runner.Execution.load(services.process, row.execution, clock=runtime.clock, services=services)
    return {(waiting.kind, waiting.token_id) for waiting in execution.waiting()}


def _contradictions(waits: set[tuple[str, str]], rows: set[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    # An incident may come and go (a timer that was given up has one as well): only its absence is a defect.
    watched = {"user_task", "timer", "message", "signal", "incident"}
    yield from (("wait_without_row", f"{kind} {token}") for kind, token in sorted(waits - rows) if kind in watched)
    yield from (("row_without_wait", f"{kind} {token}") for kind, token in sorted(rows - waits) if kind != "incident")


def _unchanged(session: Session, rows: Sequence[Any]) -> set[str]:
    """The instances that nobody moved while they were examined; the others are well, since they move."""
    versions = {row.id: row.version for row in rows}
    return {row.id for row in session.execute(
        select(_instance.c.id, _instance.c.version).where(_instance.c.id.in_(list(versions))))
        if versions[row.id] == row.version}


def _defect(kind: str, places: Sequence[tuple[str, str]]) -> values.Defect:
    ids = list(dict.fromkeys(instance_id for instance_id, _ in places))
    return values.Defect(kind=kind, count=len(ids), examples=ids[:EXAMPLES], detail=places[0][1] if places else "")


def _reason(error: Exception) -> str:
    """Why a state cannot be read. The text of a foreign exception is left out: it may quote a variable."""
    return str(error) if isinstance(error, codec.UnknownState | errors.DomainError) else type(error).__name__
