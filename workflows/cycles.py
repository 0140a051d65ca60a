"""Cycles: the sessions that are due, as rows. A timer only wakes; the rows and their unique key are the truth.

`ensure_cycles` writes a row for every session that should have opened by now, however long nobody was there to do so.
Each docket is then drawn up and decided by jobs (`workflows.dockets`), in the order in which the sessions were due.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from engine import errors
from engine.store.session import insert_new, insert_once
from engine.values import Actor, Job, new_id
from workflows import authorization, reasons
from workflows.cycle_kinds import Cycle, CycleKind, Month, month_of
from workflows.models import cycle as tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.accounts import User
    from workflows.product import Product

ENSURE = "cycles.ensure"
FIND = "cycles.find"
_TRIES = 20
_ROWS = 500

_row = tables.Cycle
_item = tables.DocketItem
_table: Any = _row.__table__


class SessionsRaced(errors.Conflict):
    """Others convened sessions of this scope at the same moment; try again."""

    fa = "هم‌زمان نشست‌های دیگری برای این حوزه تشکیل شد؛ دوباره تلاش کنید."


class SessionBegun(errors.Conflict):
    """This session has begun, so it cannot be skipped any more; its items can be deferred one by one."""

    fa = "این نشست آغاز شده و دیگر نمی‌توان از آن گذشت؛ موردها را می‌توان یک‌به‌یک به نشست بعد سپرد."


def arm(session: Session, *, product: Product) -> None:
    """See to it that every kind has the standing job that ensures its cycles; for the start of a process."""
    for kind in product.cycle_kinds:
        product.engine.enqueue(session, kind=ENSURE, payload={"kind": kind.name}, dedup_key=f"{ENSURE}:{kind.name}")


def ensure_cycles(session: Session, *, product: Product, kind: CycleKind) -> int:
    """Write the missing rows of everything due, open what can be opened, close what is decided; the rows written.

    Doing it twice, or in several processes at once, changes nothing.
    """
    made = _insert_missing(session, product, kind)
    scopes = session.scalars(select(_row.scope).distinct().where(_row.kind == kind.name, tables.UNFOUND)).all()
    for scope in scopes:
        open_next(session, product=product, kind=kind.name, scope=scope)
    for cycle_id in session.scalars(select(_row.id).where(_row.kind == kind.name, _row.state == "REVIEWING")).all():
        close_if_decided(session, cycle_id, at=product.clock.now())
    return made


def next_fire(session: Session, *, product: Product, kind: CycleKind) -> datetime:
    """When the next regular session of a kind opens (UTC): the first moment after now, in its Jalali calendar."""
    now = product.clock.now()
    month = max(kind.since, month_of(now))
    while (found := kind.schedule(session, month).moments(product.calendar, month)).fires_at <= now:
        month = month.next()
    return found.fires_at


def convene(session: Session, *, product: Product, kind: str, scope: str, reason: str, user: User,
            request_key: str | None = None) -> Cycle:
    """Convene an extraordinary session of whatever is ready now; it opens after those that were due before it.

    Raises: NotFound for an unknown kind, RoleMissing, Invalid without a reason, SessionsRaced.
    """
    authorization.require(user, "cycle.convene", clock=product.machine)
    reason = reasons.given(reason)
    return convene_as(session, product=product, kind=kind, scope=scope, reason=reason, actor=Actor(id=user.id),
                      request_key=request_key)


def convene_as(session: Session, *, product: Product, kind: str, scope: str, reason: str, actor: Actor,
               request_key: str | None) -> Cycle:
    """Convene for a process or for someone who was authorized before; a `request_key` gives the same session again.

    Raises: NotFound for an unknown kind, SessionsRaced.
    """
    found, now = product.cycle_kinds[kind], product.clock.now()
    month = month_of(now)
    for _ in range(_TRIES):
        row = _requested(session, request_key)
        if row is not None:
            return value(row)
        last = session.scalar(select(func.max(_row.sequence)).where(
            _row.kind == kind, _row.scope == scope, _row.year == month.year, _row.month == month.month))
        if insert_once(session, _table, {
                **_new(found, scope, month, sequence=(last or 0) + 1, fires_at=now, cutoff_at=now, at=now),
                "instructed_by": actor.id, "reason": reason, "request_key": request_key}):
            open_next(session, product=product, kind=kind, scope=scope)
            return value(session.scalars(select(_row).where(
                _row.kind == kind, _row.scope == scope, _row.year == month.year, _row.month == month.month,
                _row.sequence == (last or 0) + 1)).one())
    raise SessionsRaced


def skip(session: Session, *, product: Product, kind: str, scope: str, month: Month, reason: str,
         user: User) -> Cycle:
    """Leave the regular session of a month out, for this scope; what is ready waits for the next one.

    Raises: NotFound for an unknown kind, scope or month, RoleMissing, Invalid without a reason, SessionBegun.
    """
    authorization.require(user, "cycle.skip", clock=product.machine)
    return skip_as(session, product=product, kind=kind, scope=scope, month=month, reason=reason,
                   actor=Actor(id=user.id))


def skip_as(session: Session, *, product: Product, kind: str, scope: str, month: Month, reason: str,
            actor: Actor) -> Cycle:
    """Skip for someone who was authorized before. A session skipped already stays as it is, with its first reason.

    Raises: NotFound for an unknown kind, scope or month, Invalid without a reason, SessionBegun.
    """
    reason = reasons.given(reason)
    found, now = product.cycle_kinds[kind], product.clock.now()
    if month < found.since or scope not in found.scopes(session, month):
        raise errors.NotFound(what="session", id=f"{kind} {scope} {month.year}/{month.month:02}")
    moments = found.schedule(session, month).moments(product.calendar, month)
    skipped = {"state": "SKIPPED", "closed_at": now, "instructed_by": actor.id, "reason": reason}
    this = ((_row.kind == kind) & (_row.scope == scope) & (_row.year == month.year) & (_row.month == month.month)
            & (_row.sequence == 0))
    if not insert_once(session, _table, {**_new(found, scope, month, sequence=0, fires_at=moments.fires_at,
                                                cutoff_at=moments.cutoff_at, at=now), **skipped}):
        session.execute(update(_row).where(this, _row.state == "DUE").values(**skipped))
    row = session.scalars(select(_row).where(this).execution_options(populate_existing=True)).one()
    if row.state != "SKIPPED":
        raise SessionBegun
    open_next(session, product=product, kind=kind, scope=scope)
    return value(row)


def open_next(session: Session, *, product: Product, kind: str, scope: str) -> None:
    """Let the docket of the earliest session without one be drawn up, unless one before it still is."""
    first = session.execute(
        select(_row.id, _row.state).where(_row.kind == kind, _row.scope == scope, tables.UNFOUND)
        .order_by(_row.fires_at, _row.sequence).limit(1)).first()
    if first is not None and first.state == "DUE":
        enqueue_find(session, product=product, cycle_id=first.id, chunk=0)


def enqueue_find(session: Session, *, product: Product, cycle_id: str, chunk: int) -> None:
    """Let the next part of a docket be found; asked for twice, it is found once."""
    product.engine.enqueue(session, kind=FIND, payload={"cycle": cycle_id, "chunk": chunk},
                           dedup_key=f"{FIND}:{cycle_id}:{chunk}", background=True)


def take_turns(session: Session, cycle_id: str) -> None:
    """Wait for others who close this session, until the transaction ends; for its last statements."""
    session.execute(select(_row.id).where(_row.id == cycle_id).with_for_update())


def close_if_decided(session: Session, cycle_id: str, *, at: datetime) -> None:
    """Close a session whose docket is complete and decided.

    Two transactions that decide the last two items at once see each other's as open, unless they `take_turns` first;
    `ensure_cycles` closes then.
    """
    session.execute(update(_row).where(
        _row.id == cycle_id, _row.state == "REVIEWING",
        ~exists().where(_item.cycle_id == cycle_id, tables.OPEN_ITEM)).values(state="CLOSED", closed_at=at))


def get(session: Session, cycle_id: str) -> Cycle:
    """One session. Raises: NotFound."""
    row = session.get(_row, cycle_id)
    if row is None:
        raise errors.NotFound(what="cycle", id=cycle_id)
    return value(row)


def value(row: tables.Cycle) -> Cycle:
    """The value of a row."""
    return Cycle(**{name: getattr(row, name) for name in Cycle.__dataclass_fields__})


class Ensure:
    """The handler of the standing job `cycles.ensure`, one for each kind."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:  # noqa: ARG002 - its signature
        """Take over what other processes changed: the declared holidays, the demonstration's clock."""
        self._product.refresh_clock(session)

    def perform(self, payload: None) -> None:
        """Nothing happens outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Ensure the cycles of the kind."""
        ensure_cycles(session, product=self._product, kind=self._product.cycle_kinds[job.payload["kind"]])


