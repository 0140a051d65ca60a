"""Statements of the hot path: compiled once for each store, then handed to the driver as they are.

SQLAlchemy writes the SQL and converts the values, as everywhere; what is left out is what it does around each execution
(cache keys, execution contexts, result objects), which costs ten times what SQLite itself does. Transactions, pools and
connections stay SQLAlchemy's, and errors are the same as of `Session.execute`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

Params = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Prepared:
    """One statement. Rows of an insert name all columns that have a default in Python."""

    def __init__(self, statement: sa.Executable) -> None:
        # Without `inline` a single row would ask for the key the database gave it.
        self._statement = statement.inline() if isinstance(statement, sa.Insert) else statement
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def first(self, session: Session, params: Params) -> Any:
        """The first row as a named tuple, or None."""
        connection, compiled = self._ready(session, params)
        row = compiled.executed(connection, params).fetchone()
        return None if row is None else compiled.row(row)

    def all(self, session: Session, params: Params) -> list[Any]:
        """All rows as named tuples."""
        connection, compiled = self._ready(session, params)
        return [compiled.row(row) for row in compiled.executed(connection, params).fetchall()]

    def run(self, session: Session, params: Params) -> int:
        """Execute a writing statement; returns how many rows it wrote."""
        connection, compiled = self._ready(session, params)
        return int(compiled.executed(connection, params).rowcount)

    def run_all(self, session: Session, rows: Sequence[Params]) -> None:
        """Execute a writing statement for each of these, in order; all have the same names."""
        if len(rows) == 1:
            self.run(session, rows[0])
        elif rows:
            connection, compiled = self._ready(session, rows[0])
            compiled.executed_all(connection, rows)

    def _ready(self, session: Session, params: Params) -> tuple[Connection, _Compiled]:
        connection = session.connection()
        key = connection.dialect.name, tuple(params)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self._statement, connection.dialect, key[1])
        return connection, compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    sql: str
    binds: Sequence[tuple[str, Any, Convert | None]]
    """Name, value that stands in the statement itself, conversion; in the order of their places."""
    positional: bool
    given: frozenset[str]
    columns: Sequence[tuple[int, Convert]]
    """Columns of the result whose values are converted."""
    kind: Any
    """The class of a row."""
    faults: tuple[type[Exception], ...]
    """What the driver raises, and what it raises for a text or a number it cannot take."""

    def executed(self, connection: Connection, params: Params) -> Any:
        cursor = _driver(connection).cursor()
        try:
            cursor.execute(self.sql, self._values(params))
        except self.faults as error:
            refuse(connection, self.sql, error)
        return cursor

    def executed_all(self, connection: Connection, rows: Sequence[Params]) -> None:
        try:
            _driver(connection).cursor().executemany(self.sql, [self._values(row) for row in rows])
        except self.faults as error:
            refuse(connection, self.sql, error)

    def row(self, found: Sequence[Any]) -> Any:
        if not self.columns:
            return self.kind._make(found)
        values = list(found)
        for place, convert in self.columns:
            values[place] = convert(values[place])
        return self.kind._make(values)

    def _values(self, params: Params) -> Any:
        given = self.given
        values = [(params[name] if name in given else own) if convert is None
                  else convert(params[name] if name in given else own) for name, own, convert in self.binds]
        if self.positional:
            return values
        return {name: value for (name, _, _), value in zip(self.binds, values, strict=True)}


def _compile(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    keys = list(names) if isinstance(statement, sa.Insert) else None
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=keys)
    order = compiled.positiontup if compiled.positiontup is not None else list(compiled.binds)
    binds = []
    for name in order:
        bind = compiled.binds[name]
        binds.append((name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect)))
    described = list(getattr(statement, "selected_columns", ()))
    processors = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in described]
    return _Compiled(
        sql=str(compiled), binds=binds, positional=compiled.positional, given=frozenset(names),
        columns=[(place, convert) for place, convert in enumerate(processors) if convert is not None],
        faults=(dialect.loaded_dbapi.Error, UnicodeEncodeError, OverflowError),
        kind=namedtuple("Row", [column.key for column in described]) if described else None)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def refuse(connection: Connection, sql: str, error: Exception) -> NoReturn:
    """Raise what `Session.execute` would raise, and tell whoever listens to errors of the database."""
    # The one place where SQLAlchemy decides what an error of a driver means; it has no public name.
    connection._handle_dbapi_exception(error, sql, None, None, None)
