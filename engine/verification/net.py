"""The control flow of one scope as a net: places that hold tokens, and what a node may do with those before it.

Conditions are free choices, and what comes from outside (messages, time, people) may come at any moment. A place stands
for a sequence flow together with all nodes after it at which nothing can happen but passing: such a chain is one place,
so that a branch of thirty tasks costs as much as a branch of one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from engine.spiff import model, selection
from engine.verification import endings, flows
from engine.verification.endings import CANCELLED, ENDED, Ending

MOST_COPIES = 64
"""Tokens that are told apart on one flow where activities take or give several; of more, nothing is decided."""
ENOUGH = re.compile(r"activationCount\s*>=\s*(\d{1,3})")
"""A condition that only counts tokens; any other is a free choice."""
_LEAVING = ("error", "cancelled")
"""Endings that leave an activity by a boundary event or go on outwards."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that can happen when a node runs: tokens appear, or the whole scope ends."""

    places: tuple[int, ...]
    ends: Ending | None = None
    """The scope ends so, whatever other tokens there are: a terminate or error end, or an error nobody catches."""
    labels: tuple[str, ...] = ()
    """Elements that run after the node itself: the boundary event that came, nodes passed on the way."""
    takes: frozenset[int] | None = None
    """At a complex gateway: the inputs it goes on with, none of them when it resets; None stands for all inputs."""


@dataclass(slots=True)
class Cluster:
    """A node with the places it takes tokens from; which outcome comes is a free choice."""

    node: model.Node
    inputs: frozenset[int]
    outcomes: Sequence[Outcome]
    inclusive: bool = False
    """Runs with a token on some inputs only, once no other token can still come (BPMN 2.0.2 §13.4.3)."""
    consumed: dict[int, int] = field(default_factory=dict)
    """Of a complex gateway that gathers: a place that remembers until the reset that a token of the flow was consumed
    -> the input of that flow (BPMN 2.0.2 §13.4.5)."""
    needs: int = 1
    """Tokens it takes in all, from whichever of its inputs; with 1 it takes one from each (`startQuantity`)."""
    is_fatal: bool = False
    """It ends everything else in the scope, whichever outcome comes."""
    never_ends: bool = False
    """It is an activity that cannot end: what goes wrong inside is told there."""
    covers: set[str] = field(default_factory=set)
    """Every element that may run when it runs."""
    before: int = 0
    """Its inputs, as bits."""
    next: int = 0
    """The places its outcomes fill, as bits."""
    reach: int = 0
    """The places that tokens can come to after it, as bits."""


@dataclass(slots=True)
class Place:
    """Where a token can rest: a flow, and the nodes it passes before anything else can happen."""

    flow: str | None
    last: str | None
    """The flow at the end of the chain."""
    chain: tuple[str, ...]
    target: str
    """The node whose turn comes at the end of the chain."""
    cluster: int = -1
    covers: set[str] = field(default_factory=set)
    """Every element that runs, or may run, between the flow and the target."""
    copies: tuple[int, ...] = ()
    """The places of a second token, a third …, where an activity gives or takes several (`completionQuantity`)."""
    repeats: bool = False
    """Behind a non-interrupting event only, which may come again while its earlier tokens still run."""


@dataclass(slots=True)
class Net:
    """A scope, ready to be explored."""

    scope: model.Scope
    places: list[Place] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    starts: list[tuple[int, ...]] = field(default_factory=list)
    """The markings it can begin with, one for each start."""
    is_counted: bool = False
    """Whether some place holds several tokens as its diagram means it."""
    sampled: list[str] = field(default_factory=list)
    """Nodes with so many combinations of flows or events that only some are tried."""
    is_beyond: bool = False
    """Whether there would be more of them than are told apart."""
    arriving: dict[int, dict[int, int]] = field(default_factory=dict)
    """Inclusive cluster -> input place -> the places (as bits) from which a token can come onto it around the node."""


def build(scope: model.Scope, inside: Mapping[str, frozenset[Ending]],
          escalations: Mapping[str, frozenset[str]] | None = None) -> Net:
    """The net of a scope; `inside` says of each subprocess and call activity in it how it can end, and `escalations`
    which escalations may leave it."""
    return _Builder(scope, inside, escalations or {}).build()


