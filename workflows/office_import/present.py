"""What the register holds already of the offices, licences and holders that a file names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import offices
from workflows.models.holder import Holder, Person
from workflows.models.licence import Licence
from workflows.models.office import BankCode, Office, OfficeOffering
from workflows.models.place import Settlement
from workflows.office_import.columns import COLUMNS, Subject
from workflows.office_import.rows import Row

CAPACITIES: Mapping[Subject, str] = {"manager": offices.MANAGER, "deputy": offices.DEPUTY}


@dataclass(slots=True, kw_only=True)
class HeldBy:
    """A holder with whoever acts for him now."""

    holder: Holder
    people: dict[str, Person] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """What columns can say of the holder."""
        return _of(self.holder, "holder")

    def person_values(self, subject: Subject) -> dict[str, Any]:
        """What columns can say of the manager or deputy; nothing when there is none."""
        person = self.people.get(CAPACITIES[subject])
        return _of(person, subject) if person else {}


@dataclass(slots=True, kw_only=True)
class Entry:
    """A licence in the register with its office and its holder."""

    licence: Licence
    office: Office
    holder: Holder
    offerings: frozenset[str]
    bank_code: BankCode | None

    def office_values(self) -> dict[str, Any]:
        """What columns can say of the office."""
        plain = {name: getattr(self.office, name) for name in ("county", "district", "settlement", "settlement_code")}
        return {**plain, **_of(self.office, "office", without="offerings"), "offerings": self.offerings}

    def licence_values(self) -> dict[str, Any]:
        """What columns can say of the licence."""
        return _of(self.licence, "licence")

    def bank_values(self) -> dict[str, Any]:
        """The bank code in force."""
        code = self.bank_code
        return {"bank_code": code.code if code else None, "bank_assigned_on": code.assigned_on if code else None}



@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The part of the register that a file is about."""

    entries: Mapping[tuple[str, str], Entry]
    """By issuer and the issuer's number."""
    holders: Mapping[str, HeldBy]
    """By legal ID or national ID."""
    bank_codes: Mapping[str, BankCode]
    """Those that the file names, ended ones too: a code belongs to one office for ever."""
    national_ids: Mapping[str, str]
    """The portal's id -> licence."""
    postal_codes: Mapping[str, set[str]]
    """Postal code -> offices."""
    settlements: set[str]


def load(session: Session, rows: Sequence[Row]) -> Register:
    """Read what the register holds of what these rows name; locks its licences until the transaction ends."""
    licences = session.execute(
        select(Licence, Office, Holder).join(Office, Office.id == Licence.office_id)
        .join(Holder, Holder.id == Licence.holder_id)
        .where(Licence.issuer_number.in_({row.key[1] for row in rows})).order_by(Licence.id)
        .with_for_update(of=Licence)).all()  # of one number the latest is in force
    ids = {office.id for _, office, _ in licences}
    offerings: dict[str, set[str]] = {}
    for offered in session.scalars(select(OfficeOffering).where(OfficeOffering.office_id.in_(ids))):
        offerings.setdefault(offered.office_id, set()).add(offered.offering)
    current = {code.office_id: code for code in session.scalars(
        select(BankCode).where(BankCode.office_id.in_(ids), BankCode.ended_on.is_(None)))}
    entries = {(licence.issuer, licence.issuer_number): Entry(
        licence=licence, office=office, holder=holder, offerings=frozenset(offerings.get(office.id, ())),
        bank_code=current.get(office.id)) for licence, office, holder in licences}
    codes = session.scalars(select(BankCode).where(BankCode.code.in_(_said(rows, "bank_code"))))
    portal = session.execute(select(Licence.national_id, Licence.id).where(
        Licence.national_id.in_(_said(rows, "national_licence_id"))))
    return Register(entries=entries, holders=_holders(session, rows),
                    bank_codes={code.code: code for code in codes},
                    national_ids={str(national_id): licence_id for national_id, licence_id in portal},
                    postal_codes=_postal_codes(session, rows),
                    settlements=set(session.scalars(select(Settlement.code))))


def _holders(session: Session, rows: Sequence[Row]) -> dict[str, HeldBy]:
    found = {holder.identity: HeldBy(holder=holder) for holder in session.scalars(
        select(Holder).where(Holder.identity.in_({row.holder_id for row in rows})))}
    by_id = {one.holder.id: one for one in found.values()}
    for person in session.scalars(select(Person).where(Person.holder_id.in_(by_id), Person.until.is_(None))):
        by_id[person.holder_id].people[person.capacity] = person
    return found


def _postal_codes(session: Session, rows: Sequence[Row]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for office_id, code in session.execute(select(Office.id, Office.postal_code).where(
            Office.postal_code.in_(_said(rows, "postal_code")))):
        found.setdefault(code, set()).add(office_id)
    return found


def _said(rows: Iterable[Row], column: str) -> set[str]:
    return {row.values[column] for row in rows if row.values.get(column)}


def _of(record: Any, subject: Subject, *, without: str = "") -> dict[str, Any]:
    return {column.attribute: getattr(record, column.attribute) for column in COLUMNS.values()
            if column.subject == subject and column.attribute != without}
