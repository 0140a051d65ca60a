"""The handlers that diagrams call by name, and the subscribers that follow the engine's events."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import HandlerCall, Handlers, errors
from engine.values import InstanceEndedEvent
from workflows import (
    bank_codes,
    catalogue,
    corrections,
    cycles,
    decision_letters,
    decisions,
    deemed_consent,
    docket_sessions,
    dockets,
    dossiers,
    holidays,
    inquiries,
    inquiry_letters,
    inquiry_requests,
    issuer,
    late_reviews,
    licences,
    maintenance,
    notifications,
    outbox,
    refusals,
    registrations,
    reminders,
    review_bulk,
    reviews,
    rules,
    stages,
    statutory_clock,
)
from workflows.models.application import Application, Submission, WithdrawalRequest
from workflows.models.notification import Notification

if TYPE_CHECKING:
    from workflows.product import Product


def register(handlers: Handlers, product: Product, transport: outbox.Transport, post: outbox.MailTransport) -> None:
    """Make every handler, job and subscriber known to the engine."""
    for name, handler in _SERVICES.items():
        handlers.service(name)(partial(handler, product))
    handlers.on_element_entered(partial(stages.entered, product=product))
    handlers.on_element_entered(partial(inquiry_requests.entered, product=product))
    handlers.on_instance_ended(partial(stages.ended, product=product))
    handlers.on_deadline_moved(partial(stages.retimed, product=product))
    handlers.before_instance_ends(partial(refusals.guard, product=product))
    handlers.on_instance_ended(partial(_renewal_ended, product=product))
    handlers.on_instance_ended(partial(dockets.ended, product=product))
    handlers.on_instance_ended(partial(reviews.case_ended, product=product))
    delivered = dict.fromkeys(("correction_notice", "fix_notice"), partial(_notice_delivered, product))
    handlers.job(notifications.JOB, outbox.Sender(product, transport, post, delivered))
    handlers.job(outbox.REPORT, outbox.Reporter(product, delivered))
    handlers.job(maintenance.JOB, maintenance.Sweeper(product))
    handlers.job(cycles.ENSURE, cycles.Ensure(product), every=product.settings.cycle_every)
    handlers.job(cycles.FIND, dockets.Find(product))
    handlers.job(dockets.REVIEW, dockets.Review(product))
    handlers.job(docket_sessions.DELIVER, docket_sessions.Deliver(product))
    handlers.job(reviews.LEAVE, reviews.Leave(product))
    handlers.job(late_reviews.JOB, late_reviews.Convene(product))
    handlers.job(review_bulk.JOB, review_bulk.Recommend(product))
    handlers.job(reminders.DUE, reminders.Remind(product), every=reminders.EVERY)
    handlers.job(reminders.REST, reminders.Remind(product))
    handlers.job(maintenance.TRIM, maintenance.Trimmer(product))
    handlers.job(holidays.JOB, holidays.Recompute(product))
    handlers.job(statutory_clock.ALARM, deemed_consent.Ring(product))
    handlers.job(statutory_clock.RECOMPUTE, statutory_clock.Recompute(product))
    handlers.job(decision_letters.JOB, decision_letters.Set(product))
    handlers.job(inquiry_letters.JOB, inquiry_letters.Set(product))
    handlers.job(inquiry_requests.FIND, inquiry_requests.Find(product))
    handlers.job(inquiry_requests.ASK, inquiry_requests.Ask(product))
    handlers.job(issuer.JOB, issuer.HandOver(product, product.settings.var / "issuer"))


def names() -> frozenset[str]:
    """Names of the handlers, for checking a diagram without a product."""
    return frozenset(_SERVICES)


def _request_correction(product: Product, call: HandlerCall) -> dict[str, Any]:
    """Open a round of corrections for what the clerk named, and send the notice."""
    application = dossiers.row(call.session, call.business_key)
    asked = call.session.scalars(select(Submission).where(
        Submission.application_id == application.id,
        Submission.form_key.in_(("check-documents", "issuer-return"))).order_by(Submission.id.desc()).limit(1)).first()
    request = corrections.ask(
        call.session, product=product, application=application, instance_id=call.instance_id,
        codes=[str(code) for code in _said(call, "missing_codes")],
        fields=[str(field) for field in _said(call, "unlocked_fields")],
        note=asked.data.get("note") if asked else None, by=call.actor.id)
    return {"correction_rounds": _next_round(call), "correction_request_id": request.id}


def _said(call: HandlerCall, name: str) -> Sequence[Any]:
    """What the diagram gives the handler under this name, else what the clerk named."""
    return call.inputs[name] or () if name in call.inputs else call.variables.get(name) or ()


def _show_conditions(product: Product, call: HandlerCall) -> dict[str, Any]:
    """Open a round for the binding conditions that are not met, and send the notice."""
    unmet = [str(one["code"]) for one in call.variables.get("eligibility") or () if one["action"] == "REFUSE"]
    request = corrections.ask(
        call.session, product=product, application=dossiers.row(call.session, call.business_key),
        instance_id=call.instance_id, codes=unmet, fields=(), note=None, by=call.actor.id, kind="fix_notice")
    return {"correction_rounds": _next_round(call), "correction_request_id": request.id}


def _next_round(call: HandlerCall) -> Any:
    return catalogue.as_number(int(catalogue.as_number(call.variables.get("correction_rounds")) or 0) + 1)


def _refuse(product: Product, call: HandlerCall) -> None:
    """End with a refusal that cites its conditions, and tell the applicant."""
    application = dossiers.row(call.session, call.business_key)
    codes = refusals.cited(call)
    decision_id = decisions.refuse(
        call.session, product=product, application_id=application.id, element_id=call.element_id, codes=codes,
        answer=dossiers.REFUSED, book=_book(product, call.session, application), by=call.actor.id)
    decision_letters.write(call.session, product=product, application=application, decision_id=decision_id)
    notifications.to_applicant(call.session, product=product, application=application, kind="rejected",
                               facts={"codes": "، ".join(codes)})


def _agree_in_principle(product: Product, call: HandlerCall) -> None:
    """Tell the applicant of the agreement in principle."""
    application = dossiers.row(call.session, call.business_key)
    notifications.to_applicant(call.session, product=product, application=application, kind="agreed_in_principle")


def _open_inquiries(product: Product, call: HandlerCall) -> dict[str, Any]:
    """The inquiries the service needs, by the rules."""
    application = dossiers.row(call.session, call.business_key)
    return {"inquiries_due": inquiries.codes(_book(product, call.session, application),
                                             catalogue.service(application.service))}


def _stale_inquiries(product: Product, call: HandlerCall) -> dict[str, Any]:
    """The inquiries to ask again: pending, or older than their validity."""
    application = dossiers.row(call.session, call.business_key)
    return {"inquiries_due": inquiries.due(call.session, product=product, application_id=application.id,
                                           service=catalogue.service(application.service),
                                           book=_book(product, call.session, application))}


def _remind(product: Product, call: HandlerCall) -> None:
    """Remind the applicant."""
    application = dossiers.row(call.session, call.business_key)
    notifications.to_applicant(call.session, product=product, application=application, kind="correction_reminder")


def _escalate(product: Product, call: HandlerCall) -> None:
    """Make a delay visible in the trail; the overdue task stands first in every inbox already."""
    product.engine.record(call.session, call.instance_id, "escalated", actor=call.actor, element_id=call.element_id,
                          facts={"about": str(call.inputs.get("about") or "")})


def _record_withdrawal(product: Product, call: HandlerCall) -> None:
    """Note that the wish to withdraw was carried out."""
    for request in call.session.scalars(select(WithdrawalRequest).where(
            WithdrawalRequest.application_id == call.business_key, WithdrawalRequest.carried_out_at.is_(None))):
        request.carried_out_at = product.clock.now()


def _decline_withdrawal(product: Product, call: HandlerCall) -> None:
    """Tell the applicant that the request to withdraw was declined."""
    notifications.to_applicant(call.session, product=product, kind="withdrawal_declined",
                               application=dossiers.row(call.session, call.business_key))


def _hand_over(product: Product, call: HandlerCall) -> None:
    """Put the file into the issuer's outbox."""
    issuer.hand_over(call.session, product=product, application=dossiers.row(call.session, call.business_key),
                     instance_id=call.instance_id, token_id=call.token_id)


