"""One input of a table as a row of places, and the cells of its column as sets of them (bits of one integer).

A cell whose tests cannot be reasoned about has two sets: the places it surely accepts, none, and those it may accept,
all. What is said with the first about rules that apply, and with the second about rules that do not, is true.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine import feel
from engine.dmn import item_types
from engine.dmn.analysis import lines, shapes
from engine.dmn.analysis.lines import VOID, Line
from engine.feel import types
from engine.feel.constants import NotConstant
from engine.feel.runs import RUN, Run
from engine.feel.values import Range

_MIXED = {"date", "date and time"}


@dataclass(frozen=True, slots=True)
class Cell:
    """The places that a cell surely accepts, and those that it may accept."""

    surely: int
    perhaps: int


class Axis:
    """The places of one input: those of its lines where a value lies that is allowed, and null as the last."""

    def __init__(self, label: str, text: str, *, kinds: Iterable[str] | None, constants: Sequence[Any],
                 allowed: Sequence[feel.UnaryTests | types.Type]) -> None:
        self.label = label
        self.text = text
        present = dict.fromkeys(feel.kind(value) for value in constants if value is not None)
        self._lines = lines.of_constants(present if kinds is None else kinds, constants)
        self.samples: list[Any] = []
        self._counts: list[list[int]] = []
        run = Run()
        for line in self._lines:
            valid = [sample is not VOID and _permits(allowed, sample, run) for sample in line.samples()]
            first = len(self.samples)
            self._counts.append([first, *(first + count for count in itertools.accumulate(map(int, valid)))])
            self.samples += [sample for sample, holds in zip(line.samples(), valid, strict=True) if holds]
        self.null = 1 << len(self.samples)
        self.samples.append(None)
        self.full = (1 << len(self.samples)) - 1
        self.tests_null = any(value is None for value in constants)
        """Whether a cell speaks of null, so that its author thought of missing values."""

    @property
    def claimed(self) -> int:
        """The places that a complete table must have a rule for: null only where the table speaks of it."""
        bare = self.full & ~self.null
        return self.full if self.tests_null or not bare else bare

    def sets(self, shape: shapes.Shape) -> tuple[int, int]:
        """The places where the shape is true, and those where it is false.

        Raises: NotConstant where constants are mixed that lie on no common line.
        """
        match shape:
            case shapes.Equal(value=value):
                return self._equal(value)
            case shapes.Within(range=range_):
                return self._within(range_)
            case shapes.Opposite(part=part):
                true, false = self.sets(part)
                return false, true
        parts = [self.sets(part) for part in shape.parts]
        if isinstance(shape, shapes.Both):
            return _common((true for true, _ in parts), self.full), _joined(false for _, false in parts)
        true = _joined(true for true, _ in parts)
        if isinstance(shape, shapes.Among):
            return true, self.full & ~true
        return true, _common((false for _, false in parts), self.full)

    def _equal(self, value: Any) -> tuple[int, int]:
        if value is None:
            return self.null, self.full & ~self.null
        found = self._line(feel.kind(value))
        if found is None:
            return 0, self.null
        number, line = found
        place = line.point(value)
        true = self._places(number, place, place)
        return true, (self._places(number, 0, len(line) - 1) | self.null) & ~true

    def _within(self, range_: Range) -> tuple[int, int]:
        ends = [end for end in (range_.start, range_.end) if end is not None]
        found = self._line(feel.kind(ends[0])) if ends else None
        if found is None:
            return 0, 0
        number, line = found
        true = self._places(number, *line.span(range_))
        return true, self._places(number, 0, len(line) - 1) & ~true

    def _line(self, kind: str) -> tuple[int, Line] | None:
        """The line of a kind and its number; None where the column has no values of that kind.

        Raises: NotConstant where moments with and without a zone are mixed, or dates with moments: they have an order
        of a sort, but not one that puts all of them on a line.
        """
        found = [(number, line) for number, line in enumerate(self._lines) if line.kind == kind]
        if len(found) > 1 or any(line.kind != kind and {line.kind, kind} <= _MIXED for line in self._lines):
            raise NotConstant
        return found[0] if found else None

    def _places(self, number: int, first: int, last: int) -> int:
        """The bits of places of one line, by their numbers on it."""
        if first > last:
            return 0
        counts = self._counts[number]
        return (1 << counts[last + 1]) - (1 << counts[first])

    def sample(self, places: int) -> Any:
        """The value to show for a set of places: not null if it can be helped, and one that reads well."""
        chosen = list(itertools.islice(runs(places & ~self.null), 4))
        found = [self.samples[place] for first, last in chosen for place in range(first, min(last + 1, first + 4))]
        return min(found, key=_awkwardness) if found else None

    def is_fractional(self, places: int) -> bool:
        """Whether the places hold numbers only, and no whole one."""
        found = [self.samples[place] for first, last in runs(places) for place in range(first, last + 1)]
        return all(type(sample) is Decimal and sample != sample.to_integral_value() for sample in found)

    def text_of(self, places: int) -> str:
        """A set of places as unary tests; empty for all places that are claimed."""
        if places & self.claimed == self.claimed:
            return ""
        others = self.full & ~places & (self.full if self.tests_null else ~self.null)
        positive, negative = self._tests(places), self._tests(others)
        if (len(negative) < len(positive) or positive == ["-"]) and not places & self.null:
            return f"not({', '.join(negative)})"
        return ", ".join(positive)

    def _tests(self, places: int) -> list[str]:
        found: list[str] = []
        for number, line in enumerate(self._lines):
            counts = self._counts[number]
            inside = [bool(places >> counts[place] & 1) if counts[place + 1] > counts[place] else None
                      for place in range(len(line))]
            found += [test for first, last in _stretches(inside) for test in line.tests(first, last)]
        return [*found, *(["null"] if places & self.null else [])]


def _stretches(inside: Sequence[bool | None]) -> Iterator[tuple[int, int]]:
    """The longest runs of places that are inside; a place without a value (None) parts none."""
    first = last = -1
    for place, holds in enumerate(inside):
        if holds:
            first, last = (place if first < 0 else first), place
        elif holds is False and first >= 0:
            yield first, last
            first = -1
    if first >= 0:
        yield first, last


def _permits(allowed: Sequence[feel.UnaryTests | types.Type], value: Any, run: Run) -> bool:
    return all((rule.test({RUN: run}, value) is True) if isinstance(rule, feel.UnaryTests) else rule.accepts(value, run)
               for rule in allowed)


def _awkwardness(value: Any) -> tuple[bool, bool, int]:
    text = feel.to_string(value)
    return not text.isprintable(), value != lines.OTHER, len(text)


def _joined(sets: Iterable[int]) -> int:
    return functools.reduce(operator.or_, sets, 0)


def _common(sets: Iterable[int], full: int) -> int:
    return functools.reduce(operator.and_, sets, full)


def runs(places: int) -> Iterator[tuple[int, int]]:
    """The first and last of each run of bits that are set."""
    while places:
        first = (places & -places).bit_length() - 1
        rest = places >> first
        length = (~rest & (rest + 1)).bit_length() - 1
        yield first, first + length - 1
        places = rest >> length << first + length


def simple_kind(type_: types.Type) -> str | None:
    """The kind of value on whose line a type lies; None where it has no line, or several."""
    while isinstance(type_, item_types.ItemType) and not type_.is_collection:
        type_ = type_.base
    return type_.name if isinstance(type_, types.Simple) and type_.name in lines.KINDS else None
