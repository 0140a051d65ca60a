"""Processes that begin each other for ever: what one throws begins the next, and nothing on the way waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.spiff import graph, model


@dataclass(frozen=True, slots=True)
class Circle:
    """A way from a start of a process back to the same start, by instances that begin one after the other."""

    thrower: str
    """The element of the process that throws what begins the next instance."""
    processes: Sequence[str]
    """The processes that are begun on the way, the first one last."""
    path: Sequence[str]
    """Element ids, through all of them."""


def circles(process: model.ProcessModel, known: Mapping[str, model.ProcessModel]) -> Iterator[Circle]:
    """For each start that a signal or message triggers, a shortest way back to it."""
    known = {**known, process.id: process}
    for start in process.scope.triggered():
        found = _circle(process, start, known)
        if found is not None:
            yield found


def _circle(process: model.ProcessModel, start: model.Node,
            known: Mapping[str, model.ProcessModel]) -> Circle | None:
    met: set[tuple[str, str]] = set()
    pending: list[tuple[model.ProcessModel, model.Node, list[str], list[str], str]] = [(process, start, [], [], "")]
    for current, begun, processes, before, thrower in pending:
        for event, path in _thrown(current.scope, [begun], known, (current.id,)):
            for other, first in _begun(event, known):
                way = [*before, *path], [*processes, other.id], thrower or path[-1]
                if (other.id, first.id) == (process.id, start.id):
                    return Circle(thrower=way[2], processes=way[1], path=[*way[0], first.id])
                if (other.id, first.id) not in met:
                    met.add((other.id, first.id))
                    pending.append((other, first, way[1], way[0], way[2]))
    return None


def _begun(event: model.Event,
           known: Mapping[str, model.ProcessModel]) -> Iterator[tuple[model.ProcessModel, model.Node]]:
    """The processes that the event begins, and where: each with the first of its starts that fits."""
    for process in known.values():
        for start in process.scope.triggered():
            if any(_is_same(event, each) for each in start.event.each):
                yield process, start
                break


def _is_same(thrown: model.Event, caught: model.Event) -> bool:
    if thrown.kind == "message" == caught.kind:
        return thrown.message is not None and caught.message is not None and thrown.message.name == caught.message.name
    return thrown.kind == "signal" == caught.kind and thrown.signal is not None and thrown.signal == caught.signal


def _thrown(scope: model.Scope, starts: Sequence[model.Node], known: Mapping[str, model.ProcessModel],
            inside: tuple[str, ...]) -> Iterator[tuple[model.Event, list[str]]]:
    """Each event that is thrown before anything waits, with a shortest way to it."""
    pending = [(node, [node.id]) for node in starts]
    met = {node.id for node in starts}
    arrived: dict[str, set[str]] = {}
    for node, path in pending:
        yield from ((event, path) for event in _throws(node))
        inner, name = node.scope, node.id
        if node.type == "callActivity" and node.call in known and node.call not in inside:
            inner, name = known[node.call or ""].scope, node.call or ""
        if inner is not None:
            yield from ((event, [*path, *way])
                        for event, way in _thrown(inner, inner.entries(), known, (*inside, name)))
        if graph.waits(node, known) and len(path) > 1:
            continue
        for target in graph.successors(scope, node):
            following = scope.nodes[target]
            arrived.setdefault(target, set()).add(node.id)
            if target not in met and _has_all(following, arrived[target]):
                met.add(target)
                pending.append((following, [*path, target]))


def _has_all(node: model.Node, came_from: set[str]) -> bool:
    """Whether the node can have its turn when tokens have come from these nodes alone."""
    if node.start_quantity > 1:
        return False
    return node.type != "parallelGateway" or {flow.source for flow in node.incoming} <= came_from


def _throws(node: model.Node) -> Iterator[model.Event]:
    if node.type in ("intermediateThrowEvent", "endEvent") or (
            node.type == "sendTask" and node.element.handler is None):
        yield from (event for event in node.event.each if event.kind in ("message", "signal"))
    if node.loop is not None:
        yield from (behaviour.event for behaviour in node.loop.behaviours)
