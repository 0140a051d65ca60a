"""Backup and restore, rehearsed: what is copied while the product works goes on elsewhere to its end."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import stat
import tarfile
import threading
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.store import copies
from engine.store.session import Database
from tests.conftest import START
from tests.workflows.places import Place, Places, places
from tests.workflows.world import FILES, World
from workflows import backups, licences, restores

__all__ = ["places"]


def back_up(place: Place, target: Path, **how: object) -> tuple[Path, backups.Manifest]:
    installation = place.installation()
    try:
        return backups.create(installation, target, **how)  # type: ignore[arg-type]
    finally:
        installation.database.dispose()


def levels(place: Place, clock: ManualClock) -> set[str]:
    return {f"{one.check}: {one.what}" for one in place.examined(clock=clock, contents=True).values()
            if one.level == "FAIL"}


class Writers(threading.Thread):
    """Goes on submitting applications, each with documents of its own, until told to stop."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._stop_asked = threading.Event()
        self.first = threading.Event()
        self.submitted: list[str] = []

    def run(self) -> None:
        number = 0
        while not self._stop_asked.is_set():
            number += 1
            files = {field: (name, content + str(number).encode()) for field, (name, content) in FILES.items()}
            self.submitted.append(self._world.submit(
                files, site_postal_code=f"57138{12000 + number}").application_id)
            self.first.set()

    def __enter__(self) -> Writers:
        self.start()
        assert self.first.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_asked.set()
        self.join()


@pytest.fixture
def world(places: Places, clock: ManualClock):
    place = places.new("here", migrated=True)
    world = World(place.url, place.var, clock)
    world.place = place  # type: ignore[attr-defined]
    yield world
    world.product.database.dispose()


def test_an_application_half_way_goes_on_where_its_backup_is_restored(world, places, clock, tmp_path):
    done, mine = world.submit().application_id, ""
    world.to_issuer(done)
    issued = world.issue(done)
    code = issued.verify_url.rpartition("/")[2]
    submitted = world.submit(site_postal_code="5713899999")
    mine = submitted.application_id
    world.advance_to(mine, "working_group_decision")
    with Writers(world) as writers:
        before = len(writers.submitted)
        file, manifest = back_up(world.place, tmp_path)
        while len(writers.submitted) == before:
            pass  # written while the copy was made, or after
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert before + 2 <= manifest.counts["application"] <= len(writers.submitted) + 2
    world.product.database.dispose()

    there = places.new("there")
    restores.restore(file, url=there.url, var=there.var)
    assert levels(there, clock) == set()
    again = World(there.url, there.var, ManualClock(START), prepared=True)
    try:
        with again.product.database.read() as session:
            assert licences.verify(session, product=again.product, token=code).number == issued.number
        assert [task.element_id for task in again.tasks(mine)] == ["working_group_decision"]
        again.to_issuer(mine)
        licence = again.issue(mine, "CRA-2")
        assert again.application(mine).state == "ISSUED"
        token = licence.verify_url.rpartition("/")[2]
        with again.product.database.read() as session:
            assert licences.verify(session, product=again.product, token=token).number == licence.number
        for later in writers.submitted[:before]:
            assert again.task(later, "check_documents")
    finally:
        again.product.database.dispose()
    assert levels(there, clock) == set()


def test_a_backup_takes_nobodys_place_and_leaves_nothing_behind_when_it_fails(world, tmp_path):
    world.submit()
    folder = tmp_path / "backups"
    folder.mkdir()
    file, _ = back_up(world.place, folder / "one.tar")
    with pytest.raises(backups.BackupRefused, match="exists"):
        back_up(world.place, file)
    lost = next((world.var / "documents").glob("??/??/*"))
    content = lost.read_bytes()
    lost.write_bytes(b"something else")
    with pytest.raises(backups.BackupRefused, match="1 of 7 documents are missing or damaged"):
        back_up(world.place, folder)
    assert [path.name for path in folder.iterdir()] == ["one.tar"]
    _, lossy = back_up(world.place, folder, allow_missing=True)
    assert (lossy.documents, list(lossy.missing)) == (6, [lost.name])
    lost.write_bytes(content)


