"""Decisions of bodies and persons. A refusal cites condition codes of the catalogue; without one it is impossible."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Problem, UserTask, new_id
from workflows import catalogue, rules
from workflows.models.application import Decision as Row

if TYPE_CHECKING:
    from workflows.product import Product

ANSWER_FIELDS = ("decision", "opinion", "hearing_outcome", "result", "recommendation")
"""The form fields that hold a decision."""

CODE_FIELDS = ("condition_codes", "opinion_codes")
REFUSING = frozenset({"REJECT", "REFUSE", "UPHELD", "UNSUITABLE", "NOT_MET"})
"""Answers that cite at least one condition."""
_ENDING = frozenset({"REJECT", "REFUSE", "UPHELD", "NOT_MET"})
"""Of these, those that refuse the application."""
_AGREEING = frozenset({"AGREE", "SIGN", "RESEND", "CONDITIONS_MET", "ASSIGN"})
"""Answers that a binding condition which is not met stands against."""
_REASONS = ("reason", "notes", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A condition as a decision cites it, with the words of the application's own deployment."""

    code: str
    portal_no: str | None
    text_fa: str
    text_en: str
    source: str
    source_fa: str
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision."""

    id: str
    element_id: str
    answer: str
    cited: Sequence[Cited]
    note: str | None
    session_no: str | None
    session_on: date | None
    votes_for: int | None
    votes_against: int | None
    decided_by: str
    decided_at: datetime


def problems(data: Mapping[str, Any], *, book: rules.RuleBook, fields: Collection[str] = (),
             unmet: Sequence[Mapping[str, Any]] = ()) -> list[Problem]:
    """What is wrong with a decision on a form with these `fields`, given the conditions found `unmet`.

    A refusal cites codes of the catalogue. One that rests on no binding condition which is not met carries a reason.
    Nobody agrees, signs or sends on while a binding condition is not met.
    """
    answer, codes = _answer(data), _codes(data)
    where = next((name for name in CODE_FIELDS if name in data), CODE_FIELDS[0])
    found = [Problem(where=where, code="condition_unknown", what=f"There is no condition {code}.",
                     what_fa=f"شرط {code} در فهرست نیست.") for code in codes if code not in book.conditions]
    if answer in REFUSING and not codes:
        found.append(Problem(where=where, code="condition_missing",
                             what="A refusal cites at least one condition that is not met.",
                             what_fa="رد باید دست‌کم یک شرط برقرارنشده را نام ببرد."))
    if answer in _ENDING and codes and not _reason(data) and not _binding(codes, book, unmet):
        found.append(Problem(where=next((name for name in _REASONS if name in fields), where), code="reason_missing",
                             what="None of these conditions binds here by itself, so the refusal needs a reason.",
                             what_fa="هیچ‌یک از این شرط‌ها در اینجا به‌خودی‌خود الزام‌آور نیست؛ رد نیاز به دلیل دارد."))
    standing = [str(one["code"]) for one in unmet if one.get("action") == "REFUSE"]
    if answer in _AGREEING and standing:
        named = ", ".join(standing)
        found.append(Problem(where=next(name for name in ANSWER_FIELDS if data.get(name)), code="obstacle_stands",
                             what=f"A binding condition is not met ({named}); nobody can agree before it is.",
                             what_fa=f"شرط الزام‌آور برقرار نیست ({named})؛ تا برقرار نشود موافقت ممکن نیست."))
    return found


def record(session: Session, *, product: Product, application_id: str, task: UserTask, data: Mapping[str, Any],
           by: str) -> None:
    """Write the decision a task's form holds; does nothing for a form without one."""
    answer = _answer(data)
    if answer is None:
        return
    session.add(Row(
        id=new_id(), application_id=application_id, task_id=task.id, element_id=task.element_id, answer=answer,
        codes=_codes(data), note=_reason(data),
        session_no=data.get("session_no"), session_on=catalogue.as_date(data.get("session_date")),
        votes_for=_count(data.get("votes_for")), votes_against=_count(data.get("votes_against")), decided_by=by,
        decided_at=product.clock.now()))


def refuse(session: Session, *, product: Product, application_id: str, element_id: str, codes: Sequence[str],
           answer: str, book: rules.RuleBook, by: str) -> str:
    """Write the refusal that ends an application; returns its id.

    Raises: HandlerFailed without codes of the catalogue.
    """
    unknown = [code for code in codes if code not in book.conditions]
    if not codes or unknown:
        raise errors.HandlerFailed(
            "a refusal needs at least one condition code of the catalogue"
            + (f"; unknown: {', '.join(unknown)}" if unknown else ""),
            hint="the deciding task's form must give `condition_codes`; correct it and retry")
    row = Row(id=new_id(), application_id=application_id, task_id=None, element_id=element_id, answer=answer,
              codes=list(codes), decided_by=by, decided_at=product.clock.now())
    session.add(row)
    session.flush()
    return row.id


def reason(decided: Sequence[Decision], refusal: Decision) -> str | None:
    """What the person wrote whose answer led to a refusal: the last one before it that cites a condition of it."""
    before = itertools.takewhile(lambda one: one.id != refusal.id, decided)
    codes = {one.code for one in refusal.cited}
    told = [one for one in before if one.answer in REFUSING and codes & {cited.code for cited in one.cited}]
    return refusal.note or (told[-1].note if told else None)


def of_application(session: Session, *, application_id: str, book: rules.RuleBook) -> list[Decision]:
    """The decisions on an application, oldest first."""
    rows = session.scalars(select(Row).where(Row.application_id == application_id).order_by(Row.id))
    return [Decision(id=row.id, element_id=row.element_id, answer=row.answer, note=row.note, session_no=row.session_no,
                     session_on=row.session_on, votes_for=row.votes_for, votes_against=row.votes_against,
                     decided_by=row.decided_by, decided_at=row.decided_at,
                     cited=[_cited(code, book) for code in row.codes]) for row in rows]


def _cited(code: str, book: rules.RuleBook) -> Cited:
    one = book.conditions.get(code)
    if one is None:
        return Cited(code=code, portal_no=None, text_fa=code, text_en=code, source="", source_fa="", grade="")
    return Cited(code=code, portal_no=one.portal_no, text_fa=one.text_fa, text_en=one.text_en, source=one.source,
                 source_fa=one.source_fa or one.source, grade=one.grade)


def _answer(data: Mapping[str, Any]) -> str | None:
    found = next((data[name] for name in ANSWER_FIELDS if data.get(name)), None)
    return None if found is None else str(found)


def _reason(data: Mapping[str, Any]) -> str | None:
    return next((str(data[name]) for name in _REASONS if data.get(name)), None)


def _binding(codes: Sequence[str], book: rules.RuleBook, unmet: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a cited condition refuses by itself, and no cited condition of eligibility is met."""
    standing = {str(one["code"]): one.get("action") for one in unmet}
    cited = [book.conditions[code] for code in codes if code in book.conditions]
    if any(one.kind == "eligibility" and one.code not in standing for one in cited):
        return False
    return any(standing[one.code] == "REFUSE" if one.kind == "eligibility" else
               one.grade in rules.ACTING_GRADES and one.scope in rules.ACTING_SCOPES for one in cited)


def _codes(data: Mapping[str, Any]) -> list[str]:
    return [str(code) for name in CODE_FIELDS for code in data.get(name) or ()]


def _count(value: Any) -> int | None:
    number = catalogue.as_number(value)
    return None if number is None else int(number)
