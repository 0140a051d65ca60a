"""Conditional events occur when a change of variables makes their condition true, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from engine import feel
from engine.clock import ManualClock
from engine.spiff import parser, runner
from tests.engine import models
from tests.unit.spiff.drawing import event_subprocess
from tests.unit.spiff.driver import NOON, Case, Desk, inline


def condition(text: str) -> str:
    return (f"<bpmn:conditionalEventDefinition><bpmn:condition>{text}</bpmn:condition>"
            "</bpmn:conditionalEventDefinition>")


def reviewing(**variables: Any) -> Case:
    """An instance at the review, and at the task that may write any variable."""
    case = Case("conditions", ready=True, held=False, **variables)
    assert "review" in case.where()
    return case


def test_a_catch_event_waits_until_its_condition_has_become_true() -> None:
    case = Case("conditions")
    assert [wait.kind for wait in case.waits("ready")] == ["condition"]
    case.complete("edit", ready=True)
    assert case.where() == ["edit", "ready"]
    case.complete("edit", held=False)
    assert case.where() == ["edit", "large", "review", "withdrawn"]


def test_a_condition_that_is_true_on_arrival_is_passed_at_once() -> None:
    case = Case("conditions", ready=True, held=False)
    assert "ready" in case.trace
    assert case.where() == ["edit", "large", "review", "withdrawn"]


def test_an_interrupting_boundary_event_ends_its_activity() -> None:
    case = reviewing()
    case.complete("edit", withdrawn=True, stop=True)
    assert case.execution.ended
    assert case.execution.outcome == "WITHDRAWN"


def test_an_activity_whose_condition_holds_on_arrival_does_not_begin() -> None:
    desk = Desk()
    desk.handlers["work"] = lambda _: {}
    case = Case(inline(
        "p", models.start(), models.service("call", "work"), models.boundary("edge", "call", condition("no_more")),
        models.end("stopped"), models.end("done"), models.path("start_1", "call", "done"),
        models.path("edge", "stopped")), desk=desk, no_more=True)
    assert case.execution.ended
    assert desk.effects == []
    assert case.trace == ["start_1", "edge", "stopped"]


def test_a_non_interrupting_event_occurs_once_for_each_time_it_becomes_true() -> None:
    case = reviewing()
    for area, inspections in ((50, 0), (150, 1), (160, 1), (90, 1), (None, 1), (101, 2), (101, 2)):
        case.complete("edit", area=area)
        assert len(case.waits("inspect")) == inspections, area
    assert len(case.waits("review")) == len(case.waits("large")) == 1


def test_a_non_interrupting_event_that_is_true_on_arrival_occurs_once() -> None:
    case = reviewing(area=150)
    assert len(case.waits("inspect")) == 1
    case.complete("edit", area=160)
    assert len(case.waits("inspect")) == 1


def test_what_was_written_inside_a_subprocess_interrupts_it_before_its_next_element() -> None:
    case = reviewing()
    case.complete("review")
    case.complete("visit", measured=600)
    assert "measure" in case.trace
    assert "note" not in case.trace
    assert case.where() == ["appeal", "edit"]


def test_events_of_an_activity_that_has_ended_do_not_occur() -> None:
    case = reviewing()
    case.complete("review")
    case.complete("edit", withdrawn=True, area=150)
    assert case.where() == ["edit", "too_large", "visit"]


def test_completing_the_activity_comes_before_its_own_events() -> None:
    case = reviewing()
    case.complete("review", withdrawn=True)
    assert case.where() == ["edit", "too_large", "visit"]


def test_only_conditions_that_read_a_changed_variable_are_evaluated() -> None:
    looks: list[str] = []

    def look(name: str) -> bool:
        looks.append(name)
        return False

    desk = Desk()
    desk.functions = feel.Functions([feel.FeelFunction(name="look", parameters=("name", "value"),
                                                       fn=lambda name, _: look(name))])
    case = Case(inline(
        "p", models.start(), models.gateway("fork", "parallel"), models.user("edit"), models.user("keep"),
        models.catch("one", condition('look("one", a)')), models.catch("two", condition('look("two", b.c)')),
        models.end(), models.path("start_1", "fork", "edit", "keep", "end_1"),
        models.path("fork", "one", "end_1"), models.path("fork", "two", "end_1"), functions=desk.functions), desk=desk)
    assert sorted(looks) == ["one", "two"]
    looks.clear()
    case.complete("edit", b={"c": 1}, unrelated=True)
    assert looks == ["two"]


def test_an_instance_whose_condition_is_no_feel_any_more_can_be_loaded_and_ended() -> None:
    def waiting(text: str) -> bytes:
        return models.process(
            "p", models.start(), models.gateway("fork", "parallel"), models.user("edit"),
            models.catch("one", condition(text)), models.end("all", extra="<bpmn:terminateEventDefinition/>"),
            models.path("start_1", "fork", "edit", "all"), models.path("fork", "one", "all"))

    case = Case(parser.parse({"x.bpmn": waiting("a &gt; 1")}).processes["p"])
    case.process = parser.load({"x.bpmn": waiting("a &gt;")}).processes["p"]
    case.execution = runner.Execution.load(case.process, case.execution.dump(), clock=case.clock, services=case.desk)
    assert case.where() == ["edit", "one"]
    assert case.complete("edit", a=2).instance_ended


def test_a_change_inside_one_item_concerns_its_own_events_only() -> None:
    inner = "".join([
        models.start("inner_start"), models.user("fill"), models.user("rest"), models.end("inner_end"),
        models.boundary("urgent", "rest", condition("urgent"), interrupting=False), models.user("hurry"),
        models.end("hurried"), models.path("inner_start", "fill", "rest", "inner_end"),
        models.path("urgent", "hurry", "hurried")])
    case = Case(inline(
        "p", models.start(),
        '<bpmn:subProcess id="each"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2'
        f"</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>{inner}</bpmn:subProcess>",
        models.end(), models.path("start_1", "each", "end_1")))
    case.complete("fill")
    assert len(case.waits("urgent")) == 1
    case.complete("fill", urgent=True)
    assert len(case.waits("urgent")) == 2
    assert len(case.waits("hurry")) == 1


def test_a_called_process_does_not_see_what_changes_outside() -> None:
    called = models.process("called", models.start("c_start"), models.catch("inside", condition("go")),
                            models.end("c_end"), models.path("c_start", "inside", "c_end")).decode()
    caller = models.process(
        "caller", models.start(), models.gateway("fork", "parallel"), models.user("edit"),
        '<bpmn:callActivity id="call" calledElement="called"/>', models.end(),
        models.path("start_1", "fork", "edit", "end_1"), models.path("fork", "call", "end_1"))
    bundle = parser.parse({"a.bpmn": caller, "b.bpmn": called.encode()})
    case = Case(bundle.processes["caller"])
    case.complete("edit", go=True)
    assert case.where() == ["inside"]


def test_an_event_gateway_takes_the_condition_that_comes_true() -> None:
    body = (models.start(), models.gateway("fork", "parallel"), models.user("edit"), models.user("keep"),
            models.gateway("either", "eventBased"), models.catch("paid", condition("paid")),
            models.catch("late", models.timer("P3D")), models.end("early"), models.end("over"), models.end(),
            models.path("start_1", "fork", "edit", "keep", "end_1"), models.path("fork", "either", "paid", "early"),
            models.path("either", "late", "over"))
    case = Case(inline("p", *body))
    assert case.where() == ["edit", "late", "paid"]
    case.complete("edit", paid=True)
    assert case.where() == ["keep"]
    assert Case(inline("p", *body), paid=True).where() == ["edit"]


def test_a_condition_that_is_no_truth_value_is_an_incident_that_can_be_retried() -> None:
    case = reviewing()
    case.complete("edit", withdrawn="yes")
    [failure] = case.report.failures
    assert (failure.element_id, failure.kind) == ("withdrawn", "expression")
    assert "yes" not in failure.message
    case.complete("edit", withdrawn=True)
    case.retry("withdrawn")
    assert "given_up" in case.trace


def test_a_condition_beyond_its_budget_is_an_incident() -> None:
    case = Case(inline(
        "p", models.start(), models.gateway("fork", "parallel"), models.user("edit"), models.user("keep"),
        models.catch("wait", condition("every i in 1..n satisfies i &lt; n + 1")), models.end(),
        models.path("start_1", "fork", "edit", "keep", "end_1"), models.path("fork", "wait", "end_1")))
    case.complete("edit", n=10**9)
    [failure] = case.report.failures
    assert failure.element_id == "wait"
    assert "budget" in failure.message


def test_an_element_that_fails_changes_nothing_that_a_condition_could_see() -> None:
    case = Case(inline(
        "p", models.start(), models.gateway("fork", "parallel"), models.user("edit"),
        '<bpmn:scriptTask id="both" scriptFormat="feel"><bpmn:script>{go: true, bad: function(x) x}</bpmn:script>'
        "</bpmn:scriptTask>", models.catch("wait", condition("go")), models.end(),
        models.path("start_1", "fork", "edit", "both", "end_1"), models.path("fork", "wait", "end_1")))
    case.complete("edit")
    assert [wait.kind for wait in case.waits("both")] == ["incident"]
    assert [wait.kind for wait in case.waits("wait")] == ["condition"]


@pytest.mark.parametrize("text", ["true", "now() &gt; @&quot;2020-01-01T00:00:00Z&quot;"])
def test_a_condition_without_a_variable_still_decides_on_arrival(text: str) -> None:
    case = Case(inline("p", models.start(), models.catch("wait", condition(text)), models.end(),
                       models.path("start_1", "wait", "end_1")))
    assert case.execution.ended


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_subprocess_that_runs_already_does_not_begin_again_in_a_live_instance(interrupting: bool) -> None:
    definition = ("<bpmn:conditionalEventDefinition><bpmn:condition>late</bpmn:condition>"
                  "</bpmn:conditionalEventDefinition>")
    process = inline("p", models.start(), models.gateway("fork", "parallel"), models.user("first"),
                     models.user("second"), models.path("start_1", "fork", "first"), models.path("fork", "second"),
                     event_subprocess("rush", definition, interrupting=interrupting,
                                      then=models.gateway("rush_task", "parallel") + models.user("a")
                                      + models.user("b") + models.user("c") + models.path("rush_task", "a")
                                      + models.path("rush_task", "b") + models.path("rush_task", "c")))
    runs = runner.Execution.start(process, {"late": False}, clock=ManualClock(NOON), services=Desk())
    runs.run(budget=100)
    trace: list[str] = []
    for element, late in (("first", True), ("a", False), ("b", True)):
        token = next(wait.token_id for wait in runs.waiting() if wait.element_id == element)
        runs.complete(token, {"late": late})
        trace += [done.element_id for done in runs.run(budget=100).completed]
    assert trace.count("rush_start") == (1 if interrupting else 2)
    assert [wait.element_id for wait in runs.waiting()].count("c") == (1 if interrupting else 2)
