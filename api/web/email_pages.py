"""The pages on which an applicant says to which e-mail address copies of his messages go."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from api import context
from api.web import access, fields, rendering, words
from engine import errors
from engine.values import Problem
from workflows import accounts, email_addresses

blueprint = Blueprint("email", __name__, url_prefix="/my/email")


@blueprint.get("")
@access.applicant
def show(user: accounts.User) -> Response:
    """The address in force, and the form for another."""
    return _page(user)


@blueprint.post("")
@access.applicant
def ask(user: accounts.User) -> Response:
    """Send a link to the address, or forget the one in force."""
    session = context.session()
    if request.form.get("action") == "forget":
        email_addresses.forget(session, user=user)
        return rendering.go("email.show", done="email_forgotten")
    try:
        email_addresses.ask(session, product=context.product(), user=user, email=request.form.get("email", ""))
    except errors.Invalid as refusal:
        return _page(user, refusal.problems)
    return rendering.go("email.show", done="email_asked")


@blueprint.get("/<link>")
@access.applicant
def opened(user: accounts.User, link: str) -> Response:
    """Show the address that the link is for: reading a page confirms nothing, since mail scanners open links too."""
    return rendering.page("applicant/email_link.html", link=link,
                          address=email_addresses.address_in(link, product=context.product(), user=user))


@blueprint.post("/<link>")
@access.applicant
def confirm(user: accounts.User, link: str) -> Response:
    """Bring the address into force."""
    email_addresses.confirm(context.session(), product=context.product(), user=user, link=link)
    return rendering.go("email.show", done="email_confirmed")


def _page(user: accounts.User, problems: Sequence[Problem] = ()) -> Response:
    said = {problem.where: fields.in_words(problem) for problem in problems}
    field = fields.simple("email", "text", words.t("email.address"), error=said.get("email", ""), left_to_right=True,
                          hint=words.t("email.hint"), max_length=254)
    return rendering.page("applicant/email.html", status=422 if problems else 200, field=field,
                          address=email_addresses.of_account(context.session(), user=user),
                          faults=fields.faults(problems, {"email": field}))
