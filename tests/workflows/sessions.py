"""A world with sessions of candidates: what the tests of periodic work share."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from tests.workflows import candidates
from tests.workflows.world import World
from workflows import calendar, cycle_kinds, cycle_progress, cycles
from workflows.cycle_kinds import Month

FARVARDIN, ORDIBEHESHT, KHORDAD = Month(1405, 1), Month(1405, 2), Month(1405, 3)
SCOPES = ("urmia", "khoy")


def opened(world: World, *, since: Month = ORDIBEHESHT, scopes=SCOPES, **how) -> cycle_kinds.CycleKind:
    kind = candidates.install(world.product, since=since, scopes=scopes, **how)
    candidates.prepare(world.product)
    with world.product.database.begin() as session:
        cycles.arm(session, product=world.product)
    return kind


def at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """A moment in Tehran by the Jalali calendar."""
    return datetime.combine(calendar.from_jalali(year, month, day), datetime.min.time().replace(hour=hour),
                            calendar.TEHRAN).astimezone(UTC)


def go_to(world: World, moment: datetime) -> None:
    world.pass_time(seconds=(moment - world.clock.now()).total_seconds())


def seen(world: World) -> list[cycle_progress.CycleProgress]:
    with world.product.database.read() as session:
        page = cycle_progress.page(session, product=world.product, limit=100)
    return sorted(page.items, key=lambda one: (one.cycle.fires_at, one.cycle.sequence, one.cycle.scope))


def reviews(world: World) -> list[tuple[str, str]]:
    """Candidate and session of every review that happened, in their order."""
    with world.product.database.read() as session:
        return [tuple(row) for row in session.execute(
            sa.select(candidates.review.c.candidate, candidates.review.c.cycle)
            .order_by(candidates.review.c.number))]


def ready(world: World, count: int, *, scope: str = "urmia", on: datetime | None = None, prefix: str = "c", **bad):
    candidates.add(world.product, [(f"{prefix}{n:03}", scope, on or world.clock.now()) for n in range(count)],
                   bad=bad)
