"""The services: which are offered, and the switch of each."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas.services import OwnLicencesSchema, ProfileQuery, ProfileSchema, ServicesSchema, SwitchBody
from workflows import catalogue, offered, profiles, subject_licences

noun = Noun("services", "/services", "The licence services.")


@noun.get(answers=ServicesSchema, public=True)
def offers() -> dict[str, Any]:
    """The services that are offered, in the order of the screens."""
    return {"items": offered.services(context.session())}


@noun.get("/<key>/profile", query=ProfileQuery, answers=ProfileSchema, public=True)
def profile(query: dict[str, Any], key: str) -> Any:
    """What a service asks, rests on, costs and how long it takes, as in force today or on a day."""
    return profiles.of(context.session(), product=context.product(), service=key, **query)


@noun.get("/<key>/licences", answers=OwnLicencesSchema)
def licences(key: str) -> dict[str, Any]:
    """The applicant's own licences that a service could be about, whatever forbids it now; latest first."""
    user, service = security.require_user(), catalogue.service(key)
    return {"items": subject_licences.own(context.session(), product=context.product(), user=user, service=service)}


@noun.post("/<key>/switch", takes=SwitchBody, answers=ServicesSchema)
def switch(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Offer a service, or cease to, with a reason; applications that are open go on. For administrators."""
    offered.switch(context.session(), product=context.product(), key=key, user=security.require_user(), **body)
    return {"items": offered.services(context.session())}
