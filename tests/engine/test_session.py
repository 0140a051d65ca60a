"""Transactions behave alike on both stores."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from engine import errors
from engine.store import session as store
from engine.store import tables

NOW = datetime(2026, 4, 4, tzinfo=UTC)


def deployment(name: str) -> dict:
    return {"id": name, "hash": name, "deployed_at": NOW, "deployed_by": "x", "source": "files"}


class Thrown(Exception):
    """Breaks a block off."""


def insert_then_throw(session, name: str) -> None:
    session.execute(tables.deployment.insert(), deployment(name))
    raise Thrown


def ids(session) -> set[str]:
    return set(session.scalars(sa.select(tables.deployment.c.id)))


def test_a_block_that_raises_leaves_nothing(database):
    with pytest.raises(Thrown), database.begin() as session:
        insert_then_throw(session, "a")
    with database.read() as session:
        assert ids(session) == set()


def test_a_savepoint_undoes_only_its_own_writes(database):
    with database.begin() as session:
        session.execute(tables.deployment.insert(), deployment("a"))
        with pytest.raises(Thrown), session.begin_nested():
            insert_then_throw(session, "b")
    with database.read() as session:
        assert ids(session) == {"a"}


def test_a_reader_neither_waits_for_a_writer_nor_sees_its_rows(database):
    with database.begin() as session:
        session.execute(tables.deployment.insert(), deployment("a"))
        with database.read() as reader:
            assert ids(reader) == set()
    with database.read() as reader:
        assert ids(reader) == {"a"}


def test_a_reader_cannot_write(database):
    with pytest.raises(sa.exc.DBAPIError), database.read() as session:
        session.execute(tables.deployment.insert(), deployment("a"))
    with database.begin() as session:
        session.execute(tables.deployment.insert(), deployment("a"))


def test_what_is_true_in_a_transaction_is_forgotten_when_a_part_is_rolled_back(database):
    with database.begin() as session:
        store.volatile(session)["x"] = 1
        with session.begin_nested():
            pass
        assert store.volatile(session) == {"x": 1}
        with pytest.raises(Thrown), session.begin_nested():
            insert_then_throw(session, "b")
        assert store.volatile(session) == {}


def test_callbacks_run_after_a_commit_and_only_then(database):
    called = []

    def promise_then_throw(session) -> None:
        store.after_commit(session, lambda: called.append("lost"))
        raise Thrown

    with pytest.raises(Thrown), database.begin() as session:
        promise_then_throw(session)
    with database.begin() as session:
        store.after_commit(session, lambda: called.append("kept"))
        assert not called
    assert called == ["kept"]


def test_insert_once_says_whether_the_row_is_new(database):
    with database.begin() as session:
        assert store.insert_once(session, tables.deployment, deployment("a"))
        assert not store.insert_once(session, tables.deployment, {**deployment("a"), "source": "again"})
        assert ids(session) == {"a"}


def test_many_writers_at_once_all_succeed(database):
    def write(number: int) -> None:
        for turn in range(5):
            with database.begin() as session:
                session.execute(tables.deployment.insert(), deployment(f"{number}-{turn}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert len(ids(session)) == 40


def test_a_wrong_statement_is_not_an_outage(database):
    with pytest.raises(sa.exc.DBAPIError), database.begin() as session:
        session.execute(sa.text("SELECT nothing FROM nowhere"))


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.sqlite", "postgresql://x@127.0.0.1:1/none"])
def test_a_database_that_is_gone_is_unavailable(url):
    database = store.Database(url)
    with pytest.raises(errors.Unavailable), database.begin():
        pass
    with pytest.raises(errors.Unavailable), database.read() as session:
        ids(session)
    database.dispose()


def test_a_connection_lost_on_the_way_is_unavailable_and_the_next_transaction_works(database):
    if database.dialect != "postgresql":
        pytest.skip("SQLite has no connection to lose")

    def lose(session) -> None:
        session.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(errors.Unavailable), database.begin() as session:
        lose(session)
    with database.begin() as session:
        session.execute(tables.deployment.insert(), deployment("a"))


def test_a_full_disk_is_unavailable_and_nothing_is_half_written(database):
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL has no limit to set")

    def fill(session) -> None:
        pages = session.scalar(sa.text("PRAGMA page_count"))
        session.execute(sa.text(f"PRAGMA max_page_count = {pages + 2}"))
        session.execute(tables.deployment.insert(), deployment("a"))
        session.execute(tables.deployment_resource.insert(), {
            "deployment_id": "a", "name": "x", "content": b"x" * 1_000_000})

    with pytest.raises(errors.Unavailable), database.begin() as session:
        fill(session)
    with database.begin() as session:
        assert ids(session) == set()
        session.execute(sa.text("PRAGMA max_page_count = 100000"))
        session.execute(tables.deployment.insert(), deployment("b"))


def test_a_file_locked_by_another_process_is_unavailable(database, database_url):
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL locks rows")
    other = sa.create_engine(database_url, connect_args={"timeout": 0, "isolation_level": None})
    with (database.begin(), other.connect() as connection, pytest.raises(errors.Unavailable), store.translated()):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    other.dispose()


def test_a_second_write_transaction_in_one_thread_is_refused_on_sqlite(database):
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL has no writer lock")
    with database.begin(), pytest.raises(RuntimeError), database.begin():
        pass


def test_references_to_missing_rows_are_refused(database):
    row = {"deployment_id": "none", "name": "x", "content": b""}
    with pytest.raises(sa.exc.IntegrityError), database.begin() as session:
        session.execute(tables.deployment_resource.insert(), row)
