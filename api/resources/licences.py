"""Licences: rows of the register, and the public check of a QR code."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas.applications import LicenceSchema, VerificationSchema
from workflows import licences

noun = Noun("licences", "/licences", "The register of licences.")


@noun.get("/<number>", answers=LicenceSchema)
def read(number: str) -> Any:
    """A licence by its number, for its holder and the staff."""
    return licences.get(context.session(), product=context.product(), number=number, user=security.require_user())


@noun.get("/verification/<token>", answers=VerificationSchema, public=True)
def verify(token: str) -> Any:
    """Whether the licence behind a QR code is valid; an address that was not signed here is UNKNOWN."""
    return licences.verify(context.session(), product=context.product(), token=token)
