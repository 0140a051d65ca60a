"""Periodic work as rows: the cycles that are due, and the docket of each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime

# What partial indexes hold; queries use the same clauses, word for word.
UNFOUND = sa.text("state IN ('DUE', 'FINDING')")
OPEN_ITEM = sa.text("state IN ('WAITING', 'FAILED', 'IN_REVIEW')")


class Cycle(Base):
    """One session of one kind in one scope: regular (sequence 0) in a Jalali month, or extraordinary (1, 2, …)."""

    __tablename__ = "cycle"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(64))
    year: Mapped[int]
    month: Mapped[int]
    sequence: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    fires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cutoff_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    found_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Where the search for the docket's items stands; moved in the transaction that writes the items.
    cursor: Mapped[str | None] = mapped_column(Text)
    chunks: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    instructed_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    request_key: Mapped[str | None] = mapped_column(String(255), unique=True)

    __table_args__ = (
        UniqueConstraint("kind", "scope", "year", "month", "sequence"),
        Index("ix_cycle_unfound", "kind", "scope", "fires_at", "sequence",
              sqlite_where=UNFOUND, postgresql_where=UNFOUND),
        Index("ix_cycle_fires_at", "fires_at", "id"),
    )


class DocketItem(Base):
    """One subject on the docket of a cycle, decided in a process instance of its own."""

    __tablename__ = "docket_item"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    cycle_id: Mapped[str] = mapped_column(ForeignKey("cycle.id"))
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(64))
    instance_id: Mapped[str | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("cycle_id", "subject"),
        UniqueConstraint("cycle_id", "position"),
        # Nobody is under review twice at the same time, in whichever cycles of a kind.
        Index("ix_docket_item_under_review", "kind", "subject", unique=True,
              sqlite_where=OPEN_ITEM, postgresql_where=OPEN_ITEM),
        Index(None, "cycle_id", "state"),
    )
