"""Specifications of whole scopes: where a process or subprocess begins, and the root of its tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask

from engine.spiff import model, propagation, selection
from engine.spiff.tokens import Token

Start = tuple[str, Mapping[str, Any]]
"""The specification a scope begins with, and what its token remembers."""


class ProcessSpec(BpmnProcessSpec):
    """A process or a subprocess. `key` is the id of the process, `name` is unique within the bundle."""

    def __init__(self, *, key: str, name: str, scope: model.Scope) -> None:
        super().__init__(name=name, description=scope.id)
        self.task_specs.clear()
        self.key = key
        self.scope = scope
        self.start = Root(self, "(root)")
        self.end = None
        self.ad_hoc = scope.ad_hoc
        beside = {node.id: node.scope.starts() for node in scope.event_subprocesses() if node.scope is not None}
        undoing_starts = [name for name, starts in beside.items()
                          if any(each.event.has("compensation") for each in starts)]
        self.event_subprocesses = [name for name in beside if name not in undoing_starts]
        self.compensation = undoing_starts[0] if undoing_starts else None
        """The event subprocess that compensates the scope once it has ended; it does not listen before."""

    def entry(self, identifier: str) -> str:
        """The specification a token enters to reach the element: where it waits for as many others as the element
        needs, else as `beginning` says.
        """
        quantity = f"{identifier}(quantity)"
        return quantity if quantity in self.task_specs else self.beginning(identifier)

    def beginning(self, identifier: str) -> str:
        """The specification with which the element itself begins: where it is one at a time, a choice, and otherwise as
        `body` says.
        """
        choice = selection.choice_of(identifier)
        return choice if choice in self.task_specs else self.body(identifier)

    def body(self, identifier: str) -> str:
        """The specification that runs the element: a split where events are attached to it."""
        split = f"{identifier}(split)"
        return split if split in self.task_specs else identifier

    def beginnings(self) -> list[Start]:
        """Where it begins when nothing triggers it."""
        return [(self.beginning(node.id), {}) for node in self.scope.entries()]

    def start_of(self, message: str | None, signal: str | None = None) -> list[Start] | None:
        """Where a message, or a signal, begins it, or where it begins without; None when it does not.

        Of several that wait for the same, the first one is begun with.
        """
        if message is None and signal is None:
            return self.beginnings() or None
        for node in self.scope.triggered():
            for event in node.event.each:
                name = event.message.name if event.message is not None else None
                if (name, event.signal) == (message, signal):
                    return self.start_at(node)
        return None

    def start_at(self, node: model.Node) -> list[Start]:
        """Where it begins when this is what triggers it."""
        if node.type == "startEvent":
            return [(node.id, {})]
        gateway = None if node.instantiates else self.scope.nodes[node.incoming[0].source]
        others = gateway.outgoing if gateway is not None and gateway.awaits_all else ()
        return [(node.id, {"triggered": True}), *((flow.target, {}) for flow in others if flow.target != node.id)]


class Root(BpmnStartTask):
    """Holds the tokens of a scope; it never runs."""

    isolates = False
    undoes = False

    def is_listening(self, token: Token) -> bool:  # noqa: ARG002 - asked of every specification
        return False

    def catches(self, token: Token, kind: str, code: str | None) -> int:  # noqa: ARG002 - asked of every specification
        return propagation.NOT
