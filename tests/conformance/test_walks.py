"""The walk through a diagram drawn for people: what it finds legal, what it reaches, and that it can fail."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from engine import simulation
from tests.conformance import betsy, miwg, walks

OWN = Path(__file__).parent / "own"
DRAWN = (OWN / "miwg" / "drawn.bpmn").read_bytes()
WALKED = sorted(path.name for path in (OWN / "miwg").glob("*.bpmn") if path.name != "deadlock.bpmn")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
EVENTFUL = sorted(path.stem for path in (OWN / "betsy-bpmn").glob("*.bpmn") if b"EventDefinition" in path.read_bytes())


def without_events(xml: bytes) -> bytes:
    """The model without its event definitions."""
    root = etree.fromstring(xml)
    for element in list(root.iter()):
        if isinstance(element.tag, str) and element.tag.endswith("EventDefinition"):
            element.getparent().remove(element)
    return etree.tostring(root)


def renamed(xml: bytes) -> bytes:
    """The model with other ids, its elements in another order."""
    root = etree.fromstring(xml)
    for identifier in {element.get("id") for element in root.iter() if element.get("id")}:
        xml = re.sub(rb'(["> ])' + identifier.encode() + rb'(["< ])', rb"\1x_" + identifier.encode() + rb"\2", xml)
    root = etree.fromstring(xml)
    for scope in [*root.iter(f"{BPMN}process"), *root.iter(f"{BPMN}subProcess")]:
        children = list(scope)
        scope[:] = [*children[::2][::-1], *children[1::2]]
    return etree.tostring(root)


@pytest.mark.parametrize("name", WALKED)
def test_a_drawn_model_is_walked_to_all_its_ends(name: str) -> None:
    assert walks.stuck((OWN / "miwg" / name).read_bytes()) == []


@pytest.mark.parametrize("name", WALKED)
def test_other_ids_and_another_order_change_nothing(name: str) -> None:
    assert walks.stuck(renamed((OWN / "miwg" / name).read_bytes())) == []


def test_a_run_that_does_not_end_is_told() -> None:
    assert walks.stuck((OWN / "miwg" / "deadlock.bpmn").read_bytes()) == ["deadlock: no run reaches finish"]


def test_an_end_that_no_run_reaches_is_told() -> None:
    never = (OWN / "miwg" / "undecided.bpmn").read_bytes().replace(b"area &gt; 5", b"1 = 1").replace(
        b"area &lt;= 5", b"1 = 2")
    assert walks.stuck(never) == ["undecided: no run reaches end_2"]


@pytest.mark.parametrize("trace", [
    ["asked", "which"], ["look"], ["asked", "look", "nobody"],
    ["asked", "look", "which", "count", "wait", "granted"], ["asked", "measure"], ["too_late", "lapsed"],
    ["asked", "look", "which", "count", "together", "answered", "granted", "inner_1"],
])
def test_a_trace_that_the_drawing_does_not_lead_to_is_told(trace: list[str]) -> None:
    assert walks.Drawing(DRAWN).fault(trace, "drawn") != ""


def test_a_join_is_left_only_when_every_branch_has_come() -> None:
    drawing = walks.Drawing((OWN / "miwg" / "deadlock.bpmn").read_bytes())
    assert drawing.fault(["begin", "either", "first", "both", "finish"], "deadlock") != ""
    assert drawing.fault(["begin", "either", "first", "second", "both", "finish"], "deadlock") == ""


def test_what_the_walk_takes_for_reachable_is_what_runs_reach() -> None:
    ends = {"fine", "wrong", "granted", "refused", "lapsed", "postponed", "closed"}
    assert walks.Drawing(DRAWN).leads_to("drawn") >= ends
    run = simulation.simulate({"drawn.bpmn": DRAWN}, documentation=True, events=[
        {"trigger": "asked"}, {"trigger": "too_late"}])
    assert run.trace == ["asked", "too_late", "lapsed"]


ERROR_END = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><error id="late" errorCode="LATE"/>
<process id="p"><startEvent id="s"/><subProcess id="visit"><startEvent id="t"/><endEvent id="thrown">
<errorEventDefinition errorRef="late"/></endEvent><sequenceFlow id="g" sourceRef="t" targetRef="thrown"/></subProcess>
<sequenceFlow id="f" sourceRef="s" targetRef="visit"/><endEvent id="e"/>
<sequenceFlow id="h" sourceRef="%b" targetRef="e"/>%b</process></definitions>"""


def test_an_error_that_nothing_around_catches_is_an_end_and_one_that_is_caught_goes_on() -> None:
    caught = b'<boundaryEvent id="b" attachedToRef="visit"><errorEventDefinition errorRef="late"/></boundaryEvent>'
    assert walks.stuck(ERROR_END % (b"b", caught)) == []
    assert walks.stuck(ERROR_END % (b"visit", b"")) == ["p: no run reaches e"]


@pytest.mark.parametrize("name", ["drawn.bpmn", "walked.bpmn"])
def test_a_model_without_its_event_definitions_is_not_simulated(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(without_events((OWN / "miwg" / name).read_bytes()))
    assert not miwg.run_file(tmp_path / name).facts["simulated"]


@pytest.mark.parametrize("name", EVENTFUL)
def test_a_process_without_its_event_definitions_fails_its_cases(tmp_path: Path, name: str) -> None:
    entries = json.loads((OWN / "betsy-bpmn" / "manifest.json").read_text(encoding="utf-8"))
    entry = next(each for each in entries if each["file"] == f"{name}.bpmn")
    assert betsy.run_process(OWN / "betsy-bpmn", entry).passed
    (tmp_path / f"{name}.bpmn").write_bytes(without_events((OWN / "betsy-bpmn" / f"{name}.bpmn").read_bytes()))
    assert not betsy.run_process(tmp_path, entry).passed


GLOBAL = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><globalUserTask id="ask" name="Ask"/>
<process id="p"><startEvent id="s"/><callActivity id="call" calledElement="%s"/><endEvent id="e"/>
<sequenceFlow id="f" sourceRef="s" targetRef="call"/><sequenceFlow id="g" sourceRef="call" targetRef="e"/></process>
</definitions>"""


def test_a_global_task_stands_where_it_is_called() -> None:
    assert walks.stuck(GLOBAL % b"ask") == []
    assert walks.Drawing(GLOBAL % b"ask").fault(["ask"], "p") == "ask was left though nothing that leads to it was"
    assert walks.Drawing(GLOBAL % b"other").fault(["s", "ask"], "p") != ""


def test_links_and_errors_may_be_referred_to() -> None:
    link = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:own="urn:own"
 targetNamespace="urn:own"><linkEventDefinition id="way" name="on"/><process id="p">
<startEvent id="s"/><endEvent id="e"/>
<intermediateThrowEvent id="from"><eventDefinitionRef>own:way</eventDefinitionRef></intermediateThrowEvent>
<intermediateCatchEvent id="to"><eventDefinitionRef>way</eventDefinitionRef></intermediateCatchEvent>
<sequenceFlow id="f" sourceRef="s" targetRef="from"/><sequenceFlow id="g" sourceRef="to" targetRef="e"/></process>
</definitions>"""
    assert walks.stuck(link) == []
