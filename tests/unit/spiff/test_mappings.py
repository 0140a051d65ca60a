"""Input and output mappings: what an element sees of its own, and what its results become."""

from __future__ import annotations

from decimal import Decimal

from tests.engine import models
from tests.unit.spiff.driver import Case, Desk, inline

CONTEXT = "<bpmn:extensionElements>{}</bpmn:extensionElements>"


def mapped(*mappings: str) -> str:
    """`>x=FEEL` is an input, `<x=FEEL` an output."""
    elements = []
    for mapping in mappings:
        name, _, value = mapping[1:].partition("=")
        tag = "input" if mapping[0] == ">" else "output"
        elements.append(f'<parvaneh:{tag} name="{name}" value="{value}"/>')
    return CONTEXT.format("".join(elements))


def test_a_user_task_sees_its_inputs_and_nobody_else_does() -> None:
    case = Case("mappings", amount=3)
    assert case.execution.task_variables(case.one("ask").token_id)["question"] == "Is it 3?"
    assert "question" not in case.execution.variables()
    case.complete("ask", answer="CLEAN")
    assert "question" not in case.execution.variables()


def test_only_the_outputs_of_a_user_task_are_written() -> None:
    case = Case("mappings", amount=3)
    case.complete("ask", answer="CLEAN", secret="x")
    assert case.execution.variables() == {"case_id": "A-1", "amount": 3, "verdict": "Is it 3? yes"}
    assert case.trace.count("ask") == 1


def test_a_called_process_sees_the_inputs_alone_and_gives_the_outputs_alone() -> None:
    case = Case("mappings", amount=3)
    case.complete("ask", answer="CLEAN")
    assert case.execution.task_variables(case.one("look").token_id) == {"n": 3}
    case.complete("look", inner_only=True)
    assert case.where() == ["pay"]
    variables = case.execution.variables()
    assert variables["total"] == 4 + 3 + 3
    assert not {"n", "grown", "inner_only"} & set(variables)


def test_messages_and_scripts_give_their_outputs_alone() -> None:
    case = Case("mappings", amount=3)
    case.deliver("noted", text="come tomorrow", other=1)
    assert case.execution.variables()["notes"] == {"last": "come tomorrow"}
    assert case.where() == ["ask", "noted"]
    case.complete("ask", answer="BAD")
    case.complete("look")
    case.deliver("pay", code="r-7")
    variables = case.execution.variables()
    assert (variables["receipt"], variables["doubled"]) == ("R-7", Decimal(6))
    assert not {"text", "other", "code", "twice", "factor", "answer"} & set(variables)


def test_a_handler_gets_the_inputs_and_its_answer_is_mapped() -> None:
    desk = Desk()
    desk.handlers["work"] = lambda call: {"status": "PAID", "body": {"ref": call.inputs["id"]}}
    case = Case(inline("p", models.start(), models.service(
        "pay", "work", extra=mapped(">id=number", "<reference=body.ref", "<paid=status = &quot;PAID&quot;")),
        models.end(), models.path("start_1", "pay", "end_1")), desk=desk, number="7")
    assert case.execution.variables() == {"case_id": "A-1", "number": "7", "reference": "7", "paid": True}
    assert "id" not in desk.calls[0].variables


def test_each_instance_of_a_loop_maps_for_itself() -> None:
    loop = ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>codes</bpmn:loopDataInputRef>"
            "<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef><bpmn:inputDataItem id='i' name='code'/>"
            "<bpmn:outputDataItem id='o' name='said'/></bpmn:multiInstanceLoopCharacteristics>")
    case = Case(inline("p", models.start(), models.user(
        "ask", extra=mapped(">shown=upper case(code)", "<said=shown + answer") + loop), models.end(),
        models.path("start_1", "ask", "end_1")), codes=["a", "b"])
    case.complete("ask", answer="1")
    case.complete("ask", answer="2")
    assert case.execution.variables()["answers"] == ["A1", "B2"]


def test_a_loop_without_an_output_list_writes_no_inputs_out() -> None:
    loop = ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>1</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>")
    case = Case(inline("p", models.start(), models.user("ask", extra=mapped(">shown=1") + loop), models.end(),
                       models.path("start_1", "ask", "end_1")))
    case.complete("ask", answer="1")
    assert case.execution.variables() == {"case_id": "A-1", "answer": "1"}


def test_a_fault_of_an_output_is_an_incident_and_the_task_stays_done() -> None:
    case = Case(inline("p", models.start(), models.user("ask", extra=mapped("<f=if wrong then function(x) x else n")),
                       models.end(), models.path("start_1", "ask", "end_1")), wrong=True, n=1)
    report = case.complete("ask", answer="1")
    assert [failure.element_id for failure in report.failures] == ["ask"]
    assert len(report.ended_waits) == 1
    assert case.trace == ["start_1", "ask"]
    assert [wait.kind for wait in case.waits()] == ["incident"]
    assert case.retry("ask").failures
    assert case.execution.variables() == {"case_id": "A-1", "wrong": True, "n": 1}


def test_a_fault_of_an_input_is_an_incident_where_the_task_would_begin() -> None:
    case = Case(inline("p", models.start(), models.user("ask", extra=mapped(">f=function(x) x")), models.end(),
                       models.path("start_1", "ask", "end_1")))
    assert [wait.kind for wait in case.waits("ask")] == ["incident"]


def test_variables_may_have_any_name_where_results_are_seen() -> None:
    names = {"token": "t", "text": "x", "extra": "e"}
    case = Case(inline("p", models.start(), models.user("ask", extra=mapped("<all=token + text + extra")),
                       models.end(), models.path("start_1", "ask", "end_1")))
    case.complete("ask", **names)
    assert case.execution.variables()["all"] == "txe"


def test_outputs_wake_conditional_events() -> None:
    wait = ("<bpmn:conditionalEventDefinition><bpmn:condition>go</bpmn:condition></bpmn:conditionalEventDefinition>")
    case = Case(inline(
        "p", models.start(), models.gateway("fork", "parallel"), models.user("ask", extra=mapped("<go=answer = 1")),
        models.user("keep"), models.catch("wait", wait), models.end(),
        models.path("start_1", "fork", "ask", "keep", "end_1"), models.path("fork", "wait", "end_1")))
    case.complete("ask", answer=1)
    assert case.where() == ["keep"]
