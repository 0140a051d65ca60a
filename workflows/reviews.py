"""The monthly review of rural offices by Post Bank: who waits for it, what its reviews begin with, what follows.

An application that is ready for the review is a row, found by the docket of the first session whose cut-off comes after
it; those carried over come first. There is no quota: nothing here counts offices, people or distances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, select, tuple_
from sqlalchemy.orm import Session

from engine import HandlerCall, errors, feel
from engine.values import InstanceEndedEvent, Job, Variables, new_id
from workflows import calendar, catalogue, dockets, late_reviews, rules
from workflows.cycle_kinds import Cycle, CycleKind, Found, Month, Schedule
from workflows.models import cycle as tables
from workflows.models.application import Application
from workflows.models.review import ReviewCandidate as Row
from workflows.models.rule import ShippedFile

if TYPE_CHECKING:
    from workflows.product import Product

KIND = "monthly-review"
SESSION_PROCESS, ITEM_PROCESS = "monthly-review", "docket-review"
LEAVE = "reviews.leave"
VARIABLES = frozenset({"review_result", "condition_codes"})
"""What the message with a session's result writes into the application's process."""
_SINCE = Month(1405, 1)
"""No installation is older."""
_FACTS = ("application_id", "deferrals", "eligibility", "county")
_NEW, _CARRIED_OVER = 1, 0


def kind(product: Product) -> CycleKind:
    """The monthly review as a kind of periodic work: one session a Jalali month for the province."""
    return CycleKind(
        name=KIND, since=_SINCE, scopes=lambda session, month: _scopes(session, product, month), find=_find,
        variables=_variables, process_key=ITEM_PROCESS, session_process=SESSION_PROCESS,
        schedule=lambda session, month: schedule(session, product=product, month=month),
        session_facts=lambda session: _session_facts(session, product))


def schedule(session: Session, *, product: Product, month: Month) -> Schedule:
    """When a month's session opens, by the rules in force on its first day."""
    book = rules.in_force(session, engine=product.engine, on=calendar.from_jalali(month.year, month.month, 1))
    return Schedule(working_day=int(book.value("cycle_working_day", 1)), hour=int(book.value("cycle_hour", 8)))


def make_ready(product: Product, call: HandlerCall) -> dict[str, Any]:
    """The service task `reviews.make_ready`: the application waits for the next session from now on.

    Gives `review_ticket`, under which the result will come. One that was deferred is carried over, before all new ones.
    """
    variables = call.variables
    application = call.session.get_one(Application, call.business_key)
    book = rules.of_application(call.session, engine=product.engine, application=application)
    deferrals = int(catalogue.as_number(variables.get("deferrals")) or 0)
    ticket = new_id()
    facts = {**{name: feel.to_json(variables.get(name)) for name in _FACTS}, "review_ticket": ticket,
             "deferrals": deferrals, "max_deferrals": book.value("cycle_max_deferrals", 2),
             "remind_days": book.value("cycle_remind_days", 10)}
    call.session.add(Row(id=ticket, kind=KIND, scope=catalogue.PROVINCE, county=application.county,
                         application_id=application.id, instance_id=call.instance_id,
                         rank=_CARRIED_OVER if deferrals else _NEW, ready_at=product.clock.now(), facts=facts))
    call.session.flush()
    late_reviews.watch(call.session, product=product, application=application, kind=KIND, scope=catalogue.PROVINCE,
                       ticket=ticket)
    return {"review_ticket": ticket}


def record_result(product: Product, call: HandlerCall) -> None:
    """The service task `reviews.record_result`: the input `outcome` is the session's decision on this item."""
    dockets.decide_handler(product, call)
    call.session.execute(delete(Row).where(Row.id == str(call.variables.get("review_ticket"))))


def case_ended(session: Session, event: InstanceEndedEvent, *, product: Product) -> None:
    """An application that ends waits for no session any more; one that stands on a docket leaves it."""
    gone = session.execute(delete(Row).where(Row.instance_id == event.instance_id).returning(Row.application_id)).all()
    for [application_id] in gone:
        if session.scalar(select(exists().where(tables.DocketItem.kind == KIND, tables.OPEN_ITEM,
                                                tables.DocketItem.subject == application_id))):
            # Its review is another instance, which only a transaction of its own may lock.
            product.engine.enqueue(session, kind=LEAVE, payload={"application": application_id},
                                   dedup_key=f"{LEAVE}:{event.instance_id}")


class Leave:
    """The handler of `reviews.leave` jobs: takes an application that ended off its docket."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:
        """Nothing is needed."""

    def perform(self, payload: None) -> None:
        """Nothing happens outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Tell the review; one that has not begun finds nobody to review when its turn comes."""
        try:
            self._product.engine.publish(session, name="case_ended", correlation_key=str(job.payload["application"]),
                                         message_id=f"left:{job.id}", variables={})
        except errors.NoReceiver:
            return


def _scopes(session: Session, product: Product, month: Month) -> Sequence[str]:
    """The province, in every month whose session opens after the installation began."""
    began = session.scalar(select(func.min(ShippedFile.deployed_at)))
    opens = schedule(session, product=product, month=month).moments(product.calendar, month).fires_at
    return [catalogue.PROVINCE] if began is not None and opens >= began else []


def _session_facts(session: Session, product: Product) -> Variables:
    book = rules.in_force(session, engine=product.engine, on=calendar.today(product.clock.now()))
    return {name: feel.from_json(book.value(rule, otherwise)) for name, rule, otherwise in (
        ("remind_days", "cycle_remind_days", 10), ("escalate_days", "cycle_escalate_days", 20),
        ("manager_wd", "manager_decision_sla_wd", 5))}


def _find(session: Session, cycle: Cycle, after: str | None, limit: int) -> list[Found]:
    query = (select(Row.application_id, Row.county, Row.rank, Row.ready_at, Row.id)
             .where(Row.kind == cycle.kind, Row.scope == cycle.scope, Row.ready_at <= cycle.cutoff_at)
             .order_by(Row.rank, Row.ready_at, Row.id).limit(limit))
    if after is not None:
        rank, ready_at, ticket = after.split("|")
        query = query.where(tuple_(Row.rank, Row.ready_at, Row.id) > tuple_(
            int(rank), datetime.fromisoformat(ready_at), ticket))
    return [Found(subject=row.application_id, scope=row.county,
                  cursor=f"{row.rank}|{row.ready_at.isoformat()}|{row.id}") for row in session.execute(query)]


def _variables(session: Session, _cycle: Cycle, subjects: Sequence[str]) -> Mapping[str, Variables]:
    rows = session.execute(select(Row.application_id, Row.facts).where(
        Row.kind == KIND, Row.application_id.in_(subjects)))
    return {row.application_id: {name: feel.from_json(value) for name, value in row.facts.items()} for row in rows}
