"""How what an element throws finds who catches it inside its instance (BPMN 2.0.2 §10.5.1, §10.5.6, §13.5.2).

An error or escalation goes outwards to the nearest catch event; a signal reaches every wait for it, wherever it is.
Only what throws looks: no step that throws nothing pays for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.spiff import data, model
from engine.spiff.results import Thrown
from engine.spiff.tokens import FAILED, PARKED, Instance, Token, settle


def catcher(token: Token, kind: str, code: str | None) -> Token | None:
    """The nearest waiting token that catches the error or escalation of the token, from the inside out.

    First the events at the activity itself, then the event subprocesses beside it, then the events at the activity
    around those, and so on. Of two at one place the one that names the code comes first. An event subprocess does not
    catch what comes out of itself.
    """
    place: Token | None = token
    while place is not None:
        around, scope = place.parent, place.workflow
        beside = [each for other in around.children if other.task_spec is not place.task_spec and other is not place
                  for each in (other, *_parts(other))]
        found = [(other.task_spec.catches(other, kind, code), other) for other in beside]
        exact = next((other for precision, other in found if precision == EXACTLY), None)
        nearest: Token | None = exact or next((other for precision, other in found if precision == ALL), None)
        if nearest is not None:
            return nearest
        place = around if around is not scope.task_tree else scope.owner
    return None


def _parts(token: Token) -> list[Token]:
    """What waits for the definitions of an event that has several. The events at another activity are none of these:
    they catch what comes out of that alone.
    """
    return [child for child in token.children if "part" in child.internal_data]


NOT, ALL, EXACTLY = range(3)
"""How well an event fits what was thrown: not at all, as one of all, by its code."""


def precision(event: model.Event, kind: str, code: str | None) -> int:
    """How well a catching event fits what was thrown."""
    if event.parts:
        return max(precision(part, kind, code) for part in event.parts)
    if event.kind != kind:
        return NOT
    wanted = event.error_code if kind == "error" else event.escalation_code
    return ALL if wanted is None else EXACTLY if wanted == code else NOT


def broadcast(instance: Instance, name: str, variables: Mapping[str, Any],
              tokens: Collection[str] | None = None) -> list[str]:
    """Let the signal reach every wait for it, or of those only some tokens; returns the tokens that it reached.

    A wait that begins because of the signal, or that it ends elsewhere, is not reached.
    """
    reached = []
    for token in [each for each in instance.all_tokens() if _awaits(each, name)]:
        if token.id in token.workflow.tasks and (tokens is None or token.token_id in tokens):
            scope = token.workflow
            token.task_spec.fire(token, data.copies(variables))
            settle(scope)
            reached.append(token.token_id)
    return reached


def _awaits(token: Token, name: str) -> bool:
    return bool(token.state == PARKED and token.task_spec.waits_for(token) == "signal"
            and token.task_spec.event_of(token).signal == name)


def throw(token: Token, event: model.Event) -> None:
    """Throw what the event of a token that has just left it throws; nobody needs to catch it."""
    keys = token.internal_data.get("keys", {})
    for index, part in enumerate(event.each):
        _throw(token, part, keys.get(index))


def _throw(token: Token, event: model.Event, key: str | None) -> None:
    instance, carried = token.workflow.instance, token.internal_data.get(data.INPUTS, {})
    if event.kind == "signal" and event.signal is not None:
        instance.thrown.append(Thrown("signal", event.signal, carried, token.task_spec.node.id))
        broadcast(instance, event.signal, carried)
    elif event.kind == "message" and event.message is not None:
        instance.thrown.append(Thrown("message", event.message.name, carried, token.task_spec.node.id, key))
    elif event.kind == "escalation":
        caught = catcher(token, "escalation", event.escalation_code)
        if caught is not None:
            scope = caught.workflow
            caught.task_spec.fire(caught, data.copies(carried))
            settle(scope)


def throw_beside(token: Token, event: model.Event) -> None:
    """Throw what a multi-instance activity throws when one of its instances ends (BPMN 2.0.2 Table 10.29).

    The events attached to the activity catch it first, and the activity goes on: they say that an instance has ended,
    not that the others should. What they do not catch goes on as if a throw event had thrown it.
    """
    instance, around = token.workflow.instance, token.parent
    beside = [] if around is token.workflow.task_tree else [
        other for other in around.children if other.task_spec.node.attached_to == token.task_spec.node.id
        and other.state != FAILED and _fits(other.task_spec.node.event, event)]
    elsewhere = {other.token_id for other in instance.all_tokens() if event.signal is not None
                 and other not in beside and _awaits(other, event.signal)}
    for other in beside:
        other.internal_data["beside"] = True
        other.task_spec.fire(other, None)
    if event.kind == "signal" and event.signal is not None:
        instance.thrown.append(Thrown("signal", event.signal, {}, token.task_spec.node.id))
        broadcast(instance, event.signal, {}, elsewhere)
    elif not beside:
        _throw(token, event, None)


def _fits(caught: model.Event, thrown: model.Event) -> bool:
    if thrown.kind == "signal":
        return caught.signal == thrown.signal
    return precision(caught, thrown.kind, thrown.escalation_code) != NOT
