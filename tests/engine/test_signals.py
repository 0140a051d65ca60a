"""A signal reaches every instance that waits for it and starts every process that it starts, each exactly once."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from engine import errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import BOTH_TRANSPORTS, CLERK

TOP = '<bpmn:signal id="s" name="holiday"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'
LISTENS = models.process(
    "listens", models.start(), models.user("work"), models.boundary("heard", "work", SIGNAL), models.user("rest"),
    models.end(), models.path("start_1", "work", "end_1"), models.path("heard", "rest", "end_1"), globals=TOP)
BEGINS = models.process("begins", models.start("heard", SIGNAL), models.user("greet"), models.end(),
                        models.path("heard", "greet", "end_1"), globals=TOP)
SHOUTS = models.process(
    "shouts", models.start(), models.user("decide"),
    '<bpmn:endEvent id="shout"><bpmn:extensionElements>'
    '<parvaneh:input name="day" value="date(&quot;2026-03-21&quot;)"/>'
    f"</bpmn:extensionElements>{SIGNAL}</bpmn:endEvent>", models.path("start_1", "decide", "shout"), globals=TOP)


@BOTH_TRANSPORTS
def test_a_signal_that_an_instance_throws_reaches_all_others_in_transactions_of_their_own(office):
    office.deploy(LISTENS, BEGINS, SHOUTS)
    listening = [office.start("listens", business_key=str(number)) for number in range(3)]
    office.start("shouts", business_key="7", scope="tabriz")
    office.complete("decide")
    assert set(office.tasks()) == {"work"}, "the receivers are jobs"
    office.advance(seconds=1)
    assert sorted(task.business_key for task in office.call("user_tasks").items if task.element_id == "rest") == [
        "0", "1", "2"]
    for instance in listening:
        assert office.read("variables", instance.id)["day"] == date(2026, 3, 21)
        assert ("signal_received", "heard") in office.kinds(instance)
    started = office.tasks()["greet"]
    assert (started.business_key, started.scope) == ("7", "tabriz")
    assert {job.state for job in office.read("jobs").items if job.kind.startswith("signal")} == {"DONE"}


def test_a_signal_from_outside_says_how_many_will_hear_it(office):
    office.deploy(LISTENS, BEGINS)
    office.start("listens")
    assert office.call("signal", name="silence") == 0
    assert office.call("signal", name="holiday", variables={"day": "x"}, actor=CLERK, business_key="9") == 2
    office.advance(seconds=1)
    assert office.waiting() == {"rest", "greet"}
    assert office.tasks()["greet"].business_key == "9"
    with pytest.raises(errors.Invalid):
        office.call("signal", name="holiday", variables={"day": "x" * 70_000})


def test_only_those_who_waited_when_it_was_thrown_hear_a_signal(office):
    office.deploy(LISTENS)
    done, waiting = office.start("listens"), office.start("listens")
    office.call("signal", name="holiday")
    task = next(task for task in office.call("user_tasks").items if task.instance_id == done.id)
    office.call("complete", task.id, variables={}, actor=CLERK)
    late = office.start("listens")
    office.advance(seconds=1)
    assert office.read("instance", done.id).state == "COMPLETED"
    assert ("signal_received", "heard") in office.kinds(waiting)
    assert ("signal_received", "heard") not in office.kinds(late)


def test_a_suspended_instance_hears_the_signal_when_it_goes_on(office):
    office.deploy(LISTENS)
    instance = office.start("listens")
    office.call("suspend", instance.id, actor=CLERK)
    office.call("signal", name="holiday")
    office.advance(seconds=1)
    assert office.waiting() == {"work"}
    office.call("resume", instance.id, actor=CLERK)
    office.advance(seconds=1)
    assert office.waiting() == {"rest"}


def test_a_wait_for_a_signal_is_a_row_while_it_lasts(office):
    office.deploy(LISTENS)
    instance = office.start("listens")
    table = tables.message_subscription
    with office.database.read() as session:
        assert [tuple(row) for row in session.execute(sa.select(table.c.kind, table.c.name, table.c.element_id))] == [
            ("signal", "holiday", "heard")]
    assert office.read("examine", [instance.id]) == []
    with pytest.raises(errors.NoReceiver):
        office.publish("holiday", "")
    office.complete("work")
    with office.database.read() as session:
        assert session.execute(sa.select(table.c.id)).all() == []
