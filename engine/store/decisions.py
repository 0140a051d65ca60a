"""Versions of decisions: each deployment that holds a decision gives it its next version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from engine.store import tables

_decision = tables.decision_definition
_NEWEST = select(_decision.c.key, func.max(_decision.c.version).label("newest")).group_by(_decision.c.key)
_OF_KEY = select(_decision.c.version, _decision.c.deployment_id).where(_decision.c.key == bindparam("key"))
_BY_VERSION = _OF_KEY.where(_decision.c.version == bindparam("version"))
_LATEST = _OF_KEY.order_by(_decision.c.version.desc()).limit(1)


def newest(session: Session) -> dict[str, int]:
    """The newest version of every decision, by its id."""
    return {row.key: row.newest for row in session.execute(_NEWEST)}


def add(session: Session, keys: Iterable[str], *, deployment_id: str, before: Mapping[str, int]) -> None:
    """Give the decisions of a deployment their next versions, after those of `before`.

    Raises:
        sqlalchemy.exc.IntegrityError: another deployment took one of them.
    """
    rows = [{"key": key, "version": before.get(key, 0) + 1, "deployment_id": deployment_id} for key in sorted(keys)]
    if rows:
        session.execute(insert(_decision), rows)


def find(session: Session, key: str, version: int | Literal["latest"]) -> tuple[int, str] | None:
    """Version and deployment of a decision; None when there is no such version."""
    query, given = (_LATEST, {"key": key}) if version == "latest" else (_BY_VERSION, {"key": key, "version": version})
    row = session.execute(query, given).first()
    return None if row is None else (row.version, row.deployment_id)
