"""The licence an application is about: whose it is, and what of the register goes into the application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from engine import errors
from workflows import authorization, calendar, catalogue, guards, licences, numbers, offices
from workflows.models.holder import Holder, Person
from workflows.models.licence import SUPERSEDED
from workflows.models.licence import Licence as Row
from workflows.models.office import BankCode, Office

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product


class LicenceOfAnother(errors.Forbidden):
    """The licence {number} is not held by the applicant; its holder applies with the mobile number of the register."""

    fa = "پروانه {number} از آن متقاضی نیست؛ دارنده آن با شماره همراه ثبت‌شده در دفتر درخواست می‌دهد."


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A licence as an application about it begins with it."""

    id: str
    number: str
    kind: str
    state: str
    """As of today."""
    county: str
    settlement: str | None
    address: str
    expires_on: date
    holder_id: str
    holder_name: str
    account_id: str | None
    """Of the holder, where he has one."""
    mobile: str | None
    """Of the manager, as the register has it."""
    data: Mapping[str, Any]
    """What the register knows, under the names of the forms' fields."""
    facts: Mapping[str, Any]
    """What decides, in codes and dates."""


def own(session: Session, *, product: Product, user: User, service: catalogue.Entry) -> Sequence[Subject]:
    """The applicant's licences that a service could be about, latest first, whatever forbids it now.

    Raises: Forbidden.
    """
    authorization.require(user, "application.submit", clock=product.machine)
    rows = session.execute(_joined().where(
        _held_by(user), Row.kind.in_(service.licence_kinds), Row.state.not_in(SUPERSEDED)).order_by(Row.id.desc()))
    return [_subject(product, *row) for row in rows]


def take(session: Session, *, product: Product, service: catalogue.Entry, number: str | None,
         user: User, lock: bool = True) -> Subject:
    """The licence a new application is about, with its row locked unless it is only shown; an applicant has his own.

    A clerk at a counter takes any of his counties. Raises: NotFound; Forbidden; what `guards.require` raises.
    """
    query = _joined().where(Row.number == numbers.normalise_number(number or "")).order_by(Row.id.desc()).limit(1)
    found = session.execute(query.with_for_update(of=Row) if lock else query).first()
    if found is None:
        raise errors.NotFound(what="licence", id=number)
    subject = _subject(product, *found)
    if user.kind == "applicant":
        if not _is_held_by(subject, user):
            raise LicenceOfAnother(number=subject.number)
    else:
        authorization.require(user, "application.submit_for", county=subject.county, clock=product.machine)
    _guard(session, service, subject)
    return subject


def again(session: Session, *, product: Product, service: catalogue.Entry, licence_id: str) -> Subject:
    """The licence of an application that is opened again, as it is today. Raises: what `guards.require` raises."""
    row = session.execute(_joined().where(Row.id == licence_id).with_for_update(of=Row)).one()
    subject = _subject(product, *row)
    _guard(session, service, subject)
    return subject


def known(subject: Subject, service: catalogue.Entry) -> dict[str, Any]:
    """What a form about the licence is filled in with to begin with."""
    return {name: value for name, value in subject.data.items() if name not in service.asked_anew}


def require_mobile(subject: Subject, mobile: str) -> None:
    """Pass when whoever consents at a counter has the number the register knows; it may know none.

    Raises: LicenceOfAnother.
    """
    if subject.mobile is not None and subject.mobile != mobile:
        raise LicenceOfAnother(number=subject.number)


def claim(session: Session, *, holder_id: str, account_id: str) -> None:
    """The holder applies from this account: from now on his licences are its own."""
    holder = session.get_one(Holder, holder_id)
    if holder.account_id is None:
        holder.account_id = account_id
        session.flush()


def _guard(session: Session, service: catalogue.Entry, subject: Subject) -> None:
    guards.require(session, service=service, licence_id=subject.id, number=subject.number, kind=subject.kind,
                   state=subject.state)


def _joined() -> Select[Row, Holder, Office, Person, BankCode]:
    manager = and_(Person.holder_id == Holder.id, Person.capacity == offices.MANAGER, Person.until.is_(None))
    return (select(Row, Holder, Office, Person, BankCode).join(Holder, Holder.id == Row.holder_id)
            .join(Office, Office.id == Row.office_id).outerjoin(Person, manager)
            .outerjoin(BankCode, and_(BankCode.office_id == Office.id, BankCode.ended_on.is_(None))))


def _held_by(user: User) -> Any:
    return or_(Holder.account_id == user.id,
               and_(Holder.account_id.is_(None), Person.mobile == user.mobile, Person.mobile.is_not(None)))


def _is_held_by(subject: Subject, user: User) -> bool:
    if subject.account_id is not None:
        return subject.account_id == user.id
    return subject.mobile is not None and subject.mobile == user.mobile


def _subject(product: Product, row: Row, holder: Holder, office: Office, manager: Person | None,
             code: BankCode | None) -> Subject:
    state = licences.state_on(calendar.today(product.clock.now()), row.state, row.expires_on)
    return Subject(
        id=row.id, number=row.number, kind=row.kind, state=state, county=office.county, settlement=office.settlement,
        address=office.address, expires_on=row.expires_on, holder_id=holder.id, holder_name=holder.name,
        account_id=holder.account_id, mobile=manager.mobile if manager else None,
        data=_data(holder, office, manager), facts={
            "kind": row.kind, "state": state, "issuer": row.issuer, "issued_on": row.issued_on.isoformat(),
            "expires_on": row.expires_on.isoformat(), "settlement_code": office.settlement_code,
            "settlement": office.settlement, "area_m2": None if office.area_m2 is None else str(office.area_m2),
            "holder_kind": holder.kind, "banking": code is not None})


def _data(holder: Holder, office: Office, manager: Person | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "applicant_kind": holder.kind, "site_county": office.county, "site_settlement": office.settlement,
        "site_postal_code": office.postal_code, "site_address": office.address, "site_tenure": office.tenure,
        "site_area_m2": None if office.area_m2 is None else float(office.area_m2), "sheba": holder.iban}
    if holder.kind == "LEGAL":
        found |= {"company_legal_id": holder.identity, "company_name": holder.name,
                  "company_reg_no": holder.registration_number, "company_economic_code": holder.economic_code}
    if manager is not None:
        found |= {"ceo_national_id": manager.national_id, "ceo_first_name": manager.first_name,
                  "ceo_last_name": manager.last_name, "ceo_father_name": manager.father_name,
                  "ceo_gender": manager.gender, "ceo_degree": manager.degree, "ceo_mobile": manager.mobile,
                  "ceo_birth_date": manager.born_on.isoformat() if manager.born_on else None}
    return {name: value for name, value in found.items() if value is not None}
