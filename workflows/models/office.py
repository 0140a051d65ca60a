"""Offices: the places licences are for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class Office(Base):
    """A counter office or a rural ICT office at its present place."""

    __tablename__ = "office"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    county: Mapped[str] = mapped_column(ForeignKey("county.code"), index=True)
    settlement: Mapped[str | None] = mapped_column(String(100))
    postal_code: Mapped[str] = mapped_column(String(10), index=True)
    address: Mapped[str] = mapped_column(Text)
    latitude: Mapped[Decimal | None] = mapped_column(sa.Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(sa.Numeric(9, 6))
    area_m2: Mapped[Decimal | None] = mapped_column(sa.Numeric(9, 2))
    tenure: Mapped[str | None] = mapped_column(String(16))
    separate_counter_over_60: Mapped[bool | None] = mapped_column(sa.Boolean)
    """Whether citizens over 60 have a counter of their own; None while nobody has recorded it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
