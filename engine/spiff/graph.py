"""Questions about the control flow as a graph: what can be reached, what turns without ever waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.spiff import model

_WAITING = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"})


def successors(scope: model.Scope, node: model.Node) -> list[str]:
    """Where a token at the node can go next, boundary events of an activity included."""
    return [flow.target for flow in node.outgoing] + [event.id for event in scope.boundary_events(node.id)]


def reachable(scope: model.Scope) -> set[str]:
    """Nodes that some start event leads to; event subprocesses are always within reach."""
    found: set[str] = set()
    pending = [node.id for node in scope.starts()] + [node.id for node in scope.event_subprocesses()]
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


def endless_loops(process: model.ProcessModel, known: Mapping[str, model.ProcessModel]) -> list[list[str]]:
    """Cycles on which no token ever waits, each as element ids in order; every such element is in one of them."""
    loops = []
    for scope in [process.scope, *(node.scope for node in process.scope.walk() if node.scope is not None)]:
        edges = {node.id: [target for target in successors(scope, node) if not _waits(scope.nodes[target], known)]
                 for node in scope.nodes.values() if not _waits(node, known)}
        edges = _core(edges)
        seen: set[str] = set()
        for start in edges:
            if start in seen:
                continue
            cycle = _shortest_cycle(start, edges)
            if cycle is not None:
                loops.append(cycle)
                seen.update(cycle)
    return loops


def _core(edges: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The part of a graph in which every node has a successor: nothing of it is left when there is no cycle."""
    before: dict[str, list[str]] = {}
    for node, targets in edges.items():
        for target in targets:
            before.setdefault(target, []).append(node)
    open_ends = {node: len(targets) for node, targets in edges.items()}
    pending = [node for node, count in open_ends.items() if count == 0]
    gone = set(pending)
    while pending:
        for node in before.get(pending.pop(), []):
            open_ends[node] -= 1
            if open_ends[node] == 0 and node not in gone:
                gone.add(node)
                pending.append(node)
    return {node: [target for target in targets if target not in gone]
            for node, targets in edges.items() if node not in gone}


def call_circle(key: str, known: Mapping[str, model.ProcessModel]) -> list[str] | None:
    """A shortest way on which the process calls itself."""
    calls = {name: [node.called for node in process.scope.walk() if node.called in known and node.called]
             for name, process in known.items()}
    return _shortest_cycle(key, calls)


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


def _waits(node: model.Node, known: Mapping[str, model.ProcessModel], inside: frozenset[str] = frozenset()) -> bool:
    """Whether a token stops at the node: it waits itself, or something inside it does."""
    if node.type == "boundaryEvent":
        return node.event.kind in ("message", "timer", "condition")
    if node.type in _WAITING:
        return True
    if node.scope is not None:  # each level looks at the next one only: `walk` here would double with every level
        return any(_waits(inner, known, inside) for inner in node.scope.nodes.values())
    called = known.get(node.called or "") if node.type == "callActivity" else None
    if called is not None and called.id not in inside:
        return any(_waits(inner, known, inside | {called.id}) for inner in called.scope.nodes.values())
    return False
