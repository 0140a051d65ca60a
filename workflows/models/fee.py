"""Fees: what is owed for an application and how it was settled."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class Fee(Base):
    """A payment, or a notarised undertaking to pay once the amount is set."""

    __tablename__ = "fee"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    mode: Mapped[str] = mapped_column(String(16))
    amount: Mapped[Decimal | None] = mapped_column(sa.Numeric(18, 0))
    """In rials; None while no amount is set."""
    source: Mapped[str | None] = mapped_column(Text)
    grade: Mapped[str | None] = mapped_column(String(1))
    reference: Mapped[str | None] = mapped_column(String(100))
    document_id: Mapped[str | None] = mapped_column(Id)
    settled_by: Mapped[str] = mapped_column(String(64))
    settled_at: Mapped[datetime] = mapped_column(UtcDateTime)
