"""The rules of compensation and of cancelling a transaction (BPMN 2.0.2 §10.3.5, §10.5.3, §10.7)."""

from __future__ import annotations

from engine.spiff import model, vocabulary
from engine.spiff.documents import Findings


def check(scope: model.Scope, findings: Findings, *, outer: model.Scope | None, in_transaction: bool) -> None:
    """Note compensation without a handler or a target, and cancel events outside of transactions. `outer` is the scope
    around an event subprocess, whose activities it may compensate.
    """
    handlers = {node.compensated_by for node in scope.nodes.values() if node.event.has("compensation")}
    for node in scope.nodes.values():
        kinds = node.event
        if node.for_compensation and node.id not in handlers:
            findings.add("compensation_unused", where=node.id, line=node.line)
        if node.type == "boundaryEvent" and kinds.has("compensation"):
            handler = scope.nodes.get(node.compensated_by or "")
            if handler is None or not handler.for_compensation or handler.type not in vocabulary.ACTIVITIES:
                findings.add("compensation_handler", where=node.id, line=node.line)
        target = kinds.activity
        if target is not None and not any(_is_activity(each, target) for each in (scope, outer) if each is not None):
            findings.add("compensation_target", where=node.id, line=node.line, target=target)
        _check_cancel(node, scope, findings, in_transaction=in_transaction)


def _check_cancel(node: model.Node, scope: model.Scope, findings: Findings, *, in_transaction: bool) -> None:
    attached = scope.nodes.get(node.attached_to or "")
    at_transaction = attached is not None and attached.type == "transaction"
    if node.event.has("cancel") and not (in_transaction if node.type == "endEvent" else at_transaction):
        findings.add("cancel_place", where=node.id, line=node.line)
    if node.type == "transaction" and node.scope is not None and _cancels(node.scope) and not any(
            event.event.has("cancel") for event in scope.boundary_events(node.id)):
        findings.add("cancel_boundary", where=node.id, line=node.line)


def _is_activity(scope: model.Scope, identifier: str) -> bool:
    node = scope.nodes.get(identifier)
    return node is not None and node.type in vocabulary.ACTIVITIES


def _cancels(scope: model.Scope) -> bool:
    """Whether a cancel end event stands inside, but for those of transactions within."""
    return any((node.type == "endEvent" and node.event.has("cancel"))
               or (node.scope is not None and node.type != "transaction" and _cancels(node.scope))
               for node in scope.nodes.values())
