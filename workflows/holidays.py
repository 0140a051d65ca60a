"""Declared exceptions to the calendar: closures and working days that the official list does not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.store.prepared import Prepared
from engine.values import Job
from workflows import authorization, statutory_clock
from workflows.calendar import Calendar
from workflows.models.rule import CalendarDay

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product


JOB = "calendar.recompute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A day declared closed, or working although a holiday was predicted."""

    day: date
    working: bool
    reason: str


_DAYS = Prepared(select(CalendarDay.day, CalendarDay.working))


class WorkingDays:
    """The calendar in force, read again from the declared days whenever a transaction begins."""

    def __init__(self) -> None:
        self.calendar = Calendar()

    def refresh(self, session: Session) -> None:
        """Read the declared days."""
        days = _DAYS.all(session, {})
        closures = frozenset(row.day for row in days if not row.working)
        working = frozenset(row.day for row in days if row.working)
        if (closures, working) != (self.calendar.closures, self.calendar.working):
            self.calendar = Calendar(weekend=self.calendar.weekend, closures=closures, working=working)


def declared(session: Session) -> list[Declared]:
    """The declared days, earliest first."""
    rows = session.scalars(select(CalendarDay).order_by(CalendarDay.day))
    return [Declared(day=row.day, working=row.working, reason=row.reason) for row in rows]


class Recompute:
    """The handler of `calendar.recompute` jobs: the due times of the next instances, then a job for those after."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> str | None:  # noqa: ARG002 - its signature
        """Where this chunk begins."""
        after: str | None = job.payload["after"]
        return after

    def perform(self, payload: str | None) -> str | None:
        """Nothing outside the database."""
        return payload

    def record(self, session: Session, job: Job, result: str | None) -> None:  # noqa: ARG002 - its signature
        """Compute the due times, by the calendar as it stands in this transaction."""
        self._product.working_days.refresh(session)
        recompute(session, product=self._product, after=result)


def recompute(session: Session, *, product: Product, after: str | None = None) -> int:
    """Compute the due times of the next instances again and leave the rest to a job; returns how many moved."""
    done = product.engine.recompute_timers(session, after=after)
    if done.next is not None:
        product.engine.enqueue(session, kind=JOB, payload={"after": done.next})
    return done.changed


def declare(session: Session, *, product: Product, day: date, working: bool, reason: str, user: User) -> int:
    """Declare a day closed or working; running deadlines are computed again, the first of them at once. Returns
    how many of those moved.

    Raises: Forbidden.
    """
    authorization.require(user, "calendar.declare")
    row = session.get(CalendarDay, day) or CalendarDay(day=day)
    row.working, row.reason = working, reason
    row.declared_by, row.declared_at = user.id, product.machine.now()
    session.add(row)
    return changed(session, product=product)


def changed(session: Session, *, product: Product) -> int:
    """The declared days have changed in this transaction: compute what runs again. Returns how many deadlines of the
    first instances moved.
    """
    session.flush()
    product.working_days.refresh(session)
    statutory_clock.recompute(session, product=product)
    return recompute(session, product=product)
