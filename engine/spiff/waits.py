"""Waiting tokens as values."""

from __future__ import annotations

from datetime import datetime

from engine.spiff import data, gateways, model
from engine.spiff.results import Failure, Waiting, WaitingKind
from engine.spiff.tokens import FAILED, Instance, Token


def collect(instance: Instance) -> dict[str, Waiting]:
    """All waits of an instance by token id, in the order of arrival."""
    found = (describe(token) for token in instance.all_tokens())
    return {wait.token_id: wait for wait in found if wait is not None}


def describe(token: Token) -> Waiting | None:
    """The token's wait; None for a token that nothing outside can move."""
    kind: WaitingKind | None = "incident" if token.state == FAILED else token.task_spec.waits_for(token)
    if kind is None:
        return None
    node: model.Node = token.task_spec.node
    element, memory, event = node.element, token.internal_data, _event(token)
    timed = event.timer is not None and kind == "timer"
    return Waiting(
        token_id=token.token_id, element_id=element.id, kind=kind, process_key=token.workflow.spec.key,
        definition_id=None if token.workflow.origin is None else token.workflow.origin.definition_id,
        path=_path(token), parent_token=_attached_to(token), name=element.name, name_en=element.name_en,
        role=element.role, form_key=element.form_key, duty=element.duty, stage=_stage(token),
        item=_item(token), arrived_at=memory.get("at") or token.workflow.instance.clock.now(), due_at=memory.get("due"),
        timer_expression=_timer_text(token), anchor_name=event.timer.anchor if event.timer and timed else None,
        anchored_at=_anchored_at(token),
        message_name=_name(event, kind),
        correlation_key=memory.get("key"),
        subscription_scope=token.workflow.spec.scope.id if kind == "message" else None, failure=failure(token))


def failure(token: Token) -> Failure | None:
    """Why the token stands at an incident."""
    found = token.internal_data.get("failure")
    if token.state != FAILED or found is None:
        return None
    kind, message, hint = found
    element = token.task_spec.node.element
    return Failure(token_id=token.token_id, element_id=element.id, name=element.name, kind=kind, message=message,
                   hint=hint)


def timer(token: Token) -> model.Timer | None:
    """The timer or deadline the token waits for."""
    return _event(token).timer or token.task_spec.node.due


def _event(token: Token) -> model.Event:
    """What ends the wait; an event subprocess waits for the event of its start."""
    event: model.Event = token.task_spec.event_of(token)
    return event


def _name(event: model.Event, kind: WaitingKind) -> str | None:
    if kind == "signal":
        return event.signal
    return event.message.name if event.message is not None and kind == "message" else None


def _anchored_at(token: Token) -> datetime | None:
    """What the wait's time counts from."""
    found, memory = timer(token), token.internal_data
    if found is None:
        return None
    moment: datetime | None = memory.get("anchored_at") or (memory.get("at") if found.anchor is None else None)
    return moment


def _timer_text(token: Token) -> str | None:
    found = timer(token)
    return None if found is None else found.body.text


def _path(token: Token) -> tuple[str, ...]:
    path: list[str] = []
    owner = token.workflow.owner
    while owner is not None:
        path.insert(0, owner.task_spec.node.id)
        owner = owner.workflow.owner
    return tuple(path)


def _attached_to(token: Token) -> str | None:
    token = _event_token(token)
    if not isinstance(token.task_spec, gateways.BoundarySpec) or token.parent is None:
        return None
    activity = token.parent.task_spec.activity(token.parent)
    return None if activity is None else activity.token_id


def _event_token(token: Token) -> Token:
    """The token of the event that the token waits for a part of, or the token itself."""
    return token.parent if "part" in token.internal_data and token.parent is not None else token


def _stage(token: Token) -> str | None:
    """The element's stage; the first event after an event-based gateway speaks for the gateway."""
    if token.internal_data.get("part") == 0:
        token = _event_token(token)
    own: str | None = token.task_spec.node.element.stage
    if own is None and token.internal_data.get("arm") == 0 and token.parent is not None:
        own = token.parent.task_spec.node.element.stage
    return own


def _item(token: Token) -> object:
    loop = token.task_spec.node.loop
    return data.keep(token.data.get(loop.item)) if loop is not None and token.is_instance and loop.item else None
