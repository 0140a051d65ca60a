"""Alarms of the statutory clock, and what follows when a published deadline passes without an answer: deemed consent.

By default the manager is told, at 50, 80 and 100 %, and nothing is issued. The licence is issued by law only where two
people have set `tacit_mode` to AUTO as a rule with a legal reference (grade A or B, national or of this province). Our
own target leads to alarms and never to consent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import errors
from engine.values import SYSTEM, Actor, Job
from workflows import accounts, calendar, catalogue, issuer, notifications, rules, statutory_clock
from workflows.models.application import Application
from workflows.statutory_clock import FAILED, ISSUED, NOTIFIED

if TYPE_CHECKING:
    from workflows.product import Product

AUTO = "AUTO"
NUMBER = "TACIT-{file_number}"
"""What stands for the issuer's number until the national portal gives its own."""
EVENT = "deemed_consent"
"""The entry of the trail, with what became of it."""


class Ring:
    """The handler of `clock.alarm` jobs."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:
        """Nothing is needed."""

    def perform(self, payload: None) -> None:
        """Nothing outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Give the alarm once, unless its time was computed anew or the clock stands still by now."""
        product = self._product
        application = session.get_one(Application, job.payload["application_id"])
        if application.instance_id is not None:
            product.engine.lock(session, application.instance_id)  # as every command does, before the rows of its file
            session.refresh(application)
        row = statutory_clock.due(session, product=product, application_id=application.id,
                                  revision=job.payload["revision"])
        if row is None or row.alarm is None or row.due_at is None or application.instance_id is None:
            return
        percent, due_at, consent = row.alarm, row.due_at, None
        product.engine.record(session, application.instance_id, "clock_alarm", actor=SYSTEM,
                              facts={"percent": percent, "statutory": row.statutory})
        if percent == 100 and row.statutory:
            consent = _consent(session, product, application)
        statutory_clock.ring(session, product=product, row=row, percent=percent, due_at=due_at, consent=consent)
        tell(session, product=product, application=application, percent=percent, consent=consent)


def tell(session: Session, *, product: Product, application: Application, percent: int, consent: str | None) -> None:
    """Tell the managers of the county by text message; who has no number finds the mark in the inbox."""
    kind = f"{EVENT}_{consent.lower()}" if consent is not None else "clock_alarm"
    for one in accounts.staff(session, role="MANAGER", county=application.county):
        if one.mobile is not None:
            shown = calendar.to_persian_digits(str(percent)) if one.language != "en" else str(percent)
            notifications.send(session, product=product, kind=kind, mobile=one.mobile, language=one.language,
                               facts={"file_number": application.file_number, "percent": shown})


def _consent(session: Session, product: Product, application: Application) -> str:
    """What follows when the published deadline has passed: a notice, or the licence where a rule with a legal reference
    says so.
    """
    book = rules.of_application(session, engine=product.engine, application=application)
    service = catalogue.service(application.service)
    rule = book.first(service.rule("tacit_mode"), "tacit_mode")
    answer = NOTIFIED
    instance_id = str(application.instance_id)
    if rule is not None and rule.acts and rule.value == AUTO:
        answer = _issued(session, product, application, Actor(id=SYSTEM.id, reason=rule.source_fa or rule.source))
    product.engine.record(session, instance_id, EVENT, actor=SYSTEM, facts={"result": answer})
    return answer


def _issued(session: Session, product: Product, application: Application, actor: Actor) -> str:
    """Issue by law, as the portal does; a process that cannot take it leaves the case to the manager."""
    given = {"issuer_number": NUMBER.format(file_number=application.file_number),
             "issued_on": calendar.today(product.clock.now())}
    try:
        issuer.take(session, product=product, application=application, message=issuer.PORTAL, given=given, actor=actor)
    except (errors.NoReceiver, errors.Invalid):
        return FAILED
    return ISSUED
