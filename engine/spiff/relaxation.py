"""What a diagram may lack where nothing is deployed: in a dry run, and in documentation mode.

A dry run asks nobody: a user task needs no role and what says who performs it changes nothing, a service task needs no
handler (it waits for its result), and a message is told by its name where no correlation key is drawn.

In documentation mode a diagram drawn for people is a model that can be walked. What it leaves open is left to whoever
walks: a task without an implementation passes, an event without details comes by its element's id, and a choosing
gateway takes any way that no condition decides. An activity runs once for each token, whatever loops and quantities are
drawn; a subprocess with nothing in it is such a task.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from engine import feel
from engine.spiff import model, timers, vocabulary


class Reading(enum.StrEnum):
    """What diagrams are read for."""

    EXECUTION = "execution"
    DRY_RUN = "dry run"
    DOCUMENTATION = "documentation"


TOLERATED = frozenset({
    "no_role", "no_form", "no_process", "missing_attribute", "missing_condition", "condition_on_default",
    "useless_condition", "useless_mapping", "expression", "expression_language", "script_format", "script_result",
    "timer_body", "timer_cycle", "loop_input", "loop_output", "unknown_name", "unknown_version", "variable_name",
    "ad_hoc_empty", "endless_loop", "loop_maximum", "unknown_store", "unknown_extension", "association_sources",
    "assignment_target", "message_flow_end", "must_understand"})
"""Faults that leave open how something is done, not what is drawn."""
_STAFF = frozenset({"no_role", "no_form"})
_PERFORMERS = frozenset({"resourceRole", "performer", "humanPerformer", "potentialOwner"})
_UNASKED = ("parvaneh:handler", "parvaneh:correlationKey")
_DRAWN = ("Task", "Event", "Gateway", "SubProcess", "Activity", "EventDefinition", "LoopCharacteristics")
_DRAWN_TOO = frozenset({"task", "subProcess", "transaction", "eventDefinitionRef"})
_DETAILS = frozenset({"messageRef", "signalRef", "errorRef", "escalationRef", "operationRef"})
_CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})


def is_tolerated(reading: Reading, code: str, facts: Mapping[str, Any]) -> bool:
    """Whether a fault does not matter here; an element that is not executed does, where it is a symbol of the flow."""
    if reading is Reading.EXECUTION:
        return False
    if reading is Reading.DRY_RUN:
        if code == "unsupported_element":
            return facts["tag"] in _PERFORMERS
        return code in _STAFF or (code == "missing_attribute" and str(facts["name"]).startswith(_UNASKED))
    if code == "unsupported_element":
        tag = str(facts["tag"])
        return not tag.endswith(_DRAWN) and tag not in _DRAWN_TOO
    if code == "missing_reference":
        return facts["name"] in _DETAILS
    return code in TOLERATED


def relaxed(process: model.ProcessModel, known: Collection[str], decisions: Collection[str],
            functions: feel.Functions | None) -> model.ProcessModel:
    """The process with every detail that is missing left open."""
    reader = _Reader(known, decisions, functions)
    return replace(process, scope=reader.scope(process.scope), separations=())


class _Reader:
    def __init__(self, known: Collection[str], decisions: Collection[str], functions: feel.Functions | None) -> None:
        self.known, self.decisions, self.functions = known, decisions, functions

    def scope(self, scope: model.Scope) -> model.Scope:
        nodes = {identifier: self.node(node) for identifier, node in scope.nodes.items()}
        attached = {activity: [nodes[event.id] for event in events] for activity, events in scope.attached.items()}
        ad_hoc = None if scope.ad_hoc is None else replace(scope.ad_hoc, completion=None)
        return replace(scope, nodes=nodes, attached=attached, ad_hoc=ad_hoc)

    def node(self, node: model.Node) -> model.Node:
        changes: dict[str, Any] = {"event": self.event(node.event, node.id), "loop": None, "repetition": None,
                                   "takes": (), "gives": (), "start_quantity": 1, "completion_quantity": 1}
        if not self.is_feel(node.activation):
            changes["activation"] = None
        if node.scope is not None and (node.scope.nodes or node.triggered_by_event):
            changes["scope"] = self.scope(node.scope)
        elif node.type in vocabulary.ACTIVITIES and not self.is_implemented(node):
            changes |= {"passes": True, "scope": None, "inputs": (), "outputs": (), "deadline": None,
                        "own_variables": frozenset()}
        if node.type in _CHOOSING or (node.type in vocabulary.ACTIVITIES and any(
                flow.condition is not None for flow in node.outgoing)):
            changes["is_free"] = True
        return replace(node, **changes)

    def is_implemented(self, node: model.Node) -> bool:
        element = node.element
        implemented: Mapping[str, bool] = {
            "userTask": element.role is not None,
            "serviceTask": element.handler is not None,
            "sendTask": element.handler is not None,
            "scriptTask": self.is_feel(node.script),
            "businessRuleTask": element.decision_id in self.decisions and node.result_variable is not None,
            "callActivity": node.called in self.known,
            "receiveTask": True,
        }
        return implemented.get(node.type, False)

    def is_feel(self, text: model.Text | None) -> bool:
        return text is not None and not feel.faults(text.text, functions=self.functions)

    def event(self, event: model.Event, identifier: str) -> model.Event:
        """The event without the details that cannot be used: it comes by the element's id."""
        if event.parts:
            return replace(event, parts=[self.event(part, identifier) for part in event.parts])
        if event.kind == "timer" and (event.timer is None or not timers.is_literal(event.timer.body.text)):
            return replace(event, timer=None)
        if event.kind == "condition" and not self.is_feel(event.condition):
            return replace(event, condition=None)
        if event.kind == "message":
            message = event.message
            if message is None or not message.name:
                return replace(event, message=model.Message(name=identifier))
            if not self.is_feel(message.correlation_key):
                return replace(event, message=replace(message, correlation_key=None))
        if event.kind == "signal" and event.signal is None:
            return replace(event, signal=identifier)
        return event
