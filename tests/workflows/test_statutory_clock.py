"""The statutory clock: it stands still for the applicant alone, alarms three times, and never issues by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.workflows.test_rule_versions import LAW, approve, propose
from tests.workflows.world import World
from workflows import applications, calendar, deemed_consent, holidays, licences, statutory_clock
from workflows.models.account import Account
from workflows.statutory_clock import Clock

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def clock(world: World, application_id: str) -> Clock:
    with world.product.database.read() as session:
        found = statutory_clock.of_application(session, product=world.product, application_id=application_id)
    assert found is not None
    return found


def ruled(world: World, **values: Any) -> None:
    """Rules that are in force today; a pair is a value with its legal reference."""
    for key, value in values.items():
        with_law = isinstance(value, tuple)
        approve(world, propose(world, key, value=value[0] if with_law else value, **(LAW if with_law else {})))
    world.pass_time(days=1)
    with world.product.database.begin() as session:
        session.execute(sa.update(Account).where(Account.username == "manager").values(mobile="09140000001"))


def working_day(world: World, count: int) -> None:
    """Go to noon of the `count`-th working day from today."""
    end = world.product.calendar.add_working_days(world.clock.now(), count)
    world.pass_time(seconds=(end - timedelta(hours=12) - world.clock.now()).total_seconds())


def to_managers(world: World) -> list[str]:
    return [text for text in world.messages() if text.startswith("09140000001")]


def issued(world: World, application_id: str) -> licences.Licence | None:
    with world.product.database.read() as session:
        return licences.of_application(session, product=world.product, application_id=application_id)


def close(world: World, day: date) -> int:
    with world.product.database.begin() as session:
        return holidays.declare(session, product=world.product, day=day, working=False, reason="آلودگی هوا",
                                user=world.users["admin"])


def after(world: World, days: int, since: datetime) -> datetime:
    return world.product.calendar.add_working_days(since, days)


def test_without_a_published_deadline_it_counts_by_our_own_target_which_is_no_law(world: World):
    mine = world.submit().application_id
    found = clock(world, mine)
    assert (found.state, found.days, found.statutory, found.breach_at) == ("RUNNING", 80, False, None)
    assert found.due_at == after(world, 80, found.started_at)
    assert found.rule is not None and (found.rule.key, found.rule.acts) == ("target_wd", False)


def test_it_stands_still_while_the_applicant_must_act_and_goes_on_with_the_day_after_the_answer(world: World):
    mine = world.submit().application_id
    started = clock(world, mine).started_at
    working_day(world, 2)
    world.complete(mine, "check_documents", complete=False, missing_codes=["D02"], note="ناخوانا")
    paused = clock(world, mine)
    assert (paused.state, paused.due_at, paused.used) == ("PAUSED", None, 2)
    assert [one.reason for one in paused.pauses] == ["APPLICANT"]
    working_day(world, 4)
    assert clock(world, mine).used == 2
    world.complete(mine, "correct_application", files={"doc_articles": ("new.pdf", b"%PDF-1.4\n%%EOF\n")})
    again = clock(world, mine)
    assert (again.state, again.due_at, again.used) == ("RUNNING", after(world, 84, started), 2)
    working_day(world, 1)
    assert clock(world, mine).used == 3


@on_sqlite
def test_alarms_are_given_once_each_and_our_own_target_never_means_consent(world: World):
    ruled(world, target_wd=10)
    mine = world.submit().application_id
    started = clock(world, mine).started_at
    seen = []
    for _ in range(13):
        working_day(world, 1)
        seen.append([one.percent for one in clock(world, mine).alarms])
    assert seen[4:6] == [[], [50]] and seen[7:9] == [[50], [50, 80]] and seen[9:] == [[50, 80], *[[50, 80, 100]] * 3]
    found = clock(world, mine)
    assert [one.consent for one in found.alarms] == [None] * 3 and (found.used, found.left) == (13, 0)
    assert found.due_at == after(world, 10, started)
    assert ["۵۰٪" in one or "۸۰٪" in one or "۱۰۰٪" in one for one in to_managers(world)] == [True] * 3
    assert issued(world, mine) is None


def test_when_a_published_deadline_passes_the_manager_is_told_and_nothing_is_issued(world: World):
    ruled(world, deadline_wd=(5,))
    mine = world.submit().application_id
    found = clock(world, mine)
    assert (found.statutory, found.breach_at) == (True, after(world, 5, found.started_at))
    working_day(world, 6)
    assert [one.consent for one in clock(world, mine).alarms] == [None, None, "NOTIFIED"]
    assert world.application(mine).ended_at is None and issued(world, mine) is None
    assert "در حکم موافقت" in to_managers(world)[-1]
    with world.product.database.read() as session:
        told = [(one.kind, one.facts) for one in applications.timeline(
            session, product=world.product, id=mine, user=world.users["manager"]) if one.kind == deemed_consent.EVENT]
    assert told == [(deemed_consent.EVENT, {"result": "NOTIFIED"})]


@pytest.mark.parametrize(("law", "state"), [(True, "ISSUED"), (False, "UNDER_REVIEW")])
@on_sqlite
def test_silence_issues_only_where_two_people_said_so_with_a_legal_reference(world: World, law: bool, state: str):
    ruled(world, deadline_wd=(5,), tacit_mode=("AUTO",) if law else "AUTO")
    mine = world.submit().application_id
    working_day(world, 6)
    assert world.application(mine).state == state
    licence = issued(world, mine)
    assert (licence.issuer_number if licence else None) == (
        f"TACIT-{world.application(mine).file_number}" if law else None)
    assert clock(world, mine).alarms[-1].consent == ("ISSUED" if law else "NOTIFIED")


@pytest.mark.parametrize(("rule", "state"), [
    ("NOTHING", "RUNNING"), ("INQUIRIES", "RUNNING"), (("INQUIRIES",), "PAUSED")])
@on_sqlite
def test_another_body_stops_it_only_by_a_rule_with_a_legal_reference(world: World, rule: Any, state: str):
    if rule != "NOTHING":
        ruled(world, clock_pauses_also=rule)
    mine = world.submit().application_id
    for element in ("first_visit", "technical_opinion", "working_group_decision"):
        world.advance_to(mine, element)
        assert clock(world, mine).state == "RUNNING"
    world.complete(mine, "working_group_decision")
    assert world.application(mine).state == "INQUIRIES"
    assert clock(world, mine).state == state
    world.advance_to(mine, "report_ready")
    assert clock(world, mine).state == "PAUSED"  # the applicant fits the office out
    world.to_issuer(mine)
    assert (world.application(mine).state, clock(world, mine).state) == ("AT_ISSUER", "RUNNING")
    world.issue(mine)
    assert (clock(world, mine).state, clock(world, mine).due_at) == ("STOPPED", None)


def test_a_holiday_added_after_deadlines_were_set_moves_them_and_their_alarms(world: World):
    ruled(world, deadline_wd=(4,))
    mine = world.submit().application_id
    before = clock(world, mine)
    closed = calendar.today(after(world, 1, before.started_at) - timedelta(hours=1))
    close(world, closed)
    moved = clock(world, mine)
    assert moved.due_at == moved.breach_at == after(world, 4, before.started_at)
    assert moved.due_at is not None and before.due_at is not None and moved.due_at > before.due_at
    world.pass_time(seconds=(before.due_at - world.clock.now()).total_seconds() + 1)
    assert 100 not in [one.percent for one in clock(world, mine).alarms]  # the job of the older time does nothing
    world.pass_time(seconds=(moved.due_at - world.clock.now()).total_seconds() + 1)
    assert [one.percent for one in clock(world, mine).alarms] == [50, 80, 100]


@on_sqlite
def test_a_holiday_within_a_pause_is_no_day_of_the_pause(world: World):
    mine = world.submit().application_id
    started = clock(world, mine).started_at
    world.complete(mine, "check_documents", complete=False, missing_codes=["D02"], note="ناخوانا")
    working_day(world, 3)
    close(world, calendar.today(after(world, 1, started) - timedelta(hours=1)))
    world.complete(mine, "correct_application", files={"doc_articles": ("new.pdf", b"%PDF-1.4\n%%EOF\n")})
    assert clock(world, mine).due_at == after(world, 82, started)


@on_sqlite
def test_many_clocks_are_computed_again_in_short_jobs(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(statutory_clock, "_CHUNK", 2)
    mine = [world.submit(site_postal_code=f"571381234{n}").application_id for n in range(5)]
    day = calendar.today(world.clock.now()) + timedelta(days=1)
    close(world, day)
    world.run_jobs()
    for one in mine:
        assert clock(world, one).due_at == after(world, 80, clock(world, one).started_at)


@on_sqlite
def test_an_application_that_is_reopened_begins_anew(world: World):
    mine = world.submit().application_id
    world.complete(mine, "check_documents", complete=False, missing_codes=["D02"], note="ناخوانا")
    world.run_jobs()
    world.pass_time(days=40)
    assert (world.application(mine).state, clock(world, mine).state) == ("LAPSED", "STOPPED")
    with world.product.database.begin() as session:
        applications.reopen(session, product=world.product, id=mine, user=world.users["clerk"], reason="نامه متقاضی")
    found = clock(world, mine)
    assert (found.state, found.used, found.pauses, found.started_at) == ("RUNNING", 0, [], world.clock.now())


def test_due_and_breach_times_are_indexed(world: World):
    found = sa.inspect(world.product.database.sqlalchemy_engine).get_indexes("application_clock")
    assert {"due_at", "breach_at"} <= {one["column_names"][0] for one in found}
