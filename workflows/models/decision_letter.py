"""Letters that tell an applicant of a decision."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class DecisionLetter(Base):
    """One numbered letter, for one refusal."""

    __tablename__ = "decision_letter"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decision.id"), unique=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document_id: Mapped[str | None] = mapped_column(Id)
    """None until the job has written the PDF."""
