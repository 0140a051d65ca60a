"""How far cycles have come: what a page and the command line show. It only reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from engine.store import paging
from engine.values import Page
from workflows import cycles
from workflows.cycle_kinds import Cycle
from workflows.models import cycle as tables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from workflows.product import Product

_row, _item = tables.Cycle, tables.DocketItem
_ENDED = ("CLOSED", "SKIPPED")


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleProgress:
    """A session and its docket, counted. `found` is the sum of the five counts."""

    cycle: Cycle
    waiting: int
    """Items whose review has not begun."""
    in_review: int
    failed: int
    """Items that cannot go on before someone retries an incident."""
    decided: int
    left: int
    """Items whose subject was not ready any more when its turn came: withdrawn, or decided in another session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocketEntry:
    """An item of a docket."""

    id: str
    subject: str
    scope: str
    position: int
    state: str
    """WAITING, FAILED (it could not begin), IN_REVIEW, DECIDED or LEFT."""
    outcome: str | None
    instance_id: str | None
    begun_at: datetime | None
    decided_at: datetime | None


def page(session: Session, *, product: Product, kind: str | None = None, scopes: Collection[str] | None = None,
         open_only: bool = False, after: str | None = None, limit: int = 50) -> Page[CycleProgress]:
    """Sessions with their progress, latest first; of these scopes, None meaning all.

    Raises: Invalid for a cursor that is not one of this list.
    """
    query = select(_row).order_by(_row.fires_at.desc(), _row.id.desc()).limit(limit + 1)
    if kind is not None:
        query = query.where(_row.kind == kind)
    if scopes is not None:
        query = query.where(_row.scope.in_(scopes))
    if open_only:
        query = query.where(_row.state.not_in(_ENDED))
    if after is not None:
        moment, last = paging.decode(after, datetime, str)
        query = query.where(or_(_row.fires_at < moment, and_(_row.fires_at == moment, _row.id < last)))
    rows = session.scalars(query).all()
    return Page(items=_counted(session, product, [cycles.value(row) for row in rows[:limit]]),
                next=paging.encode(rows[limit - 1].fires_at, rows[limit - 1].id) if len(rows) > limit else None)


def of(session: Session, *, product: Product, cycle_id: str) -> CycleProgress:
    """The progress of one session. Raises: NotFound."""
    return _counted(session, product, [cycles.get(session, cycle_id)])[0]


def docket(session: Session, *, cycle_id: str, after: str | None = None, limit: int = 50) -> Page[DocketEntry]:
    """The items of a session in the order of its docket. Raises: Invalid for a cursor not of this list."""
    query = select(_item).where(_item.cycle_id == cycle_id).order_by(_item.position).limit(limit + 1)
    if after is not None:
        query = query.where(_item.position > paging.decode(after, int)[0])
    rows = session.scalars(query).all()
    return Page(items=[DocketEntry(**{name: getattr(row, name) for name in DocketEntry.__dataclass_fields__})
                       for row in rows[:limit]],
                next=paging.encode(rows[limit - 1].position) if len(rows) > limit else None)


def _counted(session: Session, product: Product, found: list[Cycle]) -> list[CycleProgress]:
    # Of a closed session only what left is counted: the rest is decided, and a list would be as long as all history.
    ids = [one.id for one in found if one.state not in _ENDED]
    left = {row[0]: row[1] for row in session.execute(
        select(_item.cycle_id, func.count()).where(
            _item.cycle_id.in_([one.id for one in found]), _item.state == "LEFT").group_by(_item.cycle_id))}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    failing: dict[str, int] = {}
    if ids:
        for cycle_id, state, count in session.execute(
                select(_item.cycle_id, _item.state, func.count()).where(_item.cycle_id.in_(ids))
                .group_by(_item.cycle_id, _item.state)):
            counts[cycle_id][state] = count
        failing = {row[0]: row[1] for row in session.execute(
            select(_item.cycle_id, func.count()).where(
                _item.cycle_id.in_(ids), _item.state == "IN_REVIEW",
                _item.instance_id.in_(product.engine.failing_instances())).group_by(_item.cycle_id))}
    return [_progress(one, counts[one.id], failing.get(one.id, 0), left.get(one.id, 0)) for one in found]


def _progress(cycle: Cycle, counts: Mapping[str, int], failing: int, left: int) -> CycleProgress:
    if cycle.state in _ENDED:
        return CycleProgress(cycle=cycle, waiting=0, in_review=0, failed=0, decided=cycle.found - left, left=left)
    return CycleProgress(cycle=cycle, waiting=counts["WAITING"], in_review=counts["IN_REVIEW"] - failing,
                         failed=counts["FAILED"] + failing, decided=counts["DECIDED"], left=left)
