"""Which of the two languages an answer is in."""

from __future__ import annotations

from typing import Literal, cast

from flask import has_request_context, request

Language = Literal["fa", "en"]
LANGUAGES: tuple[Language, ...] = ("fa", "en")


def is_api() -> bool:
    """True for requests to the REST API, False for pages."""
    return request.path.startswith("/api/")


def language() -> Language:
    """Persian or English: on the API by Accept-Language, on pages by `?lang=` and the cookie; Persian by default."""
    if not has_request_context():
        return "fa"
    if is_api():
        return cast("Language", request.accept_languages.best_match(LANGUAGES, default="fa"))
    chosen = request.args.get("lang") or request.cookies.get("language")
    return chosen if chosen in LANGUAGES else "fa"
