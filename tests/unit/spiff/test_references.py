"""References written as qualified names, with the prefix of the file's own namespace."""

from __future__ import annotations

import re

import pytest

from engine import simulation
from tests.engine import models
from tests.unit.spiff.drawing import TOP, escalation, inner, signal, throw
from tests.unit.spiff.test_parser import codes

REFERENCES = ("messageRef", "errorRef", "signalRef", "escalationRef", "attachedToRef", "activityRef", "calledElement")
ERROR = '<bpmn:errorEventDefinition errorRef="e1"/>'


def qualified(xml: bytes, prefix: str = "own") -> bytes:
    """The diagram with every reference by a prefix of its own namespace."""
    text = xml.decode().replace("<bpmn:definitions ", '<bpmn:definitions xmlns:own="urn:test" xmlns:other="urn:o" ')
    text = re.sub(rf'\b({"|".join(REFERENCES)})="', rf'\1="{prefix}:', text)
    text = re.sub(r'(<bpmn:association id="\w+" )sourceRef="(\w+)" targetRef="', rf'\1sourceRef="{prefix}:\2" '
                  rf'targetRef="{prefix}:', text)
    return text.encode()


EVERYTHING = models.process(
    "p", models.start(), throw("told", escalation()), throw("cried", signal()),
    inner("visit", models.start("in"), models.end("thrown", extra=ERROR), models.path("in", "thrown")),
    models.boundary("caught", "visit", ERROR), models.user("act"),
    models.boundary("undone", "act", "<bpmn:compensateEventDefinition/>"),
    models.user("undo", 'isForCompensation="true"'),
    '<bpmn:association id="to_undo" sourceRef="undone" targetRef="undo"/>',
    throw("back", '<bpmn:compensateEventDefinition activityRef="act"/>'),
    models.catch("paid", models.message_event("paid")), models.end(),
    models.path("start_1", "told", "cried", "visit"), models.path("caught", "act", "back", "paid", "end_1"),
    globals=TOP + models.message("paid", "1"))
EVENTS = [{"complete": "act"}, {"complete": "undo"}, {"message": "paid"}]


def test_a_reference_with_the_prefix_of_its_own_namespace_is_as_good_as_a_plain_one() -> None:
    plain = simulation.simulate({"a.bpmn": EVERYTHING}, events=EVENTS)
    assert plain.state == "completed"
    assert simulation.simulate({"a.bpmn": qualified(EVERYTHING)}, events=EVENTS).trace == plain.trace


@pytest.mark.parametrize("prefix", ["other", "nowhere"])
def test_a_reference_into_another_namespace_is_to_nothing_here(prefix: str) -> None:
    assert ("missing_reference", "told") in codes(qualified(EVERYTHING, prefix))


def test_a_called_process_may_be_in_another_file_with_a_namespace_of_its_own() -> None:
    calls = models.process("calls", models.start(), '<bpmn:callActivity id="call" calledElement="called"/>',
                           models.end(), models.path("start_1", "call", "end_1"))
    called = models.process("called", models.start("begun"), models.end("over"), models.path("begun", "over"))
    for prefix in ("own", "other"):
        run = simulation.simulate({"a.bpmn": qualified(calls, prefix), "b.bpmn": called}, process="calls")
        assert run.trace == ["start_1", "begun", "over", "call", "end_1"]


def referred(definition: str, identifier: str) -> tuple[str, str]:
    """A definition at the root, and an event's reference to it."""
    at_root = definition.replace("EventDefinition", f'EventDefinition id="{identifier}"', 1)
    return at_root, f"<bpmn:eventDefinitionRef>own:{identifier}</bpmn:eventDefinitionRef>"


def test_a_link_may_be_referred_to() -> None:
    top, link = referred('<bpmn:linkEventDefinition name="on"/>', "way")
    diagram = models.process("p", models.start(), throw("from", link), models.catch("to", link), models.end(),
                             models.path("start_1", "from"), models.path("to", "end_1"), globals=top)
    run = simulation.simulate({"a.bpmn": qualified(diagram)})
    assert run.trace == ["start_1", "from", "to", "end_1"]


def test_a_message_without_a_name_is_called_by_its_id() -> None:
    diagram = models.process("p", models.start(), models.catch("wait", models.message_event("paid")), models.end(),
                             models.path("start_1", "wait", "end_1"),
                             globals=models.message("paid", "1").replace('name="paid"', ""))
    assert simulation.simulate({"a.bpmn": diagram}, events=[{"message": "m_paid"}]).state == "completed"


def test_an_error_without_a_code_is_every_error_where_it_is_caught() -> None:
    body = [models.start(), inner("visit", models.start("in"), models.end("thrown", extra=ERROR),
                                  models.path("in", "thrown")),
            models.boundary("caught", "visit", ERROR.replace("e1", "any")), models.end(),
            models.path("start_1", "visit"), models.path("caught", "end_1")]
    diagram = models.process("p", *body, globals=TOP + '<bpmn:error id="any"/>')
    assert simulation.simulate({"a.bpmn": diagram}).trace[-2:] == ["caught", "end_1"]
    thrown = diagram.replace(b'errorRef="e1"', b'errorRef="any"')
    assert ("missing_attribute", "thrown") in codes(thrown)


def test_a_flow_needs_no_id() -> None:
    diagram = models.process(
        "p", models.start(), models.gateway("fork", "parallel"), models.gateway("join", "parallel"), models.end(),
        models.path("start_1", "fork"), models.path("join", "end_1"), models.path("fork", "join") * 2)
    run = simulation.simulate({"a.bpmn": re.sub(rb'<bpmn:sequenceFlow id="\w+"', b"<bpmn:sequenceFlow", diagram)})
    assert (run.state, run.trace) == ("completed", ["start_1", "fork", "join", "end_1"])
    assert run.flows == ["start_1→fork", "fork→join", "fork→join 2", "join→end_1"]


def test_blanks_around_a_reference_are_no_part_of_it() -> None:
    spaced = re.sub(rb'((?:source|target|message|attachedTo)Ref)="(\w+)"', rb'\1=" \2\n"', EVERYTHING)
    assert simulation.simulate({"a.bpmn": spaced}, events=EVENTS).state == "completed"
