"""How a scope can end, as seen by the activity around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
ANY_CODE = "*"
"""Stands for an escalation of a code that nobody knows."""


def of_task(node: model.Node) -> frozenset[Ending]:
    """How an activity without an inside can end."""
    return NORMAL | {UNFORESEEN} if node.type in _RAISING else NORMAL


def unforeseen(scope: model.Scope, inside: Mapping[str, frozenset[Ending]]) -> bool:
    """Whether a handler in the scope may raise an error that no activity in it is ready for; `inside` says how the
    activities end."""
    return any(UNFORESEEN in inside.get(node.id, of_task(node))
               and not (node.triggered_by_event or node.for_compensation)
               and not any(is_for_all_errors(event) for event in scope.boundary_events(node.id))
               for node in scope.nodes.values())


def is_for_all_errors(event: model.Node) -> bool:
    """Whether a catching event is there for an error of any code."""
    return any(each.kind == "error" and each.error_code is None for each in event.event.each)


def escalations(scope: model.Scope, called: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Codes of the escalations that no activity in a scope catches, its event subprocesses left aside; `called` says
    which leave the activities inside."""
    found = set()
    for node in scope.nodes.values():
        if node.triggered_by_event or node.for_compensation:
            continue
        if node.type in ("intermediateThrowEvent", "endEvent"):
            found |= {event.escalation_code or "" for event in node.event.each if event.kind == "escalation"}
        caught = scope.boundary_events(node.id)
        found |= {code for code in called.get(node.id, ()) if not any(escalates(event, code) for event in caught)}
    return frozenset(found)


def escalates(event: model.Node, code: str) -> bool:
    """Whether a catching event is there for escalations with this code."""
    return any(each.kind == "escalation" and (each.escalation_code in (None, code) or code == ANY_CODE)
               for each in event.event.each)


def comes(start: model.Node, ways: Collection[Ending], codes: Collection[str]) -> bool:
    """Whether something triggers an event subprocess with this start, when the rest of the scope ends in these ways and
    these escalations are thrown in it."""
    for event in start.event.each:
        if event.kind == "error":
            if any(catches(start, way) for way in ways):
                return True
        elif event.kind == "escalation":
            if any(escalates(start, code) for code in codes):
                return True
        elif event.kind != "compensation":
            return True
    return False


def stops(start: model.Node, way: Ending) -> bool:
    """Whether an event subprocess with this start keeps such an ending from leaving the scope."""
    return is_for_all_errors(start) if way.kind == "unforeseen" else catches(start, way)


def catches(event: model.Node, ending: Ending) -> bool:
    """Whether a boundary event is there for such an ending; one without a code is there for every error."""
    if ending.kind == "cancelled":
        return event.event.has("cancel")
    codes = [each.error_code for each in event.event.each if each.kind == "error"]
    if ending.kind == "unforeseen":
        return bool(codes)
    return ending.kind == "error" and (None in codes or ending.code in codes)
