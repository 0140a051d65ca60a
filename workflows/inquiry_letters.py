"""Request letters of inquiries: numbered, written once for each task, and kept as a document of the application.

The number is given in the clerk's transaction; a job sets the page outside any, since that takes a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Job, new_id
from workflows import authorization, documents, dossiers, inquiries, inquiry_adapters, numbers, tasks
from workflows.models.inquiry_letter import InquiryLetter as Row

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

JOB = "inquiries.letter"
LETTERS = "IL"
"""Of the letter's number, such as `WAZ-1405-IL-000001-5`."""


class NoLetter(errors.Conflict):
    """A letter is written for an open task of an inquiry whose application says whom to ask about."""

    fa = "نامه تنها برای کار باز یک استعلام نوشته می‌شود که درخواست آن بگوید درباره چه کسی است."


class LettersUnavailable(errors.Unavailable):
    """This installation cannot write PDF; the libraries for it are missing (docs/howto/production.md)."""

    fa = "این سامانه نمی‌تواند PDF بنویسد؛ کتابخانه‌های آن نصب نیست."


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands on a letter."""

    number: str
    code: str
    file_number: str
    written_at: datetime
    subject: Mapping[str, Mapping[str, str]]
    """As `inquiry_adapters.subject`: what the body needs to know, and no more."""


Renderer = Callable[[Letter], bytes]
"""Sets a letter as PDF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter as its task shows it."""

    number: str
    written_at: datetime
    document_id: str | None
    """None while the PDF is being made."""


def write(session: Session, *, product: Product, task_id: str, user: User) -> Written:
    """Give the letter of an inquiry's task its number, and have it set; asked again, the first letter stands.

    Raises: NotFound; Forbidden for who may not take the task; NoLetter; LettersUnavailable.
    """
    if product.letter_renderer is None:
        raise LettersUnavailable
    product.engine.lock(session, product.engine.user_task(session, task_id).instance_id)
    task = product.engine.user_task(session, task_id)
    if (refusal := authorization.may_take(session, product.engine, user, task)) is not None:
        raise refusal
    if (found := of_task(session, task_id=task_id)) is not None:
        return found
    code = inquiries.code_of(task)
    if code is None or code not in inquiry_adapters.SUBJECT or task.state not in tasks.OPEN or inquiry_adapters.subject(
            code, dossiers.row(session, task.business_key).data) is None:
        raise NoLetter
    now = product.clock.now()
    row = Row(id=new_id(), application_id=task.business_key, task_id=task_id, code=code, written_by=user.id,
              number=numbers.next_number(session, letters=LETTERS, at=now), written_at=now)
    session.add(row)
    session.flush()
    product.engine.enqueue(session, kind=JOB, payload={"letter_id": row.id}, dedup_key=f"{JOB}:{row.id}")
    return _written(row)


def of_task(session: Session, *, task_id: str) -> Written | None:
    """The letter of a task, if one was written."""
    row = session.scalars(select(Row).where(Row.task_id == task_id)).first()
    return None if row is None else _written(row)


class Set:
    """The handler of `inquiries.letter` jobs: sets a letter as PDF and keeps it with the application."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> Letter | None:
        """What stands on it; None when it was set already."""
        row = session.get_one(Row, job.payload["letter_id"])
        if row.document_id is not None:
            return None
        application = dossiers.row(session, row.application_id)
        return Letter(number=row.number, code=row.code, file_number=application.file_number, written_at=row.written_at,
                      subject=inquiry_adapters.subject(row.code, application.data) or {})

    def perform(self, payload: Letter | None) -> bytes | None:
        """Set it. Raises: LettersUnavailable"""
        if payload is None:
            return None
        if self._product.letter_renderer is None:
            raise LettersUnavailable
        return self._product.letter_renderer(payload)

    def record(self, session: Session, job: Job, result: bytes | None) -> None:
        """Keep it: a document for staff, like what they attach to their tasks."""
        if result is None:
            return
        row = session.get_one(Row, job.payload["letter_id"])
        row.document_id = documents.store(
            session, product=self._product, application_id=row.application_id, task_id=row.task_id,
            field="inquiry_letter", name=f"{row.number}.pdf", content=result, by=row.written_by, replace=False).id


def _written(row: Row) -> Written:
    return Written(number=row.number, written_at=row.written_at, document_id=row.document_id)
