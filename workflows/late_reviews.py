"""A review that would come too late: an extraordinary session is convened before the application's time is over.

Some working days before the end of the clock (`review_lead_wd`) a job looks whether the application still waits. Where
the next regular session opens only after the end, it convenes one of whatever is ready then; one session serves all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.values import SYSTEM, Job
from workflows import cycles, rules, statutory_clock
from workflows.models import cycle as tables
from workflows.models.application import Application
from workflows.models.clock import ApplicationClock
from workflows.models.review import ReviewCandidate

if TYPE_CHECKING:
    from workflows.product import Product

JOB = "reviews.late"
LEAD_RULE, DEFAULT_LEAD = "review_lead_wd", 5
REASON = ("زمان پرونده {file_number} پیش از نشست عادی بعدی به پایان می‌رسد. / "
          "The time of file {file_number} ends before the next regular session.")


def watch(session: Session, *, product: Product, application: Application, kind: str, scope: str, ticket: str) -> None:
    """Look in time whether the review of an application would come too late; one without a clock is not watched."""
    row = session.get(ApplicationClock, application.id)
    if row is None or row.due_at is None:
        return
    _enqueue(session, product, application, row.due_at, {"kind": kind, "scope": scope, "ticket": ticket})


class Convene:
    """The handler of `reviews.late` jobs."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:  # noqa: ARG002 - its signature
        """Take over what other processes changed: the declared holidays, the demonstration's clock."""
        self._product.refresh_clock(session)

    def perform(self, payload: None) -> None:
        """Nothing outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Convene a session where the application still waits and the next regular one opens too late."""
        product, told = self._product, job.payload
        candidate = session.get(ReviewCandidate, told["ticket"])
        row = None if candidate is None else session.get(ApplicationClock, candidate.application_id)
        if candidate is None or row is None or row.state != statutory_clock.RUNNING or row.due_at is None:
            return
        application = session.get_one(Application, candidate.application_id)
        if _moment(session, product, application, row.due_at) > product.clock.now():  # a holiday has moved its end
            _enqueue(session, product, application, row.due_at, told)
            return
        regular = cycles.next_fire(session, product=product, kind=product.cycle_kinds[told["kind"]])
        if regular <= row.due_at or _is_coming(session, candidate):
            return
        cycles.convene_as(session, product=product, kind=told["kind"], scope=told["scope"], actor=SYSTEM,
                          reason=REASON.format(file_number=application.file_number),
                          request_key=f"{JOB}:{told['ticket']}")


def _is_coming(session: Session, candidate: ReviewCandidate) -> bool:
    """Whether it stands on an open docket, or one on which it will stand is still being drawn up."""
    listed = exists().where(tables.DocketItem.kind == candidate.kind, tables.OPEN_ITEM,
                            tables.DocketItem.subject == candidate.application_id)
    drawn = exists().where(tables.Cycle.kind == candidate.kind, tables.Cycle.scope == candidate.scope, tables.UNFOUND,
                           tables.Cycle.cutoff_at >= candidate.ready_at)
    return bool(session.scalar(select(listed)) or session.scalar(select(drawn)))


def _enqueue(session: Session, product: Product, application: Application, due_at: datetime,
             payload: Mapping[str, str]) -> None:
    product.engine.enqueue(session, kind=JOB, payload=payload, background=True,
                           due_at=_moment(session, product, application, due_at),
                           dedup_key=f"{JOB}:{payload['ticket']}:{due_at.isoformat()}")


def _moment(session: Session, product: Product, application: Application, due_at: datetime) -> datetime:
    """When there is just time enough left for a session."""
    book = rules.of_application(session, engine=product.engine, application=application)
    return product.calendar.opening_before(due_at, int(book.value(LEAD_RULE, DEFAULT_LEAD)))
