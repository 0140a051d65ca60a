"""The engine's settings: plain values, no environment. Reading the environment belongs to the delivery layer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.values import VARIABLES_MAX_BYTES


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
    live_instances_max_bytes: int = 64 * 1024 * 1024
    """Memory of one process for process instances kept between triggers, checked by version; 0 keeps none."""
    variables_max_bytes: int = VARIABLES_MAX_BYTES
    """Weight of all variables of an instance; an element that would make it more is an incident."""
    message_time_to_live: timedelta = timedelta(days=1)
    """How long a message that an instance sends waits for somebody to wait for it; then it is gone."""
    chain_budget: int = 1_000
    """Signals and messages that may follow each other with nothing from outside between; more are processes that begin
    each other for ever, and become an incident."""
    retention: timedelta = timedelta(days=30)
    """How long ended jobs and received messages are kept; a dedup key or message id is remembered as long."""
