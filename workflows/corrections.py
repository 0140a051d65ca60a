"""Corrections: per field and per document. Only what was unlocked may change; old and new are kept.

The window starts when the notice is delivered, or when a clerk records having told the applicant.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Problem, new_id
from workflows import catalogue, documents, intake, notifications, rules
from workflows.form_fields import CompiledForm, Field
from workflows.models.application import Application, CorrectionChange, CorrectionRequest

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

ANCHOR = "notice_delivered"
DATA_FAULT = "D01"
"""The application form itself: cited where data are wrong and no document is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One round of corrections."""

    id: str
    instance_id: str
    """The process instance that asked; another one carries the application after a reopening."""
    round: int
    missing_codes: tuple[str, ...]
    unlocked_fields: tuple[str, ...]
    note: str | None
    requested_at: datetime
    told_at: datetime | None
    due_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field before and after."""

    field: str
    old: Any
    new: Any
    old_document_id: str | None
    new_document_id: str | None
    changed_at: datetime
    request_id: str | None


def open_request(session: Session, *, application_id: str) -> Request | None:
    """The round the applicant has not answered yet."""
    found = _open(session, application_id)
    return _request(found) if found else None


def requests(session: Session, *, application_id: str) -> list[Request]:
    """Every round, oldest first."""
    return [_request(found) for found in session.scalars(
        select(CorrectionRequest).where(CorrectionRequest.application_id == application_id)
        .order_by(CorrectionRequest.id))]


def changes(session: Session, *, application_id: str) -> list[Change]:
    """Everything that was changed, oldest first: old and new side by side."""
    return [Change(field=one.field, old=one.old, new=one.new, old_document_id=one.old_document_id,
                   new_document_id=one.new_document_id, changed_at=one.changed_at, request_id=one.request_id)
            for one in session.scalars(select(CorrectionChange).where(CorrectionChange.application_id == application_id)
                                       .order_by(CorrectionChange.id))]


def ask(session: Session, *, product: Product, application: Application, instance_id: str, codes: Sequence[str],
        fields: Sequence[str], note: str | None, by: str, kind: str = "correction_notice") -> CorrectionRequest:
    """Open a round and send the notice; its window starts on delivery. A missing document unlocks its own field.

    Data sent back without any document cite the application form. `kind` is the notice to send.
    """
    close(session, product=product, application_id=application.id)
    form = intake.application_form(session, product=product, application=application)
    book = rules.of_application(session, engine=product.engine, application=application)
    named = {*fields, *(book.conditions[code].field for code in codes if code in book.conditions)}
    unlocked = [key for key in form.fields if key in named and key not in intake.NEVER_UNLOCKED]
    codes = codes or ([DATA_FAULT] if DATA_FAULT in book.conditions else [])
    rounds = requests(session, application_id=application.id)
    request = CorrectionRequest(
        id=new_id(), application_id=application.id, instance_id=instance_id, round=len(rounds) + 1,
        missing_codes=list(codes), unlocked_fields=unlocked, note=note, requested_by=by,
        requested_at=product.clock.now())
    session.add(request)
    session.flush()
    notifications.to_applicant(session, product=product, application=application, kind=kind, subject_id=request.id)
    return request


def close(session: Session, *, product: Product, application_id: str) -> None:
    """Nothing is asked of the applicant any more: the open round, if there is one, counts as answered."""
    earlier = _open(session, application_id)
    if earlier is not None:
        earlier.answered_at = product.clock.now()
        session.flush()


def told(session: Session, *, product: Product, request_id: str, by: str) -> None:
    """The applicant knows: the window starts now, once; being told again changes nothing."""
    request = session.get(CorrectionRequest, request_id)
    if request is None:
        return
    product.engine.lock(session, request.instance_id)
    request = session.get(CorrectionRequest, request_id, populate_existing=True)
    if request is None or request.told_at is not None or request.answered_at is not None:
        return
    now = product.clock.now()
    application = session.get_one(Application, request.application_id, populate_existing=True)
    request.told_at, request.told_by = now, by
    request.due_at = product.calendar.add_working_days(now, _window(session, product, application))
    application.due_at = request.due_at
    session.flush()
    product.engine.anchor_timers(session, instance_id=request.instance_id, anchor=ANCHOR, at=now)


def retime(session: Session, *, product: Product, application: Application) -> datetime | None:
    """Compute the open window again, which counts from when the applicant was told; None when none is running."""
    request = _open(session, application.id)
    if request is None or request.told_at is None:
        return None
    request.due_at = product.calendar.add_working_days(request.told_at, _window(session, product, application))
    return request.due_at


