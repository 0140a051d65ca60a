"""Whole copies of a database, made while it is in use, and put in its place again.

SQLite is copied by its own backup interface in one step, which is one read transaction: writers go on beside it.
PostgreSQL is copied by `pg_dump` and put back by `pg_restore`, both found on the PATH.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from engine import errors
from engine.store.session import Database, translated

PARTS = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
"""Dialect -> the name a copy goes by."""

_ASIDE = "parvaneh_replaced"


class ToolMissing(errors.Conflict):
    """The program {tool} is not on the PATH; install PostgreSQL's client programs (Debian: postgresql-client)."""

    fa = "برنامه {tool} در PATH نیست؛ برنامه‌های کاربری PostgreSQL را نصب کنید (در دبیان: postgresql-client)."


class ToolFailed(errors.Conflict):
    """The program {tool} failed: {reason}."""

    fa = "برنامه {tool} ناموفق بود: {reason}."


class CopyFailed(errors.Conflict):
    """The database was not copied: {reason}."""

    fa = "از پایگاه داده رونوشت گرفته نشد: {reason}."


class DatabaseInUse(errors.Conflict):
    """Another program has the database open; stop the service first."""

    fa = "برنامه دیگری پایگاه داده را باز دارد؛ نخست سرویس را متوقف کنید."


class RestoreBrokenOff(errors.Conflict):
    """A restore was broken off: what was there before is in schema {schema}; move it back or drop it, then retry."""

    fa = "بازگردانی پیشین ناتمام مانده و داده‌های پیشین در {schema} است؛ آن را برگردانید یا حذف کنید و دوباره بکوشید."


@contextmanager
def copied(database: Database, target: Path) -> Iterator[Session]:
    """Copy a database in use into the new file `target`, and give a session that reads exactly what the copy holds.

    Raises: errors.Unavailable; CopyFailed on SQLite; ToolMissing, ToolFailed on PostgreSQL.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with _copied_sqlite(database, target) if database.dialect == "sqlite" else _copied_postgresql(
            database, target) as session:
        yield session


def is_empty(url: str) -> bool:
    """Whether there is no table in it yet; the file of an SQLite database need not exist.

    Raises: errors.Unavailable
    """
    path = _file(url)
    if path is not None and not (path.exists() and path.stat().st_size):
        return True
    database = Database(url)
    try:
        with translated(), database.sqlalchemy_engine.connect() as connection:
            return not sa.inspect(connection).get_table_names()
    finally:
        database.dispose()


@contextmanager
def replaced(url: str, source: Path) -> Iterator[None]:
    """Put the copy `source` in the place of a database that nobody uses; what was there comes back if the block fails.

    Raises: DatabaseInUse, RestoreBrokenOff, ToolMissing, ToolFailed, errors.Unavailable.
    """
    path = _file(url)
    with _replaced_sqlite(path, source) if path is not None else _replaced_postgresql(url, source):
        yield


def _file(url: str) -> Path | None:
    address = make_url(url)
    return Path(str(address.database)).absolute() if address.get_backend_name() == "sqlite" else None


@contextmanager
def _copied_sqlite(database: Database, target: Path) -> Iterator[Session]:
    path = str(database.sqlalchemy_engine.url.database)
    try:
        with closing(sqlite3.connect(path, timeout=5)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=-1)
    except sqlite3.Error as error:
        raise CopyFailed(reason=str(error)) from error
    taken = Database(f"sqlite:///{target}")
    try:
        with taken.read() as session:
            yield session
    finally:
        taken.dispose()


@contextmanager
def _copied_postgresql(database: Database, target: Path) -> Iterator[Session]:
    """The session holds the snapshot that `pg_dump` is told to copy."""
    found = _program("pg_dump")
    with translated(), database.sqlalchemy_engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with Session(connection) as session:
            snapshot = session.scalar(sa.text("SELECT pg_export_snapshot()"))
            schema = session.scalar(sa.text("SELECT current_schema()"))
            _run(found, database, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
                 f"--schema={schema}", f"--file={target}")
            yield session


@contextmanager
def _replaced_sqlite(path: Path, source: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    staged, aside = path.with_name(f".{path.name}.restoring"), path.with_name(f".{path.name}.replaced")
    shutil.copyfile(source, staged)
    staged.chmod(0o600)
    _flush(staged)
    try:
        if path.exists():
            _require_unused(path)
            path.rename(aside)
        _drop_logs(path)
        staged.rename(path)
        _flush(path.parent)
        yield
    except BaseException:
        staged.unlink(missing_ok=True)
        if aside.exists():
            _drop_logs(path)
            aside.rename(path)
        raise
    aside.unlink(missing_ok=True)
    _flush(path.parent)


def _require_unused(path: Path) -> None:
    """Leaving WAL mode takes the file for oneself alone, and writes what is only in the log into the file."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise DatabaseInUse from error
    except sqlite3.DatabaseError:
        return  # damaged, which is a reason to restore


def _drop_logs(path: Path) -> None:
    """A log that is left beside another file would be written into it."""
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _replaced_postgresql(url: str, source: Path) -> Iterator[None]:
    """Tables that are there are moved into a schema of their own until all is well."""
    found = _program("pg_restore")
    database = Database(url)
    try:
        schema = _move_aside(database)
        try:
            _run(found, database, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
                 f"--schema={schema}", str(source))
            yield
        except BaseException:
            _move_back(database, schema)
            raise
        with database.sqlalchemy_engine.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {_ASIDE} CASCADE"))
    finally:
        database.dispose()


def _move_aside(database: Database) -> str:
    with translated(), database.sqlalchemy_engine.begin() as connection:
        schema = str(connection.scalar(sa.text("SELECT current_schema()")))
        if connection.scalar(sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": _ASIDE}):
            raise RestoreBrokenOff(schema=_ASIDE)
        if connection.scalar(sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                                     "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")):
            raise DatabaseInUse
        connection.execute(sa.text(f"CREATE SCHEMA {_ASIDE}"))
        _move(connection, schema, _ASIDE)
    # A pooled connection would count as another program.
    database.dispose()
    return schema


def _move_back(database: Database, schema: str) -> None:
    with database.sqlalchemy_engine.begin() as connection:
        for table in sa.inspect(connection).get_table_names():
            connection.execute(sa.text(f'DROP TABLE "{schema}"."{table}" CASCADE'))
        _move(connection, _ASIDE, schema)
        connection.execute(sa.text(f"DROP SCHEMA {_ASIDE}"))


def _move(connection: sa.Connection, schema: str, target: str) -> None:
    """Indexes, constraints and the sequences of columns go with their table."""
    for table in sa.inspect(connection).get_table_names(schema=schema):
        connection.execute(sa.text(f'ALTER TABLE "{schema}"."{table}" SET SCHEMA "{target}"'))


def _program(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        raise ToolMissing(tool=tool)
    return found


def _run(program: str, database: Database, *arguments: str) -> None:
    """Run a client program on the database. The password is told by the environment, where no process list shows it."""
    url = database.sqlalchemy_engine.url
    _, told = database.sqlalchemy_engine.dialect.create_connect_args(url)
    told = {name: value for name, value in told.items() if isinstance(value, str | int)}  # what libpq knows
    password = told.pop("password", None)
    environment = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": str(password)} if password else {})}
    done = subprocess.run([program, f"--dbname={make_conninfo('', **told)}", *arguments], env=environment,  # noqa: S603
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        told_by_it = [line.partition(": ")[2] or line for line in done.stderr.strip().splitlines()[:2]]
        raise ToolFailed(tool=Path(program).name, reason="; ".join(told_by_it) or f"exit code {done.returncode}")
