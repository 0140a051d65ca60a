"""Messages find the instances that wait for them by name and correlation key."""

from __future__ import annotations

import threading

import pytest

from engine import errors
from tests.engine import models
from tests.engine.conftest import CLERK


def test_a_message_reaches_the_instance_with_its_key_and_brings_its_variables(office):
    office.deploy(models.WAITS)
    one, other = office.start("waits", {"number": "1"}), office.start("waits", {"number": "2"})
    assert office.publish("granted", "2", licence="L-9") == [other.id]
    assert office.read("instance", other.id).outcome == "ISSUED"
    assert office.read("variables", other.id)["licence"] == "L-9"
    assert office.read("instance", one.id).state == "ACTIVE"
    assert ("message_received", "granted") in office.kinds(other)


def test_a_message_for_nobody_is_refused(office):
    office.deploy(models.WAITS)
    office.start("waits", {"number": "1"})
    for name, key in (("granted", "2"), ("unknown", "1")):
        with pytest.raises(errors.NoReceiver):
            office.publish(name, key)


def test_an_interrupting_event_subprocess_ends_everything_else(office):
    office.deploy(models.WAITS)
    instance = office.start("waits", {"number": "1"})
    office.advance(days=15)
    assert office.waiting() == {"escalate"}
    assert office.publish("withdrawal", "1") == [instance.id]
    assert office.waiting() == set()
    found = office.read("instance", instance.id)
    assert (found.state, found.outcome) == ("COMPLETED", "WITHDRAWN")
    with pytest.raises(errors.NoReceiver):
        office.publish("granted", "1")


def test_the_same_message_id_is_delivered_once(office):
    office.deploy(models.WAITS)
    instance = office.start("waits", {"number": "1"})
    for _ in range(2):
        assert office.call("publish", name="granted", correlation_key="1", message_id="m-1") == [instance.id]
    with pytest.raises(errors.NoReceiver):
        office.call("publish", name="granted", correlation_key="1", message_id="m-2")
    again = office.start("waits", {"number": "1"})
    assert office.call("publish", name="granted", correlation_key="1", message_id="m-2") == [again.id]


def test_a_message_may_start_a_process_of_the_latest_version(office):
    office.deploy(models.BY_MESSAGE)
    office.deploy(models.BY_MESSAGE, models.TWO_TASKS)
    [started] = office.publish("asked", "A-7", subject="permit")
    instance = office.read("instance", started)
    assert (instance.business_key, instance.definition_version) == ("A-7", 2)
    assert office.waiting() == {"look"}
    assert office.read("variables", started)["subject"] == "permit"


def test_a_suspended_receiver_refuses_and_can_be_tried_again(office):
    office.deploy(models.WAITS)
    instance = office.start("waits", {"number": "1"})
    office.call("suspend", instance.id, actor=CLERK)
    with pytest.raises(errors.InstanceSuspended):
        office.call("publish", name="granted", correlation_key="1", message_id="m-1")
    office.call("resume", instance.id, actor=CLERK)
    assert office.call("publish", name="granted", correlation_key="1", message_id="m-1") == [instance.id]


def test_of_two_who_publish_the_same_message_one_reaches_the_instance(office):
    office.deploy(models.WAITS)
    instance = office.start("waits", {"number": "1"})
    outcomes = []
    gate = threading.Barrier(2)

    def publish() -> None:
        gate.wait()
        try:
            outcomes.append(office.publish("granted", "1"))
        except (errors.NoReceiver, errors.InstanceEnded):
            outcomes.append(None)

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count([instance.id]) == outcomes.count(None) == 1