class _Builder:
    def __init__(self, scope: model.Scope, inside: Mapping[str, frozenset[Ending]],
                 escalations: Mapping[str, frozenset[str]]) -> None:
        self.scope = scope
        self.inside = inside
        self.escalations = escalations
        self.net = Net(scope)
        self.flow_places: dict[str, int] = {}
        self.gathering: dict[str, int] = {}
        self.needs_several = any(node.start_quantity > 1 for node in scope.nodes.values())
        self.unserved: list[int] = []
        """Places without their cluster; the last one first, so that a branch is numbered as one and explored as one."""

    def build(self) -> Net:
        for nodes in self._starts():
            self.net.starts.append(tuple(self._rest(node, None) for node in nodes))
        while self.unserved:
            self._serve(self.unserved.pop())
        self._gather()
        for cluster in self.net.clusters:
            cluster.covers = {cluster.node.id}.union(*(outcome.labels for outcome in cluster.outcomes))
        for place in self.net.places:
            place.covers = set(place.chain)
        self._mark_repeating()
        if any(max(node.start_quantity, node.completion_quantity) > 1 for node in self.scope.nodes.values()):
            self._count_tokens()
        return self.net

    def _starts(self) -> Iterator[list[model.Node]]:
        """The nodes it begins with: all its plain starts together, or one that a trigger begins it with."""
        entries = self.scope.entries()
        if entries:
            yield entries
        yield from ([node] for node in self.scope.starts() if node.event.kind != "none")
        yield from ([node] for node in self.scope.nodes.values() if node.instantiates)

    def _place(self, flow: model.Flow) -> int:
        if flow.id not in self.flow_places:
            self.flow_places[flow.id] = self._rest(self.scope.nodes[flow.target], flow.id)
        return self.flow_places[flow.id]

    def _rest(self, node: model.Node, flow: str | None) -> int:
        """A new place before `node`, with the chain of nodes that a token simply passes."""
        chain: list[str] = []
        last = flow
        while (passed := self._passes(node)) is not None and node.id not in chain:
            chain.append(node.id)
            node, last = self.scope.nodes[passed.target], passed.id
        self.net.places.append(Place(flow, last, tuple(chain), node.id))
        self.unserved.append(len(self.net.places) - 1)
        return len(self.net.places) - 1

    def _passes(self, node: model.Node) -> model.Flow | None:
        """The one flow by which a token leaves the node in every case; None where something else is possible."""
        if len(node.incoming) > 1 or len(node.outgoing) != 1 or self.scope.boundary_events(node.id):
            return None
        if node.start_quantity > 1 or node.completion_quantity > 1:
            return None
        if node.event.kind in ("error", "terminate", "cancel") and node.type == "endEvent":
            return None
        if self._may_be_last(node):
            return None
        ways = self._endings(node)
        return node.outgoing[0] if ENDED in ways and not any(ending.kind in _LEAVING for ending in ways) else None

    def _may_be_last(self, node: model.Node) -> bool:
        """Whether the ad hoc subprocess may be complete once the activity is done (BPMN 2.0.2 §13.3.5)."""
        ad_hoc = self.scope.ad_hoc
        return ad_hoc is not None and ad_hoc.completion is not None and selection.is_selected(node)

    def _endings(self, node: model.Node) -> frozenset[Ending]:
        ways = self.inside[node.id] if node.id in self.inside else endings.of_task(node)
        if node.loop is not None or (node.repetition is not None and (
                node.repetition.test_before or node.repetition.maximum == 0)):
            return ways | {ENDED}  # it may not run at all, or enough of its instances may have ended
        return ways

    def _serve(self, position: int) -> None:
        """Give the place its cluster; one that gathers tokens is the same for all places before it."""
        place = self.net.places[position]
        node = self.scope.nodes[place.target]
        if node.id in self.gathering:
            place.cluster = self.gathering[node.id]
            return
        cluster = Cluster(node, frozenset([position]), (), needs=node.start_quantity if node.incoming else 1,
                          inclusive=flows.gathers(node) and node.type in ("inclusiveGateway", "complexGateway"))
        place.cluster = len(self.net.clusters)
        self.net.clusters.append(cluster)
        if flows.gathers(node):
            self.gathering[node.id] = place.cluster
        cluster.outcomes = list(dict.fromkeys(self._outcomes(node)))
        cluster.never_ends = not cluster.outcomes
        # What happens beside it has its time even where it ends everything, and may bring one token after the other.
        if self.needs_several or all(outcome.ends is not None for outcome in cluster.outcomes):
            cluster.outcomes += [Outcome((position, *(self._place(flow) for flow in event.outgoing)),
                                         labels=(event.id,)) for event in self._beside(node)]

    def _gather(self) -> None:
        """Let each gathering cluster wait for all flows into it, those on which no token comes included."""
        for identifier, index in self.gathering.items():
            for flow in self.scope.nodes[identifier].incoming:
                if all(place.last != flow.id for place in self.net.places):
                    self.net.places.append(Place(flow.id, flow.id, (), identifier, index))
            self.net.clusters[index].inputs = frozenset(
                number for number, place in enumerate(self.net.places) if place.cluster == index)
            if self.scope.nodes[identifier].type == "complexGateway":
                self._phases(self.net.clusters[index])

    def _phases(self, cluster: Cluster) -> None:
        """What a complex gateway may do: go on with the tokens of some flows and remember them, or reset."""
        node, inputs, left = cluster.node, sorted(cluster.inputs), cluster.outcomes
        first = len(self.net.places)
        cluster.consumed = {first + number: place for number, place in enumerate(inputs)}
        self.net.places += [Place(None, None, (), node.id, self.net.places[inputs[0]].cluster) for _ in inputs]
        cluster.inputs |= set(cluster.consumed)
        told = ENOUGH.fullmatch(node.activation.text) if node.activation is not None else None
        size = max(int(told[1]), 1) if told and len(inputs) <= flows.MOST_SUBSETS else None
        if len(inputs) > flows.MOST_SUBSETS:
            self.net.sampled.append(node.id)
        outcomes = []
        for some in flows.subsets(inputs, at_least=1):
            if size in (None, len(some)):
                kept = [place for place, flow in cluster.consumed.items() if flow in some and len(some) < len(inputs)]
                outcomes += [replace(outcome, takes=frozenset(some), places=(*outcome.places, *kept))
                             for outcome in left]
        conditional = [flow for flow in node.outgoing if flow.condition is not None or flow.id == node.default]
        chosen = [flow for flow in conditional if flow.id != node.default]
        again = [subset for subset in flows.subsets(chosen, at_least=0) if subset or len(chosen) == len(conditional)]
        again += [(flow,) for flow in conditional if flow.id == node.default]
        resets = dict.fromkeys([(), *again])
        outcomes += [Outcome(tuple(self._place(flow) for flow in taken), takes=frozenset()) for taken in resets]
        cluster.outcomes = outcomes

    def _outcomes(self, node: model.Node) -> Iterator[Outcome]:
        if node.type == "endEvent" and node.event.kind == "terminate":
            yield Outcome((), ENDED)
            return
        if node.type == "endEvent" and node.event.kind == "error":
            yield Outcome((), Ending("error", node.event.error_code))
            return
        if node.type == "endEvent" and node.event.kind == "cancel":
            yield Outcome((), CANCELLED)
            return
        attached, beside = self._attached(node), self._beside(node)
        if max(len(flows.conditional(node)), len(beside)) > flows.MOST_SUBSETS:
            self.net.sampled.append(node.id)
        for chosen in flows.subsets(beside, at_least=0):
            extra = tuple(self._place(flow) for event in chosen for flow in event.outgoing)
            labels = tuple(event.id for event in chosen)
            for outcome in self._main_outcomes(node, attached):
                yield Outcome((*extra, *outcome.places), outcome.ends, (*labels, *outcome.labels))

    def _attached(self, node: model.Node) -> list[model.Node]:
        """The boundary events of the activity that may come while it goes on or as it ends."""
        return [event for event in self.scope.boundary_events(node.id) if not event.event.has("compensation") and (
            event.event.kind != "escalation" or any(
                endings.escalates(event, code) for code in self.escalations.get(node.id, ())))]

    def _beside(self, node: model.Node) -> list[model.Node]:
        """Those of them at which the activity goes on."""
        return [event for event in self._attached(node) if _is_beside(node, event)]

    def _main_outcomes(self, node: model.Node, attached: Sequence[model.Node]) -> Iterator[Outcome]:
        """How the activity itself ends: as it should, by an event that interrupts it, or by an error nobody catches."""
        ways = self._endings(node)
        if ENDED in ways:
            for taken in flows.leaving(node):
                yield Outcome(tuple(self._place(flow) for flow in taken for _ in range(node.completion_quantity)))
            if self._may_be_last(node):
                yield Outcome((), ENDED)
        for event in attached:
            from_inside = event.event.kind in ("error", "cancel")
            if event.interrupting and (not from_inside or any(endings.catches(event, way) for way in ways)):
                yield Outcome(tuple(self._place(flow) for flow in event.outgoing), labels=(event.id,))
        for way in ways:
            if way.kind in _LEAVING and not any(endings.catches(event, way) for event in attached):
                yield Outcome((), way)

    def _count_tokens(self) -> None:
        """Give places of their own to the second, third … token where an activity gives several, and behind it, and
        where one takes several. The first token of a place stands on the place itself, the next on its first copy.
        """
        nodes = self.scope.nodes.values()
        most = prod(node.completion_quantity for node in nodes) + max(node.start_quantity for node in nodes)
        self.net.is_counted, self.net.is_beyond = True, most > MOST_COPIES
        counted = {place for cluster in self.net.clusters if cluster.needs > 1 for place in cluster.inputs}
        pending = [place for cluster in self.net.clusters for outcome in cluster.outcomes
                   for place, count in Counter(outcome.places).items() if count > 1]
        behind: set[int] = set()
        while pending:
            place = pending.pop()
            if place not in behind:
                behind.add(place)
                pending += [target for outcome in self.net.clusters[self.net.places[place].cluster].outcomes
                            for target in outcome.places]
        for place in sorted(counted | behind) if not self.net.is_beyond else ():
            entry, first = self.net.places[place], len(self.net.places)
            entry.copies = tuple(range(first, first + most - 1))
            self.net.places += [replace(entry, copies=()) for _ in entry.copies]

    def _mark_repeating(self) -> None:
        beside = {event.id for activity, events in self.scope.attached.items() for event in events
                  if _is_beside(self.scope.nodes[activity], event)}
        pending = [place for start in self.net.starts for place in start]
        main: set[int] = set()
        while pending:
            place = pending.pop()
            if place not in main:
                main.add(place)
                pending += [target for outcome in self.net.clusters[self.net.places[place].cluster].outcomes
                            if not beside & set(outcome.labels) for target in outcome.places]
        for index, entry in enumerate(self.net.places):
            entry.repeats = index not in main


