"""What a multi-instance activity throws when its instances end (BPMN 2.0.2 Tables 10.29, 10.30, §13.3.7)."""

from __future__ import annotations

import pytest

from engine import verification
from engine.spiff import parser
from tests.engine import models
from tests.unit.spiff.driver import Case, inline
from tests.unit.spiff.test_parser import codes, wrapped

TOP = ('<bpmn:signal id="sig" name="ended"/><bpmn:escalation id="esc" escalationCode="LATE"/>'
       '<bpmn:signalEventDefinition id="on_signal" signalRef="sig"/>'
       '<bpmn:escalationEventDefinition id="on_escalation" escalationRef="esc"/>'
       '<bpmn:terminateEventDefinition id="on_terminate"/>')
CATCHES = {"signal": '<bpmn:signalEventDefinition signalRef="sig"/>',
           "escalation": '<bpmn:escalationEventDefinition escalationRef="esc"/>'}


def several(attributes: str, inner: str = "", *, sequential: bool = True, kind: str = "signal",
            interrupting: bool = True, condition: str = "") -> parser.Process:
    """A user task `ask` three times, an event attached to it that leads to `told`, and `next` behind it."""
    loop = (f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}" {attributes}>'
            f"<bpmn:loopCardinality>3</bpmn:loopCardinality>{condition}{inner}"
            "</bpmn:multiInstanceLoopCharacteristics>")
    return inline("several", models.start(), models.user("ask", extra=loop), models.user("told"), models.user("next"),
                  models.boundary("heard", "ask", CATCHES[kind], interrupting=interrupting),
                  models.path("start_1", "ask", "next"), models.path("heard", "told"), top=TOP)


def complex_behaviour(condition: str) -> str:
    return (f"<bpmn:complexBehaviorDefinition><bpmn:condition>{condition}</bpmn:condition><bpmn:event>"
            "<bpmn:eventDefinitionRef>on_signal</bpmn:eventDefinitionRef></bpmn:event>"
            "</bpmn:complexBehaviorDefinition>")


@pytest.mark.parametrize(("attributes", "inner", "told"), [
    ('behavior="None" noneBehaviorEventRef="on_signal"', "", [1, 2, 3]),
    ('behavior="One" oneBehaviorEventRef="on_signal"', "", [1, 1, 1]),
    ('behavior="All" oneBehaviorEventRef="on_signal"', "", [0, 0, 0]),
    ('behavior="One"', "", [0, 0, 0]),
    ('behavior="Complex"', complex_behaviour("numberOfCompletedInstances &gt;= 2"), [0, 1, 2]),
    ('behavior="Complex"', complex_behaviour('answer = "no"'), [0, 1, 1]),
])
@pytest.mark.parametrize("sequential", [True, False])
def test_an_event_is_thrown_for_the_instances_that_the_behaviour_names(
        attributes: str, inner: str, told: list[int], sequential: bool) -> None:
    case = Case(several(attributes, inner, sequential=sequential))
    seen = []
    for answer in ("yes", "no", "yes"):
        case.complete("ask", answer=answer)
        seen.append(len(case.waits("told")))
    assert seen == told
    assert len(case.waits("next")) == 1


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("kind", ["signal", "escalation"])
def test_an_attached_event_catches_it_and_the_activity_goes_on(kind: str, interrupting: bool) -> None:
    case = Case(several(f'behavior="One" oneBehaviorEventRef="on_{kind}"', kind=kind, interrupting=interrupting))
    case.complete("ask")
    assert {"ask", "told"} <= set(case.where())
    case.complete("told")
    case.complete("ask")
    case.complete("ask")
    case.complete("next")
    assert case.execution.ended


def test_the_same_signal_from_elsewhere_still_interrupts() -> None:
    case = Case(several('behavior="One" oneBehaviorEventRef="on_signal"'))
    case.complete("ask")
    case.execution.signal("ended", {})
    case.step()
    assert case.where() == ["told", "told"]


def test_what_no_attached_event_catches_goes_further() -> None:
    process = inline(
        "further", models.start(), models.gateway("fork", "parallel"),
        models.user("ask", extra="<bpmn:multiInstanceLoopCharacteristics "
                    'behavior="One" oneBehaviorEventRef="on_signal">'
                    "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"),
        models.catch("elsewhere", CATCHES["signal"]), models.user("heard"),
        models.path("start_1", "fork", "ask"), models.path("fork", "elsewhere", "heard"), top=TOP)
    case = Case(process)
    case.complete("ask")
    assert case.where() == ["ask", "heard"]


def test_it_is_thrown_also_by_the_instance_that_ends_the_activity() -> None:
    condition = "<bpmn:completionCondition>true</bpmn:completionCondition>"
    case = Case(several('behavior="None" noneBehaviorEventRef="on_signal"', condition=condition, sequential=False))
    case.complete("ask")
    assert case.where() == ["next", "told"]


@pytest.mark.parametrize(("attributes", "inner", "code"), [
    ('behavior="Some"', "", "bad_attribute"),
    ('behavior="One" oneBehaviorEventRef="gone"', "", "missing_reference"),
    ('behavior="None" noneBehaviorEventRef="stop"', "", "unsupported_event"),
    ('behavior="Complex"', "<complexBehaviorDefinition><event/></complexBehaviorDefinition>", "missing_attribute"),
    ('behavior="Complex"', "<complexBehaviorDefinition><condition>1 +</condition><event><eventDefinitionRef>on"
     "</eventDefinitionRef></event></complexBehaviorDefinition>", "expression"),
])
def test_a_behaviour_that_could_not_be_executed_is_refused(attributes: str, inner: str, code: str) -> None:
    middle = (f'<task id="middle"><multiInstanceLoopCharacteristics {attributes}><loopCardinality>2</loopCardinality>'
              f"{inner}</multiInstanceLoopCharacteristics></task>")
    top = ('<terminateEventDefinition id="stop"/><signal id="s" name="s"/>'
           '<signalEventDefinition id="on" signalRef="s"/>')
    assert codes(wrapped(middle=middle, top=top)) == [(code, "middle")]


def test_verification_lets_the_event_come_beside_the_activity() -> None:
    behaviour = 'behavior="None" noneBehaviorEventRef="on_signal"'
    assert verification.verify(several(behaviour).model).findings == []
    joined = inline(
        "joined", models.start(), models.user("ask", extra=f"<bpmn:multiInstanceLoopCharacteristics {behaviour}>"
                                              "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
                                              "</bpmn:multiInstanceLoopCharacteristics>"),
        models.boundary("heard", "ask", CATCHES["signal"]), models.gateway("merge"), models.user("next"),
        models.path("start_1", "ask", "merge", "next"), models.path("heard", "merge"), top=TOP)
    assert ("lack_of_synchronization", "merge") in [
        (found.fault, found.where) for found in verification.verify(joined.model).findings]
