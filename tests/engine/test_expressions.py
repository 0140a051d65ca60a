"""Every place of a diagram that holds FEEL: a wrong text is refused with its place and a hint, a right one decides."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine import Engine, Handlers, errors
from engine.clock import ManualClock
from tests.conftest import START
from tests.engine import models
from tests.engine.conftest import CLERK

BEGINS = models.start()
OVER = [models.end(), models.path("start_1", "a", "end_1")]


def many(inside: str) -> str:
    return (f"<bpmn:multiInstanceLoopCharacteristics>{inside}"
            "<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef><bpmn:outputDataItem id='o' name='x'/>"
            "</bpmn:multiInstanceLoopCharacteristics>")


def condition(text: str) -> str:
    return (f"<bpmn:conditionalEventDefinition><bpmn:condition>{text}</bpmn:condition>"
            "</bpmn:conditionalEventDefinition>")


def mapping(tag: str, name: str, text: str) -> str:
    return f'<bpmn:extensionElements><parvaneh:{tag} name="{name}" value="{text}"/></bpmn:extensionElements>'


def choice(node: str) -> Callable[[str], list[str]]:
    return lambda text: [
        BEGINS, node, models.user("a"), models.user("b"), models.end(), models.path("start_1", "which"),
        models.flow("which", "a", text), models.flow("which", "b"), models.path("a", "end_1"),
        models.path("b", "end_1")]


def caught(definition: Callable[[str], str]) -> Callable[[str], list[str]]:
    return lambda text: [BEGINS, models.catch("wait", definition(text)), models.user("a"), models.end(),
                         models.path("start_1", "wait", "a", "end_1")]


def at_edge(definition: Callable[[str], str]) -> Callable[[str], list[str]]:
    return lambda text: [BEGINS, models.user("a"), models.boundary("edge", "a", definition(text), interrupting=False),
                         models.user("b"), models.end(), models.path("start_1", "a", "end_1"),
                         models.path("edge", "b", "end_1")]


def asked(extra: Callable[[str], str], attributes: Callable[[str], str] = lambda _: "") -> Callable[[str], list[str]]:
    return lambda text: [BEGINS, models.user("a", attributes(text), extra(text)), *OVER]


def judged(text: str) -> list[str]:
    rule = models.business_rule("judge", "grade", "grade").replace("/>", f">{mapping('input', 'area', text)}")
    return [BEGINS, f"{rule}</bpmn:businessRuleTask>", models.user("a"), models.end(),
            models.path("start_1", "judge", "a", "end_1")]


def scripted(text: str) -> list[str]:
    return [BEGINS, models.script("compute", text, "result"), models.user("a"), models.end(),
            models.path("start_1", "compute", "a", "end_1")]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where FEEL stands, what is reported as its place, and a text that works there."""

    body: Callable[[str], Sequence[str]]
    where: str
    good: str
    proof: Callable[[Any], bool]
    is_attribute: bool = False
    message: bool = False


def variables(office: Any) -> dict[str, Any]:
    return dict(office.read("variables", office.read("instances").items[0].id))


def waits(*elements: str) -> Callable[[Any], bool]:
    return lambda office: office.waiting() == set(elements)


def due(element: str, **delta: int) -> Callable[[Any], bool]:
    return lambda office: office.timers()[element] == START + timedelta(**delta)


def delivered(office: Any) -> bool:
    return bool(office.publish("paid", "60-A")) and office.waiting() == {"a"}


def decided(office: Any) -> bool:
    return variables(office)["grade"] == "SMALL"


def answered(office: Any) -> bool:
    office.complete("a", answer=5)
    return bool(variables(office)["size"] == 65)


def asked_twice(office: Any) -> bool:
    return len(office.read("user_tasks").items) == 2


def asked_once_is_enough(office: Any) -> bool:
    [task, *_] = office.read("user_tasks").items
    office.call("complete", task.id, variables={"x": 1}, actor=CLERK)
    return office.waiting() == set()


CARDINALITY = "<bpmn:loopCardinality>{}</bpmn:loopCardinality>".format
COLLECTION = "<bpmn:loopDataInputRef>{}</bpmn:loopDataInputRef>".format
COMPLETION = ("<bpmn:loopCardinality>3</bpmn:loopCardinality><bpmn:completionCondition>{}</bpmn:completionCondition>"
              .format)
