"""A composed product on each store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import ManualClock
from tests.conftest import START
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


@pytest.fixture
def world(request: pytest.FixtureRequest, database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[World]:
    copied = database_url.startswith("sqlite")
    if copied:
        shutil.copytree(request.getfixturevalue("prepared"), tmp_path, dirs_exist_ok=True)
    world = World(database_url, tmp_path / "var", clock, prepared=copied)
    yield world
    world.product.database.dispose()
