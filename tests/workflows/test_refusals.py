"""A refusal without a condition code is impossible: at deployment, while a process runs, and by no other name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from engine import errors
from engine.values import Actor
from tests import scenario
from tests.workflows.world import World
from workflows import applications, bootstrap, refusals
from workflows.models.application import Decision as DecisionRow

PROCESS = "processes/create-urban-office.bpmn"
FORM = "forms/working-group-decision.form"


def changed(*pairs: tuple[str, str], form: Callable[[dict], None] | None = None) -> Mapping[str, bytes]:
    """The shipped bundle with texts of its main diagram replaced, and the working group's form changed."""
    bundle = dict(scenario.bundle())
    diagram = bundle[PROCESS].decode()
    for old, new in pairs:
        assert old in diagram, old
        diagram = diagram.replace(old, new, 1)
    bundle[PROCESS] = diagram.encode()
    if form is not None:
        components = json.loads(bundle[FORM])
        form(components)
        bundle[FORM] = json.dumps(components).encode()
    return bundle


STRAIGHT = (
    ("<bpmn:outgoing>flow_gw_working_group__refuse</bpmn:outgoing>",
     "<bpmn:outgoing>straight</bpmn:outgoing><bpmn:outgoing>flow_gw_working_group__refuse</bpmn:outgoing>"),
    ('<bpmn:sequenceFlow id="flow_gw_working_group__refuse"',
     '<bpmn:sequenceFlow id="straight" sourceRef="gw_working_group" targetRef="end_rejected"><bpmn:conditionExpression '
     'xsi:type="bpmn:tFormalExpression">decision = "REJECT"</bpmn:conditionExpression></bpmn:sequenceFlow>'
     '<bpmn:sequenceFlow id="flow_gw_working_group__refuse"'),
    ("<bpmn:incoming>flow_refuse__end_rejected</bpmn:incoming>",
     "<bpmn:incoming>flow_refuse__end_rejected</bpmn:incoming><bpmn:incoming>straight</bpmn:incoming>"),
)
"""The working group's refusal leads to the end without a letter of refusal."""


def faults(bundle: Mapping[str, bytes]) -> set[tuple[str, str]]:
    return {(one.where, one.code) for one in bootstrap.check(bundle) if one.severity == "error"}


def test_a_way_into_a_rejection_without_a_letter_of_refusal_is_not_deployed():
    assert faults(changed(*STRAIGHT)) == {("end_rejected", "refusal_without_code")}


def test_an_error_event_on_the_letter_of_refusal_is_such_a_way():
    boundary = ('<bpmn:boundaryEvent id="failed_letter" attachedToRef="refuse"><bpmn:outgoing>past</bpmn:outgoing>'
                '<bpmn:errorEventDefinition id="any_error" /></bpmn:boundaryEvent>'
                '<bpmn:sequenceFlow id="past" sourceRef="failed_letter" targetRef="end_rejected" />'
                '<bpmn:endEvent id="end_rejected"')
    assert faults(changed(('<bpmn:endEvent id="end_rejected"', boundary), (
        "<bpmn:incoming>flow_refuse__end_rejected</bpmn:incoming>",
        "<bpmn:incoming>flow_refuse__end_rejected</bpmn:incoming><bpmn:incoming>past</bpmn:incoming>"))) == {
            ("end_rejected", "refusal_without_code")}


@pytest.mark.parametrize(("outcome", "code"), [
    ('parvaneh:outcome="DENIED"', "outcome_unknown"), ('parvaneh:outcome="CANCELLED"', "outcome_unknown"),
    ("", "outcome_missing")])
def test_no_other_word_and_no_silence_takes_the_place_of_a_refusal(outcome: str, code: str):
    found = faults(changed(('nameEn="Rejected" parvaneh:outcome="REJECTED"', f'nameEn="Rejected" {outcome}')))
    assert found == {("end_rejected", code)}


def refuse_by_working_group(world: World, bundle: Mapping[str, bytes], **answer: object) -> str:
    with world.product.database.begin() as session:
        world.product.engine.deploy(session, resources=bundle, actor=Actor(id="admin"))
    mine = world.submit().application_id
    world.advance_to(mine, "working_group_decision")
    world.complete(mine, "working_group_decision", **{"decision": "REJECT", "notes": "نوشته شد", **answer})
    return mine


def incident(world: World, application_id: str) -> tuple[str, str]:
    with world.product.database.read() as session:
        [found] = world.product.engine.incidents(session, business_key=application_id).items
    return found.element_id or "", found.message


def test_a_rejection_that_was_deployed_before_the_check_stops_at_its_end(
        world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(refusals, "check", lambda _: [])
    mine = refuse_by_working_group(world, changed(*STRAIGHT), condition_codes=["E07"])
    element, message = incident(world, mine)
    assert element == "end_rejected"
    assert "without a condition code" in message
    application = world.application(mine)
    assert (application.state, application.ended_at) == ("COMMITTEE", None)


def test_once_the_refusal_is_written_a_retry_ends_the_application(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(refusals, "check", lambda _: [])
    mine = refuse_by_working_group(world, changed(*STRAIGHT), condition_codes=["E07"])
    with world.product.database.begin() as session:
        session.add(DecisionRow(id="f" * 32, application_id=mine, element_id="refuse", answer="REFUSED", codes=["E07"],
                                decided_by="manager", decided_at=world.clock.now()))
    with world.product.database.begin() as session:
        [found] = world.product.engine.incidents(session, business_key=mine).items
        world.product.engine.retry_incident(session, found.id, actor=Actor(id="admin"))
    assert world.application(mine).outcome == "REJECTED"


def test_a_diagram_cannot_put_codes_into_the_mouth_of_those_who_decide(world: World):
    text = scenario.bundle()[PROCESS].decode()
    task = text[text.index('<bpmn:serviceTask id="refuse"'):]
    documentation = task[task.index("<bpmn:documentation>"):task.index("</bpmn:documentation>") + 21]
    constant = ('<bpmn:extensionElements><parvaneh:input name="condition_codes" value="[&quot;E01&quot;]" />'
                "</bpmn:extensionElements>")
    named = task.replace(documentation, documentation + constant, 1)
    bundle = {**scenario.bundle(), PROCESS: text.replace(task, named).encode()}
    mine = refuse_by_working_group(world, bundle, condition_codes=["E07"])
    element, message = incident(world, mine)
    assert element == "refuse"
    assert "E01" in message
    assert world.application(mine).ended_at is None


def cancel(world: World, application_id: str, reason: str | None) -> None:
    instance_id = world.application(application_id).instance_id
    assert instance_id is not None
    with world.product.database.begin() as session:
        world.product.engine.cancel(session, instance_id, actor=Actor(id=world.users["admin"].id), reason=reason)


def test_a_cancellation_says_why_tells_the_applicant_and_can_be_undone(world: World):
    mine = world.submit().application_id
    with pytest.raises(errors.Invalid):
        cancel(world, mine, None)
    assert world.application(mine).ended_at is None
    cancel(world, mine, "دو بار ثبت شده بود")
    world.run_jobs()
    assert world.application(mine).state == "CANCELLED"
    assert "دو بار ثبت شده بود" in world.messages()[-1]
    with world.product.database.read() as session:
        told = applications.timeline(session, product=world.product, id=mine, user=world.users["applicant"])
    [line] = [one for one in told if one.kind == "instance_cancelled"]
    assert line.reason == "دو بار ثبت شده بود"
    with world.product.database.begin() as session:
        applications.reopen(session, product=world.product, id=mine, user=world.users["applicant"], reason="دوباره")
    assert world.task(mine, "check_documents")
