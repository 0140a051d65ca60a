"""A kind of periodic work of our own: candidates who are ready at a moment, reviewed by a small process.

What each review did is written by its handler in the transaction of the review, without any key: a review that
happened twice is two rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.store.base import UtcDateTime
from engine.values import SYSTEM
from tests.engine import models
from workflows.cycle_kinds import Cycle, CycleKind, Found, Month
from workflows.product import Product

side = sa.MetaData()
candidate = sa.Table(
    "candidate", side, sa.Column("id", sa.String(32), primary_key=True), sa.Column("scope", sa.String(64)),
    sa.Column("ready_at", UtcDateTime), sa.Column("bad", sa.String(16)), sa.Index(None, "scope", "id"))
review = sa.Table(
    "candidate_review", side, sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("candidate", sa.String(32)), sa.Column("cycle", sa.String(32)), sa.Column("instance", sa.String(32)))

REVIEWED = models.process(
    "reviewed", models.start(), models.service("review", "tests.review"), models.end("met", 'parvaneh:outcome="MET"'),
    models.path("start_1", "review", "met"))
JUDGED = models.process(
    "judged", models.start(), models.user("judge"), models.end("met", 'parvaneh:outcome="MET"'),
    models.path("start_1", "judge", "met"))
_OUTCOME = ('<bpmn:extensionElements><parvaneh:input name="outcome" value="decision"/></bpmn:extensionElements>')
WAITING = models.process(
    "waiting", models.start(), models.catch("wait", models.message_event("session")), models.user("judge"),
    models.service("note", "cycles.decide", extra=_OUTCOME), models.user("afterwards"), models.end(),
    models.path("start_1", "wait", "judge", "note", "afterwards", "end_1"),
    globals=models.message("session", "subject"))


def install(product: Product, *, since: Month, scopes: Sequence[str], stale: bool = False, **how: Any) -> CycleKind:
    """Register the kind and the handler of its process; `how` an item begins is `process_key` or `message`.

    A `stale` search finds who was reviewed as well, as one does that looks while the review is being committed.
    """
    kind = CycleKind(name="candidates", since=since, scopes=lambda _session, _month: scopes,
                     find=partial(_find, stale=stale),
                     variables=_variables, **(how or {"process_key": "reviewed"}))
    product.cycle_kinds._kinds.clear()  # the shipped kinds have tests of their own
    product.cycle_kinds.add(kind)

    def handle(call: Any) -> None:
        bad = call.variables.get("bad")
        if bad == "handler":
            raise ValueError("this candidate cannot be reviewed")
        call.session.execute(review.insert(), {"candidate": call.business_key, "cycle": call.variables["cycle"],
                                               "instance": call.instance_id})

    product.engine.handlers.service("tests.review")(handle)
    return kind


def prepare(product: Product) -> None:
    """Make the tables of the kind and deploy its processes."""
    side.drop_all(product.database.sqlalchemy_engine)
    side.create_all(product.database.sqlalchemy_engine)
    with product.database.begin() as session:
        latest = product.engine.latest_deployment(session)
        shipped = product.engine.resources(session, latest.id) if latest else {}
        ours = models.bundle(REVIEWED, JUDGED, WAITING)
        del ours["decisions/grade.dmn"]  # the engine's model; licensing does not let a table grade its own rules
        product.engine.deploy(session, resources={**shipped, **ours}, actor=SYSTEM)


def add(product: Product, rows: Iterable[tuple[str, str, datetime]], bad: Mapping[str, str] | None = None) -> None:
    """Candidates: id, scope, ready at; `bad` says what is wrong with some."""
    told = [{"id": name, "scope": scope, "ready_at": at, "bad": (bad or {}).get(name)} for name, scope, at in rows]
    with product.database.begin() as session:
        for start in range(0, len(told), 5_000):
            session.execute(candidate.insert(), told[start:start + 5_000])


def mend(product: Product) -> None:
    """Nothing is wrong with anyone any more."""
    with product.database.begin() as session:
        session.execute(candidate.update().values(bad=None))


_done = sa.select(review.c.candidate).where(review.c.candidate == candidate.c.id).exists()


def _find(session: Session, cycle: Cycle, after: str | None, limit: int, *, stale: bool) -> list[Found]:
    query = sa.select(candidate.c.id).where(candidate.c.scope == cycle.scope, candidate.c.id > (after or ""),
                                            candidate.c.ready_at <= cycle.cutoff_at, sa.true() if stale else ~_done)
    found = session.scalars(query.order_by(candidate.c.id).limit(limit))
    return [Found(subject=name, cursor=name, scope="urmia") for name in found]


def _variables(session: Session, _cycle: Cycle, subjects: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows = session.execute(sa.select(candidate.c.id, candidate.c.bad).where(candidate.c.id.in_(subjects), ~_done))
    found = {}
    for name, bad in rows:
        if bad == "start":
            raise ValueError("this candidate cannot begin")
        found[name] = {"bad": bad, "subject": name}
    return found
