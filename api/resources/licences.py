"""Licences: rows of the register, and the public check of a QR code."""

from __future__ import annotations

from typing import Any

from api import context, pagination, security
from api.blueprints import Noun
from api.schemas.licences import LicenceDecisionBody, LicenceQuery, LicenceSchema, VerificationSchema
from workflows import licences

noun = Noun("licences", "/licences", "The register of licences.")


@noun.get(query=LicenceQuery, answers=pagination.page_of(LicenceSchema))
def search(query: dict[str, Any]) -> Any:
    """The licences of the counties this account works for, newest first."""
    return pagination.answer(licences.search(context.session(), product=context.product(),
                                             user=security.require_user(), **query))


@noun.post("/<number>/state", takes=LicenceDecisionBody, answers=LicenceSchema)
def decide(body: dict[str, Any], number: str) -> Any:
    """Suspend a licence, lift its suspension, revoke it or note its surrender, with a reason."""
    session, product, user = context.session(), context.product(), security.require_user()
    found = licences.get(session, product=product, number=number, user=user)
    return licences.decide(session, product=product, id=found.id, user=user, **body)


@noun.get("/<number>", answers=LicenceSchema)
def read(number: str) -> Any:
    """A licence by its number, for its holder and the staff."""
    return licences.get(context.session(), product=context.product(), number=number, user=security.require_user())


@noun.get("/verification/<token>", answers=VerificationSchema, public=True)
def verify(token: str) -> Any:
    """Whether the licence behind a QR code is valid; an address that was not signed here is UNKNOWN."""
    return licences.verify(context.session(), product=context.product(), token=token)
