"""Periodic work: sessions that are due are rows, made up for once and in order; each item has its own instance."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import errors
from engine.values import Actor
from tests.workflows import candidates
from tests.workflows.sessions import FARVARDIN, ORDIBEHESHT, SCOPES, at, go_to, opened, ready, reviews, seen
from tests.workflows.test_concurrency import together
from tests.workflows.world import World
from workflows import calendar, cycle_kinds, cycle_progress, cycles, dockets
from workflows.cycle_kinds import Month
from workflows.models.cycle import DocketItem


def test_the_session_of_a_month_opens_on_its_first_working_day_and_the_day_before_is_the_last():
    # 1 Mehr 1404 is a Tuesday; 1 Farvardin begins the Nowruz holidays.
    mehr = cycle_kinds.Schedule().moments(calendar.Calendar(), Month(1404, 7))
    assert mehr.fires_at == datetime(2025, 9, 23, 4, 30, tzinfo=UTC)
    assert mehr.cutoff_at == datetime(2025, 9, 22, 20, 29, 59, 999999, tzinfo=UTC)
    assert calendar.today(cycle_kinds.Schedule().moments(calendar.Calendar(), FARVARDIN).fires_at) > date(2026, 3, 24)
    closed = calendar.Calendar(closures=frozenset({date(2025, 9, 23)}))
    assert calendar.today(cycle_kinds.Schedule().moments(closed, Month(1404, 7)).fires_at) == date(2025, 9, 24)


def test_months_follow_the_jalali_calendar_over_the_new_year():
    assert Month(1404, 12).next() == Month(1405, 1)
    assert cycle_kinds.month_of(datetime(2026, 3, 20, 20, 29, tzinfo=UTC)) == (1404, 12)
    assert cycle_kinds.month_of(datetime(2026, 3, 20, 20, 31, tzinfo=UTC)) == (1405, 1)


def test_a_session_reviews_what_was_ready_and_leaves_the_rest_to_the_next(world: World):
    kind = opened(world)
    ready(world, 120)
    candidates.add(world.product, [("late", "urmia", at(1405, 2, 2, 12))])
    world.run_jobs()
    assert seen(world) == []
    with world.product.database.read() as session:
        found = cycles.next_fire(session, product=world.product, kind=kind)
    assert found == cycle_kinds.Schedule().moments(world.product.calendar, ORDIBEHESHT).fires_at
    go_to(world, at(1405, 2, 10))
    [khoy, urmia] = seen(world)
    assert (urmia.cycle.state, urmia.cycle.found, urmia.decided) == ("CLOSED", 120, 120)
    assert (khoy.cycle.state, khoy.cycle.found) == ("CLOSED", 0)  # an empty session is on record
    assert sorted(one for one, _ in reviews(world)) == [f"c{n:03}" for n in range(120)]
    go_to(world, at(1405, 3, 20))
    assert [one for one, _ in reviews(world)][120:] == ["late"]


def test_a_machine_that_was_down_for_three_months_catches_up_once_and_in_order(world: World):
    opened(world, since=FARVARDIN)
    for place, month in enumerate((2, 3, 4), start=1):
        ready(world, 10, on=at(1405, month, 1) - timedelta(days=1), prefix=f"m{place}-")
    go_to(world, at(1405, 4, 25))
    found = seen(world)
    keys = [(one.cycle.year, one.cycle.month, one.cycle.sequence) for one in found if one.cycle.scope == "urmia"]
    assert keys == [(1405, 1, 0), (1405, 2, 0), (1405, 3, 0), (1405, 4, 0)]
    assert [one.cycle.found for one in found if one.cycle.scope == "urmia"] == [0, 10, 10, 10]
    by_month = {one.cycle.id: one.cycle.month for one in found}
    assert [by_month[cycle] for _, cycle in reviews(world)] == [2] * 10 + [3] * 10 + [4] * 10
    world.pass_time(hours=2)
    assert len(seen(world)) == 8 and len(reviews(world)) == 30


def test_ensuring_twice_or_at_the_same_moment_makes_each_session_once(world: World):
    kind = opened(world)
    world.clock.advance(timedelta(days=70))

    def ensure() -> int:
        with world.product.database.begin() as session:
            return cycles.ensure_cycles(session, product=world.product, kind=kind)

    made = together(*[ensure] * 4)
    assert sum(made) == 4 and len(seen(world)) == 4
    assert ensure() == 0


def test_an_item_waits_in_an_instance_of_its_own_until_a_person_decides(world: World):
    opened(world, scopes=("urmia",), process_key="judged")
    ready(world, 3)
    go_to(world, at(1405, 2, 10))
    [one] = seen(world)
    assert (one.cycle.state, one.cycle.found, one.in_review, one.decided) == ("REVIEWING", 3, 3, 0)
    for name in ("c000", "c001", "c002"):
        [task] = world.tasks(name)
        with world.product.database.begin() as session:
            world.product.engine.complete(session, task.id, variables={}, actor=Actor(id="clerk"))
    [one] = seen(world)
    assert (one.cycle.state, one.decided) == ("CLOSED", 3)
    with world.product.database.read() as session:
        page = cycle_progress.docket(session, cycle_id=one.cycle.id, limit=2)
        rest = cycle_progress.docket(session, cycle_id=one.cycle.id, after=page.next)
    assert [item.subject for item in (*page.items, *rest.items)] == ["c000", "c001", "c002"]
    assert {item.outcome for item in page.items} == {"MET"}
    assert len({item.instance_id for item in (*page.items, *rest.items)}) == 3


def test_a_subject_still_under_review_is_on_no_second_docket(world: World):
    opened(world, scopes=("urmia",), process_key="judged")
    ready(world, 2)
    go_to(world, at(1405, 3, 20))
    first, second = seen(world)
    assert (first.in_review, second.cycle.found, second.cycle.state) == (2, 0, "CLOSED")


def test_who_is_reviewed_while_the_next_search_looks_leaves_that_docket(world: World):
    opened(world, scopes=("urmia",), stale=True)
    ready(world, 3)
    go_to(world, at(1405, 2, 10))
    ready(world, 1, prefix="n")
    go_to(world, at(1405, 3, 10))
    first, second = seen(world)
    assert (first.cycle.state, first.decided, first.left) == ("CLOSED", 3, 0)
    assert (second.cycle.state, second.cycle.found, second.decided, second.left) == ("CLOSED", 4, 1, 3)
    assert sorted(one for one, _ in reviews(world)) == ["c000", "c001", "c002", "n000"]


def test_an_item_may_be_a_message_to_the_instance_that_waits_for_its_session(world: World):
    opened(world, scopes=("urmia",), message="session")
    with world.product.database.begin() as session:
        instances = [world.product.engine.start(session, key="waiting", variables={"subject": f"c00{n}"},
                                                business_key=f"c00{n}", scope="urmia", actor=Actor(id="x"))
                     for n in range(2)]
    ready(world, 3)  # nobody waits under the third
    go_to(world, at(1405, 2, 10))
    for _ in range(12):
        world.pass_time(minutes=10)
    [one] = seen(world)
    assert (one.in_review, one.failed) == (2, 1)
    [task] = world.tasks("c000")
    with world.product.database.begin() as session:
        world.product.engine.complete(session, task.id, variables={"decision": "NOT_MET"}, actor=Actor(id="bank"))
    [one] = seen(world)
    assert (one.decided, one.in_review) == (1, 1)
    with world.product.database.read() as session:
        [item, *_] = cycle_progress.docket(session, cycle_id=one.cycle.id).items
        assert world.product.engine.instance(session, instances[0].id).ended_at is None
    assert (item.outcome, item.instance_id) == ("NOT_MET", instances[0].id)


def test_a_suspended_receiver_is_a_failure_that_is_counted(world: World):
    opened(world, scopes=("urmia",), message="session")
    with world.product.database.begin() as session:
        instance = world.product.engine.start(session, key="waiting", variables={"subject": "c000"}, scope="urmia",
                                              business_key="c000", actor=Actor(id="x"))
        world.product.engine.suspend(session, instance.id, actor=Actor(id="x"))
    ready(world, 1)
    go_to(world, at(1405, 2, 10))
    for _ in range(8):
        world.pass_time(minutes=10)
    [one] = seen(world)
    assert (one.cycle.state, one.failed) == ("REVIEWING", 1)


@pytest.mark.parametrize("fault", ["start", "handler"])
def test_a_bad_row_becomes_an_incident_and_holds_up_nobody_else(world: World, fault: str):
    opened(world, scopes=("urmia",))
    ready(world, 400, c007=fault)
    go_to(world, at(1405, 2, 10))
    for _ in range(12):
        world.pass_time(minutes=10)
    [one] = seen(world)
    assert (one.cycle.state, one.decided, one.failed) == ("REVIEWING", 399, 1)
    candidates.mend(world.product)
    with world.product.database.begin() as session:
        [incident] = world.product.engine.incidents(session).items
        if fault == "handler":  # the instance keeps what it began with
            world.product.engine.cancel(session, incident.instance_id, actor=Actor(id="x"))
        else:
            world.product.engine.retry_incident(session, incident.id, actor=Actor(id="x"))
    world.run_jobs()
    [one] = seen(world)
    assert (one.cycle.state, one.decided, one.failed) == ("CLOSED", 400, 0)
    assert len(set(reviews(world))) == len(reviews(world)) == (400 if fault == "start" else 399)


def test_a_kind_that_fails_tells_of_it_and_goes_on_by_itself_once_mended(world: World):
    broken = [True]

    def scopes(_session, _month):
        if broken:
            raise ValueError("no scopes")
        return SCOPES

    world.product.cycle_kinds._kinds.clear()
    world.product.cycle_kinds.add(cycle_kinds.CycleKind(
        name="broken", since=ORDIBEHESHT, scopes=scopes, find=lambda *_: [], process_key="judged",
        variables=lambda *_: {}))
    with world.product.database.begin() as session:
        cycles.arm(session, product=world.product)
    go_to(world, at(1405, 2, 10))
    for _ in range(8):
        world.pass_time(minutes=10)
    with world.product.database.read() as session:
        [incident] = world.product.engine.incidents(session).items
    assert "ValueError" in incident.message and "no scopes" not in incident.message
    broken.clear()
    world.pass_time(minutes=10)
    with world.product.database.read() as session:
        assert world.product.engine.incidents(session).items == []
    assert [one.cycle.state for one in seen(world)] == ["CLOSED", "CLOSED"]


def test_an_extraordinary_session_takes_what_is_ready_now_and_leaves_the_regular_one_alone(world: World):
    opened(world, scopes=("urmia",))
    ready(world, 2)
    with world.product.database.begin() as session, pytest.raises(errors.Forbidden):
        cycles.convene(session, product=world.product, kind="candidates", scope="urmia", reason="x",
                       user=world.users["clerk"])
    for _ in range(2):  # a double click
        with world.product.database.begin() as session:
            convened = cycles.convene(session, product=world.product, kind="candidates", scope="urmia", reason="مهلت",
                                      user=world.users["manager"], request_key="click")
    world.run_jobs()
    assert (convened.sequence, convened.month, convened.instructed_by) == (1, 1, world.users["manager"].id)
    go_to(world, at(1405, 2, 10))
    [extra, regular] = seen(world)
    assert (extra.cycle.sequence, extra.cycle.state, extra.decided) == (1, "CLOSED", 2)
    assert (regular.cycle.sequence, regular.cycle.found) == (0, 0)


def test_of_several_who_convene_each_gets_a_session_of_its_own(world: World):
    opened(world, scopes=("urmia",))

    def convene() -> int:
        with world.product.database.begin() as session:
            return cycles.convene(session, product=world.product, kind="candidates", scope="urmia", reason="x",
                                  user=world.users["manager"]).sequence

    assert sorted(together(*[convene] * 4)) == [1, 2, 3, 4]


def test_an_unknown_kind_and_an_unknown_item_are_refused(world: World):
    with world.product.database.begin() as session:
        with pytest.raises(errors.NotFound):
            cycles.convene(session, product=world.product, kind="nothing", scope="urmia", reason="x",
                           user=world.users["manager"])
        with pytest.raises(errors.NotFound):
            dockets.decide(session, product=world.product, item_id="nothing", outcome=None)
    with pytest.raises(ValueError, match="process key or a message"):
        cycle_kinds.CycleKind(name="x", since=FARVARDIN, scopes=lambda *_: (), find=lambda *_: [],
                              variables=lambda *_: {})


def test_bulk_work_waits_while_anything_else_is_due(world: World):
    opened(world, scopes=("urmia",))
    ready(world, 300)
    world.clock.advance(timedelta(days=40))
    engine, database = world.product.engine, world.product.database
    while not seen(world) or seen(world)[0].cycle.state == "DUE" or not seen(world)[0].cycle.found:
        engine.run_due_jobs(database, owner="one")
    with database.begin() as session:
        urgent = engine.enqueue(session, kind="notification.send", payload={})
    with database.begin() as session:
        assert [job.id for job in engine.claim_jobs(session, owner="two")] == [urgent.id]
    with database.begin() as session:
        assert [job.kind for job in engine.claim_jobs(session, owner="two")] == [dockets.REVIEW]  # one at a time


def test_a_worker_whose_lease_has_passed_on_begins_nothing(world: World):
    opened(world, scopes=("urmia",))
    ready(world, 5)
    world.clock.advance(timedelta(days=40))
    engine, database = world.product.engine, world.product.database
    jobs = []
    while not any(job.kind == dockets.REVIEW for job in jobs):
        for job in jobs:
            engine.run_job(database, job)
        with database.begin() as session:
            jobs = engine.claim_jobs(session, owner="slow")
    world.clock.advance(timedelta(minutes=5))
    world.run_jobs()
    for job in jobs:
        engine.run_job(database, job)
    assert len(reviews(world)) == 5
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DocketItem)) == 5


def test_pages_of_sessions_follow_each_other(world: World):
    opened(world)
    go_to(world, at(1405, 4, 20))
    found, after = [], None
    with world.product.database.read() as session:
        while True:
            page = cycle_progress.page(session, product=world.product, after=after, limit=2, scopes=("urmia", "khoy"))
            found += [(one.cycle.month, one.cycle.scope) for one in page.items]
            after = page.next
            if after is None:
                break
        with pytest.raises(errors.Invalid):
            cycle_progress.page(session, product=world.product, after="x")
    assert len(found) == len(set(found)) == 6
    assert [month for month, _ in found] == [4, 4, 3, 3, 2, 2]
