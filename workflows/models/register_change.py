"""What changed in the register besides the states of licences, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, Json, UtcDateTime


class RegisterChange(Base):
    """An office, its holder or its licence was entered or changed: which fields, from what to what, why, by whom."""

    __tablename__ = "register_change"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    office_id: Mapped[str | None] = mapped_column(ForeignKey("office.id"), index=True)
    holder_id: Mapped[str | None] = mapped_column(ForeignKey("holder.id"), index=True)
    """Exactly one of office and holder is named; a licence's dates change with its office."""
    kind: Mapped[str] = mapped_column(String(16))
    """ENTERED or CHANGED."""
    changes: Mapped[dict[str, Any]] = mapped_column(Json)
    """Field -> [before, after]."""
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
