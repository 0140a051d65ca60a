"""Which rules can match, without looking at each: per column, sets of rules as bits of one integer."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from engine.feel import outlines, timeline, wide
from engine.feel.outlines import Outline
from engine.feel.values import Range

_PLACED = frozenset({date, time, datetime})
_DAYS = frozenset({date, datetime})
_CONTAINERS = frozenset({list, dict, Range})


class Column:
    """One input column. `find` gives the rules whose cell passes a value, or cannot be told without evaluating it.

    A cell that is listed with an outline is never missed; the `hinted` ones, of which the outline only says where they
    may hold, have tests that are still to be asked.
    """

    def __init__(self, cells: Sequence[Outline | None], open_: Sequence[int], hinted: Sequence[int] = ()) -> None:
        self._always = _mask(open_)
        self._hinted = _mask(hinted)
        self._by_value: dict[tuple[type, Any], int] = {}
        ranges: dict[type, list[tuple[Range, int]]] = {}
        placed: dict[type, list[tuple[Range, int]]] = {}
        for rule, cell in enumerate(cells):
            for value in cell.values if cell else ():
                kind = wide.family(value)
                if kind in outlines.DISCRETE:
                    self._by_value[kind, value] = self._by_value.get((kind, value), 0) | 1 << rule
                else:
                    (placed if kind in _PLACED else ranges).setdefault(kind, []).append((_point(value), rule))
            for found in cell.ranges if cell else ():
                kind = wide.family(found.start if found.end is None else found.end)
                (placed if kind in _PLACED and kind is not date else ranges).setdefault(kind, []).append((found, rule))
        self._by_range = {kind: _Sectors(members) for kind, members in ranges.items()}
        self._by_place = {kind: _Places(members) for kind, members in placed.items()}

    def find(self, value: Any) -> int:
        """The rules to look at, as bits."""
        kind = type(value)
        found = self._always
        if kind in outlines.DISCRETE:
            found |= self._by_value.get((kind, value), 0)
        elif kind in _CONTAINERS:
            found |= self._hinted
        else:
            kind = wide.family(value)
        sectors = self._by_range.get(kind)
        if sectors:
            found |= sectors.find(value)
        for of_kind, places in self._by_place.items():
            if kind is of_kind:
                found |= places.find(value)
            elif kind in _DAYS and of_kind in _DAYS:
                found |= places.all
        return found


def _mask(rules: Sequence[int]) -> int:
    mask = 0
    for rule in rules:
        mask |= 1 << rule
    return mask


def _point(value: Any) -> Range:
    return Range(start=value, end=value, start_included=True, end_included=True)


class _Places:
    """Ranges of dates, times or moments by their place in whole seconds, as they are compared.

    Where some have a zone and others do not, their order depends on what they are compared with: all are looked at.
    """

    def __init__(self, members: Sequence[tuple[Range, int]]) -> None:
        self.all = _mask([rule for _, rule in members])
        zoned = {timeline.is_zoned(end) for found, _ in members for end in (found.start, found.end) if end is not None}
        self._zoned = zoned.pop() if len(zoned) == 1 else None
        self._sectors = None if self._zoned is None else _Sectors([
            (Range(start=_place(found.start), end=_place(found.end), start_included=found.start_included,
                   end_included=found.end_included), rule) for found, rule in members])

    def find(self, value: Any) -> int:
        if self._sectors is None or timeline.is_zoned(value) is not self._zoned:
            return self.all
        return self._sectors.find(_place(value))


def _place(value: Any) -> int | None:
    return None if value is None else timeline.place(value) // wide.SECOND


class _Sectors:
    """Between and on the ends of all ranges, the rules whose range covers the place."""

    def __init__(self, members: Sequence[tuple[Range, int]]) -> None:
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
