"""What an issued application does to the register: a new licence, or one that takes the place of another.

A licence that takes another's place keeps its number; the old one stays in the register as what it was, REPLACED, and
says by which. Dates go by the Jalali calendar.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.values import new_id
from workflows import calendar, catalogue, identifiers, licences, numbers, offices, reminders, rules
from workflows.models.application import Application
from workflows.models.licence import Licence as Row
from workflows.models.licence import LicenceEvent

if TYPE_CHECKING:
    from workflows.product import Product

DEFAULT_VALID_MONTHS = licences.DEFAULT_VALID_MONTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the issuer has issued, and for which application."""

    application: Application
    issuer: str
    issuer_number: str
    national_id: str | None
    issued_on: date
    area_m2: Any
    """As the inspector measured it; None where nobody did."""
    by: str


def register(session: Session, *, product: Product, application: Application, issuer_number: str,
             national_id: str | None, issued_on: date, area_m2: Any, by: str) -> str:
    """Enter the licence an application has led to; a second call for the same application gives the first licence's id.

    Raises: Conflict when the issuer's number stands in the register already, or the licence the application is about
    may not be replaced any more.
    """
    found = session.scalar(select(Row.id).where(Row.application_id == application.id))
    if found is not None:
        return found
    if licences.is_taken(session, product=product, application=application, issuer_number=issuer_number):
        raise licences.IssuerNumberTaken(number=issuer_number)
    issued = Issued(
        application=application, issuer=licences.issuer_of(session, product=product, application=application),
        issuer_number=identifiers.register_number(issuer_number), issued_on=issued_on, area_m2=area_m2, by=by,
        national_id=None if national_id is None else identifiers.register_number(national_id))
    service = catalogue.service(application.service)
    if service.registers not in _WAYS:
        raise errors.HandlerFailed(f"the service {service.key} registers no licence",
                                   hint="lead its diagram past licences.register")
    return _WAYS[service.registers](session, product, issued)


def _new(session: Session, product: Product, issued: Issued) -> str:
    """A licence for an office that the register did not know."""
    application, now = issued.application, product.clock.now()
    [kind, *_] = catalogue.service(application.service).licence_kinds
    row = _row(
        product, issued, kind=kind, number=numbers.next_number(session, letters=licences.LETTERS[kind], at=now),
        holder_id=offices.keep_holder(session, data=application.data, account_id=application.applicant_id,
                                      reason=application.file_number, by=issued.by, at=now),
        office_id=offices.open_office(session, kind=kind, county=application.county, data=application.data,
                                      area_m2=issued.area_m2, reason=application.file_number, by=issued.by, at=now),
        expires_on=calendar.add_jalali_months(issued.issued_on, _months(session, product, application)))
    return _enter(session, product, row, reason="issued", by=issued.by)


def _renewed(session: Session, product: Product, issued: Issued) -> str:
    """The same licence with a later expiry: its old expiry and the term, whenever it was decided."""
    old = _old(session, issued.application)
    months = _months(session, product, issued.application)
    return _replace(session, product, issued, old, expires_on=calendar.add_jalali_months(old.expires_on, months))


def _relocated(session: Session, product: Product, issued: Issued) -> str:
    """The same licence, with the same expiry, for the office at its new place."""
    old, application = _old(session, issued.application), issued.application
    offices.move(session, id=old.office_id, data=application.data, area_m2=issued.area_m2, by=issued.by,
                 reason=application.file_number, at=product.clock.now())
    return _replace(session, product, issued, old)


def _duplicated(session: Session, product: Product, issued: Issued) -> str:
    """The same licence once more, under a new code: who checks the code of the old one is told that it was replaced."""
    return _replace(session, product, issued, _old(session, issued.application))


def _old(session: Session, application: Application) -> Row:
    if application.about_licence_id is None:
        raise errors.HandlerFailed("the application is about no licence", hint="correct the service in the catalogue")
    return session.get_one(Row, application.about_licence_id, with_for_update=True, populate_existing=True)


def _replace(session: Session, product: Product, issued: Issued, old: Row, *, to: str = "REPLACED",
             expires_on: date | None = None, holder_id: str | None = None) -> str:
    """Enter the licence that takes the place of `old`, under its number."""
    reason = issued.application.file_number
    licences.supersede(session, product=product, id=old.id, to=to, reason=reason, by=issued.by)
    row = _row(product, issued, kind=old.kind, number=old.number, holder_id=holder_id or old.holder_id,
               office_id=old.office_id, expires_on=expires_on or old.expires_on)
    entered = _enter(session, product, row, reason=reason, by=issued.by)
    old.replaced_by_id = entered
    session.flush()
    return entered


def _row(product: Product, issued: Issued, **said: Any) -> Row:
    return Row(id=new_id(), public_id=secrets.token_hex(16), issuer=issued.issuer, issuer_number=issued.issuer_number,
               national_id=issued.national_id, application_id=issued.application.id, issued_on=issued.issued_on,
               state="ACTIVE", registered_at=product.clock.now(), **said)


def _enter(session: Session, product: Product, row: Row, *, reason: str, by: str) -> str:
    session.add(row)
    session.flush()
    session.add(LicenceEvent(id=new_id(), licence_id=row.id, from_state=None, to_state="ACTIVE", reason=reason,
                             actor=by, at=product.clock.now()))
    session.flush()
    reminders.watch(session, licence_id=row.id, now=product.clock.now())
    return row.id


def _months(session: Session, product: Product, application: Application) -> int:
    book = rules.of_application(session, engine=product.engine, application=application)
    return int(book.value("licence_valid_months", DEFAULT_VALID_MONTHS))


_WAYS: Mapping[str, Callable[[Session, Product, Issued], str]] = {
    "NEW": _new, "RENEWED": _renewed, "RELOCATED": _relocated,
    "DUPLICATED": _duplicated}
"""What the catalogue says a service does to the register -> how."""
