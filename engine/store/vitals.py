"""How the database itself is: its version, its clock, and whether its file is whole. Everything here only reads."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_NOW = {"sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
        "postgresql": "SELECT clock_timestamp() AT TIME ZONE 'UTC'"}
_VERSION = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}


def now(session: Session) -> datetime:
    """The present moment by the database's clock, aware, in UTC. SQLite has no other clock than the machine's."""
    found = session.scalar(text(_NOW[_dialect(session)]))
    moment = datetime.fromisoformat(found) if isinstance(found, str) else found
    assert isinstance(moment, datetime)  # noqa: S101 - both statements give exactly one
    return moment.replace(tzinfo=UTC)


def version(session: Session) -> str:
    """The name and version of the store, such as `PostgreSQL 15.4`."""
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[_dialect(session)]
    return f"{name} {str(session.scalar(text(_VERSION[_dialect(session)]))).split()[0]}"


def damage(session: Session) -> list[str]:
    """What is damaged in an SQLite database's file, which anybody can overwrite; reads all of it.

    PostgreSQL looks after its own pages: nothing is ever found there.
    """
    if _dialect(session) != "sqlite":
        return []
    return [str(row[0]) for row in session.execute(text("PRAGMA quick_check(10)")) if row[0] != "ok"]


def broken_references(session: Session) -> list[str]:
    """References to rows that do not exist, which SQLite lets any program write; PostgreSQL lets none."""
    if _dialect(session) != "sqlite":
        return []
    broken = session.execute(text("PRAGMA foreign_key_check")).all()
    return [f"row {row[1]} of {row[0]} refers to a row of {row[2]} that does not exist" for row in broken]


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
