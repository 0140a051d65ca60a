"""Sessions: sign in, who am I, sign out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api import context, problems, security
from api.blueprints import Noun
from api.schemas.accounts import SessionBody, SessionSchema
from workflows import accounts

noun = Noun("sessions", "/sessions", "Signing in and out with a session cookie.")


@noun.post(takes=SessionBody, answers=SessionSchema, status=201, public=True)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in: staff by `username` and `password`, applicants by `mobile` and `code`."""
    user = security.guess("sign-in-address", lambda: _account(body), most=20)
    if user is None:
        raise problems.SignInFailed()
    security.sign_in(user)
    return {"user": user, "csrf_token": security.csrf_token()}


@noun.get("/current", answers=SessionSchema)
def read() -> dict[str, Any]:
    """The account that is signed in, and the CSRF token of its session."""
    return {"user": security.require_user(), "csrf_token": security.csrf_token()}


@noun.delete("/current", status=204)
def delete() -> None:
    """Sign out."""
    security.require_user()
    security.sign_out()


def _account(body: dict[str, Any]) -> accounts.User | None:
    session = context.session()
    if "mobile" in body:
        return accounts.verify_code(session, product=context.product(), mobile=body["mobile"], code=body["code"])
    name, password = body["username"], body["password"]
    return security.guess("sign-in-name", lambda: accounts.verify_password(session, username=name, password=password),
                          key=accounts.username_key(name), window=timedelta(minutes=5))
