"""Who is asking, and what every answer forbids the browser to do.

Sessions live in the database behind an opaque cookie; unsafe requests made with a cookie carry its CSRF token, in the
header `X-CSRF-Token` or the form field `csrf_token`. Programs send a bearer token instead and need none.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar, cast

from flask import Flask, Response, g, request

from api import context, problems
from api.language import is_api
from engine import errors
from engine.values import Actor
from workflows import accounts, limits, sessions, signatures

Found = TypeVar("Found")

SESSION_COOKIE = "parvaneh_session"
VISITOR_COOKIE = "parvaneh_visitor"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
COOKIE_AGE = timedelta(days=30)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The account behind a request and how it proved itself."""

    user: accounts.User
    means: Literal["session", "token"]
    csrf: str | None = None
    otp_verified_at: datetime | None = None


def install(app: Flask) -> None:
    """Check who asks before every unsafe request; set cookies and security headers on every answer."""
    app.before_request(_check)
    app.after_request(_cookies)
    app.after_request(_headers)


def identity() -> Identity | None:
    """Who asks, read once per request; None for a visitor. Raises: Unauthenticated for a bearer token not valid."""
    if "identity" not in g:
        g.identity = _identify() if "session" in g else None
    return cast("Identity | None", g.identity)


def current_user() -> accounts.User | None:
    """The signed-in account, or None."""
    found = identity()
    return found.user if found else None


def require_user(*, kind: Literal["staff", "applicant"] | None = None, roles: Collection[str] = ()) -> accounts.User:
    """The signed-in account, of this kind and with one of these roles in any county.

    Raises: Unauthenticated without an account; Forbidden with another one.
    """
    user = current_user()
    if user is None:
        raise problems.Unauthenticated()
    if kind is not None and user.kind != kind:
        raise errors.Forbidden(reason=f"this is for {kind} accounts")
    if roles and not any(role in roles for role, _ in user.roles):
        raise errors.Forbidden(reason="your account has none of the roles " + ", ".join(sorted(roles)))
    return user


def actor(*, reason: str | None = None) -> Actor:
    """The signed-in account as the actor of a command. Raises: Unauthenticated."""
    return Actor(id=require_user().id, reason=reason)


def sign_in(user: accounts.User) -> None:
    """Open a fresh server-side session for `user`; the answer carries its cookie. A session open before is closed."""
    _close()
    g.set_session = sessions.open_session(context.session(), user=user, language=user.language)
    g.pop("identity", None)


def sign_out() -> None:
    """Close the session; the answer takes the cookie away."""
    _close()
    g.set_session = ""
    g.identity = None


def csrf_token() -> str:
    """The token this visitor's unsafe requests must carry: the session's, or one tied to the visitor cookie."""
    found = identity()
    if found is not None:
        return found.csrf or ""
    return _visitor_csrf(_visitor())


def form_token() -> str:
    """A new one-time name for a form; sending the same form twice with it gives the first answer."""
    nonce = secrets.token_bytes(16)
    return f"{signatures.encode(nonce)}.{_form_seal(signatures.encode(nonce))}"


def form_nonce(token: str) -> str:
    """The part of a form token that names it. Raises: BadRequest when this server did not issue it."""
    nonce, _, seal = token.partition(".")
    if not hmac.compare_digest(seal.encode(), _form_seal(nonce).encode()):
        raise problems.BadRequest(reason="the form token was not issued here", reason_fa="شناسه فرم از این سامانه نیست")
    return nonce


def limit(bucket: str, *, key: str | None = None, most: int = 10, window: timedelta = timedelta(minutes=1)) -> None:
    """Count one attempt of `key` (by default the client's address) and refuse when there were more than `most`.

    The count stays even when the request is refused. Raises: TooManyRequests.
    """
    context.keep_on_refusal()
    if not limits.hit(context.session(), bucket=bucket, key=key or client_address(), limit=most, window=window):
        raise problems.TooManyRequests(retry_after=int(window.total_seconds()))


def guess(bucket: str, look: Callable[[], Found | None], *, key: str | None = None, most: int = 10,
          window: timedelta = timedelta(minutes=1)) -> Found | None:
    """Look something up by a secret: only failures count, and after `most` of them `key` (the address) is refused.

    What `look` writes stays even when it finds nothing. The view needs a writable transaction. Raises: TooManyRequests.
    """
    counted: dict[str, Any] = {"bucket": bucket, "key": key or client_address(), "window": window}
    too_many = problems.TooManyRequests(retry_after=int(window.total_seconds()))
    if limits.used(context.session(), **counted) >= most:
        raise too_many
    found = look()
    if found is None:
        context.keep_on_refusal()
        if not limits.hit(context.session(), limit=most, **counted):
            raise too_many  # others failed at the same moment
    return found


def client_address() -> str:
    """The client's address, as the trusted proxies tell it."""
    return request.remote_addr or "unknown"


def _identify() -> Identity | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        user = sessions.user_for_token(context.session(), secret.strip())
        if user is None:
            raise problems.Unauthenticated()
        return Identity(user=user, means="token")
    cookie = g.get("set_session") or request.cookies.get(SESSION_COOKIE)
    found = sessions.load_session(context.session(), cookie) if cookie else None
    if found is None:
        return None
    user, csrf, otp_verified_at = found
    return Identity(user=user, means="session", csrf=csrf, otp_verified_at=otp_verified_at)


def _check() -> None:
    """Refuse an unsafe request that a foreign page could have made the browser send."""
    if request.method in _SAFE or "session" not in g or request.routing_exception is not None:
        return  # what no view takes is answered with 404 or 405, whoever sent it
    found = identity()
    if found is not None and found.means == "token":
        return
    if found is None and is_api():
        _refuse_foreign_form()
        return
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD) or ""
    expected = (found.csrf or "") if found else _visitor_csrf(request.cookies.get(VISITOR_COOKIE, ""))
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise problems.CsrfFailed()


def _refuse_foreign_form() -> None:
    """Without a session the API takes JSON only: no other site can make a browser post that."""
    if request.content_length and not request.is_json:
        raise problems.Unauthenticated()


def _visitor() -> str:
    if "visitor" not in g:
        g.visitor = request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(16)
    return cast("str", g.visitor)


def _visitor_csrf(visitor: str) -> str:
    return signatures.encode(context.product().keys.derive("visitor-csrf", visitor, 24)) if visitor else ""


def _form_seal(nonce: str) -> str:
    return signatures.encode(context.product().keys.derive("form-token", nonce, 16))


def _close() -> None:
    if cookie := request.cookies.get(SESSION_COOKIE):
        sessions.close_session(context.session(), cookie)


def _cookies(response: Response) -> Response:
    secure = context.config().tls
    if (token := g.get("set_session")) is not None and response.status_code < 400:
        if token:
            response.set_cookie(SESSION_COOKIE, token, max_age=COOKIE_AGE, httponly=True, secure=secure, samesite="Lax")
        else:
            response.delete_cookie(SESSION_COOKIE, httponly=True, secure=secure, samesite="Lax")
    if (visitor := g.get("visitor")) and visitor != request.cookies.get(VISITOR_COOKIE):
        response.set_cookie(VISITOR_COOKIE, visitor, max_age=COOKIE_AGE, httponly=True, secure=secure, samesite="Lax")
    return response


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(self), microphone=(), payment=()")
    if request.endpoint is None or not request.endpoint.endswith("static"):
        headers.setdefault("Cache-Control", "no-store")
    if context.config().tls:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
