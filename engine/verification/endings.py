"""How a scope can end, as seen by the activity around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.spiff import model

_RAISING = frozenset({"serviceTask", "scriptTask", "businessRuleTask", "sendTask"})
"""Tasks whose handler or expression may answer with a BPMN error of any code."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Every token came to its end, an error left the scope, its transaction is cancelled, or (`unforeseen`) a handler
    may raise an error in it."""

    kind: Literal["normal", "error", "cancelled", "unforeseen"]
    code: str | None = None


ENDED = Ending("normal")
CANCELLED = Ending("cancelled")
UNFORESEEN = Ending("unforeseen")
NORMAL = frozenset({ENDED})


def of_task(node: model.Node) -> frozenset[Ending]:
    """How an activity without an inside can end."""
    return NORMAL | {UNFORESEEN} if node.type in _RAISING else NORMAL


def is_unforeseen(scope: model.Scope) -> bool:
    """Whether something inside may raise an error of any code."""
    return any(node.type in _RAISING for node in scope.walk())


def escalations(scope: model.Scope, called: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Codes of the escalations that may leave a scope; `called` says which leave the activities inside."""
    found = set()
    for node in scope.nodes.values():
        if node.type in ("intermediateThrowEvent", "endEvent"):
            found |= {event.escalation_code or "" for event in node.event.each if event.kind == "escalation"}
        caught = scope.boundary_events(node.id)
        found |= {code for code in called.get(node.id, ()) if not any(escalates(event, code) for event in caught)}
    starts = [start for node in scope.event_subprocesses() if node.scope is not None for start in node.scope.starts()]
    inside = {code for node in scope.event_subprocesses() for code in called.get(node.id, ())}
    return frozenset({code for code in found if not any(escalates(start, code) for start in starts)} | inside)


def escalates(event: model.Node, code: str) -> bool:
    """Whether a catching event is there for escalations with this code."""
    return any(each.kind == "escalation" and each.escalation_code in (None, code) for each in event.event.each)


def catches(event: model.Node, ending: Ending) -> bool:
    """Whether a boundary event is there for such an ending; one without a code is there for every error."""
    if ending.kind == "cancelled":
        return event.event.has("cancel")
    codes = [each.error_code for each in event.event.each if each.kind == "error"]
    if ending.kind == "unforeseen":
        return bool(codes)
    return ending.kind == "error" and (None in codes or ending.code in codes)
