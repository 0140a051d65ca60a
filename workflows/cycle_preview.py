"""A dry run of the session that would open now: what is ready, and what would become of it. Nothing of it stays.

It does what a session does, with the rows and the process of the real one, in a transaction that is never committed:
jobs and messages to the outside are rows of that transaction, so that nobody hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import attempt, errors
from engine.store.session import insert_new
from engine.values import SYSTEM, new_id
from workflows import cycles, dockets
from workflows.cycle_kinds import Cycle, Found
from workflows.models import cycle as tables

if TYPE_CHECKING:
    from workflows.product import Product

_item: Any = tables.DocketItem.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What would become of one subject."""

    subject: str
    scope: str
    state: str
    """DECIDED at once; IN_REVIEW, by a person or until something happens; FAILED: an incident would stop it; LISTED:
    it is on an open docket of this kind already, and would be on no second one; LEFT: it would leave the docket."""
    outcome: str | None = None
    waits_for: tuple[str, ...] = ()
    """The user tasks that would wait, by name."""
    fault: str | None = None
    """What would fail, in the words of the incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The docket as it would be now."""

    forecasts: list[Forecast]
    more: bool
    """Whether there are more subjects than were looked at."""


def preview(product: Product, *, kind: str, scope: str, limit: int = 50) -> Preview:
    """The first `limit` subjects of the session that would open now, with what would become of each.

    It holds the writers of an SQLite database up while it works. Raises: NotFound for an unknown kind, HandlerFailed
    where the kind's search fails.
    """
    with product.database.rehearsal() as session:
        product.refresh_clock(session)
        cycle = cycles.convene_as(session, product=product, kind=kind, scope=scope, reason="", actor=SYSTEM,
                                  request_key=None)
        with attempt(session, f"the search of {kind}"):
            found = list(product.cycle_kinds[kind].find(session, cycle, None, limit + 1))
        distinct = list({one.subject: one for one in found[:limit]}.values())
        fresh = _listed(session, cycle, distinct)
        return Preview(more=len(found) > limit,
                       forecasts=[_forecast(session, product, cycle, one, fresh.get(one.subject)) for one in distinct])


def _listed(session: Session, cycle: Cycle, found: list[Found]) -> dict[str, str]:
    """Ids of the items that a real session would get, by subject."""
    rows = [{"id": new_id(), "cycle_id": cycle.id, "kind": cycle.kind, "subject": one.subject, "scope": one.scope,
             "position": place, "state": "WAITING", "found_at": cycle.cutoff_at}
            for place, one in enumerate(found, start=1)]
    fresh = set(insert_new(session, _item, rows, returning="id"))
    return {str(row["subject"]): str(row["id"]) for row in rows if row["id"] in fresh}


def _forecast(session: Session, product: Product, cycle: Cycle, found: Found, item_id: str | None) -> Forecast:
    if item_id is None:
        return Forecast(subject=found.subject, scope=found.scope, state="LISTED")
    row = select(_item).where(_item.c.id == item_id)
    try:
        with attempt(session, "the beginning"):
            dockets.begin(session, product=product, cycle=cycle, items=session.execute(row).all())
    except errors.HandlerFailed as error:
        return Forecast(subject=found.subject, scope=found.scope, state="FAILED", fault=str(error))
    done = session.execute(row).one()
    if done.instance_id is None:
        return Forecast(subject=found.subject, scope=found.scope, state=done.state)
    incidents = product.engine.incidents(session, instance_id=done.instance_id, limit=1).items
    tasks = product.engine.user_tasks(session, instance_id=done.instance_id).items
    return Forecast(
        subject=found.subject, scope=found.scope, state="FAILED" if incidents else done.state, outcome=done.outcome,
        waits_for=tuple(task.name for task in tasks), fault=incidents[0].message if incidents else None)
