"""Recommending "all conditions met" for many items of a session at once, after a look at which these are.

Only items without any open question of a rule are taken: whoever answers a question gives a reason, for each by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Job
from workflows import accounts, authorization, cycles, tasks
from workflows.models import cycle as tables
from workflows.models.review import ReviewCandidate

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

JOB = "reviews.recommend"
ITEM = "review_item"
"""The user task of a review."""
ANSWER = {"recommendation": "CONDITIONS_MET", "documents_ok": True, "persons_ok": True, "site_ok": True}
_ROWS = 500
_item = tables.DocketItem


class PreviewOutdated(errors.Conflict):
    """The items have changed since they were shown; look at them again."""

    fa = "موردها پس از نمایش تغییر کرده‌اند؛ دوباره آن‌ها را ببینید."


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The items of a session that may be recommended together."""

    applications: tuple[str, ...]
    """Ids, in the order of the docket."""
    questioned: int
    """How many of the open ones are left out because a rule asks something about them."""

    @property
    def seal(self) -> str:
        """What the confirmation names, so that nobody confirms what he has not seen."""
        return hashlib.sha256("\n".join(self.applications).encode()).hexdigest()[:32]


def selection(session: Session, *, product: Product, cycle_id: str, user: User) -> Selection:
    """What would be recommended together. Raises: NotFound; RoleMissing."""
    authorization.require(user, "cycle.review", clock=product.machine)
    cycles.get(session, cycle_id)
    clean, questioned, waiting = [], 0, _waiting(session, product, cycle_id)
    for item, facts in _open(session, cycle_id):
        if item.instance_id not in waiting:
            continue
        if facts.get("eligibility"):
            questioned += 1
        else:
            clean.append(item.subject)
    return Selection(applications=tuple(clean), questioned=questioned)


def recommend(session: Session, *, product: Product, cycle_id: str, seal: str, user: User) -> int:
    """Let all of the selection be recommended, in this person's name; how many these are.

    Raises: NotFound; RoleMissing; PreviewOutdated when the selection is not the one that was shown.
    """
    chosen = selection(session, product=product, cycle_id=cycle_id, user=user)
    if chosen.seal != seal or not chosen.applications:
        raise PreviewOutdated
    size = product.settings.cycle_chunk
    for at in range(0, len(chosen.applications), size):
        _enqueue(session, product, cycle_id, user.id, list(chosen.applications[at:at + size]))
    return len(chosen.applications)


class Recommend:
    """The handler of `reviews.recommend` jobs: completes the reviews of some applications in somebody's name."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:  # noqa: ARG002 - its signature
        """Take over what other processes changed."""
        self._product.refresh_clock(session)

    def perform(self, payload: None) -> None:
        """Nothing happens outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Complete each; a second attempt takes them apart. What somebody else holds or has done meanwhile is left."""
        product, cycle_id, subjects = self._product, str(job.payload["cycle"]), list(job.payload["applications"])
        if job.attempts > 1 and len(subjects) > 1:
            for subject in subjects:
                _enqueue(session, product, cycle_id, job.payload["user"], [subject])
            return
        user = accounts.find(session, job.payload["user"])
        if user is None or not user.active:
            return
        for instance_id in session.scalars(select(_item.instance_id).where(
                _item.cycle_id == cycle_id, _item.subject.in_(subjects), _item.state == "IN_REVIEW")).all():
            _complete(session, product, str(instance_id), user)


def _complete(session: Session, product: Product, instance_id: str, user: User) -> None:
    for task in product.engine.user_tasks(session, instance_id=instance_id).items:
        try:
            with session.begin_nested():
                tasks.complete(session, product=product, task_id=task.id, data=ANSWER, files={}, user=user)
        except (errors.Forbidden, errors.TaskHeldByAnother, errors.TaskAlreadyCompleted):
            continue


def _waiting(session: Session, product: Product, cycle_id: str) -> set[str]:
    """The reviews of a session that wait for somebody."""
    keys = select(_item.subject).where(_item.cycle_id == cycle_id, _item.state == "IN_REVIEW")
    found, after = set[str](), None
    while True:
        page = product.engine.user_tasks(session, business_keys=keys, after=after, limit=_ROWS)
        found |= {task.instance_id for task in page.items if task.element_id == ITEM}
        after = page.next
        if after is None:
            return found


def _open(session: Session, cycle_id: str) -> Iterator[tuple[tables.DocketItem, dict[str, object]]]:
    after = 0
    while True:
        rows = session.execute(
            select(_item, ReviewCandidate.facts)
            .join(ReviewCandidate, (ReviewCandidate.application_id == _item.subject)
                  & (ReviewCandidate.kind == _item.kind))
            .where(_item.cycle_id == cycle_id, _item.state == "IN_REVIEW", _item.position > after)
            .order_by(_item.position).limit(_ROWS)).all()
        yield from ((row[0], row[1]) for row in rows)
        if len(rows) < _ROWS:
            return
        after = rows[-1][0].position


def _enqueue(session: Session, product: Product, cycle_id: str, user_id: str, subjects: list[str]) -> None:
    product.engine.enqueue(session, kind=JOB, background=True,
                           payload={"cycle": cycle_id, "user": user_id, "applications": subjects})
