"""What the diagrams of a bundle may refer to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine import feel
from engine.spiff import calls


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContext:
    """Names known around the diagrams. None means: do not check."""

    forms: Collection[str] | None = None
    handlers: Collection[str] | None = None
    roles: Collection[str] | None = None
    decisions: Collection[str] | None = None
    deployed_decisions: Mapping[str, int] | None = None
    """The newest version of every decision deployed so far."""
    deployed_processes: calls.Deployed | None = None
    """Every process deployed so far."""
    functions: feel.Functions | None = None
    """Functions that expressions may call; None means: those of the standard."""
