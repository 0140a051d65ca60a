"""Restoring a backup: everything is unpacked and verified beside the installation, then put in its place at once.

Whatever fails on the way, what was there before comes back.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy.engine import make_url

from engine import errors
from engine.store import copies
from engine.store.session import Database
from workflows import backups, schema
from workflows.backups import Manifest, Part
from workflows.documents import Folder

Progress = Callable[[str, int, int], None]

_NAME = re.compile(r"database\.(sqlite|pgdump)|keys/[A-Za-z0-9][A-Za-z0-9.-]{0,80}|documents/[0-9a-f]{64}|"
                   + re.escape(backups.MANIFEST))
_MANIFEST_BYTES = 64 * 1024 * 1024
_CHUNK = 1024 * 1024


class BackupUnusable(errors.Conflict):
    """This backup cannot be restored here: {reason}."""

    fa = "این پشتیبان را نمی‌توان اینجا بازگرداند: {reason_fa}."


class InstallationNotEmpty(errors.Conflict):
    """There is an installation here already ({what}); --force replaces it by the backup, and what it holds is lost."""

    fa = "اینجا سامانه‌ای هست ({what})؛ با --force پشتیبان جای آن را می‌گیرد و داده‌هایش از دست می‌رود."


def restore(file: Path, *, url: str, var: Path, force: bool = False,
            progress: Progress = lambda _what, _done, _total: None) -> Manifest:
    """Put a backup in the place of an empty installation, or with `force` of any that nobody uses now.

    Every part is compared with its hash, and the restored database with the counts of the manifest.
    Raises: BackupUnusable, InstallationNotEmpty; copies.DatabaseInUse, ToolMissing, ToolFailed, RestoreBrokenOff;
    errors.Unavailable; OSError.
    """
    taken = _taken(url, var)
    if taken and not force:
        raise InstallationNotEmpty(what=taken)
    var.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=var) as name:
        staging = Path(name)
        manifest = _unpacked(file, staging, progress)
        _require_fitting(manifest, url)
        with copies.replaced(url, staging / copies.PARTS[manifest.store]):
            _require_whole(manifest, url)
            with _swapped(var, staging, "keys"), _swapped(var, staging, "documents"):
                pass
    return manifest


def _taken(url: str, var: Path) -> str:
    """What is here already, in words; empty when nothing is."""
    if any((var / "keys").glob("*")):
        return f"keys in {var / 'keys'}"
    if any((var / "documents").glob("??/??/*")):
        return f"documents in {var / 'documents'}"
    return "" if copies.is_empty(url) else "a database with tables"


def _unpacked(file: Path, staging: Path, progress: Progress) -> Manifest:
    """Write every part to `staging`, compare each with its hash, and give the manifest."""
    (staging / "keys").mkdir(mode=0o700)
    (staging / "documents").mkdir(mode=0o700)
    folder, parts, documents, size, manifest = Folder(staging / "documents"), {}, [], 0, None
    try:
        with tarfile.open(file, mode="r:") as tar:
            for entry in tar:
                content = _content(tar, entry)
                if manifest is not None or entry.name in parts:
                    raise _damaged(f"{entry.name} stands where nothing may stand")
                if entry.name == backups.MANIFEST:
                    manifest = _manifest(content.read(_MANIFEST_BYTES))
                elif entry.name.startswith("documents/"):
                    documents.append(_document(entry.name.rpartition("/")[2], content, folder))
                    size += entry.size
                    progress("documents", len(documents), len(documents))
                else:
                    parts[entry.name] = _part(content, staging / entry.name)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(f"it is no tar file, or only the beginning of one ({error})") from None
    if manifest is None:
        raise _damaged("the manifest is missing, so it is only the beginning of a backup")
    listed = hashlib.sha256("".join(f"{sha256}\n" for sha256 in sorted(documents)).encode()).hexdigest()
    if parts != manifest.parts:
        wrong = sorted({*parts, *manifest.parts} - {name for name in parts if parts[name] == manifest.parts.get(name)})
        raise _damaged(f"{wrong[0]} is missing, added or changed")
    if (len(documents), size, listed) != (manifest.documents, manifest.documents_bytes, manifest.documents_sha256):
        raise _damaged("documents are missing or were added")
    return manifest


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(entry) if entry.isreg() and _NAME.fullmatch(entry.name) else None
    if content is None:
        raise _damaged(f"{entry.name[:80]!r} is no part of a backup")
    return content


def _manifest(content: bytes) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(content)
        if told["format"] != backups.FORMAT:
            raise BackupUnusable(reason=f"its format is {told['format']}, and this version knows {backups.FORMAT}",
                                 reason_fa="قالب آن برای این نسخه ناشناخته است")
        parts = {name: Part(**part) for name, part in told.pop("parts").items()}
        return Manifest(parts=parts, **told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged("the manifest cannot be read") from error


def _document(sha256: str, content: IO[bytes], folder: Folder) -> str:
    if folder.put(content.read()) != sha256:
        raise _damaged(f"the document {sha256} has another content")
    return sha256


def _part(content: IO[bytes], target: Path) -> Part:
    digest, size = hashlib.sha256(), 0
    with backups.private(target) as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += file.write(chunk)
    return Part(size=size, sha256=digest.hexdigest())


def _require_fitting(manifest: Manifest, url: str) -> None:
    store = make_url(url).get_backend_name()
    if manifest.store != store:
        raise BackupUnusable(reason=f"it was taken from {manifest.store}, and PARVANEH_DATABASE_URL names {store}",
                             reason_fa=f"از {manifest.store} گرفته شده و PARVANEH_DATABASE_URL از {store} است")
    if copies.PARTS[store] not in manifest.parts:
        raise _damaged("the database is missing")
    if manifest.schema not in schema.known():
        raise BackupUnusable(
            reason=f"its schema {manifest.schema} is unknown to this version; install {manifest.version} or newer",
            reason_fa=f"ساختار {manifest.schema} برای این نسخه ناشناخته است؛ نسخه {manifest.version} یا نوتر لازم است")


def _require_whole(manifest: Manifest, url: str) -> None:
    """The restored database holds what the manifest counted."""
    database = Database(url)
    try:
        with database.read() as session:
            found, revision = backups.counts(session), schema.revision(session.connection())
    finally:
        database.dispose()
    wrong = sorted(name for name in {*found, *manifest.counts} if found.get(name) != manifest.counts.get(name))
    if wrong or revision != manifest.schema:
        raise _damaged(f"the restored table {wrong[0]} has another number of rows" if wrong else
                       "the restored database has another schema")


@contextmanager
def _swapped(var: Path, staging: Path, name: str) -> Iterator[None]:
    """Put a folder of the backup in place; the old one comes back if the block fails."""
    target, aside = var / name, staging / f"replaced-{name}"
    if target.exists():
        target.rename(aside)
    try:
        (staging / name).rename(target)
        yield
    except BaseException:
        if aside.exists():
            shutil.rmtree(target, ignore_errors=True)
            aside.rename(target)
        raise


def _damaged(reason: str) -> BackupUnusable:
    return BackupUnusable(reason=f"it is damaged: {reason}", reason_fa="آسیب دیده است")
