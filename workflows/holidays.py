"""Declared exceptions to the calendar: closures and working days that the official list does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.store.prepared import Prepared
from engine.values import Job, Problem
from workflows import authorization, calendar, reasons, statutory_clock
from workflows.calendar import Calendar
from workflows.models.rule import CalendarDay

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product


JOB = "calendar.recompute"
OFFICIAL, LUNAR, ADHOC = "OFFICIAL", "LUNAR", "ADHOC"
KINDS = (OFFICIAL, LUNAR, ADHOC)
YEARS = range(1390, 1450)
"""Jalali years that can be looked at."""

_SOLAR = frozenset({(1, 1), (1, 2), (1, 3), (1, 4), (1, 12), (1, 13), (3, 14), (3, 15), (11, 22), (12, 29)})
"""Month and day of the holidays that follow the sun."""
_DECREED = "تعطیلی عمومی"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A day declared closed, or working although a holiday was predicted."""

    day: date
    working: bool
    reason: str
    kind: str = ADHOC


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A holiday of the official list, a declared day, or both."""

    day: date
    names: tuple[str, str] | None
    """Persian and English, of the official list."""
    predicted: str | None
    """The kind of holiday it is by the official list; a LUNAR one may turn out to be a day off."""
    declared: Declared | None
    working: bool
    """What counts."""


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
    return [Declared(day=row.day, working=row.working, reason=row.reason, kind=row.kind) for row in rows]


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


def year(session: Session, *, product: Product, user: User, jalali_year: int) -> list[Day]:
    """Every holiday and declared day of a Jalali year, earliest first: what is predicted, and what was declared.

    Raises: Forbidden; Invalid for a year out of reach.
    """
    authorization.require(user, "calendar.read", clock=product.machine)
    if jalali_year not in YEARS:
        raise errors.Invalid([Problem(where="year", code="out_of_range", what=f"Years {YEARS[0]} to {YEARS[-1]}.",
                                      what_fa=calendar.to_persian_digits(f"سال‌های {YEARS[0]} تا {YEARS[-1]}."))])
    first, last = calendar.from_jalali(jalali_year, 1, 1), calendar.from_jalali(jalali_year + 1, 1, 1)
    names = {day: name for each in range(first.year, last.year + 1)
             for day, name in calendar.holiday_names(each).items() if first <= day < last}
    said = {one.day: one for one in declared(session) if first <= one.day < last}
    return [Day(day=day, names=names.get(day), predicted=_kind(day, names[day]) if day in names else None,
                declared=said.get(day), working=product.calendar.is_working_day(day))
            for day in sorted(names.keys() | said.keys())]


def declare(session: Session, *, product: Product, day: date, working: bool, reason: str, user: User,
            kind: str = ADHOC) -> int:
    """Declare a day closed or working; running deadlines are computed again, the first of them at once. Returns
    how many of those moved.

    Raises: Forbidden; Invalid without a reason, or for a kind there is none of.
    """
    authorization.require(user, "calendar.declare", clock=product.machine)
    why, problems = reasons.checked(reason)
    if kind not in KINDS:
        problems.append(Problem(where="kind", code="unknown_choice", what=f"The kind is one of {', '.join(KINDS)}.",
                                what_fa=f"نوع یکی از {'، '.join(KINDS)} است."))
    if problems:
        raise errors.Invalid(problems)
    write(session, product=product, days=[Declared(day=day, working=working, kind=kind, reason=why)], by=user.id)
    return changed(session, product=product)


def withdraw(session: Session, *, product: Product, day: date, user: User) -> int:
    """Take a declaration back: the day is again what the list of official holidays says. Returns as `declare` does.

    Raises: Forbidden; NotFound for a day that was never declared.
    """
    authorization.require(user, "calendar.declare", clock=product.machine)
    row = session.get(CalendarDay, day)
    if row is None:
        raise errors.NotFound(what="declared day", id=day.isoformat())
    session.delete(row)
    return changed(session, product=product)


def write(session: Session, *, product: Product, days: Sequence[Declared], by: str) -> None:
    """Write declarations, for use cases that have asked for permission themselves and call `changed` afterwards."""
    for one in days:
        row = session.get(CalendarDay, one.day) or CalendarDay(day=one.day)
        row.working, row.reason, row.kind = one.working, one.reason, one.kind
        row.declared_by, row.declared_at = by, product.machine.now()
        session.add(row)


def changed(session: Session, *, product: Product) -> int:
    """The declared days have changed in this transaction: compute what runs again. Returns how many deadlines of the
    first instances moved.
    """
    session.flush()
    product.working_days.refresh(session)
    statutory_clock.recompute(session, product=product)
    return recompute(session, product=product)


def _kind(day: date, names: tuple[str, str]) -> str:
    """How a predicted holiday comes about: by the solar calendar, by a decree, or by the moon, which is seen."""
    if calendar.to_jalali(day)[1:] in _SOLAR:
        return OFFICIAL
    return ADHOC if names[0] == _DECREED else LUNAR
