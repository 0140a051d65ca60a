"""Checks of what lies on disk: keys, documents, permissions, room."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import URL

from engine.clock import Clock
from engine.store.session import Database
from workflows import signatures
from workflows.doctor.findings import Finding, Progress, failure, fine, warning
from workflows.documents import Folder
from workflows.models.document import Document

ROOM_WARN, ROOM_FAIL = 2 * 1024**3, 256 * 1024**2
"""Free bytes; below the second an upload or a commit may fail any moment."""

CHUNK = 500
_STRAY_AGE = timedelta(days=2)
"""The daily sweep leaves younger ones alone: their transaction may not be committed yet."""


def database_file(url: URL) -> Path | None:
    """The file of an SQLite database; None on PostgreSQL."""
    return Path(str(url.database)).absolute() if url.get_backend_name() == "sqlite" else None


def disk(var: Path, url: URL) -> Iterator[Finding]:
    """Room on the disks that documents and, on SQLite, the database are written to."""
    places = [var]
    file = database_file(url)
    if file is not None:
        places.append(file.parent)
    seen = set()
    for place in filter(Path.is_dir, places):
        device = place.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield _room(place, shutil.disk_usage(place).free)


def keys(folder: Path) -> tuple[signatures.Keys | None, list[Finding]]:
    """The keys, when all of them can be read."""
    try:
        found = signatures.Keys.load(folder)
    except (OSError, ValueError) as error:
        reason = error.strerror or "unreadable" if isinstance(error, OSError) else str(error)
        return None, [failure("keys", f"{folder}: {reason}",
                              "run this as the account that runs the product; a key that is lost or damaged comes "
                              "back from a backup only")]
    return found, [fine("keys", f"readable; {found.current} signs")]


def permissions(var: Path, url: URL, secrets: Collection[Path] = ()) -> Iterator[Finding]:
    """Whether other accounts of the machine can read keys, other secrets, documents or the database."""
    file = database_file(url)
    secret = [var / "keys", *sorted((var / "keys").glob("*")), *secrets]
    private = [var / "documents", var / "sms", var / "mail", *([file] if file is not None else [])]
    # A folder nobody else may enter covers what is in it.
    open_to_all = [path for path in private if _is_open(path) and not _is_closed(path.parent)]
    loose = [path for path in secret if _is_open(path)]
    if loose:
        yield failure("permissions", f"other accounts may read {loose[0]}",
                      f"chmod -R go= {loose[0] if loose[0] in secrets else var / 'keys'}")
    elif open_to_all:
        yield warning("permissions", f"other accounts may read {open_to_all[0]}", f"chmod -R go= {open_to_all[0]}")
    else:
        yield fine("permissions", "keys, documents and database are for one account")
    if var.is_dir() and not os.access(var, os.W_OK | os.X_OK):
        yield failure("writable", f"this account may not write {var}",
                      "run this as the account that runs the product, or give it the folder")


def documents(database: Database, folder: Folder, machine: Clock, *, contents: bool,
              progress: Progress) -> Iterator[Finding]:
    """Whether each document a row names is there and whole, and whether files that no row names are swept away."""
    missing: list[str] = []
    damaged: list[str] = []
    done, after = 0, ""
    with database.read() as session:
        total = session.scalar(select(func.count()).select_from(Document)) or 0
    while True:
        with database.read() as session:
            rows = session.execute(select(Document.id, Document.sha256, Document.size).where(Document.id > after)
                                   .order_by(Document.id).limit(CHUNK)).all()
        if not rows:
            break
        for row in rows:
            verdict = _document(folder.path(row.sha256), row.sha256, row.size, contents)
            if verdict is not None:
                (missing if verdict == "missing" else damaged).append(row.id)
        after, done = rows[-1].id, done + len(rows)
        progress("documents", done, max(total, done))
    if missing or damaged:
        yield failure("documents", f"{len(missing)} missing and {len(damaged)} damaged of {done}: "
                      + ", ".join([*missing, *damaged][:5]),
                      f"put their files back under {folder.root} from a backup")
    else:
        yield fine("documents", f"{done}, each with its file" + (", each as its hash says" if contents else ""))
    yield _strays(database, folder, machine)


def _document(path: Path, sha256: str, size: int, contents: bool) -> str | None:
    try:
        if path.stat().st_size != size:
            return "damaged"
        if contents:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    return "damaged"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "damaged"
    return None


def _strays(database: Database, folder: Folder, machine: Clock) -> Finding:
    limit = (machine.now() - _STRAY_AGE).timestamp()
    names = [sha256 for sha256, _ in folder.hashes(older_than=limit)]
    stray = []
    for start in range(0, len(names), CHUNK):
        chunk = names[start:start + CHUNK]
        with database.read() as session:
            named = set(session.scalars(select(Document.sha256).where(Document.sha256.in_(chunk))))
        stray += [name for name in chunk if name not in named]
    if not stray:
        return fine("documents: strays", "no old file without a row")
    return warning("documents: strays", f"{len(stray)} files older than two days that no row names",
                   "the daily sweep removes them; if they stay, see the check of housekeeping")


def _room(place: Path, free: int) -> Finding:
    what, mend = f"{free / 1024**3:.1f} GiB free at {place}", "make room, or move PARVANEH_VAR to a larger disk"
    if free < ROOM_FAIL:
        return failure("disk", what, mend)
    return warning("disk", what, mend) if free < ROOM_WARN else fine("disk", what)


def _is_open(path: Path) -> bool:
    """Whether accounts other than the owner have any right to it."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False


def _is_closed(path: Path) -> bool:
    return path.is_dir() and not _is_open(path)