def _register_licence(product: Product, call: HandlerCall) -> dict[str, Any]:
    """Enter the licence the issuer (or the portal) has issued into the register."""
    application = dossiers.row(call.session, call.business_key)
    number, issued_on = call.variables.get("issuer_number"), catalogue.as_date(call.variables.get("issued_on"))
    if not number or issued_on is None:
        raise errors.HandlerFailed("the message carried no issuer_number or no issued_on",
                                   hint="retry with both corrected")
    national_id = call.variables.get("national_licence_id")
    licence_id = registrations.register(
        call.session, product=product, application=application, issuer_number=str(number),
        national_id=None if national_id is None else str(national_id), issued_on=issued_on,
        area_m2=call.variables.get("area_m2"), by=call.actor.id)
    return {"licence_id": licence_id}


def _keep_in_renewal(product: Product, call: HandlerCall) -> None:
    """The licence has expired while its renewal is open."""
    application = dossiers.row(call.session, call.business_key)
    if application.about_licence_id is not None:
        licences.keep_in_renewal(call.session, product=product, id=application.about_licence_id,
                                 reason=application.file_number, by=call.actor.id)


def _renewal_ended(session: Session, event: InstanceEndedEvent, *, product: Product) -> None:
    """However a renewal ends: a licence that only waited for it does not stay in renewal."""
    application = session.get(Application, event.business_key)
    if application is not None and application.about_licence_id is not None and application.instance_id in (
            None, event.instance_id):
        licences.end_renewal(session, product=product, id=application.about_licence_id,
                             reason=application.file_number, by=event.actor.id)