def unlocked(form: CompiledForm, keys: Collection[str]) -> frozenset[str]:
    """The fields that may change when `keys` are unlocked: those, and fields whose visibility or need hangs on them."""
    found = frozenset(keys) & frozenset(form.fields) - intake.NEVER_UNLOCKED
    while True:
        more = found | {key for key, field in form.fields.items()
                        if key not in intake.NEVER_UNLOCKED and _names(field) & found}
        if more == found:
            return found
        found = more


def merged(task_form: CompiledForm, application_form: CompiledForm, keys: Collection[str],
           asked: Collection[str | None] = ()) -> CompiledForm:
    """The task's own form followed by the unlocked fields of the application's form; those `asked` for are needed."""
    sections = [dataclasses.replace(section, blocks=tuple(
        dataclasses.replace(block, required=True) if isinstance(block, Field) and block.key in asked else block
        for block in section.blocks)) for section in application_form.only(keys).sections]
    return dataclasses.replace(task_form, sections=(*task_form.sections, *sections))


def locked(application_form: CompiledForm, keys: Collection[str], data: Mapping[str, Any], files: Collection[str],
           current: Mapping[str, Any]) -> list[Problem]:
    """A problem for every field sent that is not unlocked and differs from what stands."""
    sent = {key for key, value in data.items() if value != current.get(key)} | set(files)
    return [Problem(where=key, code="locked", what="This field was not sent back for correction; it cannot change.",
                    what_fa="این مورد برای اصلاح باز نشده است و تغییر نمی‌کند.")
            for key in application_form.fields if key in sent and key not in keys]


def apply(session: Session, *, product: Product, application: Application, form: CompiledForm, keys: Collection[str],
          data: Mapping[str, Any], files: documents.Files, user: User) -> dict[str, Any]:
    """Take over checked values and documents of the unlocked fields; returns the facts that changed by it.

    Raises: Invalid where the correction would make the application the second open one for its subject.
    """
    before = intake.facts(application)
    request = _open(session, application.id)
    now = product.clock.now()
    common: dict[str, Any] = {"application_id": application.id, "request_id": request.id if request else None,
                              "changed_by": user.id, "changed_at": now}
    values = dict(application.data)
    _refuse_duplicate(session, application, {**values, **{key: data.get(key) for key in keys}}, keys)
    for key in sorted(keys):
        if form.fields[key].kind == "file":
            continue
        old, new = values.pop(key, None), data.get(key)
        if new is not None:
            values[key] = new
        if old != new:
            session.add(CorrectionChange(id=new_id(), field=key, old=old, new=new, **common))
    standing = {one.field: one.id for one in documents.listed(session, application_id=application.id)}
    for key, (name, content) in files.items():
        if key in keys:
            stored = documents.store(session, product=product, application_id=application.id, field=key, name=name,
                                     content=content, by=user.id)
            session.add(CorrectionChange(id=new_id(), field=key, old_document_id=standing.get(key),
                                         new_document_id=stored.id, **common))
    application.data = values
    application.search_text = intake.search_text(application.file_number, values)
    application.subject_key = intake.subject_key(catalogue.service(application.service), values,
                                                 application.applicant_id, application.about_licence_id)
    if request is not None:
        request.answered_at = now
    session.flush()
    after = intake.facts(application, values)
    return {name: value for name, value in after.items() if value != before.get(name)}


def _refuse_duplicate(session: Session, application: Application, values: Mapping[str, Any],
                      keys: Collection[str]) -> None:
    service = catalogue.service(application.service)
    subject = intake.subject_key(service, values, application.applicant_id,
                                                application.about_licence_id)
    found = intake.open_duplicate(session, subject_key=subject, besides=application.id)
    if found is not None:
        raise errors.Invalid([Problem(
            where=next((key for key in reversed(service.subject) if key in keys), "application"),
            code="duplicate_application", what=f"There is an open application for this already: {found}.",
            what_fa=f"درخواست باز دیگری برای همین مورد هست: {found}.")])


def _names(field: Field) -> frozenset[str]:
    expressions = [*field.hidden_if, *([field.required_if] if field.required_if else [])]
    return frozenset(name for expression in expressions for name in expression.names)


def _window(session: Session, product: Product, application: Application) -> int:
    book = rules.of_application(session, engine=product.engine, application=application)
    return int(book.value("correction_window_wd", 10))


def _open(session: Session, application_id: str) -> CorrectionRequest | None:
    return session.scalars(select(CorrectionRequest).where(
        CorrectionRequest.application_id == application_id, CorrectionRequest.answered_at.is_(None))
        .order_by(CorrectionRequest.id.desc()).limit(1)).first()


def _request(found: CorrectionRequest) -> Request:
    return Request(id=found.id, instance_id=found.instance_id, round=found.round,
                   missing_codes=tuple(found.missing_codes), unlocked_fields=tuple(found.unlocked_fields),
                   note=found.note, requested_at=found.requested_at, told_at=found.told_at, due_at=found.due_at,
                   answered_at=found.answered_at)
