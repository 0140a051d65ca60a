"""The reference table of places below the county: districts (bakhsh), towns and villages."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.base import Base


class District(Base):
    """A district of a county, named by the county's slug and its own, such as `urmia/anzal`."""

    __tablename__ = "district"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    county: Mapped[str] = mapped_column(ForeignKey("county.code"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    rank: Mapped[int]


class Settlement(Base):
    """A town or village of a district. Towns are shipped; villages come in with the first office there."""

    __tablename__ = "settlement"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of a town `urmia/anzal/qushchi`; of a village that came in with an office, an id."""
    county: Mapped[str] = mapped_column(ForeignKey("county.code"))
    district: Mapped[str] = mapped_column(ForeignKey("district.code"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    """TOWN or VILLAGE."""
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(100))
    """The name as it is compared: no spaces, no ZWNJ."""
    name_en: Mapped[str | None] = mapped_column(String(100))

    __table_args__ = (Index(None, "county", "name_key", "district", unique=True),)
