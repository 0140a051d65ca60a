"""Applications: submit, correct, withdraw, reopen; and to read them (see `workflows.dossiers`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Actor, Problem, new_id
from workflows import (
    accounts,
    authorization,
    calendar,
    catalogue,
    corrections,
    documents,
    dossiers,
    form_fields,
    forms,
    identifiers,
    intake,
    notifications,
    numbers,
    offered,
    reasons,
    rules,
    stages,
    statutory_clock,
    subject_licences,
    task_forms,
    tasks,
    withdrawals,
)
from workflows.dossiers import (
    Application,
    TimelineEntry,
    TrackedStage,
    TrackingView,
    get,
    search,
    timeline,
    track,
)
from workflows.models.application import Application as Row
from workflows.models.application import ApplicationInstance, Submission, WithdrawalRequest

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

__all__ = ["Application", "Submitted", "TimelineEntry", "TrackedStage", "TrackingView", "application_form", "correct",
           "get", "receipt", "record_notice", "reopen", "require_counter", "search", "submit", "timeline", "track",
           "withdraw"]

TAKEN_DOWN = "taken_at_counter"
"""What the trail says of an application that a counter took down."""
MOST_OF_COUNTER = 100
SUBMISSION = "application_submitted"
"""The element under which the application itself stands among the submissions."""


class DuplicateApplication(errors.Conflict):
    """There is an open application for this already: {file_number}."""

    fa = "درخواست باز دیگری برای همین مورد هست: {file_number}."


class NotReopenable(errors.Conflict):
    """Only an application that lapsed or was cancelled can be reopened; this one is {state}."""

    fa = "تنها درخواستی که مهلت آن گذشته یا بدون تصمیم بسته شده بازگشایی می‌شود؛ وضعیت این درخواست {state} است."


class NothingToCorrect(errors.Conflict):
    """Nothing was sent back for correction."""

    fa = "چیزی برای اصلاح بازگردانده نشده است."


class WithdrawalPending(errors.Conflict):
    """A request to withdraw waits for its decision already."""

    fa = "درخواست انصراف پیشین هنوز در انتظار تصمیم است."


class NotWithdrawable(errors.Conflict):
    """The file is with the issuer and its answer is being entered, so the application cannot be withdrawn now."""

    fa = "پرونده نزد صادرکننده است و پاسخ آن در حال ثبت است؛ اکنون انصراف ممکن نیست."


class AlreadyEnded(errors.Conflict):
    """This application has ended: {state}."""

    fa = "این درخواست پایان یافته است: {state}."


class ConsentMissing(errors.Invalid):
    """The applicant has not consented by the code that was sent to him."""

    def __init__(self) -> None:
        super().__init__([Problem(
            where="consent_code", code="consent_missing",
            what="This is not the code of consent that was sent to the applicant, or its time has passed.",
            what_fa="این رمز رضایتی نیست که برای متقاضی فرستاده شد، یا زمان آن گذشته است.")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where a clerk takes an application down for its applicant, and the code by which the applicant consents."""

    name: str
    """As the trail and the applicant's message name it."""
    consent_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The receipt of an application."""

    application_id: str
    file_number: str
    """For speech; not a secret."""
    tracking_code: str
    """A secret: whoever has it sees the stage, and only that."""


def application_form(session: Session, *, product: Product,
                     service: str) -> tuple[form_fields.CompiledForm, dict[str, Any]]:
    """The form of a service as it is filled in today, and the context its options come from."""
    chosen = catalogue.service(service)
    definition = intake.definition(session, product=product, service=chosen)
    form = intake.form(session, product=product, definition_id=definition.id, form_key=chosen.form_key)
    return form, intake.context(session, product=product, deployment_id=definition.deployment_id,
                                application_form=form, service=service)


def submit(session: Session, *, product: Product, data: Mapping[str, Any], files: documents.Files, user: User,
           service: str, licence: str | None = None, counter: Counter | None = None) -> Submitted:
    """Take an application in with its documents and start its process.

    `licence` is the number of the licence it is about, for a service that is about one: what the register knows of it
    stands in the application wherever the form does not ask for it.
    Every wrong field and file is told at once, and then nothing is stored. At a `counter` a clerk submits for the
    applicant, whose account is that of the manager's mobile number, and who consents by the code sent to it; the trail
    names the counter. A wrong code is counted, so the caller commits what ConsentMissing refuses.
    Raises: Invalid; ConsentMissing; NotFound; Forbidden; ServiceOff; DuplicateApplication; what `guards.require` does.
    """
    if counter is None:
        authorization.require(user, "application.submit", clock=product.machine)
    else:
        require_counter(user)
    chosen = catalogue.service(service)
    offered.require(session, chosen)
    about = subject_licences.take(session, product=product, service=chosen, number=licence,
                                  user=user) if chosen.about_licence else None
    definition = intake.definition(session, product=product, service=chosen)
    form, context = application_form(session, product=product, service=service)
    problems = documents.check(files)
    checked = forms.check(form, data, files={field: [name] for field, (name, _) in files.items()}, context=context)
    problems += [one for one in checked.problems if one.where not in {known.where for known in problems}]
    place = _place(counter.name, problems) if counter is not None else ""
    if problems:
        raise errors.Invalid(problems)
    values, now = {**(about.data if about else {}), **checked.data}, product.clock.now()
    if about is not None and counter is not None:
        subject_licences.require_mobile(about, str(values.get("ceo_mobile") or ""))
    applicant = _applicant(session, product, user, values, counter)
    if about is not None:
        subject_licences.claim(session, holder_id=about.holder_id, account_id=applicant.id)
    subject = intake.subject_key(chosen, values, applicant.id, about.id if about else None)
    _refuse_duplicate(session, subject)
    application_id = new_id()
    code = numbers.tracking_code(product.keys, application_id)
    file_number = numbers.next_number(session, letters=chosen.letters, at=now)
    row = Row(
        id=application_id, service=service, county=values["site_county"], file_number=file_number,
        tracking_hash=numbers.tracking_hash(code), applicant_id=applicant.id, submitted_by=user.id,
        via="SELF" if counter is None else "COUNTER", subject_key=subject, state="SUBMITTED", holder_role="CLERK",
        about_licence_id=about.id if about else None, about_facts=dict(about.facts) if about else {},
        definition_id=definition.id, deployment_id=definition.deployment_id, data=values,
        search_text=intake.search_text(file_number, values), submitted_at=now, state_since=now)
    session.add(row)
    _flush_once(session, subject)
    stages.move(session, row, stage="SUBMITTED", at=now, role=None, element_id=SUBMISSION)
    session.add(Submission(id=new_id(), application_id=application_id, element_id=SUBMISSION, form_key=chosen.form_key,
                           data=values, submitted_by=user.id, submitted_at=now))
    visible = forms.ask(form, values, context).visible
    for field, (name, content) in files.items():
        if field in visible:
            documents.store(session, product=product, application_id=application_id, field=field, name=name,
                            content=content, by=user.id)
    notifications.to_applicant(session, product=product, application=row, kind="receipt")
    _start(session, product, row, Actor(id=user.id))
    if counter is not None and row.instance_id is not None:
        product.engine.record(session, row.instance_id, TAKEN_DOWN, actor=Actor(id=user.id, reason=place),
                              facts={"counter": place})
    return Submitted(application_id=application_id, file_number=file_number, tracking_code=code)


def require_counter(user: User) -> None:
    """Pass for who takes applications down in any county at all. Raises: RoleMissing."""
    if not authorization.allowed_anywhere(user, "application.submit_for"):
        raise authorization.RoleMissing(roles="CLERK")


def ask_consent(session: Session, *, product: Product, user: User, mobile: str, counter: str) -> None:
    """Send the applicant the code by which he consents to an application being taken down at a counter.

    Raises: RoleMissing for who takes none down; Invalid for a number that is none, or without the counter's name;
    LimitReached.
    """
    require_counter(user)
    problems: list[Problem] = []
    place = _place(counter, problems)
    if problems:
        raise errors.Invalid(problems)
    accounts.request_code(session, product=product, mobile=mobile, consent_to=place)


def receipt(session: Session, *, product: Product, id: str, user: User) -> Submitted:
    """The receipt again, for the applicant and for the clerk who took the application down.

    Raises: NotFound; Forbidden.
    """
    row = dossiers.row(session, id)
    if user.id not in {row.applicant_id, row.submitted_by}:
        raise authorization.RoleMissing(roles="APPLICANT")
    return Submitted(application_id=id, file_number=row.file_number,
                     tracking_code=numbers.tracking_code(product.keys, id))


def correct(session: Session, *, product: Product, id: str, data: Mapping[str, Any], files: documents.Files,
            user: User) -> None:
    """Answer a request for correction: only unlocked fields and documents may change; old and new are kept.

    Raises: NotFound; Forbidden (a session verified by a one-time code is needed); NothingToCorrect; Invalid.
    """
    row = dossiers.row(session, id)
    authorization.require(user, "application.correct", county=row.county, owner_id=row.applicant_id,
                          clock=product.machine)
    found = [task for task in product.engine.user_tasks(session, business_key=id, where=[("APPLICANT", None)]).items
             if task.form_key in {task_forms.FIX_FORM, task_forms.CORRECTION_FORM}]
    if not found:
        raise NothingToCorrect
    [task, *_] = found
    if task.form_key == task_forms.FIX_FORM:
        data = {"choice": "FIX", **data}
    tasks.complete(session, product=product, task_id=task.id, data=data, files=files, user=user)


def withdraw(session: Session, *, product: Product, id: str, user: User,
             reason: str) -> Literal["WITHDRAWN", "REQUESTED"]:
    """Withdraw an application. Once the file is with the issuer this is a request, which a person decides.

    The process says which of the two it is, by the message it waits for.
    Raises: NotFound; Forbidden (a session verified by a one-time code is needed); AlreadyEnded; Invalid;
    WithdrawalPending; NotWithdrawable.
    """
    row = dossiers.row(session, id)
    authorization.require(user, "application.withdraw", county=row.county, owner_id=row.applicant_id,
                          clock=product.machine)
    if row.instance_id is not None:
        product.engine.lock(session, row.instance_id)
        session.refresh(row)
    if row.ended_at is not None:
        raise AlreadyEnded(state=row.state)
    at_issuer, actor = row.state == "AT_ISSUER", Actor(id=user.id, reason=reasons.given(reason))
    if at_issuer and withdrawals.waits(session, product=product, application_id=id):
        raise WithdrawalPending
    session.add(WithdrawalRequest(id=new_id(), application_id=id, reason=actor.reason, requested_by=user.id,
                                  requested_at=product.clock.now()))
    session.flush()
    if _published(session, product, "withdrawal_requested", id, actor):
        product.engine.record(session, str(row.instance_id), "withdrawal_requested", actor=actor)
        return "REQUESTED"
    if at_issuer or not _published(session, product, "withdrawal", id, actor):
        raise NotWithdrawable
    return "WITHDRAWN"


def reopen(session: Session, *, product: Product, id: str, user: User, reason: str) -> None:
    """Open an application that lapsed or was cancelled again, with its data, in a new instance of the latest version.

    Raises: NotFound; Forbidden; NotReopenable; ServiceOff; DuplicateApplication; Invalid; what `guards.require` does.
    """
    row = dossiers.row(session, id, lock=True)
    authorization.require(user, "application.reopen", county=row.county, owner_id=row.applicant_id,
                          clock=product.machine)
    if row.state not in catalogue.REOPENABLE:
        raise NotReopenable(state=row.state)
    why, service = reasons.given(reason), catalogue.service(row.service)
    offered.require(session, service)
    if row.about_licence_id is not None:
        row.about_facts = dict(subject_licences.again(session, product=product, service=service,
                                                      licence_id=row.about_licence_id).facts)
    _refuse_duplicate(session, row.subject_key)
    definition = intake.definition(session, product=product, service=service)
    row.definition_id, row.deployment_id, row.instance_id = definition.id, definition.deployment_id, None
    row.ended_at, row.outcome, row.due_at = None, None, None
    corrections.close(session, product=product, application_id=id)
    _flush_once(session, row.subject_key)
    stages.move(session, row, stage="SUBMITTED", at=product.clock.now(), role=None, element_id=SUBMISSION)
    notifications.to_applicant(session, product=product, application=row, kind="reopened")
    _start(session, product, row, Actor(id=user.id, reason=why))


def record_notice(session: Session, *, product: Product, id: str, user: User, reason: str) -> None:
    """A clerk records having told the applicant what to correct: the window starts now, if it has not started.

    Raises: NotFound; Forbidden; NothingToCorrect; Invalid.
    """
    row = dossiers.row(session, id)
    authorization.require(user, "application.record_notice", county=row.county, clock=product.machine)
    why, request = reasons.given(reason), corrections.open_request(session, application_id=id)
    if request is None or request.instance_id != row.instance_id or row.ended_at is not None:
        raise NothingToCorrect
    corrections.told(session, product=product, request_id=request.id, by=user.id)
    product.engine.record(session, request.instance_id, "notice_recorded", actor=Actor(id=user.id, reason=why))


def _start(session: Session, product: Product, row: Row, actor: Actor) -> None:
    book = rules.of_application(session, engine=product.engine, application=row)
    statutory_clock.start(session, product=product, application=row)
    instance = product.engine.start(
        session, key=catalogue.service(row.service).process, business_key=row.id, scope=row.county, actor=actor,
        variables=intake.start_variables(application=row, book=book,
                                         rounds=len(corrections.requests(session, application_id=row.id))))
    row.instance_id = instance.id
    session.add(ApplicationInstance(instance_id=instance.id, application_id=row.id, started_at=product.clock.now(),
                                    started_by=actor.id, reason=actor.reason))
    session.flush()


def _place(name: str, problems: list[Problem]) -> str:
    """The name of a counter on one line."""
    place = " ".join(identifiers.normalise_text(name).split())
    if not 0 < len(place) <= MOST_OF_COUNTER:
        problems.append(Problem(
            where="counter", code="required" if not place else "too_long",
            what=f"Name the counter that takes the application down, in at most {MOST_OF_COUNTER} characters.",
            what_fa="نام باجه‌ای را که درخواست در آن ثبت می‌شود با بیشینه "
                    f"{calendar.to_persian_digits(str(MOST_OF_COUNTER))} نویسه بنویسید."))
    return place


def _applicant(session: Session, product: Product, user: User, data: Mapping[str, Any],
               counter: Counter | None) -> User:
    person = f"{data.get('ceo_first_name', '')} {data.get('ceo_last_name', '')}".strip()
    if counter is not None:
        authorization.require(user, "application.submit_for", county=data["site_county"], clock=product.machine)
        if authorization.names_user(data, user):
            raise authorization.OwnApplication
        if not accounts.has_consented(session, product=product, mobile=data["ceo_mobile"], code=counter.consent_code):
            raise ConsentMissing
        return accounts.applicant(session, mobile=data["ceo_mobile"], name=person, clock=product.machine)
    if user.name == user.mobile and person:
        accounts.rename(session, id=user.id, name=person)
        return dataclasses.replace(user, name=person)
    return user


def _published(session: Session, product: Product, name: str, id: str, actor: Actor) -> bool:
    """Whether the process waited for the message."""
    try:
        product.engine.publish(session, name=name, correlation_key=id, variables={}, actor=actor)
    except errors.NoReceiver:
        return False
    return True


def _refuse_duplicate(session: Session, subject_key: str) -> None:
    found = intake.open_duplicate(session, subject_key=subject_key)
    if found is not None:
        raise DuplicateApplication(file_number=found)


def _flush_once(session: Session, subject_key: str) -> None:
    """Write the row; of two at the same moment for the same subject the unique index lets one through."""
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        found = intake.open_duplicate(session, subject_key=subject_key)
        if found is None:
            raise
        raise DuplicateApplication(file_number=found) from None
