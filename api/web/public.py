"""Pages for everyone: the services and their conditions, following an application, checking a licence."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from api import context, language, security
from api.web import fields, rendering, timelines, words
from workflows import applications, calendar, catalogue, form_answers, licences, offered, profiles, rules

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


@blueprint.get("/services/<key>")
def service(key: str) -> Response:
    """The profile of a service: what it asks, rests on, costs and how long it takes, today or on another day."""
    on = form_answers.to_date(request.args.get("on"))
    found = profiles.of(context.session(), product=context.product(), service=key, on=on)
    return rendering.page("public/service.html", profile=found, facts=_facts(found), steps=_steps(found.service),
                          today=calendar.today(context.product().clock.now()))


def _service(service: catalogue.Entry) -> dict[str, Any]:
    """What the home page says of a service, from the rules in force for new applications."""
    found = profiles.at_a_glance(context.session(), product=context.product(), service=service)
    return {
        "key": service.key, "name": service.name, "name_en": service.name_en, "conditions": found.conditions,
        "documents": found.documents, "facts": _facts(found), "steps": _steps(service)}


def _steps(service: catalogue.Entry) -> list[str]:
    """The way of a service in words; of one that has none of its own, the usual way."""
    own = f"home.ways.{service.key}"
    way = own if f"{own}.s1" in words.table("fa") else "home.steps"
    return [words.t(f"{way}.s{number}") for number in range(1, _STEPS + 1)]


def _facts(profile: profiles.Profile) -> list[dict[str, str]]:
    """Issuer, time, cost and validity, each with its grade; what was never published is said to be so."""
    issuer, validity = profile.issuer, profile.validity
    return [
        {"label": words.t("service.issuer"), "note": _grade(issuer),
         "value": words.known(f"issuer.{issuer.value if issuer else 'CRA'}")},
        _time(profile), _fee(profile),
        {"label": words.t("service.validity"), "note": _grade(validity), "value": words.t(
            "service.months", n=validity.value if validity else licences.DEFAULT_VALID_MONTHS)},
    ]


def _time(profile: profiles.Profile) -> dict[str, str]:
    if profile.deadline is not None:
        return {"label": words.t("service.time"), "note": _grade(profile.deadline),
                "value": words.t("service.working_days", n=profile.deadline.value)}
    target = profile.target
    return {"label": words.t("service.time"), "value": words.t("service.time_unknown"),
            "note": words.t("service.time_target", n=target.value) if target else words.t("service.time_note")}


def _fee(profile: profiles.Profile) -> dict[str, str]:
    """What may not be charged is not announced as a price."""
    fee = profile.fee
    return {"label": words.t("service.fee"), "note": _grade(fee or profile.fee_unknown),
            "value": words.t("service.fee_amount", n=fee.value) if fee else words.t("service.fee_unknown")}


def _grade(rule: rules.Rule | None) -> str:
    return words.t(f"grade.{rule.grade}") if rule else ""
