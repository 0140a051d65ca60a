"""Messages that an instance sends: by a throwing event, an end event, a send task."""

from __future__ import annotations

import pytest

from tests.engine import models
from tests.unit.spiff.drawing import carries, throw
from tests.unit.spiff.driver import Case, Desk, inline
from tests.unit.spiff.test_parser import codes, wrapped

TOP = models.message("report", "case_id") + '<bpmn:message id="m_plain" name="plain"/>'
SENDERS = {
    "throw": throw("send", models.message_event("report"), carries("about", "amount")) + models.path("send", "after"),
    "end": models.end("send", extra=carries("about", "amount") + models.message_event("report")),
    "task": f'<bpmn:sendTask id="send" messageRef="m_report">{carries("about", "amount")}</bpmn:sendTask>'
    + models.path("send", "after"),
}


@pytest.mark.parametrize("sender", SENDERS)
def test_what_an_instance_sends_is_reported_with_its_key_and_what_it_carries(sender: str) -> None:
    body = "" if sender == "end" else models.user("after")
    case = Case(inline("p", models.start(), SENDERS[sender], body, models.path("start_1", "send"), top=TOP), amount=7)
    [thrown] = case.report.thrown
    assert (thrown.kind, thrown.name, thrown.correlation_key, thrown.variables, thrown.element_id) == (
        "message",
        "report",
        "A-1",
        {"about": 7},
        "send",
    )
    assert case.trace == ["start_1", "send"]


def test_without_a_correlation_key_a_message_is_for_the_business_key() -> None:
    case = Case(
        inline(
            "p", models.start(), throw("send", models.message_event("plain")), models.path("start_1", "send"), top=TOP
        )
    )
    assert case.report.thrown[0].correlation_key is None


def test_a_message_whose_key_is_null_is_an_incident_and_is_not_sent() -> None:
    case = Case(
        inline(
            "p", models.start(), throw("send", models.message_event("report")), models.path("start_1", "send"), top=TOP
        ),
        case_id=None,
    )
    assert case.one("send").failure is not None
    assert case.report.thrown == []


def test_a_send_task_with_a_handler_lets_that_send() -> None:
    desk = Desk()
    desk.handlers["post"] = lambda call: {"sent": call.inputs["about"]}
    case = Case(
        inline(
            "p",
            models.start(),
            f'<bpmn:sendTask id="send" parvaneh:handler="post">{carries("about", "1")}</bpmn:sendTask>',
            models.user("after"),
            models.path("start_1", "send", "after"),
        ),
        desk=desk,
    )
    assert case.execution.variables()["sent"] == 1
    assert case.report.thrown == []


@pytest.mark.parametrize(
    ("middle", "code"),
    [
        ('<sendTask id="middle"/>', "missing_attribute"),
        ('<sendTask id="middle" messageRef="none"/>', "missing_reference"),
        (
            '<intermediateThrowEvent id="middle"><messageEventDefinition messageRef="none"/></intermediateThrowEvent>',
            "missing_reference",
        ),
        (
            '<sendTask id="middle" messageRef="m"><extensionElements>'
            '<parvaneh:output name="x" value="1"/></extensionElements>'
            "</sendTask>",
            "useless_mapping",
        ),
    ],
)
def test_a_message_that_is_sent_must_be_declared(middle: str, code: str) -> None:
    assert codes(wrapped(middle=middle, top='<message id="m" name="m"/>')) == [(code, "middle")]
