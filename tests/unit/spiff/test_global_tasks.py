"""Global tasks: at the root of a file, called by call activities (BPMN 2.0.2 §10.3.7)."""

from __future__ import annotations

import pytest

from engine import verification
from engine.spiff import parser
from tests.engine import models
from tests.unit.spiff.driver import Case, Desk, answer
from tests.unit.spiff.test_parser import codes, wrapped

TASKS = """<bpmn:globalUserTask id="g_user" name="Ask" parvaneh:role="CLERK" parvaneh:formKey="form"/>
<bpmn:globalScriptTask id="g_script" scriptFormat="feel" parvaneh:resultVariable="n"><bpmn:script>n + 1</bpmn:script>
</bpmn:globalScriptTask>
<bpmn:globalBusinessRuleTask id="g_rule" parvaneh:decisionId="grade" parvaneh:resultVariable="grade"/>
<bpmn:globalManualTask id="g_manual"/><bpmn:globalTask id="g_task"/><bpmn:globalUserTask id="never_called"/>"""


def calling(*called: str) -> parser.Process:
    """A process that calls these global tasks one after another."""
    calls = [f'<bpmn:callActivity id="call_{name}" calledElement="{name}"/>' for name in called]
    ids = ["start_1", *(f"call_{name}" for name in called), "end_1"]
    body = models.process("caller", models.start(), *calls, models.end(), models.path(*ids), globals=TASKS)
    return parser.parse({"x.bpmn": body}).processes["caller"]


def test_a_call_activity_calls_a_global_user_task() -> None:
    case = Case(calling("g_user"))
    wait = case.one("g_user")
    assert (wait.name, wait.role, wait.path, wait.process_key) == ("Ask", "CLERK", ("call_g_user",), "g_user")
    case.complete("g_user", answer="yes")
    assert case.execution.ended
    assert case.execution.variables() == {"case_id": "A-1", "answer": "yes"}


def test_global_scripts_and_rules_give_their_results_to_the_caller() -> None:
    desk = Desk()
    desk.decisions["grade"] = lambda _: answer("LARGE")
    case = Case(calling("g_script", "g_rule"), desk=desk, n=1)
    assert case.execution.variables() == {"case_id": "A-1", "n": 2, "grade": "LARGE"}
    assert case.trace == ["start_1", "g_script", "call_g_script", "g_rule", "call_g_rule", "end_1"]


def test_a_global_script_says_its_language_by_an_attribute_of_its_own() -> None:
    language = "https://www.omg.org/spec/DMN/20191111/FEEL/"
    body = models.process("caller", models.start(), '<bpmn:callActivity id="call" calledElement="g_script"/>',
                          models.end(), models.path("start_1", "call", "end_1"),
                          globals=TASKS.replace('scriptFormat="feel"', f'scriptLanguage="{language}"'))
    case = Case(parser.parse({"x.bpmn": body}).processes["caller"], n=1)
    assert case.execution.variables()["n"] == 2
    assert ("expression_language", "g_script") in codes(body.decode().replace(language, "text/javascript"))


def test_a_global_task_that_people_do_passes() -> None:
    case = Case(calling("g_manual", "g_task"))
    assert case.execution.ended
    assert {"g_manual", "g_task"} <= set(case.trace)


def test_a_global_task_that_nobody_calls_is_drawing() -> None:
    body = models.process("alone", models.start(), models.end(), models.path("start_1", "end_1"), globals=TASKS)
    assert list(parser.parse({"x.bpmn": body}).processes) == ["alone"]


@pytest.mark.parametrize(("task", "code"), [
    ('<globalUserTask id="g" parvaneh:formKey="form"/>', "no_role"),
    ('<globalScriptTask id="g"/>', "missing_attribute"),
    ('<globalBusinessRuleTask id="g" parvaneh:resultVariable="x"/>', "missing_attribute"),
    ('<globalTask id="g"><standardLoopCharacteristics loopMaximum="2"/></globalTask>', "unsupported_element"),
])
def test_a_global_task_is_checked_as_a_task_is(task: str, code: str) -> None:
    assert (code, "g") in codes(wrapped(middle='<callActivity id="middle" calledElement="g"/>', top=task))


def test_verification_knows_what_is_called() -> None:
    process = calling("g_user", "g_script")
    assert verification.verify(process.model).findings == []
