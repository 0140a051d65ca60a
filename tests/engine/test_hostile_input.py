"""Whatever a caller sends is kept or refused with a reason, on both stores alike; it is never a crash."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine import errors, feel, values
from engine.spiff import data
from tests.engine import models as m
from tests.engine.conftest import CLERK, Office

TWO = m.process("two", m.start(), m.user("a"), m.user("b"), m.end(), m.path("start_1", "a", "b", "end_1"))
HALF_A_PAIR = "\ud800"


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def cursor(*keys: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(keys)).encode()).decode().rstrip("=")


@pytest.mark.parametrize("value", [
    "a\0b", HALF_A_PAIR, {HALF_A_PAIR: 1}, float("nan"), Decimal("Infinity"), nested(5_000), nested(data.MAX_DEPTH + 2),
    {"inside": (nested(5_000),)}, feel.YearsMonths(10**30), b"bytes"], ids=lambda _: "")
def test_a_variable_that_cannot_be_kept_is_refused_by_its_name_and_the_task_stays_open(
        office: Office, value: Any) -> None:
    office.deploy(TWO)
    office.start("two")
    with pytest.raises(errors.Invalid) as refused:
        office.complete("a", wrong=value, right=1)
    assert [problem.where for problem in refused.value.problems] == ["a.wrong"]
    assert office.waiting() == {"a"}
    office.complete("a", right=nested(data.MAX_DEPTH))
    assert office.waiting() == {"b"}


@pytest.mark.parametrize("name", ["", 1, "a\0"])
def test_a_variable_needs_a_name(office: Office, name: Any) -> None:
    office.deploy(TWO)
    with pytest.raises(errors.Invalid):
        office.start("two", {name: 1})


@pytest.mark.parametrize("value", ["\0", HALF_A_PAIR, float("nan"), nested(5_000)], ids=lambda _: "")
def test_a_draft_that_cannot_be_kept_is_refused(office: Office, value: Any) -> None:
    office.deploy(TWO)
    office.start("two")
    task = office.tasks()["a"]
    with pytest.raises(errors.Invalid):
        office.call("save_draft", task.id, data={"field": value}, actor=CLERK)
    assert office.tasks()["a"].draft is None
    office.call("save_draft", task.id, data={"field": Decimal(1)}, actor=CLERK)
    assert office.tasks()["a"].draft == {"field": 1}


@pytest.mark.parametrize("text", ["a\0b", HALF_A_PAIR, "x" * 300, "'; DROP TABLE job; --"], ids=lambda _: "")
def test_a_strange_text_finds_nothing_or_is_refused_wherever_it_is_asked_for(office: Office, text: str) -> None:
    office.deploy(TWO)
    instance = office.start("two")
    questions: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("user_tasks", (), {"business_key": text}), ("user_tasks", (), {"where": [(text, text)]}),
        ("instances", (), {"state": text}), ("incidents", (), {"scopes": [text]}), ("jobs", (), {"kind": text}),
        ("definitions", (), {"key": text}), ("instance", (text,), {}), ("user_task", (text,), {}),
        ("definition", (), {"key": "two", "version": 10**30})]
    for method, arguments, named in questions:
        try:
            found = office.read(method, *arguments, **named)
        except (errors.Invalid, errors.NotFound):
            continue
        assert not found.items, method
    for act in (lambda: office.publish(text, text), lambda: office.start("two", business_key=text),
                lambda: office.call("enqueue", kind="k", payload={}, dedup_key=text),
                lambda: office.call("record", instance.id, text[:32], actor=values.Actor(id="x", reason=text))):
        try:
            act()
        except (errors.Invalid, errors.NoReceiver):
            continue
    assert office.waiting() == {"a"}


@pytest.mark.parametrize("keys", [
    ("\0",), (HALF_A_PAIR,), (10**30,), (-1,), (None,), (True,), ("two", 10**30), ("\0", 1),
    ("0001-01-01T00:00:00+14:00", "x"), ("9999-12-31T23:59:59-14:00", "x"), ("2026-01-01T00:00:00+00:00", "\0")],
    ids=lambda _: "")
def test_a_cursor_that_was_tampered_with_is_refused(office: Office, keys: tuple[Any, ...]) -> None:
    office.deploy(TWO)
    instance = office.start("two")
    for method, arguments in (("instances", ()), ("incidents", ()), ("jobs", ()), ("user_tasks", ()),
                              ("definitions", ()), ("history", (instance.id,))):
        with pytest.raises(errors.Invalid) as refused:
            office.read(method, *arguments, after=cursor(*keys))
        assert refused.value.problems[0].code == "bad_cursor"


def test_a_supervisor_of_very_many_places_has_an_inbox(office: Office) -> None:
    office.deploy(TWO)
    office.start("two", scope="place 599")
    pairs: list[tuple[str, str | None]] = [("CLERK", f"place {number}") for number in range(600)]
    page = office.read("user_tasks", where=[*pairs, *((f"role {number}", None) for number in range(600))], count=True)
    assert ([task.element_id for task in page.items], page.total) == (["a"], 1)


def test_a_correlation_key_too_long_to_be_kept_is_an_incident_and_the_user_task_stays_completed(
        office: Office) -> None:
    office.deploy(m.process(
        "waits", m.start(), m.user("a"), '<bpmn:receiveTask id="wait" name="wait" messageRef="hello"/>', m.end(),
        m.path("start_1", "a", "wait", "end_1"),
        globals='<bpmn:message id="hello" name="hello" parvaneh:correlationKey="key"/>'))
    office.start("waits")
    office.complete("a", key="k" * 300)
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("wait", "correlation")
    assert "kkk" not in incident.message


def test_the_incident_of_a_timer_is_over_when_what_it_was_attached_to_has_ended(office: Office) -> None:
    office.deploy(m.process(
        "timed", m.start(), m.user("a"), m.boundary("late", "a", m.timer("P1D")), m.user("b"), m.end(),
        m.path("start_1", "a", "b", "end_1"), m.flow("late", "end_1")))
    instance = office.start("timed")
    office.clock.advance(timedelta(days=2))
    for _ in range(6):  # a worker that dies each time
        office.call("claim_jobs", owner="dying")
        office.clock.advance(timedelta(minutes=2))
    [incident] = office.read("incidents").items
    assert (incident.kind, incident.element_id) == ("job", "late")
    office.complete("a")
    assert office.read("incidents").items == []
    assert office.read("progress", instance.id).incidents == []
    assert [job.state for job in office.read("jobs").items] == ["CANCELLED"]
    assert office.call("retry_incident", incident.id, actor=CLERK).state == "RESOLVED"


@pytest.mark.parametrize("method", ["cancel", "suspend"])
def test_a_handler_that_stops_its_own_instance_is_an_incident_and_the_user_task_stays_completed(
        office: Office, method: str) -> None:
    office.engine.handlers.service("stop")(
        lambda call: getattr(office.engine, method)(call.session, call.instance_id, actor=CLERK) and {})
    office.deploy(m.process("stops", m.start(), m.user("a"), m.service("s", "stop"), m.end(),
                            m.path("start_1", "a", "s", "end_1")))
    instance = office.start("stops")
    assert office.complete("a").state == "COMPLETED"
    assert [incident.element_id for incident in office.read("incidents").items] == ["s"]
    assert office.read("instance", instance.id).state == "ACTIVE"


def test_what_a_handler_gives_is_kept_or_an_incident(office: Office) -> None:
    given: list[dict[str, Any]] = [
        {"x": HALF_A_PAIR}, {"x": nested(5_000)}, {"\0": 1}, {"x": datetime(1, 1, 1, tzinfo=UTC)}]
    office.engine.handlers.service("give")(lambda _call: given[0])
    office.deploy(m.process("gives", m.start(), m.service("s", "give"), m.user("a"), m.end(),
                            m.path("start_1", "s", "a", "end_1")))
    office.start("gives")
    for _ in range(3):
        [incident] = office.read("incidents").items
        assert (incident.element_id, incident.kind) == ("s", "handler")
        given.pop(0)
        office.call("retry_incident", incident.id, actor=CLERK)
    assert office.read("incidents").items == []
    assert office.waiting() == {"a"}


def test_an_element_that_fails_in_the_retry_of_a_given_up_job_keeps_an_incident(office: Office) -> None:
    office.faults = [errors.RetryLater(timedelta(minutes=1)), ValueError("again")]
    office.deploy(m.process("later", m.start(), m.service("s", "work"), m.end(), m.path("start_1", "s", "end_1")))
    instance = office.start("later")
    office.clock.advance(timedelta(minutes=2))
    for _ in range(6):  # a worker that dies each time
        office.call("claim_jobs", owner="dying")
        office.clock.advance(timedelta(minutes=2))
    [given_up] = office.read("incidents").items
    assert ("incident_raised", "s") in office.kinds(instance)
    office.call("retry_incident", given_up.id, actor=CLERK)
    office.scheduler.tick()
    [standing] = office.read("incidents").items
    assert (standing.kind, standing.element_id, standing.job_id) == ("handler", "s", None)
    office.call("retry_incident", standing.id, actor=CLERK)
    assert office.read("incidents").items == []
    assert office.read("instance", instance.id).state == "COMPLETED"


def test_a_date_the_calendar_lacks_is_an_incident_that_does_not_quote_it(office: Office) -> None:
    office.deploy(m.process("dated", m.start(), m.user("a"),
                            f'<bpmn:intermediateCatchEvent id="t" name="t">{m.timer("born", "timeDate")}'
                            "</bpmn:intermediateCatchEvent>", m.end(), m.path("start_1", "a", "t", "end_1")))
    office.start("dated")
    office.complete("a", born="1361-12-32")
    [incident] = office.read("incidents").items
    assert (incident.element_id, incident.kind) == ("t", "expression")
    assert "1361" not in incident.message + incident.hint
