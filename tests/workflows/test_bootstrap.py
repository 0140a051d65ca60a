"""The composition root: what is deployed, seeded and moved, and what is left alone."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.values import Actor
from tests.workflows.world import BPMN, World
from workflows import accounts, authorization, bootstrap, holidays, offices


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(BPMN, tmp_path / "bpmn")
    return tmp_path / "bpmn"


@pytest.fixture
def demo(database_url: str, tmp_path: Path, folder: Path):
    product = bootstrap.build(url=database_url, var=tmp_path / "var", public_url="http://127.0.0.1:8000/", bpmn=folder,
                              demo=True)
    yield product
    product.database.dispose()


def test_the_shipped_bundle_has_no_problem():
    assert bootstrap.check(bootstrap.shipped_resources(BPMN)) == []


def test_what_was_deployed_is_not_deployed_again_and_an_admins_version_survives(demo, folder: Path):
    with demo.database.begin() as session:
        first = bootstrap.deploy_shipped(demo, session)
        assert first.is_new
        assert bootstrap.deploy_shipped(demo, session) is None
        bundle = demo.engine.resources(session, first.id)
        name = "processes/create-urban-office.bpmn"
        edited = bundle[name].replace("بررسی مدارک".encode(), "بررسی پرونده".encode())
        demo.engine.deploy(session, resources={**bundle, name: edited}, actor=Actor(id="admin"), source="admin")
        assert bootstrap.deploy_shipped(demo, session) is None
    form = folder / "forms/report-ready.form"
    form.write_text(form.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with demo.database.begin() as session:
        again = bootstrap.deploy_shipped(demo, session)
        assert demo.engine.resource(session, again.id, name) == edited
        assert demo.engine.resource(session, again.id, "forms/report-ready.form") == form.read_bytes()


def test_the_demonstration_has_a_province_and_an_account_for_each_role(demo):
    with demo.database.begin() as session:
        lines = bootstrap.seed_demo(demo, session)
        assert bootstrap.seed_demo(demo, session) == lines
        assert len(offices.counties(session)) == 17
        assert {role for one in accounts.staff(session) for role, _ in one.roles} == {
            "CLERK", "INSPECTOR", "TECH_COMMITTEE", "WORKING_GROUP", "POST_BANK", "MANAGER", "SUPERVISOR", "ADMIN"}
        for username, _, _ in bootstrap.DEMO_STAFF:
            assert accounts.verify_password(session, username=username, password=bootstrap.DEMO_PASSWORD)


def test_demonstration_accounts_exist_in_demonstration_mode_only(world: World):
    with pytest.raises(ValueError), world.product.database.begin() as session:
        bootstrap.seed_demo(world.product, session)


def test_the_demonstrations_clock_moves_for_processes_and_for_every_process_that_reads_it(demo, database_url, tmp_path):
    before = demo.clock.now()
    with demo.database.begin() as session:
        demo.advance_clock(session, timedelta(days=11))
        demo.advance_clock(session, timedelta(days=1))
    assert timedelta(days=12) <= demo.clock.now() - before < timedelta(days=12, minutes=1)
    assert demo.machine.now() - before < timedelta(minutes=1)
    other = bootstrap.build(url=database_url, var=tmp_path / "var", public_url="http://x", bpmn=BPMN, demo=True)
    with other.database.read() as session:
        other.refresh_clock(session)
    assert other.clock.now() - before >= timedelta(days=12)
    with pytest.raises(ValueError), demo.database.begin() as session:
        demo.advance_clock(session, timedelta(days=-1))
    other.database.dispose()


def test_the_clock_does_not_move_outside_the_demonstration(world: World):
    with pytest.raises(ValueError), world.product.database.begin() as session:
        world.product.advance_clock(session, timedelta(days=1))


def test_a_declared_holiday_moves_running_deadlines(world: World, clock: ManualClock):
    mine = world.submit().application_id
    world.complete(mine, "check_documents", complete=False, missing_codes=["D06"], unlocked_fields=["company_name"],
                   note="ناخواناست")
    world.run_jobs()

    def due():
        with world.product.database.read() as session:
            jobs = world.product.engine.jobs(session, kind="timer", state="PENDING", limit=50).items
            return max(job.due_at for job in jobs if job.due_at)

    before = due()
    with pytest.raises(authorization.RoleMissing), world.product.database.begin() as session:
        holidays.declare(session, product=world.product, day=date(2026, 4, 7), working=False, reason="آلودگی هوا",
                         user=world.users["clerk"])
    with world.product.database.begin() as session:
        assert holidays.declare(session, product=world.product, day=date(2026, 4, 7), working=False,
                                reason="آلودگی هوا", user=world.users["admin"]) >= 1
    assert due() > before


def test_a_schema_that_is_not_current_is_told_in_one_sentence(world: World):
    with pytest.raises(bootstrap.SchemaOutdated):
        bootstrap.require_current_schema(world.product)


def test_due_times_past_the_first_chunk_are_left_to_a_job(world: World, monkeypatch: pytest.MonkeyPatch):
    waiting = []
    for number in range(2):
        mine = world.submit(site_postal_code=f"571381240{number}").application_id
        world.complete(mine, "check_documents", complete=False, missing_codes=["D06"],
                       unlocked_fields=["company_name"], note="ناخواناست")
        waiting.append(mine)
    world.run_jobs()
    engine = world.product.engine
    monkeypatch.setattr(engine, "recompute_timers", partial(engine.recompute_timers, limit=1))

    def dues() -> list[datetime]:
        with world.product.database.read() as session:
            jobs = engine.jobs(session, kind="timer", state="PENDING", limit=50).items
            return sorted(job.due_at for job in jobs if job.due_at)

    before = dues()
    with world.product.database.begin() as session:
        holidays.declare(session, product=world.product, day=date(2026, 4, 7), working=False, reason="آلودگی هوا",
                         user=world.users["admin"])
    first = sum(new != old for new, old in zip(dues(), before, strict=True))
    world.run_jobs()
    assert 0 < first < sum(new != old for new, old in zip(dues(), before, strict=True))


def test_the_daily_sweep_removes_ended_jobs_in_chunks(world: World, clock: ManualClock):
    with world.product.database.begin() as session:
        for number in range(3):
            world.product.engine.enqueue(session, kind="maintenance.trim", payload={}, dedup_key=f"old-{number}")
    world.run_jobs()
    clock.advance(timedelta(days=40))
    world.machine.advance(timedelta(days=40))
    world.run_jobs()
    with world.product.database.begin() as session:
        assert world.product.engine.sweep(session) == 0
        old = [job for job in world.product.engine.jobs(session, kind="maintenance.trim", limit=100).items
               if job.due_at and job.due_at < clock.now() - timedelta(days=30)]
    assert old == []
