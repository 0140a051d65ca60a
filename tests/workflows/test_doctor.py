"""The doctor finds what is wrong and how to mend it, says nothing of what is well, and changes nothing."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.clock import ManualClock, SystemClock
from engine.store.session import Database
from tests.workflows.places import Place, Places, places
from tests.workflows.world import World
from workflows import doctor
from workflows.doctor import files, rows

__all__ = ["places"]


@pytest.fixture
def world(places: Places, clock: ManualClock):
    place = places.new("here", migrated=True)
    world = World(place.url, place.var, clock)
    world.place = place  # type: ignore[attr-defined]
    world.run_jobs()
    yield world
    world.product.database.dispose()


def write(place: Place, statement: str, **values: object) -> None:
    """What nothing in the product writes."""
    database = Database(place.url)
    with database.sqlalchemy_engine.begin() as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.execute(sa.text(statement), values)
    database.dispose()


def found(world: World, **orders: object) -> dict[str, doctor.Finding]:
    return world.place.examined(clock=world.clock, **orders)


def wrong(world: World, **orders: object) -> dict[str, str]:
    return {check: one.level for check, one in found(world, **orders).items() if one.level != "OK"}


def test_an_installation_in_order_is_well_and_stays_as_it_is(world):
    world.advance_to(world.submit().application_id, "technical_opinion")
    before = {path: path.read_bytes() for path in world.var.rglob("*") if path.is_file()}
    assert wrong(world, contents=True) == {}
    assert {path: path.read_bytes() for path in world.var.rglob("*") if path.is_file()} == before
    told = found(world)
    assert told["states"].what == "1 running instances load and agree with their rows"
    assert told["applications"].what == "1, each with its process instance"
    assert told["documents"].what.startswith("8, each with its file")


@pytest.mark.parametrize("statement, check, level, says", [
    ("UPDATE process_instance SET execution = :bytes", "states", "FAIL", "cannot be read"),
    ("DELETE FROM user_task", "states", "FAIL", "nothing can move them"),
    ("UPDATE process_instance SET state = 'COMPLETED', ended_at = started_at", "orphans: user tasks", "FAIL", "ended"),
    ("UPDATE process_instance SET state = 'COMPLETED', ended_at = started_at", "applications", "FAIL", "open although"),
    ("UPDATE application SET instance_id = NULL", "applications", "FAIL", "without a process instance"),
    ("UPDATE application SET tracking_hash = 'x'", "keys of the database", "FAIL", "not those of these keys"),
    ("UPDATE alembic_version SET version_num = '0001'", "schema", "FAIL", "revision 0001"),
    ("UPDATE alembic_version SET version_num = 'of tomorrow'", "schema", "FAIL", "of tomorrow"),
    ("UPDATE job SET state = 'FAILED' WHERE kind = 'notification.send'", "jobs failed", "WARN", "given up"),
    ("UPDATE job SET state = 'PENDING' WHERE kind = 'notification.send'", "jobs due", "FAIL", "overdue"),
    ("DELETE FROM job WHERE kind = 'maintenance.sweep'", "housekeeping", "WARN", "no daily sweep"),
])
def test_a_fault_of_the_rows_is_told_with_what_mends_it(world, statement, check, level, says):
    world.submit()
    world.run_jobs()
    assert wrong(world) == {}
    world.clock.advance(timedelta(minutes=30))
    write(world.place, statement, **({"bytes": b"x"} if ":bytes" in statement else {}))
    one = found(world)[check]
    assert (one.level, says in one.what) == (level, True), one
    assert one.mend


def test_a_sample_examines_as_many_states_as_it_is_told(world):
    for number in range(3):
        world.submit(site_postal_code=f"571381234{number}")
    assert found(world, sample=2)["states"].what.startswith("2 running instances")


def test_documents_that_are_missing_or_changed_are_found(world):
    world.submit()
    first, second, *_ = sorted((world.var / "documents").glob("??/??/*"))
    content = second.read_bytes()
    first.unlink()
    second.write_bytes(content[:-1] + b"?")
    assert "1 missing and 0 damaged of 7" in found(world)["documents"].what
    assert "1 missing and 1 damaged of 7" in found(world, contents=True)["documents"].what
    second.write_bytes(content + b"?")
    assert "1 missing and 1 damaged of 7" in found(world)["documents"].what


def test_an_old_file_that_no_row_names_is_a_stray(world):
    path = world.var / "documents" / "ab" / "cd" / ("abcd" + "0" * 60)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    assert wrong(world) == {}, "its transaction may not be committed yet"
    past = (SystemClock().now() - timedelta(days=3)).timestamp()
    os.utime(path, (past, past))
    assert wrong(world) == {"documents: strays": "WARN"}


def test_a_clock_that_is_off_is_told(world):
    class Late:
        def __init__(self, by: int) -> None:
            self.by = timedelta(seconds=by)

        def now(self):
            return SystemClock().now() - self.by

    for by, level in ((0, "OK"), (5, "WARN"), (31, "FAIL"), (-31, "FAIL")):
        installation = world.place.installation(machine=Late(by))
        assert rows.clock(installation.database, installation.machine).level == level
        installation.database.dispose()


def test_keys_that_are_lost_spoilt_or_open_to_others_are_told(world):
    keys = world.var / "keys"
    [key] = keys.glob("*.ed25519")
    key.chmod(0o644)
    assert wrong(world) == {"permissions": "FAIL"}
    key.chmod(0o600)
    content = key.read_bytes()
    key.write_bytes(content[:-1])
    assert wrong(world) == {"keys": "FAIL"}
    key.unlink()
    assert "no signing key" in found(world)["keys"].what
    assert list(keys.glob("*.ed25519")) == [], "the doctor makes no keys"
    key.write_bytes(content)
    key.chmod(0o600)
    (keys / "code.secret").unlink()
    assert wrong(world) == {"keys": "FAIL"}


def test_documents_open_to_other_accounts_are_told(world):
    world.submit()
    world.var.chmod(0o755)
    (world.var / "documents").chmod(0o755)
    assert wrong(world)["permissions"] == "WARN"
    world.var.chmod(0o700)
    assert wrong(world) == {}, "a folder nobody else may enter covers what is in it"


def test_room_that_runs_out_is_told(tmp_path: Path):
    assert [files._room(tmp_path, free).level for free in (100 * 1024**3, 1024**3, 1024**2)] == ["OK", "WARN", "FAIL"]


def test_where_there_is_nothing_nothing_is_made(tmp_path: Path):
    place = Place(f"sqlite:///{tmp_path / 'none' / 'x.sqlite'}", tmp_path / "none")
    told = place.examined()
    assert {check for check, one in told.items() if one.level == "FAIL"} == {"keys", "database"}
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_does_not_answer_is_one_finding(tmp_path: Path):
    told = Place("postgresql://nobody@127.0.0.1:9/none", tmp_path).examined()
    assert told["database"].level == "FAIL"
    assert "clock" not in told


def test_a_damaged_file_is_told_and_nothing_is_read_out_of_it(tmp_path: Path, clock: ManualClock):
    place = Places("sqlite", tmp_path, None).new("here", migrated=True)
    World(place.url, place.var, clock).product.database.dispose()
    file = place.var.parent / "parvaneh.sqlite"
    content = bytearray(file.read_bytes())
    for offset in range(4096 * 3, len(content), 4096):
        content[offset:offset + 64] = b"\xff" * 64
    file.write_bytes(content)
    told = place.examined(clock=clock)
    assert {check for check, one in told.items() if one.level == "FAIL"} <= {"database", "database file"}
    assert "applications" not in told


def test_a_reference_to_nothing_is_told(tmp_path: Path, clock: ManualClock):
    place = Places("sqlite", tmp_path, None).new("here", migrated=True)
    world = World(place.url, place.var, clock)
    world.submit()
    world.product.database.dispose()
    with sqlite3.connect(place.var.parent / "parvaneh.sqlite") as connection:
        connection.execute("DELETE FROM process_instance")
    connection.close()
    told = place.examined(clock=clock)
    assert told["database file"].level == "WARN"
    assert told["orphans: user tasks"].level == "FAIL"


def test_a_file_of_secrets_that_others_may_read_is_found(world, tmp_path):
    file = tmp_path / "registers.toml"
    file.write_text("")
    file.chmod(0o644)
    told = [one for one in files.permissions(world.var, sa.make_url(world.place.url), (file,))
            if one.check == "permissions"]
    assert [(one.level, one.mend) for one in told] == [("FAIL", f"chmod -R go= {file}")]
    file.chmod(0o600)
    assert [one.level for one in files.permissions(world.var, sa.make_url(world.place.url), (file,))] == ["OK"]
