"""The register of licences: who issued them, to whom, for which office, until when, and whether they are good.

Dates go by the Jalali calendar: a licence of 60 months ends on the same Jalali day five years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import Session

from engine import errors
from engine.store import paging
from engine.values import Page, Problem, new_id
from workflows import authorization, calendar, catalogue, identifiers, numbers, reasons, rules
from workflows.models.application import Application
from workflows.models.county import County
from workflows.models.holder import Holder
from workflows.models.licence import SUPERSEDED, LicenceEvent
from workflows.models.licence import Licence as Row
from workflows.models.office import Office

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

STATES = ("ACTIVE", "SUSPENDED", "IN_RENEWAL", "EXPIRED", "REVOKED", "REPLACED", "TRANSFERRED", "SURRENDERED")
CHANGES: Mapping[str, frozenset[str]] = {
    "ACTIVE": frozenset({"SUSPENDED", "EXPIRED", "REVOKED", "REPLACED", "TRANSFERRED", "SURRENDERED"}),
    "SUSPENDED": frozenset({"ACTIVE", "EXPIRED", "REVOKED", "SURRENDERED"}),
    "EXPIRED": frozenset({"IN_RENEWAL"}),
    "IN_RENEWAL": frozenset({"EXPIRED", "REVOKED", "REPLACED", "SURRENDERED"}),
}
"""State -> the states it may change to; the others are final."""

BY_HAND = frozenset({"ACTIVE", "SUSPENDED", "REVOKED", "SURRENDERED"})
"""What a person decides about a licence, with a reason."""

PUBLIC_STATES: Mapping[str, str] = {
    "ACTIVE": "VALID", "IN_RENEWAL": "IN_RENEWAL", "SUSPENDED": "SUSPENDED", "EXPIRED": "EXPIRED",
    "REVOKED": "CANCELLED", "REPLACED": "REPLACED", "TRANSFERRED": "REPLACED", "SURRENDERED": "SURRENDERED"}
DEFAULT_VALID_MONTHS = 60
OURS = "PROVINCE"
"""The issuer whose licences are our own documents; for any other issuer ours is an extract of the register."""

_RUNNING = frozenset({"ACTIVE", "SUSPENDED"})
"""The states that end on the last day of validity."""

LETTERS: Mapping[str, str] = {"URBAN": "LU", "RURAL": "LR"}
"""Kind -> the letters of our numbers."""


class LicenceStateFinal(errors.Conflict):
    """A licence that is {state} cannot become {to}."""

    fa = "پروانه‌ای که وضعیت آن {state} است نمی‌تواند {to} شود."


class IssuerNumberTaken(errors.Conflict):
    """The issuer's number {number} stands in the register already."""

    fa = "شماره {number} صادرکننده پیش‌تر در دفتر ثبت شده است."


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A row of the register, with the holder and the office it names."""

    id: str
    number: str
    kind: str
    service: str
    state: str
    """As of today: an active licence past its last day is EXPIRED."""
    issuer: str
    issuer_number: str
    national_id: str | None
    holder_id: str
    holder_name: str
    holder_identity: str
    office_id: str
    county: str
    county_name: str
    county_name_en: str
    settlement: str | None
    address: str
    postal_code: str
    issued_on: date
    expires_on: date
    application_id: str | None
    replaced_by: str | None
    """Number of the licence that took its place."""
    verify_url: str
    registered_at: datetime

    @property
    def is_extract(self) -> bool:
        """Whether our document is an extract of the provincial register, since another body issued the licence."""
        return self.issuer != OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What anyone may know who scans the QR code."""

    state: str
    """VALID, IN_RENEWAL, EXPIRED, SUSPENDED, REPLACED, CANCELLED, SURRENDERED or UNKNOWN."""
    number: str | None = None
    issuer: str | None = None
    issuer_number: str | None = None
    holder_name: str | None = None
    county: str | None = None
    county_name: str | None = None
    county_name_en: str | None = None
    settlement: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of a licence."""

    from_state: str | None
    to_state: str
    reason: str
    actor: str
    at: datetime


def is_taken(session: Session, *, product: Product, application: Application, issuer_number: str) -> bool:
    """Whether another licence in force of the application's issuer has this number; that it is about may keep it."""
    issuer = issuer_of(session, product=product, application=application)
    query = select(Row.id).where(Row.issuer == issuer, Row.state.not_in(SUPERSEDED),
                                 Row.issuer_number == identifiers.register_number(issuer_number))
    if application.about_licence_id is not None:
        query = query.where(Row.id != application.about_licence_id)
    return session.scalar(query) is not None


def issuer_of(session: Session, *, product: Product, application: Application) -> str:
    """Who issues what is applied for: the issuer of the licence it is about, else by the rules of the application."""
    if issuer := (application.about_facts or {}).get("issuer"):
        return str(issuer)
    book = rules.of_application(session, engine=product.engine, application=application)
    return str(book.value(catalogue.service(application.service).rule("issuer"), "CRA"))


