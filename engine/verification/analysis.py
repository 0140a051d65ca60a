"""Verification of a process, scope by scope from the inside out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from typing import Literal

from engine.spiff import graph, model
from engine.verification import beginnings, components, endings, exploration, net, reduction, traces, undoing
from engine.verification.endings import Ending
from engine.verification.exploration import Explored
from engine.verification.firing import LOST, Marking

LIMIT = 100_000
"""States of one scope after which verification gives up."""

_COMPARED = 20
"""Ways to one fault, the shortest in all first: the one told is shortest without what it can do without."""
_UNKNOWN = endings.NORMAL | {endings.UNFORESEEN}, frozenset({endings.ANY_CODE})
Fault = Literal["deadlock", "lack_of_synchronization", "never_runs", "no_way_to_end", "begins_itself"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What can go wrong, where, and a shortest way to it."""

    fault: Fault
    where: str
    """The element: the gateway that waits for ever, the node that sends two tokens, the one that never runs."""
    scope: str
    """The process or subprocess it stands in."""
    trace: Sequence[str] = ()
    """Element ids in the order in which they run, from the start of the process."""
    others: Sequence[str] = ()
    """Flows on which no token comes (deadlock) or two can be (lack of synchronization), the elements behind one that
    never runs, those of the loop without a way to an end, or the processes that begin each other."""
    certain: bool = False
    """No run of the scope reaches an end: not only if data fall that way."""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was found, and how much was looked at."""

    findings: list[Finding] = field(default_factory=list)
    states: int = 0
    """States looked at, over all scopes."""
    ran: set[str] = field(default_factory=set)
    """Elements that were seen running."""
    elements: int = 0
    gave_up_in: list[str] = field(default_factory=list)
    """Scopes with more states than the limit: what was found there is true, more may be wrong."""
    sampled: list[str] = field(default_factory=list)
    """Nodes with so many combinations of flows or events that only some were tried."""
    endings: frozenset[Ending] = endings.NORMAL

    @property
    def complete(self) -> bool:
        """Whether every question was decided."""
        return not self.gave_up_in and not self.sampled


OnVerified = Callable[[str, Verdict], None]
"""Told the key of a process and what verification says of it."""


def verify(process: model.ProcessModel, known: Mapping[str, model.ProcessModel] | None = None, *, limit: int = LIMIT,
           on_progress: Callable[[int], None] | None = None) -> Verdict:
    """Look for deadlocks, missing synchronization, elements that never run, states without a way to an end, and
    instances that begin each other for ever.

    Args:
        process: as the parser reads it, without problems of its own.
        known: the processes that call activities call, by id; others are taken to end as they should.
        limit: states of one scope after which its exploration is given up, and said to be.
        on_progress: told the number of states looked at in a scope, now and then.
    """
    verdict = _Verification(known or {}, limit, on_progress).of(process)
    verdict.findings += [Finding(fault="begins_itself", where=circle.thrower, scope=process.id, trace=circle.path,
                                 others=circle.processes) for circle in beginnings.circles(process, known or {})]
    return verdict


class _Verification:
    def __init__(self, known: Mapping[str, model.ProcessModel], limit: int,
                 on_progress: Callable[[int], None] | None) -> None:
        self.known = known
        self.limit = limit
        self.on_progress = on_progress
        self.called: dict[str, tuple[frozenset[Ending], frozenset[str]]] = {}
        self.escalations: dict[str, frozenset[str]] = {}
        """By scope: the codes of escalations that may leave it."""

    def of(self, process: model.ProcessModel) -> Verdict:
        verdict = Verdict(elements=len(process.scope.walk()))
        self.called[process.id] = _UNKNOWN
        verdict.endings = self._scope(process.scope, verdict)
        while came := undoing.woken(process.scope, verdict.ran):
            verdict.ran |= {node.id for node in came}
            for node in came:
                if node.scope is not None:
                    self._scope(node.scope, verdict)
        verdict.findings += [_never(scope.id, node) for scope, node in undoing.asleep(process.scope, verdict.ran)]
        return verdict

    def _scope(self, scope: model.Scope, verdict: Verdict) -> frozenset[Ending]:
        """Verify a scope and what is inside it; returns how it can end. What only compensates is left for later: it
        runs when the scope has ended."""
        inside: dict[str, frozenset[Ending]] = {}
        raised: dict[str, frozenset[str]] = {}
        nested: dict[str, Verdict] = {}
        for node in scope.nodes.values():
            if node.scope is not None and not (node.triggered_by_event or node.for_compensation):
                nested[node.id] = Verdict()
                inside[node.id] = self._scope(node.scope, nested[node.id])
                raised[node.id] = self.escalations[node.id]
            elif node.type == "callActivity":
                inside[node.id], raised[node.id] = self._called(node.call or "")
        flow = net.build(scope, inside, raised)
        reduction.reduce(flow)
        net.close(flow)
        found = exploration.explore(flow, limit=self.limit, on_progress=self.on_progress)
        is_sure = found.is_whole and not found.clashes
        for name, each in nested.items():
            if name in found.ran or not is_sure:
                _take(verdict, each, traces.to_element(found, name))
        _note(verdict, scope, found)
        ways = found.endings if is_sure else found.endings | {endings.ENDED}
        if endings.unforeseen(scope, inside):
            ways = ways | {endings.UNFORESEEN}
        return self._beside(scope, verdict, ways, endings.escalations(scope, raised))

    def _beside(self, scope: model.Scope, verdict: Verdict, ways: Collection[Ending],
                codes: frozenset[str]) -> frozenset[Ending]:
        """Verify the event subprocesses of a scope that something triggers; returns how the scope ends with them, and
        notes which escalations leave it. Of what one of them throws, the others may catch it."""
        waiting = {node.id: node for node in scope.event_subprocesses() if not undoing.compensates(node)}
        starts = {name: node.scope.starts() for name, node in waiting.items() if node.scope is not None}
        more: set[Ending] = set()
        further: set[str] = set()
        while came := [node for name, node in waiting.items() if any(
                endings.comes(start, {*ways, *more}, {*codes, *further}) for start in starts[name])]:
            for node in came:
                del waiting[node.id]
                assert node.scope is not None  # noqa: S101 - it is an event subprocess
                verdict.ran.add(node.id)
                more |= self._scope(node.scope, verdict)
                further |= self.escalations[node.id]
        verdict.findings += [_never(scope.id, node) for node in waiting.values()]
        caught = [start for name in starts if name not in waiting for start in starts[name]]
        self.escalations[scope.id] = frozenset(
            {code for code in codes if not any(endings.escalates(start, code) for start in caught)} | further)
        return frozenset({way for way in ways if not any(endings.stops(start, way) for start in caught)} | more)

    def _called(self, name: str) -> tuple[frozenset[Ending], frozenset[str]]:
        """How a called process can end, and the escalations that may leave it; its own findings are told where it is
        verified itself. Of one that is not known, or calls itself, everything is possible.
        """
        if name not in self.called:
            process = self.known.get(name)
            self.called[name] = _UNKNOWN
            if process is not None:
                self.called[name] = self._scope(process.scope, Verdict()), self.escalations[process.scope.id]
        return self.called[name]


def _never(scope: str, node: model.Node) -> Finding:
    """What stands beside the flow of a scope, with all that is inside it, and never gets its turn."""
    return Finding(fault="never_runs", where=node.id, scope=scope,
                   others=[] if node.scope is None else [inner.id for inner in node.scope.walk()])


def _take(verdict: Verdict, inner: Verdict, before: Sequence[str]) -> None:
    """Add what was found inside an activity, with the way to it."""
    verdict.findings += [replace(finding, trace=[*before, *finding.trace]) for finding in inner.findings]
    verdict.states += inner.states
    verdict.ran |= inner.ran
    verdict.gave_up_in += inner.gave_up_in
    verdict.sampled += inner.sampled


def _note(verdict: Verdict, scope: model.Scope, found: Explored) -> None:
    verdict.states += len(found.came_from)
    verdict.ran |= found.ran
    if not found.complete:
        verdict.gave_up_in.append(scope.id)
    verdict.sampled += found.net.sampled
    certain = found.is_whole and not found.endings and not found.clashes
    for fault in (_deadlocks, _clashes, _dead_elements, _loops_without_end):
        verdict.findings += (replace(finding, certain=certain) for finding in fault(scope, found))


def _deadlocks(scope: model.Scope, found: Explored) -> Iterator[Finding]:
    """Markings in which tokens wait at gateways for tokens that can no longer come."""
    flow = found.net
    waiting: dict[str, list[tuple[int, int, Marking, int]]] = {}
    for number, (marking, stuck) in enumerate(found.stuck.items()):
        for place in sorted(stuck):
            length = found.cost[marking] + len(flow.places[place].chain)
            waiting.setdefault(flow.clusters[flow.places[place].cluster].node.id, []).append(
                (length, number, marking, place))
    for where, seen in waiting.items():
        ways = [(trace, marking, place) for _, _, marking, place in nsmallest(_COMPARED, seen)
                if (trace := traces.to_stuck(found, marking, frozenset([place]))) is not None]
        if ways:
            trace, marking, place = min(ways, key=lambda way: len(way[0]))
            cluster = flow.clusters[flow.places[place].cluster]
            wanting = cluster.inputs if cluster.needs > 1 else cluster.inputs - marking
            missing = [flow.places[wanted].last or "" for wanted in sorted(wanting) if wanted not in cluster.consumed]
            yield Finding(fault="deadlock", where=where, scope=scope.id, others=missing, trace=trace)


def _clashes(scope: model.Scope, found: Explored) -> Iterator[Finding]:
    """Flows with two tokens at once: branches that were split and not joined.

    A branch that a loop starts again and again, that meets no other branch and that the process does not need for its
    end is meant to run several times, as the one behind an event that does not interrupt.
    """
    for place, clash in found.clashes.items():
        if found.endings and _is_aside(found.net, place):
            continue
        entry = found.net.places[place]
        source = next(flow.source for flow in scope.flows if flow.id == entry.flow)
        yield Finding(fault="lack_of_synchronization", where=source, scope=scope.id, others=[entry.flow or ""],
                      trace=traces.to_clash(found.net, clash))


def _is_aside(flow: net.Net, place: int) -> bool:
    """Whether one cluster alone fills the place, and nothing from elsewhere comes to where its tokens go."""
    region = flow.clusters[flow.places[place].cluster].reach | 1 << place
    filling = {number for number, cluster in enumerate(flow.clusters) if cluster.next >> place & 1}
    return len(filling) == 1 and all(
        number in filling or not cluster.next & region or not cluster.before & ~region
        for number, cluster in enumerate(flow.clusters)
    ) and not any(flow.clusters[number].before & region for number in filling)


def _dead_elements(scope: model.Scope, found: Explored) -> Iterator[Finding]:
    """Elements that no run comes to although flows lead there; each first one names those behind it."""
    if not found.is_whole:
        return
    known = found.ran | _behind_clashes(scope, found)
    dead = graph.reachable(scope) - known - {node.id for node in scope.event_subprocesses()}
    before: dict[str, list[str]] = {}
    for node in scope.nodes.values():
        for target in graph.successors(scope, node):
            before.setdefault(target, []).append(node.id)
    for element in scope.nodes:
        last = next((source for source in before.get(element, ()) if source in known), None)
        if element in dead and last is not None:
            behind = graph.after(scope, [element]) & dead - {element}
            yield Finding(fault="never_runs", where=element, scope=scope.id, trace=traces.to_element(found, last),
                          others=[node for node in scope.nodes if node in behind])


def _behind_clashes(scope: model.Scope, found: Explored) -> set[str]:
    """What may still run after two tokens met: the search goes on with one of them."""
    return graph.after(scope, [element for place in found.clashes
                               for element in (*found.net.places[place].covers, found.net.places[place].target)])


def _loops_without_end(scope: model.Scope, found: Explored) -> Iterator[Finding]:
    """Loops that can be entered and never left towards an end."""
    order = {marking: number for number, marking in enumerate(found.came_from)}
    for group in components.last(found.after) if found.is_whole and not found.clashes else ():
        if not found.ended.isdisjoint(group) or any(
                found.net.clusters[index].never_ends for marking in group for index in found.followed[marking]):
            continue
        first = min(group, key=order.__getitem__)
        turning = {element for marking in group for index in found.followed[marking]
                   for element in found.net.clusters[index].covers}
        passing = {element for marking in group for place in marking - {LOST}
                   for element in found.net.places[place].covers}
        inside = [node for node in scope.nodes if node in turning | passing]
        yield Finding(fault="no_way_to_end", where=inside[0], scope=scope.id, others=inside,
                      trace=traces.to_marking(found, first))
