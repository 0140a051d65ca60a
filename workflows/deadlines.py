"""Where a due date comes from: how many days of which kind, from when, and by which rule, with its grade and source.

Only what gives the very date that is shown is said of it: the count is made again, and a date that comes from anything
else, such as a definition changed by an administrator, stands without an explanation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import UserTask
from workflows import calendar, rules
from workflows.models.application import Application, CorrectionRequest

if TYPE_CHECKING:
    from workflows.product import Product

WINDOW = "correction_window_wd"
"""The rule of the time an applicant has to correct."""

_CORRECTING = frozenset({"fix-or-stop", "correction"})
"""Forms whose window counts from the delivery of the notice."""
_RULE = re.compile(r"\brules\.([A-Za-z_]\w*)")
_PERIOD = re.compile(r"(\w+)_ends_at")
"""A deadline that is a variable: `x_since` and `x_rule` beside it say from when and by which rule it was set."""
_SAME = timedelta(minutes=1)
"""A task's row is written a moment after its token arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a due date was computed from."""

    count: int
    unit: Literal["working_days", "calendar_days"]
    since: datetime
    event: Literal["task", "notice", "period"]
    """What happened at `since`: the task came, the applicant was told, or a period began."""
    rule: rules.Rule


def of_task(session: Session, *, product: Product, task: UserTask, due_at: datetime | None = None,
            on: date | None = None) -> Basis | None:
    """The basis of a task's due date; `due_at` is that of the correction's window, which the task's own gives way to.

    `on` is the day of submission, whose rules count; without it, that on which the task came. None without a due date,
    or where no rule leads to it.
    """
    definition = product.engine.definition(session, id=task.definition_id)
    book = rules.book(session, engine=product.engine, deployment_id=definition.deployment_id,
                      on=on or calendar.today(task.created_at))
    if task.form_key in _CORRECTING and due_at is not None:
        return _of_window(session, product, task.business_key, due_at, book)
    if task.due_at is None:
        return None
    text = product.engine.elements(session, task.definition_id)[task.element_id].deadline or ""
    named = _RULE.findall(text)
    if len(named) == 1:
        return _basis(product, book, named[0], since=task.created_at, event="task", due_at=task.due_at)
    period = _PERIOD.fullmatch(text.strip())
    if period is None:
        return None
    known = product.engine.task_variables(session, task.id)
    since, rule = known.get(f"{period[1]}_since"), known.get(f"{period[1]}_rule")
    return _basis(product, book, str(rule), since=since, event="period", due_at=task.due_at)


def of_tasks(session: Session, *, product: Product, tasks: Sequence[UserTask]) -> dict[str, Basis]:
    """Task id -> basis, for a page of tasks."""
    windows = _windows(session, {task.business_key for task in tasks if task.form_key in _CORRECTING})
    days = _submission_days(session, {task.business_key for task in tasks})
    found = {task.id: of_task(session, product=product, task=task, due_at=windows.get(task.business_key),
                              on=days.get(task.business_key)) for task in tasks}
    return {key: basis for key, basis in found.items() if basis is not None}


def of_applications(session: Session, *, product: Product, due: Mapping[str, datetime | None]) -> dict[str, Basis]:
    """Application id -> basis of its due date, which is that of a task that waits or of the correction's window."""
    asked = {key: at for key, at in due.items() if at is not None}
    if not asked:
        return {}
    windows, days = _windows(session, asked), _submission_days(session, asked)
    found: dict[str, Basis] = {}
    for task in product.engine.user_tasks(session, business_keys=list(asked), limit=20 * len(asked)).items:
        at = windows.get(task.business_key) if task.form_key in _CORRECTING else task.due_at
        if task.business_key not in found and at is not None and at == asked[task.business_key]:
            basis = of_task(session, product=product, task=task, due_at=at, on=days.get(task.business_key))
            found |= {task.business_key: basis} if basis is not None else {}
    return found


def _submission_days(session: Session, applications: Collection[str]) -> dict[str, date]:
    """Application id -> the day whose rules it keeps."""
    rows = session.execute(select(Application.id, Application.submitted_at)
                           .where(Application.id.in_(applications))) if applications else ()
    return {row.id: calendar.today(row.submitted_at) for row in rows}


def _windows(session: Session, applications: Collection[str]) -> dict[str, datetime]:
    """Application id -> the end of its open correction window."""
    rows = session.execute(select(CorrectionRequest.application_id, CorrectionRequest.due_at).where(
        CorrectionRequest.application_id.in_(applications), CorrectionRequest.answered_at.is_(None),
        CorrectionRequest.due_at.is_not(None)).order_by(CorrectionRequest.id)) if applications else ()
    return {row.application_id: row.due_at for row in rows}


def _of_window(session: Session, product: Product, application_id: str, due_at: datetime,
               book: rules.RuleBook) -> Basis | None:
    told_at = session.scalars(select(CorrectionRequest.told_at).where(
        CorrectionRequest.application_id == application_id, CorrectionRequest.answered_at.is_(None))
        .order_by(CorrectionRequest.id.desc()).limit(1)).first()
    return _basis(product, book, WINDOW, since=told_at, event="notice", due_at=due_at)


def _basis(product: Product, book: rules.RuleBook, key: str, *, since: Any, event: Literal["task", "notice", "period"],
           due_at: datetime) -> Basis | None:
    rule = book.rules.get(key)
    if rule is None or not isinstance(rule.value, int) or not isinstance(since, datetime):
        return None
    if product.calendar.add_working_days(since, rule.value) == due_at:
        return Basis(count=rule.value, unit="working_days", since=since, event=event, rule=rule)
    if abs(since + timedelta(days=rule.value) - due_at) < _SAME:
        return Basis(count=rule.value, unit="calendar_days", since=since, event=event, rule=rule)
    return None
