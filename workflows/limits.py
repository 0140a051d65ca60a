"""Rate limits, counted in the database by the machine's clock, so that they hold over processes and restarts."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.clock import Clock, SystemClock
from engine.store import session as store
from workflows.models.account import RateCount

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_MACHINE = SystemClock()


def hit(session: Session, *, bucket: str, key: str, limit: int, window: timedelta, clock: Clock = _MACHINE) -> bool:
    """Count one attempt; True while there are at most `limit` in the present window.

    Windows are fixed slices of time. The key (an address, a name, a number) is stored as a hash only.
    """
    now = clock.now()
    start = _EPOCH + (now - _EPOCH) // window * window
    where = {"bucket": bucket, "key_hash": hashlib.sha256(key.encode()).hexdigest(), "window_start": start}
    table = RateCount.__table__
    new = store.insert_once(session, table, {**where, "count": 1, "expires_at": start + window})  # type: ignore[arg-type]
    if new:
        return limit >= 1
    counted = session.execute(update(RateCount).filter_by(**where).values(count=RateCount.count + 1)
                              .returning(RateCount.count).execution_options(synchronize_session=False))
    return counted.scalar_one() <= limit


def used(session: Session, *, bucket: str, key: str, window: timedelta, clock: Clock = _MACHINE) -> int:
    """How many attempts the present window holds; counts nothing."""
    start = _EPOCH + (clock.now() - _EPOCH) // window * window
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    found = session.scalar(select(RateCount.count).filter_by(bucket=bucket, key_hash=key_hash, window_start=start))
    return found or 0


def sweep(session: Session, *, clock: Clock = _MACHINE) -> None:
    """Forget windows that have ended."""
    session.execute(delete(RateCount).where(RateCount.expires_at < clock.now()))
