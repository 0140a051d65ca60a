"""A call activity calls the process deployed with it, the newest one, or the version it names, and stays with it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, update

from engine import errors
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import CLERK, Office


def calling(version: str, *, key: str = "calling", called: str = "called", more: str = "") -> bytes:
    bound = f'parvaneh:processVersion="{version}"' if version else ""
    return models.process(
        key, models.start(), models.user("before"),
        f'<bpmn:callActivity id="call" name="call" calledElement="{called}" {bound}/>{more}', models.user("after"),
        models.end(), models.path("start_1", "before", "call", "after", "end_1"))


def called(mark: str, *, first: str = "ask", key: str = "called") -> bytes:
    """A process that is known by its mark; `first` is its user task, with a form of its own name."""
    return models.process(
        key, models.start(), f'<bpmn:userTask id="{first}" name="{first} {mark}" parvaneh:role="CLERK" '
        f'parvaneh:formKey="form"/>', models.script("tell", f'"{mark}"', "mark"),
        models.business_rule("judge", "grade", "grade"), models.end(),
        models.path("start_1", first, "tell", "judge", "end_1"))


def marked(mark: str) -> dict[str, bytes]:
    """The form and the decision that a deployment has under the mark."""
    form = {**models.FORM, "components": [{"type": "text", "text": mark}]}
    return {"forms/form.form": json.dumps(form).encode(),
            "decisions/grade.dmn": models.DMN.replace('"SMALL"', f'"{mark}"').encode()}


def facts(office: Office, instance, element: str) -> dict[str, object]:
    [found] = [entry.facts for entry in office.read("history", instance.id).items if entry.element_id == element]
    return {name: value for name, value in found.items() if name.startswith("process")}


@pytest.mark.parametrize(("version", "mark", "told"), [
    ("", "FIRST", {"process": "called"}), ("deployment", "FIRST", {"process": "called"}),
    ("latest", "SECOND", {"process": "called", "process_version": 2}),
    ("1", "FIRST", {"process": "called", "process_version": 1})])
def test_the_version_that_is_called_is_chosen_by_the_call_activity(office, version, mark, told):
    office.deploy(calling(version), called("FIRST"), **marked("FIRST"))
    instance = office.start("calling", {"area": 10})
    office.deploy(called("SECOND"), **marked("SECOND"))
    office.complete("before")
    task = office.tasks()["ask"]
    assert task.name == f"ask {mark}"
    assert office.read("form", task.definition_id, "form")["components"] == [{"type": "text", "text": mark}]
    office.complete("ask")
    variables = office.read("variables", instance.id)
    assert (variables["mark"], variables["grade"]) == (mark, mark), "its own decision is asked as well"
    assert facts(office, instance, "tell") == told
    office.complete("after")
    assert office.read("instance", instance.id).state == "COMPLETED"


def test_an_instance_goes_on_in_the_version_it_called_however_many_come_later(office):
    office.deploy(calling("latest"), called("FIRST"), **marked("FIRST"))
    instance = office.start("calling", {"area": 10})
    office.deploy(called("SECOND"), **marked("SECOND"))
    office.complete("before")
    later = office.start("calling", {"area": 10})
    for mark in ("THIRD", "FOURTH"):
        office.deploy(called(mark, first="another"), **marked(mark))
        restarted(office)
    assert office.tasks()["ask"].name == "ask SECOND"
    office.complete("ask")
    assert office.read("variables", instance.id)["mark"] == "SECOND"
    assert facts(office, instance, "judge")["process_version"] == 2
    office.complete("before")
    assert office.tasks()["another"].instance_id == later.id
    assert office.tasks()["another"].name == "another FOURTH"


def restarted(office: Office) -> None:
    """What another process of the product begins with: nothing in memory."""
    engine = office.engine
    office.engine = type(engine)(clock=engine.clock, handlers=engine.handlers, functions=engine.functions,
                                 settings=engine.settings)


def test_what_is_called_in_another_deployment_calls_what_was_deployed_with_it(office):
    office.deploy(calling("", key="middle"), called("INNER"), **marked("INNER"))
    office.deploy(calling("latest", called="middle"), called("OUTER"), **marked("OUTER"))
    instance = office.start("calling", {"area": 10})
    for element in ("before", "before", "ask"):
        office.complete(element)
        restarted(office)
    assert office.read("variables", instance.id).get("mark") is None, "it is still inside the process in the middle"
    assert facts(office, instance, "tell") == {"process": "called", "process_version": 1}
    office.complete("after")
    assert office.read("variables", instance.id)["mark"] == "INNER"


def test_the_progress_of_an_instance_names_the_task_and_the_activity_that_called_it(office):
    office.deploy(called("FIRST"), **marked("FIRST"))
    office.deploy(calling("latest"))
    instance = office.start("calling", {"area": 10})
    office.complete("before")
    assert office.read("progress", instance.id).active == {"call": 1, "ask": 1}
    assert office.tasks()["ask"].definition_id == office.read("definition", key="called").id


@pytest.mark.parametrize(("given", "code"), [
    ({"version": "3"}, "unknown_version"), ({"version": "newest"}, "bad_attribute"),
    ({"version": "0"}, "bad_attribute"),
    ({"version": "latest", "called": "gone"}, "unknown_name"), ({"version": "1", "called": "gone"}, "unknown_name"),
    ({"version": "", "called": "gone"}, "unknown_name"), ({"version": "2"}, None), ({"version": "1"}, None)])
def test_an_unknown_process_or_version_is_refused_at_its_line(office, given, code):
    office.deploy(called("FIRST"))
    files = models.bundle(calling(**given), called("SECOND"))
    with office.database.read() as session:
        found = office.engine.check(files, session)
    assert [problem.code for problem in found] == ([code] if code else [])
    if code is None:
        office.deploy(calling(**given), called("SECOND"))
        return
    with pytest.raises(errors.Invalid) as refused:
        office.call("deploy", resources=files, actor=CLERK)
    [problem] = refused.value.problems
    assert (problem.code, problem.where, problem.line) == (code, "call", 6)
    assert problem.fix
    assert problem.fix_fa


def test_without_a_session_a_call_of_another_deployment_is_said_to_be_unchecked(office):
    [problem] = office.engine.check(models.bundle(calling("latest", called="elsewhere")))
    assert (problem.code, problem.severity, problem.where) == ("unchecked_call", "warning", "call")


BY_MESSAGE = models.process(
    "called", models.start("asked", models.message_event("asked")), models.user("look"), models.end(),
    models.path("asked", "look", "end_1"), globals=models.message("asked"))


def test_a_new_version_that_its_callers_cannot_begin_is_refused(office):
    office.deploy(called("FIRST"))
    office.deploy(calling("latest"))
    with pytest.raises(errors.Invalid) as refused:
        office.deploy(BY_MESSAGE)
    [problem] = refused.value.problems
    assert (problem.code, problem.where, problem.file) == ("caller_start", "called", "processes/p0.bpmn")
    assert "calling (version 1)" in problem.what
    assert "call" in problem.what
    office.deploy(calling("1"))
    office.deploy(BY_MESSAGE)


def test_a_caller_whose_flow_a_new_version_breaks_is_a_warning(office):
    failing = models.process(
        "called", models.start(), models.user("ask"),
        models.end("broken", extra='<bpmn:errorEventDefinition errorRef="e"/>'),
        models.path("start_1", "ask", "broken"), globals='<bpmn:error id="e" errorCode="BROKEN"/>')
    caught = '<bpmn:boundaryEvent id="failed" attachedToRef="call"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>'
    office.deploy(called("FIRST"))
    office.deploy(calling("latest", more=caught + models.end("end_2") + models.path("failed", "end_2")))
    deployed = office.deploy(failing)
    [problem] = deployed.warnings
    assert (problem.code, problem.where) == ("caller_flow", "called")
    assert "after: never runs" in problem.what


def test_a_called_version_that_is_gone_is_an_incident_and_can_be_retried(office):
    office.deploy(called("FIRST"), **marked("FIRST"))
    office.deploy(calling("latest"))
    instance = office.start("calling", {"area": 10})
    with office.database.begin() as session:
        session.execute(update(tables.process_definition).where(tables.process_definition.c.key == "called")
                        .values(key="hidden"))
    restarted(office)
    office.complete("before")
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("call", "expression")
    assert "there is no process 'called' (version: latest)" in incident.message
    with office.database.begin() as session:
        session.execute(update(tables.process_definition).where(tables.process_definition.c.key == "hidden")
                        .values(key="called"))
    office.call("retry_incident", incident.id, actor=CLERK)
    assert office.waiting() == {"ask"}
    assert office.read("instance", instance.id).state == "ACTIVE"


def test_a_newest_version_that_only_a_message_begins_is_an_incident(office):
    office.deploy(called("FIRST"))
    office.deploy(calling("latest"))
    with office.database.begin() as session:  # as if the caller had been deployed at the same moment
        session.execute(delete(tables.latest_call))
    office.deploy(BY_MESSAGE)
    office.start("calling")
    office.complete("before")
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("call", "expression")
    assert "no start without a trigger" in incident.message


def test_processes_that_call_each_other_through_deployments_without_end_are_an_incident(office):
    office.deploy(models.process("b", models.start(), models.end(), models.path("start_1", "end_1")))
    deeper = '<bpmn:callActivity id="call" name="call" calledElement="{}" parvaneh:processVersion="latest"/>'
    office.deploy(models.process("a", models.start(), models.user("go"), deeper.format("b"), models.end(),
                                 models.path("start_1", "go", "call", "end_1")))
    turning = models.process(
        "b", models.start(), models.gateway("more", attributes='default="more__call"'), deeper.format("b"),
        models.end(), models.path("start_1", "more", "call", "end_1"), models.flow("more", "end_1", "n = 0"))
    office.deploy(turning)
    office.start("a", {"n": 1})
    office.complete("go")
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("call", "budget")


def test_an_endless_circle_through_deployments_is_refused(office):
    office.deploy(models.process("b", models.start(), models.end(), models.path("start_1", "end_1")))
    office.deploy(calling("latest", called="b"))
    with pytest.raises(errors.Invalid) as refused:
        office.deploy(calling("latest", key="b", called="calling"))
    assert [(problem.code, problem.where) for problem in refused.value.problems] == [("recursive_call", "b")]
