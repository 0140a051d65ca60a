"""Conditional events in the engine: in the trigger's own transaction, in its own instance, kept across reloads."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from engine import errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import CLERK


def condition(text: str) -> str:
    return (f"<bpmn:conditionalEventDefinition><bpmn:condition>{text}</bpmn:condition>"
            "</bpmn:conditionalEventDefinition>")


WATCHING = models.process(
    "watching", models.start(), models.gateway("fork", "parallel"), models.user("edit"), models.user("edit_again"),
    models.catch("ready", condition("area &gt;= 50")), models.user("review"),
    models.boundary("stopped", "review", condition("stop")),
    models.boundary("flagged", "review", condition("flag"), interrupting=False), models.service("warn", "work"),
    models.end("warned"), models.end("over", 'parvaneh:outcome="STOPPED"'), models.end(),
    models.path("start_1", "fork", "edit", "edit_again", "end_1"), models.path("fork", "ready", "review", "end_1"),
    models.path("stopped", "over"), models.path("flagged", "warn", "warned"))


def versions(office) -> dict[str, int]:
    table = tables.process_instance
    with office.database.read() as session:
        return {row.id: row.version for row in session.execute(sa.select(table.c.id, table.c.version))}


def test_a_condition_holds_in_the_transaction_that_changed_its_variable(office):
    office.deploy(WATCHING)
    instance = office.start("watching", {"area": Decimal(20)})
    assert office.waiting() == {"edit"}
    office.complete("edit", area=Decimal(60))
    assert office.waiting() == {"edit_again", "review"}
    assert ("element_completed", "ready") in office.kinds(instance)


def test_nothing_but_the_instance_that_changed_is_touched(office):
    office.deploy(WATCHING)
    others = {office.start("watching", {"area": Decimal(20)}, business_key=key).id for key in ("2", "3")}
    before = {key: version for key, version in versions(office).items() if key in others}
    office.start("watching", {"area": Decimal(60)})
    assert {key: version for key, version in versions(office).items() if key in others} == before
    with office.database.read() as session:
        assert not session.execute(sa.select(tables.job.c.id)).all()
        assert not session.execute(sa.select(tables.message_subscription.c.id)).all()


def test_boundary_conditions_interrupt_or_not(office):
    office.deploy(WATCHING)
    instance = office.start("watching", {"area": Decimal(60)})
    office.complete("edit", flag=True)
    assert [element for element, _ in [call for call in office.calls if isinstance(call, tuple)]] == ["warn"]
    assert office.waiting() == {"edit_again", "review"}
    office.complete("edit_again", stop=True)
    assert office.waiting() == set()
    assert office.read("instance", instance.id).outcome == "STOPPED"


def test_a_refused_trigger_leaves_its_condition_as_it_was(office):
    office.deploy(WATCHING)
    office.start("watching", {"area": Decimal(20)})
    with office.database.begin() as session:
        [task] = [task for task in office.engine.user_tasks(session).items if task.element_id == "edit"]
        office.engine.complete(session, task.id, variables={"area": Decimal(60)}, actor=CLERK)
        session.rollback()
    assert office.waiting() == {"edit"}
    office.complete("edit", area=Decimal(30))
    assert office.waiting() == {"edit_again"}
    office.complete("edit_again", area=Decimal(70))
    assert office.waiting() == {"review"}


def test_a_wrong_condition_is_refused_with_its_place(office):
    wrong = models.process("wrong", models.start(), models.catch("ready", condition("area &gt;= ")), models.end(),
                           models.path("start_1", "ready", "end_1"))
    with pytest.raises(errors.Invalid) as refused:
        office.deploy(wrong)
    [problem] = refused.value.problems
    assert (problem.where, problem.line, problem.code) == ("ready", 5, "expression")
    assert problem.column
    assert problem.fix
    assert problem.fix_fa


def test_the_state_of_a_waiting_instance_does_not_grow_with_its_evaluations(office):
    loop = models.process(
        "loop", models.start(), models.gateway("fork", "parallel"), models.gateway("again"), models.user("edit"),
        models.gateway("stop", attributes='default="stop__again"'), models.user("review"),
        models.boundary("flagged", "review", condition("flag"), interrupting=False), models.end("warned"),
        models.end(), models.path("start_1", "fork", "again", "edit", "stop", "again"),
        models.flow("stop", "end_1", "done = true"), models.path("fork", "review", "end_1"),
        models.path("flagged", "warned"))
    office.deploy(loop)
    instance = office.start("loop")

    def size() -> int:
        with office.database.read() as session:
            return len(session.scalar(sa.select(tables.process_instance.c.execution)
                                      .where(tables.process_instance.c.id == instance.id)))

    sizes = []
    for turn in range(12):
        office.complete("edit", flag=turn % 2 == 0)
        sizes.append(size())
    assert max(sizes[2:]) <= max(sizes[:2]) + 16
    assert len([entry for entry in office.kinds(instance) if entry[1] == "flagged"]) == 6
