"""The issuer: handing a file over, and what the issuer answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Actor, Job, Problem, new_id
from workflows import authorization, calendar, catalogue, documents, dossiers, identifiers, licences
from workflows.models.application import Application, IssuerAnswer, StageEntry

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

JOB = "issuer.hand_over"
ISSUED, RETURNED = "ISSUED", "RETURNED"
AT_ISSUER = "AT_ISSUER"
"""The stage of an application that was handed over."""
MESSAGES: Mapping[str, str] = {ISSUED: "issuer_issued", RETURNED: "issuer_returned"}
PORTAL = "issued_by_portal"
ANSWERS: Mapping[str, str] = {**{message: answer for answer, message in MESSAGES.items()}, PORTAL: ISSUED}
"""Message -> the answer it carries. The portal issues without being asked."""

_FIELDS: Mapping[str, Mapping[str, int]] = {
    ISSUED: {"issuer_number": 64, "national_licence_id": 64, "issued_on": 10}, RETURNED: {"return_reason": 2000}}
"""Answer -> what it carries and the most characters of each."""

NUMBERS = ("issuer_number", "national_licence_id")
"""What is stored and compared in the one form of `identifiers.register_number`."""

VARIABLES = frozenset({"issuer_answer_id", *(name for fields in _FIELDS.values() for name in fields)})
"""The process variables an answer writes."""


class NotAtIssuer(errors.Conflict):
    """This application is not with the issuer, so no answer is expected."""

    fa = "این درخواست نزد صادرکننده نیست و پاسخی برای آن انتظار نمی‌رود."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an issuer, or the national portal, answered; complete and in its final form."""

    answer: str
    issuer_number: str | None = None
    national_licence_id: str | None = None
    issued_on: date | None = None
    return_reason: str | None = None


def record_answer(session: Session, *, product: Product, application_id: str, answer: Literal["ISSUED", "RETURNED"],
                  user: User, issuer_number: str | None = None, national_licence_id: str | None = None,
                  issued_on: date | None = None, return_reason: str | None = None) -> None:
    """Record what the issuer answered: issued with its number and day, or returned with a reason.

    Raises: NotFound; Forbidden; Invalid with everything that is missing or wrong; NotAtIssuer.
    """
    application = dossiers.row(session, application_id)
    authorization.require(user, "issuer.record_answer", county=application.county, clock=product.machine)
    if authorization.names_user(application.data, user):
        raise authorization.OwnApplication
    if answer not in MESSAGES:
        raise errors.Invalid([Problem(where="answer", what="The answer is ISSUED or RETURNED.",
                                      what_fa="پاسخ ISSUED یا RETURNED است.")])
    given = {"issuer_number": issuer_number, "national_licence_id": national_licence_id, "issued_on": issued_on,
             "return_reason": return_reason}
    try:
        take(session, product=product, application=application, message=MESSAGES[answer], actor=Actor(id=user.id),
             given={name: value for name, value in given.items() if name in _FIELDS[answer] and value is not None})
    except errors.NoReceiver:
        raise NotAtIssuer from None


def take(session: Session, *, product: Product, application: Application, message: str, given: Mapping[str, Any],
         actor: Actor, message_id: str | None = None) -> list[str]:
    """Take an issuer's answer: checked whole, recorded, and only then delivered as `message` to who waits for it.

    Returns the instances that received it. Raises: Invalid with every fault, and then nothing has happened; NoReceiver.
    """
    if application.instance_id is not None:
        product.engine.lock(session, application.instance_id)
    found, problems = read(message, given, today=calendar.today(product.clock.now()),
                           since=first_day(session, application=application, message=message))
    problems += taken(session, product=product, application=application, number=found.issuer_number)
    if problems:
        raise errors.Invalid(problems)
    with session.begin_nested():  # an answer nobody waits for leaves no trace
        row = record(session, product=product, application=application, answer=found, actor=actor)
        variables: dict[str, Any] = {"issuer_answer_id": row}
        if found.answer == ISSUED:
            variables |= {"issuer_number": found.issuer_number, "national_licence_id": found.national_licence_id,
                          "issued_on": found.issued_on}
        else:
            variables |= {"return_reason": row}
        return product.engine.publish(session, name=message, correlation_key=application.id, variables=variables,
                                      actor=actor, message_id=message_id)


def first_day(session: Session, *, application: Application, message: str) -> date:
    """The earliest day a licence can bear: the issuer's, that of the hand-over it answers; the portal's, which waits
    for no hand-over, that of the submission.
    """
    handed_over = None
    if message == MESSAGES[ISSUED]:
        # A file that is sent again without an answer may have been answered to the first time.
        returned = session.scalar(select(func.max(IssuerAnswer.id)).where(
            IssuerAnswer.application_id == application.id, IssuerAnswer.answer == RETURNED))
        entries = select(func.min(StageEntry.entered_at)).where(
            StageEntry.application_id == application.id, StageEntry.stage == AT_ISSUER)
        handed_over = session.scalar(entries if returned is None else entries.where(StageEntry.id > returned))
    return calendar.today(handed_over or application.submitted_at)


