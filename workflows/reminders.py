"""Reminders of renewal: counted back from the last day to apply, then announcements of what follows without it.

Every licence has one row that says when it is looked at next, so nothing is searched through, and the row moves in
the transaction that sends: each day of a reminder is dealt with once. After downtime the holder hears the latest of the
days that were missed, in the words that are true today, and no others; nothing is sent after the licence has ended,
or while an application for its renewal is open. Messages leave by day: from 8 to 20 o'clock in Tehran (our default).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.store.session import insert_new
from engine.values import Job
from workflows import calendar, catalogue, notifications, rules
from workflows.models.account import Account
from workflows.models.application import Application
from workflows.models.holder import Holder, Person
from workflows.models.licence import Licence, LicenceReminder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.product import Product

DUE, REST = "reminders.due", "reminders.rest"
EVERY = timedelta(hours=1)
CHUNK = 200
"""Licences looked at in one transaction."""
FIRST_HOUR, LAST_HOUR, HOUR = 8, 20, 9
"""Between which hours of Tehran messages leave, and the hour at which a licence is looked at."""

_table: Any = LicenceReminder.__table__


class Plan(NamedTuple):
    """What the rules say of one licence."""

    deadline: date
    """The last day to apply."""
    days: Sequence[date]
    """The days of its reminders, in order."""


def first_look(now: datetime) -> datetime:
    """When a licence that enters the register is looked at: the next morning, so that a slip is mended before."""
    return _morning(calendar.today(now) + timedelta(days=1))


def watch(session: Session, *, licence_id: str, now: datetime) -> None:
    """Remind of a licence that enters the register, or whose last day has changed."""
    at = first_look(now)
    if not insert_new(session, _table, [{"licence_id": licence_id, "next_at": at}], returning="licence_id"):
        session.execute(update(LicenceReminder).where(LicenceReminder.licence_id == licence_id).values(next_at=at))


def arm(session: Session, *, product: Product) -> None:
    """See to it that the standing job is on the list."""
    product.engine.enqueue(session, kind=DUE, payload={}, dedup_key=DUE)


def plan(book: rules.RuleBook, expires_on: date) -> Plan:
    """The last day to apply, and the days of the reminders before it and of the announcements after it."""
    deadline = calendar.add_jalali_months(expires_on, -int(book.value("renew_deadline_months_before", 3)))
    before = {deadline - timedelta(days=int(n)) for n in book.value("renew_reminders_days", [90, 30, 10, 1])}
    after = {expires_on - timedelta(days=int(n)) for n in book.value("renew_waiver_reminders_days", [30, 7, 0])}
    return Plan(deadline, sorted(before | {day for day in after if day > deadline}))


class Remind:
    """The handler of the standing job `reminders.due`, and of `reminders.rest`, which goes on with what was left."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:  # noqa: ARG002 - its signature
        """Take over what other processes changed, such as the demonstration's clock."""
        self._product.refresh_clock(session)

    def perform(self, payload: None) -> None:
        """Nothing happens outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Look at the licences whose time has come; by night they wait."""
        product = self._product
        now = product.clock.now()
        if not FIRST_HOUR <= now.astimezone(calendar.TEHRAN).hour < LAST_HOUR:
            return
        found = session.execute(
            select(LicenceReminder, Licence, Holder).join(Licence, Licence.id == LicenceReminder.licence_id)
            .join(Holder, Holder.id == Licence.holder_id).where(LicenceReminder.next_at <= now)
            .order_by(LicenceReminder.next_at).limit(CHUNK)
            .with_for_update(of=LicenceReminder, skip_locked=True)).all()
        book = rules.in_force(session, engine=product.engine, on=calendar.today(now))
        for row, licence, holder in found:
            _look(session, product, book, row, licence, holder)
        session.flush()
        if len(found) == CHUNK:
            product.engine.enqueue(session, kind=REST, payload={}, background=True)


def _look(session: Session, product: Product, book: rules.RuleBook, row: LicenceReminder, licence: Licence,
          holder: Holder) -> None:
    """Send what is due for one licence, once, and say when it is looked at again."""
    now = product.clock.now()
    today, planned = calendar.today(now), plan(book, licence.expires_on)
    missed = [day for day in planned.days if day <= today and (row.told_for is None or day > row.told_for)]
    later = [day for day in planned.days if day > today]
    row.next_at = _morning(later[0]) if later and licence.state in {"ACTIVE", "SUSPENDED"} else None
    if not missed:
        return
    row.told_for = missed[-1]
    if (licence.state == "ACTIVE" and today <= licence.expires_on and not _is_being_renewed(session, licence.id)
            and _tell(session, product, book, licence, holder, planned.deadline)):
        row.told_at = now


def _tell(session: Session, product: Product, book: rules.RuleBook, licence: Licence, holder: Holder,
          deadline: date) -> bool:
    """Send the words that are true today to whoever holds the licence; False where no number is known."""
    account = session.get(Account, holder.account_id) if holder.account_id else None
    mobile = account.mobile if account is not None else session.scalar(select(Person.mobile).where(
        Person.holder_id == holder.id, Person.capacity == "MANAGER", Person.until.is_(None)))
    if mobile is None:
        return False
    in_time = calendar.today(product.clock.now()) <= deadline
    waiver = book.value("renew_late_policy", "WAIVER_AT_EXPIRY") == "WAIVER_AT_EXPIRY"
    kind = "renewal_reminder" if in_time else "renewal_waiver" if waiver else "renewal_late"
    language = account.language if account is not None else "fa"
    facts = {"number": licence.number, "expires": calendar.format_date(licence.expires_on, language),
             "deadline": calendar.format_date(deadline, language),
             "basis": notifications.basis(book, "renew_deadline_months_before" if in_time else "renew_late_policy",
                                          language)}
    told: dict[str, Any] = {"product": product, "kind": kind, "language": language, "facts": facts,
                            "subject_id": licence.id}
    notifications.send(session, mobile=mobile, **told)
    if account is not None and account.email is not None:
        notifications.send(session, email=account.email, **told)
    return True


def _is_being_renewed(session: Session, licence_id: str) -> bool:
    services = [one.key for one in catalogue.SERVICES.values() if one.registers == "RENEWED"]
    return session.scalar(select(Application.id).where(
        Application.about_licence_id == licence_id, Application.service.in_(services),
        Application.ended_at.is_(None)).limit(1)) is not None


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(HOUR), calendar.TEHRAN).astimezone(UTC)
