"""Pages of the register of licences: the list, one licence with its changes, and the decision to change its state."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from api import context
from api.web import access, fields, rendering, words
from engine import errors
from engine.values import Problem
from workflows import accounts, authorization, licences

blueprint = Blueprint("register", __name__, url_prefix="/register")

PAGE_SIZE = 25


@blueprint.get("")
@access.staff
def search(user: accounts.User) -> Response:
    """Licences of the counties this account works for, newest first."""
    chosen = {name: request.args.get(name, "").strip() for name in ("state", "text")}
    page = licences.search(context.session(), product=context.product(), user=user, state=chosen["state"] or None,
                           text=chosen["text"], after=request.args.get("after") or None, limit=PAGE_SIZE)
    return rendering.page("clerk/licences.html", page=page, chosen=chosen, states=licences.STATES,
                          later="after" in request.args)


@blueprint.get("/<licence_id>")
@access.staff
def licence(user: accounts.User, licence_id: str) -> Response:
    """One licence with every change of its state."""
    return _page(user, licence_id)


@blueprint.post("/<licence_id>")
@access.staff
def change(user: accounts.User, licence_id: str) -> Response:
    """Record the decision to suspend a licence, lift its suspension, revoke it or note its surrender."""
    session, product, sent = context.session(), context.product(), request.form
    try:
        licences.decide(session, product=product, id=licence_id, to=sent.get("to", ""), reason=sent.get("reason", ""),
                        user=user)
    except errors.Invalid as refusal:
        return _page(user, licence_id, refusal.problems)
    return rendering.go("register.licence", licence_id=licence_id, done="licence_changed")


def _page(user: accounts.User, licence_id: str, problems: Sequence[Problem] = ()) -> Response:
    session, product = context.session(), context.product()
    found = licences.get(session, product=product, id=licence_id, user=user)
    events = licences.events(session, licence_id=licence_id)
    possible = licences.changes(found) if authorization.allowed(user, "licence.change", county=found.county) else []
    said = {problem.where: fields.in_words(problem) for problem in problems}
    options = [(state, words.known(f"register.becomes.{state}")) for state in possible]
    asked = {
        "to": fields.simple("to", "radio", words.t("register.to"), error=said.get("to", ""),
                            choices=fields.choices("to", options, {request.form.get("to", "")})),
        "reason": fields.simple("reason", "textarea", words.t("register.reason"), hint=words.t("register.reason_hint"),
                                error=said.get("reason", ""), value=request.form.get("reason", ""), max_length=2000)}
    return rendering.page(
        "clerk/licence.html", status=422 if problems else 200, licence=found, events=events, possible=possible,
        names=accounts.names(session, [one.actor for one in events]), asked=asked,
        faults=fields.faults(problems, asked))
