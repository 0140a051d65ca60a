"""Questions about the control flow as a graph: what can be reached, what turns without ever waiting."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.spiff import model

_WAITING = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"})
_ENDING = ("error", "escalation", "condition")
"""Events that may end an activity from inside, at any moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A part of the flow in which tokens turn without waiting."""

    path: Sequence[str]
    """A shortest way round, as element ids."""
    has_exit: bool
    """Whether a token may leave it: by a flow, by an event at the activities, by an event around the subprocess."""


def successors(scope: model.Scope, node: model.Node) -> list[str]:
    """Where a token at the node can go next, boundary events of an activity included."""
    return [flow.target for flow in node.outgoing if flow.target in scope.nodes] + [
        event.id for event in scope.boundary_events(node.id) if not event.event.has("compensation")]


def reachable(scope: model.Scope) -> set[str]:
    """Nodes that some start leads to; event subprocesses are always within reach.

    What follows an element that is refused may be reached once that is mended, and counts.
    """
    return after(scope, [node.id for node in scope.nodes.values()
                         if node.type == "startEvent" or node.triggered_by_event or node.instantiates
                         or (not node.incoming and not node.attached_to) or node.attached_to in scope.refused
                         or any(flow.source not in scope.nodes for flow in node.incoming)])


def after(scope: model.Scope, elements: Sequence[str]) -> set[str]:
    """These nodes and all that tokens can come to from them."""
    found: set[str] = set()
    pending = list(elements)
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            pending.extend(successors(scope, scope.nodes[current]))
    return found


def sources(scope: model.Scope, flow: model.Flow, without: str) -> set[str]:
    """Nodes from which a token can come onto `flow` without passing the node `without`."""
    before: dict[str, list[str]] = {}
    for node in scope.nodes.values():
        for target in successors(scope, node):
            before.setdefault(target, []).append(node.id)
    found: set[str] = set()
    pending = [flow.source]
    while pending:
        current = pending.pop()
        if current not in found and current != without:
            found.add(current)
            pending.extend(before.get(current, []))
    return found


def loops(process: model.ProcessModel, known: Mapping[str, model.ProcessModel]) -> list[Loop]:
    """The cycles on which no token ever waits, those that share an element as one."""
    return list(_loops(process.scope, known, is_left=False))


def _loops(scope: model.Scope, known: Mapping[str, model.ProcessModel], *, is_left: bool) -> Iterator[Loop]:
    """Those of a scope and of the subprocesses in it; `is_left` when an event around it may end it at any moment."""
    waiting = {node.id for node in scope.nodes.values() if waits(node, known)}
    edges = {node.id: [target for target in successors(scope, node) if target not in waiting]
             for node in scope.nodes.values() if node.id not in waiting}
    for part in _components(edges):
        inside = {node: [target for target in edges[node] if target in part] for node in part}
        path = _shortest_cycle(next(iter(part)), inside)
        if path is not None:
            yield Loop(path=path, has_exit=is_left or any(_leaves(scope, scope.nodes[node], part) for node in part))
    for node in scope.nodes.values():
        again = node.repetition
        if again is not None and again.condition is not None and again.maximum is None and node.id in edges:
            yield Loop(path=[node.id], has_exit=True)
        if node.scope is not None:
            ends = any(event.event.has(*_ENDING) for event in scope.boundary_events(node.id)) or (
                node.scope.ad_hoc is not None and node.scope.ad_hoc.completion is not None)
            yield from _loops(node.scope, known, is_left=is_left or ends)


def _leaves(scope: model.Scope, node: model.Node, part: Mapping[str, None]) -> bool:
    """Whether something leads from the node out of the cycles, drawn rightly or not."""
    return any(flow.target not in part for flow in node.outgoing) or any(
        event.id not in part for event in scope.boundary_events(node.id))


def _components(edges: Mapping[str, Sequence[str]]) -> list[dict[str, None]]:
    """The strongly connected parts of a graph (Kosaraju: once along the edges, once against them)."""
    before: dict[str, list[str]] = {node: [] for node in edges}
    for node, targets in edges.items():
        for target in targets:
            before[target].append(node)
    seen: dict[str, None] = {}
    left = [node for start in edges for node in _walk(start, edges, seen)]
    seen = {}
    parts = (reversed(list(_walk(start, before, seen))) for start in reversed(left))
    return [part for nodes in parts if (part := dict.fromkeys(nodes))]


def _walk(start: str, edges: Mapping[str, Sequence[str]], seen: dict[str, None]) -> Iterator[str]:
    """The nodes not seen yet that can be reached, each after those behind it."""
    if start in seen:
        return
    seen[start] = None
    path = [(start, iter(edges[start]))]
    while path:
        node, targets = path[-1]
        target = next((found for found in targets if found not in seen), None)
        if target is None:
            path.pop()
            yield node
        else:
            seen[target] = None
            path.append((target, iter(edges[target])))


def call_circle(key: str, known: Mapping[str, model.ProcessModel]) -> list[str] | None:
    """A shortest way on which the process calls itself, as names of `known`; one that has several goes by its first."""
    first: dict[int, str] = {}
    for name, process in known.items():
        first.setdefault(id(process), name)
    calls = {name: [first[id(known[node.call])] for node in process.scope.walk()
                    if node.call is not None and node.call in known] for name, process in known.items()}
    return _shortest_cycle(key, calls)


def begins_by_itself(process: model.ProcessModel) -> bool:
    """Whether a call can begin the process; a start event that is refused may be mended to one that can."""
    return bool(process.scope.entries()) or any(start.event.kind == "refused" for start in process.scope.starts())


def must_call(process: model.ProcessModel, names: Collection[str]) -> bool:
    """Whether every way through the process leads over a call of one of these; a branch beside such a call is taken
    for a way around it.
    """
    return not _ends_without(process.scope, names)


def _ends_without(scope: model.Scope, names: Collection[str]) -> bool:
    """Whether a token can come to an end in a scope, or leave it early, without any of these calls."""
    closed = {node.id for node in scope.nodes.values() if node.call in names or (
        node.scope is not None and not node.triggered_by_event and not _ends_without(node.scope, names))}
    found, pending = set[str](), [node.id for node in scope.entries()]
    while pending:
        current = pending.pop()
        if current in found:
            continue
        found.add(current)
        node = scope.nodes[current]
        pending.extend(target for target in successors(scope, node)
                       if current not in closed or target not in {flow.target for flow in node.outgoing})
        if current not in closed and not node.outgoing:
            return True
    return any(node.triggered_by_event for node in scope.nodes.values())


def _shortest_cycle(start: str, edges: Mapping[str, list[str]]) -> list[str] | None:
    came_from: dict[str, str] = {}
    pending = [start]
    for current in pending:
        for target in edges[current]:
            if target == start:
                return list(_trace(current, start, came_from))[::-1]
            if target not in came_from:
                came_from[target] = current
                pending.append(target)
    return None


def _trace(current: str, start: str, came_from: Mapping[str, str]) -> Iterator[str]:
    while current != start:
        yield current
        current = came_from[current]
    yield start


def waits(node: model.Node, known: Mapping[str, model.ProcessModel], inside: frozenset[str] = frozenset()) -> bool:
    """Whether a token stops at the node: it waits itself, or something inside it does."""
    if node.type == "boundaryEvent":
        return node.event.has("message", "timer", "condition", "signal")
    if node.type in _WAITING:
        return node.event.kind != "link"
    if node.scope is not None:  # each level looks at the next one only: `walk` here would double with every level
        return any(waits(inner, known, inside) for inner in node.scope.nodes.values())
    name = node.call if node.type == "callActivity" else None
    if name is not None and name in known and name not in inside:
        return any(waits(inner, known, inside | {name}) for inner in known[name].scope.nodes.values())
    return False
