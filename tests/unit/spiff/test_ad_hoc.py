"""Ad hoc subprocesses: what is inside runs all at once or one at a time, until a condition says enough."""

from __future__ import annotations

import pytest

from tests.engine import models
from tests.unit.spiff.drawing import inner
from tests.unit.spiff.driver import Case, inline
from tests.unit.spiff.test_parser import codes, wrapped

ONE_BY_ONE = 'ordering="Sequential"'
WAITS = 'cancelRemainingInstances="false"'


def ad_hoc(id: str, *body: str, attributes: str = "", until: str = "") -> str:
    condition = f"<bpmn:completionCondition>{until}</bpmn:completionCondition>" if until else ""
    return f'<bpmn:adHocSubProcess id="{id}" {attributes}>{"".join(body)}{condition}</bpmn:adHocSubProcess>'


def case(*body: str, attributes: str = "", until: str = "", beside: str = "", **variables: object) -> Case:
    """A process of one ad hoc subprocess, and the user task `after` behind it."""
    return Case(inline("p", models.start(), ad_hoc("work", *body, attributes=attributes, until=until), beside,
                       models.user("after"), models.path("start_1", "work", "after")), **variables)


ABC = (models.user("a"), models.user("b"), models.user("c"))


def test_all_activities_begin_at_once_and_all_must_end() -> None:
    found = case(*ABC)
    assert found.where() == ["a", "b", "c"]
    found.complete("b")
    found.complete("a")
    assert found.where() == ["c"]
    found.complete("c")
    assert found.where() == ["after"]
    assert found.trace == ["start_1", "b", "a", "c", "work"]


def test_a_sequential_one_runs_one_activity_at_a_time_in_document_order() -> None:
    found = case(*ABC, attributes=ONE_BY_ONE)
    for activity in ("a", "b", "c"):
        assert found.where() == [activity]
        found.complete(activity)
    assert found.where() == ["after"]


def test_what_a_flow_leads_to_takes_its_turn_among_the_others() -> None:
    found = case(*ABC, models.user("d"), models.user("e"), models.path("a", "b"), models.path("a", "e"),
                 attributes=ONE_BY_ONE)
    for activity in ("a", "b", "c", "d", "e"):
        assert found.where() == [activity]
        found.complete(activity)
    assert found.where() == ["after"]


def test_a_path_goes_on_beside_the_others() -> None:
    found = case(*ABC, models.path("a", "b"))
    assert found.where() == ["a", "c"]
    found.complete("a")
    assert found.where() == ["b", "c"]


def test_when_its_condition_is_true_what_still_runs_is_cancelled() -> None:
    found = case(*ABC, models.user("d"), models.path("a", "d"), until="enough = true")
    found.complete("b", enough=False)
    assert found.where() == ["a", "c"]
    found.complete("a", enough=True)
    assert found.where() == ["after"]
    assert found.trace == ["start_1", "b", "a", "work"]


def test_a_sequential_one_ends_before_the_next_begins() -> None:
    found = case(*ABC, attributes=ONE_BY_ONE, until="enough = true")
    found.complete("a")
    found.complete("b", enough=True)
    assert found.where() == ["after"]


def test_without_cancelling_it_waits_for_what_runs_and_enables_nothing_more() -> None:
    late = models.boundary("late", "c", models.timer("P1D"), interrupting=False)
    found = case(*ABC, models.user("d"), models.user("e"), late, models.path("c", "d"), models.path("late", "e"),
                 attributes=WAITS, until="enough = true")
    found.complete("a", enough=True)
    assert [wait for wait in found.where() if wait != "late"] == ["b", "c"]
    found.fire("late")
    assert "e" not in found.where()
    found.complete("b", enough=False)
    found.complete("c")
    assert found.where() == ["after"]


def test_what_waits_for_its_turn_begins_no_more_when_the_condition_is_true() -> None:
    found = case(*ABC, attributes=f"{ONE_BY_ONE} {WAITS}", until="enough = true")
    found.complete("a", enough=True)
    assert found.where() == ["after"]


def test_a_run_of_a_loop_is_no_activity_that_is_done_but_the_loop_is() -> None:
    again = models.user("a", extra='<bpmn:standardLoopCharacteristics loopMaximum="2"><bpmn:loopCondition>true'
                                   "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>")
    found = case(again, models.user("b"), until="enough = true")
    found.complete("a", enough=True)
    assert found.where() == ["a", "b"]
    found.complete("a")
    assert found.where() == ["after"]


def test_a_loop_that_has_begun_is_waited_for() -> None:
    many = models.user("a", extra="<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2"
                                  "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>")
    found = case(many, models.user("b"), inner("c", models.user("inside")), attributes=WAITS, until="enough = true")
    found.complete("a")
    found.complete("b", enough=True)
    assert found.where() == ["a", "inside"]
    found.complete("inside")
    found.complete("a")
    assert found.where() == ["after"]


def test_an_activity_that_is_interrupted_is_not_done_and_the_next_one_begins() -> None:
    late = models.boundary("late", "a", models.timer("P1D"))
    found = case(*ABC, late, models.path("late", "c"), attributes=ONE_BY_ONE, until="true")
    assert found.where() == ["a", "late"]
    found.fire("late")
    assert found.where() == ["b"]
    found.complete("b")
    assert found.where() == ["after"]


