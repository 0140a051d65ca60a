"""What people filled in along the way of an application, for those who decide after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import accounts, forms
from workflows.form_fields import CompiledForm
from workflows.models.application import Submission as Row

if TYPE_CHECKING:
    from workflows.product import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The form of one completed task."""

    id: str
    task_id: str
    element_id: str
    name: str
    name_en: str
    form: CompiledForm | None
    """The form as it was when it was filled in; None for a task without one."""
    data: Mapping[str, Any]
    submitted_by: str
    """The name of the account."""
    submitted_at: datetime


def of_tasks(session: Session, *, product: Product, application_id: str) -> list[Submission]:
    """The forms of the tasks completed for an application, latest first, for use cases that asked for permission."""
    rows = session.scalars(select(Row).where(Row.application_id == application_id, Row.task_id.is_not(None))
                           .order_by(Row.id.desc())).all()
    names = accounts.names(session, [row.submitted_by for row in rows])
    return [_submission(session, product, row, names.get(row.submitted_by, "")) for row in rows]


def _submission(session: Session, product: Product, row: Row, name: str) -> Submission:
    task = product.engine.user_task(session, row.task_id or "")
    form = product.engine.form(session, task.definition_id, row.form_key) if row.form_key else None
    return Submission(
        id=row.id, task_id=task.id, element_id=row.element_id, name=task.name, name_en=task.name_en,
        form=forms.load(form, functions=product.engine.functions) if form is not None else None, data=dict(row.data),
        submitted_by=name, submitted_at=row.submitted_at)
