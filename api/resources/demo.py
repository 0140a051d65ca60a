"""Demonstration mode alone: moves the engine's clock; sessions and rate limits never follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api import context, security
from api.blueprints import Noun
from engine import feel

noun = Noun("demo", "/demo", "Demonstration mode: the engine's clock.")


class PositiveDuration(fields.Field[timedelta]):
    """An ISO 8601 duration of days and time, such as `P11D`, longer than nothing and at most ten years."""

    def _deserialize(self, value: Any, attr: str | None, data: Any,  # noqa: ARG002 - marshmallow's signature
                     **kwargs: Any) -> timedelta:  # noqa: ARG002
        duration = feel.evaluate("duration(text)", {"text": value}) if isinstance(value, str) else None
        if not isinstance(duration, timedelta) or not timedelta(0) < duration <= timedelta(days=3660):
            raise ValidationError("Not a valid period of time.")
        return duration


class AdvanceBody(Schema):
    """How far to move the clock."""

    advance = PositiveDuration(required=True, metadata={"type": "string", "description": "ISO 8601, such as P11D."})


class ClockSchema(Schema):
    """The engine's clock."""

    now = fields.AwareDateTime(required=True)
    offset_seconds = fields.Integer(required=True)


@noun.get("/clock", answers=ClockSchema, public=True)
def read() -> dict[str, Any]:
    """The engine's present moment and how far it is from the machine's."""
    return _clock()


@noun.post("/clock", takes=AdvanceBody, answers=ClockSchema)
def advance(body: dict[str, Any]) -> dict[str, Any]:
    """Move the engine's clock forward; the jobs that fall due are run at once."""
    security.require_user(kind="staff")
    product = context.product()
    product.advance_clock(context.session(), body["advance"])
    context.after_commit(product.scheduler.tick)
    return _clock()


def _clock() -> dict[str, Any]:
    product = context.product()
    return {"now": product.clock.now(), "offset_seconds": int(product.clock_offset(context.session()).total_seconds())}
