"""Holders of licences: companies and persons, as the register knows them."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class Holder(Base):
    """The company or person a licence belongs to; known by legal ID or national ID."""

    __tablename__ = "holder"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    identity: Mapped[str] = mapped_column(String(16), unique=True)
    """Legal ID (11 digits) of a company, national ID (10 digits) of a person."""
    name: Mapped[str] = mapped_column(String(300))
    registration_number: Mapped[str | None] = mapped_column(String(32))
    economic_code: Mapped[str | None] = mapped_column(String(32))
    iban: Mapped[str | None] = mapped_column(String(34))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Person(Base):
    """Somebody who acts for a holder: the manager, or the holder in person; and who deputises."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    holder_id: Mapped[str] = mapped_column(ForeignKey("holder.id"), index=True)
    capacity: Mapped[str] = mapped_column(String(16))
    """MANAGER (of a person: the holder) or DEPUTY; of each a holder has one at a time."""
    national_id: Mapped[str] = mapped_column(String(10), index=True)
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    father_name: Mapped[str | None] = mapped_column(String(100))
    born_on: Mapped[date | None] = mapped_column(sa.Date)
    gender: Mapped[str | None] = mapped_column(String(8))
    mobile: Mapped[str | None] = mapped_column(String(16))
    degree: Mapped[str | None] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
