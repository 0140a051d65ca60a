"""Transactions on SQLite and PostgreSQL. Every difference between the two stores is in this package.

A `Session` is the unit of work: it begins at an edge, and everything below takes it as a parameter.
"""

from __future__ import annotations

import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from engine import errors
from engine.store import prepared
from engine.values import Problem

TRUSTED_SILENCE = 30.0
"""Seconds for which an idle connection to a server counts as open when its socket says nothing else."""
WRITER_PATIENCE = 30.0
"""Seconds a writer waits for its turn before it gives up with `Unavailable`."""

_AFTER_COMMIT = "parvaneh.after_commit"
_VOLATILE = "parvaneh.volatile"
_SQLITE_OUTAGES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
                   sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM}


class Database:
    """One database by URL: `sqlite:///path` or `postgresql://…`.

    On SQLite a write transaction begins immediately behind one in-process writer lock, so that writers queue instead
    of failing; reads are deferred and never wait for a writer. On PostgreSQL both are READ COMMITTED.
    """

    def __init__(self, url: str, *, echo: bool = False, pooled: bool = False) -> None:
        """`pooled` says that a pooler lends a connection for one transaction, so that nothing may be kept in it."""
        self._engine = _connect(url, echo, pooled)
        self.dialect: str = self._engine.dialect.name
        self._turn: _Turn | None = _Turn() if self.dialect == "sqlite" else None
        self._before_commit: list[Callable[[Session], None]] = []
        self._writers = sessionmaker(self._engine.execution_options(sqlite_begin="BEGIN IMMEDIATE"),
                                     expire_on_commit=False)
        event.listen(self._writers, "after_soft_rollback", _forget)
        self._readers = sessionmaker(
            self._engine.execution_options(postgresql_readonly=True, sqlite_query_only=True), expire_on_commit=False)

    @property
    def sqlalchemy_engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations and for creating a schema."""
        return self._engine

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        Raises:
            errors.Unavailable: the database is lost, locked or full; nothing was written.
        """
        with translated(), self._writing():
            with self._writers.begin() as session:
                session.connection()  # begin now: what follows reads what it will change
                yield session
                for hook in self._before_commit:
                    hook(session)
            for callback in session.info.pop(_AFTER_COMMIT, ()):
                callback()

    @contextmanager
    def rehearsal(self) -> Iterator[Session]:
        """A write transaction that is never committed: to see what would happen. Nothing of it stays.

        Raises:
            errors.Unavailable: the database is lost or locked.
        """
        with translated(), self._writing(), self._writers() as session:
            session.connection()
            try:
                yield session
            finally:
                session.rollback()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction for reading only; writing in it is an error on both stores.

        Raises:
            errors.Unavailable: the database is lost.
        """
        with translated(), self._readers() as session:
            yield session

    def before_commit(self, hook: Callable[[Session], None]) -> None:
        """Call `hook` with the session at the end of every write transaction of this process, before its commit.

        What it raises undoes the transaction.
        """
        self._before_commit.append(hook)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        with self._turn.taken():
            yield


class _Turn:
    """The in-process writer lock of SQLite. Taking it twice in one thread would wait for ever, so it is refused."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("a write transaction is open in this thread already; pass its session on")
        if not self._lock.acquire(timeout=WRITER_PATIENCE):
            raise errors.Unavailable
        self._holder = me
        try:
            yield
        finally:
            self._holder = None
            self._lock.release()


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Call `callback` once the transaction of `session` has been committed; never when it is rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(callback)


def volatile(session: Session) -> dict[Any, Any]:
    """Memory of the transaction that holds only what is true: emptied when it, or a savepoint in it, is rolled back."""
    memory: dict[Any, Any] = session.info.setdefault(_VOLATILE, {})
    return memory


def _forget(session: Session, _transaction: SessionTransaction) -> None:
    volatile(session).clear()


