"""Doing what a plan says: new offices, holders and licences in bulk, changed ones row by row, with their history."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.store.base import Base
from engine.values import new_id
from workflows import calendar, licences, numbers, places, register_changes, reminders
from workflows.models.holder import Holder, Person
from workflows.models.licence import Licence, LicenceEvent, LicenceReminder
from workflows.models.office import BankCode, Office, OfficeOffering
from workflows.models.place import Settlement
from workflows.models.register_change import RegisterChange
from workflows.office_import import present
from workflows.office_import.columns import Subject
from workflows.office_import.planning import Plan, Planned
from workflows.office_import.rows import Row

_OFFICE_DEFAULTS: Mapping[str, Any] = dict.fromkeys(
    ("latitude", "longitude", "area_m2", "tenure", "separate_counter_over_60"))
_PERSON_DEFAULTS: Mapping[str, Any] = dict.fromkeys(("father_name", "born_on", "gender", "mobile", "degree"))
_HOLDER_DEFAULTS: Mapping[str, Any] = dict.fromkeys(("registration_number", "economic_code", "iban", "account_id"))
_PEOPLE: tuple[Subject, Subject] = ("manager", "deputy")


def write(session: Session, plan: Plan, *, reason: str, by: str, now: datetime) -> None:
    """Bring the register to what the plan's rows say.

    `reason` stands in the history of every change, with the file and the line. What the plan was made of must not
    have changed since: make it in the same transaction.
    """
    _Writing(session, plan, reason, by, now).run()


class _Writing:
    """The rows to insert, gathered while the plan is gone through."""

    def __init__(self, session: Session, plan: Plan, reason: str, by: str, now: datetime) -> None:
        self._session = session
        self._plan = plan
        self._reason = reason
        self._by = by
        self._now = now
        self._today = calendar.today(now)
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}
        self._holder_ids: dict[str, str] = {}
        """Identity -> id, of holders that are there or are being made."""
        self._numbers = {kind: iter(numbers.next_numbers(session, letters=letters, at=now, count=count)) for
                         kind, letters in licences.LETTERS.items() if (count := self._new(kind))}

    def run(self) -> None:
        """Go through the plan; parents are inserted before children."""
        for place in self._plan.villages:
            self._add(Settlement, code=place.code, county=place.county, district=place.district, kind=place.kind,
                      name=place.name, name_key=places.key(place.name), name_en=None)
        holders = [self._holder(one) for one in self._plan.planned]
        self._insert(Settlement, Holder, Person)
        for one, holder_id in zip(self._plan.planned, holders, strict=True):
            if one.entry is None:
                self._enter(one.row, holder_id)
            elif one.office_changes:
                self._change(one, one.entry, holder_id)
        self._insert(Office, OfficeOffering, BankCode, Licence, LicenceEvent, LicenceReminder, RegisterChange)
        self._session.flush()

    def _new(self, kind: str) -> int:
        return sum(one.entry is None and one.row.values["kind"] == kind for one in self._plan.planned)

    def _add(self, table: type[Base], **values: Any) -> None:
        self._rows.setdefault(table, []).append(values)

    def _insert(self, *tables: type[Base]) -> None:
        for table in tables:
            if rows := self._rows.pop(table, []):
                self._session.execute(insert(table), rows)

    def _why(self, row: Row) -> str:
        place = f"{self._plan.file}:{row.line}"
        return f"{self._reason} ({place})" if self._reason else place

    def _note(self, row: Row, kind: str, changes: register_changes.Changes, **subject: str) -> None:
        self._add(RegisterChange, **register_changes.entry(
            kind=kind, changes=changes, reason=self._why(row), by=self._by, at=self._now, **subject))

    def _holder(self, one: Planned) -> str:
        """The id of the row's holder, who is written or brought up to date the first time he is met."""
        identity = one.row.holder_id
        if identity in self._holder_ids:
            return self._holder_ids[identity]
        if one.holder is None:
            holder_id = new_id()
            self._add(Holder, **{**_HOLDER_DEFAULTS, **one.row.of("holder"), "id": holder_id, "created_at": self._now,
                                 "updated_at": self._now})
            for who in _PEOPLE:
                self._appoint(holder_id, who, one.row.of(who))
        else:
            holder_id = one.holder.holder.id
            if one.holder_changes:
                self._change_holder(one, one.holder)
        self._holder_ids[identity] = holder_id
        return holder_id

    def _change_holder(self, one: Planned, held: present.HeldBy) -> None:
        for name, value in one.row.of("holder").items():
            setattr(held.holder, name, value)
        held.holder.updated_at = self._now
        for who in _PEOPLE:
            wanted = one.row.of(who)
            person = held.people.get(present.CAPACITIES[who])
            if not wanted:
                continue
            if person is not None and person.national_id == wanted["national_id"]:
                for name, value in wanted.items():
                    setattr(person, name, value)
            else:
                if person is not None:
                    person.until = self._now
                self._appoint(held.holder.id, who, wanted)
        self._note(one.row, register_changes.CHANGED, one.holder_changes, holder_id=held.holder.id)

    def _appoint(self, holder_id: str, who: Subject, wanted: Mapping[str, Any]) -> None:
        if wanted.get("national_id"):
            self._add(Person, **{**_PERSON_DEFAULTS, **wanted, "id": new_id(), "holder_id": holder_id,
                                 "capacity": present.CAPACITIES[who], "since": self._now, "until": None})

    def _enter(self, row: Row, holder_id: str) -> None:
        """A licence that the register has not: its office, offerings, bank code, number and first event."""
        said, office_id, licence_id = row.of("office"), new_id(), new_id()
        offered = said.pop("offerings", None) or ()
        self._add(Office, **{**_OFFICE_DEFAULTS, **said, **_place(row), "id": office_id, "created_at": self._now,
                             "atms": said.get("atms") or 0, "atms_by_ministry": said.get("atms_by_ministry") or 0})
        for offering in sorted(offered):
            self._add(OfficeOffering, office_id=office_id, offering=offering)
        if row.values.get("bank_code"):
            self._assign(office_id, row)
        state = row.values.get("state") or "ACTIVE"
        self._add(Licence, id=licence_id, public_id=secrets.token_hex(16), number=next(self._numbers[said["kind"]]),
                  kind=said["kind"], issuer=row.key[0], issuer_number=row.key[1],
                  national_id=row.values.get("national_licence_id"), holder_id=holder_id, office_id=office_id,
                  application_id=None, issued_on=row.values["issued_on"], expires_on=row.values["expires_on"],
                  state=state, replaced_by_id=None, registered_at=self._now, version=1)
        self._event(row, licence_id, None, state)
        self._add(LicenceReminder, licence_id=licence_id, next_at=reminders.first_look(self._now))
        self._note(row, register_changes.ENTERED, {}, office_id=office_id)

    def _change(self, one: Planned, entry: present.Entry, holder_id: str) -> None:
        """A licence that the register has: what the row says otherwise of it and its office."""
        row, changes = one.row, one.office_changes
        said = row.of("office")
        if "offerings" in changes:
            self._offer(entry.office.id, said.get("offerings") or frozenset(), entry.offerings)
        said.pop("offerings", None)
        for name, value in {**said, **_place(row)}.items():
            setattr(entry.office, name, value or 0 if name.startswith("atms") else value)
        if {"bank_code", "bank_assigned_on"} & changes.keys():
            self._bank(row, entry)
        licence = entry.licence
        licence.holder_id = holder_id
        licence.issued_on, licence.expires_on = row.values["issued_on"], row.values["expires_on"]
        if "national_licence_id" in row.values:
            licence.national_id = row.values["national_licence_id"]
        if "state" in changes:
            self._event(row, licence.id, licence.state, row.values["state"])
            licence.state = row.values["state"]
        if {"expires_on", "state"} & changes.keys():
            self._session.flush()
            reminders.watch(self._session, licence_id=licence.id, now=self._now)
        self._note(row, register_changes.CHANGED, changes, office_id=entry.office.id)

    def _offer(self, office_id: str, wanted: frozenset[str], present_ones: frozenset[str]) -> None:
        for offering in sorted(wanted - present_ones):
            self._add(OfficeOffering, office_id=office_id, offering=offering)
        self._session.execute(sa.delete(OfficeOffering).where(
            OfficeOffering.office_id == office_id, OfficeOffering.offering.in_(present_ones - wanted)))

    def _bank(self, row: Row, entry: present.Entry) -> None:
        """End the code in force unless the row names it, and bring the one that it names into force."""
        wanted, held = row.values.get("bank_code"), entry.bank_code
        if held is not None and held.code != wanted:
            held.ended_on = self._today
            self._session.flush()
        if wanted is None:
            return
        earlier = self._session.scalars(select(BankCode).where(BankCode.code == wanted)).first()
        if earlier is None:
            self._assign(entry.office.id, row)
            return
        earlier.ended_on = None
        if "bank_code_since" in row.values:
            earlier.assigned_on = row.values["bank_code_since"]

    def _assign(self, office_id: str, row: Row) -> None:
        self._add(BankCode, id=new_id(), code=row.values["bank_code"], office_id=office_id,
                  assigned_on=row.values.get("bank_code_since"), ended_on=None)

    def _event(self, row: Row, licence_id: str, before: str | None, after: str) -> None:
        self._add(LicenceEvent, id=new_id(), licence_id=licence_id, from_state=before, to_state=after,
                  reason=self._why(row), actor=self._by, at=self._now)


def _place(row: Row) -> dict[str, Any]:
    return {"county": row.place.county, "district": row.place.district, "settlement": row.place.name,
            "settlement_code": row.place.code}

