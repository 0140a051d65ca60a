"""Stages: what the engine's events make of an application's state, its stage history, and the messages that follow."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import DeadlineMoved, ElementEntered, InstanceEndedEvent, new_id
from workflows import catalogue, corrections, notifications, statutory_clock
from workflows.models.application import Application, StageEntry

if TYPE_CHECKING:
    from workflows.product import Product

CANCELLED = "CANCELLED"
_TOLD_AT_END = {"ISSUED": "issued", "WITHDRAWN": "withdrawn", "LAPSED": "lapsed", CANCELLED: "cancelled"}
"""Outcome -> message. A refusal is told by the handler that refuses, with its codes."""

_TOLD_AT_ELEMENT = {"report_ready": "your_turn"}
_TOLD_AT_STAGE = {"AWAITING_PAYMENT": "your_turn"}


def entered(session: Session, event: ElementEntered, *, product: Product) -> None:
    """Take over the stage of the element a token has reached; several tokens leave the latest stage standing."""
    application = _current(session, event.business_key, event.instance_id)
    if application is None:
        return
    if event.stage in catalogue.END_STATES:
        return  # the instance's end is told once, by `ended`
    was = application.holder_role, application.state
    application.due_at, application.holder_role = event.due_at, event.role
    move(session, application, stage=event.stage, at=event.at, role=event.role, element_id=event.element_id)
    statutory_clock.turned(session, product=product, application=application, was=was, element_id=event.element_id)
    kind = _TOLD_AT_ELEMENT.get(event.element_id) or _TOLD_AT_STAGE.get(event.stage)
    if kind is not None and event.role == "APPLICANT":
        notifications.to_applicant(session, product=product, application=application, kind=kind)


def ended(session: Session, event: InstanceEndedEvent, *, product: Product) -> None:
    """Close the application when the instance that carries it ends.

    One that ends without an outcome was cancelled by an administrator, who says why; the applicant is told that this
    is no refusal, and may reopen it.
    """
    application = _current(session, event.business_key, event.instance_id)
    if application is None:
        return
    outcome = event.outcome or CANCELLED
    application.outcome, application.ended_at = outcome, event.at
    application.due_at, application.holder_role = None, None
    move(session, application, stage=outcome, at=event.at, role=None, element_id=event.end_element_id)
    statutory_clock.stop(session, product=product, application_id=application.id)
    if outcome in _TOLD_AT_END:
        licensed = outcome != "ISSUED" or catalogue.service(application.service).registers != "NOTHING"
        notifications.to_applicant(session, product=product, application=application,
                                   kind=_TOLD_AT_END[outcome] if licensed else "granted",
                                   facts={"reason": event.actor.reason or "—"})
    if outcome == "ISSUED":
        _tell_what_may_follow(session, product, application)


def _tell_what_may_follow(session: Session, product: Product, application: Application) -> None:
    """Tell the holder which service may come after the one that has issued the licence."""
    following = catalogue.service(application.service).followed_by
    if following:
        one = catalogue.service(following)
        notifications.to_applicant(session, product=product, application=application, kind="followed_by",
                                   facts={"service": one.key, "service_fa": one.name, "service_en": one.name_en})


def retimed(session: Session, event: DeadlineMoved, *, product: Product) -> None:
    """Take over a due time that was computed again, such as after a holiday was declared.

    The correction window, which counts from the delivery of the notice, moves with it.
    """
    application = _current(session, event.business_key, event.instance_id)
    if application is None:
        return
    window = corrections.retime(session, product=product, application=application)
    if window is not None:
        application.due_at = window
    elif event.kind == "user_task" and application.due_at == event.was:
        application.due_at = event.due_at
    session.flush()


def _current(session: Session, id: str, instance_id: str) -> Application | None:
    """The application as it stands now, when this instance carries it.

    The instance is locked by then, and another branch may have committed while this transaction waited for it.
    """
    session.flush()
    application = session.get(Application, id, populate_existing=True)
    carried = application is not None and application.instance_id in (None, instance_id)
    return application if carried else None


def move(session: Session, application: Application, *, stage: str, at: datetime, role: str | None,
         element_id: str | None) -> None:
    """Write a stage and its history row; the same stage again adds no row."""
    last = session.scalars(select(StageEntry).where(StageEntry.application_id == application.id)
                           .order_by(StageEntry.id.desc()).limit(1)).first()
    if last is None or last.stage != stage or last.left_at is not None:
        if last is not None and last.left_at is None:
            last.left_at = at
        session.add(StageEntry(id=new_id(), application_id=application.id, stage=stage, element_id=element_id,
                               role=role, entered_at=at, left_at=at if stage in catalogue.END_STATES else None))
        application.state, application.state_since = stage, at
    session.flush()
