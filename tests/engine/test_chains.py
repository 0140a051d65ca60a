"""Processes that begin each other for ever come to an end: what follows from one throw is bounded, then an incident."""

from __future__ import annotations

import pytest

from engine import thrown
from tests.engine import models
from tests.engine.conftest import CLERK, make_office

SIGNAL = '<bpmn:signal id="s_{0}" name="{0}"/>'


def throws(key: str, caught: str, thrown: str) -> bytes:
    """A process that a signal begins and that throws another, or the same, at its end."""
    return models.process(
        key, models.start("begun", f'<bpmn:signalEventDefinition signalRef="s_{caught}"/>'),
        models.end("told", extra=f'<bpmn:signalEventDefinition signalRef="s_{thrown}"/>'), models.path("begun", "told"),
        globals="".join(SIGNAL.format(name) for name in {caught, thrown}))


def sends(key: str, caught: str, sent: str) -> bytes:
    return models.process(
        key, models.start("begun", models.message_event(caught)),
        models.end("told", extra=models.message_event(sent)), models.path("begun", "told"),
        globals="".join(models.message(name, '&quot;k&quot;') for name in {caught, sent}))


@pytest.fixture
def small(database, clock):
    """An office whose chains may be thirty long."""
    return make_office(database, clock, chain_budget=30)


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(thrown, "LEAST", 5)


def run_all(office) -> None:
    for _ in range(200):
        if not office.scheduler.tick():
            return
    raise AssertionError("the jobs never end")


def begun(office) -> int:
    return len(office.read("instances", limit=1_000).items)


@pytest.mark.parametrize("pairs", [[("a", "ping", "pong"), ("b", "pong", "ping")], [("a", "ping", "ping")]])
def test_processes_that_begin_each_other_by_signals_become_an_incident(small, pairs):
    small.deploy(*(throws(*pair) for pair in pairs))
    small.call("signal", name="ping", actor=CLERK)
    run_all(small)
    assert begun(small) == 29
    [incident] = small.read("incidents").items
    assert incident.kind == "job"
    assert "begin each other for ever" in incident.message


def test_processes_that_begin_each_other_by_messages_become_an_incident(small):
    small.deploy(sends("a", "ping", "pong"), sends("b", "pong", "ping"))
    small.publish("ping", "k")
    run_all(small)
    assert begun(small) == 30
    [incident] = small.read("incidents").items
    assert "begin each other for ever" in incident.message


def test_those_that_double_each_time_are_as_many_at_most(small):
    small.deploy(throws("a", "ping", "ping"), throws("b", "ping", "ping"))
    small.call("signal", name="ping", actor=CLERK)
    run_all(small)
    assert begun(small) <= 30
    assert small.read("incidents").items


def test_a_retry_lets_the_chain_go_on_once_more(small):
    small.deploy(throws("a", "ping", "ping"))
    small.call("signal", name="ping", actor=CLERK)
    run_all(small)
    [incident] = small.read("incidents").items
    before = begun(small)
    small.call("retry_incident", incident.id, actor=CLERK)
    run_all(small)
    assert begun(small) == before + 30
    assert len(small.read("incidents").items) == 1


def test_what_something_outside_goes_on_with_begins_with_the_whole_budget(small):
    """A person between two throws: no chain, however often."""
    waiting = models.process(
        "a", models.start("begun", '<bpmn:signalEventDefinition signalRef="s_ping"/>'), models.user("look"),
        models.end("told", extra='<bpmn:signalEventDefinition signalRef="s_ping"/>'),
        models.path("begun", "look", "told"), globals=SIGNAL.format("ping"))
    small.deploy(waiting)
    small.call("signal", name="ping", actor=CLERK)
    for _ in range(40):
        run_all(small)
        small.complete("look")
    run_all(small)
    assert small.waiting() == {"look"}
    assert small.read("incidents").items == []


def test_many_who_wait_for_one_signal_all_get_it_and_may_answer(small):
    waiting = models.process(
        "a", models.start(), models.catch("wait", '<bpmn:signalEventDefinition signalRef="s_go"/>'),
        models.end("told", extra='<bpmn:signalEventDefinition signalRef="s_went"/>'),
        models.path("start_1", "wait", "told"), globals=SIGNAL.format("go") + SIGNAL.format("went"))
    small.deploy(waiting, throws("b", "went", "nothing"))
    for _ in range(60):
        small.start("a")
    assert small.call("signal", name="go", actor=CLERK) == 60
    run_all(small)
    assert begun(small) == 120
    assert small.read("incidents").items == []
