"""Backups: one file with everything an installation needs to go on elsewhere, and its way back.

The file is a plain tar: the copy of the database, the keys, the documents, and last a manifest with the version, the
schema's revision, the number of rows of each table and the SHA-256 of each part. It holds secrets and personal data.

Why it is consistent although the product goes on working: a document is written to disk, and flushed, before the
transaction that names it commits. So whatever the copy of the database names was on disk when the copy was made. The
database is copied first; then exactly the documents are taken that this copy names, whatever the folder holds by then.
Content that is no longer named may be swept away meanwhile; content the copy names that is not there is told of, and
no backup is made (unless that is wanted), since such a backup could not be restored whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import errors
from engine.store import copies, vitals
from workflows import documents, schema, signatures

if TYPE_CHECKING:
    from workflows.doctor import Installation

FORMAT = 1
MANIFEST = "manifest.json"

Progress = Callable[[str, int, int], None]


class BackupRefused(errors.Conflict):
    """No backup was made: {reason}."""

    fa = "پشتیبان گرفته نشد: {reason_fa}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself. It protects against damage and loss, not against forgery."""

    format: int
    version: str
    store: str
    """`sqlite` or `postgresql`: a copy goes back into the kind of store it was taken from."""
    schema: str
    created_at: str
    parts: Mapping[str, Part]
    """Name -> the database's copy and each key."""
    documents: int
    documents_bytes: int
    documents_sha256: str
    """Over the names of all documents, sorted; each document's name is the SHA-256 of its content."""
    missing: Sequence[str]
    """Documents that the database names and that were lost before; empty unless their loss was accepted."""
    counts: Mapping[str, int]
    """Table -> rows."""

    def dump(self) -> bytes:
        """The manifest as it stands in the file."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode()


def create(installation: Installation, target: Path, *, allow_missing: bool = False,
           progress: Progress = lambda _what, _done, _total: None) -> tuple[Path, Manifest]:
    """Make a backup while the product works: `target` is the new file, or a folder to make it in.

    The file appears whole or not at all, for this account alone, and never in the place of another.
    Raises: BackupRefused; errors.Unavailable; copies.CopyFailed, ToolMissing, ToolFailed; OSError.
    """
    now = installation.machine.now()
    final = target / f"parvaneh-{now:%Y%m%dT%H%M%SZ}.tar" if target.is_dir() else target
    if final.exists():
        raise BackupRefused(reason=f"{final} exists", reason_fa=f"{final} وجود دارد")
    if copies.is_empty(installation.database.sqlalchemy_engine.url.render_as_string(hide_password=False)):
        raise BackupRefused(reason="the database is empty; begin with `parvaneh init`",
                            reason_fa="پایگاه داده خالی است؛ با parvaneh init آغاز کنید")
    with tempfile.TemporaryDirectory(prefix=".parvaneh-backup-", dir=final.parent) as folder:
        copy = Path(folder) / copies.PARTS[installation.database.dialect]
        with copies.copied(installation.database, copy) as session:
            told = _told(session)
            wanted = documents.named(session)
        archive = Path(folder) / "backup.tar"
        with private(archive) as file:
            manifest = _write(file, installation, copy, told, wanted, now, allow_missing, progress)
            file.flush()
            os.fsync(file.fileno())
        _publish(archive, final)
    return final, manifest


def _told(session: Session) -> dict[str, Any]:
    """What the manifest says of the copied database."""
    damage = vitals.damage(session)
    if damage:
        raise BackupRefused(reason=f"the database is damaged ({damage[0]}); see `parvaneh doctor`",
                            reason_fa="پایگاه داده آسیب دیده است؛ parvaneh doctor را ببینید")
    revision = schema.revision(session.connection())
    if revision is None:
        raise BackupRefused(reason="the database was never migrated; run `parvaneh migrate`",
                            reason_fa="پایگاه داده هنوز ساختار ندارد؛ parvaneh migrate را اجرا کنید")
    return {"store": session.get_bind().dialect.name, "schema": revision, "counts": counts(session)}


def counts(session: Session) -> dict[str, int]:
    """Table -> rows, of every table there is."""
    names = sorted(sa.inspect(session.connection()).get_table_names())
    return {name: session.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in names}


def _write(file: IO[bytes], installation: Installation, copy: Path, told: Mapping[str, Any], wanted: Sequence[str],
           now: datetime, allow_missing: bool, progress: Progress) -> Manifest:
    at = int(now.timestamp())
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        with copy.open("rb") as content:
            parts = {copy.name: _add(tar, copy.name, content, copy.stat().st_size, at)}
        for name, key in _keys(installation.var / "keys"):
            parts[name] = _add(tar, name, io.BytesIO(key), len(key), at)
        taken, size, missing = hashlib.sha256(), 0, []
        for done, sha256 in enumerate(wanted, 1):
            document = _document(installation.documents.path(sha256), sha256)
            if document is None:
                missing.append(sha256)
                continue
            _add(tar, f"documents/{sha256}", io.BytesIO(document), len(document), at)
            taken.update(f"{sha256}\n".encode())
            size += len(document)
            progress("documents", done, len(wanted))
        if missing and not allow_missing:
            raise BackupRefused(
                reason=f"{len(missing)} of {len(wanted)} documents are missing or damaged, such as {missing[0]}; see "
                       "`parvaneh doctor --contents`, or accept their loss with --allow-missing",
                reason_fa=f"{len(missing)} سند از {len(wanted)} سند نیست یا آسیب دیده است")
        manifest = Manifest(format=FORMAT, version=metadata.version("parvaneh"), created_at=now.isoformat(),
                            parts=parts, documents=len(wanted) - len(missing), documents_bytes=size,
                            documents_sha256=taken.hexdigest(), missing=missing, **told)
        text = manifest.dump()
        _add(tar, MANIFEST, io.BytesIO(text), len(text), at)
    return manifest


def _keys(folder: Path) -> Iterator[tuple[str, bytes]]:
    try:
        signatures.Keys.load(folder)
    except (OSError, ValueError) as error:
        raise BackupRefused(reason=f"the keys in {folder} cannot be read ({error})",
                            reason_fa=f"کلیدهای {folder} خواندنی نیست") from None
    for path in sorted([*folder.glob("*.ed25519"), folder / "code.secret"]):
        yield f"keys/{path.name}", path.read_bytes()


def _document(path: Path, sha256: str) -> bytes | None:
    """The content, when it is there and what its name says."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int, at: int) -> Part:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, at
    reader = _Hashing(content)
    tar.addfile(entry, reader)
    return Part(size=size, sha256=reader.digest.hexdigest())


class _Hashing:
    """Reads, and hashes what it reads."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._content.read(size)
        self.digest.update(data)
        return data


def _publish(archive: Path, final: Path) -> None:
    """Give the finished file its name; a file that took the name meanwhile stays."""
    try:
        os.link(archive, final)
    except FileExistsError:
        raise BackupRefused(reason=f"{final} exists", reason_fa=f"{final} وجود دارد") from None
    except OSError:  # a file system without links
        archive.rename(final)
    handle = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private(path: Path) -> BinaryIO:
    """A new file to write, for this account alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
