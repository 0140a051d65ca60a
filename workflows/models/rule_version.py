"""Versions of rules and conditions that people proposed, and what became of each proposal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, Json, UtcDateTime

PROPOSED = sa.text("state = 'PROPOSED'")


class RuleVersion(Base):
    """A value that takes the place of the deployed one from a day on, once a second person has approved it."""

    __tablename__ = "rule_version"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """RULE or CONDITION."""
    key: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    """What stands in the place of the deployed fields."""
    effective_from: Mapped[date] = mapped_column(sa.Date)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("state <> 'APPROVED' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)",
                        name="four_eyes"),
        Index("ix_rule_version_proposed", "kind", "key", unique=True,
              sqlite_where=PROPOSED, postgresql_where=PROPOSED),
        Index(None, "state", "effective_from"),
        Index("ix_rule_version_key", "kind", "key", "id"),
    )
