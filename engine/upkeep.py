"""Rows that have served: ended jobs and received messages, kept for a while and then removed in chunks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine.store import paging, tables

_job, _message, _incident = tables.job, tables.message, tables.incident
_ENDED = ("DONE", "CANCELLED")


def sweep(session: Session, *, now: datetime, retention: timedelta, limit: int) -> int:
    """Remove at most `limit` jobs and `limit` messages that ended longer ago than `retention`; returns how many.

    A job counts from when it was due, a cancelled timer from when it would have been; one that an incident tells of
    stays with it. A `dedup_key` or message id that was removed counts as new again.
    """
    before = now - retention
    ended = (select(_job.c.id)
             .where(_job.c.state.in_(_ENDED), func.coalesce(_job.c.due_at, _job.c.created_at) < before,
                    _job.c.created_at < before, ~select(_incident.c.id).where(_incident.c.job_id == _job.c.id).exists())
             .limit(paging.positive(limit)))
    received = select(_message.c.message_id).where(_message.c.received_at < before).limit(limit)
    done: list[Any] = [session.execute(delete(_job).where(_job.c.id.in_(ended))),
                       session.execute(delete(_message).where(_message.c.message_id.in_(received)))]
    return sum(result.rowcount for result in done)
