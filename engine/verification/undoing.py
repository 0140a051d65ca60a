"""What may be compensated, and by whom (BPMN 2.0.2 §10.7, §13.5.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.spiff import model


def compensates(node: model.Node) -> bool:
    """Whether it runs only to undo what was done: a compensation handler, a compensation event subprocess."""
    return node.for_compensation or (node.triggered_by_event and node.scope is not None and all(
        part.kind == "compensation" for start in node.scope.starts() for part in start.event.each))


def woken(scope: model.Scope, ran: Collection[str]) -> list[model.Node]:
    """What compensates and has its turn once all these elements may run; those of them left out."""
    return [node for _, node, is_woken in _sleeping(scope, ran, is_undone=False) if is_woken]


def asleep(scope: model.Scope, ran: Collection[str]) -> list[tuple[model.Scope, model.Node]]:
    """What compensates and never has its turn when just these elements may run, with the scope it stands in. What is
    there for an activity that never runs is left out: that one is told."""
    return [(around, node) for around, node, is_woken in _sleeping(scope, ran, is_undone=False) if not is_woken]


def _sleeping(scope: model.Scope, ran: Collection[str], *,
              is_undone: bool) -> Iterator[tuple[model.Scope, model.Node, bool]]:
    """What compensates in the scope, below it, and has not run, and whether something wakes it; `is_undone` when all of
    the scope may be compensated once it has ended."""
    for node in scope.nodes.values():
        if node.event.has("compensation") and node.attached_to in ran:
            handler = scope.nodes.get(node.compensated_by or "")
            if handler is not None and handler.id not in ran:
                yield scope, handler, is_undone or _is_thrown(scope, node.attached_to, ran)
        elif node.triggered_by_event and compensates(node) and node.id not in ran:
            yield scope, node, is_undone
        if node.scope is not None and node.id in ran:
            yield from _sleeping(node.scope, ran, is_undone=_is_undone(scope, node, ran, is_undone=is_undone))


def _is_undone(scope: model.Scope, node: model.Node, ran: Collection[str], *, is_undone: bool) -> bool:
    """Whether all that is done inside the subprocess may be compensated: it has no handler of its own."""
    if node.type == "transaction" and node.scope is not None and _cancels(node.scope, ran):
        return True
    has_handler = any(event.event.has("compensation") for event in scope.boundary_events(node.id))
    return not has_handler and (is_undone or _is_thrown(scope, node.id, ran))


def _is_thrown(scope: model.Scope, activity: str | None, ran: Collection[str]) -> bool:
    """Whether an event of the scope, or of its event subprocesses, compensates the activity."""
    return any(event.activity in (None, activity) for event in _thrown(scope, ran))


def _thrown(scope: model.Scope, ran: Collection[str]) -> Iterator[model.Event]:
    for node in scope.nodes.values():
        if node.type in ("intermediateThrowEvent", "endEvent") and node.id in ran:
            yield from (event for event in node.event.each if event.kind == "compensation")
        if node.triggered_by_event and node.scope is not None:
            yield from _thrown(node.scope, ran)


def _cancels(scope: model.Scope, ran: Collection[str]) -> bool:
    """Whether a cancel end stands inside, but for those of transactions within."""
    return any((node.type == "endEvent" and node.event.has("cancel") and node.id in ran)
               or (node.scope is not None and node.type != "transaction" and _cancels(node.scope, ran))
               for node in scope.nodes.values())
