"""A composed product on each store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import ManualClock
from tests.conftest import START, Schema
from tests.passwords import quick_passwords  # noqa: F401 - for every test here
from tests.workflows.world import World


@pytest.fixture(scope="session")
def prepared(sqlite_template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a prepared world on SQLite, to be copied: hashing passwords and checking the bundle take time."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(sqlite_template(), folder / "parvaneh.sqlite")
    world = World(f"sqlite:///{folder / 'parvaneh.sqlite'}", folder / "var", ManualClock(START))
    world.product.database.dispose()
    return folder


@pytest.fixture(scope="session")
def prepared_on_postgres(postgres_url: str, postgres_schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a prepared world on PostgreSQL, whose rows the schema keeps."""
    folder = tmp_path_factory.mktemp("world")
    postgres_schema.clean()
    World(postgres_url, folder / "var", ManualClock(START)).product.database.dispose()
    postgres_schema.keep()
    postgres_schema.clean()
    return folder


@pytest.fixture
def world(request: pytest.FixtureRequest, database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[World]:
    if database_url.startswith("sqlite"):
        shutil.copytree(request.getfixturevalue("prepared"), tmp_path, dirs_exist_ok=True)
    else:
        shutil.copytree(request.getfixturevalue("prepared_on_postgres"), tmp_path, dirs_exist_ok=True)
        request.getfixturevalue("postgres_schema").restore()
    world = World(database_url, tmp_path / "var", clock, prepared=True)
    yield world
    world.product.database.dispose()