def get(session: Session, *, product: Product, user: User, id: str | None = None,
        number: str | None = None) -> Licence:
    """A licence by id or number, for its holder and the staff of the county. Raises: NotFound; Forbidden."""
    return _seen(session, product, user, "licence.read", id=id, number=number)


def for_download(session: Session, *, product: Product, user: User, id: str) -> Licence:
    """A licence to print; the holder needs a session verified by a one-time code. Raises: NotFound; Forbidden."""
    return _seen(session, product, user, "licence.download", id=id)


def search(session: Session, *, product: Product, user: User, state: str | None = None, text: str = "",
           after: str | None = None, limit: int = 50) -> Page[Licence]:
    """Licences of the counties this account works for, newest first.

    `state` is as of today. `text` is a number of ours or the issuer's, the holder's identifier, or part of his name.
    Raises: Forbidden; Invalid for a cursor of another list.
    """
    authorization.require(user, "licence.search", clock=product.machine)
    query, places = _rows(), authorization.counties(user, "licence.search")
    if places is not None:
        query = query.where(Office.county.in_(places))
    if state:
        query = query.where(_in_state(state, calendar.today(product.clock.now())))
    if wanted := identifiers.normalise_text(text):
        number = numbers.normalise_number(wanted)
        query = query.where(or_(Row.number == number, Row.issuer_number == identifiers.register_number(wanted),
                                Holder.identity == number, Holder.name.contains(wanted, autoescape=True)))
    if after:
        query = query.where(Row.id < paging.decode(after, str)[0])
    found = session.execute(query.order_by(Row.id.desc()).limit(limit + 1)).all()
    items = [_value(session, product, row, holder, office, county) for row, holder, office, county in found[:limit]]
    return Page(items=items, next=paging.encode(items[-1].id) if len(found) > limit else None)


def changes(licence: Licence) -> list[str]:
    """The states a person may bring this licence to, in the order of `STATES`.

    Expiry comes with time, and replacement and transfer come with the licence that takes its place: none is recorded
    by hand.
    """
    return [state for state in STATES if state in CHANGES.get(licence.state, frozenset()) and state in BY_HAND]


def of_application(session: Session, *, product: Product, application_id: str) -> Licence | None:
    """The licence an application led to, for use cases that have asked for permission themselves."""
    found = _find(session, Row.application_id == application_id)
    return _value(session, product, *found) if found else None


def of_office(session: Session, *, product: Product, office_id: str) -> list[Licence]:
    """The licences of an office, latest first, for use cases that have asked for permission themselves."""
    rows = session.execute(_rows().where(Row.office_id == office_id).order_by(Row.id.desc()))
    return [_value(session, product, row, holder, office, county) for row, holder, office, county in rows]


def decide(session: Session, *, product: Product, id: str, to: str, reason: str, user: User) -> Licence:
    """Record a person's decision: suspend a licence, lift its suspension, revoke it, or note its surrender.

    Raises: NotFound; Forbidden; Invalid with every fault; LicenceStateFinal when its present state does not allow it.
    """
    _seen(session, product, user, "licence.change", id=id)
    why, unreasoned = reasons.checked(reason)
    problems = [] if to in BY_HAND else [Problem(
        where="to", what="Decide one of " + ", ".join(sorted(BY_HAND)) + ".", what_fa="تصمیم را انتخاب کنید.")]
    if problems or unreasoned:
        raise errors.Invalid([*problems, *unreasoned])
    change_state(session, product=product, id=id, to=to, reason=why, by=user.id)
    return _seen(session, product, user, "licence.change", id=id)


def change_state(session: Session, *, product: Product, id: str, to: str, reason: str, by: str,
                 replaced_by: str | None = None) -> None:
    """Change the state of a licence, for use cases that have asked for permission themselves.

    `replaced_by` is the id of the licence that takes its place; REPLACED and TRANSFERRED cannot be without.
    Raises: LicenceStateFinal.
    """
    if (to in SUPERSEDED) != (replaced_by is not None):
        raise ValueError(f"{to} with {replaced_by=}")
    _change(session, product, id, to, reason, by).replaced_by_id = replaced_by
    session.flush()


def supersede(session: Session, *, product: Product, id: str, to: str, reason: str, by: str) -> None:
    """Take a licence out of force for the one that takes its place, which its caller enters in the same transaction.

    Raises: LicenceStateFinal.
    """
    if to not in SUPERSEDED:
        raise ValueError(f"{to} leaves no place to another licence")
    _change(session, product, id, to, reason, by)


def keep_in_renewal(session: Session, *, product: Product, id: str, reason: str, by: str) -> None:
    """A licence that expired while its renewal, asked for in time, is open: it is in renewal until that ends.

    Does nothing to one that did not simply expire. A default of ours, not law.
    """
    row = session.get_one(Row, id, with_for_update=True, populate_existing=True)
    if row.state == "ACTIVE" and _state(row, product) == "EXPIRED":
        _change(session, product, id, "IN_RENEWAL", reason, by)


def end_renewal(session: Session, *, product: Product, id: str, reason: str, by: str) -> None:
    """The renewal has ended without a licence: one that was in renewal has expired, and its holder waived."""
    row = session.get_one(Row, id, with_for_update=True, populate_existing=True)
    if row.state == "IN_RENEWAL":
        _change(session, product, id, "EXPIRED", reason, by)


