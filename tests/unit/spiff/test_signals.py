"""Signals within one instance."""

from __future__ import annotations

import pytest

from engine import errors
from engine.spiff import runner
from tests.engine import models
from tests.unit.spiff.drawing import TOP, carries, event_subprocess, signal, throw
from tests.unit.spiff.driver import Case, Desk, inline


def test_a_signal_reaches_every_wait_of_the_instance_whichever_branch_comes_first() -> None:
    process = inline(
        "p",
        models.start(),
        models.gateway("fork", "parallel"),
        throw("shout", signal(), carries("day", "case_id")),
        models.catch("one", signal()),
        models.user("work"),
        models.boundary("edge", "work", signal()),
        models.user("after_one"),
        models.user("after_edge"),
        models.user("after_shout"),
        models.path("start_1", "fork", "shout", "after_shout"),
        models.path("fork", "one", "after_one"),
        models.path("fork", "work"),
        models.path("edge", "after_edge"),
        top=TOP,
    )
    case = Case(process)
    assert case.where() == ["after_edge", "after_one", "after_shout"]
    assert case.execution.variables()["day"] == "A-1"
    [thrown] = case.report.thrown
    assert (thrown.kind, thrown.name, thrown.variables, thrown.element_id) == (
        "signal",
        "holiday",
        {"day": "A-1"},
        "shout",
    )


def test_a_signal_from_outside_reaches_only_the_waits_for_its_name() -> None:
    process = inline(
        "p",
        models.start(),
        models.gateway("fork", "parallel"),
        models.catch("one", signal("s1")),
        models.catch("two", signal("s2")),
        models.path("start_1", "fork", "one"),
        models.path("fork", "two"),
        top=TOP,
    )
    case = Case(process)
    assert {(wait.kind, wait.message_name) for wait in case.waits()} == {("signal", "holiday"), ("signal", "s2")}
    assert case.execution.signal("unknown", {}) == []
    reached = case.execution.signal("holiday", {"day": 3})
    assert reached == [case.report.started[0].token_id]
    case.step()
    assert case.where() == ["two"]
    assert case.execution.signal("s2", {}, tokens=["another"]) == []
    case.execution.signal("s2", {})
    assert case.step().instance_ended
    assert case.execution.variables()["day"] == 3


def test_a_signal_that_nobody_waits_for_is_gone() -> None:
    process = inline(
        "p",
        models.start(),
        throw("shout", signal()),
        models.user("rest"),
        models.catch("late", signal()),
        models.path("start_1", "shout", "rest", "late"),
        top=TOP,
    )
    case = Case(process)
    case.complete("rest")
    assert case.where() == ["late"]


def test_a_signal_event_after_an_event_based_gateway_decides_it() -> None:
    process = inline(
        "p",
        models.start(),
        models.gateway("either", "eventBased"),
        models.catch("one", signal("s1")),
        models.catch("two", signal("s2")),
        models.user("a"),
        models.user("b"),
        models.path("start_1", "either", "one", "a"),
        models.path("either", "two", "b"),
        top=TOP,
    )
    case = Case(process)
    case.execution.signal("s2", {})
    case.step()
    assert case.where() == ["b"]


def test_a_signal_end_event_interrupts_what_waits_beside_it() -> None:
    process = inline(
        "p",
        models.start(),
        models.gateway("fork", "parallel"),
        models.user("work"),
        event_subprocess("stop", signal()),
        models.user("long"),
        models.end("shout", extra=signal()),
        models.path("start_1", "fork", "work", "shout"),
        models.path("fork", "long"),
        top=TOP,
    )
    case = Case(process)
    case.complete("work")
    assert case.where() == ["stop_task"]
    assert case.complete("stop_task").instance_ended


def test_a_signal_starts_an_instance() -> None:
    process = inline(
        "p",
        models.start("plain"),
        models.start("heard", signal()),
        models.user("a"),
        models.user("b"),
        models.path("plain", "a"),
        models.path("heard", "b"),
        top=TOP,
    )
    assert process.start_signals == ["holiday"]
    assert Case(process).where() == ["a"]
    desk = Desk()
    started = runner.Execution.start(process, {}, clock=Case(process).clock, services=desk, signal="holiday")
    started.run(budget=9)
    assert [wait.element_id for wait in started.waiting()] == ["b"]
    with pytest.raises(errors.NotFound):
        runner.Execution.start(process, {}, clock=Case(process).clock, services=desk, signal="other")
