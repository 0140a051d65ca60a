"""Offices and holders as the register knows them: made from an application when its licence is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import new_id
from workflows import catalogue, places, register_changes
from workflows.models.county import County as CountyRow
from workflows.models.holder import Holder as HolderRow
from workflows.models.holder import Person
from workflows.models.office import Office as OfficeRow

MANAGER, DEPUTY = "MANAGER", "DEPUTY"
"""In which capacity a person acts for a holder."""

OFFERINGS: Mapping[str, tuple[str, str]] = {
    "POST": ("پست", "Post"), "POST_BANK": ("پست بانک", "Post Bank"), "TELECOM": ("مخابرات", "Telecom"),
    "WATER": ("آب", "Water"), "ELECTRICITY": ("برق", "Electricity"), "GAS": ("گاز", "Gas"),
    "COMMUNICATIONS": ("ارتباطات", "Communications"), "CIVIL_REGISTRATION": ("ثبت احوال", "Civil registration"),
    "INSURANCE": ("بیمه", "Insurance"), "BILLS": ("وصول قبوض", "Bills"), "LOANS": ("پرداخت تسهیلات", "Loan payment"),
    "E_BANKING": ("بانکداری الکترونیکی", "E-banking"),
}
"""What people get at an office: Persian and English word."""

COUNTIES = (
    ("urmia", "ارومیه", "Urmia"), ("oshnavieh", "اشنویه", "Oshnavieh"), ("bukan", "بوکان", "Bukan"),
    ("poldasht", "پلدشت", "Poldasht"), ("piranshahr", "پیرانشهر", "Piranshahr"), ("takab", "تکاب", "Takab"),
    ("chaldoran", "چالدران", "Chaldoran"), ("chaypareh", "چایپاره", "Chaypareh"), ("khoy", "خوی", "Khoy"),
    ("salmas", "سلماس", "Salmas"), ("sardasht", "سردشت", "Sardasht"), ("shahin-dezh", "شاهین‌دژ", "Shahin Dezh"),
    ("showt", "شوط", "Showt"), ("maku", "ماکو", "Maku"), ("mahabad", "مهاباد", "Mahabad"),
    ("miandoab", "میاندوآب", "Miandoab"), ("naqadeh", "نقده", "Naqadeh"),
)
"""The counties of West Azerbaijan: code, Persian and English name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """A county."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office at its present place."""

    id: str
    kind: str
    county: str
    district: str | None
    settlement: str | None
    settlement_code: str | None
    """The place in the reference table, where it was found there."""
    postal_code: str
    address: str
    area_m2: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The company or person a licence belongs to."""

    id: str
    kind: str
    identity: str
    name: str
    account_id: str | None


def seed_counties(session: Session) -> None:
    """Write the counties that are not there yet."""
    known = set(session.scalars(select(CountyRow.code)))
    session.add_all(CountyRow(code=code, name=name, name_en=name_en, rank=rank)
                    for rank, (code, name, name_en) in enumerate(COUNTIES) if code not in known)
    session.flush()


def counties(session: Session) -> list[County]:
    """The counties in the order of the screens."""
    return [County(code=row.code, name=row.name, name_en=row.name_en)
            for row in session.scalars(select(CountyRow).order_by(CountyRow.rank))]


def any_registered(session: Session) -> bool:
    """Whether the register has an office."""
    return session.scalar(select(OfficeRow.id).limit(1)) is not None


def get(session: Session, *, id: str) -> Office:
    """One office. Raises: NotFound."""
    row = session.get(OfficeRow, id)
    if row is None:
        raise errors.NotFound(what="office", id=id)
    return Office(id=row.id, kind=row.kind, county=row.county, district=row.district, settlement=row.settlement,
                  settlement_code=row.settlement_code, postal_code=row.postal_code, address=row.address,
                  area_m2=row.area_m2)


def holder(session: Session, *, id: str) -> Holder:
    """One holder. Raises: NotFound."""
    row = session.get(HolderRow, id)
    if row is None:
        raise errors.NotFound(what="holder", id=id)
    return Holder(id=row.id, kind=row.kind, identity=row.identity, name=row.name, account_id=row.account_id)


def open_office(session: Session, *, kind: str, county: str, data: Mapping[str, Any], area_m2: Any, reason: str,
                by: str, at: datetime) -> str:
    """Write the office an application was for, with the area the inspector measured; returns its id.

    Where the reference table has one place of the name that the applicant gave, the office is of that place.
    """
    place = places.find(session, county=county, name=data.get("site_settlement"))
    row = OfficeRow(
        id=new_id(), kind=kind, county=county, settlement=data.get("site_settlement"),
        district=place.district if place else None, settlement_code=place.code if place else None,
        postal_code=str(data["site_postal_code"]), address=str(data["site_address"]),
        latitude=catalogue.as_number(data.get("site_lat")), longitude=catalogue.as_number(data.get("site_lng")),
        area_m2=catalogue.as_number(area_m2) or catalogue.as_number(data.get("site_area_m2")),
        tenure=data.get("site_tenure"), created_at=at)
    session.add(row)
    session.flush()
    register_changes.record(session, kind=register_changes.ENTERED, changes={}, reason=reason, by=by, at=at,
                            office_id=row.id)
    return row.id


def move(session: Session, *, id: str, data: Mapping[str, Any], area_m2: Any, reason: str, by: str,
         at: datetime) -> None:
    """Bring an office to the place an application names; the old place stays in the history of the register."""
    row = session.get_one(OfficeRow, id, with_for_update=True, populate_existing=True)
    place = places.find(session, county=row.county, name=data.get("site_settlement"))
    wanted = {
        "settlement": data.get("site_settlement"), "settlement_code": place.code if place else row.settlement_code,
        "district": place.district if place else row.district, "postal_code": str(data["site_postal_code"]),
        "address": str(data["site_address"]), "tenure": data.get("site_tenure"),
        "latitude": catalogue.as_number(data.get("site_lat")), "longitude": catalogue.as_number(data.get("site_lng")),
        "area_m2": catalogue.as_number(area_m2) or catalogue.as_number(data.get("site_area_m2"))}
    changes = register_changes.differences({name: getattr(row, name) for name in wanted}, wanted)
    for name, value in wanted.items():
        setattr(row, name, value)
    session.flush()
    if changes:
        register_changes.record(session, kind=register_changes.CHANGED, changes=changes, reason=reason, by=by, at=at,
                                office_id=id)


def keep_holder(session: Session, *, data: Mapping[str, Any], account_id: str, reason: str, by: str,
                at: datetime) -> str:
    """Write or bring up to date the holder an application names, and its manager; returns the holder's id.

    What it changes of a holder who is there already stands in the history of the register.
    """
    legal = data.get("applicant_kind") == "LEGAL"
    identity = str(data["company_legal_id"] if legal else data["ceo_national_id"])
    person = f"{data.get('ceo_first_name', '')} {data.get('ceo_last_name', '')}".strip()
    wanted = {"name": str(data.get("company_name") or person), "iban": data.get("sheba"),
              "registration_number": data.get("company_reg_no"), "economic_code": data.get("company_economic_code")}
    row = session.scalars(select(HolderRow).where(HolderRow.identity == identity)).first()
    changes: register_changes.Changes = {}
    if row is None:
        row = HolderRow(id=new_id(), kind="LEGAL" if legal else "NATURAL", identity=identity, created_at=at,
                        updated_at=at, account_id=account_id, **wanted)
        session.add(row)
    else:
        changes = register_changes.differences({name: getattr(row, name) for name in wanted}, wanted)
        row.account_id, row.updated_at = account_id, at
        for name, value in wanted.items():
            setattr(row, name, value)
    session.flush()
    changes |= _keep_manager(session, row.id, data, at) | _keep_deputy(session, row.id, data, at)
    if changes:
        register_changes.record(session, kind=register_changes.CHANGED, changes=changes, reason=reason, by=by, at=at,
                                holder_id=row.id)
    return row.id


def _keep_manager(session: Session, holder_id: str, data: Mapping[str, Any], at: datetime) -> register_changes.Changes:
    """Write the manager an application names; what changed, where there was another one before."""
    present = session.scalars(select(Person).where(Person.holder_id == holder_id, Person.capacity == MANAGER,
                                                   Person.until.is_(None))).first()
    if present is not None and present.national_id == data["ceo_national_id"]:
        return {}
    if present is not None:
        present.until = at
    session.add(Person(
        id=new_id(), holder_id=holder_id, capacity=MANAGER, national_id=data["ceo_national_id"],
        first_name=data["ceo_first_name"], last_name=data["ceo_last_name"], father_name=data.get("ceo_father_name"),
        born_on=catalogue.as_date(data.get("ceo_birth_date")), gender=data.get("ceo_gender"),
        mobile=data.get("ceo_mobile"), degree=data.get("ceo_degree"), since=at))
    session.flush()
    return {"manager_national_id": [present.national_id, data["ceo_national_id"]]} if present is not None else {}


def _keep_deputy(session: Session, holder_id: str, data: Mapping[str, Any], at: datetime) -> register_changes.Changes:
    """Write the deputy an application names, if it names one; what changed, where there was another one before."""
    named = data.get("deputy_national_id")
    present = session.scalars(select(Person).where(Person.holder_id == holder_id, Person.capacity == DEPUTY,
                                                   Person.until.is_(None))).first()
    if not named or (present is not None and present.national_id == named):
        return {}
    if present is not None:
        present.until = at
    session.add(Person(
        id=new_id(), holder_id=holder_id, capacity=DEPUTY, national_id=named, first_name=data["deputy_first_name"],
        last_name=data["deputy_last_name"], gender=data.get("deputy_gender"), mobile=data.get("deputy_mobile"),
        degree=data.get("deputy_degree"), since=at))
    session.flush()
    return {"deputy_national_id": [present.national_id, named]} if present is not None else {}
