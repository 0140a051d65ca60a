"""Conditional events: whom a change of variables concerns, and when they occur (BPMN 2.0.2 §10.5.5, §13.5.2).

A waiting conditional event is a token of its instance and nothing else: no row, no job, no other instance is looked at.
An instance knows its waiting conditional events by the variables that they name, and each element that runs notes which
variables it wrote, so only the events that name one of them are looked at, in the same transaction and before the next
element.
"""

from __future__ import annotations

from typing import Any

from engine import feel
from engine.spiff import data, model
from engine.spiff.failures import ElementFailed
from engine.spiff.tokens import PARKED, Instance, Token


def occurs(token: Token, condition: model.Text) -> bool:
    """Whether the event occurs now: its condition is true and was not when it was looked at last.

    So an event does not occur a second time while its condition stays true (BPMN 2.0.2 Table 10.84); on its arrival
    a condition that is true already counts as just become so. A variable that is not there yet leaves the condition
    null, which is not true.

    Raises:
        ElementFailed: the condition is neither true, false nor null.
    """
    value = token.workflow.script_engine.evaluate(token, condition.text)
    if value is not None and not isinstance(value, bool):
        raise ElementFailed("expression", f"the condition of the event is {feel.kind(value)}, neither true nor false",
                            hint="correct the condition or the variables it uses, then retry")
    before, token.internal_data["held"] = token.internal_data.get("held"), value is True
    return value is True and not before


def watch(token: Token, condition: model.Text) -> None:
    """Let the event look again whenever a variable that its condition names is written."""
    token.workflow.instance.watch(token, token.workflow.script_engine.reads(condition.text))


def remember(instance: Instance) -> None:
    """Find the waiting conditional events of an instance that was just loaded."""
    for token in instance.all_tokens():
        if token.task_spec.waits_for(token) == "condition":
            watch(token, token.task_spec.event_of(token).condition)


def wake(instance: Instance) -> None:
    """Give the events that the latest changes concern their turn, in the order of arrival, before all else."""
    if not instance.changed:
        return
    changed, instance.changed = instance.changed, []
    concerned = {token.id: token for holder, names in changed for name in names
                 for token in instance.watchers.get(name, {}).values()
                 if token.state == PARKED and _sees(token, holder)}
    for token in sorted(concerned.values(), key=lambda token: token.number, reverse=True):
        token.make_ready(first=True)


def _sees(token: Token, holder: Any) -> bool:
    return any(holder is each for each in data.holders(token))
