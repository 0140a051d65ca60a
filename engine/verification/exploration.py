"""Walks the markings of a net, as few as decide every question.

Of the clusters that can run, only one is followed at a time (a persistent set: Godefroid 1996), or a few that can reach
each other; tokens in other branches would only be interleaved with it, which changes nothing that is asked here. A
token stays as long as another one could still come to its place without it, so that two tokens meet wherever they can.
A cluster that would be put off for ever in a loop is followed from there as well (Valmari 1990). Deadlocks, flows with
two tokens, elements that never run and markings without a way to the end are thereby found exactly as in the whole
space; shortest traces first (Dijkstra 1959).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from engine.verification import components, firing
from engine.verification.endings import ENDED, Ending
from engine.verification.firing import DONE, LOST, Marking, Step
from engine.verification.net import Net


@dataclass(slots=True)
class Clash:
    """Two tokens on one flow, and the run that brought them there. The search goes on with one of them."""

    place: int
    start: Marking
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Explored:
    """What was seen."""

    net: Net
    came_from: dict[Marking, tuple[Marking, Step | None] | None] = field(default_factory=dict)
    after: dict[Marking, list[Marking]] = field(default_factory=dict)
    """The steps between markings, but for those that end the whole scope."""
    cost: dict[Marking, int] = field(default_factory=dict)
    """How many elements run before each marking at least; those before its own tokens do not count."""
    ended: set[Marking] = field(default_factory=set)
    """Where such a step is possible."""
    followed: dict[Marking, set[int]] = field(default_factory=dict)
    """Marking -> the clusters that were followed from there."""
    stuck: dict[Marking, Marking] = field(default_factory=dict)
    """Markings with tokens that can never move again, and the places of those tokens. The others are followed on."""
    clashes: dict[int, Clash] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    endings: set[Ending] = field(default_factory=set)
    complete: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether all that can happen was looked at: what was not seen cannot be."""
        return self.complete and not self.net.sampled

    def steps_to(self, marking: Marking) -> tuple[Marking, tuple[Step, ...]]:
        """The start and the shortest run that lead to a marking."""
        steps: list[Step] = []
        while (before := self.came_from[marking]) is not None:
            marking, step = before
            if step is not None:
                steps.append(step)
        return marking, tuple(reversed(steps))


TANGLED = 20
"""Where two tokens can be on one flow the states are without end: so much less is looked at."""
PROGRESS = 2_000
"""Markings between two reports of progress."""


def explore(net: Net, *, limit: int, on_progress: Callable[[int], None] | None = None) -> Explored:
    """Explore until everything is decided, or until more than `limit` markings were seen (`complete` is False then)."""
    walk = _Walk(net, 0 if net.is_beyond else limit, on_progress)
    for start in net.starts:
        walk.ahead(frozenset(start), 0, None)
    if not net.starts:  # nothing is in it, so it is passed at once
        walk.found.endings.add(ENDED)
    walk.run()
    while walk.found.complete and walk.follow_neglected():
        walk.run()
    return walk.found


