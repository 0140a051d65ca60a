"""Sending: the transports of text messages and e-mail, and the job that hands each notification to one of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from engine import errors
from engine.values import SYSTEM, Job
from workflows import notifications, outside
from workflows.models.application import Application
from workflows.models.notification import Notification

if TYPE_CHECKING:
    from workflows.product import Product

log = logging.getLogger(__name__)

REPORT = "notification.report"

Delivered = Callable[[Session, Notification], None]
"""Told in the transaction that records a delivery."""


class NotFromGateway(errors.Forbidden):
    """The signature is not that of the SMS gateway, or is older than five minutes."""

    fa = "امضا از درگاه پیامک نیست، یا بیش از پنج دقیقه از آن گذشته است."


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a transport sends; `id` is the provider's idempotency key."""

    id: str
    mobile: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a transport answers."""

    reference: str
    delivered: bool
    """False where the provider reports delivery later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The provider will never take this message, such as for a number that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a transport of e-mail sends; `id` becomes part of its Message-ID, so that a copy is recognised."""

    id: str
    address: str
    language: str
    subject: str
    text: str


class MailTransport(Protocol):
    """A way for e-mail to leave."""

    def send(self, mail: Mail) -> Receipt:
        """Hand the message over. Raises as `Transport.send` does."""
        ...


class Transport(Protocol):
    """A way for text messages to leave."""

    def send(self, message: Message) -> Receipt:
        """Hand the message over.

        Raises: errors.RetryLater when the provider asks for patience; outside.Refused when trying again is in vain;
        anything else for a failure, after which it is tried again.
        """
        ...


class FileTransport:
    """Writes each message to a file: the default, and the double used by tests."""

    def __init__(self, folder: Path, *, tell: bool = False) -> None:
        """`tell` writes number and text to the log as well: for demonstrations, where nobody owns the number."""
        self.folder = folder
        self._tell = tell

    def send(self, message: Message) -> Receipt:
        """Write the message; sending it again writes the same file."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{message.id}-{message.mobile}.txt"
        temporary = path.with_suffix(".part")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(f"{message.mobile}\n{message.text}\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        if self._tell:
            log.info("SMS to %s: %s", message.mobile, message.text)
        return Receipt(reference=path.name, delivered=True)


class Sender:
    """The handler of `notification.send` jobs."""

    def __init__(self, product: Product, transport: Transport, post: MailTransport,
                 delivered: Mapping[str, Delivered]) -> None:
        self._product = product
        self._transport = transport
        self._post = post
        self._delivered = delivered

    def load(self, session: Session, job: Job) -> Message | Mail | None:
        """The message to send; None when it was sent already."""
        row = _row(session, job.payload["notification_id"])
        if row.sent_at is not None or row.text is None:
            return None
        if row.channel == notifications.EMAIL:
            return Mail(id=row.id, address=row.email or "", language=row.language, text=row.text,
                        subject=notifications.subject(row.kind, row.language))
        return Message(id=row.id, mobile=row.mobile or "", text=row.text)

    def perform(self, payload: Message | Mail | None) -> Receipt | Refusal | None:
        """Hand it to the transport."""
        try:
            if isinstance(payload, Mail):
                return self._post.send(payload)
            return None if payload is None else self._transport.send(payload)
        except outside.Refused:
            return Refusal()

    def record(self, session: Session, job: Job, result: Receipt | Refusal | None) -> None:
        """Note what became of it; a delivered notice starts what waits for its delivery."""
        if result is None:
            return
        row, now = _row(session, job.payload["notification_id"]), self._product.clock.now()
        row.sent_at = now
        if notifications.is_secret(row.kind):
            row.text = None
        if isinstance(result, Refusal):
            _refused(session, self._product, row)
            return
        row.provider_reference = result.reference
        if result.delivered:
            _delivered(session, self._product, row, self._delivered)


class Reporter:
    """The handler of `notification.report` jobs: what the provider tells of a message after it took it."""

    def __init__(self, product: Product, delivered: Mapping[str, Delivered]) -> None:
        self._product = product
        self._delivered = delivered

    def load(self, session: Session, job: Job) -> None:
        """Nothing is needed."""

    def perform(self, payload: None) -> None:
        """Nothing outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Note the delivery or the refusal, whichever is told first."""
        row = _row(session, job.payload["notification_id"])
        if row.delivered_at is not None or row.refused_at is not None:
            return
        if job.payload["delivered"]:
            _delivered(session, self._product, row, self._delivered)
        else:
            _refused(session, self._product, row)


def report(session: Session, *, product: Product, notification_id: str, delivered: bool, body: bytes,
           signature: str) -> None:
    """Take the gateway's report on a message; the same report again changes nothing.

    Raises: NotFound for a message that was never sent; NotFromGateway.
    """
    row = _row(session, notification_id)
    if product.sms_gateway is None or not product.sms_gateway.is_genuine(body, signature, now=product.machine.now()):
        raise NotFromGateway
    product.engine.enqueue(session, kind=REPORT, payload={"notification_id": row.id, "delivered": delivered},
                           dedup_key=f"{REPORT}:{row.id}:{delivered}")


def _delivered(session: Session, product: Product, row: Notification, told: Mapping[str, Delivered]) -> None:
    row.delivered_at = product.clock.now()
    session.flush()
    if row.kind in told:
        told[row.kind](session, row)


def _refused(session: Session, product: Product, row: Notification) -> None:
    """No window starts, and the history tells staff, who may tell the applicant in another way."""
    row.refused_at = product.clock.now()
    application = session.get(Application, row.application_id) if row.application_id else None
    if application is not None and application.instance_id is not None:
        product.engine.record(session, application.instance_id, "notice_refused", actor=SYSTEM,
                              facts={"notification": row.id, "kind": row.kind})


def _row(session: Session, notification_id: str) -> Notification:
    row = session.get(Notification, notification_id)
    if row is None:
        raise errors.NotFound(what="notification", id=notification_id)
    return row
