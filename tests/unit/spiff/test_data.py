"""Data objects, properties, inputs and outputs, data stores, and what moves between them (BPMN 2.0.2 §10.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.spiff import parser
from tests.engine import models
from tests.unit.spiff.driver import Case, Desk, inline
from tests.unit.spiff.test_parser import codes, problems, wrapped


def io(*items: str) -> str:
    """`>x` is a data input named x with the id x_in, `<x` a data output with the id x_out."""
    inside = "".join(f'<bpmn:dataInput id="{item[1:]}_in" name="{item[1:]}"/>' if item[0] == ">" else
                     f'<bpmn:dataOutput id="{item[1:]}_out" name="{item[1:]}"/>' for item in items)
    return f"<bpmn:ioSpecification>{inside}<bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"


def move(direction: str, source: str, target: str, inner: str = "") -> str:
    return (f'<bpmn:data{direction}Association id="{source}-{target}"><bpmn:sourceRef>{source}</bpmn:sourceRef>'
            f"<bpmn:targetRef>{target}</bpmn:targetRef>{inner}</bpmn:data{direction}Association>")


def script(id: str, text: str, extra: str, variable: str = "") -> str:
    result = f'parvaneh:resultVariable="{variable}"' if variable else ""
    return (f'<bpmn:scriptTask id="{id}" scriptFormat="feel" {result}>{extra}<bpmn:script>{text}</bpmn:script>'
            "</bpmn:scriptTask>")


def test_a_data_object_is_a_variable_under_its_name() -> None:
    case = Case(inline(
        "named", '<bpmn:dataObject id="d1" name="amount"/><bpmn:dataObject id="d2" name="two words"/>'
        '<bpmn:dataObject id="d3"/><bpmn:dataObjectReference id="r3" name="fee" dataObjectRef="d3"/>'
        '<bpmn:dataObject id="d4" name="same"/><bpmn:dataObject id="d5" name="same"/>',
        models.start(), *(script(f"s{n}", f"{n}", io("<out") + move("Output", "out_out", f"d{n}"))
                          .replace("out_out", f"out{n}_out").replace('name="out"', f'name="out{n}"')
                          .replace("<bpmn:scriptTask ", f'<bpmn:scriptTask parvaneh:resultVariable="out{n}" ')
                          for n in range(1, 6)),
        models.path("start_1", "s1", "s2", "s3", "s4", "s5")))
    written = case.execution.variables()
    written.pop("case_id")
    assert written == {"amount": 1, "d2": 2, "fee": 3, "d4": 4, "d5": 5}


def test_outputs_and_inputs_are_moved_between_activities_through_a_data_object() -> None:
    case = Case("data")
    case.complete("write", answer="fine", aside="not written")
    assert case.execution.variables() == {
        "case_id": "A-1", "report": {"text": "fine", "about": {"case": "A-1"}}, "plain": Decimal(1)}
    case.complete("sign")
    assert case.execution.task_variables(case.one("read").token_id)["text"] == ["A-1", "fine"]
    case.complete("read")
    assert case.execution.ended
    assert "text" not in case.execution.variables()


def test_a_subprocess_sees_its_inputs_and_gives_its_outputs() -> None:
    case = Case("data")
    case.complete("write", answer="fine")
    seen = case.execution.task_variables(case.one("sign").token_id)
    assert (seen["given"]["text"], seen["draft"], seen["made"]) == ("fine", "fine", "A-1")
    case.complete("sign", made="changed", draft="again")
    assert case.execution.variables()["note"] == "changed"


def test_what_a_subprocess_has_of_its_own_ends_with_it() -> None:
    case = Case("data")
    case.complete("write", answer="fine")
    case.complete("sign", draft="other", outside="stays")
    assert case.execution.variables()["outside"] == "stays"
    assert not {"draft", "given", "made"} & case.execution.variables().keys()


def test_a_property_of_a_task_is_seen_by_its_token_alone() -> None:
    case = Case(inline(
        "own", models.start(), models.script("set", "1", "x"),
        script("work", "{x: 2, y: 3}", '<bpmn:property id="x"/>'), models.end(),
        models.path("start_1", "set", "work", "end_1")))
    assert case.execution.variables() == {"case_id": "A-1", "x": 1, "y": 3}


def test_a_failing_task_leaves_the_data_around_it_as_it_was() -> None:
    process = inline(
        "undone", models.start(), '<bpmn:subProcess id="sub"><bpmn:property id="own"/><bpmn:startEvent id="s"/>'
        + script("set", "{own: 1, outer: 1}", "") + script(
            "fail", "{own: 2, outer: 2}", io("<a") + '<bpmn:dataOutputAssociation id="t"><bpmn:targetRef>own'
            "</bpmn:targetRef><bpmn:assignment><bpmn:from>2</bpmn:from><bpmn:to>own.x</bpmn:to></bpmn:assignment>"
            "</bpmn:dataOutputAssociation>")
        + models.path("s", "set", "fail") + "</bpmn:subProcess>", models.path("start_1", "sub"))
    case = Case(process)
    assert [found.element_id for found in case.report.failures] == ["fail"]
    seen = case.execution.task_variables(case.waits()[0].token_id)
    assert (seen["own"], seen["outer"]) == (1, 1)


def test_transformations_and_assignments_are_feel() -> None:
    inner = ("<bpmn:transformation>{total: sum(prices)}</bpmn:transformation><bpmn:assignment><bpmn:from>count(prices)"
             "</bpmn:from><bpmn:to>order.size</bpmn:to></bpmn:assignment>")
    case = Case(inline(
        "moving", '<bpmn:property id="prices"/>', models.start(),
        models.user("look", extra=io(">order") + move("Input", "prices", "order_in", inner)),
        models.path("start_1", "look")), prices=[1, 2])
    assert case.execution.task_variables(case.one("look").token_id)["order"] == {"total": 3, "size": 2}


def test_only_what_is_associated_is_written() -> None:
    case = Case(inline(
        "only", '<bpmn:dataObject id="kept"/>', models.start(),
        models.user("say", extra=io("<word") + move("Output", "word_out", "kept")), models.user("next"),
        models.path("start_1", "say", "next")))
    case.complete("say", word="yes", secret="x")
    assert case.execution.variables() == {"case_id": "A-1", "kept": "yes"}
    assert case.trace == ["start_1", "say"]


def test_an_output_without_a_value_is_not_moved() -> None:
    case = Case(inline(
        "none", '<bpmn:dataObject id="kept"/>', models.start(),
        models.user("say", extra=io("<word") + move("Output", "word_out", "kept")), models.path("start_1", "say")),
        kept="before")
    case.complete("say", other="yes", more="no")
    assert case.execution.variables()["kept"] == "before"


def test_a_call_activity_passes_inputs_and_outputs_alone() -> None:
    called = models.process("called", models.start("s"), script("twice", "{n: n * 2, seen: case_id}", ""),
                            models.path("s", "twice"))
    caller = models.process(
        "caller", '<bpmn:property id="price"/><bpmn:property id="result"/>', models.start(),
        f'<bpmn:callActivity id="call" calledElement="called">{io(">n", "<n")}{move("Input", "price", "n_in")}'
        f'{move("Output", "n_out", "result")}</bpmn:callActivity>', models.end(),
        models.path("start_1", "call", "end_1"))
    process = parser.parse({"a.bpmn": caller, "b.bpmn": called}).processes["caller"]
    assert Case(process, price=4).execution.variables() == {"case_id": "A-1", "price": 4, "result": 8}


def test_a_multi_instance_activity_moves_its_collections() -> None:
    loop = ("<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>all_in</bpmn:loopDataInputRef>"
            "<bpmn:loopDataOutputRef>sums_out</bpmn:loopDataOutputRef><bpmn:inputDataItem id='one'/>"
            "<bpmn:outputDataItem id='sum'/></bpmn:multiInstanceLoopCharacteristics>")
    case = Case(inline(
        "each", '<bpmn:dataObject id="numbers"/><bpmn:dataObject id="squares"/>', models.start(),
        script("square", "one * one", io(">all", "<sums") + move("Input", "numbers", "all_in")
               + move("Output", "sums_out", "squares") + loop, "sum"), models.end(),
        models.path("start_1", "square", "end_1")), numbers=[1, 2, 3])
    assert case.execution.variables() == {"case_id": "A-1", "numbers": [1, 2, 3], "squares": [1, 4, 9]}


def test_a_message_brings_its_data_outputs_to_where_they_are_associated() -> None:
    process = inline(
        "told", '<bpmn:dataObject id="answer"/>', models.start(), models.catch(
            "come", '<bpmn:dataOutput id="body_out" name="body"/>' + move("Output", "body_out", "answer")
            + models.message_event("granted")), models.end(), models.path("start_1", "come", "end_1"),
        top=models.message("granted", "case_id"))
    case = Case(process)
    case.deliver("come", body="yes", noise=1)
    assert case.execution.variables() == {"case_id": "A-1", "answer": "yes"}
    assert case.trace == ["start_1", "come", "end_1"]


STORE = '<bpmn:dataStore id="ds" name="registry"/>'
USES_STORE = (
    '<bpmn:dataStoreReference id="ref" dataStoreRef="ds"/>', models.start(),
    models.user("look", extra=io(">entry") + move("Input", "ref", "entry_in", "<bpmn:transformation>registry.name"
                                                  "</bpmn:transformation>")),
    script("keep", '"new"', io("<entry") + move("Output", "entry_out", "ref"), "entry"), models.end(),
    models.path("start_1", "look", "keep", "end_1"))


def test_a_data_store_is_read_and_written_by_its_handlers() -> None:
    kept: list[Any] = []
    desk = Desk()
    desk.handlers = {"registry.read": lambda _: {"value": {"name": "old"}},
                     "registry.write": lambda call: kept.append(call.inputs["value"])}
    case = Case(inline("stored", *USES_STORE, top=STORE), desk=desk)
    assert case.execution.task_variables(case.one("look").token_id)["entry"] == "old"
    case.complete("look")
    assert kept == ["new"]
    assert case.execution.variables() == {"case_id": "A-1"}


def test_a_data_store_is_known_by_its_name_in_one_line() -> None:
    desk = Desk()
    desk.handlers = {"land registry.read": lambda _: {"value": 1}, "land registry.write": lambda _: None}
    body = [part.replace("registry.name", "ref") for part in USES_STORE]
    case = Case(inline("stored", *body, top=STORE.replace('"registry"', '"land&#10; registry"')), desk=desk)
    assert case.execution.task_variables(case.one("look").token_id)["entry"] == Decimal(1)


def test_a_data_store_that_fails_is_an_incident_and_its_effects_are_undone() -> None:
    case = Case(inline("stored", *USES_STORE, top=STORE))
    assert [(found.element_id, found.kind) for found in case.report.failures] == [("look", "handler")]
    assert case.desk.effects == []


def test_a_data_store_that_nobody_registered_is_refused_by_name() -> None:
    found = problems(models.process("stored", *USES_STORE, globals=STORE),
                     parser.BundleContext(handlers={"registry.read"}))
    assert [(each.code, each.where) for each in found] == [("unknown_store", "ref")]
    assert "registry" in found[0].what and "registry.write" in found[0].what_fa
    drawn = wrapped(top='<dataStore id="ds" name="files"/>', middle='<dataStoreReference id="r" dataStoreRef="ds"/>'
                    '<task id="middle"><property id="p" name="__targetRef_placeholder"/><dataInputAssociation id="i">'
                    "<sourceRef>r</sourceRef><targetRef>p</targetRef></dataInputAssociation><dataOutputAssociation "
                    'id="o"><targetRef>r</targetRef></dataOutputAssociation></task>')
    assert codes(drawn, parser.BundleContext(handlers=())) == []


@pytest.mark.parametrize(("inner", "code", "where"), [
    ("<sourceRef>none</sourceRef><targetRef>i</targetRef>", "missing_reference", "move"),
    ("<sourceRef>d</sourceRef><targetRef>none</targetRef>", "missing_reference", "move"),
    ("<sourceRef>d</sourceRef><sourceRef>e</sourceRef><targetRef>i</targetRef>", "association_sources", "move"),
    ("<sourceRef>d</sourceRef><targetRef>far</targetRef>", "data_scope", "move"),
    ("<sourceRef>lost</sourceRef><targetRef>i</targetRef>", "missing_reference", "move"),
    ("<sourceRef>d</sourceRef><targetRef>i</targetRef><assignment><from>1</from><to>other.x</to></assignment>",
     "assignment_target", "move"),
    ("<sourceRef>d</sourceRef><targetRef>i</targetRef><transformation>1 +</transformation>", "expression", "middle"),
    ('<sourceRef>d</sourceRef><targetRef>i</targetRef><transformation language="python">d</transformation>',
     "expression_language", "move"),
    ("<sourceRef>d</sourceRef><targetRef>i</targetRef><assignment><from>1</from></assignment>", "missing_attribute",
     "move"),
])
def test_an_association_that_could_not_be_carried_out_is_refused(inner: str, code: str, where: str) -> None:
    middle = ('<dataObject id="d"/><dataObject id="e"/><dataObjectReference id="lost" dataObjectRef="gone"/>'
              '<userTask id="middle" parvaneh:role="CLERK" parvaneh:formKey="form"><ioSpecification><dataInput id="i"/>'
              f'</ioSpecification><dataInputAssociation id="move">{inner}</dataInputAssociation></userTask>'
              '<subProcess id="sub"><startEvent id="s"/><task id="t"/><sequenceFlow id="u" sourceRef="s" '
              'targetRef="t"/><dataObject id="far"/></subProcess>'
              '<sequenceFlow id="c" sourceRef="begin" targetRef="sub"/>')
    assert codes(wrapped(middle=middle)) == [(code, where), ("unused_reference", "lost")]
