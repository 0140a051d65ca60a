"""From steps of the net to the element ids an author can follow on the diagram."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.verification import firing
from engine.verification.exploration import Clash, Explored
from engine.verification.firing import DONE, LOST, Marking, Step
from engine.verification.net import Net


def elements(net: Net, start: Marking, steps: Sequence[Step], last: Marking | None = None) -> list[str]:
    """The elements in the order in which they run; with `last`, those before the tokens of the last marking as well."""
    passed: list[str] = []
    marking = start
    for step in steps:
        cluster = net.clusters[step.cluster]
        for place in sorted(cluster.inputs & marking):
            passed += net.places[place].chain
        passed.append(cluster.node.id)
        passed += cluster.outcomes[step.outcome].labels
        marking, _ = firing.fire(net, marking, step)
    for place in sorted((last or DONE) - {LOST}):
        passed += net.places[place].chain
    return passed


def to_marking(found: Explored, marking: Marking) -> list[str]:
    """The shortest run that leaves exactly these tokens."""
    start, steps = found.steps_to(marking)
    return elements(found.net, start, steps, marking)


def to_stuck(found: Explored, marking: Marking, stuck: Marking) -> list[str] | None:
    """A run after which these tokens wait for ever, without a step that is not needed for it.

    None where two tokens met on the way: of one of them the search knows no more.
    """
    net = found.net
    start, steps = found.steps_to(marking)
    if found.clashes and _run(net, start, steps) is None:
        return None

    def leads_there(shorter: Sequence[Step]) -> bool:
        reached = _run(net, start, shorter)
        return reached is not None and stuck <= firing.hopeless(net, reached)

    return elements(net, start, _shortened(steps, leads_there), stuck)


def to_element(found: Explored, element: str) -> list[str]:
    """The shortest run after which the element's turn comes; empty when none was found."""
    for marking in found.came_from:
        for place in marking - {LOST}:
            entry = found.net.places[place]
            before = _before(found.net, place, element)
            if before is not None or element in entry.covers:
                start, steps = found.steps_to(marking)
                return [*elements(found.net, start, steps), *(before or ())]
    return []


def _before(net: Net, place: int, element: str) -> list[str] | None:
    """What runs before the element once a token is on the place, if it is among what comes next."""
    entry = net.places[place]
    chain = [*entry.chain, entry.target]
    if element in chain:
        return chain[:chain.index(element)]
    cluster = net.clusters[entry.cluster]
    if element not in cluster.covers or len(cluster.inputs) > 1:
        return None
    ways = [outcome.labels[:outcome.labels.index(element)] for outcome in cluster.outcomes if element in outcome.labels]
    return [*chain, *min(ways, key=len, default=())]


def to_clash(net: Net, clash: Clash) -> list[str]:
    """A run that brings two tokens onto the flow, without a step that is not needed for it."""
    return elements(net, clash.start, _shortened(clash.steps, lambda steps: _clashes(net, clash, steps)))


def _shortened(steps: Sequence[Step], is_enough: Callable[[Sequence[Step]], bool]) -> Sequence[Step]:
    """The run without each step, from the last to the first, that it is enough without."""
    for position in reversed(range(len(steps))):
        shorter = [*steps[:position], *steps[position + 1:]]
        if is_enough(shorter):
            steps = shorter
    return steps


def _run(net: Net, start: Marking, steps: Sequence[Step]) -> Marking | None:
    """The marking after a run; None when it is not possible."""
    marking = start
    for step in steps:
        if not firing.can(net, marking, step):
            return None
        marking, clashing = firing.fire(net, marking, step)
        if clashing:
            return None
    return marking


def _clashes(net: Net, clash: Clash, steps: Sequence[Step]) -> bool:
    """Whether the run is possible and its last step is the one that meets a token on the place."""
    marking = clash.start
    for number, step in enumerate(steps):
        if not firing.can(net, marking, step):
            return False
        marking, clashing = firing.fire(net, marking, step)
        if clashing:
            return number == len(steps) - 1 and clash.place in clashing
    return False
