"""Sessions as a whole: the process that carries one, its confirmation with minutes, and what every item hears of it.

What follows a confirmation is delivered by jobs, one for each chunk of items. A chunk whose attempt failed hands each
item to a job of its own, so that a single bad item becomes an incident and holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from engine import HandlerCall, errors, feel
from engine.values import SYSTEM, Job, UserTask
from workflows import authorization, catalogue, cycles, documents
from workflows.cycle_kinds import Cycle
from workflows.models import cycle as tables
from workflows.models.review import ReviewSession as Row

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

DELIVER = "cycles.deliver"
FORM = "session-confirmation"
"""The form by which a session is confirmed."""
MINUTES = "minutes_file"

_item: Any = tables.DocketItem.__table__
_RANGE = (select(_item.c.id, _item.c.state, _item.c.position)
          .where(_item.c.cycle_id == bindparam("cycle"), tables.OPEN_ITEM,
                 _item.c.position.between(bindparam("first"), bindparam("last")))
          .order_by(_item.c.position).with_for_update())


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """The confirmation of a session."""

    instance_id: str
    number: str | None
    held_on: date | None
    members_present: int | None
    note: str | None
    minutes_name: str | None
    confirmed_by: str | None
    confirmed_at: datetime | None


def begin(session: Session, *, product: Product, cycle: Cycle) -> None:
    """Start the process that carries a session, unless its kind has none or it runs already."""
    process = product.cycle_kinds[cycle.kind].session_process
    if process is None or session.get(Row, cycle.id) is not None:
        return
    instance = product.engine.start(session, key=process, variables={"cycle": cycle.id}, actor=SYSTEM,
                                    business_key=cycle.id, scope=cycle.scope)
    _carry(session, cycle.id, instance.id)


def convene_handler(product: Product, call: HandlerCall) -> dict[str, Any]:
    """The service task `cycles.convene`: inputs `kind`, `scope` and `reason`; gives the variable `cycle_convened`.

    Called by the process that carries the kind's sessions, it makes its own instance the one of the new session.
    """
    kind = str(call.inputs.get("kind"))
    cycle = cycles.convene_as(
        call.session, product=product, kind=kind, actor=call.actor,
        scope=str(call.inputs.get("scope") or call.scope), reason=str(call.inputs.get("reason") or ""),
        request_key=f"{call.instance_id}:{call.token_id}")
    carried_by = product.engine.instance(call.session, call.instance_id)
    own = product.engine.definition(call.session, id=carried_by.definition_id).key
    if own == product.cycle_kinds[kind].session_process and call.session.get(Row, cycle.id) is None:
        _carry(call.session, cycle.id, call.instance_id)
    return {"cycle_convened": cycle.id}


def freeze(session: Session, *, product: Product, cycle: Cycle) -> None:
    """Tell the process of a session that its docket is complete, with the number of its items."""
    kind = product.cycle_kinds[cycle.kind]
    if kind.session_process is None:
        return
    try:
        product.engine.publish(session, name="docket_frozen", correlation_key=cycle.id, actor=SYSTEM,
                               message_id=f"frozen:{cycle.id}",
                               variables={"found": feel.from_json(cycle.found), **kind.session_facts(session)})
    except errors.NoReceiver:
        return  # an administrator ended it; the rows go on without


def record(session: Session, *, product: Product, task: UserTask, data: Mapping[str, Any], files: documents.Files,
           by: str) -> None:
    """Write the confirmation that a completed task holds; does nothing for a task of another form."""
    row = (session.scalars(select(Row).where(Row.instance_id == task.instance_id)).first()
           if task.form_key == FORM else None)
    if row is None:
        return
    name, content = files[MINUTES]
    safe, media_type = documents.described(name)
    row.number, row.held_on = data.get("session_no"), catalogue.as_date(data.get("session_date"))
    present = catalogue.as_number(data.get("members_present"))
    row.members_present, row.note = None if present is None else int(present), data.get("notes")
    row.minutes_name, row.minutes_type = safe, media_type
    row.minutes_sha256 = product.documents.put(content)
    row.confirmed_by, row.confirmed_at = by, product.clock.now()
    session.flush()


def confirm_handler(product: Product, call: HandlerCall) -> None:
    """The service task `reviews.confirm_session`: every item of the session hears that it is confirmed."""
    cycle_id = str(call.variables.get("cycle"))
    last = call.session.scalar(select(func.max(_item.c.position)).where(_item.c.cycle_id == cycle_id)) or 0
    size = product.settings.cycle_chunk
    for first in range(1, last + 1, size):
        _enqueue(call.session, product, cycle_id, first, min(first + size - 1, last))


def of(session: Session, *, cycle_id: str) -> SessionRecord | None:
    """The confirmation of a session, for use cases that have asked for permission themselves."""
    row = session.get(Row, cycle_id)
    return None if row is None else SessionRecord(**{
        name: getattr(row, name) for name in SessionRecord.__dataclass_fields__})


def minutes(session: Session, *, product: Product, cycle_id: str, user: User) -> tuple[str, str, Path]:
    """The minutes of a session: file name, media type, and where the content lies. Raises: NotFound; Forbidden."""
    authorization.require(user, "cycle.read", clock=product.machine)
    row = session.get(Row, cycle_id)
    if row is None or row.minutes_sha256 is None:
        raise errors.NotFound(what="minutes", id=cycle_id)
    return str(row.minutes_name), str(row.minutes_type), product.documents.path(row.minutes_sha256)


class Deliver:
    """The handler of `cycles.deliver` jobs: tells a run of items that their session is confirmed."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:  # noqa: ARG002 - its signature
        """Take over what other processes changed."""
        self._product.refresh_clock(session)

    def perform(self, payload: None) -> None:
        """Nothing happens outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Deliver; a second attempt takes the items apart. What has not begun leaves this docket for the next."""
        product, cycle_id = self._product, str(job.payload["cycle"])
        items = session.execute(_RANGE, {"cycle": cycle_id, "first": job.payload["first"],
                                         "last": job.payload["last"]}).all()
        if job.attempts > 1 and len(items) > 1:
            for item in items:
                _enqueue(session, product, cycle_id, item.position, item.position)
            return
        left = [item.id for item in items if item.state != "IN_REVIEW"]
        if left:
            session.execute(update(_item).where(_item.c.id.in_(left)).values(
                state="LEFT", decided_at=product.clock.now()))
        for item in items:
            if item.state == "IN_REVIEW":
                _tell(session, product, item.id)
        cycles.take_turns(session, cycle_id)
        cycles.close_if_decided(session, cycle_id, at=product.clock.now())


def _tell(session: Session, product: Product, item_id: str) -> None:
    try:
        product.engine.publish(session, name="session_confirmed", correlation_key=item_id, variables={}, actor=SYSTEM,
                               message_id=f"confirmed:{item_id}")
    except errors.NoReceiver as error:
        raise errors.HandlerFailed(error.message(), hint="mend what the review stands at, then retry") from error
    except errors.InstanceSuspended as error:
        raise errors.HandlerFailed(error.message(), hint=error.message("fa")) from error


def _carry(session: Session, cycle_id: str, instance_id: str) -> None:
    session.add(Row(cycle_id=cycle_id, instance_id=instance_id))
    session.flush()


def _enqueue(session: Session, product: Product, cycle_id: str, first: int, last: int) -> None:
    product.engine.enqueue(session, kind=DELIVER, payload={"cycle": cycle_id, "first": first, "last": last},
                           dedup_key=f"{DELIVER}:{cycle_id}:{first}:{last}", background=True)
