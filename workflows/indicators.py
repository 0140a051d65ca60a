"""Indicators: what the register counts today, and beside it, never mixed, what the founding article told.

The live figures are counted over offices (hundreds), by county, in one query. An office counts while its licence is in
force today; a bank code counts while it has not ended.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session

from workflows import authorization, calendar
from workflows.models.county import County
from workflows.models.licence import Licence
from workflows.models.office import BankCode, Office

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

SOURCE, SOURCE_FA = "IRNA, Urmia; the date of the article is not known", "ایرنا، ارومیه؛ تاریخ گزارش معلوم نیست"
ARTICLE: Sequence[tuple[str, int]] = (
    ("offices_total", 303), ("added_since_regulation", 58), ("awaiting_issue", 48), ("projected_total", 351),
    ("rural_total", 417), ("rural_banking", 278), ("rural_banking_percent", 66), ("atms", 74), ("atms_by_ministry", 56))
"""The article's figures: a snapshot of unknown date. Its "over 350" is 303 and 48; its 66 % is cut off, not rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The offices of one county, or of all that an account may see."""

    county: str | None
    """None for the sum."""
    name: str
    name_en: str
    urban: int = 0
    rural: int = 0
    rural_banking: int = 0
    atms: int = 0
    atms_by_ministry: int = 0
    over_60_counter: int = 0
    """Offices that have a counter of its own for people over 60."""
    over_60_none: int = 0
    over_60_unknown: int = 0

    @property
    def banking_gap(self) -> int:
        """Rural offices still without banking; the aim is none."""
        return self.rural - self.rural_banking

    @property
    def banking_percent(self) -> int | None:
        """The share of rural offices with banking, cut off as the article does; None where there is no office."""
        return 100 * self.rural_banking // self.rural if self.rural else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the register counts on a day."""

    on: date
    counties: Sequence[Counted]
    total: Counted


NUMBERS = ("urban", "rural", "rural_banking", "banking_gap", "banking_percent", "atms", "atms_by_ministry",
           "over_60_counter", "over_60_none", "over_60_unknown")
"""What is told of every county, in the order of tables and files."""
_SUMS = tuple(name for name in NUMBERS if not name.startswith("banking"))


def live(session: Session, *, product: Product, user: User) -> Live:
    """The figures of today, for the counties this account works for. Raises: Forbidden."""
    authorization.require(user, "indicators.read", clock=product.machine)
    today, places = calendar.today(product.clock.now()), authorization.counties(user, "indicators.read")
    in_force = exists().where(Licence.office_id == Office.id, Licence.state == "ACTIVE", Licence.expires_on >= today)
    rural, counter = Office.kind == "RURAL", Office.separate_counter_over_60
    query = (
        select(County.code, County.name, County.name_en, _count(Office.kind == "URBAN"), _count(rural),
               _count(rural & BankCode.id.is_not(None)), func.sum(Office.atms), func.sum(Office.atms_by_ministry),
               _count(counter.is_(True)), _count(counter.is_(False)), _count(counter.is_(None)))
        .join(Office, Office.county == County.code)
        .outerjoin(BankCode, (BankCode.office_id == Office.id) & BankCode.ended_on.is_(None))
        .where(in_force).group_by(County.code, County.name, County.name_en, County.rank).order_by(County.rank))
    if places is not None:
        query = query.where(County.code.in_(places))
    found = [Counted(county=code, name=name, name_en=name_en, **dict(zip(_SUMS, map(int, numbers), strict=True)))
             for code, name, name_en, *numbers in session.execute(query)]
    total = Counted(county=None, name="همه", name_en="All",
                    **{name: sum(getattr(one, name) for one in found) for name in _SUMS})
    return Live(on=today, counties=found, total=total)


def as_csv(figures: Live) -> bytes:
    """The live figures as CSV, UTF-8 with ASCII digits; the last line is the sum, of county `ALL`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["on", "county", *NUMBERS])
    for one in (*figures.counties, figures.total):
        numbers = [getattr(one, name) for name in NUMBERS]
        writer.writerow([figures.on.isoformat(), one.county or "ALL", *("" if n is None else n for n in numbers)])
    return out.getvalue().encode()


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
