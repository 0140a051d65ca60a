"""Asking registers over HTTP: a question for each open task of an inquiry, and what becomes of its answer.

The clerk's task stands open all the while. An answer completes it by the clerk's own path and checks; a failure is
tried again, and then left to the clerk with an incident. An answer that comes when the task was done is kept beside it
and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.store import session as store
from engine.values import SYSTEM, ElementEntered, Job, Problem, UserTask, new_id
from workflows import calendar, dossiers, inquiries, inquiry_adapters, tasks
from workflows.inquiry_adapters import Answer, Later, Question
from workflows.models.inquiry_request import InquiryRequest as Row

if TYPE_CHECKING:
    from workflows.product import Product

FIND, ASK = "inquiries.find", "inquiries.ask"
ASKED, WAITING, FAILED = "ASKED", "WAITING", "FAILED"
"""The answer is awaited: nothing came yet, the register asked for patience, every attempt failed."""
ANSWERED, LATE, BY_HAND = "ANSWERED", "LATE", "BY_HAND"
"""It is over: the answer was recorded, came after a clerk's, or was not waited for any longer."""
_OPEN = frozenset({ASKED, WAITING, FAILED})
_TOLD = frozenset({ANSWERED, LATE})


class AnswerContradicts(errors.Conflict):
    """This question was answered differently before; the first answer stands."""

    fa = "به این پرسش پیش‌تر پاسخی دیگر داده شده است؛ پاسخ نخست برجاست."


class NotFromRegister(errors.Forbidden):
    """The signature is not that of the register that was asked, or is older than five minutes."""

    fa = "امضا از مرجعی که از آن پرسیده شده نیست، یا بیش از پنج دقیقه از آن گذشته است."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question and what came of it."""

    code: str
    state: str
    asked_at: datetime
    answer: str | None
    reference: str | None
    answered_on: date | None


def entered(session: Session, event: ElementEntered, *, product: Product) -> None:
    """Look for questions to ask when an application comes to its inquiries; the tasks exist once this is committed."""
    if product.inquiry_adapters and event.stage == "INQUIRIES":
        product.engine.enqueue(session, kind=FIND, payload={"application_id": event.business_key})


def of_task(session: Session, *, task_id: str) -> Request | None:
    """What a register was asked for this task; None where nothing was asked over HTTP."""
    row = session.scalars(select(Row).where(Row.task_id == task_id)).first()
    return None if row is None else _value(row)


def late_answers(session: Session, *, application_id: str) -> list[Request]:
    """The answers that came after a clerk's, oldest first: they count for nothing, and somebody should read them."""
    rows = session.scalars(select(Row).where(Row.application_id == application_id, Row.state == LATE).order_by(Row.id))
    return [_value(row) for row in rows]


def receive(session: Session, *, product: Product, question_id: str, body: bytes, value: Any, signature: str) -> str:
    """Take an answer that a register brings, and return the state of its question; the same answer twice is one.

    Raises: NotFound for a question never asked; NotFromRegister; Invalid naming the part that breaks the contract;
    AnswerContradicts; InstanceSuspended.
    """
    row = _row(session, question_id)
    adapter = product.inquiry_adapters.get(row.code)
    if adapter is None or not adapter.is_genuine(body, signature, now=product.machine.now()):
        raise NotFromRegister
    try:
        answer = inquiry_adapters.read(value, row.id, row.code, today=calendar.today(product.clock.now()))
    except ValueError as error:
        raise errors.Invalid([Problem(where=str(error), code="breaks_contract",
                                      what="This is not as the contract of inquiries has it.",
                                      what_fa="این مورد برابر با قرارداد استعلام‌ها نیست.")]) from None
    return _take(session, product, question_id, answer)


