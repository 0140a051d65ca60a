"""The statutory clock: how long an application may take, in working days, and how much of that has passed.

It runs from the submission to the end, and stands still only while it is the applicant's turn, or while a body is asked
for which a rule with a legal reference says so (`clock_pauses_also`, grade A or B); never for Post Bank, the working
group or the issuer. A day on which the turn passes to the applicant counts, the day of his answer does not. Where no
deadline is published the clock counts by our own target, which is no law. Due times are stored, and computed again from
the same facts when a day is declared closed or working; an alarm is a job for its moment.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.values import Job, new_id
from workflows import catalogue, profiles, rules
from workflows.models.application import Application
from workflows.models.clock import ApplicationClock as Row
from workflows.models.clock import ClockAlarm, ClockPause

if TYPE_CHECKING:
    from workflows.product import Product

RUNNING, PAUSED, STOPPED = "RUNNING", "PAUSED", "STOPPED"
ALARM, RECOMPUTE = "clock.alarm", "clock.recompute"
"""Jobs: an alarm at its moment, and the next clocks to compute again."""
PERCENTS = (50, 80, 100)
APPLICANT, INQUIRIES = "APPLICANT", "INQUIRIES"
NOTIFIED, ISSUED, FAILED = "NOTIFIED", "ISSUED", "FAILED"
DEFAULT_DAYS = 80
_PAUSES_ALSO = "clock_pauses_also"
_CHUNK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that was given."""

    percent: int
    given_at: datetime
    consent: str | None
    """At the end of a published deadline: NOTIFIED, ISSUED or FAILED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which the clock stood still."""

    reason: str
    paused_at: datetime
    resumed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Where an application stands in its time."""

    state: str
    days: int
    used: int
    """Working days that have passed, without those of the pauses."""
    statutory: bool
    """Whether the period is a published deadline; else it is our own target, which is no law."""
    rule: rules.Rule | None
    started_at: datetime
    due_at: datetime | None
    """None while it stands still."""
    breach_at: datetime | None
    pauses: Sequence[Pause]
    alarms: Sequence[Alarm]

    @property
    def percent(self) -> int:
        """How much of the period has passed, rounded down."""
        return 100 * self.used // self.days

    @property
    def left(self) -> int:
        """Working days left; 0 when the period has passed."""
        return max(self.days - self.used, 0)


def start(session: Session, *, product: Product, application: Application) -> None:
    """Let the clock of an application run from now; one that is reopened begins anew."""
    service, now = catalogue.service(application.service), product.clock.now()
    book = rules.of_application(session, engine=product.engine, application=application)
    deadline = profiles.deadline(book, service)
    rule = deadline or profiles.target(book, service)
    row = _locked(session, application.id)
    if row is None:
        row = Row(application_id=application.id, revision=0)
        session.add(row)
    row.days = int(rule.value) if rule is not None and rule.value is not None else DEFAULT_DAYS
    row.state, row.statutory, row.rule_key = RUNNING, deadline is not None, rule.key if rule else "target_wd"
    row.started_at, row.stopped_at, row.alarm = now, None, PERCENTS[0]
    _schedule(session, product, row, ())


def turned(session: Session, *, product: Product, application: Application, was: tuple[str | None, str],
           element_id: str) -> None:
    """The turn or the stage has changed from `was` (role, stage): pause, or go on, where that matters."""
    now = _reason(session, product, application, application.holder_role, application.state)
    if now == _reason(session, product, application, *was):
        return  # without a look at the clock: most completions change nothing here
    row = _locked(session, application.id)
    if row is None or row.state == STOPPED:
        return
    pauses, at = _pauses(session, row), product.clock.now()
    if row.state == PAUSED:
        pauses[-1].resumed_at, row.state = at, RUNNING
        _schedule(session, product, row, pauses)
    if now is not None:
        session.add(ClockPause(id=new_id(), application_id=application.id, reason=now, element_id=element_id,
                               paused_at=at))
        row.state, row.due_at, row.breach_at, row.alarm_at = PAUSED, None, None, None
        row.revision += 1
    session.flush()


def stop(session: Session, *, product: Product, application_id: str) -> None:
    """The application has ended: nothing is due any more."""
    row = _locked(session, application_id)
    if row is None or row.state == STOPPED:
        return
    at = product.clock.now()
    for pause in _pauses(session, row):
        pause.resumed_at = pause.resumed_at or at
    row.state, row.stopped_at, row.due_at, row.breach_at, row.alarm_at = STOPPED, at, None, None, None
    row.revision += 1
    session.flush()


def ring(session: Session, *, product: Product, row: Row, percent: int, due_at: datetime, consent: str | None) -> None:
    """Note the alarm that was due and schedule the next; for the job that has locked the row."""
    session.add(ClockAlarm(id=new_id(), application_id=row.application_id, percent=percent, statutory=row.statutory,
                           due_at=due_at, given_at=product.clock.now(), consent=consent))
    row.alarm = next((one for one in PERCENTS if one > percent), None)
    if row.state == RUNNING:  # consent may have issued the licence, and so have stopped the clock
        _schedule(session, product, row, _pauses(session, row))
    session.flush()


def due(session: Session, *, product: Product, application_id: str, revision: int) -> Row | None:
    """The locked row whose alarm a job shall give; None where its time has been computed anew since."""
    row = _locked(session, application_id)
    if row is None or row.state != RUNNING or row.revision != revision or row.alarm_at is None:
        return None
    return row if row.alarm_at <= product.clock.now() else None


class Recompute:
    """The handler of `clock.recompute` jobs: the due times of the next clocks, then a job for those after."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> str:  # noqa: ARG002 - its signature
        """After which application this chunk begins."""
        return str(job.payload["after"])

    def perform(self, payload: str) -> str:
        """Nothing outside the database."""
        return payload

    def record(self, session: Session, job: Job, result: str) -> None:  # noqa: ARG002 - its signature
        """Compute the due times, by the calendar as it stands in this transaction."""
        self._product.working_days.refresh(session)
        recompute(session, product=self._product, after=result)


