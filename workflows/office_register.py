"""The register of offices as staff read it: the list, and one office with its licences, holder and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.store import paging
from engine.values import Page
from workflows import authorization, calendar, identifiers, licences, numbers, offices, places, register_changes
from workflows.models.county import County
from workflows.models.holder import Holder, Person
from workflows.models.licence import Licence
from workflows.models.office import BankCode, Office, OfficeOffering
from workflows.models.place import District, Settlement

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

KINDS = ("URBAN", "RURAL")
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """An office as a list shows it, with the licence it had last."""

    id: str
    kind: str
    county: str
    county_name: str
    county_name_en: str
    settlement: str | None
    holder_name: str
    licence_number: str
    state: str
    """Of that licence, as of today."""
    expires_on: date
    bank_code: str | None
    """The one in force."""
    atms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who manages or deputises for the holder."""

    capacity: str
    national_id: str
    first_name: str
    last_name: str
    father_name: str | None
    born_on: date | None
    mobile: str | None
    degree: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A bank code of an office; without an end it is in force."""

    code: str
    assigned_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything the register knows of an office."""

    id: str
    kind: str
    county: str
    county_name: str
    county_name_en: str
    district: str | None
    district_name: str | None
    district_name_en: str | None
    settlement: str | None
    settlement_code: str | None
    postal_code: str
    address: str
    latitude: Decimal | None
    longitude: Decimal | None
    area_m2: Decimal | None
    tenure: str | None
    separate_counter_over_60: bool | None
    offerings: Sequence[str]
    atms: int
    atms_by_ministry: int
    bank_codes: Sequence[Code]
    """Latest first."""
    holder_kind: str
    holder_identity: str
    holder_name: str
    registration_number: str | None
    economic_code: str | None
    iban: str | None
    people: Sequence[Acting]
    licences: Sequence[licences.Licence]
    """Latest first; the first is the one the office has now."""
    history: Sequence[register_changes.Change]
    """Oldest first; changes of a licence's state have the kind STATE."""


def search(session: Session, *, product: Product, user: User, kind: str | None = None, county: str | None = None,
           banking: bool | None = None, text: str = "", after: str | None = None, limit: int = 50) -> Page[Summary]:
    """Offices of the counties this account works for, county by county, with how many there are.

    `banking` asks for offices with or without a bank code in force. `text` is a number of the licence (ours or the
    issuer's), a postal code, a bank code, the holder's identifier, or part of his name, the settlement or the address.
    Raises: Forbidden; Invalid for a cursor of another list.
    """
    authorization.require(user, "office.search", clock=product.machine)
    wanted = _wanted(authorization.counties(user, "office.search"), kind, county, banking, text)
    total = session.scalar(_joined(select(func.count())).where(*wanted)) or 0
    query = _joined(select(Office, County, Licence, Holder, BankCode)).where(*wanted)
    if after:
        rank, office_id = paging.decode(after, int, str)
        query = query.where(or_(County.rank > rank, (County.rank == rank) & (Office.id > office_id)))
    found = session.execute(query.order_by(County.rank, Office.id).limit(paging.positive(limit) + 1)).all()
    items = [_summary(product, *row) for row in found[:limit]]
    cursor = paging.encode(found[limit - 1][1].rank, found[limit - 1][0].id) if len(found) > limit else None
    return Page(items=items, next=cursor, total=total)


def get(session: Session, *, product: Product, user: User, id: str) -> Record:
    """One office. Raises: NotFound; Forbidden."""
    query = _joined(select(Office, County, Holder, District), district=True)
    found = session.execute(query.where(Office.id == id)).first()
    if found is None:
        raise errors.NotFound(what="office", id=id)
    office, county, holder, district = found
    authorization.require(user, "office.read", county=office.county, clock=product.machine)
    held = licences.of_office(session, product=product, office_id=id)
    return Record(
        id=id, kind=office.kind, county=county.code, county_name=county.name, county_name_en=county.name_en,
        district=office.district, district_name=district.name if district else None,
        district_name_en=district.name_en if district else None, settlement=office.settlement,
        settlement_code=office.settlement_code, postal_code=office.postal_code, address=office.address,
        latitude=office.latitude, longitude=office.longitude, area_m2=office.area_m2, tenure=office.tenure,
        separate_counter_over_60=office.separate_counter_over_60, offerings=_offerings(session, id), atms=office.atms,
        atms_by_ministry=office.atms_by_ministry, bank_codes=_codes(session, id), holder_kind=holder.kind,
        holder_identity=holder.identity, holder_name=holder.name, registration_number=holder.registration_number,
        economic_code=holder.economic_code, iban=holder.iban, people=_people(session, holder.id), licences=held,
        history=_history(session, id, held))


