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


def if_match() -> errors.IfMatch:
    """The versions the client can work with, or None when it named none or `*` (RFC 9110 §13.1.1).

    Any tag of a list may match, by the strong comparison: a weak tag matches nothing, nor does one we never gave.
    """
    given = request.if_match
    if not given or given.star_tag:
        return None
    return frozenset(int(tag) for tag in given.as_set() if re.fullmatch(r"0|[1-9][0-9]{0,8}", tag))


def require(version: int) -> None:
    """Pass when the client can work with `version`, or said nothing of it. Raises: StaleVersion."""
    errors.require_version(version, if_match())


def _conditional(response: Response) -> Response:
    version = g.get("entity_version")
    if version is None or response.status_code >= 400:
        return response
    response.set_etag(str(version))
    if request.method in {"GET", "HEAD"}:
        response.make_conditional(request.environ)
    return response
