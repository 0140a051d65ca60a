"""Where a diagram holds FEEL: what is refused before it runs, and what an incident says when it is null."""

from __future__ import annotations

import html
from typing import Any

import pytest

from tests.engine import models
from tests.unit.spiff.driver import Case, inline
from tests.unit.spiff.test_parser import codes, problems, wrapped

LOOP = '<task id="middle"><multiInstanceLoopCharacteristics>{}</multiInstanceLoopCharacteristics></task>'


def timed(kind: str, text: str) -> str:
    """A user task with a non-interrupting timer."""
    return wrapped(middle='<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form"/>'
                          '<boundaryEvent id="edge" attachedToRef="middle" cancelActivity="false">'
                          f"<timerEventDefinition><{kind}>{html.escape(text)}</{kind}></timerEventDefinition>"
                          '</boundaryEvent><sequenceFlow id="c" sourceRef="edge" targetRef="done"/>')


@pytest.mark.parametrize(("kind", "text"), [
    ("timeDate", "2026-03-21T08:00:00Z"), ("timeDate", "=due"), ("timeDate", 'date and time("2026-03-21T08:00:00Z")'),
    ("timeDuration", "P3D"), ("timeDuration", '= duration("P1D") * days'), ("timeDuration", "PT36H"),
    ("timeCycle", "R3/PT10M"), ("timeCycle", "R/P1M"), ("timeCycle", '= "R" + string(times) + "/P1D"'),
    ("timeCycle", "R3/2026-03-21T08:00:00Z/P1D"),
])
def test_a_timer_is_iso_8601_or_feel(kind: str, text: str) -> None:
    assert codes(timed(kind, text)) == []


@pytest.mark.parametrize(("kind", "text"), [
    ("timeDate", "2026-13-01"), ("timeDate", "2026-03-21 08:00"), ("timeDate", "R3/P1D"),
    ("timeDuration", "P3X"), ("timeDuration", "PT"), ("timeDuration", "P1H"), ("timeDuration", "R3/PT10M"),
    ("timeDuration", "duration("), ("timeDuration", "="),
    ("timeCycle", "P3D"), ("timeCycle", "R3/soon"), ("timeCycle", "R3"), ("timeCycle", "R3/PT0S"),
    ("timeCycle", "0 0 * * *"),
])
def test_a_wrong_timer_is_refused_with_a_hint(kind: str, text: str) -> None:
    found = [problem for problem in problems(timed(kind, text)) if problem.where == "edge"]
    if text == "R3":  # the name of a variable, which may hold a repetition
        assert found == []
        return
    assert found
    assert all(problem.fix and problem.fix_fa and problem.line for problem in found)


@pytest.mark.parametrize(("inside", "code"), [
    ("<loopDataInputRef>codes</loopDataInputRef>", None),
    ("<loopDataInputRef>= order.items[price &gt; 10]</loopDataInputRef>", None),
    ("<loopDataInputRef>= items[</loopDataInputRef>", "expression"),
    ("<loopDataInputRef>a b</loopDataInputRef><loopCardinality>2</loopCardinality>", "loop_input"),
    ("<loopCardinality>= count(</loopCardinality>", "expression"),
    ('<loopCardinality language="python">len(x)</loopCardinality>', "expression_language"),
    ("<loopCardinality>2</loopCardinality><completionCondition>x &gt;</completionCondition>", "expression"),
    ("<loopCardinality>2</loopCardinality><loopCardinality>3</loopCardinality>", "ambiguous_child"),
    ('<loopDataInputRef>codes</loopDataInputRef><inputDataItem id="i" name="=code"/>', "variable_name"),
    ('<loopCardinality>2</loopCardinality><loopDataOutputRef>= out</loopDataOutputRef>'
     '<outputDataItem id="o" name="one"/>', "variable_name"),
    ('<loopCardinality>2</loopCardinality><loopDataOutputRef>out</loopDataOutputRef>'
     '<outputDataItem id="o" name="if"/>', "variable_name"),
])
def test_the_parts_of_a_multi_instance_activity_are_checked(inside: str, code: str | None) -> None:
    found = codes(wrapped(middle=LOOP.format(inside)))
    assert (code, "middle") in found if code else found == []