def _notice_delivered(product: Product, session: Session, notification: Notification) -> None:
    if notification.subject_id is not None:
        corrections.told(session, product=product, request_id=notification.subject_id, by="system")


def _book(product: Product, session: Session, application: Application) -> rules.RuleBook:
    return rules.of_application(session, engine=product.engine, application=application)


OUTPUTS = {
    "applications.request_correction": ("correction_rounds", "correction_request_id"),
    "applications.open_inquiries": ("inquiries_due",), "applications.stale_inquiries": ("inquiries_due",),
    "licences.register": ("licence_id",), "reviews.make_ready": ("review_ticket",),
    "cycles.convene": ("cycle_convened",),
}
"""Handler -> the variables it returns; every other handler returns none."""

_SERVICES = {
    "applications.agree_in_principle": _agree_in_principle,
    "applications.decline_withdrawal": _decline_withdrawal,
    "applications.open_inquiries": _open_inquiries,
    "applications.record_withdrawal": _record_withdrawal,
    "applications.refuse": _refuse,
    "applications.request_correction": _request_correction,
    "applications.show_conditions": _show_conditions,
    "applications.stale_inquiries": _stale_inquiries,
    "bank_codes.assign": bank_codes.assign,
    "bank_codes.end": bank_codes.end_handler,
    "cycles.convene": docket_sessions.convene_handler,
    "cycles.decide": dockets.decide_handler,
    "issuer.hand_over": _hand_over,
    "licences.keep_in_renewal": _keep_in_renewal,
    "licences.register": _register_licence,
    "notifications.escalate": _escalate,
    "notifications.remind": _remind,
    "reviews.confirm_session": docket_sessions.confirm_handler,
    "reviews.make_ready": reviews.make_ready,
    "reviews.record_result": reviews.record_result,
}
