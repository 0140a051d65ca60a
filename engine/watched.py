"""What the engine tells whoever watches over it. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from engine import advance, diagnostics, values


class Watched:
    """The part of `Engine` that counts, looks for defects and changes nothing."""

    _runtime: advance.Runtime

    @property
    def live_instances(self) -> int:
        """How many process instances this process keeps in memory between triggers."""
        return len(self._runtime.live)

    @property
    def live_instances_bytes(self) -> int:
        """About how much memory those take up."""
        return self._runtime.live.weight

    def backlog(self, session: Session) -> values.Backlog:
        """What waits to be done, as a few indexed counts."""
        return diagnostics.backlog(session, self._runtime)

    def stuck_jobs(self, session: Session, *, overdue: timedelta) -> list[values.Defect]:
        """Jobs left behind, overdue by more than `overdue`, or given up: three defects, of which each may be empty."""
        return diagnostics.stuck_jobs(session, self._runtime, overdue=overdue)

    def orphans(self, session: Session) -> list[values.Defect]:
        """Open user tasks, jobs, subscriptions and incidents whose instance is missing or has ended: four defects."""
        return diagnostics.orphans(session)

    def running(self, session: Session, *, after: str | None = None, limit: int = 200) -> list[str]:
        """Ids of the instances that have not ended, a chunk at a time, behind the id `after`."""
        return diagnostics.running(session, after=after, limit=limit)

    def running_sample(self, session: Session, size: int) -> list[str]:
        """Ids of `size` instances that have not ended, any of them."""
        return diagnostics.sample(session, size)

    def count_running(self, session: Session) -> int:
        """How many instances have not ended."""
        return diagnostics.count_running(session)

    def instance_states(self, session: Session, ids: Collection[str]) -> dict[str, str]:
        """The state of each of these instances that exists."""
        return diagnostics.states(session, ids)

    def examine(self, session: Session, ids: Sequence[str]) -> list[values.Defect]:
        """Instances whose state cannot be read, or contradicts the rows beside it; none when all is well."""
        return diagnostics.examine(session, self._runtime, ids)
