"""How Alembic reaches the database: by the connection it is handed (`workflows.bootstrap.migrate`), never by a file."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import engine.store.tables  # noqa: F401 - importing it makes the engine's tables known
import workflows.models  # noqa: F401 - and this the others
from engine.store.base import UtcDateTime, metadata


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their own names."""
    if kind != "type":
        return False
    name = "UtcDateTime" if isinstance(item, UtcDateTime) else "Json" if isinstance(item, sa.JSON) else None
    if name is None:
        return False
    autogen.imports.add(f"from engine.store.base import {name}")
    return "UtcDateTime()" if name == "UtcDateTime" else name


def run(connection: Connection) -> None:
    """Migrate in the transaction of `connection`."""
    options = {"render_as_batch": True, **context.config.attributes.get("options", {})}
    context.configure(connection=connection, target_metadata=metadata, render_item=render_item, compare_type=True,
                      **options)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
