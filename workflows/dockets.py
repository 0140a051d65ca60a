"""Dockets: what a cycle has to decide, one row an item, each decided in a process instance of its own.

A docket is drawn up in chunks: the items and the place from which to go on are written in one transaction. For every
chunk of items one job begins their instances. A chunk whose attempt failed or was broken off hands each item to a job
of its own, so that a single bad row becomes an incident and holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from engine import HandlerCall, errors
from engine.store.session import insert_new
from engine.values import SYSTEM, InstanceEndedEvent, Job, ProcessInstance, new_id
from workflows import cycles, docket_sessions
from workflows.cycle_kinds import Cycle, CycleKind, Found
from workflows.models import cycle as tables

if TYPE_CHECKING:
    from workflows.product import Product

REVIEW = "cycles.review"
CHUNKS_FOUND_AT_ONCE = 10
"""A search writes rows only, so that one of its transactions takes as long as one that begins a chunk of reviews."""

_item: Any = tables.DocketItem.__table__
_RANGE = (select(_item.c.id, _item.c.subject, _item.c.scope, _item.c.position)
          .where(_item.c.cycle_id == bindparam("cycle"),
                 _item.c.position.between(bindparam("first"), bindparam("last")),
                 _item.c.state.in_(("WAITING", "FAILED")))
          .order_by(_item.c.position).with_for_update())
_BEGUN = (update(_item).where(_item.c.id == bindparam("of_id"))
          .values(state="IN_REVIEW", begun_at=bindparam("at")))
_LEFT = update(_item).where(_item.c.id == bindparam("of_id")).values(state="LEFT", decided_at=bindparam("at"))
_INSTANCE = update(_item).where(_item.c.id == bindparam("of_id")).values(instance_id=bindparam("instance"))
_DECIDED = (update(_item).where(_item.c.id == bindparam("of_id"), _item.c.state == "IN_REVIEW")
            .values(state="DECIDED", outcome=bindparam("with_outcome"), decided_at=bindparam("at")))
_OF_INSTANCE = select(_item.c.id, _item.c.cycle_id).where(
    _item.c.instance_id == bindparam("instance"), _item.c.state == "IN_REVIEW")


class _Handler:
    """Bulk work inside the database: it reads and does nothing before the transaction that records it."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:  # noqa: ARG002 - its signature
        """Take over what other processes changed."""
        self._product.refresh_clock(session)

    def perform(self, payload: None) -> None:
        """Nothing happens outside the database."""


class Find(_Handler):
    """The handler of `cycles.find` jobs: draws up the next part of a docket."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Write the items and move the cursor; then let them be reviewed, and the rest be found."""
        product = self._product
        row = session.get(tables.Cycle, job.payload["cycle"], with_for_update=True)
        if row is None or row.state not in ("DUE", "FINDING") or row.chunks != job.payload["chunk"]:
            return
        size, now = product.settings.cycle_chunk, product.clock.now()
        wanted = size * CHUNKS_FOUND_AT_ONCE
        found = product.cycle_kinds[row.kind].find(session, cycles.value(row), row.cursor, wanted)
        row.state, row.opened_at, row.chunks = "FINDING", row.opened_at or now, row.chunks + 1
        docket_sessions.begin(session, product=product, cycle=cycles.value(row))
        if found:
            row.cursor = found[-1].cursor
            row.found += self._put_on_docket(session, row, found)
        if len(found) >= wanted:
            session.flush()
            cycles.enqueue_find(session, product=product, cycle_id=row.id, chunk=row.chunks)
            return
        row.state, row.found_at = "REVIEWING", now
        session.flush()
        docket_sessions.freeze(session, product=product, cycle=cycles.value(row))
        cycles.close_if_decided(session, row.id, at=now)
        cycles.open_next(session, product=product, kind=row.kind, scope=row.scope)

    def _put_on_docket(self, session: Session, row: tables.Cycle, found: Sequence[Found]) -> int:
        size, now = self._product.settings.cycle_chunk, self._product.clock.now()
        last = session.scalar(select(func.max(_item.c.position)).where(_item.c.cycle_id == row.id)) or 0
        fresh = insert_new(session, _item, [
            {"id": new_id(), "cycle_id": row.id, "kind": row.kind, "subject": one.subject, "scope": one.scope,
             "position": last + place, "state": "WAITING", "found_at": now}
            for place, one in enumerate(_distinct(found), start=1)], returning="position")
        fresh.sort()
        for at in range(0, len(fresh), size):
            _enqueue_review(session, self._product, row.id, fresh[at], fresh[at:at + size][-1])
        return len(fresh)