def recompute(session: Session, *, product: Product, after: str = "") -> int:
    """Compute the due times of the next running clocks again and leave the rest to a job; returns how many moved.

    A clock that stands still has none; its pauses are counted by the calendar in force when it goes on.
    """
    rows = session.scalars(select(Row).where(Row.state == RUNNING, Row.application_id > after)
                           .order_by(Row.application_id).limit(_CHUNK + 1).with_for_update()
                           .execution_options(populate_existing=True)).all()
    pauses = _pauses_of(session, [row.application_id for row in rows[:_CHUNK]])
    moved = 0
    for row in rows[:_CHUNK]:
        was = row.due_at
        _schedule(session, product, row, [one for one in pauses.get(row.application_id, ())
                                          if one.paused_at >= row.started_at])
        moved += row.due_at != was
    if len(rows) > _CHUNK:
        product.engine.enqueue(session, kind=RECOMPUTE, payload={"after": rows[_CHUNK - 1].application_id})
    return moved


def of_applications(session: Session, *, product: Product, applications: Collection[str]) -> dict[str, Clock]:
    """Application id -> its clock, for those that have one; for pages."""
    if not applications:
        return {}
    rows = session.execute(select(Row, Application).join(Application, Application.id == Row.application_id)
                           .where(Row.application_id.in_(applications))).all()
    pauses, alarms = _pauses_of(session, applications), dict[str, list[ClockAlarm]]()
    for alarm in session.scalars(select(ClockAlarm).where(ClockAlarm.application_id.in_(applications))
                                 .order_by(ClockAlarm.id)):
        alarms.setdefault(alarm.application_id, []).append(alarm)
    return {row.application_id: _clock(session, product, row, application, pauses.get(row.application_id, ()),
                                       alarms.get(row.application_id, ())) for row, application in rows}


