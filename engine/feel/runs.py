"""One evaluation: its budget, its warnings, and the scope that closures read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from engine.clock import Clock
from engine.feel import nodes
from engine.feel.errors import FeelBudgetExceeded

Scope = dict[Any, Any]
"""Name -> value for every name in reach, and the `Run` under the key RUN, which no name can be."""
Code = Callable[[Scope], Any]
"""A compiled expression."""
RUN = 0
ITEM = 16
"""What one item of a list counts as output."""


class Compile(Protocol):
    """What turns a node into code; handed to the module that knows the node."""

    def __call__(self, node: nodes.Node) -> Code:
        """The code of `node`."""
        ...

    def filtering(self) -> AbstractContextManager[None]:
        """Inside, a name may be a key of the items that are filtered."""
        ...

    def refer(self, name: str) -> None:
        """Note that the text reads the variable `name`."""
        ...

    def binding(self, names: Iterable[str]) -> AbstractContextManager[None]:
        """Inside, `names` belong to the text itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    steps: int = 200_000
    """Iterations, calls and items."""
    size: int = 4_000_000
    """Characters of strings made, and items of lists times ITEM; no value may be larger than this written out."""
    depth: int = 60
    """Function calls inside function calls."""
    seconds: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:  # noqa: A001  # the word of the standard's implementations; never used beside the built-in one
    """Why a part of an expression became null, and where (offset in the text, or None)."""

    message: str
    at: int | None = None


DEFAULT = Limits()
MAX_WARNINGS = 50


class Run:
    """The budget that is left and the warnings so far."""

    __slots__ = ("calls", "clock", "deadline", "limits", "size", "steps", "warnings")

    def __init__(self, limits: Limits = DEFAULT, clock: Clock | None = None) -> None:
        self.limits = limits
        self.steps = limits.steps
        self.size = limits.size
        self.calls = 0
        self.clock = clock
        self.deadline = 0.0
        self.warnings: list[Warning] | None = None

    def step(self) -> None:
        """Count one iteration, call or item. Raises: FeelBudgetExceeded."""
        self.steps -= 1
        if not self.steps & 127:
            self.check()

    def spend(self, steps: int) -> None:
        """Count many steps at once. Raises: FeelBudgetExceeded."""
        self.steps -= steps
        if steps > 100 or not self.steps & 127:
            self.check()
        elif self.steps < 0:
            raise FeelBudgetExceeded("steps")

    def produce(self, size: int) -> None:
        """Count output. Raises: FeelBudgetExceeded before it is made, if asked in time."""
        self.size -= size
        if self.size < 0:
            raise FeelBudgetExceeded("output size")

    def measure(self, value: Any) -> Any:
        """`value`, after counting everything in it as steps; parts that it shares count each time they appear.

        To be called before anything walks through a list or context that an expression made: a few lines of FEEL can
        share parts so often that the walk would never end. Raises: FeelBudgetExceeded.
        """
        size, count, stack = 0, 0, [value]
        while stack:
            each = stack.pop()
            size += ITEM
            count += 1
            if type(each) is list:
                stack.extend(each)
            elif type(each) is dict:
                stack.extend(each.values())
            elif type(each) is str:
                size += len(each)
            if size + ITEM * len(stack) > self.limits.size:
                raise FeelBudgetExceeded("output size")
        self.spend(count)
        return value

    def check(self) -> None:
        """Look at the clock, which starts at the first look. Raises: FeelBudgetExceeded."""
        if self.steps < 0:
            raise FeelBudgetExceeded("steps")
        now = time.monotonic()
        if not self.deadline:
            self.deadline = now + self.limits.seconds
        elif now > self.deadline:
            raise FeelBudgetExceeded("time")

    def remaining(self) -> float:
        """Seconds left."""
        self.check()
        return max(self.deadline - time.monotonic(), 0.001)

    def enter(self) -> None:
        """A function of the expression's own is called. Raises: FeelBudgetExceeded."""
        self.step()
        self.calls += 1
        if self.calls > self.limits.depth:
            raise FeelBudgetExceeded("depth")

    def leave(self) -> None:
        """The function has returned."""
        self.calls -= 1

    def now(self) -> datetime:
        """The present moment by the evaluation's clock, UTC; the same for the whole evaluation would need a clock
        that stands still, which is what the engine passes."""
        return self.clock.now() if self.clock else datetime.now(UTC)

    def warn(self, message: str, at: int | None = None) -> None:
        """Note why something became null."""
        if self.warnings is None:
            self.warnings = []
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(Warning(message=message, at=at))