class Review(_Handler):
    """The handler of `cycles.review` jobs: begins the reviews of a run of items."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Begin an instance for each item, all in this transaction; a second attempt takes the items apart."""
        product, cycle_id = self._product, str(job.payload["cycle"])
        items = session.execute(_RANGE, {"cycle": cycle_id, "first": job.payload["first"],
                                         "last": job.payload["last"]}).all()
        if job.attempts > 1 and len(items) > 1:
            for item in items:
                _enqueue_review(session, product, cycle_id, item.position, item.position)
            return
        if items:
            begin(session, product=product, cycle=cycles.get(session, cycle_id), items=items)
            cycles.take_turns(session, cycle_id)
            cycles.close_if_decided(session, cycle_id, at=product.clock.now())

    def gave_up(self, session: Session, job: Job) -> None:
        """The items could not be begun; a retry of the job's incident begins them after all."""
        session.execute(update(_item).where(
            _item.c.cycle_id == job.payload["cycle"], _item.c.state == "WAITING",
            _item.c.position.between(job.payload["first"], job.payload["last"])).values(state="FAILED"))


def decide(session: Session, *, product: Product, item_id: str, outcome: str | None) -> None:
    """Note what was decided on an item; a later decision on it changes nothing. Raises: NotFound."""
    row = session.execute(select(_item.c.cycle_id).where(_item.c.id == item_id)).first()
    if row is None:
        raise errors.NotFound(what="docket item", id=item_id)
    _decide(session, product, item_id, row.cycle_id, outcome)


def ended(session: Session, event: InstanceEndedEvent, *, product: Product) -> None:
    """The end of an item's instance decides it, unless it was decided on the way."""
    for row in session.execute(_OF_INSTANCE, {"instance": event.instance_id}).all():
        _decide(session, product, row.id, row.cycle_id, event.outcome)


def decide_handler(product: Product, call: HandlerCall) -> None:
    """The service task `cycles.decide`: the input `outcome` is the decision on the item in variable `docket_item`."""
    outcome = call.inputs.get("outcome")
    decide(call.session, product=product, item_id=str(call.variables.get("docket_item")),
           outcome=None if outcome is None else str(outcome))


def begin(session: Session, *, product: Product, cycle: Cycle, items: Sequence[Any]) -> None:
    """Begin the instances of waiting items (rows with id, subject and scope), all in this transaction.

    Items whose subject is not ready any more leave the docket.

    Raises: whatever the kind's `variables` raises; HandlerFailed where an item's instance cannot go on.
    """
    kind, now = product.cycle_kinds[cycle.kind], product.clock.now()
    facts = kind.variables(session, cycle, [item.subject for item in items])
    left = [{"of_id": item.id, "at": now} for item in items if item.subject not in facts]
    ready = [item for item in items if item.subject in facts]
    if left:
        session.execute(_LEFT, left)
    if not ready:
        return
    session.execute(_BEGUN, [{"of_id": item.id, "at": now} for item in ready])
    begun, decided = [], []
    for item in ready:
        variables = {**facts[item.subject], "docket_item": item.id, "cycle": cycle.id}
        instance = _started(session, product, kind, item, variables)
        begun.append({"of_id": item.id, "instance": instance.id})
        if instance.ended_at is not None:
            decided.append({"of_id": item.id, "with_outcome": instance.outcome, "at": now})
    session.execute(_INSTANCE, begun)
    if decided:
        session.execute(_DECIDED, decided)


def _started(session: Session, product: Product, kind: CycleKind, item: Any,
             variables: Mapping[str, Any]) -> ProcessInstance:
    try:
        if kind.process_key is not None:
            return product.engine.start(session, key=kind.process_key, variables=variables, actor=SYSTEM,
                                        business_key=item.subject, scope=item.scope)
        [receiver, *_] = product.engine.publish(
            session, name=str(kind.message), correlation_key=item.subject, actor=SYSTEM, variables=variables,
            message_id=f"docket:{item.id}", scope=item.scope)
        return product.engine.instance(session, receiver)
    except (errors.InstanceSuspended, errors.InstanceEnded) as error:
        # To a worker these would mean the job's own instance, and be no failure.
        raise errors.HandlerFailed(error.message(), hint=error.message("fa")) from error


def _decide(session: Session, product: Product, item_id: str, cycle_id: str, outcome: str | None) -> None:
    now = product.clock.now()
    session.execute(_DECIDED, {"of_id": item_id, "with_outcome": outcome, "at": now})
    cycles.close_if_decided(session, cycle_id, at=now)


def _enqueue_review(session: Session, product: Product, cycle_id: str, first: int, last: int) -> None:
    product.engine.enqueue(session, kind=REVIEW, payload={"cycle": cycle_id, "first": first, "last": last},
                           dedup_key=f"{REVIEW}:{cycle_id}:{first}:{last}", background=True)


def _distinct(found: Sequence[Found]) -> Sequence[Found]:
    """Each subject once: a search may meet one twice, and SQL would then not say which row is new."""
    return list({one.subject: one for one in found}.values())
