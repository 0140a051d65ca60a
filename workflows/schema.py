"""Which schema the database has, and which one this version of the product needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import alembic.config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"


def settings() -> alembic.config.Config:
    """Alembic's settings: where the migrations are, and nothing else."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def revision(connection: Connection) -> str | None:
    """The revision a database is at; None when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head() -> str | None:
    """The revision this version needs."""
    return ScriptDirectory.from_config(settings()).get_current_head()


@cache
def known() -> frozenset[str]:
    """Every revision this version can migrate from."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(settings()).walk_revisions())