def _insert_missing(session: Session, product: Product, kind: CycleKind) -> int:
    known = {tuple(row) for row in session.execute(
        select(_row.scope, _row.year, _row.month).where(_row.kind == kind.name, _row.sequence == 0))}
    now = product.clock.now()
    rows = []
    for month in _months(kind.since, month_of(now)):
        moments = kind.schedule(session, month).moments(product.calendar, month)
        if moments.fires_at <= now:
            rows += [_new(kind, scope, month, sequence=0, fires_at=moments.fires_at, cutoff_at=moments.cutoff_at,
                          at=now)
                     for scope in kind.scopes(session, month) if (scope, *month) not in known]
    return sum(len(insert_new(session, _table, rows[at:at + _ROWS], returning="id"))
               for at in range(0, len(rows), _ROWS))


def _new(kind: CycleKind, scope: str, month: Month, *, sequence: int, fires_at: datetime, cutoff_at: datetime,
         at: datetime) -> dict[str, object]:
    return {"id": new_id(), "kind": kind.name, "scope": scope, "year": month.year, "month": month.month,
            "sequence": sequence, "state": "DUE", "fires_at": fires_at, "cutoff_at": cutoff_at, "created_at": at,
            "chunks": 0, "found": 0}


def _months(first: Month, last: Month) -> Iterator[Month]:
    while first <= last:
        yield first
        first = first.next()


def _requested(session: Session, request_key: str | None) -> tables.Cycle | None:
    if request_key is None:
        return None
    return session.scalars(select(_row).where(_row.request_key == request_key)).first()
