"""One evaluation: its budget, its warnings, and the scope that closures read."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from engine.clock import Clock
from engine.feel import messages, nodes
from engine.feel.errors import FeelBudgetExceeded
from engine.feel.values import MAX_NESTING, Range

Scope = dict[Any, Any]
"""Name -> value for every name in reach, and the `Run` under the key RUN, which no name can be."""
Code = Callable[[Scope], Any]
"""A compiled expression."""
RUN = 0
ITEM = 16
"""What one item of a list counts as output."""
LONG = 10_000
"""Characters from which on a string is no small matter: what reads one looks at the clock."""


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

    def binding(self, names: Collection[str]) -> AbstractContextManager[None]:
        """Inside, `names` belong to the text itself; more may be added meanwhile."""
        ...

    def mentions(self, node: nodes.Node, name: str) -> bool:
        """Whether the variable `name` occurs anywhere in `node`."""
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
    """Of processor time, so that a busy machine refuses nothing that an idle one allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:  # noqa: A001  # the word of the standard's implementations; never used beside the built-in one
    """Why a part of an expression became null, and where (offset in the text, or None)."""

    message: str
    at: int | None = None

    @property
    def message_fa(self) -> str:
        """The message in Persian; one that came from outside as it is."""
        return messages.persian(self.message)


DEFAULT = Limits()
MAX_WARNINGS = 50
_PARTS: dict[type, Callable[[Any], Iterable[Any]]] = {
    list: lambda items: items,
    dict: lambda context: (*context, *context.values()),
    Range: lambda ends: (ends.start, ends.end),
}


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

    def require(self, size: int) -> None:
        """Refuse to make output that there is no room for, which counts once it is made. Raises: FeelBudgetExceeded."""
        if size > self.size:
            raise FeelBudgetExceeded("output size")

    def measure(self, value: Any) -> Any:
        """`value`, after counting everything in it as steps; parts that it shares count each time they appear.

        To be called before anything walks through a list or context that an expression made: a few lines of FEEL can
        share parts so often that the walk would never end. Raises: FeelBudgetExceeded.
        """
        left, count, depth = self.limits.size, 0, -1
        level = [value]
        while level:
            depth += 1
            if depth > MAX_NESTING:
                raise FeelBudgetExceeded("depth")
            count += len(level)
            left -= ITEM * len(level)
            inner: list[Any] = []
            for each in level:
                if type(each) is Decimal:
                    left -= abs(each.adjusted())
                elif type(each) is str:
                    left -= len(each)
                elif type(each) in _PARTS:
                    inner += _PARTS[type(each)](each)
                    if left < ITEM * len(inner):
                        raise FeelBudgetExceeded("output size")
            if left < 0:
                raise FeelBudgetExceeded("output size")
            level = inner
        self.spend(count)
        return value

    def pace(self, value: Any) -> None:
        """Account for one look at all of `value`: cheap for what is small. Raises: FeelBudgetExceeded."""
        kind = type(value)
        if kind in _PARTS:
            self.measure(value)
        elif kind is str and len(value) > LONG:
            self.check()

    def check(self) -> None:
        """Look at the clock, which starts at the first look. Raises: FeelBudgetExceeded."""
        if self.steps < 0:
            raise FeelBudgetExceeded("steps")
        now = time.thread_time()
        if not self.deadline:
            self.deadline = now + self.limits.seconds
        elif now > self.deadline:
            raise FeelBudgetExceeded("time")

    def remaining(self) -> float:
        """Seconds left."""
        self.check()
        return max(self.deadline - time.thread_time(), 0.001)

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
