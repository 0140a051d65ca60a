"""A message that an instance sends reaches who waits for it, now or within its time to live, exactly once."""

from __future__ import annotations

from datetime import timedelta

from engine.store import tables
from tests.engine import models
from tests.engine.conftest import BOTH_TRANSPORTS, CLERK

TOP = models.message("report") + '<bpmn:message id="m_plain" name="plain" parvaneh:correlationKey="who"/>'
SENDS = models.process(
    "sends",
    models.start(),
    models.user("write"),
    '<bpmn:sendTask id="send" messageRef="m_report"><bpmn:extensionElements>'
    '<parvaneh:input name="about" value="subject"/></bpmn:extensionElements></bpmn:sendTask>',
    models.end(),
    models.path("start_1", "write", "send", "end_1"),
    globals=TOP,
)
READS = models.process(
    "reads",
    models.start(),
    models.user("ready"),
    models.catch("read", models.message_event("report")),
    models.user("answer"),
    models.path("start_1", "ready", "read", "answer"),
    globals=TOP,
)
BEGINS = models.process(
    "begins",
    models.start("asked", models.message_event("report")),
    models.user("look"),
    models.path("asked", "look"),
    globals=TOP,
)


@BOTH_TRANSPORTS
def test_a_message_of_an_instance_reaches_the_one_with_its_key(office):
    office.deploy(SENDS, READS)
    reader, other = office.start("reads", {"number": "1"}), office.start("reads", {"number": "2"})
    for instance in (reader, other):
        task = next(task for task in office.call("user_tasks").items if task.instance_id == instance.id)
        office.call("complete", task.id, variables={}, actor=CLERK)
    office.start("sends", {"number": "1", "subject": "noise"})
    office.complete("write")
    office.advance(seconds=1)
    assert office.tasks()["answer"].instance_id == reader.id
    assert office.read("variables", reader.id)["about"] == "noise"
    assert "answer" not in {task.element_id for task in office.call("user_tasks", instance_id=other.id).items}


def test_a_message_waits_for_its_receiver(office):
    office.deploy(SENDS, READS)
    office.start("sends", {"number": "1", "subject": "noise"})
    office.complete("write")
    office.advance(seconds=1)
    office.advance(hours=3)
    reader = office.start("reads", {"number": "1"})
    office.complete("ready")
    office.advance(seconds=1)
    assert office.read("variables", reader.id)["about"] == "noise"
    assert not office.read("jobs", kind="message", state="PENDING").items
    with office.database.read() as session:
        assert session.execute(tables.buffered_message.select()).all() == []
    late = office.start("reads", {"number": "1"})
    office.complete("ready")
    office.advance(hours=1)
    assert office.read("progress", late.id).active == {"read": 1}, "it was delivered once"


def test_a_message_that_nobody_comes_to_wait_for_is_gone_after_its_time_to_live(office):
    office.deploy(SENDS, READS)
    sender = office.start("sends", {"number": "1", "subject": "noise"})
    office.complete("write")
    office.advance(seconds=1)
    for _ in range(150):
        office.advance(minutes=10)
    assert ("message_expired", None) in office.kinds(sender)
    reader = office.start("reads", {"number": "1"})
    office.complete("ready")
    office.advance(hours=1)
    assert office.read("progress", reader.id).active == {"read": 1}


def test_a_message_of_an_instance_may_start_a_process(office):
    office.deploy(SENDS, BEGINS)
    office.start("sends", {"number": "77", "subject": "noise"}, scope="khoy")
    office.complete("write")
    office.advance(seconds=1)
    found = office.tasks()["look"]
    assert (found.business_key, found.scope) == ("77", "khoy")


def test_the_time_to_live_is_a_setting(office):
    assert office.engine.settings.message_time_to_live == timedelta(days=1)
    office.deploy(
        models.process(
            "plain",
            models.start(),
            '<bpmn:endEvent id="out"><bpmn:messageEventDefinition messageRef="m_bare"/></bpmn:endEvent>',
            models.path("start_1", "out"),
            globals='<bpmn:message id="m_bare" name="bare"/>',
        )
    )
    office.start("plain", business_key="B-7")
    [job] = office.read("jobs", kind="message").items
    assert job.payload["key"] == "B-7", "without a correlation key it is for the sender's business key"


def test_a_suspended_receiver_gets_the_message_when_it_goes_on(office):
    office.deploy(SENDS, READS)
    reader = office.start("reads", {"number": "1"})
    office.complete("ready")
    office.call("suspend", reader.id, actor=CLERK)
    office.start("sends", {"number": "1", "subject": "noise"})
    office.complete("write")
    office.advance(seconds=1)
    office.call("resume", reader.id, actor=CLERK)
    office.advance(minutes=10)
    assert office.waiting() == {"answer"}
