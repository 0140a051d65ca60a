"""E-mail: a confirmed address gets a copy of every notice, through a server that is believed only over TLS."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import errors
from tests.workflows import mail_server
from tests.workflows.world import World
from workflows import email_addresses, mail, notifications, outside
from workflows.models.notification import Notification
from workflows.outbox import Mail

ADDRESS = "sara@example.ir"
MAIL = Mail(id="m1", address=ADDRESS, language="fa", subject="پیام سامانه پروانه", text="سلام")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mail_server.certificate(tmp_path_factory.mktemp("tls"))


def letters(world: World) -> list[email.message.EmailMessage]:
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((world.var / "mail").glob("*.eml"))]


def asked_link(world: World, address: str = ADDRESS) -> str:
    with world.product.database.begin() as session:
        email_addresses.ask(session, product=world.product, user=world.users["applicant"], email=address)
    world.run_jobs()
    return letters(world)[-1].get_content().split("/my/email/")[1].split()[0]


def confirmed(world: World) -> None:
    link = asked_link(world)
    with world.product.database.begin() as session:
        email_addresses.confirm(session, product=world.product, user=world.users["applicant"], link=link)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_message_goes_to_the_server_over_tls_after_signing_in(pem, tls):
    with mail_server.running(pem, implicit=tls == "implicit") as server:
        sent = mail.Smtp(host="127.0.0.1", port=server.port, tls=tls, user="u", password="p", ca_file=str(pem),
                         sender="licences@example.ir", sender_name="پروانه").send(MAIL)
    assert (sent.reference, sent.delivered) == ("m1@example.ir", False)
    assert server.spoken.index("AUTH") < server.spoken.index("MAIL")
    [content] = server.messages
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert (found["To"], found["Subject"], found["Message-ID"]) == (ADDRESS, MAIL.subject, "<m1@example.ir>")
    assert found.get_content().strip() == "سلام"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_whose_certificate_nobody_vouches_for_learns_nothing(pem, tls):
    with mail_server.running(pem, implicit=tls == "implicit") as server, pytest.raises(outside.CallFailed) as caught:
        mail.Smtp(host="127.0.0.1", port=server.port, tls=tls, user="u", password="p",
                  sender="licences@example.ir").send(MAIL)
    assert caught.value.facts["fault"] == outside.TLS
    assert not {"AUTH", "MAIL"} & set(server.spoken)


@pytest.mark.parametrize("recipient, content, fault, refused", [
    ("550 nobody", "250", "recipient 550", True), ("451 later", "250", "recipient 451", False),
    ("250 fine", "554 no", "status 554", False)])
def test_only_a_recipient_that_does_not_exist_is_refused_for_good(recipient, content, fault, refused):
    with mail_server.running() as server:
        server.recipient, server.content = recipient, content
        transport = mail.Smtp(host="127.0.0.1", port=server.port, tls="none", sender="licences@example.ir")
        with pytest.raises(outside.CallFailed) as caught:
            transport.send(MAIL)
    assert (caught.value.facts["fault"], isinstance(caught.value, outside.Refused)) == (fault, refused)
    assert ADDRESS not in str(caught.value)


def test_an_address_gets_copies_once_its_link_was_opened_by_the_one_who_asked(world):
    link = asked_link(world)
    with world.product.database.begin() as session:
        with pytest.raises(email_addresses.LinkInvalid):
            email_addresses.confirm(session, product=world.product, user=world.users["clerk"], link=link)
        with pytest.raises(email_addresses.LinkInvalid):
            email_addresses.confirm(session, product=world.product, user=world.users["applicant"], link=link[:-1])
        assert email_addresses.of_account(session, user=world.users["applicant"]) is None
    confirmed(world)
    application = world.submit().application_id
    world.run_jobs()
    with world.product.database.read() as session:
        told = notifications.of_application(session, application_id=application)
        asked = session.scalars(select(Notification.text).where(Notification.kind == "confirm_email")).all()
    assert sorted((one.kind, one.channel, one.sent_at is not None) for one in told) == [
        ("receipt", "EMAIL", True), ("receipt", "SMS", True)]
    assert [letter["To"] for letter in letters(world)] == [ADDRESS] * 3
    assert set(asked) == {None}, "a link is forgotten once it was sent"
    with world.product.database.begin() as session:
        email_addresses.forget(session, user=world.users["applicant"])
        assert email_addresses.of_account(session, user=world.users["applicant"]) is None


def test_a_link_is_good_for_a_day_and_few_are_sent(world):
    link = asked_link(world)
    world.machine.advance(timedelta(hours=25))
    with world.product.database.begin() as session, pytest.raises(email_addresses.LinkInvalid):
        email_addresses.confirm(session, product=world.product, user=world.users["applicant"], link=link)
    for _ in range(email_addresses.LINKS_PER_DAY):
        asked_link(world)
    with pytest.raises(email_addresses.LinkLimitReached):
        asked_link(world)
    with pytest.raises(errors.Invalid):
        asked_link(world, "sara@example")


def test_the_file_of_the_server_is_checked_without_quoting_a_secret(tmp_path: Path):
    file, good = tmp_path / "mail.toml", 'host = "mail.example.ir"\nsender = "licences@example.ir"\n'
    file.write_text(f'{good}user = "u"\npassword = "secret-word"\n')
    assert isinstance(mail.from_file(file), mail.Smtp)
    for text, told in ((f'{good}tls = "none"\n', "tls should be implicit or starttls"),
                       (f'{good}tls = "some"\n', "tls should be one of"), ('sender = "a@b.ir"\n', "host is"),
                       (f'{good}colour = "red"\n', "colour is unknown"), (f'{good}ca_file = "/none"\n', "ca_file"),
                       ('host = "h"\nsender = "nobody"\n', "sender should be"),
                       (f'{good}password = "secret-word"\n', "user and password")):
        file.write_text(text)
        with pytest.raises(ValueError, match=told) as caught:
            mail.from_file(file)
        assert "secret-word" not in str(caught.value)
