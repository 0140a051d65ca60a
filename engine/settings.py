"""The engine's settings: plain values, no environment. Reading the environment belongs to the delivery layer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What an operator may tune. Defaults are safe for a single machine."""

    step_budget: int = 2_000
    """Elements one transaction may execute; more is a runaway loop and becomes an incident."""
    job_lease: timedelta = timedelta(seconds=60)
    job_max_attempts: int = 5
    job_backoff: timedelta = timedelta(seconds=10)
    """First pause after a failed attempt; doubles each time, with jitter."""
    bpmn_max_bytes: int = 2 * 1024 * 1024
    definition_cache: int = 64
    """Parsed definitions kept in memory, by hash."""
    live_instances: int = 256
    """Process instances kept in memory between triggers, checked by version."""