PLACES = {
    "gateway": Place(body=choice(models.gateway("which", attributes='default="which__b"')), where="which__a",
                     good="area > 50 and kind = \"A\"", proof=waits("a")),
    "inclusive gateway": Place(body=choice(models.gateway("which", "inclusive", 'default="which__b"')),
                               where="which__a", good="area in [50..70]", proof=waits("a")),
    "flow": Place(body=choice('<bpmn:task id="which" default="which__b"/>'), where="which__a",
                  good="some n in list satisfies n > 1", proof=waits("a")),
    "conditional event": Place(body=caught(condition), where="wait", good="area >= 60", proof=waits("a")),
    "conditional boundary event": Place(body=at_edge(condition), where="edge", good="area >= 60",
                                        proof=waits("a", "b")),
    "date": Place(body=caught(lambda text: models.timer(text, "timeDate")), where="wait",
                  good='anchor + duration("P2D")', proof=due("wait", days=2)),
    "duration": Place(body=caught(models.timer), where="wait", good='duration("PT1H") * count(list)',
                      proof=due("wait", hours=2)),
    "cycle": Place(body=at_edge(lambda text: models.timer(text, "timeCycle")), where="edge",
                   good='"R" + string(count(list)) + "/PT10M"', proof=due("edge", minutes=10)),
    "deadline": Place(body=asked(lambda _: "", 'parvaneh:deadline="{}"'.format), where="a", is_attribute=True,
                      good='anchor + duration("P1D")',
                      proof=lambda office: office.tasks()["a"].due_at == START + timedelta(days=1)),
    "cardinality": Place(body=asked(lambda text: many(CARDINALITY(text))), where="a", good="count(list)",
                         proof=asked_twice),
    "collection": Place(body=asked(lambda text: many(COLLECTION(text))), where="a", good="list[item > 0]",
                        proof=asked_twice),
    "completion": Place(body=asked(lambda text: many(COMPLETION(text))), where="a",
                        good="numberOfCompletedInstances >= 1", proof=asked_once_is_enough),
    "correlation": Place(body=caught(lambda _: models.message_event("paid")), where="wait", is_attribute=True,
                         message=True, good='string(area) + "-" + kind', proof=delivered),
    "input": Place(body=asked(lambda text: mapping("input", "shown", text)), where="a", is_attribute=True,
                   good='string(area) + " m"', proof=lambda office: office.read(
                       "task_variables", office.tasks()["a"].id)["shown"] == "60 m"),
    "output": Place(body=asked(lambda text: mapping("output", "size", text)), where="a", is_attribute=True,
                    good="answer + area", proof=answered),
    "decision": Place(body=judged, where="judge", is_attribute=True, good="area - 50", proof=decided),
    "script": Place(body=scripted, where="compute", good="if area > 50 then list else []",
                    proof=lambda office: variables(office)["result"] == [1, 2]),
}
WRONG = {
    "syntax": ("area + * 2", 1, 8, ""),
    "open bracket": ("count(list", 1, 11, ""),
    "unknown function": ("area + nobody(1)", 1, 8, ""),
    "second line": ("area\n  + nobody(1)", 2, 5, ""),
    "import": ('__import__("os").system("id")', 1, 1, ""),
    "statement": ("import os", 1, 1, ""),
    "open": ('open("/etc/passwd").read()', 1, 1, ""),
    "member": ('os.system("id")', 1, 1, ""),
    "conditional": ("area if area else 1", 1, 6, "if area then area else 1"),
    "text": ('f"{area}"', 1, 2, ""),
    "comparison": ("area == 5", 1, 6, "area = 5"),
    "length": ("len(list) > 5", 1, 1, "count(list) > 5"),
    "template": ("${area == 5}", 1, 1, "area = 5"),
    "none": ("area is None", 1, 1, "area = null"),
}


def diagram(place: Place, text: str) -> bytes:
    escaped = html.escape(text).replace("\n", "&#10;" if place.is_attribute else "\n")
    top = f"\n{models.message('paid', escaped)}" if place.message else ""
    return models.process("p", *place.body(escaped), globals=top)


