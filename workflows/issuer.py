"""The issuer: handing a file over, and what the issuer answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Actor, Job, Problem, new_id
from workflows import authorization, calendar, documents, dossiers, identifiers, licences
from workflows.models.application import Application, IssuerAnswer

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

JOB = "issuer.hand_over"
ISSUED, RETURNED = "ISSUED", "RETURNED"
MESSAGES: Mapping[str, str] = {ISSUED: "issuer_issued", RETURNED: "issuer_returned"}


class NotAtIssuer(errors.Conflict):
    """This application is not with the issuer, so no answer is expected."""

    fa = "این درخواست نزد صادرکننده نیست و پاسخی برای آن انتظار نمی‌رود."


def record_answer(session: Session, *, product: Product, application_id: str, answer: Literal["ISSUED", "RETURNED"],
                  user: User, issuer_number: str | None = None, national_licence_id: str | None = None,
                  issued_on: date | None = None, return_reason: str | None = None) -> None:
    """Record what the issuer answered: issued with its number and day, or returned with a reason.

    Raises: NotFound; Forbidden; Invalid with everything that is missing; NotAtIssuer; IssuerNumberTaken.
    """
    application = dossiers.row(session, application_id)
    authorization.require(user, "issuer.record_answer", county=application.county, clock=product.machine)
    if authorization.names_user(application.data, user):
        raise authorization.OwnApplication
    number, reason = _clean(issuer_number), _clean(return_reason)
    problems = _problems(product, answer, number, issued_on, reason)
    if problems:
        raise errors.Invalid(problems)
    if number is not None and licences.is_taken(session, product=product, application=application,
                                                issuer_number=number):
        raise licences.IssuerNumberTaken(number=number)
    row = IssuerAnswer(id=new_id(), application_id=application_id, answer=answer, issuer_number=number,
                       national_licence_id=_clean(national_licence_id), issued_on=issued_on, return_reason=reason,
                       recorded_by=user.id, recorded_at=product.clock.now())
    session.add(row)
    session.flush()
    variables: dict[str, Any] = {"issuer_answer_id": row.id}
    if answer == ISSUED:
        variables |= {"issuer_number": number, "national_licence_id": row.national_licence_id, "issued_on": issued_on}
    else:
        variables |= {"return_reason": row.id}
    try:
        product.engine.publish(session, name=MESSAGES[answer], correlation_key=application_id, variables=variables,
                               actor=Actor(id=user.id))
    except errors.NoReceiver:
        raise NotAtIssuer from None


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


def _clean(text: str | None) -> str | None:
    return identifiers.normalise_text(text) or None if text else None


def _problems(product: Product, answer: str, number: str | None, issued_on: date | None,
              reason: str | None) -> list[Problem]:
    if answer not in MESSAGES:
        return [Problem(where="answer", what="The answer is ISSUED or RETURNED.",
                        what_fa="پاسخ ISSUED یا RETURNED است.")]
    needed = {"issuer_number": number, "issued_on": issued_on} if answer == ISSUED else {"return_reason": reason}
    problems = [Problem(where=name, code="required", what="This is needed.", what_fa="این مورد لازم است.")
                for name, value in needed.items() if value is None]
    if answer == ISSUED and issued_on is not None and issued_on > calendar.today(product.clock.now()):
        problems.append(Problem(where="issued_on", code="in_future", what="The day of issue lies in the future.",
                                what_fa="تاریخ صدور در آینده است."))
    return problems
