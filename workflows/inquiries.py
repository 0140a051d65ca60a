"""Inquiries to other bodies, vetting among them: each with its answer, reference and letter.

A missing answer, or a failure to ask, is never read as clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import UserTask, new_id
from workflows import calendar, catalogue, rules
from workflows.models.application import Inquiry as Row

if TYPE_CHECKING:
    from workflows.product import Product

VETTING = "VETTING"
CLERK, REGISTER = "CLERK", "REGISTER"
"""Where an answer came from: a clerk recorded it, or the register itself over HTTP."""
DEFAULT = ("CRIMINAL", "ADDICTION", "TAX", "BANK", "INSURANCE", "PLACES")
DEFAULT_VALIDITY_DAYS = 90
VALIDITY = "inquiry_validity_days"
"""The rule of how old an answer may be."""
FORM, VETTING_FORM = "inquiry", "vetting"
_FIELDS = {FORM: ("answer", "ref_no", "answered_on"), VETTING_FORM: ("vetting_result", "vetting_ref", "vetting_date")}
"""Form of an inquiry's task -> its fields for answer, reference and day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One answer."""

    id: str
    task_id: str | None
    code: str
    source: str
    """CLERK, or REGISTER."""
    answer: str
    reference: str | None
    answered_on: date | None
    document_id: str | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """Why an inquiry is asked again: it was not answered yet, or its answer was too old on the day of asking."""

    last: Inquiry
    """The answer that came."""
    days: int | None
    """How old an answer may be; None where there was none yet."""
    oldest: date | None
    """The earliest day that would have done."""
    rule: rules.Rule | None


def record(session: Session, *, product: Product, application_id: str, task: UserTask, data: Mapping[str, Any],
           document_id: str | None, by: str, source: str = CLERK) -> None:
    """Write the answer a task's form holds; does nothing for a form that holds none."""
    if task.item is not None and "answer" in data:
        code, (answer, reference, answered_on) = str(task.item), _FIELDS[FORM]
    elif "vetting_result" in data:
        code, (answer, reference, answered_on) = VETTING, _FIELDS[VETTING_FORM]
    else:
        return
    session.add(Row(id=new_id(), application_id=application_id, task_id=task.id, code=code, answer=data[answer],
                    reference=data.get(reference), answered_on=catalogue.as_date(data.get(answered_on)), source=source,
                    document_id=document_id, recorded_by=by, recorded_at=product.clock.now()))


def code_of(task: UserTask) -> str | None:
    """The inquiry that a task asks for an answer to; None for any other task."""
    if task.form_key == VETTING_FORM:
        return VETTING
    return str(task.item) if task.form_key == FORM and task.item is not None else None


def as_form(task: UserTask, *, answer: str, reference: str, answered_on: date) -> dict[str, Any]:
    """An answer as the form of its task holds it."""
    return dict(zip(_FIELDS[str(task.form_key)], (answer, reference, answered_on.isoformat()), strict=True))


def codes(book: rules.RuleBook, service: catalogue.Entry) -> list[str]:
    """The inquiries a service needs, by the rules of the application's deployment."""
    return [str(code) for code in book.value(service.rule("inquiries"), DEFAULT)]


def due(session: Session, *, product: Product, application_id: str, service: catalogue.Entry,
        book: rules.RuleBook) -> list[str]:
    """The inquiries to ask (again): not answered, pending, or older than their validity.

    One that was answered NOT_CLEAN is not asked again: it went to a hearing.
    """
    latest = {one.code: one for one in of_application(session, application_id=application_id)}
    validity = timedelta(days=int(book.value(VALIDITY, DEFAULT_VALIDITY_DAYS)))
    oldest = calendar.today(product.clock.now()) - validity
    return [code for code in codes(book, service) if _is_due(latest.get(code), oldest)]


def asked_again(session: Session, *, task: UserTask, book: rules.RuleBook) -> AskedAgain | None:
    """Why an inquiry that was answered is asked again; None for a task that is no inquiry, or asks the first time."""
    if task.item is None or task.form_key != FORM:
        return None
    earlier = [one for one in of_application(session, application_id=task.business_key)
               if one.code == str(task.item) and one.recorded_at <= task.created_at and one.task_id != task.id]
    last = earlier[-1] if earlier else None
    if last is None or last.answer == "NOT_CLEAN":
        return None
    if last.answer == "PENDING":
        return AskedAgain(last=last, days=None, oldest=None, rule=None)
    days = int(book.value(VALIDITY, DEFAULT_VALIDITY_DAYS))
    oldest = calendar.today(task.created_at) - timedelta(days=days)
    if not _is_due(last, oldest):
        return None
    return AskedAgain(last=last, days=days, oldest=oldest, rule=book.rules.get(VALIDITY))


def of_application(session: Session, *, application_id: str) -> Sequence[Inquiry]:
    """Every answer recorded for an application, oldest first."""
    rows = session.scalars(select(Row).where(Row.application_id == application_id).order_by(Row.id))
    return [Inquiry(id=row.id, task_id=row.task_id, code=row.code, source=row.source, answer=row.answer,
                    reference=row.reference, answered_on=row.answered_on, document_id=row.document_id,
                    recorded_by=row.recorded_by, recorded_at=row.recorded_at) for row in rows]


def _is_due(found: Inquiry | None, oldest: date) -> bool:
    if found is None or found.answer == "PENDING":
        return True
    answered_on = found.answered_on or calendar.today(found.recorded_at)
    return found.answer == "CLEAN" and answered_on < oldest
