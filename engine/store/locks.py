"""Row locks. PostgreSQL locks the row; on SQLite the writer's transaction excludes every other writer already.

The order is always: process instance, then its user task or job. Nothing locks an instance while it holds one of those.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.store.tables import job, process_instance, user_task

_INSTANCE = select(process_instance).where(process_instance.c.id == bindparam("id")).with_for_update()
_INSTANCE_OF_TASK = (
    select(process_instance)
    .where(process_instance.c.id == select(user_task.c.instance_id).where(user_task.c.id == bindparam("id"))
           .scalar_subquery())
    .with_for_update()
)
_USER_TASK = select(user_task).where(user_task.c.id == bindparam("id")).with_for_update()
_JOB = select(job).where(job.c.id == bindparam("id")).with_for_update()


def instance(session: Session, instance_id: str) -> sa.Row[Any] | None:
    """Lock and read a process instance."""
    return session.execute(_INSTANCE, {"id": instance_id}).first()


def instance_of_task(session: Session, task_id: str) -> sa.Row[Any] | None:
    """Lock and read the process instance a user task belongs to."""
    return session.execute(_INSTANCE_OF_TASK, {"id": task_id}).first()


def user_task_row(session: Session, task_id: str) -> sa.Row[Any] | None:
    """Lock and read a user task."""
    return session.execute(_USER_TASK, {"id": task_id}).first()


def job_row(session: Session, job_id: str) -> sa.Row[Any] | None:
    """Lock and read a job."""
    return session.execute(_JOB, {"id": job_id}).first()
