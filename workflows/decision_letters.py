"""Letters of refusal: numbered, with every condition that is cited, its source, and the way to appeal.

The number is given in the transaction that refuses; a job sets the page outside any, since that takes a second. Where
the libraries for PDF are missing no letter is written; the applicant's page says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import Job, new_id
from workflows import catalogue, decisions, documents, dossiers, numbers, rules
from workflows.models.application import Application
from workflows.models.decision_letter import DecisionLetter as Row
from workflows.rule_book import Rule

if TYPE_CHECKING:
    from workflows.product import Product

JOB = "decisions.letter"
LETTERS = "NL"
"""Of the letter's number, such as `WAZ-1405-NL-000001-5`."""
FIELD = "decision_letter"
"""The field under which the PDF stands among the documents of the application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands on a letter."""

    number: str
    written_at: datetime
    addressee: str
    service: str
    """Its Persian name."""
    file_number: str
    submitted_at: datetime
    cited: Sequence[decisions.Cited]
    reason: str | None
    """What the one who decided wrote beside the conditions."""
    appeal_days: Rule | None
    complaint_days: Rule | None
    """Working days in which a complaint about the procedure is settled."""


Renderer = Callable[[Letter], bytes]
"""Sets a letter as PDF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter as the pages of its application show it."""

    number: str
    written_at: datetime
    document_id: str | None
    """None while the PDF is being made."""


def write(session: Session, *, product: Product, application: Application, decision_id: str) -> None:
    """Give the letter of a refusal its number, and have it set."""
    if product.decision_renderer is None:
        return
    now = product.clock.now()
    row = Row(id=new_id(), application_id=application.id, decision_id=decision_id, written_at=now,
              number=numbers.next_number(session, letters=LETTERS, at=now))
    session.add(row)
    session.flush()
    product.engine.enqueue(session, kind=JOB, payload={"letter_id": row.id}, dedup_key=f"{JOB}:{row.id}")


def of_application(session: Session, *, application_id: str) -> Written | None:
    """The latest letter of an application, for use cases that have asked for permission themselves."""
    row = session.scalars(select(Row).where(Row.application_id == application_id).order_by(Row.id.desc())
                          .limit(1)).first()
    return None if row is None else Written(number=row.number, written_at=row.written_at, document_id=row.document_id)


class Set:
    """The handler of `decisions.letter` jobs: sets a letter as PDF and keeps it with the application."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> Letter | None:
        """What stands on it; None when it was set already."""
        row = session.get_one(Row, job.payload["letter_id"])
        if row.document_id is not None:
            return None
        application = dossiers.row(session, row.application_id)
        book = rules.of_application(session, engine=self._product.engine, application=application)
        decided = decisions.of_application(session, application_id=application.id, book=book)
        refusal = next(one for one in decided if one.id == row.decision_id)
        return Letter(
            number=row.number, written_at=row.written_at, addressee=dossiers.applicant_name(application.data),
            service=catalogue.service(application.service).name, file_number=application.file_number,
            submitted_at=application.submitted_at, cited=refusal.cited, reason=decisions.reason(decided, refusal),
            appeal_days=book.rules.get("appeal_window_days"), complaint_days=book.rules.get("complaint_wd"))

    def perform(self, payload: Letter | None) -> bytes | None:
        """Set it."""
        if payload is None or self._product.decision_renderer is None:
            return None
        return self._product.decision_renderer(payload)

    def record(self, session: Session, job: Job, result: bytes | None) -> None:
        """Keep it: a document of the application, for the applicant as well."""
        if result is None:
            return
        row = session.get_one(Row, job.payload["letter_id"])
        row.document_id = documents.store(
            session, product=self._product, application_id=row.application_id, field=FIELD,
            name=f"{row.number}.pdf", content=result, by="system", replace=False).id
