"""Pages for everyone: the services and their conditions, following an application, checking a licence."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from api import context, language, security
from api.web import fields, rendering, timelines, words
from workflows import applications, calendar, catalogue, intake, licences, offered, rules

blueprint = Blueprint("public", __name__)

_STEPS = 6
"""How many sentences tell the way of an application (`home.steps.*`)."""


@blueprint.get("/")
def home() -> Response:
    """The services, each with what the law asks and how well that is founded."""
    services = [_service(service) for service in offered.services(context.session())]
    return rendering.page("public/home.html", services=services)


@blueprint.get("/track")
def track() -> Response:
    """Ask for a tracking code."""
    return rendering.page("public/track.html", faults=(), code="")


@blueprint.post("/track")
def follow() -> Response:
    """Show where an application stands; the answer to every other code is the same."""
    code = request.form.get("code", "")[:64]
    found = security.guess("tracking", lambda: applications.track(
        context.session(), product=context.product(), code=code))
    if found is None:
        fault = fields.Fault(text=words.t("track.unknown"), href="#field-code")
        return rendering.page("public/track.html", status=422, faults=(fault,), code=code)
    return rendering.page("public/track.html", found=found, stages=timelines.of_stages(found.stages, found.state))


@blueprint.get("/verify")
def check() -> Response:
    """Ask for the address in a licence's QR code, for those who cannot scan it."""
    address = request.args.get("address", "").strip().partition("?")[0].partition("#")[0]
    token = address.rpartition("/")[2]
    if token:
        return rendering.go_to(url_for("public.verify", token=token))
    return rendering.page("public/check.html")


@blueprint.get("/verify/<token>")
def verify(token: str) -> Response:
    """Whether the licence behind a QR code is good."""
    found = licences.verify(context.session(), product=context.product(), token=token)
    place = found.county_name if language.language() == "fa" else found.county_name_en
    return rendering.page("public/verify.html", found=found, now=context.product().clock.now(),
                          place=" – ".join(part for part in (place, found.settlement) if part))


def _service(service: catalogue.Entry) -> dict[str, Any]:
    """What the home page says of a service, from the rules in force for new applications."""
    session, product = context.session(), context.product()
    deployment_id = intake.definition(session, product=product, service=service).deployment_id
    book = rules.book(session, engine=product.engine, deployment_id=deployment_id,
                      on=calendar.today(product.clock.now()))
    asked = [one for one in book.conditions.values() if one.is_of(service.key)]
    return {
        "key": service.key, "name": service.name, "name_en": service.name_en,
        "conditions": [one for one in asked if one.kind == rules.ELIGIBILITY],
        "documents": [one for one in asked if one.kind == rules.DOCUMENT],
        "facts": _facts(book, service),
        "steps": [words.t(f"{_way(service)}.s{number}") for number in range(1, _STEPS + 1)],
    }


def _way(service: catalogue.Entry) -> str:
    """The words that tell the way of a service; of one that has none of its own, the usual way."""
    own = f"home.ways.{service.key}"
    return own if f"{own}.s1" in words.table("fa") else "home.steps"


def _facts(book: rules.RuleBook, service: catalogue.Entry) -> list[dict[str, str]]:
    """Issuer, time, cost and validity, each with its grade; what was never published is said to be so."""
    issuer, validity, fee = (book.rules.get(key) for key in (
        service.rule("issuer"), "licence_valid_months", service.rule("fee")))
    if fee is None or fee.value is None or not fee.acts:  # what may not be charged is not announced as a price
        amount, fee = words.t("service.fee_unknown"), book.rules.get("fee_unknown")
    else:
        amount = words.t("service.fee_amount", n=fee.value)
    issued_by = book.value(service.rule("issuer"), "CRA")
    return [
        {"label": words.t("service.issuer"), "value": words.known(f"issuer.{issued_by}"), "note": _grade(issuer)},
        {"label": words.t("service.time"), "value": words.t("service.time_unknown"),
         "note": words.t("service.time_note")},
        {"label": words.t("service.fee"), "value": amount, "note": _grade(fee)},
        {"label": words.t("service.validity"), "note": _grade(validity),
         "value": words.t("service.months", n=book.value("licence_valid_months", licences.DEFAULT_VALID_MONTHS))},
    ]


def _grade(rule: rules.Rule | None) -> str:
    return words.t(f"grade.{rule.grade}") if rule else ""
