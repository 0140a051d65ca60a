"""Read models of the screens: inboxes with what stands beside each task, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Page, UserTask
from workflows import accounts, authorization, deadlines, dossiers, statutory_clock, tasks
from workflows.models.application import Application

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """A task with what a person needs to choose it."""

    task: UserTask
    file_number: str
    applicant_name: str
    county: str
    state: str
    assignee_name: str | None
    overdue: bool
    basis: deadlines.Basis | None
    alarm: int | None
    """The last alarm of the application's clock, in percent of its time."""
    refusal: errors.Forbidden | None
    """Why this account may not take it; None when it may."""


def inbox(session: Session, *, product: Product, user: User, state: str | None = None, assignee: str | None = None,
          role: str | None = None, overdue: bool | None = None, after: str | None = None,
          limit: int = 50) -> Page[InboxItem]:
    """The tasks of an account's inbox, earliest due first."""
    page = tasks.search(session, product=product, user=user, state=state, assignee=assignee, role=role, overdue=overdue,
                        after=after, limit=limit, count=after is None)
    found = {one.id: one for one in session.execute(
        select(Application.id, Application.file_number, Application.data, Application.state)
        .where(Application.id.in_({task.business_key for task in page.items})))}
    names = accounts.names(session, [task.assignee for task in page.items if task.assignee])
    bases = deadlines.of_tasks(session, product=product, tasks=page.items)
    alarms = statutory_clock.marks(session, applications=found)
    now = product.clock.now()
    items = []
    for task in page.items:
        application = found.get(task.business_key)
        items.append(InboxItem(
            task=task, county=task.scope, file_number=application.file_number if application else task.business_key,
            applicant_name=dossiers.applicant_name(application.data) if application else "",
            state=application.state if application else "",
            assignee_name=names.get(task.assignee or ""), overdue=task.due_at is not None and task.due_at < now,
            basis=bases.get(task.id), alarm=alarms.get(task.business_key),
            refusal=authorization.may_take(session, product.engine, user, task)))
    return Page(items=items, next=page.next, total=page.total)


def counts(session: Session, *, product: Product, user: User) -> Mapping[str, int]:
    """How many applications stand in each state, in the counties of an account. Raises: Forbidden."""
    authorization.require(user, "application.search", clock=product.machine)
    query = select(Application.state, func.count()).group_by(Application.state)
    places = authorization.counties(user, "application.search")
    if places is not None:
        query = query.where(Application.county.in_(places))
    return dict(session.execute(query).all())
