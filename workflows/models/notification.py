"""Notifications: the outbox of text messages and of e-mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class Notification(Base):
    """One message to one mobile number or e-mail address; sent at least once by the job that carries its id."""

    __tablename__ = "notification"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(8), default="SMS", server_default="SMS")
    """SMS or EMAIL."""
    mobile: Mapped[str | None] = mapped_column(String(16))
    email: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(5))
    text: Mapped[str | None] = mapped_column(Text)
    """None once a message that held a secret has been sent."""
    application_id: Mapped[str | None] = mapped_column(ForeignKey("application.id"), index=True)
    subject_id: Mapped[str | None] = mapped_column(Id)
    """The row the message is about, such as a correction request."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the provider said that it will never reach this number or address."""
    provider_reference: Mapped[str | None] = mapped_column(String(100))
