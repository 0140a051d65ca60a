"""The history of the register: what of an office, its holder and its licences changed, when, why and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.values import new_id
from workflows.models.register_change import RegisterChange

Changes = dict[str, list[Any]]
"""Field -> [before, after], as JSON has them."""

ENTERED, CHANGED = "ENTERED", "CHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of the history."""

    kind: str
    changes: Mapping[str, list[Any]]
    reason: str
    actor: str
    at: datetime


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """The fields of `after` that differ from `before`."""
    return {name: [_plain(before.get(name)), _plain(value)] for name, value in after.items()
            if before.get(name) != value}


def entry(*, kind: str, changes: Mapping[str, Any], reason: str, by: str, at: datetime, office_id: str | None = None,
          holder_id: str | None = None) -> dict[str, Any]:
    """The row of one change, of an office or of a holder, for whoever writes many of them at once."""
    if (office_id is None) == (holder_id is None):
        raise ValueError("a change is one of an office or one of a holder")
    return {"id": new_id(), "office_id": office_id, "holder_id": holder_id, "kind": kind, "changes": dict(changes),
            "reason": reason, "actor": by, "at": at}


def record(session: Session, **said: Any) -> None:
    """Write one change; takes what `entry` takes."""
    session.add(RegisterChange(**entry(**said)))


def of_office(session: Session, *, office_id: str, holder_ids: set[str]) -> list[Change]:
    """Every change of an office and of those who hold or held its licences, oldest first."""
    wanted = or_(RegisterChange.office_id == office_id, RegisterChange.holder_id.in_(holder_ids))
    rows = session.scalars(select(RegisterChange).where(wanted).order_by(RegisterChange.at, RegisterChange.id))
    return [Change(kind=row.kind, changes=row.changes, reason=row.reason, actor=row.actor, at=row.at) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return sorted(value) if isinstance(value, set | frozenset) else value
