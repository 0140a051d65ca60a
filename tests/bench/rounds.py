"""Measuring: interleaved rounds, medians, and ratios taken within a round, so that a busy machine cancels out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Work = Callable[[int], object]
"""One call of what is measured; the number lets it vary its input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How often, and how much at least, each subject is measured."""

    count: int = 9
    seconds: float = 0.05
    """The length of a round, where calls are repeated to fill it."""
    instances: int = 20
    """Process instances of a round, where whole instances are played."""
    tasks: int = 1_000_000
    """Open user tasks of the inbox."""
    completions: int = 100_000
    """Completions over HTTP until the memory of the web process is compared with a tenth of the way."""
    live: int = 10_000
    """Process instances whose memory is measured."""
    docket: int = 100_000
    """Applications of the monthly cycle, which is measured once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report. The bounds say what it should be, when anything; they gate nothing."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the value is within its bounds; None without any."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least)

    def __str__(self) -> str:
        bounds = [f"at {word} {bound:g}" for word, bound in (("most", self.at_most), ("least", self.at_least))
                  if bound is not None]
        verdict = f"  ({', '.join(bounds)}: {'met' if self.met else 'MISSED'})" if bounds else ""
        return f"{self.name}: {self.value:,.2f} {self.unit}".rstrip() + verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Microseconds a call, by subject, one for each round."""

    rounds: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """The median over the rounds, in microseconds."""
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, to: str) -> float:
        """The median over the rounds of the ratio of one subject to another."""
        return statistics.median(a / b for a, b in zip(self.rounds[name], self.rounds[to], strict=True))


def measure(subjects: Mapping[str, Work], rounds: Rounds) -> Measured:
    """Call every subject in every round, in turn, as often as fills the time of a round."""
    calls = {name: _calibrate(work, rounds.seconds) for name, work in subjects.items()}
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds.count):
        for name, work in subjects.items():
            found[name].append(_timed(work, calls[name]) / calls[name] * 1e6)
    return Measured(rounds=found)


def _calibrate(work: Work, seconds: float) -> int:
    """How many calls fill the time; also warms every cache up."""
    calls = 1
    while (taken := _timed(work, calls)) < seconds / 4:
        calls *= 4
    return max(1, int(calls * seconds / taken))


def _timed(work: Work, calls: int) -> float:
    begin = time.perf_counter()
    for number in range(calls):
        work(number)
    return time.perf_counter() - begin