def _change(session: Session, product: Product, id: str, to: str, reason: str, by: str) -> Row:
    row = session.get_one(Row, id, with_for_update=True, populate_existing=True)
    if to not in CHANGES.get(state := _state(row, product), frozenset()):
        raise LicenceStateFinal(state=state, to=to)
    session.add(LicenceEvent(id=new_id(), licence_id=id, from_state=state, to_state=to, reason=reason, actor=by,
                             at=product.clock.now()))
    row.state = to
    session.flush()
    return row


def events(session: Session, *, licence_id: str) -> list[Event]:
    """Every change of a licence, oldest first."""
    rows = session.scalars(select(LicenceEvent).where(LicenceEvent.licence_id == licence_id).order_by(LicenceEvent.id))
    return [Event(from_state=row.from_state, to_state=row.to_state, reason=row.reason, actor=row.actor, at=row.at)
            for row in rows]


def verification_token(*, product: Product, public_id: str) -> str:
    """The signed text of a QR code: public id, key id and signature (Ed25519)."""
    key_id, signature = product.keys.sign(_signed(public_id))
    return f"{public_id}.{key_id}.{signature}"


def verify(session: Session, *, product: Product, token: str) -> Verification:
    """What a signed address says of its licence; UNKNOWN for one that we did not sign."""
    public_id, _, rest = token.partition(".")
    key_id, _, signature = rest.partition(".")
    signed = product.keys.verify(key_id, signature, _signed(public_id))
    found = _find(session, Row.public_id == public_id) if signed else None
    if found is None:
        return Verification(state="UNKNOWN")
    licence = _value(session, product, *found)
    return Verification(
        state=PUBLIC_STATES[licence.state], number=licence.number, issuer=licence.issuer,
        issuer_number=licence.issuer_number, holder_name=licence.holder_name, county=licence.county,
        county_name=licence.county_name, county_name_en=licence.county_name_en, settlement=licence.settlement,
        issued_on=licence.issued_on, expires_on=licence.expires_on, replaced_by=licence.replaced_by)


def _seen(session: Session, product: Product, user: User, action: str, *, id: str | None = None,
          number: str | None = None) -> Licence:
    where = Row.id == id if id is not None else Row.number == numbers.normalise_number(number or "")
    found = _find(session, where)
    if found is None:
        raise errors.NotFound(what="licence", id=id or number)
    _, holder, office, _ = found
    authorization.require(user, action, county=office.county, owner_id=holder.account_id, clock=product.machine)
    return _value(session, product, *found)


def _find(session: Session, where: ColumnElement[bool]) -> tuple[Row, Holder, Office, County] | None:
    found = session.execute(_rows().where(where).order_by(Row.id.desc()).limit(1)).first()
    return tuple(found) if found else None  # type: ignore[return-value]


def _rows() -> Select[Row, Holder, Office, County]:
    return (select(Row, Holder, Office, County).join(Holder, Holder.id == Row.holder_id)
            .join(Office, Office.id == Row.office_id).join(County, County.code == Office.county))


def state_on(day: date, state: str, expires_on: date) -> str:
    """The state of a licence on a day: an active or suspended one past its last day is EXPIRED."""
    return "EXPIRED" if state in _RUNNING and expires_on < day else state


def _state(row: Row, product: Product) -> str:
    return state_on(calendar.today(product.clock.now()), row.state, row.expires_on)


def _in_state(state: str, today: date) -> ColumnElement[bool]:
    """The rows that are in `state` today: an active or suspended licence past its last day is EXPIRED."""
    past = and_(Row.state.in_(_RUNNING), Row.expires_on < today)
    return or_(Row.state == state, past) if state == "EXPIRED" else and_(Row.state == state, not_(past))


def _value(session: Session, product: Product, row: Row, holder: Holder, office: Office, county: County) -> Licence:
    replaced_by = session.scalar(select(Row.number).where(Row.id == row.replaced_by_id)) if row.replaced_by_id else None
    service = next((one.key for one in catalogue.SERVICES.values()
                    if one.registers == "NEW" and row.kind in one.licence_kinds), "")
    token = verification_token(product=product, public_id=row.public_id)
    return Licence(
        id=row.id, number=row.number, kind=row.kind, service=service,
        state=_state(row, product), issuer=row.issuer,
        issuer_number=row.issuer_number, national_id=row.national_id, holder_id=holder.id, holder_name=holder.name,
        holder_identity=holder.identity, office_id=office.id, county=county.code, county_name=county.name,
        county_name_en=county.name_en, settlement=office.settlement, address=office.address,
        postal_code=office.postal_code, issued_on=row.issued_on, expires_on=row.expires_on,
        application_id=row.application_id, replaced_by=replaced_by, registered_at=row.registered_at,
        verify_url=f"{product.settings.public_url}/verify/{token}")


def _signed(public_id: str) -> bytes:
    return f"parvaneh licence {public_id}".encode()
