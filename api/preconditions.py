"""Versions on the wire: `ETag` on reads, `If-Match` on commands."""

from __future__ import annotations

import re

from flask import Flask, Response, g, request

from engine import errors


def install(app: Flask) -> None:
    """Answer 304 to a read whose `If-None-Match` names the present version."""
    app.after_request(_conditional)


def tag(version: int) -> None:
    """Give the answer of this request the entity tag of `version`."""
    g.entity_version = version


def if_match() -> int | None:
    """The version the client worked from, or None when it sent none (or `*`).

    Raises: StaleVersion when the tag names no version of ours, so that it can match nothing.
    """
    given = request.headers.get("If-Match", "").strip()
    if given in {"", "*"}:
        return None
    match = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', given)
    if match is None:
        raise errors.StaleVersion(given=given)
    return int(match[1])


def require(version: int) -> None:
    """Pass when the client worked from `version`, or said nothing of it. Raises: StaleVersion."""
    given = if_match()
    if given is not None and given != version:
        raise errors.StaleVersion(current=version, given=given)


def _conditional(response: Response) -> Response:
    version = g.get("entity_version")
    if version is None or response.status_code >= 400:
        return response
    response.set_etag(str(version))
    if request.method in {"GET", "HEAD"}:
        response.make_conditional(request.environ)
    return response
