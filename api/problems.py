"""The one place where an error becomes an answer: problem+json (RFC 9457) for the API, an error page for browsers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, Response, current_app, g, json, request
from sqlalchemy import exc as sql
from werkzeug.exceptions import HTTPException

from api import context, language
from api.schemas import messages
from engine import errors
from engine.store import session as store
from engine.values import Problem

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("The request cannot be understood", "درخواست قابل فهم نیست"),
    401: ("Sign in first", "نخست وارد شوید"),
    403: ("Not allowed", "اجازه ندارید"),
    404: ("Not found", "پیدا نشد"),
    405: ("This address does not take that method", "این نشانی چنین درخواستی را نمی‌پذیرد"),
    409: ("The present state does not allow this", "وضعیت کنونی این کار را اجازه نمی‌دهد"),
    412: ("Someone changed this in the meantime", "در این میان تغییری ثبت شده است"),
    413: ("Too large", "بیش از اندازه بزرگ است"),
    415: ("This kind of content is not accepted here", "این نوع محتوا پذیرفته نیست"),
    422: ("The input has faults", "ورودی نادرست است"),
    429: ("Too many attempts", "تلاش بیش از اندازه"),
    500: ("Something went wrong on our side", "خطایی در سامانه رخ داد"),
    503: ("Not available for a moment", "برای لحظه‌ای در دسترس نیست"),
}
_TOO_LARGE = (
    "What you sent is too large as a whole; each file may have 5 MB, so make the files smaller and send them again.",
    "آنچه فرستادید روی هم بیش از اندازه بزرگ است؛ هر پرونده تا ۵ مگابایت پذیرفته است، پس پرونده‌ها را کوچک‌تر کنید و "
    "دوباره بفرستید.")
_UNIQUE = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 406: "not_acceptable",
          413: "content_too_large", 415: "unsupported_media_type", 422: "invalid"}


class BadRequest(errors.DomainError):
    """The request cannot be understood: {reason}."""

    fa = "درخواست قابل فهم نیست: {reason_fa}."


class Unauthenticated(errors.DomainError):
    """Sign in first."""

    fa = "نخست وارد شوید."


class SignInFailed(Unauthenticated):
    """The name or the secret is wrong."""

    fa = "نام یا رمز نادرست است."


class CsrfFailed(errors.Forbidden):
    """The form has expired or came from another site; load the page again."""

    fa = "فرم منقضی شده یا از جای دیگری آمده است؛ صفحه را دوباره بارگذاری کنید."


class TooManyRequests(errors.LimitReached):
    """Too many attempts; try again in {retry_after} seconds."""

    fa = "تلاش بیش از اندازه؛ {retry_after} ثانیه دیگر دوباره تلاش کنید."


STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.NotFound, 404), (errors.StaleVersion, 412), (errors.Conflict, 409), (errors.Invalid, 422),
    (errors.Forbidden, 403), (errors.Unavailable, 503), (Unauthenticated, 401), (errors.LimitReached, 429),
    (errors.DomainError, 400),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An error on its way to the client, in the language of the request."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[Problem, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    language: language.Language = "fa"

    def body(self) -> dict[str, Any]:
        """The problem+json object."""
        body: dict[str, Any] = {"type": f"urn:parvaneh:problem:{self.code}", "title": self.title,
                                "status": self.status, "detail": self.detail, "code": self.code}
        if self.errors:
            body["errors"] = [messages.body(problem, self.language) for problem in self.errors]
        return body


Page = Callable[[Answer], Response]


def install(app: Flask) -> None:
    """Let every exception of the application become a problem, whoever raised it."""
    app.register_error_handler(Exception, handle)


def use_page(app: Flask, page: Page) -> None:
    """Show errors on pages (everything outside /api/) by `page`; it must not touch the database for a 503."""
    app.extensions["parvaneh.error_page"] = page


def guarded(work: Callable[[], Response], otherwise: Callable[[Exception], Response]) -> Response:
    """Do the work of the HTTP edge; whatever it raises becomes the answer that `otherwise` gives."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - at the edge every failure becomes an answer
        return otherwise(error)


def handle(error: Exception) -> Response:
    """Turn any exception into the answer for this request."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return cast("Response", error.get_response(request.environ))
    answer = describe(error)
    context.metrics().problem(answer.code)
    if answer.status >= 500:
        g.keep_on_refusal = False
    page: Page | None = current_app.extensions.get("parvaneh.error_page")
    if language.is_api() or page is None:
        response = Response(json.dumps(answer.body()), status=answer.status, content_type=CONTENT_TYPE)
        response.headers["Content-Language"] = answer.language
        response.headers["Vary"] = "Accept-Language"
    else:
        response = page(answer)
        response.status_code = answer.status
    response.headers.update(answer.headers)
    return response


def describe(error: Exception) -> Answer:
    """What to tell the client about `error`; an unforeseen one is logged and told nothing of."""
    chosen = language.language()
    if isinstance(error, sql.TimeoutError) or (isinstance(error, sql.DBAPIError) and store.is_outage(error)):
        log.warning("the database does not answer: %s", type(error).__name__, exc_info=error)
        error = errors.Unavailable()
    elif isinstance(error, sql.IntegrityError) and _collided(error):
        log.warning("two requests collided", exc_info=error)
        error = errors.Conflict()
    if isinstance(error, errors.DomainError):
        return _domain(error, chosen)
    if isinstance(error, HTTPException) and error.code is not None and error.code != 500:
        return _http(error, chosen)
    # The rule, not the address: an address may hold a tracking code.
    log.error("unforeseen error on %s %s", request.method, request.url_rule or "an unknown address", exc_info=error)
    return Answer(status=500, code="internal_error", title=_title(500, chosen), detail=_title(500, chosen),
                  language=chosen)


def _collided(error: sql.IntegrityError) -> bool:
    """Whether a unique key let another transaction through first; any other broken constraint is a fault of ours."""
    return (getattr(error.orig, "sqlstate", None) == "23505"
            or getattr(error.orig, "sqlite_errorname", None) in _UNIQUE)


def _domain(error: errors.DomainError, chosen: language.Language) -> Answer:
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    headers = {}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    elif status == 429:
        headers["Retry-After"] = str(error.facts.get("retry_after", 60))
    elif status == 401 and language.is_api():
        headers["WWW-Authenticate"] = 'Bearer realm="parvaneh"'
    faults = error.problems if isinstance(error, errors.Invalid) else ()
    return Answer(status=status, code=error.code, title=_title(status, chosen), detail=error.message(chosen),
                  errors=tuple(faults), facts=error.facts, headers=headers, language=chosen)


def _http(error: HTTPException, chosen: language.Language) -> Answer:
    status = error.code or 500
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    faults = messages.faults(data.get("messages", {}))
    detail = _TOO_LARGE[chosen == "fa"] if status == 413 else _title(status, chosen)
    if faults:
        detail = errors.Invalid(faults).message(chosen)
    headers = {name: value for name, value in error.get_headers(request.environ) if name in {"Allow", "Retry-After"}}
    return Answer(status=status, code=_CODES.get(status, "http_error"), title=_title(status, chosen), detail=detail,
                  errors=faults, headers=headers, language=chosen)


def _title(status: int, chosen: language.Language) -> str:
    english, persian = TITLES.get(status, TITLES[400 if status < 500 else 500])
    return persian if chosen == "fa" else english
