"""What a waiting token remembers about its wait: since when, until when, for which message or condition."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import feel
from engine.spiff import conditions, model, timers
from engine.spiff.failures import ElementFailed
from engine.spiff.tokens import Token

CAUGHT = frozenset({"error", "escalation", "cancel"})
"""What comes to a waiting event from inside the instance alone."""
LONGEST_KEY = 255
"""Characters of a correlation key, as the store keeps it."""


def arrive(token: Token) -> None:
    """Remember the moment the token began to wait; a retry does not change it."""
    token.internal_data.setdefault("at", token.workflow.instance.clock.now())


def subscribe(token: Token, event: model.Event) -> bool:
    """Find out what ends the wait: the timer's moment, the message's correlation key, a change of variables. Whether
    there is nothing to wait for: the condition is true already.
    """
    if event.timer is not None:
        set_due(token, event.timer)
    elif event.message is not None and event.message.correlation_key is not None:
        token.internal_data["key"] = correlation_key(token, event.message)
    elif event.condition is not None:
        if conditions.occurs(token, event.condition):
            return True
        conditions.watch(token, event.condition)
    return False


def set_due(token: Token, timer: model.Timer) -> bool:
    """Compute the moment a timer fires (None until its named anchor is known); whether it changed."""
    memory, text, anchor, is_cycle = token.internal_data, timer.body.text, timer.anchor, timer.kind == "timeCycle"
    before = memory.get("due")
    anchored_at = memory.get("anchored_at")
    if anchored_at is None and anchor is None:
        anchored_at = memory["at"]
    if anchored_at is None:
        memory["due"] = None
        return before is not None
    try:
        due = timers.due(text, anchor=anchored_at, is_cycle=is_cycle,
                         evaluate=lambda expression: _evaluate(token, expression, anchored_at))
    except timers.TimerError as error:
        raise ElementFailed("expression", f"the timer has no moment: {error}{_reason(token, text, anchored_at)}",
                            hint="correct the expression or the variables it uses, then retry") from error
    at = due.at
    if due.every is not None:
        at = due.every.after(anchored_at) if memory.get("again") else at
        memory.setdefault("left", due.left)
    memory["due"] = at
    return bool(before != at)


def next_wait(token: Token, event: model.Event) -> dict[str, Any] | None:
    """The memory of the token that waits for the event to come again, None when it cannot.

    A message, signal or escalation may always come again, a condition when it has been false meanwhile, a timer while
    its cycle lasts.
    """
    memory = token.internal_data
    if event.kind == "multiple":
        return {} if event.needs_all else None  # of any of them, the others have never ceased to wait
    if event.kind in ("message", "signal", "escalation"):
        return {}
    if event.kind == "condition":
        return {"held": True}
    if "left" not in memory:
        return None
    left = None if memory["left"] is None else memory["left"] - 1
    if left == 0:
        return None
    return {"left": left, "anchored_at": memory["due"], "again": True}


def _evaluate(token: Token, expression: str, anchor: datetime) -> Any:
    return token.workflow.script_engine.evaluate(token, expression, {"anchor": anchor})


def _reason(token: Token, text: str, anchor: datetime) -> str:
    told = "" if timers.is_literal(text) else token.workflow.script_engine.reason(token, text, {"anchor": anchor})
    return f" ({told})" if told else ""


def correlation_key(token: Token, message: model.Message) -> str:
    """The value of a message's correlation key, as the token sees it.

    Raises:
        ElementFailed: it is null or too long.
    """
    assert message.correlation_key is not None  # noqa: S101 - the caller looked
    value = token.workflow.script_engine.evaluate(token, message.correlation_key.text)
    if value is None:
        told = token.workflow.script_engine.reason(token, message.correlation_key.text)
        raise ElementFailed("correlation", f"the correlation key of message {message.name} is null"
                            + (f" ({told})" if told else ""),
                            hint="set the variables it is made of, then retry")
    key = value if isinstance(value, str) else feel.to_string(value)
    if len(key) > LONGEST_KEY:
        raise ElementFailed("correlation", f"the correlation key of message {message.name} is longer than "
                            f"{LONGEST_KEY} characters", hint="correlate by a short id, then retry")
    return key
