"""Declared exceptions to the calendar: closures and working days that the official list does not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import authorization
from workflows.calendar import Calendar
from workflows.models.rule import CalendarDay

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A day declared closed, or working although a holiday was predicted."""

    day: date
    working: bool
    reason: str


class WorkingDays:
    """The calendar in force, read again from the declared days whenever a transaction begins."""

    def __init__(self) -> None:
        self.calendar = Calendar()

    def refresh(self, session: Session) -> None:
        """Read the declared days."""
        days = session.execute(select(CalendarDay.day, CalendarDay.working)).all()
        closures = frozenset(row.day for row in days if not row.working)
        working = frozenset(row.day for row in days if row.working)
        if (closures, working) != (self.calendar.closures, self.calendar.working):
            self.calendar = Calendar(weekend=self.calendar.weekend, closures=closures, working=working)


def declared(session: Session) -> list[Declared]:
    """The declared days, earliest first."""
    rows = session.scalars(select(CalendarDay).order_by(CalendarDay.day))
    return [Declared(day=row.day, working=row.working, reason=row.reason) for row in rows]


def declare(session: Session, *, product: Product, day: date, working: bool, reason: str, user: User) -> int:
    """Declare a day closed or working; running deadlines are computed again. Returns how many moved.

    Raises: Forbidden.
    """
    authorization.require(user, "calendar.declare")
    row = session.get(CalendarDay, day) or CalendarDay(day=day)
    row.working, row.reason = working, reason
    row.declared_by, row.declared_at = user.id, product.machine.now()
    session.add(row)
    session.flush()
    product.working_days.refresh(session)
    return product.engine.recompute_timers(session)
