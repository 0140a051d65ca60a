"""Complex gateways: they go on when their condition is true and then wait for the rest (BPMN 2.0.2 §13.4.5)."""

from __future__ import annotations

import pytest

from engine import verification
from engine.spiff import parser
from tests.engine import models
from tests.unit.spiff.driver import Case, inline
from tests.unit.spiff.test_parser import codes, problems, wrapped


def complex_gateway(id: str, condition: str = "", attributes: str = "") -> str:
    inner = f"<bpmn:activationCondition>{condition}</bpmn:activationCondition>" if condition else ""
    return f'<bpmn:complexGateway id="{id}" {attributes}>{inner}</bpmn:complexGateway>'


def joined(condition: str, *more: str) -> parser.Process:
    """Three parallel user tasks a, b and c before the gateway, and the user task `next` behind it."""
    return inline(
        "joined", models.start(), models.gateway("fork", "parallel"), *(models.user(name) for name in "abc"),
        complex_gateway("join", condition), models.user("next"), models.path("start_1", "fork", "a", "join", "next"),
        models.path("fork", "b", "join"), models.path("fork", "c", "join"), *more)


def test_it_goes_on_once_with_as_many_tokens_as_its_condition_wants() -> None:
    case = Case(joined("activationCount &gt;= 2"))
    case.complete("c")
    assert case.where() == ["a", "b"]
    case.complete("a")
    assert case.where() == ["b", "next"]
    case.complete("b")
    assert case.where() == ["next"], "the last token is consumed by the reset"
    case.complete("next")
    assert case.execution.ended


def test_the_process_goes_on_until_the_gateway_is_reset() -> None:
    case = Case(joined("activationCount &gt;= 1"))
    case.complete("b")
    case.complete("next")
    assert case.where() == ["a", "c"]
    assert not case.execution.ended
    case.complete("a")
    case.complete("c")
    assert case.execution.ended
    assert case.trace.count("next") == 1


def test_each_flow_can_be_asked_for_its_tokens() -> None:
    case = Case(joined("activationCounts.c__join &gt;= 1"))
    case.complete("a")
    case.complete("b")
    assert case.where() == ["c"]
    case.complete("c")
    assert case.where() == ["next"]


def test_a_reset_sends_tokens_by_the_conditions_that_are_true_then() -> None:
    case = Case("complex", x=True, y=True, needed=1)
    case.complete("a")
    assert case.where() == ["b", "go_on"]
    case.complete("b")
    assert case.where() == ["go_on", "late"]


def test_a_reset_without_new_tokens_sends_none() -> None:
    case = Case("complex", x=True, y=False, needed=1)
    case.complete("a")
    assert case.where() == ["go_on"], "nothing else can come, so it has been reset"
    case.complete("go_on")
    assert case.execution.ended


def test_a_split_chooses_as_an_inclusive_gateway() -> None:
    assert Case("complex", x=True, y=True, needed=1).where() == ["a", "b"]
    assert Case("complex", x=False, y=False, needed=1).where() == ["c"]
    nothing = Case(inline("nothing", models.start(), complex_gateway("split"), models.user("a"), models.user("b"),
                          models.path("start_1", "split"), models.flow("split", "a", "false"),
                          models.flow("split", "b", "false")))
    assert [(found.element_id, found.kind) for found in nothing.report.failures] == [("split", "expression")]


def test_tokens_that_come_before_the_reset_on_a_flow_that_was_used_begin_the_next_round() -> None:
    """a is done again and again by a loop of its own, b only once."""
    case = Case(inline(
        "rounds", models.start(), models.gateway("fork", "parallel"), models.user("a", 'completionQuantity="2"'),
        models.user("b"), complex_gateway("join", "activationCount &gt;= 1"), models.user("next"),
        models.path("start_1", "fork", "a", "join", "next"), models.path("fork", "b", "join")))
    case.complete("a")
    assert case.where() == ["b", "next"]
    case.complete("b")
    assert case.where() == ["next", "next"], "the reset consumed b's token, the second of a starts the next round"


def test_a_condition_that_never_holds_blocks_the_tokens() -> None:
    case = Case(joined("activationCount &gt;= 9"))
    for task in "abc":
        case.complete(task)
    assert case.where() == [] and not case.execution.ended


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_and_can_be_retried() -> None:
    case = Case(joined("activationCount &gt;= needed"))
    case.complete("a")
    assert [(found.element_id, found.kind) for found in case.report.failures] == [("join", "expression")]
    case.execution.correct(case.one("join").token_id, {"needed": 1})
    case.retry("join")
    assert case.where() == ["b", "c", "next"]


@pytest.mark.parametrize(("gateway", "code"), [
    ('<complexGateway id="middle"/>', "missing_attribute"),
    ('<complexGateway id="middle"><activationCondition>1 +</activationCondition></complexGateway>', "expression"),
    ('<complexGateway id="middle"><activationCondition language="python">x</activationCondition></complexGateway>',
     "expression_language"),
    ('<parallelGateway id="middle"><activationCondition>x</activationCondition></parallelGateway>',
     "unsupported_element"),
])
def test_a_gateway_that_could_not_be_executed_is_refused(gateway: str, code: str) -> None:
    twice = gateway + '<task id="t"/><sequenceFlow id="c" sourceRef="begin" targetRef="t"/>' \
        '<sequenceFlow id="d" sourceRef="t" targetRef="middle"/>'
    assert codes(wrapped(middle=twice)) == [(code, "middle")]
    [found] = problems(wrapped(middle=twice))
    assert code != "missing_attribute" or "BPMN 2.0.2 §13.4.5" in found.fix


def found(process: parser.Process) -> list[tuple[str, str]]:
    verdict = verification.verify(process.model)
    assert verdict.complete
    return [(finding.fault, finding.where) for finding in verdict.findings]


@pytest.mark.parametrize("condition", [
    "activationCount &gt;= 1", "activationCount&gt;=2", "activationCount &gt;= 3", "any"])
def test_verification_finds_nothing_wrong_with_a_discriminator(condition: str) -> None:
    assert found(joined(condition)) == []


def test_verification_finds_a_gateway_that_waits_for_more_than_can_come() -> None:
    assert ("deadlock", "join") in found(joined("activationCount &gt;= 4"))


def test_verification_finds_what_runs_twice_behind_a_reset() -> None:
    meeting = inline(
        "meeting", models.start(), models.gateway("fork", "parallel"), models.user("a"), models.user("b"),
        complex_gateway("join", "activationCount &gt;= 1"), models.user("next"), models.user("other"),
        models.gateway("merge"), models.user("last"), models.path("start_1", "fork", "a", "join", "next", "merge"),
        models.path("fork", "b", "join"), models.flow("join", "other", "not(waitingForStart)"),
        models.path("other", "merge", "last"))
    assert ("lack_of_synchronization", "merge") in found(meeting)


def test_a_loop_through_a_discriminator_is_decided() -> None:
    looping = inline(
        "looping", models.start(), models.gateway("again"), models.gateway("fork", "parallel"), models.user("a"),
        models.user("b"), complex_gateway("join", "activationCount &gt;= 2"),
        models.gateway("more", attributes='default="more__end_1"'), models.end(),
        models.path("start_1", "again", "fork", "a", "join", "more", "end_1"),
        models.path("fork", "b", "join"), models.flow("more", "again", "x"))
    assert found(looping) == []
