"""Offices: the places licences are for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class Office(Base):
    """A counter office or a rural ICT office at its present place."""

    __tablename__ = "office"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    county: Mapped[str] = mapped_column(ForeignKey("county.code"), index=True)
    district: Mapped[str | None] = mapped_column(ForeignKey("district.code"))
    settlement: Mapped[str | None] = mapped_column(String(100))
    """Its name, as the applicant or the file wrote it."""
    settlement_code: Mapped[str | None] = mapped_column(ForeignKey("settlement.code"), index=True)
    """The same place in the reference table; None while nobody has found it there."""
    postal_code: Mapped[str] = mapped_column(String(10), index=True)
    address: Mapped[str] = mapped_column(Text)
    latitude: Mapped[Decimal | None] = mapped_column(sa.Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(sa.Numeric(9, 6))
    area_m2: Mapped[Decimal | None] = mapped_column(sa.Numeric(9, 2))
    tenure: Mapped[str | None] = mapped_column(String(16))
    separate_counter_over_60: Mapped[bool | None] = mapped_column(sa.Boolean)
    """Whether citizens over 60 have a counter of their own; None while nobody has recorded it."""
    atms: Mapped[int] = mapped_column(server_default="0")
    """Cash machines at the office."""
    atms_by_ministry: Mapped[int] = mapped_column(server_default="0")
    """Those of them that the ministry paid for."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OfficeOffering(Base):
    """One of the services that people get at an office, such as POST or WATER."""

    __tablename__ = "office_offering"

    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"), primary_key=True)
    offering: Mapped[str] = mapped_column(String(24), primary_key=True)


class BankCode(Base):
    """The code under which an office does banking: it belongs to that office for ever; an office has one at a time."""

    __tablename__ = "bank_code"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"), index=True)
    assigned_on: Mapped[date | None] = mapped_column(sa.Date)
    """None where an older register did not say."""
    ended_on: Mapped[date | None] = mapped_column(sa.Date)

    __table_args__ = (
        Index("ix_bank_code_office_in_force", "office_id", unique=True,
              sqlite_where=sa.text("ended_on IS NULL"), postgresql_where=sa.text("ended_on IS NULL")),
    )
