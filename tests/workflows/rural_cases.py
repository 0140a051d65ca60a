"""Applications that wait for the monthly review, each in a small process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import feel
from engine.values import SYSTEM, Actor, new_id
from tests.engine import models
from tests.workflows.sessions import go_to
from tests.workflows.world import PDF, World
from workflows import cycle_progress, cycles, docket_sessions, review_bulk, statutory_clock
from workflows.models.application import Application
from workflows.models.clock import ApplicationClock
from workflows.models.cycle import DocketItem

CASE = models.process(
    "reviewed-case", models.start(), models.service("make_ready", "reviews.make_ready"),
    models.catch("await_review", models.message_event("review_result")),
    '<bpmn:exclusiveGateway id="gw"/>', '<bpmn:scriptTask id="again" scriptFormat="feel" '
    'parvaneh:resultVariable="deferrals"><bpmn:script>deferrals + 1</bpmn:script></bpmn:scriptTask>',
    models.user("decided"), models.end(),
    models.path("start_1", "make_ready", "await_review", "gw"), models.path("again", "make_ready"),
    models.path("decided", "end_1"),
    *(f'<bpmn:sequenceFlow id="flow_{way}" sourceRef="gw" targetRef="{way}"><bpmn:conditionExpression>{condition}'
      "</bpmn:conditionExpression></bpmn:sequenceFlow>"
      for way, condition in (("again", 'review_result = "DEFER"'), ("decided", 'review_result != "DEFER"'))),
    globals=models.message("review_result", "review_ticket"))


def prepare(world: World) -> None:
    """Deploy the process of the cases beside what is shipped, and arm the cycles."""
    product = world.product
    with product.database.begin() as session:
        latest = product.engine.latest_deployment(session)
        ours = models.bundle(CASE)
        del ours["decisions/grade.dmn"]
        product.engine.deploy(session, resources={**product.engine.resources(session, latest.id), **ours}, actor=SYSTEM)
        cycles.arm(session, product=product)


def waiting(world: World, count: int, *, eligibility: Sequence[Mapping[str, str]] = (),
            county: str = "urmia", days: int | None = None) -> list[str]:
    """So many applications that wait for the review; their ids. With `days` their clocks run for so many."""
    product, now = world.product, world.clock.now()
    with product.database.begin() as session:
        definition = product.engine.definition(session, key="reviewed-case")
        ids = [new_id() for _ in range(count)]
        for one in ids:
            session.add(Application(
                id=one, service="create-urban-office", county=county, file_number=one, tracking_hash=one,
                applicant_id=world.users["applicant"].id, via="SELF", submitted_by="x", subject_key=one,
                state="WAITING_CYCLE", definition_id=definition.id, deployment_id=definition.deployment_id, data={},
                search_text="", submitted_at=now, state_since=now))
            session.flush()
            row = session.get_one(Application, one)
            if days is not None:
                statutory_clock.start(session, product=product, application=row)
                session.get_one(ApplicationClock, one).days = days
                statutory_clock.recompute(session, product=product)
            row.instance_id = product.engine.start(
                session, key="reviewed-case", business_key=one, scope=county, actor=SYSTEM,
                variables={"application_id": one, "county": county, "deferrals": feel.from_json(0),
                           "eligibility": [dict(each) for each in eligibility]}).id
    return ids


def review(world: World, application_id: str, recommendation: str = "CONDITIONS_MET", by: str = "bank",
           **more: Any) -> None:
    """Post Bank's committee answers for one item."""
    met = {"documents_ok": True, "persons_ok": True, "site_ok": True} if recommendation == "CONDITIONS_MET" else {}
    world.complete(application_id, "review_item", by=by, recommendation=recommendation, **{**met, **more})


def recommend_all(world: World, cycle_id: str) -> int:
    """Everything without a question is recommended at once."""
    with world.product.database.read() as session:
        chosen = review_bulk.selection(session, product=world.product, cycle_id=cycle_id, user=world.users["bank"])
    with world.product.database.begin() as session:
        done = review_bulk.recommend(session, product=world.product, cycle_id=cycle_id, seal=chosen.seal,
                                     user=world.users["bank"])
    world.run_jobs()
    return done


def confirm(world: World, cycle_id: str, **more: Any) -> None:
    """The chair confirms the session with its minutes."""
    with world.product.database.read() as session:
        record = docket_sessions.of(session, cycle_id=cycle_id)
        assert record is not None
        [task] = [one for one in world.product.engine.user_tasks(session, instance_id=record.instance_id).items
                  if one.element_id == "confirm_session"]
    world.complete(cycle_id, "confirm_session", by="bank", task=task, files={"minutes_file": ("minutes.pdf", PDF)},
                   **{"session_no": "12", "session_date": "2026-04-04", "members_present": 3, **more})
    world.run_jobs()


def hold(world: World, moment: Any) -> cycle_progress.CycleProgress:
    """Time passes to a moment; the session that is open then, or the last one."""
    go_to(world, moment)
    return session_of(world)


def session_of(world: World) -> cycle_progress.CycleProgress:
    """The last session of the monthly review."""
    with world.product.database.read() as session:
        return cycle_progress.page(session, product=world.product, kind="monthly-review", limit=1).items[0]


def outcomes(world: World, cycle_id: str) -> dict[str | None, int]:
    """Outcome -> number of items of a session; what is not decided is None."""
    with world.product.database.read() as session:
        return {row[0]: row[1] for row in session.execute(sa.select(DocketItem.outcome, sa.func.count()).where(
            DocketItem.cycle_id == cycle_id).group_by(DocketItem.outcome))}


def results(world: World, ids: Sequence[str]) -> list[str | None]:
    """The result that each application has heard, None while it waits."""
    with world.product.database.read() as session:
        return [world.product.engine.variables(
            session, world.product.engine.instances(session, business_key=one, key="reviewed-case").items[0].id
        ).get("review_result") for one in ids]


def withdraw(world: World, application_id: str) -> None:
    """The application's instance ends."""
    with world.product.database.begin() as session:
        row = session.get_one(Application, application_id)
        world.product.engine.cancel(session, str(row.instance_id), actor=Actor(id="x", reason="انصراف"))
