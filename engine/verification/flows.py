"""By which flows tokens can leave a node, and whether they wait at it for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeVar

from engine.spiff import model

T = TypeVar("T")

MOST_SUBSETS = 12
"""Conditional flows of which every combination is tried; of more, none, each alone, all but one, and all."""


def leaving(node: model.Node) -> Iterator[tuple[model.Flow, ...]]:
    """The sets of flows by which tokens can leave a node; data decides, so each is possible."""
    flows = list(node.outgoing)
    if not flows:
        yield ()
    elif node.type in ("exclusiveGateway", "eventBasedGateway") and not node.awaits_all:
        yield from ((flow,) for flow in flows)
    elif node.type == "parallelGateway" or node.awaits_all:
        yield tuple(flows)
    else:
        default = [flow for flow in flows if flow.id == node.default]
        always = [flow for flow in flows if flow.condition is None and flow not in default]
        for subset in subsets(conditional(node), at_least=0):
            taken = [*always, *subset, *(default if not subset else ())]
            if taken:
                yield tuple(taken)


def conditional(node: model.Node) -> list[model.Flow]:
    """The flows that a node takes or leaves by their conditions, each for itself."""
    if node.type in ("exclusiveGateway", "eventBasedGateway", "parallelGateway") or node.awaits_all:
        return []
    return [flow for flow in node.outgoing if flow.condition is not None and flow.id != node.default]


def subsets(items: Sequence[T], *, at_least: int) -> Iterator[tuple[T, ...]]:
    """Every combination of at least so many, or some of them where there are too many."""
    sizes: Sequence[int] = range(at_least, len(items) + 1)
    if len(items) > MOST_SUBSETS:
        sizes = sorted({at_least, 1, len(items) - 1, len(items)})
    for size in sizes:
        yield from combinations(items, size)


def gathers(node: model.Node) -> bool:
    """Whether tokens wait at the node for other tokens."""
    joins = node.type in ("parallelGateway", "inclusiveGateway", "complexGateway") and len(node.incoming) > 1
    return joins or node.start_quantity > 1
