"""Why somebody did something: visible text, of a length that people read."""

from __future__ import annotations

from engine import errors
from engine.values import Problem
from workflows import calendar, identifiers

MOST = 2000


def given(text: str) -> str:
    """The stored form of a reason that is needed. Raises: Invalid for none, or one longer than `MOST`."""
    reason, found = checked(text)
    if found:
        raise errors.Invalid(found)
    return reason


def checked(text: str) -> tuple[str, list[Problem]]:
    """The stored form of a reason that is needed, and what is wrong with it."""
    reason = identifiers.normalise_text(text)
    if not reason:
        return reason, [Problem(where="reason", code="required", what="A reason is needed.",
                                what_fa="نوشتن دلیل لازم است.")]
    if len(reason) > MOST:
        return reason, [Problem(
            where="reason", code="too_long", what=f"Give the reason in at most {MOST} characters.",
            what_fa=f"دلیل را با بیشینه {calendar.to_persian_digits(str(MOST))} نویسه بنویسید.")]
    return reason, []
