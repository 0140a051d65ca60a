"""Housekeeping, once a day: ended sessions, old counts and answers, abandoned drafts, uploads that nothing names,
jobs and messages past the retention."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.values import Job
from workflows import documents, drafts, idempotency, limits, sessions

if TYPE_CHECKING:
    from workflows.product import Product

JOB, TRIM = "maintenance.sweep", "maintenance.trim"


def schedule(session: Session, *, product: Product, at: datetime) -> None:
    """Put the next sweep on the list; one a day, however often this is called."""
    product.engine.enqueue(session, kind=JOB, payload={}, due_at=at, dedup_key=f"{JOB}:{at.date().isoformat()}")


class Trimmer:
    """The handler of `maintenance.trim` jobs: the engine's ended rows, a chunk in each transaction."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> None:
        """Nothing is needed."""

    def perform(self, payload: None) -> None:
        """Nothing outside the database."""

    def record(self, session: Session, job: Job, result: None) -> None:  # noqa: ARG002 - its signature
        """Remove a chunk, and come again while there was one."""
        if self._product.engine.sweep(session):
            self._product.engine.enqueue(session, kind=TRIM, payload={})


class Sweeper:
    """The handler of `maintenance.sweep` jobs."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def load(self, session: Session, job: Job) -> list[str]:  # noqa: ARG002 - its signature
        """The orphaned content."""
        return documents.orphans(session, product=self._product)

    def perform(self, payload: list[str]) -> int:
        """Remove it."""
        return documents.sweep(payload, product=self._product)

    def record(self, session: Session, job: Job, result: int) -> None:  # noqa: ARG002 - its signature
        """Forget what has ended or was abandoned, and come again tomorrow."""
        machine = self._product.machine
        limits.sweep(session, clock=machine)
        sessions.sweep(session, clock=machine)
        idempotency.sweep(session, clock=machine)
        drafts.sweep(session, product=self._product)
        self._product.engine.enqueue(session, kind=TRIM, payload={})
        schedule(session, product=self._product, at=self._product.clock.now() + timedelta(days=1))
