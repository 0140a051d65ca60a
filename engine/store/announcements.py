"""Jobs that a transaction makes due: whoever distributes jobs is told of them in that transaction, just before its end.

An announcement may be superfluous (its job was undone by a savepoint, or has run already), and it may be missing (a
timer falls due by itself): the job row is the truth, and whoever distributes looks for due rows now and then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

_KEY = "parvaneh.announced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A job that is due, and the process instance whose jobs are run one after the other; None when alone."""

    job_id: str
    instance_id: str | None
    background: bool = False
    """It waits while anything else is due."""


def announce(session: Session, *, job_id: str, instance_id: str | None, background: bool = False) -> None:
    """Say that a job is due from the end of this transaction on."""
    session.info.setdefault(_KEY, []).append(Announcement(
        job_id=job_id, instance_id=instance_id, background=background))


def announced(session: Session) -> Sequence[Announcement]:
    """What was announced in this transaction."""
    found: list[Announcement] = session.info.get(_KEY, [])
    return found
