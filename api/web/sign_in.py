"""Signing in: applicants by a code sent to their mobile number, staff by name and password; and signing out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from api import context, language, security
from api.web import fields, rendering, words
from engine import errors
from engine.values import Problem
from workflows import accounts, identifiers

blueprint = Blueprint("sign_in", __name__, url_prefix="/sign-in")

MOBILE_COOKIE = "parvaneh_mobile"
"""Carries the number from one page to the next, so that it stands in no address and in no log of addresses."""

_COOKIE_AGE = 15 * 60


@blueprint.get("/mobile")
def mobile() -> Response:
    """Ask for a mobile number."""
    return _ask_mobile()


@blueprint.post("/mobile")
def send_code() -> Response:
    """Send a one-time code, whether or not the number has an account."""
    security.limit("one-time-code-address", most=10, window=timedelta(minutes=10))
    number = request.form.get("mobile", "")
    try:
        accounts.request_code(context.session(), product=context.product(), mobile=number, language=language.language())
    except errors.Invalid as refusal:
        return _ask_mobile(refusal.problems, number)
    except accounts.CodeLimitReached as refusal:
        return _ask_mobile([_said("mobile", refusal.message(language.language()))], number)
    response = rendering.go("sign_in.code", next=_next() or None)
    response.set_cookie(MOBILE_COOKIE, identifiers.mobile(number), max_age=_COOKIE_AGE,
                        httponly=True, samesite="Lax", secure=context.config().tls, path=blueprint.url_prefix or "/")
    return response


@blueprint.get("/code")
def code() -> Response:
    """Ask for the code."""
    number = request.cookies.get(MOBILE_COOKIE)
    return _ask_code(number) if number else rendering.go("sign_in.mobile")


@blueprint.post("/code")
def enter_code() -> Response:
    """Sign in with the code; failures are counted by address."""
    number, code = request.form.get("mobile", ""), request.form.get("code", "")
    user = security.guess("sign-in-address", lambda: accounts.verify_code(
        context.session(), product=context.product(), mobile=number, code=code), most=20)
    if user is None:
        return _ask_code(number, [_said("code", words.t("sign_in.code_wrong"))])
    return _enter(user, "applicant.mine")


@blueprint.get("")
def staff() -> Response:
    """Ask staff for name and password."""
    return _ask_password()


@blueprint.post("")
def enter_password() -> Response:
    """Sign staff in; failures are counted by address and by name."""
    name = request.form.get("username", "").strip()
    missing = [_said(field, words.t(f"sign_in.{field}_missing"))
               for field in ("username", "password") if not request.form.get(field, "").strip()]
    if missing:
        return _ask_password(missing, name)
    user = security.guess("sign-in-address", lambda: _account(name, request.form["password"]), most=20)
    if user is None:
        return _ask_password([_said("username", words.t("sign_in.password_wrong"))], name)
    return _enter(user, "clerk.start")


@blueprint.post("/out")
def leave() -> Response:
    """Sign out."""
    security.sign_out()
    return rendering.go("public.home", done="signed_out")


def _account(name: str, password: str) -> accounts.User | None:
    return security.guess(
        "sign-in-name", lambda: accounts.verify_password(context.session(), username=name, password=password),
        key=accounts.username_key(name), window=timedelta(minutes=5))


def _enter(user: accounts.User, otherwise: str) -> Response:
    chosen = language.language()
    if user.language != chosen:
        accounts.set_language(context.session(), id=user.id, language=chosen)
    security.sign_in(dataclasses.replace(user, language=chosen))
    response = rendering.go_to(rendering.safe_next(_next(), otherwise=url_for(otherwise)))
    response.delete_cookie(MOBILE_COOKIE, path=blueprint.url_prefix or "/")
    return response


def _ask_mobile(problems: Sequence[Problem] = (), number: str = "") -> Response:
    said = {problem.where: fields.in_words(problem) for problem in problems}
    asked = fields.simple("mobile", "text", words.t("sign_in.mobile"), hint=words.t("sign_in.mobile_hint"),
                          value=number, error=said.get("mobile", ""), keyboard="tel", left_to_right=True, max_length=20)
    return rendering.page("sign_in/mobile.html", status=422 if problems else 200, mobile=asked, next=_next(),
                          faults=fields.faults(problems, {"mobile": asked}))


def _ask_code(number: str, problems: Sequence[Problem] = ()) -> Response:
    asked = fields.simple("code", "text", words.t("sign_in.code"), hint=words.t("sign_in.code_hint"),
                          keyboard="numeric", error=fields.in_words(problems[0]) if problems else "",
                          left_to_right=True, max_length=12)
    return rendering.page("sign_in/code.html", status=422 if problems else 200, code=asked, number=number, next=_next(),
                          faults=fields.faults(problems, {"code": asked}))


def _ask_password(problems: Sequence[Problem] = (), name: str = "") -> Response:
    said = {problem.where: fields.in_words(problem) for problem in problems}
    username = fields.simple("username", "text", words.t("sign_in.username"), value=name,
                             error=said.get("username", ""), left_to_right=True, max_length=100)
    password = fields.simple("password", "text", words.t("sign_in.password"), error=said.get("password", ""),
                             left_to_right=True, max_length=200)
    return rendering.page("sign_in/staff.html", status=422 if problems else 200, username=username, password=password,
                          next=_next(), faults=fields.faults(problems, {"username": username, "password": password}))


def _said(where: str, sentence: str) -> Problem:
    """A fault whose sentence is in the language of the page already."""
    return Problem(where=where, what=sentence, what_fa=sentence)


def _next() -> str:
    return request.values.get("next", "")
