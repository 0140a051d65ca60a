"""Nothing acknowledged is lost, nothing happens twice, nothing is left over, whatever dies on the way."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from engine.store import tables
from engine.values import SYSTEM
from tests.crash import __main__ as crash
from tests.crash import clients, disks, office, scenarios, stores
from tests.crash.verdict import Verdict, judge

KILLS, SEED = 25, 20
UNKNOWN = "f" * 32
"""An id or a mark that no client and no row has."""
pytestmark = pytest.mark.xdist_group("crash")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose parents let the database's own account in."""
    path = Path(tempfile.mkdtemp(prefix="crash-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def quietly(_line: str) -> None:
    """No progress in tests."""


@pytest.mark.parametrize("store", stores.STORES)
def test_killed_servers_lose_double_and_leave_nothing(store: str, folder: Path):
    with stores.opened(store, folder) as url:
        verdict = scenarios.kill_servers(url, folder, kills=KILLS, seed=SEED, progress=quietly)
    assert verdict.clean, verdict.details()
    assert verdict.replayed > 0, "no answered command was sent again"
    assert verdict.refused > 0, "no two clients met at the same task"
    assert verdict.line(store, KILLS) == (
        f"{store} kills={KILLS} acked={verdict.acked} lost=0 duplicated=0 orphaned=0")


def test_a_restarted_postgresql_loses_nothing(folder: Path):
    with stores.postgres() as server:
        verdict = scenarios.restart_postgres(server, folder, restarts=3, seed=SEED, progress=quietly)
    assert verdict.clean, verdict.details()


def test_a_full_disk_under_sqlite_gives_503_and_harms_nothing(folder: Path):
    with disks.mounted(folder / "disk", 24) as disk:
        url = f"sqlite:///{folder / 'disk' / 'crash.sqlite'}"
        verdict, refusals = scenarios.fill_disk(url, folder, disk or disks.FileSizeLimit(), seed=SEED)
        assert intact(folder / "disk" / "crash.sqlite")
    assert verdict.clean, verdict.details()
    assert refusals > 0


def test_a_limit_on_the_size_of_files_is_a_full_disk_too(folder: Path):
    url = f"sqlite:///{folder / 'crash.sqlite'}"
    verdict, refusals = scenarios.fill_disk(url, folder, disks.FileSizeLimit(), seed=SEED)
    assert verdict.clean, verdict.details()
    assert refusals > 0
    assert intact(folder / "crash.sqlite")


def test_a_full_disk_under_postgresql_gives_503_and_harms_nothing(folder: Path):
    with disks.mounted(folder / "disk", 48) as disk:
        if disk is None:
            pytest.skip("this account may not mount a small file system for PostgreSQL's tables")
        with stores.postgres() as server:
            server.tables_on(disk.folder)
            verdict, refusals = scenarios.fill_disk(server.url, folder, disk, seed=SEED)
    assert verdict.clean, verdict.details()
    assert refusals > 0


def intact(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


# The check itself: each damage is found when it is done on purpose.

@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after a little undisturbed work."""
    folder = tmp_path_factory.mktemp("worked")
    verdict = scenarios.kill_servers(f"sqlite:///{folder / 'crash.sqlite'}", folder, kills=0, seed=SEED,
                                     progress=quietly)
    assert verdict.clean, verdict.details()
    return folder


def _one(session, table, **conditions):
    query = select(table.c.id).order_by(table.c.id).limit(1)
    for name, value in conditions.items():
        query = query.where(table.c[name] == value)
    return session.scalars(query).one()


def _copy_of(session, table, **conditions):
    query = select(table).limit(1)
    for name, value in conditions.items():
        query = query.where(table.c[name] == value)
    return dict(session.execute(query).one()._mapping)


def _complete_behind_the_clients(session, product):
    """Complete a task that no client asked for; returns it."""
    [task] = product.engine.user_tasks(session, limit=1).items
    product.engine.complete(session, task.id, variables={"mark": UNKNOWN}, actor=SYSTEM)
    return task


def _reopen_a_task(session, _product) -> None:
    task = _one(session, tables.user_task, state="COMPLETED")
    session.execute(update(tables.user_task).where(tables.user_task.c.id == task).values(state="READY"))


def _forget_history(session, _product) -> None:
    row = _one(session, tables.history, kind="user_task_completed")
    session.execute(delete(tables.history).where(tables.history.c.id == row))


def _tell_twice(session, _product) -> None:
    row = _copy_of(session, tables.history, kind="user_task_completed")
    session.execute(insert(tables.history).values(**{**row, "id": None}))


def _drop_an_outbox_row(session, _product) -> None:
    session.execute(delete(tables.job).where(tables.job.c.id == _one(session, tables.job, kind=office.NOTE)))


def _send_twice(session, _product) -> None:
    session.execute(insert(tables.job).values(**{**_copy_of(session, tables.job, kind=office.NOTE), "id": UNKNOWN}))


def _send_what_nobody_asked(session, _product) -> None:
    row = _copy_of(session, tables.job, kind=office.NOTE)
    session.execute(insert(tables.job).values(**{**row, "id": UNKNOWN, "payload": {"mark": UNKNOWN}}))


def _leave_a_job(session, _product) -> None:
    session.execute(update(tables.job).where(tables.job.c.id == _one(session, tables.job, kind=office.NOTE))
                    .values(state="FAILED"))


def _leave_a_timer(session, _product) -> None:
    row = _copy_of(session, tables.job, kind="timer", state="PENDING")
    session.execute(insert(tables.job).values(**{**row, "id": UNKNOWN, "token_id": UNKNOWN}))


def _lose_a_timer(session, _product) -> None:
    timer = _one(session, tables.job, kind="timer", state="PENDING")
    session.execute(delete(tables.job).where(tables.job.c.id == timer))


def _advance_the_state_alone(session, product) -> None:
    task = _complete_behind_the_clients(session, product)
    session.execute(delete(tables.user_task).where(tables.user_task.c.id == task.id))
    session.execute(delete(tables.job).where(tables.job.c.payload["mark"].as_string() == UNKNOWN))
    for row in session.execute(select(tables.history)).all():
        if row.facts.get("task") == task.id:
            session.execute(delete(tables.history).where(tables.history.c.id == row.id))


def _restore_an_older_state(session, product) -> None:
    instance = product.engine.user_tasks(session, limit=1).items[0].instance_id
    of_instance = tables.process_instance.c.id == instance
    older = session.scalars(select(tables.process_instance.c.execution).where(of_instance)).one()
    _complete_behind_the_clients(session, product)
    session.execute(update(tables.process_instance).where(of_instance).values(execution=older))


def _spoil_a_state(session, _product) -> None:
    instance = _one(session, tables.process_instance)
    session.execute(update(tables.process_instance).where(tables.process_instance.c.id == instance)
                    .values(execution=b"PVNS"))


DAMAGES: list[tuple[Callable[..., None], str, str]] = [
    (_reopen_a_task, "lost", "was acknowledged and is not completed"),
    (_forget_history, "lost", "the history is silent"),
    (_drop_an_outbox_row, "lost", "nothing is in the outbox"),
    (_restore_an_older_state, "lost", "the state counts"),
    (_spoil_a_state, "lost", "the state counts 0"),
    (_tell_twice, "duplicated", "the history tells 2 times"),
    (_send_twice, "duplicated", "is in the outbox 2 times"),
    (_advance_the_state_alone, "duplicated", "the state counts"),
    (_send_what_nobody_asked, "orphaned", "is in the outbox without a completed task"),
    (_leave_a_job, "orphaned", "1 outbox jobs are FAILED"),
    (_leave_a_timer, "orphaned", "1 row_without_wait"),
    (_lose_a_timer, "orphaned", "1 wait_without_row"),
    (_spoil_a_state, "orphaned", "1 state_unreadable")]


@pytest.mark.parametrize(("damage", "kind", "sentence"), DAMAGES, ids=lambda one: getattr(one, "__name__", one))
def test_the_check_finds_damage_done_on_purpose(worked: Path, tmp_path: Path, damage, kind: str, sentence: str):
    folder = Path(shutil.copytree(worked, tmp_path / "copy"))
    url = f"sqlite:///{folder / 'crash.sqlite'}"
    product = office.build(url, folder)
    with product.database.begin() as session:
        damage(session, product)
    product.database.dispose()
    verdict = judge(url, folder)
    assert not verdict.clean
    assert any(sentence in one for one in getattr(verdict, kind)), verdict.details()


def note(folder: Path, *lines: tuple[str, str, str]) -> Verdict:
    """The verdict when one more client had written these lines."""
    log = clients.Log(folder / "client-99.log")
    for line in lines:
        log.write(*line)
    log.close()
    return judge(f"sqlite:///{folder / 'crash.sqlite'}", folder)


def test_an_acknowledgement_of_what_never_happened_is_a_loss(worked: Path, tmp_path: Path):
    folder = Path(shutil.copytree(worked, tmp_path / "copy"))
    verdict = note(folder, (clients.ASKED, UNKNOWN, UNKNOWN), (clients.ACKED, UNKNOWN, UNKNOWN))
    assert f"task {UNKNOWN} was acknowledged and is not completed" in verdict.lost
    assert f"mark {UNKNOWN} was acknowledged and its answer is not kept" in verdict.lost


def test_a_refusal_of_what_happened_is_a_duplicate(worked: Path, tmp_path: Path):
    folder = Path(shutil.copytree(worked, tmp_path / "copy"))
    mark, task = next(iter(clients.read_logs(folder)[clients.ACKED].items()))
    assert f"mark {mark} was refused and is in the outbox" in note(folder, (clients.REFUSED, mark, task)).duplicated


def test_a_command_without_an_answer_is_a_fault(worked: Path, tmp_path: Path):
    folder = Path(shutil.copytree(worked, tmp_path / "copy"))
    assert note(folder, (clients.ASKED, UNKNOWN, UNKNOWN)).faults == [f"mark {UNKNOWN} never got an answer"]


def test_an_answer_given_to_two_clients_is_a_duplicate(worked: Path, tmp_path: Path):
    folder = Path(shutil.copytree(worked, tmp_path / "copy"))
    mark, task = next(iter(clients.read_logs(folder)[clients.ACKED].items()))
    verdict = note(folder, (clients.ASKED, "0" * 32, task), (clients.ACKED, "0" * 32, task))
    assert any(mark in one for one in verdict.duplicated)


def test_damage_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    damaged = Verdict(acked=3, lost=["task 1 was acknowledged and is not completed"])
    monkeypatch.setattr(scenarios, "kill_servers", lambda *_, **__: damaged)
    monkeypatch.setattr(crash, "_cycles", lambda _store, _seed: True)
    assert crash.main(["--kills", "7"]) == 1
    assert capsys.readouterr().out == "sqlite kills=7 acked=3 lost=1 duplicated=0 orphaned=0\n"