@contextmanager
def rebuilding(connection: Connection) -> Iterator[None]:
    """A transaction in which tables may be made anew, for migrations; every foreign key holds again at its end.

    SQLite changes a table by copying it, and dropping the old one would count as deleting what others refer to;
    whether its keys are enforced can only be changed outside a transaction. The connection is not fit for other use
    afterwards.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    with connection.begin():
        yield
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise sa.exc.IntegrityError("PRAGMA foreign_key_check", None, ValueError(f"dangling rows: {broken[:5]}"))


def insert_once(session: Session, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key forbids it; True when the row is new."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return session.execute(statement).first() is not None


def insert_new(session: Session, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, returning: str) -> list[Any]:
    """Insert the rows that no unique key forbids, in one statement; the column `returning` of those that are new."""
    if not rows:
        return []
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(list(rows)).on_conflict_do_nothing().returning(table.c[returning])
    return list(session.scalars(statement))


@contextmanager
def translated() -> Iterator[None]:
    """Turn the errors of a lost, locked or full database into `errors.Unavailable`."""
    try:
        yield
    except PoolTimeout as error:
        raise errors.Unavailable from error
    except DBAPIError as error:
        if is_outage(error):
            raise errors.Unavailable from error
        raise


def is_outage(error: DBAPIError) -> bool:
    """Whether the database could not be used, as opposed to: the statement was wrong."""
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _SQLITE_OUTAGES
    return isinstance(error, OperationalError | InterfaceError)


def _connect(url: str, echo: bool, pooled: bool) -> Engine:
    engine = _created(url, echo, pooled)
    event.listen(engine, "handle_error", _refuse_unstorable)
    return engine


def _refuse_unstorable(context: ExceptionContext) -> None:
    """A value that no column can hold is the caller's fault: a NUL, half a surrogate pair, a text or number too long.

    SQLite takes most of them and PostgreSQL none, so that without this each would be a crash on one store only.
    """
    if isinstance(context.sqlalchemy_exception, DataError) or isinstance(
            context.original_exception, UnicodeEncodeError | OverflowError):
        raise errors.Invalid([Problem(
            where="value", what="a value is too long, or has characters that cannot be kept",
            what_fa="مقداری بیش از اندازه بلند است یا نویسه‌ای دارد که نگه داشتنی نیست",
            fix="shorten it, and remove control characters", fix_fa="آن را کوتاه کنید و نویسه‌های کنترلی را بردارید",
            code="unstorable")]) from context.original_exception


def _created(url: str, echo: bool, pooled: bool) -> Engine:
    # Parameters are hidden: an error of the database may end in a log, and they may be personal data.
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "postgresql":
        unprepared = {"prepare_threshold": None} if pooled else {}
        engine = sa.create_engine(address, echo=echo, hide_parameters=True, pool_size=16, max_overflow=16,
                                  connect_args={"connect_timeout": 5, **unprepared})
        _watch_server(engine)
        return engine
    engine = sa.create_engine(address, echo=echo, hide_parameters=True, pool_size=16, max_overflow=16,
                              connect_args={"timeout": 5})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if address.database not in {None, "", ":memory:"}:
        _watch_file(engine, Path(str(address.database)))
    return engine


def _watch_server(engine: Engine) -> None:
    """Notice, before a transaction begins, that the server has closed the connection.

    A ping for each transaction costs a way to the server and back. A server that stops closes its connections, which
    the socket shows at once; only where that says nothing, or after a long silence, is the server asked.
    """
    def idle(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    def checkout(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        try:
            if time.monotonic() - record.info["idle_since"] < TRUSTED_SILENCE and not _has_spoken(connection):
                return
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            raise DisconnectionError

    event.listen(engine, "connect", idle)
    event.listen(engine, "checkin", idle)
    event.listen(engine, "checkout", checkout)


def _has_spoken(connection: Any) -> bool:
    """Whether the socket of an idle connection has something to read: a notice, or its end."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _watch_file(engine: Engine, path: Path) -> None:
    """Notice that the database's file went away or was exchanged.

    Without this SQLite would go on writing into a file that nobody finds again, or begin an empty one in its place.
    """
    seen: list[bool] = []

    def connecting(*_arguments: Any) -> None:
        if seen and not path.exists():
            error = sqlite3.OperationalError("the file of the database is gone")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error

    def connected(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["sqlite_file"] = _file_id(path)
        seen[:] = [True]

    def checkout(_connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if record.info.get("sqlite_file") != _file_id(path):
            raise DisconnectionError

    event.listen(engine, "do_connect", connecting)
    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", checkout)


def _file_id(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling is off: `_begin_sqlite` says which kind of transaction begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    begin, reading = options.get("sqlite_begin", "BEGIN"), "sqlite_query_only" in options
    driver: Any = connection.connection.driver_connection
    try:
        if connection.info.get("query_only", False) != reading:
            driver.execute(f"PRAGMA query_only = {int(reading)}")
            connection.info["query_only"] = reading
        driver.execute(begin)
    except sqlite3.Error as error:
        prepared.refuse(connection, begin, error)
