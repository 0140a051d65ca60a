"""No attribute is ignored in silence: what is read nowhere is refused or told."""

from __future__ import annotations

import pytest

from engine import errors
from engine.spiff import attributes, parser, vocabulary
from tests.engine import models
from tests.unit.spiff.test_parser import codes, wrapped

CALLED = models.process("called", models.start("s"), models.end("e"), models.path("s", "e"))


def warned(body: str) -> set[tuple[str, str]]:
    return {(problem.code, problem.where) for problem in parser.parse({"x.bpmn": body.encode()}).warnings}


@pytest.mark.parametrize("attribute", [
    'parvaneh:processVersion="latest"', 'parvaneh:binding="latest"', 'parvaneh:dedline="P1D"', 'parvaneh:handler="x"',
    'parvaneh:outcome="DONE"', 'parvaneh:correlationKey="x"'])
def test_an_attribute_of_ours_that_is_read_nowhere_is_refused(attribute: str) -> None:
    task = f'<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form" {attribute}/>'
    assert ("unknown_extension", "middle") in codes(wrapped(middle=task))


def test_an_element_of_ours_that_is_read_nowhere_is_refused() -> None:
    for inner in ('<extensionElements><parvaneh:inputs name="x" value="1"/></extensionElements>',
                  '<parvaneh:input name="x" value="1"/>'):
        task = f'<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form">{inner}</userTask>'
        assert ("unknown_extension", "middle") in codes(wrapped(middle=task))


def test_every_attribute_of_ours_is_known_where_the_reader_reads_it() -> None:
    for tag in (*vocabulary.NODES, *vocabulary.GLOBAL_TASKS):
        assert tag in attributes.BPMN
    assert all(tags for tags in attributes.OWN.values())


def test_an_attribute_that_bpmn_does_not_have_is_told() -> None:
    body = wrapped(middle='<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form" instantiate="true"/>')
    assert ("unknown_attribute", "middle") in warned(body)


@pytest.mark.parametrize(("given", "code"), [
    ('triggeredByEvent="true"', "transaction_event"), ('method="##Store"', "transaction_method"),
    ('method="##Compensate"', None), ('triggeredByEvent="false"', None)])
def test_a_transaction_is_no_event_subprocess_and_knows_compensation_alone(given: str, code: str | None) -> None:
    body = wrapped(middle=f'<transaction id="middle" {given}><task id="inside"/></transaction>')
    if code is None:
        parser.parse({"x.bpmn": body.encode()})
    else:
        with pytest.raises(errors.Invalid) as refused:
            parser.parse({"x.bpmn": body.encode()})
        [problem] = refused.value.problems
        assert (problem.code, problem.where) == (code, "middle")
        assert "§10.3.5" in problem.what
        assert "§10.3.5" in (problem.what_fa or "")


@pytest.mark.parametrize(("direction", "told"), [
    ("Converging", True), ("Diverging", False), ("Mixed", True), ("Unspecified", False)])
def test_a_gateway_with_other_flows_than_its_direction_says_is_told(direction: str, told: bool) -> None:
    body = models.process(
        "p", models.start(), models.gateway("fork", "parallel", f'gatewayDirection="{direction}"'), models.user("a"),
        models.user("b"), models.path("start_1", "fork", "a"), models.path("fork", "b")).decode()
    assert (("gateway_direction", "fork") in warned(body)) == told


def test_a_global_task_of_another_file_can_be_called() -> None:
    task = ('<bpmn:globalScriptTask id="g" scriptLanguage="feel" parvaneh:resultVariable="r">'
            "<bpmn:script>1</bpmn:script></bpmn:globalScriptTask>")
    caller = models.process("caller", models.start(), '<bpmn:callActivity id="call" calledElement="g"/>', models.end(),
                            models.path("start_1", "call", "end_1"))
    other = CALLED.replace(b"<bpmn:process", task.encode() + b"<bpmn:process")
    assert set(parser.parse({"a.bpmn": caller, "b.bpmn": other}).processes) == {"caller", "called", "g"}
    assert set(parser.parse({"b.bpmn": other}).processes) == {"called"}
