"""Drafts: what somebody has filled in and attached so far, and has not sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, Json, UtcDateTime


class Draft(Base):
    """One person's draft of one form. The answers of a user task's form stand at the task, not here."""

    __tablename__ = "draft"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    place: Mapped[str] = mapped_column(String(100), index=True)
    """The id of a user task, or `application:`, a service, and the number of the licence it is about."""
    data: Mapped[dict[str, Any] | None] = mapped_column(Json, nullable=True)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (Index(None, "owner_id", "place", unique=True),)


class DraftFile(Base):
    """One file attached to a draft; its content lies in the folder of documents."""

    __tablename__ = "draft_file"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("draft.id"))
    field: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(sa.Integer)
    sha256: Mapped[str] = mapped_column(String(64), index=True)

    __table_args__ = (Index(None, "draft_id", "field", unique=True),)
