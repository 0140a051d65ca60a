"""Due times of timers and deadlines: given their anchor's moment, or computed again when a calendar has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine import advance, errors, history, projection, values
from engine.projection import TIMER
from engine.spiff import runner
from engine.store import locks, paging, tables

_job, _task = tables.job, tables.user_task
_DUE_CHANGED = (update(_job).where(_job.c.instance_id == bindparam("of_instance"),
                                   _job.c.token_id == bindparam("of_token"), _job.c.state == "PENDING")
                .values(due_at=bindparam("new_due"), anchored_at=bindparam("new_anchor")))
_DEADLINE_CHANGED = (update(_task).where(_task.c.instance_id == bindparam("of_instance"),
                                         _task.c.token_id == bindparam("of_token"))
                     .values(due_at=bindparam("new_due"), sort_at=bindparam("new_sort")))


def anchor_timers(session: Session, runtime: advance.Runtime, *, instance_id: str, anchor: str, at: datetime) -> int:
    """Give timers that wait for an anchor their moment; returns how many changed. An ended instance has none.

    Raises:
        errors.NotFound, errors.InstanceSuspended
    """
    return _retime(session, runtime, instance_id, lambda execution: execution.anchor_timers(anchor, at))


def recompute_timers(session: Session, runtime: advance.Runtime, *, instance_id: str | None, after: str | None,
                     limit: int) -> values.Recomputed:
    """Compute due times again, such as after a holiday was added: of one instance, or of the next `limit` of all.

    Suspended instances are left out; resume them, then recompute them.
    """
    instance = tables.process_instance
    timed = select(_job.c.instance_id).where(_job.c.kind == TIMER, _job.c.state == "PENDING")
    awaited = select(_task.c.instance_id).where(_task.c.ended_at.is_(None), _task.c.due_at.isnot(None))
    wanted = (select(instance.c.id)
              .where(instance.c.state == "ACTIVE", instance.c.id > (after or ""),
                     instance.c.id.in_(timed.union(awaited)))
              .order_by(instance.c.id).limit(paging.positive(limit)))
    if instance_id is not None:
        wanted = wanted.where(instance.c.id == instance_id)
    found = session.scalars(wanted).all()
    changed = sum(_retime(session, runtime, each, lambda execution: execution.recompute_timers()) for each in found)
    return values.Recomputed(changed=changed, next=found[-1] if len(found) == limit else None)


def _retime(session: Session, runtime: advance.Runtime, instance_id: str,
            act: Callable[[runner.Execution], Sequence[runner.Waiting]]) -> int:
    instance = locks.instance(session, instance_id)
    if instance is None:
        raise errors.NotFound(what="process instance", id=instance_id)
    if instance.ended_at is not None:
        return 0
    changed: list[runner.Waiting] = []
    before: dict[str, datetime | None] = {}

    def retime(execution: runner.Execution) -> None:
        before.update((waiting.token_id, waiting.due_at) for waiting in execution.waiting())
        changed.extend(act(execution))

    advance.advance(session, runtime, instance, retime, projection.Trigger(actor=values.SYSTEM))
    moved = [{"of_instance": instance_id, "of_token": waiting.token_id, "new_due": waiting.due_at,
              "new_anchor": waiting.anchored_at, "new_sort": waiting.due_at or projection.END_OF_TIME,
              "kind": waiting.kind} for waiting in changed]
    for statement, kind in ((_DUE_CHANGED, TIMER), (_DEADLINE_CHANGED, "user_task")):
        rows = [row for row in moved if row["kind"] == kind]
        if rows:
            session.execute(statement, rows)
    history.append(session, [history.entry(
        instance_id=instance_id, scope=instance.scope, at=runtime.clock.now(), kind="due_time_changed",
        actor=values.SYSTEM, element_id=waiting.element_id, element_name=waiting.name,
        facts={"before": _text(before.get(waiting.token_id)), "due_at": _text(waiting.due_at)}) for waiting in changed])
    for waiting in changed:
        if waiting.kind in (TIMER, "user_task"):
            runtime.handlers.deadline_moved(session, values.DeadlineMoved(
                instance_id=instance_id, business_key=instance.business_key, element_id=waiting.element_id,
                kind="timer" if waiting.kind == TIMER else "user_task", was=before.get(waiting.token_id),
                due_at=waiting.due_at, at=runtime.clock.now()))
    return len(changed)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
