"""A failure inside a process is an incident: visible, retryable, and nothing before it is lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import Engine, Handlers, errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import CLERK, OTHER, make_office


@pytest.fixture
def stuck(office):
    """An instance whose service task has failed."""
    office.deploy(models.CALLS)
    office.faults.append(ValueError("0012345678 is no number"))
    instance = office.start("calls")
    office.complete("before", secret="0012345678")
    return instance


def open_incidents(office):
    return office.read("incidents").items


def test_the_user_task_stays_completed_and_the_token_waits_at_the_failing_element(office, stuck):
    [incident] = open_incidents(office)
    assert (incident.element_id, incident.element_name, incident.kind, incident.business_key, incident.scope) == (
        "call", "call", "handler", "1", "urmia")
    assert office.waiting() == set()
    assert office.read("instance", stuck.id).state == "ACTIVE"
    assert ("user_task_completed", "before") in office.kinds(stuck)
    assert ("incident_raised", "call") in office.kinds(stuck)
    assert office.read("progress", stuck.id).incidents == ["call"]


def test_an_incident_says_what_and_where_without_personal_data(office, stuck):
    [incident] = open_incidents(office)
    assert "ValueError" in incident.message
    assert "0012345678" not in incident.message + incident.hint


def test_retry_runs_that_element_only_and_resolves_the_incident(office, stuck):
    [incident] = open_incidents(office)
    retried = office.call("retry_incident", incident.id, actor=OTHER)
    assert (retried.state, retried.resolved_by, retried.resolved_at) == ("RESOLVED", "clerk-2", office.clock.now())
    assert office.waiting() == {"after"}
    assert [element for element, _ in office.calls[:2]] == ["call", "call"]
    assert [kind for kind, _ in office.kinds(stuck)].count("user_task_completed") == 1
    office.complete("after")
    assert office.read("instance", stuck.id).state == "COMPLETED"


def test_a_retry_that_fails_again_leaves_the_same_incident_open(office, stuck):
    [incident] = open_incidents(office)
    office.faults.append(errors.NotFound(what="office", id="7"))
    retried = office.call("retry_incident", incident.id, actor=OTHER)
    assert (retried.id, retried.state) == (incident.id, "OPEN")
    assert "There is no office 7" in retried.message
    assert [found.id for found in open_incidents(office)] == [incident.id]
    assert office.call("retry_incident", incident.id, actor=OTHER).state == "RESOLVED"


def test_retrying_a_resolved_incident_changes_nothing(office, stuck):
    [incident] = open_incidents(office)
    first = office.call("retry_incident", incident.id, actor=OTHER)
    assert office.call("retry_incident", incident.id, actor=CLERK) == first
    assert len([call for call in office.calls if isinstance(call, tuple)]) == 2


def test_what_the_failing_handler_wrote_is_undone(database, clock):
    office = make_office(database, clock)

    def write_then_fail(call):
        call.session.execute(tables.message.insert(), {
            "message_id": "half", "name": "x", "received_at": call.clock.now(), "receivers": []})
        raise KeyError("half way")

    office.engine.handlers.service("half")(write_then_fail)
    office.deploy(models.process("p", models.start(), models.user("before"), models.service("call", "half"),
                                 models.end(), models.path("start_1", "before", "call", "end_1")))
    office.start("p")
    office.complete("before")
    assert len(open_incidents(office)) == 1
    with database.read() as session:
        assert session.scalars(sa.select(tables.message.c.message_id)).all() == []


def test_a_row_the_database_refuses_is_the_handlers_incident(database, clock):
    office = make_office(database, clock)

    def refused(call):
        call.session.execute(tables.start_message.insert(), {"definition_id": "none", "message_name": "x"})

    office.engine.handlers.service("refused")(refused)
    office.deploy(models.process("p", models.start(), models.user("before"), models.service("call", "refused"),
                                 models.end(), models.path("start_1", "before", "call", "end_1")))
    office.start("p")
    assert office.complete("before").state == "COMPLETED"
    [incident] = open_incidents(office)
    assert "IntegrityError" in incident.message


def test_a_condition_that_is_neither_true_nor_false_is_an_incident(office):
    office.deploy(models.process(
        "p", models.start(), models.user("before"), models.gateway("which", attributes='default="which__b"'),
        models.user("a"), models.user("b"), models.end(), models.path("start_1", "before", "which"),
        models.flow("which", "a", "missing = 1"), models.flow("which", "b"), models.path("a", "end_1"),
        models.path("b", "end_1")))
    office.start("p")
    office.complete("before", present=1)
    found = open_incidents(office)
    if found:
        assert [(incident.element_id, incident.kind) for incident in found] == [("which", "expression")]
    else:
        assert office.waiting() == {"b"}


def test_a_table_that_contradicts_its_hit_policy_is_an_incident(office):
    # A cell that reads another variable, so that the contradiction shows when the decision is made only.
    table = models.DMN.replace("FIRST", "UNIQUE").replace("<text>-</text>", "<text>&gt; least</text>").encode()
    office.deploy(models.CHOICE, **{"decisions/grade.dmn": table})
    office.start("choice", {"area": 10, "least": 5})
    [incident] = open_incidents(office)
    assert (incident.element_id, incident.kind) == ("judge", "expression")
    assert "grade" in incident.message


def test_a_bpmn_error_goes_to_its_boundary_event(office):
    office.deploy(models.process(
        "p", models.start(), models.user("before"), models.service("call", "work"),
        models.boundary("refused", "call", '<bpmn:errorEventDefinition errorRef="e1"/>'), models.user("handle"),
        models.end(), models.path("start_1", "before", "call", "end_1"), models.path("refused", "handle", "end_1"),
        globals='<bpmn:error id="e1" name="refused" errorCode="REFUSED"/>'))
    office.faults.append(errors.BpmnError("REFUSED"))
    office.start("p")
    office.complete("before")
    assert office.waiting() == {"handle"}
    assert open_incidents(office) == []


def test_an_uncaught_bpmn_error_is_an_incident(office):
    office.deploy(models.CALLS)
    office.faults.append(errors.BpmnError("NOBODY"))
    office.start("calls")
    office.complete("before")
    assert [incident.element_id for incident in open_incidents(office)] == ["call"]


def test_a_handler_that_wants_to_be_called_later_is_called_later(office):
    office.deploy(models.CALLS)
    office.faults += [errors.RetryLater(timedelta(minutes=5)), errors.RetryLater(timedelta(minutes=5))]
    instance = office.start("calls")
    office.complete("before")
    assert open_incidents(office) == []
    assert office.advance(minutes=4) == 0
    assert office.advance(minutes=1) == 1
    assert office.waiting() == set()
    assert office.advance(minutes=5) == 1
    assert office.waiting() == {"after"}
    assert ("element_completed", "call") in office.kinds(instance)


def test_a_handler_that_always_wants_to_be_called_later_becomes_an_incident(office):
    office.deploy(models.CALLS)
    office.faults += [errors.RetryLater(timedelta(minutes=5)) for _ in range(5)]
    office.start("calls")
    office.complete("before")
    for _ in range(4):
        office.advance(minutes=5)
    assert [incident.element_id for incident in open_incidents(office)] == ["call"]
    assert office.advance(days=1) == 0


def test_more_steps_than_the_budget_become_an_incident(database, clock):
    office = make_office(database, clock, step_budget=50)
    each = ('<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopCardinality>count'
            '</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>')
    office.deploy(models.process(
        "p", models.start(), models.user("before"), models.service("spin", "work", extra=each), models.end(),
        models.path("start_1", "before", "spin", "end_1")))
    instance = office.start("p", {"count": 1000})
    assert office.complete("before").state == "COMPLETED"
    [incident] = open_incidents(office)
    assert incident.kind == "budget"
    assert office.read("instance", instance.id).state == "ACTIVE"
    done = len(office.calls)
    assert 0 < done <= 50
    office.call("retry_incident", incident.id, actor=OTHER)
    assert done < len(office.calls) <= done + 50
    assert len(open_incidents(office)) == 1
    assert office.call("cancel", instance.id, actor=OTHER).state == "CANCELLED"
    assert open_incidents(office) == []


def test_a_handler_cannot_reach_into_its_own_instance(database, clock):
    office = make_office(database, clock)

    def meddle(call):
        office.engine.variables(call.session, call.instance_id)

    office.engine.handlers.service("meddle")(meddle)
    office.deploy(models.process("p", models.start(), models.user("before"), models.service("call", "meddle"),
                                 models.end(), models.path("start_1", "before", "call", "end_1")))
    office.start("p")
    office.complete("before")
    [incident] = open_incidents(office)
    assert "being advanced" in incident.message


def test_a_handler_may_start_and_drive_other_instances(database, clock):
    office = make_office(database, clock)

    def spawn(call):
        child = office.engine.start(call.session, key="two_tasks", variables={}, business_key="child", scope="x",
                                    actor=call.actor)
        return {"child": child.id}

    office.engine.handlers.service("spawn")(spawn)
    office.deploy(models.TWO_TASKS, models.process(
        "p", models.start(), models.user("before"), models.service("call", "spawn"), models.user("after"),
        models.end(), models.path("start_1", "before", "call", "after", "end_1")))
    parent = office.start("p")
    office.complete("before")
    child = office.read("variables", parent.id)["child"]
    assert office.read("instance", child).business_key == "child"
    assert office.waiting() == {"first", "after"}


def test_an_outage_inside_a_handler_undoes_the_whole_trigger(database, clock):
    office = make_office(database, clock)
    office.deploy(models.CALLS)
    office.start("calls")
    office.faults.append(errors.Unavailable())
    with pytest.raises(errors.Unavailable):
        office.complete("before")
    assert office.waiting() == {"before"}
    assert open_incidents(office) == []
    office.complete("before")
    assert office.waiting() == {"after"}


def test_of_two_who_retry_the_handler_succeeds_once(office, stuck):
    [incident] = open_incidents(office)
    threads = [threading.Thread(target=office.call, args=("retry_incident", incident.id), kwargs={"actor": CLERK})
               for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([call for call in office.calls if isinstance(call, tuple)]) == 2
    assert office.waiting() == {"after"}


def test_incidents_are_listed_newest_first_by_what_is_asked(office):
    office.deploy(models.CALLS)
    for number in range(3):
        office.faults.append(ValueError())
        office.start("calls", business_key=str(number), scope="khoy" if number else "urmia")
        office.complete("before")
    page = office.read("incidents", limit=2)
    rest = office.read("incidents", limit=2, after=page.next)
    assert [found.business_key for found in [*page.items, *rest.items]] == ["2", "1", "0"]
    assert [found.business_key for found in office.read("incidents", scopes=["khoy"]).items] == ["2", "1"]
    assert office.read("incidents", state="RESOLVED").items == []
    with pytest.raises(errors.NotFound):
        office.read("incident", "0" * 32)


def test_a_handler_that_nobody_registered_is_an_incident(office, database, clock):
    office.deploy(models.CALLS)
    office.start("calls")
    bare = Engine(clock=clock, handlers=Handlers())
    task = office.tasks()["before"]
    with database.begin() as session:
        bare.complete(session, task.id, variables={}, actor=CLERK)
    [incident] = open_incidents(office)
    assert "no handler is registered as 'work'" in incident.message


def test_a_name_is_registered_once():
    handlers = Handlers()
    handlers.service("work")(print)
    with pytest.raises(ValueError, match="registered already"):
        handlers.service("work")(print)
