"""What a check found: one line for a person, one object for a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Level = Literal["OK", "WARN", "FAIL"]

Progress = Callable[[str, int, int], None]
"""Told which check goes on, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: what was found and, unless all is well, how to mend it."""

    check: str
    level: Level
    what: str
    mend: str = ""


def fine(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check=check, level="OK", what=what)


def warning(check: str, what: str, mend: str) -> Finding:
    """Somebody should look at it; the product works."""
    return Finding(check=check, level="WARN", what=what, mend=mend)


def failure(check: str, what: str, mend: str) -> Finding:
    """Something is lost, or nothing will ever move again by itself."""
    return Finding(check=check, level="FAIL", what=what, mend=mend)
