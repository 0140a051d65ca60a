"""Verification where elements of several kinds meet: each was judged wrongly once."""

from __future__ import annotations

import pytest

from engine import verification
from engine.verification import Verdict
from tests.engine import models
from tests.unit.spiff.drawing import TOP, event_subprocess, inner
from tests.unit.spiff.driver import inline

TERMINATE = "<bpmn:terminateEventDefinition/>"
ERROR = '<bpmn:errorEventDefinition errorRef="e1"/>'


def verdict(*body: str, top: str = TOP) -> Verdict:
    found = verification.verify(inline("p", models.start(), *body, top=top).model)
    assert found.complete
    return found


def faults(found: Verdict) -> set[tuple[str, str]]:
    return {(finding.fault, finding.where) for finding in found.findings}


@pytest.mark.parametrize("end", ["", TERMINATE])
@pytest.mark.parametrize("join", ["inclusive", "parallel"])
def test_a_terminate_end_that_nothing_reaches_frees_no_token(join: str, end: str) -> None:
    found = verdict(
        models.gateway("both", "parallel"), models.gateway("some", "inclusive"), models.user("a"), models.user("b"),
        models.gateway("inner", "parallel"), models.user("c"), models.gateway("outer", join),
        models.end("e", extra=end), models.path("start_1", "both", "some"), models.flow("some", "a", "x"),
        models.flow("some", "b", "y"), models.path("a", "inner", "outer", "e"), models.flow("b", "inner"),
        models.path("both", "c", "outer"))
    assert ("deadlock", "inner") in faults(found)


def test_a_complex_gateway_that_gets_too_few_tokens_is_a_deadlock() -> None:
    gateway = ('<bpmn:complexGateway id="j"><bpmn:activationCondition>activationCount &gt;= 2'
               "</bpmn:activationCondition></bpmn:complexGateway>")
    found = verdict(
        models.gateway("some", "inclusive"), models.user("a"), models.user("b"), gateway,
        models.end("e", extra=TERMINATE), models.flow("start_1", "some"), models.flow("some", "a", "x"),
        models.flow("some", "b", "y"), models.path("a", "j", "e"), models.flow("b", "j"))
    assert ("deadlock", "j") in faults(found)


def test_what_is_beside_a_subprocess_that_never_ends_has_its_time() -> None:
    stuck = inner("sub", models.start("is"), models.user("t", 'startQuantity="2"'), models.end("ie"),
                  models.path("is", "t", "ie"))
    found = verdict(stuck, models.boundary("late", "sub", models.timer("PT1H"), interrupting=False), models.user("r"),
                    models.end("e1x"), models.end("e"), models.path("start_1", "sub", "e"),
                    models.path("late", "r", "e1x"))
    assert ("deadlock", "t") in faults(found)
    assert {"late", "r", "e1x"} <= found.ran
    assert "e" not in found.ran


def test_what_is_beside_an_activity_that_ends_everything_has_its_time() -> None:
    failing = inner("sub", models.start("is"), models.user("t"), models.end("ie", extra=ERROR),
                    models.path("is", "t", "ie"))
    outer = inner("outer", models.start("os"), failing, models.end("oe"), models.path("os", "sub", "oe"),
                  models.boundary("late", "sub", models.timer("PT1H"), interrupting=False), models.user("r"),
                  models.end("re"), models.path("late", "r", "re"))
    found = verdict(outer, models.boundary("x", "outer", ERROR), models.end("xe"), models.end("e"),
                    models.path("start_1", "outer", "e"), models.path("x", "xe"))
    assert {"late", "r", "re", "x", "xe"} <= found.ran
    assert faults(found) == {("never_runs", "oe"), ("never_runs", "e")}


def test_an_event_subprocess_that_nothing_triggers_is_told_with_what_is_in_it() -> None:
    def within(end: str) -> Verdict:
        return verdict(inner("sub", models.start("is"), models.user("t"), models.end("ie", extra=end),
                             models.path("is", "t", "ie"), event_subprocess("es", ERROR)),
                       models.end("e"), models.path("start_1", "sub", "e"))

    assert faults(within("")) == {("never_runs", "es")}
    assert list(within("").findings[0].others) == ["es_start", "es_task"]
    assert faults(within(ERROR)) == set()


def test_a_subprocess_that_never_runs_is_not_searched_for_faults() -> None:
    stuck = inner("sub", models.start("is"), models.user("t", 'startQuantity="2"'), models.end("ie"),
                  models.path("is", "t", "ie"))
    found = verdict(models.user("a", 'startQuantity="2"'), stuck, models.end("e"),
                    models.path("start_1", "a", "sub", "e"))
    assert faults(found) == {("deadlock", "a"), ("never_runs", "a")}
    assert "t" not in found.ran


def test_a_multi_instance_activity_over_nothing_ends() -> None:
    each = ('<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>count</bpmn:loopCardinality>'
            "</bpmn:multiInstanceLoopCharacteristics>").replace("count", "several")
    failing = (f'<bpmn:subProcess id="sub">{models.start("is")}{models.end("ie", extra=ERROR)}'
               f'{models.path("is", "ie")}{each}</bpmn:subProcess>')
    found = verdict(failing, models.boundary("x", "sub", ERROR), models.end("xe"), models.end("e"),
                    models.path("start_1", "sub", "e"), models.path("x", "xe"))
    assert faults(found) == set()


def test_an_error_that_a_handler_may_raise_and_somebody_inside_expects_does_not_come_out() -> None:
    def outside(inside: str) -> set[tuple[str, str]]:
        body = inner("sub", models.start("is"), models.service("w", "work"), models.end("ie"),
                     models.path("is", "w", "ie"), models.boundary("own", "w", inside), models.end("owe"),
                     models.path("own", "owe"))
        return faults(verdict(body, models.boundary("x", "sub", ERROR), models.end("xe"), models.end("e"),
                              models.path("start_1", "sub", "e"), models.path("x", "xe")))

    assert outside("<bpmn:errorEventDefinition/>") == {("never_runs", "x")}
    assert outside(ERROR) == set()


def test_of_a_process_that_is_not_known_every_escalation_may_come() -> None:
    found = verdict('<bpmn:callActivity id="c" calledElement="p"/>',
                    models.boundary("x", "c", '<bpmn:escalationEventDefinition escalationRef="x1"/>'),
                    models.end("xe"), models.end("e"), models.path("start_1", "c", "e"), models.path("x", "xe"))
    assert ("never_runs", "x") not in faults(found)


def test_an_event_beside_an_activity_may_come_until_there_are_tokens_enough() -> None:
    found = verdict(
        models.user("t"), models.boundary("b", "t", '<bpmn:signalEventDefinition signalRef="s1"/>', interrupting=False),
        models.user("twice", 'startQuantity="2"'), models.end("be"), models.end("e"), models.path("start_1", "t", "e"),
        models.path("b", "twice", "be"))
    assert faults(found) == {("deadlock", "twice")}
    assert {"twice", "be"} <= found.ran
