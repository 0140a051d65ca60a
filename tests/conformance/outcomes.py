"""What a runner says about the cases of a suite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import errors, feel

CRASHES = (errors.DomainError, feel.FeelError, ArithmeticError, AssertionError, AttributeError, LookupError,
           MemoryError, NotImplementedError, RecursionError, RuntimeError, TypeError, ValueError)
"""What an engine at fault may raise; it fails the case and not the run. Anything else is a fault of the runner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One case."""

    name: str
    passed: bool
    reason: str = ""
    """Why it failed, in one line."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else the runner saw, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One suite: the line to print, and every case."""

    suite: str
    line: str
    outcomes: tuple[Outcome, ...]
    sha256: str

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(outcome.passed for outcome in self.outcomes)


def one_line(text: object, limit: int = 240) -> str:
    """`text` without line breaks and not longer than `limit`."""
    joined = " ".join(str(text).split())
    return joined if len(joined) <= limit else joined[:limit - 1] + "…"


def digest(folder: Path, files: Iterable[Path]) -> str:
    """SHA-256 over `path NUL sha256-of-content LF` of every file, ordered by the path below `folder`, with `/`."""
    total = hashlib.sha256()
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()
