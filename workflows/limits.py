"""Rate limits, counted in the database by the machine's clock, so that they hold over processes and restarts.

Attempts are counted in slices of a sixtieth of the window, and the slices that may reach into the window before now are
added up: in no window of that length, wherever it begins, are there more attempts than the limit.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine.clock import Clock, SystemClock
from engine.store import session as store
from workflows.models.account import RateCount

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_SLICES = 60
_MACHINE = SystemClock()


def hit(session: Session, *, bucket: str, key: str, limit: int, window: timedelta, clock: Clock = _MACHINE) -> bool:
    """Count one attempt, unless there were `limit` in the window before now; True when it was within the limit.

    What is refused is not counted, so that trying on does not keep the door shut. The key (an address, a name, a
    number) is stored as a hash only.
    """
    if used(session, bucket=bucket, key=key, window=window, clock=clock) >= limit:
        return False
    now = clock.now()
    where = {"bucket": bucket, "key_hash": _hash(key), "window_start": _slice(now, window)}
    new = store.insert_once(session, RateCount.__table__,  # type: ignore[arg-type]
                            {**where, "count": 1, "expires_at": now + 2 * window})
    if not new:
        session.execute(update(RateCount).filter_by(**where).values(count=RateCount.count + 1)
                        .execution_options(synchronize_session=False))
    return used(session, bucket=bucket, key=key, window=window, clock=clock) <= limit


def used(session: Session, *, bucket: str, key: str, window: timedelta, clock: Clock = _MACHINE) -> int:
    """How many attempts the window before now holds; counts nothing."""
    oldest = _slice(clock.now() - window, window)
    found = session.scalar(select(func.sum(RateCount.count)).where(
        RateCount.bucket == bucket, RateCount.key_hash == _hash(key), RateCount.window_start >= oldest))
    return int(found or 0)


def sweep(session: Session, *, clock: Clock = _MACHINE) -> None:
    """Forget slices that no window reaches any more."""
    session.execute(delete(RateCount).where(RateCount.expires_at < clock.now()))


def _slice(moment: datetime, window: timedelta) -> datetime:
    length = window / _SLICES
    return _EPOCH + (moment - _EPOCH) // length * length


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
