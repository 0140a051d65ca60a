"""The page of one's own account: staff change their password here."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from api import context, security
from api.web import access, fields, rendering, words
from engine import errors
from engine.values import Problem
from workflows import accounts

blueprint = Blueprint("account", __name__, url_prefix="/account")

_PASSWORDS = (("current", "current-password"), ("password", "new-password"), ("again", "new-password"))


@blueprint.get("")
@access.staff
def show(_user: accounts.User) -> Response:
    """Name, roles, and the form for another password."""
    return _page()


@blueprint.post("")
@access.staff
def change_password(user: accounts.User) -> Response:
    """Change the password; this session goes on, every other one and every token ends."""
    sent, session = request.form, context.session()
    right = security.guess("own-password", lambda: accounts.verify_password(
        session, username=user.username or "", password=sent.get("current", "")), key=user.id)
    if right is None:
        return _page([_said("current")])
    if sent.get("password") != sent.get("again"):
        return _page([_said("again")])
    try:
        accounts.set_password(session, id=user.id, password=sent.get("password", ""))
    except errors.Invalid as refusal:
        return _page(refusal.problems)
    security.sign_in(user)
    return rendering.go("account.show", done="password_changed")


def _said(key: str) -> Problem:
    sentence = words.t(f"account.{key}_wrong")
    return Problem(where=key, what=sentence, what_fa=sentence)


def _page(problems: Sequence[Problem] = ()) -> Response:
    said = {problem.where: fields.in_words(problem) for problem in problems}
    asked = {key: fields.simple(key, "text", words.t(f"account.{key}"), error=said.get(key, ""), left_to_right=True,
                                hint=words.t("user.password_hint") if key == "password" else "", max_length=200)
             for key, _ in _PASSWORDS}
    return rendering.page("clerk/account.html", status=422 if problems else 200, asked=asked,
                          autocomplete=dict(_PASSWORDS), counties=rendering.county_names(),
                          faults=fields.faults(problems, asked))
