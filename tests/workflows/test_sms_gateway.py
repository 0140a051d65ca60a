"""Messages through a gateway: failures are tried again, refusals are not, and a notice is delivered when it says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from tests.workflows.registers import KEY, Register, Reply, Sent, running
from tests.workflows.world import BPMN, MOBILE, World
from workflows import accounts, bootstrap, corrections, outbox, outside, sms_gateway
from workflows.models.notification import Notification
from workflows.outbox import Message, Receipt
from workflows.sms_gateway import Gateway

MESSAGE = Message(id="m1", mobile=MOBILE, text="سلام")


def taken(delivered: bool, /, **changes: Any) -> Callable[[Sent], Reply]:
    def reply(sent: Sent) -> Reply:
        value = {"message_id": sent.question["message_id"], "reference": "r-1", "delivered": delivered, **changes}
        return Reply(body=json.dumps({name: one for name, one in value.items() if one is not ...}).encode())
    return reply


@pytest.fixture
def server() -> Iterator[Register]:
    with running() as one:
        yield one


@pytest.fixture
def gateway(server: Register) -> Gateway:
    return Gateway(url=server.url, key=KEY, token="t-1", sender="3000", timeout_s=5)


@pytest.fixture
def sending(world: World, gateway: Gateway) -> World:
    """A product whose messages leave through the gateway."""
    url = world.product.database.sqlalchemy_engine.url.render_as_string(hide_password=False)
    world.product.database.dispose()
    world.product = bootstrap.build(url=url, var=world.var, public_url="https://licences.example.ir", bpmn=BPMN,
                                    clock=world.clock, machine=world.machine, sms="http", sms_gateway=gateway)
    return world


def notices(world: World) -> list[Notification]:
    with world.product.database.read() as session:
        return list(session.scalars(select(Notification).order_by(Notification.id)))


def report(world: World, id: str, delivered: bool, key: str = KEY) -> None:
    body = json.dumps({"message_id": id, "status": "DELIVERED" if delivered else "FAILED"}).encode()
    with world.product.database.begin() as session:
        outbox.report(session, product=world.product, notification_id=id, delivered=delivered, body=body,
                      signature=outside.seal(key, body, world.machine.now()))
    world.run_jobs()


def test_a_message_is_handed_over_under_its_id(server, gateway):
    server.reply = taken(True)
    assert gateway.send(MESSAGE) == Receipt(reference="r-1", delivered=True)
    [sent] = server.sent
    assert sent.question == {"message_id": "m1", "to": MOBILE, "text": "سلام", "sender": "3000"}
    assert (sent.headers["Idempotency-Key"], sent.headers["Authorization"]) == ("m1", "Bearer t-1")


@pytest.mark.parametrize("changes, fault", [
    ({"message_id": "m2"}, "message_id"), ({"reference": ""}, "reference"), ({"reference": 7}, "reference"),
    ({"delivered": "yes"}, "delivered"), ({"delivered": ...}, "delivered")])
def test_an_answer_with_a_part_amiss_is_a_failure(server, gateway, changes, fault):
    server.reply = taken(True, **changes)
    with pytest.raises(outside.CallFailed) as caught:
        gateway.send(MESSAGE)
    assert caught.value.facts["fault"] == fault
    assert MOBILE not in str(caught.value)


@pytest.mark.parametrize("status, refused", [(400, True), (422, True), (410, True), (401, False), (429, False),
                                             (500, False), (503, False), (302, False)])
def test_a_refusal_for_good_is_told_from_a_failure(server, gateway, status, refused):
    server.reply = lambda _: Reply(status=status, body=b'{"error": "09141234567"}')
    with pytest.raises(outside.CallFailed) as caught:
        gateway.send(MESSAGE)
    assert isinstance(caught.value, outside.Refused) is refused
    assert MOBILE not in str(caught.value)


def test_a_failure_is_tried_again_under_the_same_id(sending, server):
    server.reply = lambda _: Reply(status=503)
    with sending.product.database.begin() as session:
        accounts.request_code(session, product=sending.product, mobile=MOBILE)
    sending.run_jobs()
    [notice] = notices(sending)
    assert notice.sent_at is None and notice.text is not None
    server.reply = taken(False)
    sending.pass_time(minutes=10)
    [notice] = notices(sending)
    assert (len(server.sent), len({sent.headers["Idempotency-Key"] for sent in server.sent})) == (2, 1)
    assert (notice.provider_reference, notice.text, notice.delivered_at) == ("r-1", None, None)


def test_a_refused_message_is_not_sent_again_and_staff_read_of_it(sending, server):
    server.reply = lambda _: Reply(status=422)
    application = sending.submit().application_id
    sending.run_jobs()
    sending.pass_time(days=1)
    [notice] = notices(sending)
    assert (notice.kind, len(server.sent), notice.refused_at is not None) == ("receipt", 1, True)
    with sending.product.database.read() as session:
        instance = sending.application(application).instance_id
        kinds = [entry.kind for entry in sending.product.engine.history(session, instance).items]
    assert "notice_refused" in kinds


def test_a_correction_window_begins_when_the_gateway_reports_the_delivery(sending, server):
    server.reply = taken(False)
    application = sending.submit().application_id
    sending.complete(application, "check_documents", complete=False, missing_codes=["D06"],
                     unlocked_fields=["company_name"], note="ناخواناست")
    sending.run_jobs()
    notice = next(one for one in notices(sending) if one.kind == "correction_notice")

    def told_at() -> Any:
        with sending.product.database.read() as session:
            request = corrections.open_request(session, application_id=application)
        assert request is not None
        return request.told_at

    assert (notice.delivered_at, told_at()) == (None, None)
    with pytest.raises(outbox.NotFromGateway):
        report(sending, notice.id, True, key="x" * 32)
    with pytest.raises(errors.NotFound):
        report(sending, "nobody", True)
    assert told_at() is None
    report(sending, notice.id, True)
    first = told_at()
    assert first is not None
    sending.pass_time(hours=1)
    report(sending, notice.id, True)
    report(sending, notice.id, False)
    last = next(one for one in notices(sending) if one.id == notice.id)
    assert (told_at(), last.refused_at) == (first, None)


def test_the_file_of_the_gateway_is_checked_without_quoting_a_secret(tmp_path: Path):
    file = tmp_path / "sms.toml"
    file.write_text(f'url = "https://sms.example.ir/"\nkey = "{KEY}"\nsender = "3000"\n')
    assert isinstance(sms_gateway.from_file(file), Gateway)
    for text, told in ((f'url = "http://sms.example.ir/"\nkey = "{KEY}"\n', "url should begin with https://"),
                       (f'url = "https://sms.example.ir/"\nkey = "{KEY}"\ncolour = "red"\n', "colour is unknown"),
                       ('url = "https://sms.example.ir/"\nkey = "short-secret"\n', "key should be 32")):
        file.write_text(text)
        with pytest.raises(ValueError, match=told) as caught:
            sms_gateway.from_file(file)
        assert KEY not in str(caught.value) and "short-secret" not in str(caught.value)
