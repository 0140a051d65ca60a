"""Approved versions of rules and conditions, as a transaction sees them: what stands in place of what was deployed.

A version is approved before the day on which it takes effect, so what was in force on a day never changes afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store.prepared import Prepared
from workflows.models.rule_version import RuleVersion as Row

RULE, CONDITION = "RULE", "CONDITION"
PROPOSED, APPROVED, REJECTED, WITHDRAWN = "PROPOSED", "APPROVED", "REJECTED", "WITHDRAWN"

_APPROVED = Prepared(select(Row.id, Row.kind, Row.key, Row.content, Row.effective_from)
                     .where(Row.state == APPROVED).order_by(Row.effective_from, Row.id))
_READ = "workflows.rule_versions"
"""Under this key a session remembers what it has read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One approved version."""

    id: str
    kind: str
    key: str
    content: Mapping[str, Any]
    effective_from: date


def approved(session: Session) -> Sequence[Version]:
    """Every approved version, by the day from which it is in force; read once a transaction."""
    if _READ not in session.info:
        session.info[_READ] = [Version(id=row.id, kind=row.kind, key=row.key, content=row.content,
                                       effective_from=row.effective_from) for row in _APPROVED.all(session, {})]
    found: Sequence[Version] = session.info[_READ]
    return found


def forget(session: Session) -> None:
    """Read again when asked next: a version was approved in this transaction."""
    session.flush()
    session.info.pop(_READ, None)


def in_force(session: Session, on: date) -> dict[tuple[str, str], Version]:
    """Kind and key -> the version in force on a day, for what has one; the latest of those that have begun."""
    return {(one.kind, one.key): one for one in approved(session) if one.effective_from <= on}
