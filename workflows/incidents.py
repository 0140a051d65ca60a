"""Incidents: running a failed element again, where that needs it with corrected variables.

Only what the failed element reads can be corrected, by an administrator, with a reason that stays in the history. What
a person decided, the rules and what they found, and the facts of the application are never corrected here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine import errors, feel
from engine.values import Actor, Incident, Problem
from workflows import authorization, calendar, decisions, intake, issuer, reasons, rules
from workflows.models.application import Application

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

_REGISTER = "licences.register"
_READ_BY_HANDLER: Mapping[str, tuple[str, ...]] = {_REGISTER: ("issuer_number", "issued_on", "national_licence_id")}
_KEPT = frozenset({*decisions.ANSWER_FIELDS, *decisions.CODE_FIELDS, "eligibility", "licence_id", "issuer_answer_id"})


class AlreadyResolved(errors.Conflict):
    """This incident is resolved, so there is nothing to correct; look at the application."""

    fa = "این رخداد برطرف شده است و چیزی برای اصلاح نمانده است؛ درخواست را ببینید."


def correctable(session: Session, *, product: Product, incident: Incident) -> dict[str, Any]:
    """The variables a retry of this incident may correct, with their present values."""
    if incident.instance_id is None or incident.token_id is None or incident.job_id is not None:
        return {}
    definition_id = product.engine.definition_at(session, incident.instance_id, incident.token_id)
    element = product.engine.elements(session, definition_id).get(incident.element_id or "")
    names = {name for reading in product.engine.reads(session, definition_id)
             if reading.element_id == incident.element_id for name in reading.names}
    names |= set(_READ_BY_HANDLER.get(element.handler or "", ()) if element else ())
    present = product.engine.variables(session, incident.instance_id)
    names -= _KEPT | _facts(session, product, incident)
    return {name: present.get(name) for name in sorted(names)}


def retry(session: Session, *, product: Product, id: str, user: User, variables: Mapping[str, Any] | None = None,
          reason: str | None = None) -> Incident:
    """Run what failed again, that only; first with corrected variables where any are given.

    Returns the incident as it then is, still OPEN if it failed again. Raises: Forbidden; NotFound; AlreadyResolved for
    a correction that comes too late; Invalid with every variable that cannot be corrected here, and for a correction
    without a reason or with one too long.
    """
    authorization.require(user, "incidents.retry")
    why, faulty = reasons.checked(reason or "")
    if why and faulty:
        raise errors.Invalid(faulty)
    actor = Actor(id=user.id, reason=why or None)
    if not variables:
        return product.engine.retry_incident(session, id, actor=actor)
    incident = product.engine.incident(session, id)
    if incident.instance_id is not None:
        product.engine.lock(session, incident.instance_id)
        incident = product.engine.incident(session, id)
    if incident.state != "OPEN":
        raise AlreadyResolved
    allowed = correctable(session, product=product, incident=incident)
    problems = [Problem(where=name, code="not_correctable", what="A retry of this step cannot correct this.",
                        what_fa="اجرای دوباره این گام نمی‌تواند این مورد را اصلاح کند.",
                        fix=f"It can correct: {', '.join(allowed) or '—'}.",
                        fix_fa=f"قابل اصلاح: {'، '.join(allowed) or '—'}.")
                for name in sorted(variables.keys() - allowed.keys())]
    if not why:
        problems.append(Problem(where="reason", code="required", what="A correction needs a reason.",
                                what_fa="اصلاح نیازمند دلیل است."))
    corrected = dict(variables)
    if allowed.keys() >= set(_READ_BY_HANDLER[_REGISTER]):
        corrected = _answer(session, product, incident, allowed, corrected, actor, problems)
    if problems:
        raise errors.Invalid(problems)
    return product.engine.retry_incident(session, id, actor=actor, variables=corrected)


def typed(texts: Mapping[str, str], present: Mapping[str, Any]) -> dict[str, Any]:
    """What a person typed in place of `present` values, by name.

    What begins with = is FEEL. All else is JSON where a number, list or truth value stands, and text as it is where
    text or nothing stands. Raises: Invalid with every text that is no FEEL or has no value.
    """
    read, problems = {}, []
    for name, text in texts.items():
        try:
            read[name] = _feel(text[1:]) if text.startswith("=") else _typed(text, present[name])
        except feel.FeelError as fault:
            problems.append(Problem(where=name, code="feel", what=fault.message, what_fa=fault.message_fa,
                                    fix=fault.hint, fix_fa=fault.hint_fa))
    if problems:
        raise errors.Invalid(problems)
    return read


def _feel(text: str) -> Any:
    outcome = feel.compile(text).explain({})
    if outcome.value is None and text.strip() != "null":
        raise feel.FeelError(f"the value of {text.strip()} is null", message_fa=f"مقدار {text.strip()} null است",
                             hint='Write a value, such as =12.5, =true, =["a"] or =@"2026-03-21".',
                             hint_fa='مقداری مانند ‎=12.5‎ یا ‎=true‎ یا ‎=["a"]‎ یا ‎=@"2026-03-21"‎ بنویسید.')
    return outcome.value


def _typed(text: str, present: Any) -> Any:
    if not text or present is None or isinstance(present, str | date):
        return text or None
    try:
        return feel.from_json(json.loads(text))
    except ValueError:
        return text


def _answer(session: Session, product: Product, incident: Incident, present: Mapping[str, Any],
            given: Mapping[str, Any], actor: Actor, problems: list[Problem]) -> dict[str, Any]:
    """An issuer's answer with corrections: checked and recorded as every answer is."""
    application = session.get(Application, incident.business_key)
    if application is None:
        return dict(given)
    whole = {name: value for name, value in {**present, **given}.items()
             if value is not None and name in _READ_BY_HANDLER[_REGISTER]}
    # It may have been the portal's: that waits for no hand-over, and carries the same.
    found, faults = issuer.read(issuer.PORTAL, whole, today=calendar.today(product.clock.now()),
                                since=issuer.first_day(session, application=application, message=issuer.PORTAL))
    faults += issuer.taken(session, product=product, application=application, number=found.issuer_number)
    problems += faults
    if not problems:
        issuer.record(session, product=product, application=application, answer=found, actor=actor)
    return {**given, "issuer_number": found.issuer_number, "issued_on": found.issued_on,
            "national_licence_id": found.national_licence_id}


def _facts(session: Session, product: Product, incident: Incident) -> set[str]:
    """The names an application's process begins with."""
    application = session.get(Application, incident.business_key)
    if application is None:
        return set()
    book = rules.of_application(session, engine=product.engine, application=application)
    return set(intake.start_variables(application=application, book=book)) | set(intake.facts(application))
