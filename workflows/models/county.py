"""Counties of the province: the scope of staff roles, applications and user tasks."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base


class County(Base):
    """A county (shahrestan), named by a slug."""

    __tablename__ = "county"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    rank: Mapped[int]
    """Order on screens."""
