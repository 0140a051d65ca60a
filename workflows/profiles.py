"""The profile of a service: what it asks, rests on, costs and how long it takes, as published and by the day.

A profile is put together from the rules, conditions, laws and form in force on a day; its versions are the days on
which any of it changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import errors
from engine.values import ProcessDefinition
from workflows import calendar, catalogue, intake, rule_versions, rules
from workflows.services.entry import Entry

if TYPE_CHECKING:
    from workflows.product import Product

_VERSIONS = 50
"""Deployments of a process looked through for changes, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document the form asks for, with the condition that names it."""

    label: str
    label_en: str
    needed: str
    """ALWAYS, SOMETIMES (it hangs on another answer), or OPTIONAL."""
    condition: rules.Condition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a service is, on a day."""

    service: Entry
    on: date
    effective_from: date
    """The first day of this version."""
    versions: Sequence[date]
    """The first days of all versions, latest first."""
    conditions: Sequence[rules.Condition]
    documents: Sequence[Document]
    laws: Sequence[rules.Law]
    issuer: rules.Rule | None
    fee: rules.Rule | None
    """None as long as no amount may be charged; `fee_unknown` then says what is asked instead."""
    fee_unknown: rules.Rule | None
    deadline: rules.Rule | None
    """None as long as none is published."""
    target: rules.Rule | None
    validity: rules.Rule | None
    tacit: rules.Rule | None


def of(session: Session, *, product: Product, service: str, on: date | None = None) -> Profile:
    """The profile of a service on a day; without one, today's. Raises: NotFound for a service or a day without one."""
    entry = catalogue.service(service)
    found, definitions = _found(session, product, entry, on)
    day, days = found.on, _days(session, product, entry, definitions)
    return replace(found, effective_from=max((one for one in days if one <= day), default=day), versions=days[::-1])


def at_a_glance(session: Session, *, product: Product, service: Entry) -> Profile:
    """Today's profile without its versions, for lists of services. Raises: NotFound."""
    return _found(session, product, service, None)[0]


def fee(book: rules.RuleBook, service: Entry) -> rules.Rule | None:
    """The fee that may be charged; None where none is known, or where its rule may not charge."""
    found = book.rules.get(service.rule("fee"))
    return found if found is not None and found.value is not None and found.acts else None


def deadline(book: rules.RuleBook, service: Entry) -> rules.Rule | None:
    """The published deadline; None where none is, and where nothing that binds says so."""
    found = book.first(service.rule("deadline_wd"), "deadline_wd")
    return found if found is not None and found.value is not None and found.acts else None


def target(book: rules.RuleBook, service: Entry) -> rules.Rule | None:
    """Our own target for the whole application."""
    return book.first(service.rule("target_wd"), "target_wd")


def _found(session: Session, product: Product, service: Entry,
           on: date | None) -> tuple[Profile, Sequence[ProcessDefinition]]:
    definitions = product.engine.definitions(session, key=service.process, limit=_VERSIONS).items
    found = _on(session, product, service, definitions, on or calendar.today(product.clock.now()))
    if found is None:
        raise errors.NotFound(what="service", id=service.key)
    return found, definitions


def _on(session: Session, product: Product, service: Entry, definitions: Sequence[ProcessDefinition],
        day: date) -> Profile | None:
    definition = next((one for one in definitions if calendar.today(one.deployed_at) <= day), None)
    if definition is None:
        return None
    book = rules.book(session, engine=product.engine, deployment_id=definition.deployment_id, on=day)
    asked = [one for one in book.conditions.values() if one.is_of(service.key)]
    return Profile(
        service=service, on=day, effective_from=day, versions=(),
        conditions=tuple(one for one in asked if one.kind == rules.ELIGIBILITY),
        documents=_documents(session, product, service, definition, asked),
        laws=tuple(one for one in book.laws.values() if one.is_of(service.key)),
        issuer=book.first(service.rule("issuer"), "issuer_create"), fee=fee(book, service),
        fee_unknown=book.rules.get("fee_unknown"), deadline=deadline(book, service), target=target(book, service),
        validity=book.first(service.rule("licence_valid_months"), "licence_valid_months"),
        tacit=book.first(service.rule("tacit_mode"), "tacit_mode"))


def _documents(session: Session, product: Product, service: Entry, definition: ProcessDefinition,
               asked: Sequence[rules.Condition]) -> tuple[Document, ...]:
    form = intake.form(session, product=product, definition_id=definition.id, form_key=service.form_key)
    named = {one.field: one for one in asked if one.kind == rules.DOCUMENT and one.field}
    return tuple(Document(
        label=field.label, label_en=field.label_en, condition=named.get(key),
        needed="SOMETIMES" if field.hidden_if or field.required_if else "ALWAYS" if field.required else "OPTIONAL")
        for key, field in form.fields.items() if field.kind == "file")


def _days(session: Session, product: Product, service: Entry,
          definitions: Sequence[ProcessDefinition]) -> list[date]:
    """The days on which the profile changed, earliest first; those to come are among them."""
    possible = {calendar.today(one.deployed_at) for one in definitions}
    if possible:
        first = min(possible)
        possible |= {one.effective_from for one in rule_versions.approved(session) if one.effective_from > first}
    days, last = [], None
    for day in sorted(possible):
        found = _on(session, product, service, definitions, day)
        content = found and replace(found, on=date.min, effective_from=date.min)
        if content != last:
            days.append(day)
        last = content
    return days