class Find:
    """The handler of `inquiries.find` jobs: opens a question for each task that a register can be asked about."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:
        """Nothing is needed."""

    def perform(self, payload: None) -> None:
        """Nothing outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """One question a task, however often this runs."""
        engine, after = self._product.engine, None
        while True:
            page = engine.user_tasks(session, business_key=job.payload["application_id"], after=after)
            for task in page.items:
                self._open(session, task)
            after = page.next
            if after is None:
                return

    def _open(self, session: Session, task: UserTask) -> None:
        code = inquiries.code_of(task)
        if code is None or code not in self._product.inquiry_adapters:
            return
        row = {"id": new_id(), "application_id": task.business_key, "task_id": task.id, "code": code, "state": ASKED,
               "instance_id": task.instance_id, "asked_at": self._product.clock.now(), "rounds": 0}
        if store.insert_once(session, Row.__table__, row):  # type: ignore[arg-type]
            self._product.engine.enqueue(session, kind=ASK, payload={"request_id": row["id"]},
                                         instance_id=task.instance_id)


class Ask:
    """The handler of `inquiries.ask` jobs: asks outside any transaction, and records what came."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> Question | None:
        """The question; None when it is over, its task is, or there is nobody to ask any more."""
        row, product = _row(session, job.payload["request_id"]), self._product
        if row.state not in _OPEN or row.code not in product.inquiry_adapters or not _waits(session, product, row):
            return None
        application = dossiers.row(session, row.application_id)
        subject = inquiry_adapters.subject(row.code, application.data)
        if subject is None:
            raise errors.HandlerFailed(f"the application does not say whom to ask {row.code} about")
        return Question(id=row.id, kind=row.code, file_number=application.file_number, subject=subject,
                        asked_at=row.asked_at, sent_at=product.machine.now(),
                        today=calendar.today(product.clock.now()))

    def perform(self, payload: Question | None) -> Answer | Later | None:
        """Ask. Raises: outside.CallFailed"""
        return None if payload is None else self._product.inquiry_adapters[payload.kind].ask(payload)

    def record(self, session: Session, job: Job, result: Answer | Later | None) -> None:
        """Record the answer, or come again later."""
        row, product = _row(session, job.payload["request_id"]), self._product
        if isinstance(result, Answer):
            _take(session, product, row.id, result)
        elif row.state in _OPEN and (result is None or not _waits(session, product, row)):
            row.state, row.settled_at = BY_HAND, product.clock.now()
        elif row.state in _OPEN and result is not None:
            row.state, row.rounds = WAITING, row.rounds + 1
            product.engine.enqueue(session, kind=ASK, payload={"request_id": row.id}, instance_id=row.instance_id,
                                   due_at=product.clock.now() + result.after,
                                   dedup_key=f"{ASK}:{row.id}:{row.rounds}")

    def gave_up(self, session: Session, job: Job) -> None:
        """Leave it to the clerk, whose page says so; the incident tells an administrator."""
        row = _row(session, job.payload["request_id"])
        if row.state in _OPEN:
            row.state = FAILED


def _take(session: Session, product: Product, request_id: str, answer: Answer) -> str:
    """Record an answer once: through its task where that is open, else beside it. Raises: AnswerContradicts; Invalid"""
    product.engine.lock(session, _row(session, request_id).instance_id)
    row = session.get_one(Row, request_id, populate_existing=True)
    given = (answer.answer, answer.reference, answer.answered_on)
    if row.state in _TOLD:
        if (row.answer, row.reference, row.answered_on) != given:
            raise AnswerContradicts
        return row.state
    waits = _waits(session, product, row)
    row.answer, row.reference, row.answered_on = given
    row.state, row.settled_at = ANSWERED if waits else LATE, product.clock.now()
    session.flush()
    if waits:
        task = product.engine.user_task(session, row.task_id)
        data = inquiries.as_form(task, answer=answer.answer, reference=answer.reference,
                                 answered_on=answer.answered_on)
        tasks.answer(session, product=product, task=task, data=data, by=f"register:{row.code}")
    else:
        product.engine.record(session, row.instance_id, "register_answered_late", actor=SYSTEM,
                              facts={"request": row.id, "inquiry": row.code})
    return ANSWERED if waits else LATE


def _waits(session: Session, product: Product, row: Row) -> bool:
    return product.engine.user_task(session, row.task_id).state in tasks.OPEN


def _row(session: Session, request_id: str) -> Row:
    row = session.get(Row, request_id)
    if row is None:
        raise errors.NotFound(what="question", id=request_id)
    return row


def _value(row: Row) -> Request:
    return Request(code=row.code, state=row.state, asked_at=row.asked_at, answer=row.answer, reference=row.reference,
                   answered_on=row.answered_on)