def test_an_activity_behind_an_event_waits_for_its_turn() -> None:
    pause = f'<bpmn:intermediateCatchEvent id="pause">{models.timer("P1D")}</bpmn:intermediateCatchEvent>'
    found = case(models.user("a"), pause, models.user("b"), models.path("pause", "b"), attributes=ONE_BY_ONE)
    found.fire("pause")
    assert found.where() == ["a"]
    found.complete("a")
    assert found.where() == ["b"]
    again = case(models.user("a"), pause, models.user("b"), models.path("pause", "b"), attributes=ONE_BY_ONE)
    again.complete("a")
    again.fire("pause")
    assert again.where() == ["b"]


def test_activities_that_do_not_wait_end_it_as_soon_as_its_condition_is_true() -> None:
    found = case(models.script("one", "1", "count"), models.script("two", "2", "count"),
                 models.script("three", "3", "count"), until="count >= 2")
    assert found.trace == ["start_1", "one", "two", "work"]
    assert found.where() == ["after"]


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_and_the_activity_is_done() -> None:
    found = case(*ABC, attributes=ONE_BY_ONE, until="enough")
    found.complete("a")
    assert [(failure.element_id, failure.kind) for failure in found.report.failures] == [("work", "expression")]
    assert found.where() == ["work"]
    found.execution.correct(found.one("work").token_id, {"enough": False})
    found.retry("work")
    assert found.where() == ["b"]


def test_each_run_of_it_decides_for_itself() -> None:
    many = ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>")
    found = case(models.user("a"), models.user("b"), many, attributes=WAITS, until="enough = true")
    found.complete("a", enough=True)
    assert found.where() == ["a", "b", "b"]


def test_an_error_inside_leaves_it_by_its_boundary() -> None:
    fails = inner("fails", models.start("in"), models.user("look"), models.end("out", extra=(
        '<bpmn:errorEventDefinition errorRef="e"/>')), models.path("in", "look", "out"))
    process = inline("p", models.start(), ad_hoc("work", fails, models.user("b"), attributes=ONE_BY_ONE, until="x"),
                     models.boundary("caught", "work", '<bpmn:errorEventDefinition errorRef="e"/>'),
                     models.user("after"), models.user("mend"), models.path("start_1", "work", "after"),
                     models.path("caught", "mend"), top='<bpmn:error id="e" errorCode="E"/>')
    found = Case(process)
    found.complete("look")
    assert found.where() == ["mend"]


def test_what_was_done_inside_can_be_compensated() -> None:
    undo = (models.boundary("u", "a", "<bpmn:compensateEventDefinition/>")
            + models.user("undo", 'isForCompensation="true"')
            + '<bpmn:association id="as" sourceRef="u" targetRef="undo"/>')
    process = inline("p", models.start(), ad_hoc("work", *ABC, undo, attributes=ONE_BY_ONE, until="x = true"),
                     models.end("end_1", extra="<bpmn:compensateEventDefinition/>"),
                     models.path("start_1", "work", "end_1"))
    found = Case(process)
    found.complete("a")
    found.complete("b", x=True)
    assert found.where() == ["undo"]
    assert found.complete("undo").instance_ended


@pytest.mark.parametrize(("inside", "attributes", "code", "where"), [
    ('<startEvent id="s"/><task id="t"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>', "", "ad_hoc_event", "s"),
    ('<task id="t"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="t" targetRef="e"/>', "", "ad_hoc_event", "e"),
    ("", "", "ad_hoc_empty", "middle"),
    ('<task id="t"/>', 'ordering="Any"', "bad_attribute", "middle"),
    ('<task id="t"/>', 'cancelRemainingInstances="maybe"', "bad_attribute", "middle"),
    ('<task id="t"/>', 'triggeredByEvent="true"', "unsupported_attribute", "middle"),
    ('<task id="t"/><completionCondition>1 +</completionCondition>', "", "expression", "middle"),
    ('<task id="t"/><completionCondition language="urn:other">x</completionCondition>', "", "expression_language",
     "middle"),
    ('<task id="t"/><completionCondition>x</completionCondition><completionCondition>y</completionCondition>', "",
     "ambiguous_child", "middle"),
])
def test_the_rules_of_ad_hoc_subprocesses_are_checked(inside: str, attributes: str, code: str, where: str) -> None:
    assert (code, where) in codes(wrapped(middle=f'<adHocSubProcess id="middle" {attributes}>{inside}'
                                                 "</adHocSubProcess>"))


def test_a_circle_without_a_wait_that_the_condition_leaves_is_no_endless_one() -> None:
    circle = ('<scriptTask id="t"><script>{n: 1}</script></scriptTask><exclusiveGateway id="g"/>'
              '<sequenceFlow id="h" sourceRef="g" targetRef="t"/><sequenceFlow id="i" sourceRef="t" targetRef="g"/>'
              '<task id="first"/><sequenceFlow id="j" sourceRef="first" targetRef="g"/>')
    for condition, code in (("<completionCondition>n = 1</completionCondition>", "loop_without_wait"),
                            ("", "endless_loop")):
        found = codes(wrapped(middle=f'<adHocSubProcess id="middle">{circle}{condition}</adHocSubProcess>'))
        assert code in [each for each, _ in found]
