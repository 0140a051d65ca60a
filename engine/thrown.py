"""What one instance throws and others catch: a job for each receiver, written in the throwing transaction.

So the throwing transaction locks nobody else, and every receiver catches in a transaction of its own, exactly once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from engine import definitions, errors, values
from engine.spiff import codec
from engine.store import announcements, tables

SIGNAL, START, MESSAGE = "signal", "signal_start", "message"
"""Jobs that let a signal reach one instance, that start one process with it, and that deliver a message."""
LEAST = 100
"""What each receiver of a signal has left of the budget, however many catch it that something outside caused."""
MANY = 50
"""Receivers of one signal; the jobs for more wait while anything else is due."""

_job, _subscription, _instance = tables.job, tables.message_subscription, tables.process_instance
_WAITING = (
    select(_subscription.c.instance_id, _subscription.c.token_id, _instance.c.state)
    .join(_instance, _instance.c.id == _subscription.c.instance_id)
    .where(_subscription.c.name == bindparam("name"), _subscription.c.correlation_key == "",
           _subscription.c.kind == "signal")
    .order_by(_subscription.c.instance_id, _subscription.c.id))
_buffered = tables.buffered_message
_BUFFERED = select(_buffered.c.job_id).where(_buffered.c.name == bindparam("name"),
                                             _buffered.c.correlation_key == bindparam("key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who throws, for those who catch; `instance_id` has caught its own signals already."""

    actor: values.Actor
    business_key: str = ""
    scope: str = ""
    instance_id: str | None = None
    budget: int
    """How many signals and messages may still follow, all in all, from what is thrown now."""
    is_first: bool = True
    """Whether something outside caused it, not a signal or message before it."""

    def left(self, receivers: int) -> int:
        """What is left of the budget for each receiver of what is thrown; below 1 nobody gets it."""
        return max((self.budget - 1) // max(receivers, 1), LEAST if self.is_first else 0)


def signal(session: Session, known: definitions.Definitions, *, name: str, variables: Mapping[str, Any],
           origin: Origin, at: datetime, max_attempts: int) -> int:
    """Write the jobs by which a signal reaches every instance that waits for it now, and starts every process that it
    starts (BPMN 2.0.2 §10.5.1); returns how many. `variables` are FEEL values.
    """
    actor = origin.actor
    payload = {"name": name, "carried": codec.to_text(dict(variables)),
               "actor": [actor.id, actor.on_behalf_of, actor.reason]}
    waiting: dict[str, list[str]] = defaultdict(list)
    held = set()
    for row in session.execute(_WAITING, {"name": name}):
        if row.instance_id != origin.instance_id:
            waiting[row.instance_id].append(row.token_id)
            if row.state == "SUSPENDED":
                held.add(row.instance_id)
    rows = [_row(SIGNAL, {**payload, "tokens": tokens}, instance_id, at, max_attempts, held=instance_id in held)
            for instance_id, tokens in waiting.items()]
    rows += [_row(START, {**payload, "definition": definition, "business_key": origin.business_key,
                          "scope": origin.scope}, None, at, max_attempts)
             for definition in known.started_by_signal(session, name)]
    for each in rows:
        _limit(each, origin.left(len(rows)))
    background = len(rows) > MANY
    if rows:
        session.execute(insert(_job), [{**each, "background": background} for each in rows])
    for each in rows:
        if not each["held"]:
            announcements.announce(session, job_id=each["id"], instance_id=each["instance_id"], background=background)
    return len(rows)


def message(session: Session, *, name: str, correlation_key: str | None, variables: Mapping[str, Any], origin: Origin,
            at: datetime, time_to_live: timedelta, max_attempts: int) -> None:
    """Write the job that delivers a message of an instance to those who wait for it, or will within its time to live.
    Without a correlation key it is for who waits for the business key of the sender. `variables` are FEEL values.
    """
    actor = origin.actor
    row = _row(MESSAGE, {
        "name": name, "key": origin.business_key if correlation_key is None else correlation_key,
        "carried": codec.to_text(dict(variables)), "actor": [actor.id, actor.on_behalf_of, actor.reason],
        "scope": origin.scope, "sender": origin.instance_id, "until": (at + time_to_live).isoformat(),
    }, None, at, max_attempts)
    _limit(row, origin.left(1))
    session.execute(insert(_job), row)
    announcements.announce(session, job_id=row["id"], instance_id=None)


def wake(session: Session, waits: Collection[tuple[str, str]], at: datetime) -> None:
    """Make the buffered messages for these waits (name, correlation key) due."""
    for name, key in waits:
        found = session.scalars(_BUFFERED, {"name": name, "key": key}).all()
        if found:
            session.execute(update(_job).where(_job.c.id.in_(found), _job.c.state == "PENDING").values(due_at=at))
        for job_id in found:
            announcements.announce(session, job_id=job_id, instance_id=None)


def _limit(row: dict[str, Any], left: int) -> None:
    row["payload"]["budget"] = left
    if left < 1:
        row["max_attempts"] = 1  # it becomes an incident at once


def budget(job: values.Job) -> int | None:
    """What the receiver of a job has left to throw; None for all of it, as when a person has retried the job.

    Raises:
        errors.HandlerFailed: nothing is left.
    """
    left: int | None = job.payload.get("budget")
    if left is None or left > 0:
        return left
    if job.last_error is not None:
        return None
    raise errors.HandlerFailed(
        "signals and messages follow each other without end, with nothing from outside between: processes begin each "
        "other for ever; a retry lets them go on once more")


def _row(kind: str, payload: Mapping[str, Any], instance_id: str | None, at: datetime, max_attempts: int, *,
         held: bool = False) -> dict[str, Any]:
    return {"id": values.new_id(), "kind": kind, "instance_id": instance_id, "payload": dict(payload), "due_at": at,
            "state": "PENDING", "held": held, "attempts": 0, "max_attempts": max_attempts, "created_at": at}
