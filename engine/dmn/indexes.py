"""Which rules can match, without looking at each: per column, sets of rules as bits of one integer."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import Any

from engine.feel import outlines
from engine.feel.outlines import Outline


class Column:
    """One input column. `find` gives the rules whose cell passes a value, or cannot be told without evaluating it."""

    def __init__(self, cells: Sequence[Outline | None], open_: Sequence[int]) -> None:
        self._always = 0
        for rule in open_:
            self._always |= 1 << rule
        self._by_value: dict[tuple[type, Any], int] = {}
        ranges: dict[type, list[tuple[Any, int]]] = {}
        for rule, cell in enumerate(cells):
            if cell is None:
                continue
            for value in cell.values:
                key = type(value), value
                self._by_value[key] = self._by_value.get(key, 0) | 1 << rule
            for found in cell.ranges:
                ranges.setdefault(type(found.start if found.end is None else found.end), []).append((found, rule))
        self._by_range = {kind: _Sectors(members) for kind, members in ranges.items()}

    def find(self, value: Any) -> int:
        """The rules to look at, as bits."""
        kind = type(value)
        found = self._always
        if kind in outlines.DISCRETE:
            found |= self._by_value.get((kind, value), 0)
        sectors = self._by_range.get(kind)
        return found | sectors.find(value) if sectors else found


class _Sectors:
    """Between and on the ends of all ranges, the rules whose range covers the place."""

    def __init__(self, members: Sequence[tuple[Any, int]]) -> None:
        self._ends = sorted({end for found, _ in members for end in (found.start, found.end) if end is not None})
        place = {end: number for number, end in enumerate(self._ends)}
        last = 2 * len(self._ends)
        changes = [0] * (last + 2)
        covers: dict[int, list[tuple[int, int]]] = {}
        for found, rule in members:
            first = 0 if found.start is None else 2 * place[found.start] + (1 if found.start_included else 2)
            final = last if found.end is None else 2 * place[found.end] + (1 if found.end_included else 0)
            if first <= final:
                covers.setdefault(rule, []).append((first, final))
        for rule, spans in covers.items():
            for first, final in _merged(spans):
                changes[first] ^= 1 << rule
                changes[final + 1] ^= 1 << rule
        self._masks: list[int] = []
        mask = 0
        for change in changes[:-1]:
            mask ^= change
            self._masks.append(mask)

    def find(self, value: Any) -> int:
        number = bisect.bisect_left(self._ends, value)
        on_end = number < len(self._ends) and self._ends[number] == value
        return self._masks[2 * number + on_end]


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans of one rule without overlaps, so that each place changes its bit once."""
    spans.sort()
    first, final = spans[0]
    for start, end in spans[1:]:
        if start > final + 1:
            yield first, final
            first, final = start, end
        else:
            final = max(final, end)
    yield first, final


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