class _Walk:
    def __init__(self, net: Net, limit: int, on_progress: Callable[[int], None] | None) -> None:
        self.net = net
        self.limit = limit
        self.on_progress = on_progress
        self.found = Explored(net)
        self.cost = self.found.cost
        self.pending: list[tuple[int, int, Marking, tuple[Marking, Step | None] | None]] = []
        self.count = 0

    def ahead(self, marking: Marking, cost: int, before: tuple[Marking, Step | None] | None) -> None:
        """Look at a marking when its turn comes, if it was not met on a shorter way."""
        if marking not in self.cost:
            self.count += 1
            heappush(self.pending, (cost, self.count, marking, before))

    def run(self) -> None:
        while self.pending:
            cost, _, marking, before = heappop(self.pending)
            if marking in self.cost:
                continue
            if len(self.cost) >= (self.limit // TANGLED if self.found.clashes else self.limit):
                self.found.complete = False
                return
            self.cost[marking] = cost
            self.meet(marking, before)

    def meet(self, marking: Marking, before: tuple[Marking, Step | None] | None) -> None:
        found = self.found
        found.came_from[marking] = before
        found.followed[marking] = set()
        found.after[marking] = []
        for place in marking - {LOST}:
            found.ran |= self.net.places[place].covers
        if self.on_progress is not None and len(self.cost) % PROGRESS == 0:
            self.on_progress(len(self.cost))
        able = firing.able(self.net, marking)
        hopeless = firing.hopeless(self.net, marking)
        if hopeless:
            found.stuck[marking] = hopeless
            rest = marking - hopeless | {LOST}
            found.after[marking].append(rest)
            self.ahead(rest, self.cost[marking], (marking, None))
        elif able:
            self.follow(marking, persistent(self.net, marking, able))

    def follow(self, marking: Marking, clusters: Iterable[int]) -> None:
        """Take every outcome of these clusters."""
        for index in clusters:
            self.found.followed[marking].add(index)
            cluster = self.net.clusters[index]
            self.found.ran |= cluster.covers
            for number in firing.possible(self.net, marking, index):
                self.arrive(marking, Step(index, number))

    def arrive(self, marking: Marking, step: Step) -> None:
        cluster = self.net.clusters[step.cluster]
        outcome = cluster.outcomes[step.outcome]
        reached, clashing = firing.fire(self.net, marking, step)
        for place in clashing:
            if place not in self.found.clashes:
                start, steps = self.found.steps_to(marking)
                self.found.clashes[place] = Clash(place, start, (*steps, step))
        if reached == DONE:
            self.found.endings.add(outcome.ends or ENDED)
        if outcome.ends is None:
            self.found.after[marking].append(reached)
        else:
            self.found.ended.add(marking)
        passed = sum(len(self.net.places[place].chain) for place in cluster.inputs & marking)
        self.ahead(reached, self.cost[marking] + passed + 1 + len(outcome.labels), (marking, step))

    def follow_neglected(self) -> bool:
        """In loops that only an end of the scope leaves, follow what could run all the time and never did.

        False when there is nothing.
        """
        more = False
        for group in components.last(self.found.after):
            followed = set().union(*(self.found.followed[marking] for marking in group))
            for marking in group:
                left = set(firing.able(self.net, marking)) - followed
                if left:
                    self.follow(marking, sorted(left))
                    followed |= left
                    more = True
        return more


def persistent(net: Net, marking: Marking, able: list[int]) -> list[int]:
    """The clusters to follow from a marking: a few of those that are able to run, if that is enough.

    The first such group in the order of the diagram is taken, even if a later one is smaller: so one branch is finished
    before the next is begun, and their states are added up instead of multiplied. Within it the smallest is taken: a
    token that others may still come to waits for them.
    """
    harmless = [index for index in able if not net.clusters[index].is_fatal]
    for first in harmless:
        group = _closed(net, marking, first, harmless)
        if len(group) < len(harmless) or len(group) == 1:
            return _least(net, marking, group, harmless)
    return _least(net, marking, harmless, harmless) or able


def _least(net: Net, marking: Marking, group: list[int], able: list[int]) -> list[int]:
    """The smallest closed group inside a closed one."""
    inside = [found for first in group if set(found := _closed(net, marking, first, able)) <= set(group)]
    return min(inside, key=len, default=group)


def _closed(net: Net, marking: Marking, first: int, able: list[int]) -> list[int]:
    """The smallest group with `first` into whose places nothing can come before one of the group has run."""
    group = [first]
    others = [index for index in able if index != first]
    while others:
        joining = [index for index in others if net.clusters[index].inclusive
                   and any(net.clusters[member].reach & net.clusters[index].before for member in group)]
        own = _before(net, group)
        coming, _ = firing.within_reach(net, marking, frozen=own)
        if not coming & own and not joining:
            break
        added = joining or [index for index in others if net.clusters[index].reach & own] or others
        group += added
        others = [index for index in others if index not in added]
    return group


def _before(net: Net, clusters: Iterable[int]) -> int:
    bits = 0
    for index in clusters:
        bits |= net.clusters[index].before
    return bits
