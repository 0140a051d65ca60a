"""Standard loops: an activity that runs again and again (BPMN 2.0.2 §10.3.8, §13.3.6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import verification
from tests.engine import models
from tests.unit.spiff.driver import Case, inline, model
from tests.unit.spiff.test_parser import codes, problems, wrapped

BEFORE = 'testBefore="true"'


def loop(condition: str = "", attributes: str = "") -> str:
    inner = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics {attributes}>{inner}</bpmn:standardLoopCharacteristics>"


def counting(characteristics: str) -> Case:
    """A script that counts its runs."""
    task = models.script("count", "n + 1", "n").replace("</bpmn:scriptTask>", f"{characteristics}</bpmn:scriptTask>")
    return Case(inline("counting", models.start(), task, models.end(), models.path("start_1", "count", "end_1")), n=0)


@pytest.mark.parametrize(("condition", "attributes", "runs"), [
    ("n &lt; 3", "", 3), ("n &lt; 3", 'testBefore="true"', 3), ("false", "", 1), ("false", 'testBefore="true"', 0),
    ("true", 'loopMaximum="2"', 2), ("true", 'loopMaximum="0"', 0), ("", 'loopMaximum="4"', 4),
    ("n &lt; 2", 'loopMaximum="9" testBefore="1"', 2), ("loopCounter &lt; 3", "", 3),
    ("loopCounter &lt; 3", 'testBefore="true"', 3),
])
def test_a_loop_runs_as_often_as_its_condition_and_its_maximum_say(condition: str, attributes: str, runs: int) -> None:
    case = counting(loop(condition, attributes))
    assert case.execution.ended
    assert case.execution.variables()["n"] == runs
    assert case.trace.count("count") == max(runs, 1), "a loop that never ran is passed once"
    assert "loopCounter" not in case.execution.variables()


def test_each_run_of_a_looping_user_task_is_a_user_task_of_its_own() -> None:
    case = Case("loops")
    first = case.one("ask").token_id
    assert case.execution.task_variables(first)["loopCounter"] == Decimal(1)
    case.complete("ask", repeat=True)
    second = case.one("ask").token_id
    assert second != first
    assert case.execution.task_variables(second)["loopCounter"] == Decimal(2)
    case.complete("ask", repeat=False, x=False)
    assert case.where() == ["inside"], "the condition of the subprocess is asked before its first run"


def test_a_looping_subprocess_and_a_looping_call_run_whole_again() -> None:
    case = Case("loops")
    for _ in range(4):
        case.complete("ask", repeat=True)
    for number in (1, 2, 3):
        assert case.execution.variables()["rounds_done"] == number
        case.complete("look")
    assert case.where() == ["inside"]
    case.complete("inside", x=True)
    assert case.where() == ["inside"]
    case.complete("inside", x=False)
    assert case.execution.ended


def test_an_event_at_a_looping_subprocess_interrupts_all_of_it() -> None:
    case = Case("loops")
    for _ in range(4):
        case.complete("ask", repeat=True)
    case.complete("look")
    case.fire("late")
    assert case.execution.ended
    assert case.execution.end_element_id == "lapsed"


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_at_the_loop_and_can_be_retried() -> None:
    case = counting(loop("more"))
    assert [(found.element_id, found.kind) for found in case.report.failures] == [("count", "expression")]
    case.execution.correct(case.waits()[0].token_id, {"more": False})
    case.retry("count")
    assert case.execution.ended
    assert case.execution.variables()["n"] == 1, "the run that was done is not done again"


def test_a_loop_that_never_ends_uses_up_the_budget_and_no_more() -> None:
    case = counting(loop("true"))
    assert case.report.budget_exceeded
    assert not case.execution.ended


@pytest.mark.parametrize(("characteristics", "code"), [
    ('<standardLoopCharacteristics loopMaximum="-1"><loopCondition>true</loopCondition></standardLoopCharacteristics>',
     "loop_maximum"),
    ('<standardLoopCharacteristics loopMaximum="many"/>', "loop_maximum"),
    ("<standardLoopCharacteristics/>", "missing_attribute"),
    ('<standardLoopCharacteristics><loopCondition language="python">x</loopCondition></standardLoopCharacteristics>',
     "expression_language"),
    ("<standardLoopCharacteristics><loopCondition>1 +</loopCondition></standardLoopCharacteristics>", "expression"),
    ('<standardLoopCharacteristics loopMaximum="2"/><multiInstanceLoopCharacteristics><loopCardinality>2'
     "</loopCardinality></multiInstanceLoopCharacteristics>", "unsupported_element"),
])
def test_a_loop_that_could_not_be_executed_is_refused(characteristics: str, code: str) -> None:
    middle = ('<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form">'
              f"{characteristics}</userTask>")
    assert codes(wrapped(middle=middle)) == [(code, "middle")]


def test_the_clause_is_named_where_a_maximum_is_below_zero() -> None:
    [found] = problems(wrapped(middle='<task id="middle"><standardLoopCharacteristics loopMaximum="-1"/></task>'))
    assert "BPMN 2.0.2 Table 10.28" in found.what and "BPMN 2.0.2 Table 10.28" in found.what_fa


def test_a_loop_that_waits_nowhere_and_has_no_maximum_is_a_warning() -> None:
    looping = "<standardLoopCharacteristics {}><loopCondition>x</loopCondition></standardLoopCharacteristics>"
    found = problems(wrapped(middle=f'<task id="middle">{looping.format("")}</task>'))
    assert [(each.code, each.where, each.severity) for each in found] == [("loop_without_wait", "middle", "warning")]
    capped = looping.format('loopMaximum="3"')
    assert problems(wrapped(middle=f'<task id="middle">{capped}</task>')) == []


def test_verification_finds_nothing_wrong_with_loops() -> None:
    processes = model("loops").processes
    known = {name: found.model for name, found in processes.items()}
    verdict = verification.verify(known["loops"], known)
    assert verdict.complete and verdict.findings == []
    # A run that always fails does not hide that the activity may be passed without any run.
    process = inline(
        "skipped", models.start(), f'<bpmn:subProcess id="sub">{loop("x", BEFORE)}'
        '<bpmn:startEvent id="s"/><bpmn:endEvent id="f"><bpmn:errorEventDefinition errorRef="err"/></bpmn:endEvent>'
        '<bpmn:sequenceFlow id="sf" sourceRef="s" targetRef="f"/></bpmn:subProcess>', models.user("after"),
        models.boundary("caught", "sub", '<bpmn:errorEventDefinition errorRef="err"/>'), models.end(),
        models.path("start_1", "sub", "after", "end_1"), models.flow("caught", "end_1"),
        top='<bpmn:error id="err" errorCode="E"/>')
    assert verification.verify(process.model).findings == []