def read(message: str, given: Mapping[str, Any], *, today: date, since: date) -> tuple[Answer, list[Problem]]:
    """The answer a message carries, cleaned, and everything that is wrong with it; `since` is the `first_day`.

    A message that issues carries `issuer_number`, `issued_on` and perhaps `national_licence_id`; one that returns
    carries `return_reason`. Nothing else: an answer does not change what the process knows of the application.
    """
    answer = ANSWERS[message]
    fields = _FIELDS[answer]
    problems = [_problem(name, "unknown", "An answer does not carry this.", "پاسخ چنین چیزی ندارد.")
                for name in sorted(given.keys() - fields.keys())]
    texts = {name: _text(name, given.get(name), longest, problems)
             for name, longest in fields.items() if name != "issued_on"}
    texts |= {name: identifiers.register_number(text) or None for name in NUMBERS if (text := texts.get(name))}
    issued_on = _day(given.get("issued_on"), today, since, problems) if "issued_on" in fields else None
    wrong = {problem.where for problem in problems}
    needed = {"issuer_number": texts.get("issuer_number"), "issued_on": issued_on} if answer == ISSUED else {
        "return_reason": texts.get("return_reason")}
    problems += [_problem(name, "required", "This is needed.", "این مورد لازم است.")
                 for name, value in needed.items() if value is None and name not in wrong]
    return Answer(answer=answer, issued_on=issued_on, **texts), problems


def taken(session: Session, *, product: Product, application: Application, number: str | None) -> list[Problem]:
    """A problem when another licence of the same issuer has this number."""
    if number is None or not licences.is_taken(session, product=product, application=application, issuer_number=number):
        return []
    error = licences.IssuerNumberTaken(number=number)
    return [_problem("issuer_number", error.code, error.message(), error.message("fa"))]


def record(session: Session, *, product: Product, application: Application, answer: Answer, actor: Actor) -> str:
    """Write an answer and return its id."""
    row = IssuerAnswer(id=new_id(), application_id=application.id, answer=answer.answer,
                       issuer_number=answer.issuer_number, national_licence_id=answer.national_licence_id,
                       issued_on=answer.issued_on, return_reason=answer.return_reason, recorded_by=actor.id,
                       recorded_at=product.clock.now())
    session.add(row)
    session.flush()
    return row.id


def return_reason(session: Session, *, application_id: str) -> str | None:
    """Why the issuer returned the file the last time."""
    return session.scalars(select(IssuerAnswer.return_reason).where(
        IssuerAnswer.application_id == application_id, IssuerAnswer.answer == RETURNED)
        .order_by(IssuerAnswer.id.desc()).limit(1)).first()


def hand_over(session: Session, *, product: Product, application: Application, instance_id: str,
              token_id: str) -> None:
    """Put the file into the outbox; once for each time the process comes here."""
    product.engine.enqueue(session, kind=JOB, payload={"application_id": application.id, "hand_over_id": token_id},
                           dedup_key=f"{JOB}:{instance_id}:{token_id}")


class HandOver:
    """The handler of `issuer.hand_over` jobs: writes the file's summary where the issuer's courier takes it.

    Handing over again writes the same file.
    """

    def __init__(self, product: Product, folder: Path) -> None:
        self._product = product
        self._folder = folder

    def load(self, session: Session, job: Job) -> dict[str, Any]:
        """What is handed over."""
        application = dossiers.row(session, job.payload["application_id"])
        return {
            "hand_over_id": job.payload["hand_over_id"], "file_number": application.file_number,
            "service": application.service, "county": application.county, "data": application.data,
            "submitted_at": application.submitted_at.isoformat(),
            "documents": [{"field": one.field, "name": one.name, "sha256": one.sha256}
                          for one in documents.listed(session, application_id=application.id)],
        }

    def perform(self, payload: dict[str, Any]) -> None:
        """Write the file, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{payload['file_number']}-{payload['hand_over_id'][:12]}.json"
        temporary = path.with_suffix(".part")
        temporary.write_text(json.dumps(payload, ensure_ascii=False, indent=2), encoding="utf-8")
        temporary.replace(path)

    def record(self, session: Session, job: Job, result: None) -> None:
        """Nothing to note: the answer arrives as a message."""


def _text(name: str, value: Any, longest: int, problems: list[Problem]) -> str | None:
    if value is None:
        return None
    text = identifiers.normalise_text(value) if isinstance(value, str) else ""
    if len(text) > longest or not isinstance(value, str):
        problems.append(_problem(name, "invalid", f"This is a text of at most {longest} characters.",
                                 f"این مورد متنی با بیشینه {calendar.to_persian_digits(str(longest))} نویسه است."))
        return None
    return text or None


def _day(value: Any, today: date, since: date, problems: list[Problem]) -> date | None:
    day = None if isinstance(value, datetime) else catalogue.as_date(value)
    if value is not None and day is None:
        problems.append(_problem("issued_on", "invalid", "This is a date such as 2026-04-04.",
                                 "این مورد تاریخی مانند 2026-04-04 است."))
    elif day is not None and day > today:
        problems.append(_problem("issued_on", "in_future", "The day of issue lies in the future.",
                                 "تاریخ صدور در آینده است."))
    elif day is not None and day < since:
        problems.append(_problem("issued_on", "too_early", f"The day of issue lies before {since}, when the file came.",
                                 f"تاریخ صدور پیش از رسیدن پرونده، در {calendar.format_date(since)}، است."))
    return day


def _problem(where: str, code: str, what: str, what_fa: str) -> Problem:
    return Problem(where=where, code=code, what=what, what_fa=what_fa)
