"""The statutory clock of each application: its period, its pauses, its alarms."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class ApplicationClock(Base):
    """How long an application may take, and where in its time it stands. A clock that stands still has no due times."""

    __tablename__ = "application_clock"

    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    """RUNNING, PAUSED or STOPPED."""
    days: Mapped[int]
    """Working days of the period."""
    statutory: Mapped[bool] = mapped_column(sa.Boolean)
    """Whether the period is a published deadline; else it is our own target."""
    rule_key: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    breach_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When a published deadline passes; None without one."""
    alarm: Mapped[int | None]
    """The next alarm, in percent of the period; None when all have been given."""
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int]
    """Rises with each new due time, so that a job for an older one does nothing."""
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "state", "application_id"),)


class ClockPause(Base):
    """A time in which a clock stood still, and why."""

    __tablename__ = "clock_pause"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    reason: Mapped[str] = mapped_column(String(32))
    """APPLICANT, whose turn it was, or the stage of another body for which a rule with a legal reference stops it."""
    element_id: Mapped[str] = mapped_column(String(255))
    paused_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClockAlarm(Base):
    """An alarm that was given: so much of the period has passed."""

    __tablename__ = "clock_alarm"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    percent: Mapped[int]
    statutory: Mapped[bool] = mapped_column(sa.Boolean)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The end of the period as it stood then."""
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    consent: Mapped[str | None] = mapped_column(String(16))
    """At the end of a published deadline: NOTIFIED, ISSUED, or FAILED where the process could not take it."""
