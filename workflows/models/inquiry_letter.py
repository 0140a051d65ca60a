"""Letters by which a clerk asks another body."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base, Id, UtcDateTime


class InquiryLetter(Base):
    """One numbered letter, for one task of an inquiry."""

    __tablename__ = "inquiry_letter"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("application.id"), index=True)
    task_id: Mapped[str] = mapped_column(Id, unique=True)
    code: Mapped[str] = mapped_column(String(32))
    number: Mapped[str] = mapped_column(String(32), unique=True)
    written_by: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document_id: Mapped[str | None] = mapped_column(Id)
    """None until the job has written the PDF."""
