"""How a process or subprocess begins and ends without being told so (BPMN 2.0.2 §10.5.2, §13.3.4, §13.5.1)."""

from __future__ import annotations

import pytest

from engine import errors, verification
from engine.spiff import parser
from tests.engine import models
from tests.unit.spiff.driver import Case, inline
from tests.unit.spiff.test_parser import WRAP, codes, wrapped

TOP = models.message("asked", "case_id") + models.message("told", "case_id")


def receive(id: str, message: str, attributes: str = "") -> str:
    return f'<bpmn:receiveTask id="{id}" messageRef="m_{message}" {attributes}/>'


def gateway(kind: str) -> parser.Process:
    """A process that the messages asked and told can begin."""
    return inline(
        "chosen", f'<bpmn:eventBasedGateway id="which" instantiate="true" eventGatewayType="{kind}"/>',
        models.catch("asked", models.message_event("asked")), receive("told", "told"), models.user("a"),
        models.user("b"), models.path("which", "asked", "a"), models.path("which", "told", "b"), top=TOP)


def test_all_plain_start_events_begin_together() -> None:
    case = Case("begins")
    assert case.where() == ["a", "b", "c", "late"]
    assert case.trace == ["one", "two"]


def test_without_a_start_event_every_node_that_nothing_leads_to_begins() -> None:
    case = Case("begins")
    case.complete("b")
    assert case.trace[-2:] == ["b", "after"]
    case.complete("c")
    case.complete("a")
    assert case.execution.ended, "a gateway that only joins may be the end of the path"
    assert {"implicit", "empty", "join"} <= set(case.trace)


def test_a_whole_process_may_begin_without_a_start_event() -> None:
    case = Case(inline("bare", models.user("a"), models.user("b"), models.user("c"), models.path("a", "c")))
    assert case.where() == ["a", "b"]
    for task in "abc":
        case.complete(task)
    assert case.execution.ended


def test_a_process_without_a_start_event_can_be_called() -> None:
    called = models.process("called", models.user("inside"))
    caller = models.process("caller", models.start(), '<bpmn:callActivity id="call" calledElement="called"/>',
                            models.path("start_1", "call"))
    case = Case(parser.parse({"a.bpmn": caller, "b.bpmn": called}).processes["caller"])
    case.complete("inside")
    assert case.execution.ended


def test_a_message_begins_an_instance_at_its_receive_task() -> None:
    process = inline("received", receive("asked", "asked", 'instantiate="true"'), models.user("a"),
                     models.path("asked", "a"), top=TOP)
    assert list(process.start_messages) == ["asked"]
    case = Case(process, message="asked", body="x")
    assert case.where() == ["a"]
    assert case.trace == ["asked"]
    with pytest.raises(errors.NotFound):
        Case(process)


def test_a_receive_task_behind_a_start_event_begins_an_instance_or_is_waited_at() -> None:
    process = inline("either", models.start(), receive("asked", "asked", 'instantiate="true"'), models.user("a"),
                     models.path("start_1", "asked", "a"), top=TOP)
    assert Case(process, message="asked").where() == ["a"]
    case = Case(process)
    assert case.where() == ["asked"]
    case.deliver("asked")
    assert case.where() == ["a"]


def test_the_first_event_behind_a_gateway_begins_an_instance_alone() -> None:
    process = gateway("Exclusive")
    assert sorted(process.start_messages) == ["asked", "told"]
    case = Case(process, message="told")
    assert case.where() == ["b"]
    assert case.trace == ["which", "told"]
    case.complete("b")
    assert case.execution.ended


def test_all_events_behind_a_parallel_event_gateway_must_come() -> None:
    case = Case(gateway("Parallel"), message="told")
    assert case.where() == ["asked", "b"]
    assert case.one("asked").correlation_key == "A-1"
    case.complete("b")
    assert not case.execution.ended
    case.deliver("asked")
    case.complete("a")
    assert case.execution.ended
    assert case.trace == ["which", "told", "b", "asked", "a"]


