"""The values of one kind in their order, cut at constants: points and the open stretches between them.

Each place has a sample, a value that lies in it; a stretch that holds no value (between two days in a row, between two
seconds, between `false` and `true`) has none. Two values in one place pass the same tests against these constants.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any

from engine import feel
from engine.feel import comparison
from engine.feel.values import Range

VOID = object()
"""The sample of a place where no value lies."""
OTHER = "other"
"""The string to show for `any other string`."""
_NATIVE = {"number", "string", "boolean"}
_ADD, _SUBTRACT = feel.compile("value + step"), feel.compile("value - step")
_STEPS = {
    "date": ("P1D",), "time": ("PT1H", "PT1M", "PT1S"), "date and time": ("P1D", "PT1H", "PT1M", "PT1S"),
    "days and time duration": ("P1D", "PT1H", "PT1M", "PT1S", "PT0.000001S",
                               "PT0.000000001S"),
    "years and months duration": ("P1Y", "P1M"),
}
_ANYWHERE = {
    "date": ('@"2026-01-01"',), "date and time": ('@"2026-01-01T12:00:00"',),
    "time": ('@"12:00:00"', '@"00:00:00+14:00"', '@"23:59:59-12:00"'),
    "days and time duration": ('@"P1D"',), "years and months duration": ('@"P1Y"',),
}
_WIDE = Context(prec=200)


class Line:
    """One kind of values; times and moments with a zone and those without, whose order has no rule, are two."""

    def __init__(self, kind: str, constants: Iterable[Any]) -> None:
        self.kind = kind
        self._key: Callable[[Any], Any] = _itself if kind in _NATIVE else functools.cmp_to_key(_compare)
        self.points: list[Any] = []
        for value in sorted([*constants, *([False, True] if kind == "boolean" else [])], key=self._key):
            if not self.points or self._key(self.points[-1]) < self._key(value):
                self.points.append(value)
        self._keys = [self._key(value) for value in self.points]

    def __len__(self) -> int:
        """How many places there are: stretch, point, stretch, …, point, stretch."""
        return 2 * len(self.points) + 1

    def compares_with(self, value: Any) -> bool:
        """Whether `value` belongs to this line."""
        return feel.kind(value) == self.kind and (not self.points or _zoned(value) == _zoned(self.points[0]))

    def point(self, value: Any) -> int:
        """The place of a value that is among the constants."""
        return 2 * bisect.bisect_left(self._keys, self._key(value)) + 1

    def span(self, range_: Range) -> tuple[int, int]:
        """The first and last place inside a range whose ends are among the constants."""
        first = 0 if range_.start is None else self.point(range_.start) + (0 if range_.start_included else 1)
        last = len(self) - 1 if range_.end is None else self.point(range_.end) - (0 if range_.end_included else 1)
        return first, last

    def samples(self) -> Iterator[Any]:
        """A value in each place, or VOID."""
        for number in range(len(self.points) + 1):
            low = self.points[number - 1] if number else None
            high = self.points[number] if number < len(self.points) else None
            yield self._between(low, high)
            if number < len(self.points):
                yield high

    def tests(self, first: int, last: int) -> list[str]:
        """The places from `first` to `last` as unary tests; `-` for a line without a point."""
        low = self.points[(first - 1) // 2] if first else None
        high = self.points[last // 2] if last < len(self) - 1 else None
        if self.kind == "boolean":
            return [feel.to_string(value) for value in self.points[first // 2:(last + 1) // 2]]
        if first == last and first % 2:
            return [feel.to_string(low)]
        if low is None and high is None:
            return [f"{sign} {feel.to_string(self.points[0])}" for sign in ("<", ">=")] if self.points else ["-"]
        if low is None or high is None:
            end, sign, is_open = (high, "<", last % 2 == 0) if low is None else (low, ">", first % 2 == 0)
            return [f"{sign if is_open else sign + '='} {feel.to_string(end)}"]
        return [f"{'[('[first % 2 == 0]}{feel.to_string(low)}..{feel.to_string(high)}{'])'[last % 2 == 0]}"]

    def _between(self, low: Any, high: Any) -> Any:
        """A value strictly between, None being no bound; the first that reads well."""
        for candidate in _CANDIDATES[self.kind](self.kind, low, high):
            if candidate is not None and (low is None or self._key(low) < self._key(candidate)) and (
                    high is None or self._key(candidate) < self._key(high)):
                return candidate
        return VOID


def _zoned(value: Any) -> bool:
    return getattr(value, "tzinfo", None) is not None


def _itself(value: Any) -> Any:
    return value


def _compare(left: Any, right: Any) -> int:
    return -1 if comparison.less(left, right) else 1 if comparison.less(right, left) else 0


def of_constants(kinds: Iterable[str], constants: Sequence[Any]) -> list[Line]:
    """A line for each kind, cut at its constants; two where some of them have a zone and others do not."""
    found: list[Line] = []
    for kind in kinds:
        groups: list[tuple[Line, list[Any]]] = []
        for value in constants:
            if feel.kind(value) != kind:
                continue
            members = next((members for line, members in groups if line.compares_with(value)), None)
            if members is None:
                groups.append((Line(kind, [value]), [value]))
            else:
                members.append(value)
        found += [Line(kind, members) for _, members in groups] or [Line(kind, ())]
    return found


def _no_candidates(kind: str, low: Any, high: Any) -> Iterator[Any]:
    """Between booleans there is nothing."""
    del kind, low, high
    return iter(())


def _numbers(kind: str, low: Decimal | None, high: Decimal | None) -> Iterator[Any]:
    del kind
    yield Decimal(0)
    if low is not None:
        yield _WIDE.add(low.to_integral_value(ROUND_FLOOR), Decimal(1))
        yield _WIDE.add(low, low.copy_abs())
    if high is not None:
        yield _WIDE.subtract(-((-high).to_integral_value(ROUND_FLOOR)), Decimal(1))
        yield _WIDE.subtract(high, high.copy_abs())
    if low is not None and high is not None:
        for exponent in (0, -1):
            step = Decimal((0, (1,), _WIDE.subtract(high, low).adjusted() + exponent))
            yield _WIDE.add(_WIDE.multiply(_WIDE.divide(low, step).to_integral_value(ROUND_FLOOR), step), step)
        yield _WIDE.divide(_WIDE.add(low, high), Decimal(2))


def _strings(kind: str, low: str | None, high: str | None) -> Iterator[Any]:
    del kind
    yield OTHER
    yield "another"
    if low is not None:
        yield from (low + more for more in ("a", "0", " ", "\x00"))
    yield from ("A", "0", " ", "")
    if high is not None and high:
        yield high[:-1]


def _temporals(kind: str, low: Any, high: Any) -> Iterator[Any]:
    if low is None and high is None:
        yield _constant(_ANYWHERE[kind][0])
        return
    for step in _STEPS[kind]:
        for end, move in ((low, _ADD), (high, _SUBTRACT)):
            if end is not None:
                yield move.evaluate({"value": end, "step": _constant(f'@"{step}"')})
    yield from (_constant(text) for text in _ANYWHERE[kind][1:])


@functools.cache
def _constant(text: str) -> Any:
    return feel.evaluate(text)


_CANDIDATES: dict[str, Callable[[str, Any, Any], Iterator[Any]]] = {
    "number": _numbers, "string": _strings, "boolean": _no_candidates, **dict.fromkeys(_STEPS, _temporals),
}
KINDS = frozenset(_CANDIDATES)
"""The kinds of values that can be put on a line."""
