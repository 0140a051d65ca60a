"""Sending: the transports of text messages, and the job that hands each notification to one of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from engine import errors
from engine.values import Job
from workflows import notifications
from workflows.models.notification import Notification

if TYPE_CHECKING:
    from workflows.product import Product

log = logging.getLogger(__name__)

Delivered = Callable[[Session, Notification], None]
"""Told in the transaction that records a delivery."""


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


class Transport(Protocol):
    """A way for text messages to leave."""

    def send(self, message: Message) -> Receipt:
        """Hand the message over. Raises: errors.RetryLater when the provider does not answer."""
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

    def __init__(self, product: Product, transport: Transport, delivered: Mapping[str, Delivered]) -> None:
        self._product = product
        self._transport = transport
        self._delivered = delivered

    def load(self, session: Session, job: Job) -> Message | None:
        """The message to send; None when it was sent already."""
        row = self._row(session, job)
        if row.sent_at is not None or row.text is None:
            return None
        return Message(id=row.id, mobile=row.mobile, text=row.text)

    def perform(self, payload: Message | None) -> Receipt | None:
        """Hand it to the transport."""
        return None if payload is None else self._transport.send(payload)

    def record(self, session: Session, job: Job, result: Receipt | None) -> None:
        """Note what became of it; a delivered notice starts what waits for its delivery."""
        if result is None:
            return
        row, now = self._row(session, job), self._product.clock.now()
        row.sent_at, row.provider_reference = now, result.reference
        if notifications.is_secret(row.kind):
            row.text = None
        if result.delivered:
            row.delivered_at = now
            session.flush()
            if row.kind in self._delivered:
                self._delivered[row.kind](session, row)

    def _row(self, session: Session, job: Job) -> Notification:
        row = session.get(Notification, job.payload["notification_id"])
        if row is None:
            raise errors.NotFound(what="notification", id=job.payload["notification_id"])
        return row
