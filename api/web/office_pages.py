"""Pages of the register of offices: the list with its filters, and one office with licence, holder and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from api import context, language
from api.web import access, rendering, words
from workflows import accounts, office_import, office_register, offices, places, register_changes

blueprint = Blueprint("office_register", __name__, url_prefix="/offices")

PAGE_SIZE = 25
_BANKING: Mapping[str, bool | None] = {"yes": True, "no": False}
_HIDDEN = frozenset({"settlement_code"})
_DAYS = frozenset({"issued_on", "expires_on", "bank_assigned_on", "manager_born_on", "deputy_born_on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of an entry of the history, in the words of the page."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the history."""

    kind: str
    at: datetime
    actor: str
    reason: str
    changes: Sequence[Change]


@blueprint.get("")
@access.staff
def search(user: accounts.User) -> Response:
    """Offices of the counties this account works for, county by county."""
    chosen = {name: request.args.get(name, "").strip() for name in ("kind", "county", "banking", "text")}
    page = office_register.search(
        context.session(), product=context.product(), user=user, kind=chosen["kind"] or None,
        county=chosen["county"] or None, banking=_BANKING.get(chosen["banking"]), text=chosen["text"],
        after=request.args.get("after") or None, limit=PAGE_SIZE)
    return rendering.page("clerk/offices.html", page=page, chosen=chosen, kinds=office_register.KINDS,
                          counties=rendering.county_names(), later="after" in request.args)


@blueprint.get("/<office_id>")
@access.staff
def office(user: accounts.User, office_id: str) -> Response:
    """One office with everything the register knows of it."""
    found = office_register.get(context.session(), product=context.product(), user=user, id=office_id)
    names = accounts.names(context.session(), [one.actor for one in found.history])
    return rendering.page("clerk/office.html", office=found, entries=_entries(found.history, names),
                          offerings=[_offering(one) for one in found.offerings], word=_word)


def _entries(history: Sequence[register_changes.Change], names: Mapping[str, str]) -> list[Entry]:
    """The history, latest first."""
    return [Entry(kind=one.kind, at=one.at, reason=one.reason,
                  actor=names.get(one.actor) or words.known(f"actor.{one.actor}", otherwise=one.actor),
                  changes=[Change(label=_label(name), before=_shown(name, before), after=_shown(name, after))
                           for name, (before, after) in one.changes.items() if name not in _HIDDEN])
            for one in reversed(history)]


def _label(field: str) -> str:
    if field == "holder":
        return words.t("licence.holder")
    persian, english = office_import.labels(field)
    return persian if language.language() == "fa" else english


def _shown(field: str, value: Any) -> str:
    """A value of the history in the words and digits of the page."""
    fa = language.language() == "fa"
    if value is None:
        return words.t("office.nothing")
    if isinstance(value, bool):
        return words.t("form.yes" if value else "form.no")
    if isinstance(value, list):
        return words.t("list.comma").join(_offering(one) for one in value) or words.t("office.nothing")
    if field in _DAYS:
        return rendering.day(value)
    if field == "county":
        return rendering.county_names().get(value) or str(value)
    if field == "district":
        return places.district_names(value)[0 if fa else 1]
    return _word(value) if isinstance(value, str) else words.digits(value)


def _word(value: str) -> str:
    """A code such as LEASE or BACHELOR in the words of the page; what is none stays."""
    return words.known(f"office.word.{value}", otherwise=words.known(f"licence_state.{value}", otherwise=value))


def _offering(code: str) -> str:
    persian, english = offices.OFFERINGS.get(code, (code, code))
    return persian if language.language() == "fa" else english
