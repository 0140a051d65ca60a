"""User tasks: claim, release, assign, save a draft, complete, list.

Who may act is decided outside; here only the state of the task counts. Every change counts the task's version up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import and_, bindparam, false, func, or_, select, union_all, update
from sqlalchemy.orm import Session

from engine import advance, errors, feel, history, projection, values
from engine.spiff import runner
from engine.store import locks, paging, tables
from engine.store.prepared import Prepared

_task = tables.user_task
_HIDDEN = {"token_id", "sort_at"}
_COLUMNS = [column for column in _task.c if column.name not in _HIDDEN]
_ONE = Prepared(select(*_COLUMNS).where(_task.c.id == bindparam("id")))
_TOKEN = Prepared(select(_task.c.instance_id, _task.c.token_id, _task.c.ended_at).where(_task.c.id == bindparam("id")))
_CHANGE = (update(_task).where(_task.c.id == bindparam("of_id"))
           .values(state=bindparam("new_state"), assignee=bindparam("new_assignee"), version=_task.c.version + 1))
_DRAFT = (update(_task).where(_task.c.id == bindparam("of_id"))
          .values(draft=bindparam("new_draft"), version=_task.c.version + 1))
_COMPLETE = Prepared(
    update(_task).where(_task.c.id == bindparam("of_id"))
    .values(state="COMPLETED", completed_by=bindparam("by"), ended_at=bindparam("at"), draft=None,
            version=_task.c.version + 1))
OPEN = ("READY", "CLAIMED")
MOST_WALKS = 100
"""Pairs that are walked along the index one by one; more are looked up together."""

Pairs = Sequence[tuple[str, str | None]]
"""(role, scope) pairs a person may see; scope None means every scope."""
Keys = Collection[str] | sa.Select[str]
"""Business keys, or a query that finds them."""


def get(session: Session, task_id: str) -> values.UserTask:
    """One user task.

    Raises:
        errors.NotFound
    """
    row = _ONE.first(session, {"id": task_id})
    if row is None:
        raise errors.NotFound(what="user task", id=task_id)
    return _value(row._asdict())


def variables(session: Session, runtime: advance.Runtime, task_id: str) -> dict[str, Any]:
    """A copy of the variables an open task sees: its inputs and its item, before those around it. Of a task that has
    ended, those of its instance.

    Raises:
        errors.NotFound
    """
    row = _TOKEN.first(session, {"id": task_id})
    if row is None:
        raise errors.NotFound(what="user task", id=task_id)
    with advance.reading(session, runtime, row.instance_id) as execution:
        return execution.variables() if row.ended_at is not None else execution.task_variables(row.token_id)


def claim(session: Session, runtime: advance.Runtime, task_id: str, *, actor: values.Actor,
          if_match: errors.IfMatch) -> values.UserTask:
    """Make the actor the task's assignee; claiming one's own task again changes nothing.

    Raises:
        errors.NotFound, errors.TaskAlreadyCompleted, errors.TaskHeldByAnother, errors.StaleVersion
    """
    row = _held_row(session, task_id, actor)
    if row.assignee != actor.id:
        errors.require_version(row.version, if_match)
        _change(session, runtime, row, "CLAIMED", actor.id, actor, "user_task_claimed")
    return get(session, task_id)


def release(session: Session, runtime: advance.Runtime, task_id: str, *, actor: values.Actor,
            if_match: errors.IfMatch) -> values.UserTask:
    """Give a held task back to its role.

    Raises:
        errors.NotFound, errors.TaskAlreadyCompleted, errors.TaskHeldByAnother, errors.StaleVersion
    """
    row = _held_row(session, task_id, actor)
    errors.require_version(row.version, if_match)
    if row.assignee is not None:
        _change(session, runtime, row, "READY", None, actor, "user_task_released")
    return get(session, task_id)


def assign(session: Session, runtime: advance.Runtime, task_id: str, *, assignee: str | None, actor: values.Actor,
           if_match: errors.IfMatch) -> values.UserTask:
    """Give a task to a person, or back to its role, whoever holds it. The actor's reason stands in the history.

    Raises:
        errors.NotFound, errors.TaskAlreadyCompleted, errors.StaleVersion
    """
    row = _open_row(session, task_id)
    errors.require_version(row.version, if_match)
    _change(session, runtime, row, "READY" if assignee is None else "CLAIMED", assignee, actor, "user_task_assigned",
            facts={"assignee": assignee, "before": row.assignee})
    return get(session, task_id)


def save_draft(session: Session, task_id: str, *, data: Mapping[str, Any], actor: values.Actor,
               if_match: errors.IfMatch) -> values.UserTask:
    """Keep what was filled in so far; forgotten when the task ends.

    Raises:
        errors.NotFound, errors.TaskAlreadyCompleted, errors.TaskHeldByAnother, errors.StaleVersion
        errors.Invalid: an entry cannot be kept.
    """
    row = _held_row(session, task_id, actor)
    errors.require_version(row.version, if_match)
    session.execute(_DRAFT, {"of_id": task_id, "new_draft": runner.plain(data, row.element_id)})
    return get(session, task_id)


def complete(session: Session, runtime: advance.Runtime, task_id: str, *, variables: values.Variables,
             actor: values.Actor, if_match: errors.IfMatch) -> values.UserTask:
    """End a task with these variables and let its instance go on. Of two who try, exactly one succeeds.

    A failure further on is an incident there; the task stays completed.

    Raises:
        errors.NotFound, errors.TaskAlreadyCompleted, errors.TaskHeldByAnother, errors.StaleVersion,
        errors.InstanceSuspended
        errors.Invalid: a variable has no FEEL value.
    """
    instance, row = locks.instance_and_task(session, task_id)
    _check_held(row, task_id, actor)
    errors.require_version(row.version, if_match)
    advance.require_active(instance)

    now = runtime.clock.now()

    def act(execution: runner.Execution) -> None:
        execution.complete(row.token_id, variables)
        _COMPLETE.run(session, {"of_id": task_id, "by": actor.id, "at": now})

    facts = {"task": task_id, **({"duty": row.duty} if row.duty else {})}
    advance.advance(session, runtime, instance, act, projection.Trigger(
        actor=actor, token_id=row.token_id, kind="user_task_completed", facts=facts))
    runtime.handlers.measured_on_commit(session, "user_task_completed")
    ended = {"state": "COMPLETED", "completed_by": actor.id, "ended_at": now, "draft": None, "version": row.version + 1}
    return _value({**{name: value for name, value in row._asdict().items() if name not in _HIDDEN}, **ended})


def completed_duties(session: Session, *, business_key: str) -> dict[str, set[str]]:
    """Duty -> who has completed a task with it, over every instance of a business key."""
    rows = session.execute(
        select(_task.c.duty, _task.c.completed_by).distinct()
        .where(_task.c.business_key == business_key, _task.c.state == "COMPLETED", _task.c.duty.isnot(None)))
    duties: dict[str, set[str]] = {}
    for duty, person in rows:
        duties.setdefault(duty, set()).add(person)
    return duties


def page(session: Session, *, where: Pairs | None, conditions: Sequence[sa.ColumnElement[bool]], after: str | None,
         limit: int, count: bool, of_keys: bool = False) -> values.Page[values.UserTask]:
    """User tasks that fulfil the conditions, earliest due first, then oldest first.

    Each (role, scope) pair is one walk along the inbox index; the walks are merged, so that a page costs the same
    however many tasks wait. `of_keys`: the conditions name business keys, whose few tasks are looked up instead.
    """
    pairs = _beside_keys(where) if of_keys and where is not None else _disjoint(where)
    branches = [and_(*conditions, pair) for pair in pairs]
    total = None
    if count:
        total = sum(session.scalar(select(func.count()).select_from(_task).where(branch)) or 0 for branch in branches)
    if after is not None:
        due, task_id = paging.decode(after, datetime, str)
        later = sa.tuple_(_task.c.sort_at, _task.c.id) > sa.tuple_(
            sa.literal(due, _task.c.sort_at.type), sa.literal(task_id, _task.c.id.type))
        branches = [and_(branch, later) for branch in branches]
    rows = session.execute(_merged(branches, paging.positive(limit) + 1)).all()
    more = rows[limit - 1] if len(rows) > limit else None
    return values.Page(items=[_value(dict(row._mapping)) for row in rows[:limit]], total=total,
                       next=paging.encode(more.due_at or projection.END_OF_TIME, more.id) if more else None)


def conditions(*, states: Sequence[str], assignee: str | None, business_key: str | None, instance_id: str | None,
               overdue: bool | None, now: datetime, business_keys: Keys | None = None) -> list[sa.ColumnElement[bool]]:
    """What `page` filters by, beside who asks."""
    wanted: list[sa.ColumnElement[bool]] = []
    if set(states) <= set(OPEN):
        wanted.append(_task.c.ended_at.is_(None))
    if set(states) != set(OPEN):
        wanted.append(_task.c.state.in_(states))
    for column, value in ((_task.c.assignee, assignee), (_task.c.business_key, business_key),
                          (_task.c.instance_id, instance_id)):
        if value is not None:
            wanted.append(column == value)
    if business_keys is not None:
        wanted.append(_task.c.business_key.in_(business_keys))
    if overdue is not None:
        wanted.append(_task.c.sort_at < now if overdue else _task.c.sort_at >= now)
    return wanted


def _merged(branches: Sequence[sa.ColumnElement[bool]], limit: int) -> sa.Select[Any]:
    order = (_task.c.sort_at, _task.c.id)
    if len(branches) == 1:
        return select(*_COLUMNS).where(branches[0]).order_by(*order).limit(limit)
    parts = [select(_task.c.id, _task.c.sort_at).where(branch).order_by(*order).limit(limit).subquery()
             for branch in branches]
    found = union_all(*(select(part.c.id, part.c.sort_at) for part in parts)).subquery()
    first = select(found.c.id).order_by(found.c.sort_at, found.c.id).limit(limit).scalar_subquery()
    return select(*_COLUMNS).where(_task.c.id.in_(first)).order_by(*order)


def _disjoint(where: Pairs | None) -> list[sa.ColumnElement[bool]]:
    if where is None:
        return [sa.true()]
    everywhere = {role for role, scope in where if scope is None}
    local = {(role, scope) for role, scope in where if scope is not None and role not in everywhere}
    branches = [_task.c.role == role for role in sorted(everywhere)]
    branches += [and_(_task.c.role == role, _task.c.scope == scope) for role, scope in sorted(local)]
    if len(branches) > MOST_WALKS:  # SQLite merges 500 at most, and sorting is cheaper long before
        return [or_(_task.c.role.in_(sorted(everywhere)),
                    sa.tuple_(_task.c.role, _task.c.scope).in_(sorted(local)))]
    return branches or [false()]


def _beside_keys(where: Pairs) -> list[sa.ColumnElement[bool]]:
    """The pairs as one filter that no index serves, or the whole inbox of a role would be walked for a few keys."""
    role = func.coalesce(_task.c.role, "")
    return [or_(false(), *(role == name if scope is None else and_(role == name, _task.c.scope == scope)
                           for name, scope in where))]


def _open_row(session: Session, task_id: str) -> Any:
    row = locks.user_task_row(session, task_id)
    _check_open(row, task_id)
    return row


def _held_row(session: Session, task_id: str, actor: values.Actor) -> Any:
    row = locks.user_task_row(session, task_id)
    _check_held(row, task_id, actor)
    return row


def _check_open(row: Any, task_id: str) -> None:
    if row is None:
        raise errors.NotFound(what="user task", id=task_id)
    if row.state not in OPEN:
        raise errors.TaskAlreadyCompleted(id=task_id)


def _check_held(row: Any, task_id: str, actor: values.Actor) -> None:
    _check_open(row, task_id)
    if row.assignee not in {None, actor.id}:
        raise errors.TaskHeldByAnother(id=task_id)


def _change(session: Session, runtime: advance.Runtime, row: Any, state: str, assignee: str | None,
            actor: values.Actor, kind: str, facts: Mapping[str, Any] | None = None) -> None:
    session.execute(_CHANGE, {"of_id": row.id, "new_state": state, "new_assignee": assignee})
    history.append(session, [history.entry(
        instance_id=row.instance_id, scope=row.scope, at=runtime.clock.now(), kind=kind, actor=actor,
        element_id=row.element_id, element_name=row.name, facts={"task": row.id, **(facts or {})})])


def _value(row: Mapping[str, Any]) -> values.UserTask:
    return values.UserTask(**{**row, "item": feel.from_json(row["item"])})
