"""A table as boxes in the space of its inputs: each rule is one set of places per axis.

Everything here is exact: sets are bits of integers, and what they say holds for every value in a place.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.dmn.analysis.axes import Axis, Cell, runs
from engine.dmn.indexes import bits

Box = tuple[int, ...]
"""A set of places for each axis."""
_FEW = 40
"""So many rules at most, a box is parted by their cells and not by looking at every place."""


@dataclass(slots=True)
class Budget:
    """How many places a search may still look at."""

    left: int

    def take(self, count: int) -> bool:
        """Whether there was enough left."""
        self.left -= count
        return self.left >= 0


@dataclass(slots=True)
class Holes:
    """Boxes that no rule reaches, and the share of all combinations of places that was searched for them."""

    boxes: list[Box] = field(default_factory=list)
    searched: float = 0.0
    is_cut: bool = False
    """Whether the search ended early: the budget ran out, or enough was found."""


class Grid:
    """The boxes of all rules over the axes of a table."""

    def __init__(self, axes: Sequence[Axis], rules: Sequence[Sequence[Cell]]) -> None:
        self.axes = axes
        self.rules = rules
        self.empty = {number for number, cells in enumerate(rules) if not all(cell.perhaps for cell in cells)}
        """Rules that no value can match."""
        self._surely = [self._masks([cells[place].surely for cells in rules], axis) for place, axis in enumerate(axes)]
        self._perhaps = [self._masks([cells[place].perhaps for cells in rules], axis) for place, axis in
                         enumerate(axes)]
        self._tables = [_Unions(masks) for masks in self._surely]

    @staticmethod
    def _masks(cells: Sequence[int], axis: Axis) -> list[int]:
        """The rules at each place."""
        changes = [0] * (len(axis.samples) + 1)
        for rule, places in enumerate(cells):
            for first, last in runs(places):
                changes[first] ^= 1 << rule
                changes[last + 1] ^= 1 << rule
        masks, mask = [], 0
        for change in changes[:-1]:
            mask ^= change
            masks.append(mask)
        return masks

    def meeting(self, rule: int, *, perhaps: bool = False) -> int:
        """The rules that surely apply somewhere where `rule` surely does, or may: bits, itself included."""
        found = (1 << len(self.rules)) - 1
        for table, cell in zip(self._tables, self.rules[rule], strict=True):
            found &= table.over(cell.perhaps if perhaps else cell.surely)
            if not found:
                break
        return found

    def common(self, rules: Sequence[int]) -> Box:
        """The box where all of these rules surely apply."""
        return tuple(functools.reduce(int.__and__, (self.rules[rule][place].surely for rule in rules))
                     for place in range(len(self.axes)))

    def covers(self, rule: int, other: int) -> bool:
        """Whether `rule` surely applies wherever `other` may."""
        return all(not mine.perhaps & ~own.surely
                   for own, mine in zip(self.rules[rule], self.rules[other], strict=True))

    def gaps(self, budget: Budget, most: int) -> Holes:
        """Boxes among what is claimed where no rule may apply."""
        box = tuple(axis.claimed for axis in self.axes)
        return _Search(self._perhaps, box, [[cell.perhaps for cell in cells] for cells in self.rules],
                       (1 << len(self.rules)) - 1, budget, most).holes

    def outside(self, rule: int, others: int, budget: Budget) -> Holes:
        """A box where `rule` may apply and none of `others` surely does; none when they mask it."""
        box = tuple(cell.perhaps for cell in self.rules[rule])
        return _Search(self._surely, box, [[cell.surely for cell in cells] for cells in self.rules], others, budget,
                       1).holes


class _Unions:
    """The rules at any of a set of places, in a few steps: unions over runs of 2^n places are kept."""

    def __init__(self, masks: Sequence[int]) -> None:
        self._levels = [list(masks)]
        self._known: dict[int, int] = {}
        width = 1
        while 2 * width <= len(masks):
            last = self._levels[-1]
            self._levels.append([last[place] | last[place + width] for place in range(len(last) - width)])
            width *= 2

    def over(self, places: int) -> int:
        if places not in self._known:
            found = 0
            for first, last in runs(places):
                level = (last - first + 1).bit_length() - 1
                found |= self._levels[level][first] | self._levels[level][last + 1 - (1 << level)]
            self._known[places] = found
        return self._known[places]


class _Search:
    """Splits a box axis by axis into parts that the same rules reach, until a part is covered or reached by none."""

    def __init__(self, masks: Sequence[Sequence[int]], box: Box, cells: Sequence[Sequence[int]], alive: int,
                 budget: Budget, most: int) -> None:
        self.holes = Holes()
        self._box, self._budget, self._most = box, budget, most
        self._sizes = [places.bit_count() or 1 for places in box]
        self._groups = [self._grouped(masks[axis], [cell[axis] for cell in cells], box[axis], alive)
                        for axis in range(len(box))]
        self._order = sorted(range(len(box)), key=lambda axis: _breadth(self._groups[axis]))
        self._covering = self._covering_from(cells, alive)
        self._covered: set[tuple[int, int]] = set()
        if all(box) and not self.holes.is_cut:
            self._visit(0, alive, (), 1.0)

    def _covering_from(self, cells: Sequence[Sequence[int]], alive: int) -> list[int]:
        """For each depth, the rules that reach all that is left of the box from there on."""
        masks = [0] * len(self._box) + [alive]
        for depth in range(len(self._box) - 1, -1, -1):
            axis = self._order[depth]
            for rule in bits(masks[depth + 1]):
                if not self._box[axis] & ~cells[rule][axis]:
                    masks[depth] |= 1 << rule
        return masks

    def _visit(self, depth: int, alive: int, chosen: Box, share: float) -> bool:
        """Search one part; whether a hole is in it. Parts searched before with the same rules are not again."""
        if not alive:
            self._found(chosen)
        elif alive & self._covering[depth] or (depth, alive) in self._covered:
            pass
        else:
            return self._split(depth, alive, chosen, share)
        self.holes.searched += share
        return not alive

    def _split(self, depth: int, alive: int, chosen: Box, share: float) -> bool:
        axis = self._order[depth]
        groups = self._groups[axis]
        if not self._budget.take(len(groups)):
            self.holes.is_cut = True
            return False
        parts: dict[int, int] = {}
        for mask, places in groups:
            parts[mask & alive] = parts.get(mask & alive, 0) | places
        is_open = False
        for mask in sorted(parts, key=int.bit_count):
            part_share = share * parts[mask].bit_count() / self._sizes[axis]
            is_open |= self._visit(depth + 1, mask, (*chosen, parts[mask]), part_share)
            if self.holes.is_cut:
                return is_open
        if not is_open:
            self._covered.add((depth, alive))
        return is_open

    def _found(self, chosen: Box) -> None:
        whole = list(self._box)
        for depth, places in enumerate(chosen):
            whole[self._order[depth]] = places
        self.holes.boxes.append(tuple(whole))
        self.holes.is_cut = len(self.holes.boxes) >= self._most

    def _grouped(self, masks: Sequence[int], cells: Sequence[int], box: int, alive: int) -> list[tuple[int, int]]:
        """The places of one axis of the box, those together that the same rules reach: rules, places."""
        if alive.bit_count() <= _FEW:
            return _parted(cells, box, alive)
        if not self._budget.take(box.bit_count()):
            self.holes.is_cut = True
            return []
        found: dict[int, int] = {}
        for first, last in runs(box):
            for place in range(first, last + 1):
                mask = masks[place] & alive
                found[mask] = found.get(mask, 0) | 1 << place
        return list(found.items())


def _parted(cells: Sequence[int], box: int, alive: int) -> list[tuple[int, int]]:
    """The same as a partition of the box by one cell after the other, which is quicker for few rules."""
    parts = [(0, box)]
    for rule in bits(alive):
        bit, cell = 1 << rule, cells[rule]
        parts = [part for mask, places in parts
                 for part in ((mask | bit, places & cell), (mask, places & ~cell)) if part[1]]
    return parts


def _breadth(groups: Sequence[tuple[int, int]]) -> float:
    """How many rules a place keeps on the average: axes that part the rules best come first."""
    return sum(mask.bit_count() for mask, _ in groups) / (len(groups) or 1)


def numbers(mask: int, most: int | None = None) -> Iterator[int]:
    """The numbers of the bits that are set, at most so many."""
    for count, number in enumerate(bits(mask)):
        if count == most:
            return
        yield number
