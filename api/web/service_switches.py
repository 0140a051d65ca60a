"""The page on which an administrator offers a service, or ceases to."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from api import context
from api.web import access, fields, rendering, words
from engine import errors
from engine.values import Problem
from workflows import accounts, offered

blueprint = Blueprint("service_switches", __name__, url_prefix="/admin/services")


@blueprint.get("")
@access.staff
def switches(user: accounts.User) -> Response:
    """Every service, whether it is offered, and who said so and why."""
    return _page(user)


@blueprint.post("/<service>/switch")
@access.staff
def switch(user: accounts.User, service: str) -> Response:
    """Offer a service, or cease to, with a reason."""
    try:
        offered.switch(context.session(), product=context.product(), key=service, user=user,
                       offered=request.form.get("offered") == "yes", reason=request.form.get(_reason(service), ""))
    except errors.Invalid as refusal:
        return _page(user, service, refusal.problems)
    return rendering.go("service_switches.switches", done="switched")


def _page(user: accounts.User, of: str = "", problems: Sequence[Problem] = ()) -> Response:
    found = offered.switches(context.session(), user=user)
    said = {problem.where: fields.in_words(problem) for problem in problems}
    reasons = {one.service.key: fields.simple(
        _reason(one.service.key), "text", words.t("switch.reason"), max_length=2000,
        error=said.get("reason", "") if one.service.key == of else "") for one in found}
    return rendering.page("admin/services.html", status=422 if problems else 200, switches=found, reasons=reasons,
                          faults=fields.faults(problems, {"reason": reasons[of]} if of else {}))


def _reason(service: str) -> str:
    """The name of the question for the reason, once for each service on the page."""
    return f"reason-{service}"