@pytest.mark.parametrize("fault", list(WRONG))
@pytest.mark.parametrize("name", list(PLACES))
def test_a_wrong_text_is_refused_with_its_place_and_a_hint(name: str, fault: str) -> None:
    place, (text, line, column, told) = PLACES[name], WRONG[fault]
    data = diagram(place, text)
    begins = data.decode().split(re.split(r"\n|&#10;", html.escape(text))[0])[0].count("\n") + 1
    if place.is_attribute:
        line, column = 1, column + (len("area\n") if line == 2 else 0)
    engine = Engine(clock=ManualClock(START), handlers=Handlers())
    found = [problem for problem in engine.check(models.bundle(data)) if problem.severity == "error"]
    assert [(problem.code, problem.where, problem.line, problem.column) for problem in found] == [
        ("expression", place.where, begins + line - 1, column)]
    assert found[0].file == "processes/p0.bpmn"
    assert found[0].fix
    assert found[0].fix_fa
    assert told in found[0].fix
    assert told in found[0].fix_fa


@pytest.mark.parametrize("name", list(PLACES))
def test_a_right_text_decides(office: Any, name: str) -> None:
    place = PLACES[name]
    office.deploy(diagram(place, place.good))
    office.start("p", {"area": Decimal(60), "kind": "A", "list": [Decimal(1), Decimal(2)]})
    assert place.proof(office)
    assert office.read("incidents").items == []


@pytest.mark.parametrize("name", list(PLACES))
def test_nothing_of_a_refused_bundle_is_deployed(office: Any, name: str) -> None:
    with pytest.raises(errors.Invalid):
        office.deploy(diagram(PLACES[name], WRONG["import"][0]))
    assert office.read("definitions").items == []


def script_task(text: str, attributes: str) -> bytes:
    return models.process("p", BEGINS, f'<bpmn:scriptTask id="a" {attributes}><bpmn:script>{html.escape(text)}'
                          "</bpmn:script></bpmn:scriptTask>", *OVER)


@pytest.mark.parametrize(("text", "attributes", "code", "told"), [
    ("import os", 'scriptFormat="feel"', "expression", "one FEEL expression"),
    ("x = 1", 'scriptFormat="feel"', "script_result", 'parvaneh:resultVariable="x" and write: 1'),
    ("area * 2", 'scriptFormat="feel"', "script_result", "parvaneh:resultVariable"),
    ("if area > 1 then 2 else [3]", 'scriptFormat="feel"', "script_result", "parvaneh:resultVariable"),
    ("{a b: 1}", 'scriptFormat="feel"', "variable_name", "letters, digits"),
    ("1", 'scriptFormat="feel" parvaneh:resultVariable="a b"', "variable_name", "letters, digits"),
    ("1", 'scriptFormat="feel" parvaneh:resultVariable="if"', "variable_name", "letters, digits"),
    ("${x == 1}", "", "expression_language", "x = 1"),
    ("x = 1", 'scriptFormat="python"', "expression_language", 'resultVariable="x", and write in FEEL: 1'),
    ("import os\nos.system('id')", 'scriptFormat="python"', "expression_language", "one FEEL expression"),
    ("import os", "", "expression_language", "one FEEL expression"),
    ("print('x')", 'scriptFormat="text/x-python"', "expression_language", "one FEEL expression"),
])
def test_a_script_that_gives_nothing_or_is_not_feel_is_refused_with_a_hint(text: str, attributes: str, code: str,
                                                                          told: str) -> None:
    engine = Engine(clock=ManualClock(START), handlers=Handlers())
    [problem] = engine.check(models.bundle(script_task(text, attributes)))
    assert (problem.code, problem.where, problem.line) == (code, "a", 5)
    assert told in problem.fix
    assert problem.fix_fa


@pytest.mark.parametrize("text", [
    '{total: area * 2, kind: "B"}', 'if area > 1 then {total: 120, kind: "B"} else {}',
    'context put({total: 120}, "kind", "B")'])
def test_a_script_that_gives_a_context_writes_its_entries(office: Any, text: str) -> None:
    office.deploy(script_task(text, 'scriptFormat="feel"'))
    instance = office.start("p", {"area": Decimal(60)})
    assert office.read("variables", instance.id) == {"area": 60, "total": 120, "kind": "B"}
