"""The doctor: looks over an installation from outside, changes nothing, and says how to mend what is wrong.

It needs neither the keys nor a current schema to begin with: what cannot be examined is a finding, and the checks that
stand on it are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from engine import Engine, Transport, errors
from engine.clock import Clock, OffsetClock
from engine.store import vitals
from engine.store.session import Database
from workflows import schema
from workflows.doctor import files, rows
from workflows.doctor.findings import Finding, Level, Progress, failure, fine
from workflows.documents import Folder
from workflows.models.rule import DemoClock

__all__ = ["Finding", "Installation", "Level", "Orders", "examine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is examined: a database, the folder of documents and keys, and the clocks to compare."""

    database: Database
    engine: Engine
    clock: Clock
    machine: Clock
    var: Path
    documents: Folder
    transport: Transport
    secrets: tuple[Path, ...] = ()
    """Files outside `var` that hold secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """How thoroughly to look."""

    overdue: timedelta = timedelta(minutes=10)
    """Jobs later than this are told of."""
    sample: int | None = None
    """Examine the state of this many running instances, any of them; None examines all."""
    contents: bool = False
    """Read every document and compare it with its hash, instead of its presence and size only."""


def examine(installation: Installation, orders: Orders | None = None, *,
            progress: Progress = lambda _what, _done, _total: None) -> Iterator[Finding]:
    """Every check in turn, told as soon as it is made. Reads in short transactions, so it may run beside the product.

    Raises: errors.Unavailable when the database is lost on the way.
    """
    orders = orders or Orders()
    database, var = installation.database, installation.var
    yield from files.disk(var, database.sqlalchemy_engine.url)
    keys, found = files.keys(var / "keys")
    yield from found
    yield from files.permissions(var, database.sqlalchemy_engine.url, installation.secrets)
    reachable, found = _database(installation)
    yield from found
    if not reachable:
        return
    yield rows.clock(database, installation.machine)
    yield rows.transport(installation.transport, database)
    yield from rows.jobs(installation.engine, database, orders.overdue)
    yield from rows.orphans(installation.engine, database)
    yield from rows.states(installation.engine, database, sample=orders.sample, progress=progress)
    yield rows.applications(installation.engine, database, progress=progress)
    if keys is not None:
        yield rows.keys_fit(database, keys)
    yield from files.documents(database, installation.documents, installation.machine, contents=orders.contents,
                               progress=progress)


def _database(installation: Installation) -> tuple[bool, list[Finding]]:
    """Whether its rows can be examined: it answers, its file is whole, and its schema is the one of this version."""
    database = installation.database
    path = files.database_file(database.sqlalchemy_engine.url)
    if path is not None and not path.exists():
        return False, [failure("database", f"there is no file {path}",
                               "set PARVANEH_DATABASE_URL, restore a backup, or begin with `parvaneh init`")]
    try:
        with database.read() as session:
            found = [fine("database", f"{vitals.version(session)} answers")]
            revision, needed = schema.revision(session.connection()), schema.head()
            whole = rows.integrity(session)
            if revision == needed and isinstance(installation.clock, OffsetClock):
                moved = session.get(DemoClock, 1)
                installation.clock.offset = timedelta(seconds=moved.offset_seconds if moved else 0)
    except (errors.Unavailable, DBAPIError) as error:
        return False, [failure("database", f"it cannot be used ({type(error.__cause__ or error).__name__})",
                               "start it, and look at PARVANEH_DATABASE_URL and at its own log; if its file is "
                               "damaged, restore a backup")]
    if revision == needed:
        return whole.level != "FAIL", [*found, whole, fine("schema", f"revision {needed}, as this version needs")]
    mend = "run `parvaneh migrate`" if revision is None or revision in schema.known() else (
        "install the version of the product that migrated it")
    return False, [*found, whole, failure("schema", f"revision {revision or 'none'}; this version needs {needed}, so "
                                          "rows were not examined", mend)]
