"""How due jobs reach a process that runs them. The job rows are the truth; a transport wakes and distributes.

Two keep this contract, and `tests/engine/test_transports.py` holds both to it: `engine.scheduler` (embedded, on every
store) and `engine.workers` (Procrastinate, on PostgreSQL). Either may be exchanged for the other between two starts:
nothing but a wake-up is lost with the rows of a transport, and due rows are looked for.
"""

from __future__ import annotations

import os
import socket
import uuid
from typing import Protocol

from sqlalchemy.orm import Session

from engine import values


class Transport(Protocol):
    """Runs due jobs of one database: in the background of this process, or tick by tick."""

    @property
    def name(self) -> str:
        """Its stable name, for settings and metrics."""
        ...

    @property
    def in_web(self) -> bool:
        """Whether web processes run jobs beside their requests; otherwise only processes made for it do."""
        ...

    def tick(self) -> int:
        """Run everything that is due now, what falls due on the way included; returns the number of jobs run."""
        ...

    def start(self) -> None:
        """Begin to run due jobs in the background. Starting twice changes nothing."""
        ...

    def stop(self, timeout: float | None = None) -> bool:
        """Begin no further job, and wait for those under way, at most `timeout` seconds (None: until they end).

        True when nothing is under way any more. Otherwise a lease runs out, and another process runs the job again.
        """
        ...

    def health(self, session: Session) -> values.TransportHealth:
        """What its own tables say."""
        ...


def owner_name() -> str:
    """A name for the leases of one transport in one process."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