@pytest.mark.parametrize(("middle", "code"), [
    ('<scriptTask id="middle" scriptFormat="feel" parvaneh:resultVariable="a.b"><script>1</script></scriptTask>',
     "variable_name"),
    ('<manualTask id="middle"><extensionElements><parvaneh:input name="a" value="1"/></extensionElements></manualTask>',
     "useless_mapping"),
    ('<exclusiveGateway id="middle"><extensionElements><parvaneh:output name="a" value="1"/></extensionElements>'
     "</exclusiveGateway>", "useless_mapping"),
    ('<scriptTask id="middle" scriptFormat="feel" parvaneh:resultVariable="a"><extensionElements>'
     '<parvaneh:output name="b" value="a +"/></extensionElements><script>1</script></scriptTask>', "expression"),
    ('<scriptTask id="middle" scriptFormat="feel" parvaneh:resultVariable="a"><extensionElements>'
     '<parvaneh:output name="b"/></extensionElements><script>1</script></scriptTask>', "missing_attribute"),
    ('<scriptTask id="middle" scriptFormat="feel" parvaneh:resultVariable="a"><extensionElements>'
     '<parvaneh:output name="x-y" value="a"/></extensionElements><script>1</script></scriptTask>', "variable_name"),
])
def test_mappings_and_names_are_checked(middle: str, code: str) -> None:
    assert codes(wrapped(middle=middle)) == [(code, "middle")]


def failing(*body: str, **variables: Any) -> str:
    """The message of the one incident that a process runs into."""
    case = Case(inline("p", models.start(), *body), **variables)
    [failure] = case.report.failures
    assert failure.kind in ("expression", "correlation")
    assert failure.hint
    return failure.message


def test_a_null_condition_of_a_gateway_says_why() -> None:
    told = failing(models.gateway("which", attributes='default="which__b"'), models.end("a"), models.end("b"),
                   models.path("start_1", "which", "b"), models.flow("which", "a", "area &gt; 50"))
    assert told == "the condition of flow which__a is null, neither true nor false (there is no variable 'area')"


def test_a_null_timer_says_why() -> None:
    told = failing(models.catch("wait", models.timer("= due at", "timeDate")), models.end(),
                   models.path("start_1", "wait", "end_1"))
    assert "not null" in told
    assert "there is no variable 'due at'" in told


def test_a_reason_quotes_no_value() -> None:
    told = failing(models.catch("wait", models.timer("duration(said)")), models.end(),
                   models.path("start_1", "wait", "end_1"), said="علی رضایی")
    assert "not null" in told
    assert "علی" not in told
    assert "duration" in told


def test_a_value_that_repeats_is_no_duration() -> None:
    told = failing(models.catch("wait", models.timer("= pause")), models.end(),
                   models.path("start_1", "wait", "end_1"), pause="R3/P1D")
    assert "only a cycle repeats" in told


@pytest.mark.parametrize(("inside", "told"), [
    ("<bpmn:loopCardinality>n</bpmn:loopCardinality>",
     "loopCardinality is null, no whole number (there is no variable 'n')"),
    ("<bpmn:loopDataInputRef>= order.items</bpmn:loopDataInputRef>",
     "order.items is null, no list (there is no variable 'order')"),
])
def test_a_null_loop_says_why(inside: str, told: str) -> None:
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{inside}</bpmn:multiInstanceLoopCharacteristics>"
    assert failing(models.user("ask", extra=loop), models.end(), models.path("start_1", "ask", "end_1")) == told


def test_a_null_correlation_key_says_why() -> None:
    process = inline("p", models.start(), models.catch("wait", models.message_event("paid")), models.end(),
                     models.path("start_1", "wait", "end_1"), top=models.message("paid", "order.number"))
    [failure] = Case(process).report.failures
    assert failure.kind == "correlation"
    assert "there is no variable 'order'" in failure.message


def test_a_collection_may_be_an_expression() -> None:
    loop = ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>= order.items[price &gt; 10]"
            "</bpmn:loopDataInputRef><bpmn:inputDataItem id='i' name='item'/></bpmn:multiInstanceLoopCharacteristics>")
    case = Case(inline("p", models.start(), models.user("ask", extra=loop), models.end(),
                       models.path("start_1", "ask", "end_1")),
                order={"items": [{"price": 5}, {"price": 11}, {"price": 20}]})
    assert [wait.item for wait in case.waits("ask")] == [{"price": 11}, {"price": 20}]