def test_an_installation_that_is_not_empty_is_left_alone_and_replaced_only_by_force(world, places, clock, tmp_path):
    mine = world.submit().application_id
    file, _ = back_up(world.place, tmp_path)
    later = world.submit(site_postal_code="5713899999").application_id
    key = (world.var / "keys" / "code.secret").read_bytes()
    with pytest.raises(restores.InstallationNotEmpty):
        restores.restore(file, url=world.place.url, var=world.var)
    with pytest.raises(copies.DatabaseInUse):
        restores.restore(file, url=world.place.url, var=world.var, force=True)
    assert world.task(later, "check_documents")
    world.product.database.dispose()
    restores.restore(file, url=world.place.url, var=world.var, force=True)
    assert levels(world.place, clock) == set()
    assert (world.var / "keys" / "code.secret").read_bytes() == key
    assert world.task(mine, "check_documents")
    assert world.tasks(later) == []
    assert sorted(path.name for path in world.var.iterdir()) == ["documents", "keys"]
    assert [path.name for path in world.var.parent.iterdir() if path.name.startswith(".")] == []


def test_what_was_there_comes_back_when_a_restore_fails_half_way(world, clock, tmp_path, monkeypatch):
    world.submit()
    file, _ = back_up(world.place, tmp_path)
    later = world.submit(site_postal_code="5713899999").application_id
    world.product.database.dispose()

    class Broken(Exception):
        pass

    def broken(*_arguments: object) -> None:
        raise Broken

    monkeypatch.setattr(restores, "_require_whole", broken)
    with pytest.raises(Broken):
        restores.restore(file, url=world.place.url, var=world.var, force=True)
    monkeypatch.undo()
    assert levels(world.place, clock) == set()
    assert world.task(later, "check_documents")


def rewritten(file: Path, target: Path, change) -> Path:
    """The same backup with each member passed through `change(name, content)`; None leaves it out."""
    with tarfile.open(file) as old, tarfile.open(target, "w") as new:
        for entry in old:
            content = change(entry.name, old.extractfile(entry).read())
            if content is not None:
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
    return target


def changed_manifest(**told: object):
    return lambda name, content: (json.dumps({**json.loads(content), **told}).encode()
                                  if name == backups.MANIFEST else content)


SHIPPED = [hashlib.sha256(content).hexdigest() for _, content in FILES.values()]

DAMAGES = {
    "a flipped byte of a document": (
        lambda name, content: content[:-1] + b"!" if name.startswith("documents/") else content, "another content"),
    "a flipped byte of the database": (
        lambda name, content: content[:-1] + b"!" if name.startswith("database.") else content, "database"),
    "a document less": (
        lambda name, content: None if name == min(f"documents/{one}" for one in SHIPPED) else content,
        "documents are missing"),
    "a key less": (lambda name, content: None if name == "keys/code.secret" else content, "keys/code.secret"),
    "no manifest": (lambda name, content: None if name == backups.MANIFEST else content, "only the beginning"),
    "a manifest of no sense": (lambda name, content: b"{}" if name == backups.MANIFEST else content, "manifest"),
    "a format of tomorrow": (changed_manifest(format=2), "format"),
    "a schema of tomorrow": (changed_manifest(schema="9999"), "unknown to this version"),
}


@pytest.fixture(scope="module")
def one_backup(tmp_path_factory):
    """A backup of a small installation on SQLite."""
    places = Places("sqlite", tmp_path_factory.mktemp("one"), None)
    place = places.new("here", migrated=True)
    world = World(place.url, place.var, ManualClock(START))
    world.submit()
    world.product.database.dispose()
    return back_up(place, place.var.parent)[0]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused_and_puts_nothing_in_place(one_backup, tmp_path, damage):
    change, says = DAMAGES[damage]
    damaged = rewritten(one_backup, tmp_path / "damaged.tar", change)
    there = Places("sqlite", tmp_path, None).new("there")
    with pytest.raises(restores.BackupUnusable, match=says):
        restores.restore(damaged, url=there.url, var=there.var)
    assert list(there.var.iterdir()) == []
    assert not (there.var.parent / "parvaneh.sqlite").exists()


