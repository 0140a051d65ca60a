"""Applications: what an applicant asks for, and everything said about it on its way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, Json, UtcDateTime


class Application(Base):
    """One application for one service; reopened, it goes on with another process instance."""

    __tablename__ = "application"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    service: Mapped[str] = mapped_column(String(64))
    county: Mapped[str] = mapped_column(ForeignKey("county.code"))
    file_number: Mapped[str] = mapped_column(String(32), unique=True)
    tracking_hash: Mapped[str] = mapped_column(String(64), unique=True)
    applicant_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    via: Mapped[str] = mapped_column(String(16))
    submitted_by: Mapped[str] = mapped_column(String(64))
    subject_key: Mapped[str] = mapped_column(String(64))
    """What may be asked for once at a time: a hash over service, applicant's identity and place."""
    state: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str | None] = mapped_column(String(32))
    holder_role: Mapped[str | None] = mapped_column(String(32))
    """The role whose turn it is."""
    about_licence_id: Mapped[str | None] = mapped_column(Id, index=True)
    """The licence it is about, of a service that is about one. No foreign key: licences point at applications."""
    about_facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    """What the register said of that licence on the day of submission, in codes and dates."""
    instance_id: Mapped[str | None] = mapped_column(Id, index=True)
    """None only while the instance is being started."""
    definition_id: Mapped[str] = mapped_column(Id)
    deployment_id: Mapped[str] = mapped_column(Id)
    """The bundle whose form and rules the application was submitted under."""
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    """The form as it stands after corrections; personal data, so never in process variables."""
    search_text: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class
    __table_args__ = (
        Index(None, "county", "state", "id"),
        Index(None, "state", "id"),
        Index("ix_application_open_subject", "subject_key", unique=True,
              sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    )


class ApplicationInstance(Base):
    """A process instance that carried an application; there is more than one after a reopening."""

    __tablename__ = "application_instance"

    instance_id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)


class StageEntry(Base):
    """One stage an application has been in."""

    __tablename__ = "stage_entry"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    stage: Mapped[str] = mapped_column(String(32))
    element_id: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str | None] = mapped_column(String(32))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Submission(Base):
    """What somebody filled in: the application itself, or the form of a user task."""

    __tablename__ = "submission"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    task_id: Mapped[str | None] = mapped_column(Id, unique=True)
    element_id: Mapped[str] = mapped_column(String(255))
    form_key: Mapped[str] = mapped_column(String(255))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    submitted_by: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CorrectionRequest(Base):
    """One round of corrections: what is missing, what is unlocked, when the applicant was told, until when."""

    __tablename__ = "correction_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    instance_id: Mapped[str] = mapped_column(Id)
    round: Mapped[int]
    missing_codes: Mapped[list[str]] = mapped_column(Json)
    unlocked_fields: Mapped[list[str]] = mapped_column(Json)
    note: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_by: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CorrectionChange(Base):
    """One field before and after a correction."""

    __tablename__ = "correction_change"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("correction_request.id"), index=True)
    """None where the applicant mended the application after the first automatic test."""
    field: Mapped[str] = mapped_column(String(100))
    old: Mapped[Any] = mapped_column(Json, nullable=True)
    new: Mapped[Any] = mapped_column(Json, nullable=True)
    old_document_id: Mapped[str | None] = mapped_column(Id)
    new_document_id: Mapped[str | None] = mapped_column(Id)
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Decision(Base):
    """What a body decided, with the condition codes it cites."""

    __tablename__ = "decision"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    task_id: Mapped[str | None] = mapped_column(Id)
    element_id: Mapped[str] = mapped_column(String(255))
    answer: Mapped[str] = mapped_column(String(32))
    codes: Mapped[list[str]] = mapped_column(Json)
    note: Mapped[str | None] = mapped_column(Text)
    session_no: Mapped[str | None] = mapped_column(String(64))
    session_on: Mapped[date | None] = mapped_column(sa.Date)
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    decided_by: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Inquiry(Base):
    """An answer of another body about an application; vetting is one of them."""

    __tablename__ = "inquiry"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    task_id: Mapped[str | None] = mapped_column(Id)
    code: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(16), default="CLERK", server_default="CLERK")
    """CLERK, or REGISTER where it came over HTTP."""
    answer: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str | None] = mapped_column(String(100))
    answered_on: Mapped[date | None] = mapped_column(sa.Date)
    document_id: Mapped[str | None] = mapped_column(Id)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WithdrawalRequest(Base):
    """A wish to withdraw; after the hand-over to the issuer it is a request and no more."""

    __tablename__ = "withdrawal_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    carried_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IssuerAnswer(Base):
    """What the issuer answered to a hand-over."""

    __tablename__ = "issuer_answer"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    answer: Mapped[str] = mapped_column(String(16))
    issuer_number: Mapped[str | None] = mapped_column(String(64))
    national_licence_id: Mapped[str | None] = mapped_column(String(64))
    issued_on: Mapped[date | None] = mapped_column(sa.Date)
    return_reason: Mapped[str | None] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NumberSequence(Base):
    """The last number given in a year for a kind of number."""

    __tablename__ = "number_sequence"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]

