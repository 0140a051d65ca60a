"""Offices: the register of the places licences are for."""

from __future__ import annotations

from typing import Any

from api import context, pagination, security
from api.blueprints import Noun
from api.schemas.offices import OfficeQuery, OfficeRecordSchema, OfficeSchema
from workflows import office_register

noun = Noun("offices", "/offices", "The register of offices.")


@noun.get(query=OfficeQuery, answers=pagination.page_of(OfficeSchema))
def search(query: dict[str, Any]) -> Any:
    """The offices of the counties this account works for, county by county, with how many there are."""
    return pagination.answer(office_register.search(context.session(), product=context.product(),
                                                    user=security.require_user(), **query))


@noun.get("/<office_id>", answers=OfficeRecordSchema)
def read(office_id: str) -> Any:
    """One office with its licences, its holder and the history of both, for the staff of its county."""
    return office_register.get(context.session(), product=context.product(), user=security.require_user(),
                               id=office_id)
