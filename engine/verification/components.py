"""Groups of markings that lead to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


def last(after: Mapping[T, Sequence[T]]) -> list[list[T]]:
    """The groups that nothing leads out of and that have steps inside, in the order of their first member.

    Strongly connected components by Tarjan's algorithm, without recursion.
    """
    walk = _Tarjan(after)
    for start in after:
        if start not in walk.number:
            walk.visit(start)
    return walk.found


class _Tarjan(Generic[T]):
    def __init__(self, after: Mapping[T, Sequence[T]]) -> None:
        self.after = after
        self.number: dict[T, int] = {}
        self.low: dict[T, int] = {}
        self.open: list[T] = []
        self.is_open: set[T] = set()
        self.found: list[list[T]] = []

    def enter(self, item: T) -> None:
        self.number[item] = self.low[item] = len(self.number)
        self.open.append(item)
        self.is_open.add(item)

    def visit(self, start: T) -> None:
        self.enter(start)
        work = [(start, iter(self.after.get(start, ())))]
        while work:
            item, targets = work[-1]
            for target in targets:
                if target not in self.number:
                    self.enter(target)
                    work.append((target, iter(self.after.get(target, ()))))
                    break
                if target in self.is_open:
                    self.low[item] = min(self.low[item], self.number[target])
            else:
                work.pop()
                if work:
                    self.low[work[-1][0]] = min(self.low[work[-1][0]], self.low[item])
                if self.low[item] == self.number[item]:
                    self.close(item)

    def close(self, item: T) -> None:
        group = []
        while True:
            member = self.open.pop()
            self.is_open.discard(member)
            group.append(member)
            if member == item:
                break
        inside = set(group)
        targets = [target for member in group for target in self.after.get(member, ())]
        if targets and inside.issuperset(targets):
            self.found.append(group[::-1])
