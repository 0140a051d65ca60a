"""Taking an application in: its form, what it may be asked for with, its facts, its keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import feel
from engine.store.lru import Lru
from engine.store.prepared import Prepared
from engine.values import ProcessDefinition
from workflows import calendar, catalogue, forms, identifiers, rules
from workflows.form_fields import CompiledForm
from workflows.models.application import Application
from workflows.models.county import County

if TYPE_CHECKING:
    from workflows.product import Product

NEVER_UNLOCKED = frozenset({"site_county", "creed_declaration", "declare_truth", "declare_no_proxy",
                            "declare_fee_undertaking"})
"""Fields no correction touches: the county decides who works on the file, and a declaration is made once."""

_COMPILED: Lru[tuple[str, str, feel.Functions | None], CompiledForm] = Lru(128)
"""Forms of definitions, which never change."""
_COUNTIES = Prepared(select(County.code, County.name, County.name_en).order_by(County.rank))

_SEARCHED = ("company_name", "company_legal_id", "ceo_first_name", "ceo_last_name", "ceo_national_id", "ceo_mobile",
             "site_settlement", "site_postal_code")


def definition(session: Session, *, product: Product, service: catalogue.Entry) -> ProcessDefinition:
    """The definition that carries new applications for a service: the latest. Raises: NotFound."""
    return product.engine.definition(session, key=service.process)


def form(session: Session, *, product: Product, definition_id: str, form_key: str) -> CompiledForm:
    """A form of a definition's deployment, compiled. Raises: NotFound; Invalid."""
    key = definition_id, form_key, product.engine.functions
    found = _COMPILED.get(key)
    if found is None:
        found = forms.load(product.engine.form(session, definition_id, form_key), functions=product.engine.functions)
        _COMPILED.put(key, found)
    return found


def application_form(session: Session, *, product: Product, application: Application) -> CompiledForm:
    """The form an application was filled in with."""
    service = catalogue.service(application.service)
    return form(session, product=product, definition_id=application.definition_id, form_key=service.form_key)


def context(session: Session, *, product: Product, deployment_id: str, application_form: CompiledForm | None = None,
            service: str | None = None, on: date | None = None) -> dict[str, Any]:
    """What forms draw options from: counties, conditions, documents, application_fields; and `today`, and `rules`.

    The conditions and documents are those of the `service`, or all. The rules are those of the day `on` which an
    application was submitted; without it, today's.
    """
    today = calendar.today(product.clock.now())
    book = rules.book(session, engine=product.engine, deployment_id=deployment_id, on=on or today)
    counties = _COUNTIES.all(session, {})
    fields = list(application_form.fields.values()) if application_form else []
    asked = [one for one in book.conditions.values() if service is None or one.is_of(service)]
    labelled = [(field, {"value": field.key, "label": field.label, "label_en": field.label_en}) for field in fields]
    return {
        "today": today,
        "rules": book.facts(),
        "counties": [{"value": one.code, "label": one.name, "label_en": one.name_en} for one in counties],
        "conditions": [_condition(one) for one in asked if one.kind != rules.DOCUMENT],
        "documents": [_condition(one) for one in asked if one.kind == rules.DOCUMENT],
        "application_fields": [option for field, option in labelled if field.key not in NEVER_UNLOCKED],
    }


def _condition(one: rules.Condition) -> dict[str, str]:
    return {"value": one.code, "label": f"{one.code}: {one.text_fa}", "label_en": f"{one.code}: {one.text_en}"}


def start_variables(*, application: Application, book: rules.RuleBook, rounds: int = 0) -> dict[str, Any]:
    """The variables a process instance begins with: ids, codes and facts, nothing personal.

    `rounds` are the corrections asked for before a reopening: they count on.
    """
    return {
        "application_id": application.id, "service": application.service, **facts(application),
        "county": application.county, **book.variables(), "correction_rounds": feel.from_json(rounds),
        "deferrals": feel.from_json(0), "condition_codes": [],
    }


def facts(application: Application, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The facts that decide: of what was filled in (or of `data`), and of the licence it is about."""
    service = catalogue.service(application.service)
    return service.facts(application.data if data is None else data, submission_day(application),
                         application.about_facts or {})


def submission_day(application: rules.Submitted) -> date:
    """The day of submission in Tehran: ages and rules are taken on it."""
    return calendar.today(application.submitted_at)


def search_text(file_number: str, data: Mapping[str, Any]) -> str:
    """The text an application is found by."""
    parts = [file_number, *(str(data[key]) for key in _SEARCHED if data.get(key))]
    return "\n".join(identifiers.search_key(part) for part in parts)


def open_duplicate(session: Session, *, subject_key: str, besides: str | None = None) -> str | None:
    """The file number of an open application for the same subject, other than the application `besides`."""
    query = select(Application.file_number).where(Application.subject_key == subject_key,
                                                  Application.ended_at.is_(None))
    return session.scalar(query if besides is None else query.where(Application.id != besides))


def subject_key(service: catalogue.Entry, data: Mapping[str, Any], applicant_id: str, licence_id: str | None) -> str:
    """What may be asked for once at a time: the same service for the same licence, or by the same applicant for the
    same place.
    """
    if licence_id is not None:
        parts = [service.key, licence_id]
    else:
        parts = [service.key, *(str(data.get(key) or applicant_id) for key in service.subject)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
