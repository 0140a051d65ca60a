"""Append-only trail: who did what, when, for whom and why. Nothing here updates or deletes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from engine import values
from engine.store import paging, tables
from engine.store.prepared import Prepared

ELEMENT_KINDS = ("element_completed", "user_task_completed", "timer_fired", "message_received",
                 "signal_received")
"""Kinds that tell of a token leaving an element."""

_history = tables.history
_APPEND = Prepared(insert(_history))
_VISITS = (select(_history.c.element_id, func.count())
           .where(_history.c.instance_id == bindparam("instance_id"), _history.c.kind.in_(ELEMENT_KINDS))
           .group_by(_history.c.element_id))


def entry(*, instance_id: str, scope: str, at: Any, kind: str, actor: values.Actor, element_id: str | None = None,
          element_name: str = "", facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A row for `append`."""
    return {"instance_id": instance_id, "scope": scope, "at": at, "kind": kind, "element_id": element_id,
            "element_name": element_name, "actor": actor.id, "on_behalf_of": actor.on_behalf_of,
            "reason": actor.reason, "facts": dict(facts or {})}


def append(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows made by `entry`, in this order."""
    _APPEND.run_all(session, rows)


def page(session: Session, instance_id: str, *, after: str | None, limit: int) -> values.Page[values.HistoryEntry]:
    """The trail of an instance, oldest first."""
    query = (select(_history).where(_history.c.instance_id == instance_id)
             .order_by(_history.c.id).limit(paging.positive(limit) + 1))
    if after is not None:
        query = query.where(_history.c.id > paging.decode(after, int)[0])
    rows = session.execute(query).all()
    items = [values.HistoryEntry(**{**row._mapping, "id": str(row.id)}) for row in rows[:limit]]
    return values.Page(items=items, next=paging.encode(rows[limit - 1].id) if len(rows) > limit else None)


def visits(session: Session, instance_id: str) -> dict[str, int]:
    """Element id -> how often it was completed."""
    return {row[0]: row[1] for row in session.execute(_VISITS, {"instance_id": instance_id}) if row[0]}
