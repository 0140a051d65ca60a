"""The register of licences, whoever issued them, and every change of them."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime

SUPERSEDED = ("REPLACED", "TRANSFERRED")
"""States in which another licence has taken the place of this one, and may have its numbers."""
_IN_FORCE = sa.text("state NOT IN ('REPLACED', 'TRANSFERRED')")


class Licence(Base):
    """One licence. It outlives the application that led to it."""

    __tablename__ = "licence"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """Random; the part of the QR code's address that names the licence."""
    number: Mapped[str] = mapped_column(String(32))
    """Kept by the licence that takes its place: of the licences of one number one is in force."""
    kind: Mapped[str] = mapped_column(String(16))
    issuer: Mapped[str] = mapped_column(String(16))
    issuer_number: Mapped[str] = mapped_column(String(64))
    national_id: Mapped[str | None] = mapped_column(String(64))
    """The national portal's unique id of the licence."""
    holder_id: Mapped[str] = mapped_column(ForeignKey("holder.id"), index=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"), index=True)
    application_id: Mapped[str | None] = mapped_column(ForeignKey("application.id"), unique=True)
    issued_on: Mapped[date] = mapped_column(sa.Date)
    expires_on: Mapped[date] = mapped_column(sa.Date, index=True)
    state: Mapped[str] = mapped_column(String(16))
    replaced_by_id: Mapped[str | None] = mapped_column(ForeignKey("licence.id"))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class
    __table_args__ = (
        Index("ix_licence_number_in_force", "number", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
        Index("ix_licence_issuer_number_in_force", "issuer", "issuer_number", unique=True, sqlite_where=_IN_FORCE,
              postgresql_where=_IN_FORCE),
        Index(None, "number"), Index(None, "issuer", "issuer_number"),
    )


class LicenceReminder(Base):
    """When the holder of a licence is next reminded of its renewal; one row a licence, found by its time."""

    __tablename__ = "licence_reminder"

    licence_id: Mapped[str] = mapped_column(ForeignKey("licence.id"), primary_key=True)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When it is looked at again; None when nothing follows any more."""
    told_for: Mapped[date | None] = mapped_column(sa.Date)
    """The latest day of a reminder that was dealt with: sent, or passed over."""
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a reminder was sent last."""


class LicenceEvent(Base):
    """A change of a licence: from which state to which, why, by whom."""

    __tablename__ = "licence_event"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("licence.id"), index=True)
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
