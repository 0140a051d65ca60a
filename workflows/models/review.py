"""The monthly review: who waits for it, and what a session that was confirmed says of itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, Json, UtcDateTime


class ReviewCandidate(Base):
    """One application that waits for a session; the row goes when a session decides, or when the application ends."""

    __tablename__ = "review_candidate"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    """The ticket under which the result reaches the application: each wait has its own."""
    kind: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(64))
    county: Mapped[str] = mapped_column(String(64))
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"))
    instance_id: Mapped[str] = mapped_column(Id, index=True)
    """The instance that waits."""
    rank: Mapped[int]
    """0: carried over from an earlier session; 1: new."""
    ready_at: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    """What the review begins with: ids, codes and numbers, nothing personal."""

    __table_args__ = (
        UniqueConstraint("kind", "application_id"),
        Index(None, "kind", "scope", "rank", "ready_at", "id"),
    )


class ReviewSession(Base):
    """The process instance of a session, and its confirmation with one minutes file for all of its items."""

    __tablename__ = "review_session"

    cycle_id: Mapped[str] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), unique=True)
    number: Mapped[str | None] = mapped_column(String(40))
    held_on: Mapped[date | None] = mapped_column(sa.Date)
    members_present: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)
    minutes_name: Mapped[str | None] = mapped_column(String(255))
    minutes_type: Mapped[str | None] = mapped_column(String(100))
    minutes_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
