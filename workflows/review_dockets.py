"""The docket of a session as a clerk reads it: whose application, what the committee said, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import Page, UserTask
from workflows import authorization, cycle_progress, cycles, docket_sessions, identifiers, review_bulk, reviews
from workflows.models.application import Application, Decision
from workflows.models.cycle import DocketItem
from workflows.models.review import ReviewCandidate

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

_NAMES = (("company_name",), ("first_name", "last_name"), ("ceo_first_name", "ceo_last_name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of a docket."""

    position: int
    application_id: str
    file_number: str
    applicant: str
    county: str
    state: str
    carried_over: bool
    questions: Sequence[str]
    """Codes of the conditions about which a rule asks, or which bind and are not met."""
    recommendation: str | None
    """What the committee recommends so far."""
    codes: Sequence[str]
    outcome: str | None
    task_id: str | None
    """The review that waits for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Docket:
    """A session, its docket, and what is to be done about it."""

    progress: cycle_progress.CycleProgress
    lines: Page[Line]
    record: docket_sessions.SessionRecord | None
    confirmation: UserTask | None
    """The task by which the session is confirmed, while it waits."""
    selection: review_bulk.Selection | None
    """What may be recommended together; None for who recommends nothing."""


def sessions(session: Session, *, product: Product, user: User, after: str | None = None,
             limit: int = 25) -> Page[cycle_progress.CycleProgress]:
    """The sessions of the monthly review, latest first. Raises: RoleMissing; Invalid for a cursor of another list."""
    authorization.require(user, "cycle.read", clock=product.machine)
    return cycle_progress.page(session, product=product, kind=reviews.KIND, after=after, limit=limit)


def docket(session: Session, *, product: Product, user: User, cycle_id: str, after: str | None = None,
           limit: int = 100) -> Docket:
    """One session with a page of its docket. Raises: NotFound; RoleMissing; Invalid for a cursor of another list."""
    authorization.require(user, "cycle.read", clock=product.machine)
    progress = cycle_progress.of(session, product=product, cycle_id=cycle_id)
    page = cycle_progress.docket(session, cycle_id=cycle_id, after=after, limit=limit)
    record = docket_sessions.of(session, cycle_id=cycle_id)
    waiting = product.engine.user_tasks(session, instance_id=record.instance_id).items if record is not None else ()
    reviewing = authorization.allowed(user, "cycle.review") and progress.in_review > 0
    return Docket(
        progress=progress, lines=Page(items=_lines(session, product, page.items), next=page.next), record=record,
        confirmation=next((task for task in waiting if task.form_key == docket_sessions.FORM), None),
        selection=review_bulk.selection(session, product=product, cycle_id=cycle_id, user=user) if reviewing else None)


def named(session: Session, subjects: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Application id -> file number, applicant and county, for use cases that have asked for permission themselves."""
    return {row.id: (row.file_number, _applicant(row.data), row.county) for row in session.execute(
        select(Application.id, Application.file_number, Application.data, Application.county)
        .where(Application.id.in_(subjects)))}


def catch_up(session: Session, *, product: Product, user: User) -> int:
    """Make up for every session that was due and has no row; how many. Raises: RoleMissing."""
    authorization.require(user, "cycle.catch_up", clock=product.machine)
    return cycles.ensure_cycles(session, product=product, kind=product.cycle_kinds[reviews.KIND])


def _lines(session: Session, product: Product, entries: Sequence[cycle_progress.DocketEntry]) -> list[Line]:
    subjects = [one.subject for one in entries]
    about, said = named(session, subjects), _said(session, entries)
    candidates = {row.application_id: row for row in session.execute(
        select(ReviewCandidate.application_id, ReviewCandidate.rank, ReviewCandidate.facts)
        .where(ReviewCandidate.kind == reviews.KIND, ReviewCandidate.application_id.in_(subjects)))}
    tasks = {task.instance_id: task.id for task in product.engine.user_tasks(
        session, business_keys=select(DocketItem.subject).where(
            DocketItem.id.in_([one.id for one in entries])), limit=max(1, 2 * len(entries))).items
        if task.element_id == review_bulk.ITEM}
    # A candidate's row tells of the session to come, so it says nothing of an item that is decided.
    return [_line(one, about, candidates.get(one.subject) if one.decided_at is None else None, said.get(one.subject),
                  tasks.get(one.instance_id or ""))
            for one in entries]


def _line(one: cycle_progress.DocketEntry, about: dict[str, tuple[str, str, str]], candidate: Any,
          said: Decision | None, task_id: str | None) -> Line:
    number, applicant, county = about.get(one.subject, (one.subject, "", one.scope))
    facts = candidate.facts if candidate is not None else {}
    return Line(
        position=one.position, application_id=one.subject, file_number=number, applicant=applicant, county=county,
        state=one.state, carried_over=candidate is not None and candidate.rank == 0,
        questions=[str(each["code"]) for each in facts.get("eligibility") or ()], outcome=one.outcome,
        recommendation=said.answer if said is not None else None, codes=said.codes if said is not None else (),
        task_id=task_id)


def _said(session: Session, entries: Sequence[cycle_progress.DocketEntry]) -> dict[str, Decision]:
    """Application -> the committee's latest recommendation since its item came on the docket."""
    found: dict[str, Decision] = {}
    began = {one.subject: one.begun_at for one in entries if one.begun_at is not None}
    ended = {one.subject: one.decided_at for one in entries}
    for row in session.scalars(select(Decision).where(
            Decision.application_id.in_(list(began)), Decision.element_id == review_bulk.ITEM).order_by(Decision.id)):
        last = ended[row.application_id]
        if row.decided_at >= began[row.application_id] and (last is None or row.decided_at <= last):
            found[row.application_id] = row
    return found


def _applicant(data: dict[str, Any]) -> str:
    for fields in _NAMES:
        name = " ".join(str(data[field]) for field in fields if data.get(field))
        if name:
            return identifiers.normalise_text(name)
    return ""
