"""Makes a net smaller without changing what is asked of it: parts that a single token passes become one step.

A place that only one cluster fills, alone, and that can always be left, needs no rest of its own: whoever fills it runs
on at once (agglomeration, Berthelot 1987). Two tokens could meet there only after two could meet before that cluster,
since a token may stay where it is as long as it likes. The same holds for a block in which every token that a cluster
sends out is gathered again by one gateway.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from engine.verification.net import Cluster, Net, Outcome


def reduce(net: Net) -> None:
    """Merge clusters as long as one can be merged; the places between them are left over, empty for ever."""
    if net.is_counted:  # what runs on at once would leave no place for a second token
        return
    filled = _Filled(net)
    for position, place in enumerate(net.places):
        if place.repeats:
            _drop_end(net, filled, position)
    changed = True
    while changed:
        changed = False
        for position in range(len(net.places)):
            while _in_series(net, filled, position):
                changed = True
        for index, cluster in enumerate(net.clusters):
            while not cluster.inclusive and (_run_on(net, filled, index) or _join_block(net, filled, index)):
                changed = True


class _Filled:
    """By which clusters each place is filled."""

    def __init__(self, net: Net) -> None:
        self.by: list[Counter[int]] = [Counter() for _ in net.places]
        for start in net.starts:
            for place in start:
                self.by[place][-1] += 1
        for index in range(len(net.clusters)):
            self.count(net, index, 1)

    def count(self, net: Net, index: int, sign: int) -> None:
        for outcome in net.clusters[index].outcomes:
            for place in outcome.places:
                self.by[place][index] += sign
                if not self.by[place][index]:
                    del self.by[place][index]

    def only_by(self, place: int, index: int) -> bool:
        return set(self.by[place]) == {index}


def _change(net: Net, filled: _Filled, index: int, outcomes: list[Outcome], swallowed: int | None = None) -> None:
    """Give a cluster other outcomes; the one it swallows never runs by itself again."""
    cluster = net.clusters[index]
    filled.count(net, index, -1)
    if swallowed is not None:
        following = net.clusters[swallowed]
        filled.count(net, swallowed, -1)
        following.outcomes = []
        cluster.covers |= following.covers.union(*(net.places[place].covers for place in following.inputs))
    shortest: dict[object, Outcome] = {}
    for outcome in sorted(outcomes, key=lambda found: len(found.labels)):
        shortest.setdefault((outcome.places, outcome.ends), outcome)
    cluster.outcomes = list(shortest.values())
    filled.count(net, index, 1)


def _in_series(net: Net, filled: _Filled, position: int) -> bool:
    """Make two places one when a token can only go from the first to the second, and comes there from nowhere else."""
    place = net.places[position]
    passed = net.clusters[place.cluster]
    if passed.inputs != {position} or passed.inclusive or len(passed.outcomes) != 1:
        return False
    outcome = passed.outcomes[0]
    if outcome.ends is not None or len(outcome.places) != 1 or outcome.places[0] == position:
        return False
    target = outcome.places[0]
    following = net.places[target]
    is_remembered = bool(net.clusters[following.cluster].consumed)
    if not filled.only_by(target, place.cluster) or following.repeats != place.repeats or is_remembered:
        return False
    filled.count(net, place.cluster, -1)
    passed.outcomes = []
    place.chain = (*place.chain, passed.node.id, *outcome.labels, *following.chain)
    place.covers |= passed.covers | following.covers
    place.target, place.last, place.cluster = following.target, following.last, following.cluster
    joined = net.clusters[following.cluster]
    joined.inputs = joined.inputs - {target} | {position}
    return True


def _drop_end(net: Net, filled: _Filled, position: int) -> None:
    """Put no token on a place, behind an event that may come often, from which it only goes away: nobody waits for it.
    """
    place = net.places[position]
    ending = net.clusters[place.cluster]
    if ending.inputs != {position} or ending.inclusive or ending.outcomes != [Outcome(())]:
        return
    for index in filled.by[position].copy():
        cluster = net.clusters[index] if index >= 0 else ending
        if index < 0 or any(set(outcome.places) == {position} for outcome in cluster.outcomes):
            continue  # it would seem to end there
        cluster.covers |= place.covers | ending.covers
        passed = (*place.chain, ending.node.id)
        outcomes = []
        for given in cluster.outcomes:
            left = tuple(each for each in given.places if each != position)
            if left == given.places:
                outcomes.append(given)
            elif cluster.never_ends or given.ends is not None or set(left) != cluster.inputs:  # else nothing is left
                outcomes.append(replace(given, places=left, labels=(*given.labels, *passed)))
        _change(net, filled, index, outcomes)


def _run_on(net: Net, filled: _Filled, index: int) -> bool:
    """Let one cluster run on over a place that it alone fills; a way back to its own place is no way on."""
    cluster = net.clusters[index]
    for outcome in cluster.outcomes:
        if len(outcome.places) != 1:
            continue
        position = outcome.places[0]
        place = net.places[position]
        following = net.clusters[place.cluster]
        if cluster.inputs == {position} and len(cluster.outcomes) > 1:
            _change(net, filled, index, [other for other in cluster.outcomes if other is not outcome])
            return True
        if (place.cluster == index or following.inclusive or len(following.inputs) > 1 or not following.outcomes
                or not filled.only_by(position, index) or not _alike(net, index, position)):
            continue
        outcomes = []
        for given in cluster.outcomes:
            outcomes += _onward(net, given, position, following) if given.places == (position,) else [given]
        if any(position in given.places for given in outcomes):
            continue
        _change(net, filled, index, outcomes, place.cluster)
        return True
    return False


def _onward(net: Net, given: Outcome, position: int, following: Cluster) -> list[Outcome]:
    passed = (*given.labels, *net.places[position].chain, following.node.id)
    return [replace(outcome, labels=(*passed, *outcome.labels)) for outcome in following.outcomes]


def _join_block(net: Net, filled: _Filled, index: int) -> bool:
    """Let a cluster run on over the gateway that gathers again all the tokens it sends out."""
    cluster = net.clusters[index]
    sent = {place for outcome in cluster.outcomes for place in outcome.places}
    if not sent:
        return False
    following = net.clusters[net.places[min(sent)].cluster]
    if following.inputs != sent or len(sent) < 2 or following is cluster or not following.outcomes:
        return False
    if any(outcome.ends is not None or not outcome.places for outcome in cluster.outcomes):
        return False
    if not following.inclusive and any(set(outcome.places) != sent for outcome in cluster.outcomes):
        return False
    if any(not filled.only_by(place, index) or not _alike(net, index, place) for place in sent):
        return False
    outcomes = []
    for given in cluster.outcomes:
        chains = [element for place in given.places for element in net.places[place].chain]
        passed = (*given.labels, *chains, following.node.id)
        outcomes += [replace(outcome, labels=(*passed, *outcome.labels)) for outcome in following.outcomes]
    _change(net, filled, index, outcomes, net.places[min(sent)].cluster)
    return True


def _alike(net: Net, index: int, place: int) -> bool:
    """Whether a second token is forgiven after the cluster exactly where it is before it."""
    return all(net.places[before].repeats == net.places[place].repeats for before in net.clusters[index].inputs)