def marks(session: Session, *, applications: Collection[str]) -> dict[str, int]:
    """Application id -> the last alarm of its running clock, in percent; for lists."""
    found = session.execute(
        select(ClockAlarm.application_id, func.max(ClockAlarm.percent).label("percent")).join(
            Row, (Row.application_id == ClockAlarm.application_id) & (ClockAlarm.given_at >= Row.started_at))
        .where(ClockAlarm.application_id.in_(applications), Row.state != STOPPED)
        .group_by(ClockAlarm.application_id)).all() if applications else ()
    return {row.application_id: row.percent for row in found}


def of_application(session: Session, *, product: Product, application_id: str) -> Clock | None:
    """The clock of an application; None for one that was submitted before there were clocks."""
    return of_applications(session, product=product, applications=[application_id]).get(application_id)


def _clock(session: Session, product: Product, row: Row, application: Application, pauses: Sequence[ClockPause],
           alarms: Sequence[ClockAlarm]) -> Clock:
    mine = [one for one in pauses if one.paused_at >= row.started_at]
    until = row.stopped_at or (mine[-1].paused_at if row.state == PAUSED and mine else product.clock.now())
    closed = [one for one in mine if one.resumed_at is not None]
    used = product.calendar.working_days_between(row.started_at, until) - _paused_days(product, closed)
    book = rules.of_application(session, engine=product.engine, application=application)
    return Clock(
        state=row.state, days=row.days, used=max(used, 0), statutory=row.statutory, rule=book.rules.get(row.rule_key),
        started_at=row.started_at, due_at=row.due_at, breach_at=row.breach_at,
        pauses=[Pause(reason=one.reason, paused_at=one.paused_at, resumed_at=one.resumed_at) for one in mine],
        alarms=[Alarm(percent=one.percent, given_at=one.given_at, consent=one.consent) for one in alarms
                if one.given_at >= row.started_at])


def _reason(session: Session, product: Product, application: Application, role: str | None, stage: str) -> str | None:
    """What the clock stands still for with this turn at this stage.

    That is the applicant's turn; for another body only where a rule with a legal reference says so: a default never
    stops a clock.
    """
    if role == APPLICANT:
        return APPLICANT
    if stage != INQUIRIES:
        return None
    rule = rules.of_application(session, engine=product.engine, application=application).rules.get(_PAUSES_ALSO)
    return INQUIRIES if rule is not None and rule.acts and rule.value == INQUIRIES else None


def _schedule(session: Session, product: Product, row: Row, pauses: Sequence[ClockPause]) -> None:
    """Store when the period ends and when the next alarm is due, and see to it that somebody wakes up for it."""
    paused = _paused_days(product, pauses)

    def at(percent: int) -> datetime:
        days = math.ceil(row.days * percent / 100) + paused
        return product.calendar.add_working_days(row.started_at, days)

    row.due_at = at(100)
    row.breach_at = row.due_at if row.statutory else None
    row.alarm_at = None if row.alarm is None else at(row.alarm)
    row.revision += 1
    session.flush()
    if row.alarm_at is not None:
        product.engine.enqueue(session, kind=ALARM, due_at=row.alarm_at, background=True,
                               payload={"application_id": row.application_id, "revision": row.revision},
                               dedup_key=f"{ALARM}:{row.application_id}:{row.revision}")


def _paused_days(product: Product, pauses: Sequence[ClockPause]) -> int:
    return sum(product.calendar.working_days_between(one.paused_at, one.resumed_at)
               for one in pauses if one.resumed_at is not None)


def _locked(session: Session, application_id: str) -> Row | None:
    return session.get(Row, application_id, with_for_update=True, populate_existing=True)


def _pauses(session: Session, row: Row) -> list[ClockPause]:
    """The pauses of this run of the clock, oldest first."""
    return list(session.scalars(select(ClockPause).where(
        ClockPause.application_id == row.application_id, ClockPause.paused_at >= row.started_at)
        .order_by(ClockPause.id)))


def _pauses_of(session: Session, applications: Collection[str]) -> dict[str, list[ClockPause]]:
    found: dict[str, list[ClockPause]] = {}
    for one in session.scalars(select(ClockPause).where(ClockPause.application_id.in_(applications))
                               .order_by(ClockPause.id)):
        found.setdefault(one.application_id, []).append(one)
    return found
