"""What can run in a marking, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.verification.net import Cluster, Net, Outcome, members

Marking = frozenset[int]
"""The places that hold a token."""
DONE: Marking = frozenset()
LOST = -1
"""Stands in a marking for tokens that wait for ever somewhere: the others go on without them."""


@dataclass(frozen=True, slots=True)
class Step:
    """A node that runs, and which of its outcomes comes."""

    cluster: int
    outcome: int


def able(net: Net, marking: Marking) -> list[int]:
    """The clusters that can run, in the order of the diagram."""
    return [index for index in sorted({net.places[place].cluster for place in marking if place != LOST})
            if is_able(net, marking, index)]


def is_able(net: Net, marking: Marking, index: int) -> bool:
    """Whether the cluster can run: it has all the tokens it waits for."""
    cluster = net.clusters[index]
    held = cluster.inputs & marking
    if cluster.consumed:
        return bool(possible(net, marking, index))
    if cluster.needs > 1:
        return sum(len(_tokens(net, marking, place)) for place in held) >= cluster.needs
    if len(held) == len(cluster.inputs):
        return True
    return bool(held) and cluster.inclusive and _may_join(net, marking, index, held)


def can(net: Net, marking: Marking, step: Step) -> bool:
    """Whether the step is possible now."""
    return is_able(net, marking, step.cluster) and step.outcome in possible(net, marking, step.cluster)


def possible(net: Net, marking: Marking, index: int) -> Sequence[int]:
    """The outcomes that can come of a cluster that is able to run, by their numbers."""
    cluster = net.clusters[index]
    if not cluster.consumed:
        return range(len(cluster.outcomes))
    held = cluster.inputs & marking
    before = {cluster.consumed[place] for place in held if place in cluster.consumed}
    if not before:
        return [number for number, outcome in enumerate(cluster.outcomes) if outcome.takes and outcome.takes <= held]
    came = held - before - cluster.consumed.keys()
    if not _may_join(net, marking, index, frozenset(held | before)):
        return []
    return [number for number, outcome in enumerate(cluster.outcomes)
            if outcome.takes is not None and not outcome.takes and (came or not outcome.places)]


def _may_join(net: Net, marking: Marking, index: int, held: Marking) -> bool:
    """Whether every token that could reach an empty input can as well reach one that has a token (§13.4.3)."""
    cluster, arriving = net.clusters[index], net.arriving[index]
    empty = full = 0
    for goal in cluster.inputs - cluster.consumed.keys():
        if goal in held:
            full |= arriving[goal]
        else:
            empty |= arriving[goal]
    return not any(empty >> place & 1 and not full >> place & 1 for place in marking - cluster.inputs
                   if place != LOST)


def fire(net: Net, marking: Marking, step: Step) -> tuple[Marking, list[int]]:
    """The next marking, and the places that would hold a second token in it."""
    cluster = net.clusters[step.cluster]
    outcome = cluster.outcomes[step.outcome]
    if outcome.ends is not None:
        return DONE, []
    reached = set(marking - _taken(net, marking, cluster, outcome))
    clashing = []
    for place in outcome.places:
        free = next((copy for copy in (place, *net.places[place].copies) if copy not in reached), None)
        if free is not None:
            reached.add(free)
        elif not net.places[place].repeats:
            clashing.append(place)
    return frozenset(reached), clashing


def _taken(net: Net, marking: Marking, cluster: Cluster, outcome: Outcome) -> Marking:
    """The tokens that the cluster takes away: one from each input, or as many as it needs in all."""
    if outcome.takes:
        return outcome.takes
    if cluster.consumed:
        held = cluster.inputs & marking
        return held - {cluster.consumed[place] for place in held if place in cluster.consumed}
    if not net.is_counted:
        return cluster.inputs
    tokens = [_tokens(net, marking, place) for place in sorted(cluster.inputs)]
    if cluster.needs > 1:
        return frozenset([token for found in tokens for token in found][:cluster.needs])
    return frozenset(found[0] for found in tokens if found)


def _tokens(net: Net, marking: Marking, place: int) -> list[int]:
    """The tokens of a place, the one to be taken first in front."""
    return [copy for copy in (*reversed(net.places[place].copies), place) if copy in marking]


def within_reach(net: Net, marking: Marking, *, frozen: int = 0) -> tuple[int, set[int]]:
    """At most these places (as bits) get a token from now on, and at most these clusters run.

    Every token is taken to stay where it was as well, so that no choice takes another away; those on `frozen` places
    take no part.
    """
    marked = reached = 0
    for place in marking:
        if place != LOST and not frozen >> place & 1:
            marked |= 1 << place
    ran: set[int] = set()
    pending = {net.places[place].cluster for place in members(marked)}
    while pending:
        index = pending.pop()
        cluster = net.clusters[index]
        held = cluster.before & marked
        is_short = held != cluster.before and not cluster.inclusive and cluster.needs == 1
        if index in ran or not held or is_short:
            continue
        ran.add(index)
        reached |= cluster.next
        fresh = cluster.next & ~marked
        marked |= fresh
        pending.update(net.places[place].cluster for place in members(fresh))
    return reached, ran


def hopeless(net: Net, marking: Marking) -> Marking:
    """The places of tokens that will wait for ever, whatever happens; none while an end of the scope may free them."""
    tokens = marking - {LOST}
    able = {place for place in tokens if is_able(net, marking, net.places[place].cluster)}
    if not able or len(able) == len(tokens):
        return DONE if able else tokens
    _, ran = within_reach(net, marking)
    if any(outcome.ends is not None for index in ran for outcome in net.clusters[index].outcomes):
        return DONE
    return frozenset(place for place in tokens - able if net.places[place].cluster not in ran)
