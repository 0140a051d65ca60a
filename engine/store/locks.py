"""Row locks. PostgreSQL locks the row; on SQLite the writer's transaction excludes every other writer already.

The order is always: process instance, then its user task or job. Nothing locks an instance while it holds one of those.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.store.prepared import Prepared
from engine.store.tables import job, process_instance, user_task

_TASK_COLUMNS = [column for column in user_task.c if column.name != "draft"]
_INSTANCE_COLUMNS = [column for column in process_instance.c if column.name != "execution"]
_INSTANCE = Prepared(
    select(*_INSTANCE_COLUMNS).where(process_instance.c.id == bindparam("id")).with_for_update())
_INSTANCE_AND_TASK = Prepared(
    select(*_INSTANCE_COLUMNS, *(column.label(f"task_{column.name}") for column in _TASK_COLUMNS))
    .join_from(user_task, process_instance).where(user_task.c.id == bindparam("id"))
    .with_for_update(of=[process_instance, user_task]))
_USER_TASK = Prepared(select(*_TASK_COLUMNS).where(user_task.c.id == bindparam("id")).with_for_update())
_JOB = select(job).where(job.c.id == bindparam("id")).with_for_update()



def _row_of(columns: list[sa.Column[Any]]) -> Any:
    return namedtuple("Row", [column.name for column in columns])


_INSTANCE_ROW, _TASK_ROW = _row_of(_INSTANCE_COLUMNS), _row_of(_TASK_COLUMNS)


def instance(session: Session, instance_id: str) -> Any:
    """Lock and read a process instance, without its state; None when there is none."""
    return _INSTANCE.first(session, {"id": instance_id})


def instance_and_task(session: Session, task_id: str) -> tuple[Any, Any]:
    """Lock and read the process instance of a user task, without its state, and the task; None, None without one."""
    row = _INSTANCE_AND_TASK.first(session, {"id": task_id})
    if row is None:
        return None, None
    return _INSTANCE_ROW._make(row[:len(_INSTANCE_COLUMNS)]), _TASK_ROW._make(row[len(_INSTANCE_COLUMNS):])


def user_task_row(session: Session, task_id: str) -> Any:
    """Lock and read a user task, without its draft; None when there is none."""
    return _USER_TASK.first(session, {"id": task_id})


def job_row(session: Session, job_id: str) -> sa.Row[Any] | None:
    """Lock and read a job."""
    return session.execute(_JOB, {"id": job_id}).first()
