"""What an operator sets beside the deployed rules: holidays, the demonstration's clock, files shipped so far."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class CalendarDay(Base):
    """A day declared closed, or working although a holiday was predicted."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    working: Mapped[bool] = mapped_column(sa.Boolean)
    kind: Mapped[str] = mapped_column(String(16), default="ADHOC", server_default="ADHOC")
    """OFFICIAL, LUNAR, or ADHOC (mourning, pollution, heat)."""
    reason: Mapped[str] = mapped_column(Text)
    declared_by: Mapped[str] = mapped_column(String(64))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ServiceSwitch(Base):
    """That an administrator offered a service, or ceased to; the latest one counts."""

    __tablename__ = "service_switch"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    service: Mapped[str] = mapped_column(String(64), index=True)
    offered: Mapped[bool] = mapped_column(sa.Boolean)
    reason: Mapped[str] = mapped_column(Text)
    switched_by: Mapped[str] = mapped_column(String(64))
    switched_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DemoClock(Base):
    """How far the demonstration's clock is ahead of the machine's; one row at most."""

    __tablename__ = "demo_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offset_seconds: Mapped[int] = mapped_column(sa.BigInteger)


class ShippedFile(Base):
    """A file that was deployed from the product's own folder, by its hash: it is never deployed again."""

    __tablename__ = "shipped_file"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    deployed_at: Mapped[datetime] = mapped_column(UtcDateTime)
