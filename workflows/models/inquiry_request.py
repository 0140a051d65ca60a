"""Inquiry requests: what a register was asked over HTTP, and what came of it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class InquiryRequest(Base):
    """One question to a register, for one task of a clerk; its id is the idempotency key."""

    __tablename__ = "inquiry_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    task_id: Mapped[str] = mapped_column(Id, unique=True)
    instance_id: Mapped[str] = mapped_column(Id)
    code: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rounds: Mapped[int] = mapped_column(default=0)
    """How often the register said that it has no answer yet."""
    answer: Mapped[str | None] = mapped_column(String(16))
    reference: Mapped[str | None] = mapped_column(String(100))
    answered_on: Mapped[date | None] = mapped_column(sa.Date)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
