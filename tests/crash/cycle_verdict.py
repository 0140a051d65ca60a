"""Holds what the workers left behind against what had to happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.store import tables
from tests.workflows import candidates
from workflows import cycles
from workflows.models.cycle import Cycle, DocketItem
from workflows.product import Product

Where = tuple[str, int, int]
"""Scope, Jalali year and month of the session a candidate belongs to."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a run; each fault is a count."""

    sessions: int
    reviews: int
    kills: int
    took: float
    lost: int
    duplicated: int
    orphaned: int
    details: list[str]

    @property
    def clean(self) -> bool:
        """Whether every review happened exactly once and nothing was left over."""
        return not (self.lost or self.duplicated or self.orphaned)

    def line(self, store: str) -> str:
        """One line for people and programs."""
        return (f"{store} sessions={self.sessions} reviews={self.reviews} kills={self.kills} lost={self.lost} "
                f"duplicated={self.duplicated} orphaned={self.orphaned} seconds={self.took:.1f} "
                f"per_second={self.reviews / self.took:.0f}")


def judge(product: Product, *, expected: Mapping[str, Where], kills: int, took: float) -> Verdict:
    """Count reviews by candidate, and whatever stands beside them that should not."""
    with product.database.read() as session:
        reviewed = Counter(session.scalars(sa.select(candidates.review.c.candidate)))
        left = _left_over(session, expected)
        sessions = session.scalar(sa.select(sa.func.count()).select_from(Cycle)) or 0
    return Verdict(
        sessions=sessions, reviews=reviewed.total(), kills=kills, took=took,
        lost=sum(name not in reviewed for name in expected), orphaned=sum(left.values()),
        duplicated=sum(count - 1 for count in reviewed.values()),
        details=[f"{count} {what}" for what, count in left.items() if count])


def _left_over(session: Session, expected: Mapping[str, Where]) -> dict[str, int]:
    item, instance = DocketItem, tables.process_instance
    where = {row.id: (row.scope, row.year, row.month) if row.sequence == 0 else None for row in session.execute(
        sa.select(Cycle.id, Cycle.scope, Cycle.year, Cycle.month, Cycle.sequence))}
    rows = session.execute(
        sa.select(item.subject, item.cycle_id, item.instance_id, item.outcome, item.state,
                  instance.c.state.label("end"), instance.c.business_key)
        .outerjoin(instance, instance.c.id == item.instance_id).where(item.state != "LEFT")).all()
    totals = Counter(session.scalars(sa.select(item.cycle_id)))
    reviews = set(session.execute(sa.select(candidates.review.c.candidate, candidates.review.c.cycle,
                                            candidates.review.c.instance)).all())
    good = sum((row.state, row.outcome, row.end, row.business_key) == ("DECIDED", "MET", "COMPLETED", row.subject)
               and where[row.cycle_id] == expected.get(row.subject)
               and (row.subject, row.cycle_id, row.instance_id) in reviews for row in rows)
    wrong = sum(row.state != "CLOSED" or row.found != totals[row.id]
                for row in session.execute(sa.select(Cycle.id, Cycle.state, Cycle.found)))
    begun = _count(session, tables.history, tables.history.c.kind == "instance_started")
    return {
        "sessions missing or too many": abs(len(set(expected.values())) - len(where)),
        "sessions not closed, or with a wrong count": wrong,
        "docket items missing or too many": abs(len(expected) - len(rows)),
        "docket items without their own review in the session of their month": len(rows) - good,
        "instances that belong to no item": abs(_count(session, instance) - len(rows)),
        "instances begun twice": begun - len(rows),
        "jobs left over": _count(session, tables.job, tables.job.c.state.in_(("PENDING", "LEASED", "FAILED")),
                                 tables.job.c.kind != cycles.ENSURE),
        "incidents": _count(session, tables.incident),
    }


def _count(session: Session, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0