@pytest.mark.parametrize(("middle", "code"), [
    ('<eventBasedGateway id="middle" eventGatewayType="Parallel"/><receiveTask id="r" messageRef="m"/>'
     '<sequenceFlow id="c" sourceRef="middle" targetRef="r"/>', "parallel_events"),
    ('<eventBasedGateway id="middle" eventGatewayType="Any"/><receiveTask id="r" messageRef="m"/>'
     '<sequenceFlow id="c" sourceRef="middle" targetRef="r"/>', "bad_attribute"),
    ('<eventBasedGateway id="middle" instantiate="true"/><intermediateCatchEvent id="r"><timerEventDefinition>'
     "<timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>"
     '<sequenceFlow id="c" sourceRef="middle" targetRef="r"/>', "instantiation"),
    ('<task id="t"/><receiveTask id="middle" messageRef="m" instantiate="true"/>'
     '<sequenceFlow id="c" sourceRef="begin" targetRef="t"/><sequenceFlow id="d" sourceRef="t" targetRef="middle"/>',
     "instantiation"),
    ('<receiveTask id="middle" messageRef="m" instantiate="true"><standardLoopCharacteristics loopMaximum="2"/>'
     "</receiveTask>", "instantiation"),
])
def test_what_cannot_begin_a_process_is_refused(middle: str, code: str) -> None:
    body = wrapped(middle=middle, top='<message id="m" name="m" parvaneh:correlationKey="k"/>')
    if "eventBased" in middle:
        body = body.replace('<sequenceFlow id="b" sourceRef="middle" targetRef="done"/>',
                            '<sequenceFlow id="b" sourceRef="r" targetRef="done"/>')
    assert (code, "middle") in codes(body)


def test_a_start_without_a_process_behind_it_is_still_refused() -> None:
    assert codes(WRAP.format(top="", body="")) == [("start_count", "process")]
    assert codes(WRAP.format(top="", body='<startEvent id="s"/><task id="a"/>')) == [
        ("no_outgoing", "s"), ("no_incoming", "a")]


def test_verification_begins_where_the_process_begins() -> None:
    for process in (gateway("Exclusive"), gateway("Parallel"), Case("begins").process):
        verdict = verification.verify(process.model)
        assert verdict.complete and verdict.findings == []
    joining = inline(
        "joining", models.gateway("which", "eventBased", 'instantiate="true"'),
        models.catch("asked", models.message_event("asked")), receive("told", "told"),
        models.gateway("join", "parallel"), models.path("which", "asked", "join"), models.path("which", "told", "join"),
        top=TOP)
    assert ("deadlock", "join") in [(found.fault, found.where) for found in verification.verify(joining.model).findings]


@pytest.mark.parametrize(("nodes", "needs_keys"), [
    ((receive("told", "told", 'instantiate="true"'),), False),
    (('<bpmn:eventBasedGateway id="which" instantiate="true"/>', receive("told", "told"), receive("asked", "asked"),
      models.path("which", "told"), models.path("which", "asked")), False),
    (('<bpmn:eventBasedGateway id="which" instantiate="true" eventGatewayType="Parallel"/>', receive("told", "told"),
      receive("asked", "asked"), models.path("which", "told"), models.path("which", "asked")), True),
    ((models.start(), receive("told", "told", 'instantiate="true"'), models.path("start_1", "told")), True)])
def test_a_message_that_only_begins_instances_needs_no_key(nodes: tuple[str, ...], needs_keys: bool) -> None:
    body = models.process("p", *nodes, globals='<bpmn:message id="m_asked" name="asked"/><bpmn:message id="m_told" '
                          'name="told"/>')
    assert bool(codes(body)) is needs_keys
    assert all(code == "missing_attribute" for code, _ in codes(body))


def test_message_events_and_receive_tasks_behind_one_gateway_are_told() -> None:
    arms = (models.catch("asked", models.message_event("asked")), receive("told", "told"), models.start(),
            '<bpmn:eventBasedGateway id="which"/>', models.path("start_1", "which", "asked"),
            models.path("which", "told"))
    assert codes(models.process("p", *arms, globals=TOP)) == [("event_gateway_mixed", "which")]
    timed = (models.catch("asked", models.timer("PT1H")), *arms[1:])
    assert codes(models.process("p", *timed, globals=TOP)) == []
