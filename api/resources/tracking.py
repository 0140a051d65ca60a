"""Tracking: whoever has the code sees where the application stands, and nothing personal."""

from __future__ import annotations

from typing import Any

from api import context, security
from api.blueprints import Noun
from api.schemas.tracking import TrackingSchema
from engine import errors
from workflows import applications

noun = Noun("tracking", "/tracking", "Following an application by its secret code.")


@noun.get("/<path:code>", answers=TrackingSchema, public=True)
@context.writes
def read(code: str) -> Any:
    """The stage, its dates and the office that holds the application; 404 for every other code."""
    found = security.guess("tracking", lambda: applications.track(
        context.session(), product=context.product(), code=code))
    if found is None:
        raise errors.NotFound(what="application", id="with this code")
    return found
