"""Documentation mode: a diagram drawn for people is walked, and what it leaves open is chosen."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors, simulation
from engine.spiff import parser
from tests.engine import models

CHOICE = models.process(
    "choice", models.start(), models.gateway("way"), '<bpmn:userTask id="look"/>', '<bpmn:serviceTask id="write"/>',
    models.end("left"), models.end("right"), models.path("start_1", "way", "look", "left"),
    models.path("way", "write", "right"))
LEFT_OPEN = CHOICE.replace(b'targetRef="write">', b'targetRef="write"><bpmn:conditionExpression>WHEN'
                                                     b"</bpmn:conditionExpression>")
LOOP = models.process(
    "loop", models.start(), '<bpmn:task id="try"/>', models.gateway("good"), models.end(),
    models.path("start_1", "try", "good", "try"), models.path("good", "end_1"))
BOTH = models.process(
    "both", models.start(), models.gateway("split", "inclusive"), '<bpmn:task id="a"/>', '<bpmn:task id="b"/>',
    models.gateway("join", "inclusive"), models.end(), models.path("start_1", "split", "a", "join", "end_1"),
    models.path("split", "b", "join"))
OPEN = models.process(
    "open", models.start(), '<bpmn:userTask id="look"/>',
    models.boundary("late", "look", "<bpmn:timerEventDefinition/>"),
    models.catch("answer", "<bpmn:messageEventDefinition/>"), models.end(), models.end("lapsed"),
    models.path("start_1", "look", "answer", "end_1"), models.path("late", "lapsed"))


def walked(diagram: bytes, *events: Any, **options: Any) -> simulation.Outcome:
    return simulation.simulate({"diagram.bpmn": diagram}, events=events, documentation=True, **options)


def test_a_flow_without_a_condition_is_a_free_choice() -> None:
    assert walked(CHOICE).trace == ["start_1", "way", "look", "left"]
    assert walked(CHOICE, {"choose": "way__write"}).trace == ["start_1", "way", "write", "right"]
    assert walked(CHOICE, {"choose": ["way__write"]}).state == "completed"


def test_a_choice_that_no_gateway_has_is_told() -> None:
    with pytest.raises(simulation.BadEvent, match=r"events\[0\]: no gateway that comes next leaves nothing open"):
        walked(CHOICE, {"choose": "nothing"})


def test_a_loop_is_left_the_second_time() -> None:
    assert walked(LOOP).trace == ["start_1", "try", "good", "try", "good", "end_1"]


def test_an_inclusive_gateway_takes_all_or_what_is_chosen() -> None:
    assert set(walked(BOTH).trace) == {"start_1", "split", "a", "b", "join", "end_1"}
    assert walked(BOTH, {"choose": "split__b"}).trace == ["start_1", "split", "b", "join", "end_1"]
    assert "a" in walked(BOTH, {"choose": ["split__a", "split__b"]}).trace


def test_a_condition_that_can_be_told_decides() -> None:
    decided = CHOICE.replace(b'targetRef="write">', b'targetRef="write"><bpmn:conditionExpression>area &gt; 5'
                                                    b"</bpmn:conditionExpression>")
    assert walked(decided, variables={"area": 7}).trace[-1] == "right"
    assert walked(decided, variables={"area": 3}).trace[-1] == "left"
    assert walked(decided).trace[-1] == "left"
    foreign = decided.replace(b"area &gt; 5", b"${area}")
    assert walked(foreign, {"choose": "way__write"}).trace[-1] == "right"


def test_a_condition_over_a_variable_that_is_not_there_is_a_free_choice() -> None:
    kind = LEFT_OPEN.replace(b"WHEN", b'kind = "LEGAL"')
    assert walked(kind, {"choose": "way__write"}).trace[-1] == "right"
    assert walked(kind, variables={"kind": "LEGAL"}).trace[-1] == "right"
    with pytest.raises(simulation.BadEvent):
        walked(kind, {"choose": "way__write"}, variables={"kind": "LEGAL"})


def test_a_trigger_without_details_comes_by_its_element() -> None:
    assert walked(OPEN).waiting == ["answer"]
    assert walked(OPEN, {"trigger": "answer"}).trace == ["start_1", "look", "answer", "end_1"]
    assert walked(OPEN, {"message": "answer"}).state == "completed"


def test_an_event_beside_a_task_can_happen_before_it_passes() -> None:
    assert walked(OPEN, {"trigger": "late"}).trace == ["start_1", "late", "lapsed"]
    with pytest.raises(simulation.BadEvent, match="nothing listens at late"):
        walked(OPEN, {"complete": "look"}, {"trigger": "late"})


def test_the_script_leads_the_same_way_again() -> None:
    for diagram in (CHOICE, LOOP, BOTH, OPEN):
        first = walked(diagram)
        again = walked(diagram, *first.script)
        assert (again.trace, again.script) == (first.trace, first.script)


def test_each_alternative_can_be_taken() -> None:
    for diagram in (CHOICE, LOOP, BOTH, OPEN):
        run = walked(diagram)
        for other in run.alternatives:
            assert walked(diagram, *run.script[:other.position], other.event).trace != run.trace[:-1]


def test_a_start_that_a_message_triggers_comes_by_its_element() -> None:
    begun = models.process("begun", models.start("asked", "<bpmn:messageEventDefinition/>"), models.end(),
                           models.path("asked", "end_1"))
    assert walked(begun).waiting == ["asked"]
    assert walked(begun, {"trigger": "asked"}).trace == ["asked", "end_1"]


def test_a_task_with_an_implementation_still_waits() -> None:
    assert walked(models.TWO_TASKS).waiting == ["first"]


def test_a_start_with_any_trigger_begins_where_the_walk_says() -> None:
    timed = models.process("timed", models.start("monthly", models.timer("P1M")), models.end(),
                           models.path("monthly", "end_1"))
    assert walked(timed).waiting == ["monthly"]
    assert walked(timed, {"trigger": "monthly"}).trace == ["monthly", "end_1"]


def test_what_breaks_the_rules_of_the_flow_is_refused_all_the_same() -> None:
    with pytest.raises(errors.Invalid):
        walked(CHOICE.replace(b'targetRef="left"', b'targetRef="nowhere"'))


def test_a_deployment_never_reads_in_this_mode() -> None:
    with pytest.raises(errors.Invalid) as caught:
        parser.parse({"diagram.bpmn": CHOICE})
    assert {problem.code for problem in caught.value.problems} >= {"missing_condition", "no_role", "missing_attribute"}


@pytest.mark.parametrize("event", [{"choose": "way__write"}, {"trigger": "look"}])
def test_its_events_are_for_this_mode_alone(event: dict[str, str]) -> None:
    with pytest.raises(simulation.BadEvent, match="is for documentation mode"):
        simulation.simulate({"diagram.bpmn": models.TWO_TASKS}, events=[event])


def test_a_subprocess_with_nothing_in_it_is_a_task_beside_which_events_happen() -> None:
    empty = models.process(
        "empty", models.start(), '<bpmn:subProcess id="visit"/>',
        models.boundary("late", "visit", "<bpmn:timerEventDefinition/>"), models.end(), models.end("lapsed"),
        models.path("start_1", "visit", "end_1"), models.path("late", "lapsed"))
    assert walked(empty).trace == ["start_1", "visit", "end_1"]
    assert walked(empty, {"trigger": "late"}).trace == ["start_1", "late", "lapsed"]


def test_an_activity_runs_once_for_each_token_whatever_is_drawn() -> None:
    often = models.process(
        "often", models.start(), '<bpmn:task id="a" startQuantity="2" completionQuantity="3"/>',
        '<bpmn:task id="b"><bpmn:multiInstanceLoopCharacteristics/></bpmn:task>', models.end(),
        models.path("start_1", "a", "b", "end_1"))
    assert walked(often).trace == ["start_1", "a", "b", "end_1"]
