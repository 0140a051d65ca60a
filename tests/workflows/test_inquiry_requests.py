"""Registers asked over HTTP answer as a clerk would; what fails is left to the clerk and never read as clean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.values import SYSTEM, Incident
from tests.workflows.registers import KEY, Register, Reply, answered, pending, running
from tests.workflows.world import DATA, PEOPLE, World
from workflows import inquiries, inquiry_requests, outside, tasks
from workflows.models.inquiry_request import InquiryRequest


@pytest.fixture
def register() -> Iterator[Register]:
    with running() as one:
        yield one


def at_inquiries(world: World, register: Register, *kinds: str, **changes: Any) -> str:
    """An application that has come to its inquiries, these kinds of them asked over HTTP; its id."""
    world.product.inquiry_adapters.update({kind: register.adapter(kind, **changes) for kind in kinds})
    application = world.submit().application_id
    world.advance_to(application, "record_inquiry")
    world.run_jobs()
    return application


def recorded(world: World, application: str) -> list[tuple[str, str, str]]:
    with world.product.database.read() as session:
        found = inquiries.of_application(session, application_id=application)
    return sorted((one.code, one.answer, one.source) for one in found)


def states(world: World) -> dict[str, str]:
    with world.product.database.read() as session:
        return {row.code: row.state for row in session.scalars(select(InquiryRequest))}


def asked_by_hand(world: World, application: str) -> list[str]:
    """The inquiries whose tasks are open."""
    return sorted(code for task in world.tasks(application) if (code := inquiries.code_of(task)))


def incidents(world: World) -> list[Incident]:
    with world.product.database.read() as session:
        return list(world.product.engine.incidents(session, state="OPEN").items)


def by_hand(world: World, application: str, code: str, answer: str) -> None:
    [task] = [one for one in world.tasks(application) if inquiries.code_of(one) == code]
    field = "vetting_result" if code == inquiries.VETTING else "answer"
    world.complete(application, task.element_id, task=task, **{field: answer})


def bring(world: World, value: dict[str, Any], *, key: str = KEY) -> str:
    """A register brings an answer, signed with `key`."""
    body = json.dumps(value).encode()
    signature = outside.seal(key, body, world.machine.now())
    with world.product.database.begin() as session:
        return inquiry_requests.receive(session, product=world.product, question_id=value["question_id"], body=body,
                                        value=value, signature=signature)


def answer_of(question: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return dict(json.loads(answered(question, **changes).body))


def test_registers_that_answer_leave_nothing_to_the_clerk_but_what_they_do_not_cover(world, register):
    application = at_inquiries(world, register, "CRIMINAL", "TAX", "VETTING")
    assert recorded(world, application) == [(code, "CLEAN", "REGISTER") for code in ("CRIMINAL", "TAX", "VETTING")]
    assert states(world) == dict.fromkeys(("CRIMINAL", "TAX", "VETTING"), "ANSWERED")
    assert asked_by_hand(world, application) == ["ADDICTION", "BANK", "INSURANCE", "PLACES"]
    for code in ("ADDICTION", "BANK", "INSURANCE", "PLACES"):
        by_hand(world, application, code, "CLEAN")
    world.advance_to(application, "report_ready")
    assert len(recorded(world, application)) == 7


def test_a_negative_answer_of_a_register_is_heard_like_any_other(world, register):
    register.reply = lambda sent: pending(sent.question)
    application = at_inquiries(world, register, *inquiries.DEFAULT)
    for sent in register.sent:
        bring(world, answer_of(sent.question, answer="NOT_CLEAN" if sent.question["kind"] == "BANK" else "CLEAN"))
    assert ("BANK", "NOT_CLEAN", "REGISTER") in recorded(world, application)
    by_hand(world, application, "VETTING", "CLEAN")
    assert any(task.form_key == "hearing" for task in world.tasks(application))


def test_a_register_that_fails_is_asked_again_then_left_to_the_clerk_with_an_incident(world, register):
    register.reply = lambda sent: Reply(status=500, body=answered(sent.question).body)
    application = at_inquiries(world, register, "TAX")
    assert (len(register.sent), states(world), incidents(world)) == (1, {"TAX": "ASKED"}, [])
    for _ in range(6):
        world.pass_time(minutes=10)
    assert len(register.sent) == 5
    assert len({sent.headers["Idempotency-Key"] for sent in register.sent}) == 1
    assert len({sent.body for sent in register.sent}) == 1
    assert (states(world), recorded(world, application)) == ({"TAX": "FAILED"}, [])
    [incident] = incidents(world)
    assert "register TAX did not answer as agreed (status 500)" in incident.message
    assert not any(str(value) in incident.message for value in DATA.values() if len(str(value)) > 4)
    assert "TAX" in asked_by_hand(world, application)
    by_hand(world, application, "TAX", "CLEAN")
    assert recorded(world, application) == [("TAX", "CLEAN", "CLERK")]


def test_an_incident_that_is_retried_asks_again_and_takes_the_answer(world, register):
    register.reply = lambda _: Reply(body=b"<html>CLEAN</html>")
    application = at_inquiries(world, register, "TAX")
    for _ in range(6):
        world.pass_time(minutes=10)
    register.reply = lambda sent: answered(sent.question)
    [incident] = incidents(world)
    with world.product.database.begin() as session:
        world.product.engine.retry_incident(session, incident.id, actor=SYSTEM)
    world.run_jobs()
    assert recorded(world, application) == [("TAX", "CLEAN", "REGISTER")]
    assert incidents(world) == []


def test_a_register_without_an_answer_yet_is_asked_again_when_it_said(world, register):
    register.reply = lambda sent: pending(sent.question, ask_again_after_s=7200)
    application = at_inquiries(world, register, "TAX")
    world.pass_time(hours=1)
    assert (len(register.sent), states(world)) == (1, {"TAX": "WAITING"})
    world.pass_time(hours=1, minutes=1)
    assert len(register.sent) == 2
    register.reply = lambda sent: answered(sent.question, answer="NOT_CLEAN")
    world.pass_time(hours=3)
    assert recorded(world, application) == [("TAX", "NOT_CLEAN", "REGISTER")]


def test_a_register_is_left_alone_once_the_clerk_has_recorded_the_letter(world, register):
    register.reply = lambda sent: pending(sent.question)
    application = at_inquiries(world, register, "TAX")
    by_hand(world, application, "TAX", "CLEAN")
    world.pass_time(days=1)
    assert (len(register.sent), states(world)) == (1, {"TAX": "BY_HAND"})


def test_an_answer_that_comes_after_the_clerks_is_kept_beside_it_and_changes_nothing(world, register):
    world.product.inquiry_adapters["TAX"] = register.adapter("TAX")
    application = world.submit().application_id

    def reply(sent: Any) -> Reply:
        by_hand(world, application, "TAX", "CLEAN")  # the letter comes while the register thinks
        return answered(sent.question, answer="NOT_CLEAN")

    register.reply = reply
    world.advance_to(application, "record_inquiry")
    world.run_jobs()
    assert (states(world), recorded(world, application)) == ({"TAX": "LATE"}, [("TAX", "CLEAN", "CLERK")])
    with world.product.database.read() as session:
        [late] = inquiry_requests.late_answers(session, application_id=application)
    assert (late.code, late.answer) == ("TAX", "NOT_CLEAN")


def test_an_answer_that_is_brought_later_is_recorded_once_however_often_it_comes(world, register):
    register.reply = lambda sent: pending(sent.question)
    application = at_inquiries(world, register, "TAX")
    given = answer_of(register.sent[0].question)
    with pytest.raises(inquiry_requests.NotFromRegister):
        bring(world, given, key="x" * 32)
    with pytest.raises(errors.Invalid):
        bring(world, {**given, "answer": "PERHAPS"})
    with pytest.raises(errors.NotFound):
        bring(world, {**given, "question_id": "nobody"})
    assert recorded(world, application) == []
    assert [bring(world, given) for _ in range(2)] == ["ANSWERED", "ANSWERED"]
    with pytest.raises(inquiry_requests.AnswerContradicts):
        bring(world, {**given, "answer": "NOT_CLEAN"})
    world.pass_time(days=1)
    assert (len(register.sent), recorded(world, application)) == (1, [("TAX", "CLEAN", "REGISTER")])


def test_an_answer_completes_the_task_whoever_holds_it(world, register):
    register.reply = lambda sent: pending(sent.question)
    application = at_inquiries(world, register, "TAX")
    [task] = [one for one in world.tasks(application) if inquiries.code_of(one) == "TAX"]
    with world.product.database.begin() as session:
        tasks.claim(session, product=world.product, task_id=task.id, user=world.users[PEOPLE["CLERK"]])
    assert bring(world, answer_of(register.sent[0].question)) == "ANSWERED"
    assert recorded(world, application) == [("TAX", "CLEAN", "REGISTER")]


def test_one_task_is_one_question_however_often_it_is_looked_for(world, register):
    application = at_inquiries(world, register, "TAX")
    with world.product.database.begin() as session:
        for _ in range(2):
            world.product.engine.enqueue(session, kind=inquiry_requests.FIND, payload={"application_id": application})
    world.run_jobs()
    assert len(register.sent) == 1


def test_without_a_register_every_inquiry_is_the_clerks(world):
    application = world.submit().application_id
    world.advance_to(application, "record_inquiry")
    world.run_jobs()
    assert states(world) == {}
    assert asked_by_hand(world, application) == sorted([*inquiries.DEFAULT, "VETTING"])
