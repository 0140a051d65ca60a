"""Commands sent twice: the first answer is kept for 30 days under the sender's key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.clock import Clock, SystemClock
from engine.store import session as store
from engine.values import Problem, new_id
from workflows.models.account import StoredAnswer

KEPT_FOR = timedelta(days=30)
_MACHINE = SystemClock()


class IdempotencyConflict(errors.Invalid):
    """This idempotency key was used for another command."""

    fa = "این کلید یکتایی پیش‌تر برای درخواست دیگری به کار رفته است."

    def __init__(self) -> None:
        super().__init__([Problem(where="Idempotency-Key", code="idempotency_conflict",
                                  what="This key was used for another command; send a new key.",
                                  what_fa="این کلید برای درخواست دیگری به کار رفته است؛ کلید تازه‌ای بفرستید.")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first answer to a command."""

    status: int
    headers: Mapping[str, Any]
    body: str


def begin(session: Session, *, actor: str, key: str, body_hash: str, clock: Clock = _MACHINE) -> Answer | None:
    """The stored answer to this very command, or None: then the command is to be carried out and `finish`ed.

    Two at the same moment queue at the unique row. Raises: IdempotencyConflict for another body under the same key.
    """
    now = clock.now()
    session.execute(delete(StoredAnswer).where(StoredAnswer.actor == actor, StoredAnswer.key == key,
                                               StoredAnswer.created_at < now - KEPT_FOR))
    row = {"id": new_id(), "actor": actor, "key": key, "body_hash": body_hash, "created_at": now}
    if store.insert_once(session, StoredAnswer.__table__, row):  # type: ignore[arg-type]
        return None
    found = session.scalars(select(StoredAnswer).filter_by(actor=actor, key=key)).one()
    if found.body_hash != body_hash:
        raise IdempotencyConflict
    if found.status is None:
        return None
    return Answer(status=found.status, headers=found.headers or {}, body=found.body or "")


def finish(session: Session, *, actor: str, key: str, status: int, headers: Mapping[str, Any], body: str) -> None:
    """Store the answer, in the transaction of the command itself."""
    row = session.scalars(select(StoredAnswer).filter_by(actor=actor, key=key)).one()
    row.status, row.headers, row.body = status, dict(headers), body


def forget(session: Session, *, actor: str, key: str) -> None:
    """Free a key whose command was refused, although the transaction is kept for what it counted."""
    session.execute(delete(StoredAnswer).where(StoredAnswer.actor == actor, StoredAnswer.key == key))


def sweep(session: Session, *, clock: Clock = _MACHINE) -> None:
    """Forget answers older than 30 days."""
    session.execute(delete(StoredAnswer).where(StoredAnswer.created_at < clock.now() - KEPT_FOR))
