"""Calls of processes that call themselves, of other versions, and in dry runs."""

from __future__ import annotations

import pytest

from engine import errors, simulation, verification
from engine.spiff import activities, calls, parser
from tests.engine import models
from tests.unit.spiff.driver import Case, Desk, inline

DOWN = models.process(
    "down", models.start(), models.gateway("more", attributes='default="more__enough"'),
    '<bpmn:callActivity id="again" calledElement="down" {}/>', models.script("count", "n - 1", "n"),
    models.end("enough"), models.end(), models.path("start_1", "more"), models.flow("more", "count", "n > 0"),
    models.flow("more", "enough"), models.path("count", "again", "end_1")).decode()


def down(bound: str = "") -> parser.Process:
    return parser.parse({"down.bpmn": DOWN.replace("{}", bound).encode()}).processes["down"]


def test_a_process_may_call_itself_where_it_can_end_without() -> None:
    case = Case(down(), n=5)
    assert case.execution.ended
    assert case.trace.count("count") == 5
    assert case.execution.variables()["n"] == 0


def test_calls_too_deep_in_each_other_are_an_incident_and_end_with_the_instance() -> None:
    case = Case(down(), n=1_000, budget=2_000)
    [failure] = case.report.failures
    assert (failure.element_id, failure.kind) == ("again", "budget")
    assert str(activities.MAX_DEPTH) in failure.message
    case.execution.cancel()
    assert case.execution.run(budget=10).instance_ended


@pytest.mark.parametrize("bodies", [
    {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}, {"a": "a"}])
def test_a_circle_that_nothing_leaves_is_refused_at_every_process_of_it(bodies: dict[str, str]) -> None:
    files = {f"{key}.bpmn": models.process(
        key, models.start(), models.user("wait"), f'<bpmn:callActivity id="call" calledElement="{called}"/>',
        models.end(), models.path("start_1", "wait", "call", "end_1")) for key, called in bodies.items()}
    with pytest.raises(errors.Invalid) as refused:
        parser.parse(files)
    assert [(problem.code, problem.where) for problem in refused.value.problems] == [
        ("recursive_call", key) for key in sorted(bodies)]


@pytest.mark.parametrize("way", [
    models.boundary("out", "call", models.timer("P1D")) + models.end("left") + models.path("out", "left"),
    models.user("beside") + models.path("start_1", "beside")])
def test_a_way_around_the_call_is_enough(way: str) -> None:
    inline("self", models.start(), '<bpmn:callActivity id="call" calledElement="self"/>', models.end(), way,
           models.path("start_1", "call", "end_1"))


def test_a_subprocess_that_must_call_is_no_way_around() -> None:
    with pytest.raises(errors.Invalid, match="circle"):
        inline("self", models.start(), '<bpmn:subProcess id="sub"><bpmn:callActivity id="call" calledElement="self"/>'
               "</bpmn:subProcess>", models.end(), models.path("start_1", "sub", "end_1"))


def test_a_version_among_the_files_is_verified_with_its_caller() -> None:
    parsed = parser.parse({"down.bpmn": DOWN.replace("{}", 'parvaneh:processVersion="latest"').encode()})
    assert parsed.known["down:latest"] is parsed.known["down"]
    assert verification.verify(parsed.processes["down"].model, parsed.known).findings == []


def test_another_deployments_calls_are_seen_by_the_numbers_of_its_own_versions() -> None:
    outer = models.process("outer", models.start(), '<bpmn:callActivity id="call" calledElement="down" '
                           'parvaneh:processVersion="latest"/>', models.end(), models.path("start_1", "call", "end_1"))
    read = {("down", 3): calls.pinned(down().model, {"down": 3})}
    deployed = calls.Deployed(newest={"down": 3}, read=lambda key, version: read.get((key, version)))
    parsed = parser.parse({"outer.bpmn": outer}, parser.BundleContext(deployed_processes=deployed))
    assert set(parsed.known) == {"outer", "down:latest", "down:3"}


def test_a_dry_run_calls_what_is_among_its_files_whatever_the_version() -> None:
    outcome = simulation.simulate({"down.bpmn": DOWN.replace("{}", 'parvaneh:processVersion="7"').encode()},
                                  variables={"n": 2})
    assert (outcome.state, outcome.trace.count("count")) == ("completed", 2)


def test_a_dry_run_without_the_called_file_says_so_where_it_is_called() -> None:
    outer = models.process("outer", models.start(), '<bpmn:callActivity id="call" calledElement="gone" '
                           'parvaneh:processVersion="latest"/>', models.end(), models.path("start_1", "call", "end_1"))
    outcome = simulation.simulate({"outer.bpmn": outer})
    [incident] = outcome.incidents
    assert (outcome.state, incident.element) == ("incident", "call")
    assert "there is no process 'gone' among the files" in incident.message


def test_what_was_done_in_another_version_is_compensated_in_that_version() -> None:
    """The inside that is kept for compensation keeps the definition it ran in, over a reload."""
    part = inline(
        "part", models.start(), models.service("work", "calls.first"),
        '<bpmn:boundaryEvent id="undo" attachedToRef="work"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>',
        models.service("undone", "calls.second", 'isForCompensation="true"'), models.user("wait"), models.end(),
        '<bpmn:association id="a" sourceRef="undo" targetRef="undone"/>',
        models.path("start_1", "work", "wait", "end_1"))
    desk = Desk()
    desk.handlers = {"calls.first": lambda _: {}, "calls.second": lambda _: {}}
    desk.processes["part:latest"] = part
    older = models.process("part", models.start(), models.end(), models.path("start_1", "end_1"))
    caller = models.process(
        "caller", models.start(), '<bpmn:callActivity id="call" calledElement="part" '
        'parvaneh:processVersion="latest"/>',
        models.user("look"),
        '<bpmn:endEvent id="back"><bpmn:compensateEventDefinition/></bpmn:endEvent>',
        models.path("start_1", "call", "look", "back"))
    case = Case(parser.parse({"a.bpmn": caller, "b.bpmn": older}).processes["caller"], desk=desk)
    case.complete("wait")
    case.complete("look")
    assert case.execution.ended
    assert desk.effects == ["calls.first", "calls.second"]
    [told] = [done.facts for done in case.report.completed if done.element_id == "undone"]
    assert told == {"process": "part", "process_version": 9}