def _joined(query: Select[*Columns], *, district: bool = False) -> Select[*Columns]:
    """The office with the licence it had last, its holder, and the bank code in force or the district, if any."""
    latest = select(func.max(Licence.id)).where(Licence.office_id == Office.id).correlate(Office).scalar_subquery()
    joined = (query.select_from(Office).join(County, County.code == Office.county)
              .join(Licence, Licence.id == latest).join(Holder, Holder.id == Licence.holder_id))
    if district:
        return joined.outerjoin(District, District.code == Office.district)
    return joined.outerjoin(BankCode, (BankCode.office_id == Office.id) & BankCode.ended_on.is_(None))


def _wanted(within: set[str] | None, kind: str | None, county: str | None, banking: bool | None,
            text: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if within is not None:
        found.append(Office.county.in_(within))
    if kind:
        found.append(Office.kind == kind)
    if county:
        found.append(Office.county == county)
    if banking is not None:
        found.append(BankCode.id.is_not(None) if banking else BankCode.id.is_(None))
    if typed := identifiers.normalise_text(text):
        number = numbers.normalise_number(typed)
        named = select(Settlement.code).where(Settlement.name_key.startswith(places.key(typed), autoescape=True))
        found.append(or_(
            Office.settlement_code.in_(named),
            Licence.number == number, Licence.issuer_number == identifiers.register_number(typed),
            Office.postal_code == number, BankCode.code == number, Holder.identity == number,
            *(column.contains(typed, autoescape=True) for column in (Holder.name, Office.settlement, Office.address))))
    return found


def _summary(product: Product, office: Office, county: County, licence: Licence, holder: Holder,
             code: BankCode | None) -> Summary:
    state = licences.state_on(calendar.today(product.clock.now()), licence.state, licence.expires_on)
    return Summary(
        id=office.id, kind=office.kind, county=county.code, county_name=county.name, county_name_en=county.name_en,
        settlement=office.settlement, holder_name=holder.name, licence_number=licence.number, state=state,
        expires_on=licence.expires_on, bank_code=code.code if code else None, atms=office.atms)


def _offerings(session: Session, office_id: str) -> list[str]:
    found = set(session.scalars(select(OfficeOffering.offering).where(OfficeOffering.office_id == office_id)))
    return [offering for offering in offices.OFFERINGS if offering in found]


def _codes(session: Session, office_id: str) -> list[Code]:
    rows = session.scalars(select(BankCode).where(BankCode.office_id == office_id).order_by(BankCode.id.desc()))
    return [Code(code=row.code, assigned_on=row.assigned_on, ended_on=row.ended_on) for row in rows]


def _people(session: Session, holder_id: str) -> list[Acting]:
    rows = session.scalars(select(Person).where(Person.holder_id == holder_id, Person.until.is_(None))
                           .order_by(Person.capacity.desc(), Person.id))
    return [Acting(capacity=row.capacity, national_id=row.national_id, first_name=row.first_name,
                   last_name=row.last_name, father_name=row.father_name, born_on=row.born_on, mobile=row.mobile,
                   degree=row.degree, since=row.since) for row in rows]


def _history(session: Session, office_id: str, held: Sequence[licences.Licence]) -> list[register_changes.Change]:
    """What changed of the office and its holders, and the states of its licences, in order of time."""
    found = register_changes.of_office(session, office_id=office_id, holder_ids={one.holder_id for one in held})
    for licence in held:
        found += [register_changes.Change(kind="STATE", changes={"state": [event.from_state, event.to_state]},
                                          reason=event.reason, actor=event.actor, at=event.at)
                  for event in licences.events(session, licence_id=licence.id) if event.from_state is not None]
    return sorted(found, key=lambda one: one.at)