def _is_beside(node: model.Node, event: model.Node) -> bool:
    """Whether the event at the activity may occur while the activity goes on."""
    return not event.interrupting or (node.loop is not None and node.loop.reaches(event.event))


def close(net: Net) -> None:
    """Compute which places tokens can come to from which; the net does not change any more."""
    for cluster in net.clusters:
        cluster.before = _bits(cluster.inputs)
        cluster.next = _bits(place for outcome in cluster.outcomes for place in outcome.places)
        cluster.is_fatal = all(outcome.ends is not None for outcome in cluster.outcomes)
    after = [net.clusters[place.cluster].next for place in net.places]
    reach = closure(after)
    for index, cluster in enumerate(net.clusters):
        cluster.reach = reach[min(cluster.inputs)]
        if cluster.inclusive:
            around = closure([0 if cluster.before >> place & 1 else targets for place, targets in enumerate(after)])
            net.arriving[index] = {goal: _bits(place for place, found in enumerate(around) if found >> goal & 1)
                                   for goal in cluster.inputs}


def _bits(places: Iterable[int]) -> int:
    found = 0
    for place in places:
        found |= 1 << place
    return found


def closure(after: Sequence[int]) -> list[int]:
    """Place -> every place that one or more steps lead to, as bits."""
    reach = list(after)
    changed = True
    while changed:
        changed = False
        for place in reversed(range(len(reach))):
            found = reach[place]
            for target in members(after[place]):
                found |= reach[target]
            if found != reach[place]:
                reach[place], changed = found, True
    return reach


def members(bits: int) -> Iterator[int]:
    """The places of a set of bits, in order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
