"""A review that would come too late is put on an extraordinary session, one for all that wait; others are not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.workflows import rural_cases as cases
from tests.workflows.sessions import at, go_to
from tests.workflows.world import World
from workflows import calendar, cycle_progress, holidays, statutory_clock
from workflows.cycle_progress import CycleProgress
from workflows.models.clock import ApplicationClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BETWEEN, NEXT = at(1405, 2, 5), at(1405, 3, 6)
"""After the regular session of the second month, and after that of the third."""


@pytest.fixture
def ready(world: World) -> World:
    cases.prepare(world)
    go_to(world, BETWEEN)
    return world


def waiting(world: World, days: int) -> str:
    """An application that waits for the review, whose time is so many working days from now."""
    [mine] = cases.waiting(world, 1, days=days)
    return mine


def sessions(world: World) -> list[CycleProgress]:
    """The extraordinary sessions, latest first."""
    with world.product.database.read() as session:
        found = cycle_progress.page(session, product=world.product, kind="monthly-review", limit=50).items
    return [one for one in found if one.cycle.sequence > 0]


def due(world: World, application_id: str) -> ApplicationClock:
    with world.product.database.read() as session:
        return session.get_one(ApplicationClock, application_id)


def test_what_would_be_reviewed_too_late_gets_one_session_for_all_that_wait(ready: World):
    first, second = waiting(ready, 10), waiting(ready, 11)
    [later] = cases.waiting(ready, 1)
    due_at = due(ready, first).due_at
    assert due_at is not None and due_at < NEXT
    go_to(ready, ready.product.calendar.opening_before(due_at, 5) - timedelta(minutes=1))
    assert sessions(ready) == []
    go_to(ready, ready.product.calendar.opening_before(due_at, 4))  # the second one's job as well
    [convened] = sessions(ready)
    assert (convened.cycle.found, convened.cycle.fires_at < due_at) == (3, True)  # what else is ready comes with them
    assert "پیش از نشست عادی" in (convened.cycle.reason or "")
    with ready.product.database.read() as session:
        docket = [one.subject for one in cycle_progress.docket(session, cycle_id=convened.cycle.id).items]
    assert set(docket) == {first, second, later}


def test_what_the_next_regular_session_still_reaches_gets_none(ready: World):
    waiting(ready, 80)
    go_to(ready, NEXT)
    assert sessions(ready) == []


def test_what_was_decided_or_withdrawn_meanwhile_gets_none(ready: World):
    cases.withdraw(ready, waiting(ready, 10))
    ready.run_jobs()
    go_to(ready, NEXT)
    assert sessions(ready) == []


def test_a_holiday_declared_meanwhile_moves_the_session_too(ready: World):
    mine = waiting(ready, 10)
    before = due(ready, mine).due_at
    assert before is not None
    with ready.product.database.begin() as session:
        holidays.declare(session, product=ready.product, working=False, reason="سوگواری", user=ready.users["admin"],
                         day=ready.product.calendar.next_working_day(calendar.today(BETWEEN) + timedelta(days=1)))
    go_to(ready, ready.product.calendar.opening_before(before, 5) + timedelta(hours=1))
    assert sessions(ready) == []
    after = due(ready, mine).due_at
    assert after is not None and after > before
    go_to(ready, after)
    assert len(sessions(ready)) == 1
    assert due(ready, mine).state == statutory_clock.RUNNING
