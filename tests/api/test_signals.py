"""Signals over HTTP: who may throw one, whom it reaches, and what is refused."""

from __future__ import annotations

import pytest

from tests.api.people import fields

BEGUN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:parvaneh="urn:parvaneh:bpmn:1"
                  targetNamespace="urn:test">
  <bpmn:signal id="s" name="tariffs_changed"/>
  <bpmn:process id="hear_tariffs" name="تعرفه‌ها" isExecutable="true">
    <bpmn:startEvent id="heard"><bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent>
    <bpmn:intermediateCatchEvent id="again"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateCatchEvent>
    <bpmn:endEvent id="done"/>
    <bpmn:sequenceFlow id="f1" sourceRef="heard" targetRef="again"/>
    <bpmn:sequenceFlow id="f2" sourceRef="again" targetRef="done"/>
  </bpmn:process>
</bpmn:definitions>"""


@pytest.fixture
def admin(staff):
    return staff("admin")


@pytest.fixture
def hearing(admin):
    """A process that a signal begins and that waits for the same signal."""
    base = admin.get("/process-definitions?key=create-urban-office").json["items"][0]
    answer = admin.post("/process-definitions", {"base": base["deployment_id"],
                                                 "resources": {"processes/hear-tariffs.bpmn": BEGUN}})
    assert answer.status_code == 201, answer.text


def instances(admin) -> list[dict[str, str]]:
    return admin.get("/process-instances?key=hear_tariffs").json["items"]


def test_a_signal_begins_a_process_and_reaches_each_that_waits_once(admin, product, hearing):
    first = admin.post("/signals", {"name": "tariffs_changed", "variables": {"year": 1405}})
    assert (first.status_code, first.json) == (200, {"receivers": 1})
    assert instances(admin) == [], "each receiver catches it in its own time"
    product.scheduler.tick()
    [waiting] = instances(admin)
    with product.database.read() as session:
        assert product.engine.variables(session, waiting["id"]) == {"year": 1405}
    assert admin.post("/signals", {"name": "tariffs_changed"}).json == {"receivers": 2}
    product.scheduler.tick()
    assert sorted(one["state"] for one in instances(admin)) == ["ACTIVE", "COMPLETED"]


def test_a_signal_that_nobody_hears_is_no_fault(admin):
    assert admin.post("/signals", {"name": "nobody"}).json == {"receivers": 0}


def test_only_an_administrator_throws_signals(staff, applicant, visitor):
    assert staff("clerk").post("/signals", {"name": "x"}).status_code == 403
    assert applicant.post("/signals", {"name": "x"}).status_code == 403
    assert visitor.post("/signals", {"name": "x"}).status_code == 401


@pytest.mark.parametrize(("body", "where"), [
    ({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 256}, "name"), ({"name": "x", "variables": []}, "variables"),
    ({"name": "x", "correlation_key": "1"}, "correlation_key")])
def test_a_malformed_signal_is_refused_where_it_is_wrong(admin, body, where):
    answer = admin.post("/signals", body)
    assert answer.status_code in (400, 422), answer.text
    assert where in " ".join(fields(answer))


def test_a_signal_carries_no_more_than_it_may(admin, hearing):
    answer = admin.post("/signals", {"name": "tariffs_changed", "variables": {"text": "x" * 70_000}})
    assert answer.status_code == 422
    assert instances(admin) == []