@pytest.mark.parametrize("part", [0.001, 0.3, 0.9, 0.999])
def test_the_beginning_of_a_backup_is_refused(one_backup, tmp_path, part):
    content = one_backup.read_bytes().rstrip(b"\0")  # behind the manifest there is nothing but padding
    (tmp_path / "half.tar").write_bytes(content[:int(len(content) * part)])
    there = Places("sqlite", tmp_path, None).new("there")
    with pytest.raises(restores.BackupUnusable):
        restores.restore(tmp_path / "half.tar", url=there.url, var=there.var)


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "keys/../../x", "documents/" + "0" * 63, "keys/.hidden"])
def test_a_name_that_leads_elsewhere_is_refused(one_backup, tmp_path, name):
    with tarfile.open(one_backup) as old, tarfile.open(tmp_path / "strange.tar", "w") as new:
        new.addfile(tarfile.TarInfo(name))
        for entry in old:
            new.addfile(entry, old.extractfile(entry))
    there = Places("sqlite", tmp_path, None).new("there")
    with pytest.raises(restores.BackupUnusable, match="no part of a backup"):
        restores.restore(tmp_path / "strange.tar", url=there.url, var=there.var)


def test_a_backup_goes_back_into_the_kind_of_store_it_came_from(one_backup, tmp_path, postgres_url):
    places = Places("postgres", tmp_path, postgres_url)
    there = places.new("there")
    try:
        with pytest.raises(restores.BackupUnusable, match="it was taken from sqlite"):
            restores.restore(one_backup, url=there.url, var=there.var)
    finally:
        places.close()


def test_the_password_is_told_to_no_process_list(tmp_path, monkeypatch):
    told = tmp_path / "told"
    tool = tmp_path / "pg_dump"
    tool.write_text(f'#!/bin/sh\necho "$@" > {told}\necho "$PGPASSWORD" >> {told}\n'
                    'echo "pg_dump: error: no" >&2\nexit 1\n')
    tool.chmod(0o700)
    database = Database("postgresql://someone:s3cret@127.0.0.1:1/x")
    with pytest.raises(copies.ToolFailed, match="The program pg_dump failed: error: no"):
        copies._run(str(tool), database, "--format=custom")
    arguments, password = told.read_text().splitlines()
    assert "s3cret" not in arguments
    assert "user=someone" in arguments
    assert password == "s3cret"
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(copies.ToolMissing, match="pg_dump is not on the PATH; install PostgreSQL's client programs"):
        copies._program("pg_dump")


def test_a_log_left_beside_a_lost_database_is_not_written_into_the_restored_one(one_backup, tmp_path, clock):
    there = Places("sqlite", tmp_path, None).new("there")
    path = there.var.parent / "parvaneh.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE stray (x)")
        connection.execute("INSERT INTO stray VALUES (1)")
    wal = path.with_name(path.name + "-wal")
    assert wal.stat().st_size > 0
    kept = wal.read_bytes()
    connection.close()
    path.unlink()
    wal.write_bytes(kept)
    restores.restore(one_backup, url=there.url, var=there.var)
    assert levels(there, clock) == set()


def test_a_restore_that_was_broken_off_is_told_and_what_was_set_aside_is_left_alone(tmp_path, postgres_url):
    places = Places("postgres", tmp_path, postgres_url)
    database = Database(places.new("here", migrated=True).url)
    try:
        with database.sqlalchemy_engine.begin() as connection:
            connection.exec_driver_sql("CREATE SCHEMA parvaneh_replaced")
            connection.exec_driver_sql("CREATE TABLE parvaneh_replaced.kept (x int)")
        with pytest.raises(copies.RestoreBrokenOff, match="parvaneh_replaced"):
            copies._move_aside(database)
        with database.sqlalchemy_engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM parvaneh_replaced.kept").scalar() == 0
            assert connection.exec_driver_sql("SELECT count(*) FROM public.application").scalar() == 0
    finally:
        database.dispose()
        places.close()
