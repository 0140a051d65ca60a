"""Why an element could not be executed."""

from __future__ import annotations

from engine import errors, feel
from engine.spiff.results import FailureKind


class ElementFailed(Exception):
    """The element cannot be executed now; its token becomes an incident. The message quotes no variable's value."""

    def __init__(self, kind: FailureKind, message: str, *, hint: str = "") -> None:
        self.kind: FailureKind = kind
        self.hint = hint
        super().__init__(message)


CAUGHT = (ElementFailed, errors.HandlerFailed, errors.RetryLater, feel.FeelError)
"""What an element may raise without ending the trigger. All else passes through."""


def describe(error: Exception) -> tuple[FailureKind, str, str]:
    """Kind, message and hint of an incident for one of the caught errors."""
    if isinstance(error, ElementFailed):
        return error.kind, str(error), error.hint
    if isinstance(error, errors.HandlerFailed):
        return ("handler" if error.kind != "expression" else "expression"), str(error), error.hint
    if isinstance(error, feel.FeelError):
        return "expression", str(error), error.hint
    return "handler", "the handler asks to be called again later", "retry the incident"
