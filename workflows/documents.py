"""Documents: checked, stored under the hash of their content, and opened for those who may see them.

The folder is content-addressed, so writing the same content twice is one file and a transaction that is rolled back
leaves an orphan at most, which `maintenance` sweeps away.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import puremagic
from sqlalchemy import exists, literal, or_, select, union, update
from sqlalchemy.orm import Session

from engine import errors
from engine.values import Problem, new_id
from workflows import authorization, identifiers
from workflows.models.application import Application
from workflows.models.document import Document as Row
from workflows.models.draft import DraftFile
from workflows.models.review import ReviewSession

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

MAX_BYTES = 5 * 1024 * 1024
MEDIA_TYPES: Mapping[str, str] = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
                                  ".png": "image/png"}
"""File name suffix -> the media type the content must have."""

Files = Mapping[str, tuple[str, bytes]]
"""Field -> (the client's file name, content)."""

_UNSAFE_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
_ORPHAN_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One uploaded document."""

    id: str
    application_id: str
    field: str
    name: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    replaced_at: datetime | None
    """When a newer upload to the same field replaced it; it stays readable."""
    task_id: str | None
    """The user task it was given with; None for the application's own documents."""
    uploaded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A document and where its content lies."""

    document: Document
    path: Path

    @property
    def name(self) -> str:
        """The file name it was uploaded under."""
        return self.document.name

    @property
    def media_type(self) -> str:
        """What it is."""
        return self.document.media_type


class Folder:
    """Content by SHA-256 under `root/ab/cd/…`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where content with this hash lies."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def put(self, content: bytes) -> str:
        """Write content, flushed to the disk, and return its hash; content that is there already is left alone."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.exists():
            target.touch()  # younger than a sweep's age limit again
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{secrets.token_hex(8)}")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        return sha256

    def hashes(self, *, older_than: float) -> Iterable[tuple[str, Path]]:
        """Every stored content last written before this POSIX time."""
        for path in self.root.glob("??/??/*"):
            if path.stat().st_mtime < older_than:
                yield path.name, path


def check(files: Files) -> list[Problem]:
    """Every fault of the files: empty, over 5 MB, of a kind not accepted, not what the name says. Stores nothing."""
    return [problem for field, (name, content) in files.items() if (problem := _problem(field, name, content))]


def store(session: Session, *, product: Product, application_id: str, field: str, name: str, content: bytes, by: str,
          task_id: str | None = None, replace: bool = True) -> Document:
    """Store one upload; with `replace`, it takes the place of the field's earlier one, which stays readable.

    Raises: Invalid when the file is not acceptable; then nothing is stored.
    """
    if problem := _problem(field, name, content):
        raise errors.Invalid([problem])
    now = product.clock.now()
    if replace:
        session.execute(update(Row).where(Row.application_id == application_id, Row.field == field,
                                          Row.replaced_at.is_(None)).values(replaced_at=now))
    safe, media_type = described(name)
    row = Row(id=new_id(), application_id=application_id, task_id=task_id, field=field, name=safe,
              media_type=media_type, size=len(content),
              sha256=product.documents.put(content), uploaded_by=by, uploaded_at=now)
    session.add(row)
    session.flush()
    return _document(row)


def open(session: Session, *, product: Product, id: str, user: User) -> Opened:  # noqa: A001 - documents.open reads well
    """A document for someone who may see it: staff of the county, or the applicant with a verified session.

    The applicant sees the application's documents and their own uploads, not what staff attach to their tasks.

    Raises: NotFound; Forbidden.
    """
    found = session.execute(select(Row, Application.county, Application.applicant_id)
                            .join(Application, Application.id == Row.application_id).where(Row.id == id)).first()
    if found is None:
        raise errors.NotFound(what="document", id=id)
    authorization.require(user, "document.read", county=found.county, owner_id=found.applicant_id,
                          clock=product.machine)
    if not _may_see(user, found.Document.task_id, found.Document.uploaded_by):
        raise errors.NotFound(what="document", id=id)
    path = product.documents.path(found.Document.sha256)
    if not path.exists():
        raise errors.NotFound(what="document", id=id)
    return Opened(document=_document(found.Document), path=path)


def of_application(session: Session, *, product: Product, application_id: str, user: User,
                   replaced: bool = True) -> list[Document]:
    """The documents of an application that the user may see, oldest first; without `replaced` only those in force.

    Raises: NotFound; Forbidden.
    """
    row = session.execute(select(Application.county, Application.applicant_id)
                          .where(Application.id == application_id)).first()
    if row is None:
        raise errors.NotFound(what="application", id=application_id)
    authorization.require(user, "application.read", county=row.county, owner_id=row.applicant_id,
                          clock=product.machine)
    return [one for one in listed(session, application_id=application_id, replaced=replaced)
            if _may_see(user, one.task_id, one.uploaded_by)]


def listed(session: Session, *, application_id: str, replaced: bool = False) -> list[Document]:
    """The documents of an application, for use cases that have asked for permission themselves."""
    query = select(Row).where(Row.application_id == application_id).order_by(Row.id)
    if not replaced:
        query = query.where(Row.replaced_at.is_(None))
    return [_document(row) for row in session.scalars(query)]


def orphans(session: Session, *, product: Product) -> list[str]:
    """The hashes of content that no document, draft or session names and that is older than a day."""
    limit = (product.machine.now() - _ORPHAN_AGE).timestamp()
    return [sha256 for sha256, _ in product.documents.hashes(older_than=limit)
            if session.scalar(select(literal(1)).where(or_(
                exists().where(Row.sha256 == sha256), exists().where(DraftFile.sha256 == sha256),
                exists().where(ReviewSession.minutes_sha256 == sha256)))) is None]


def named(session: Session) -> list[str]:
    """The hashes of all content that is a document, a session's minutes, or lies attached to a draft; sorted."""
    minutes = select(ReviewSession.minutes_sha256.label("sha256")).where(ReviewSession.minutes_sha256.is_not(None))
    return list(session.scalars(union(select(Row.sha256), select(DraftFile.sha256), minutes).order_by("sha256")))


def described(name: str) -> tuple[str, str]:
    """The name a checked upload is stored under, and its media type."""
    return _safe_name(name), MEDIA_TYPES[Path(name).suffix.lower()]


def sweep(hashes: Iterable[str], *, product: Product) -> int:
    """Remove orphaned content, save what was uploaded again in the meantime; how many files went."""
    limit = (product.machine.now() - _ORPHAN_AGE).timestamp()
    old = [path for path in map(product.documents.path, hashes) if path.exists() and path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _problem(field: str, name: str, content: bytes) -> Problem | None:
    expected = MEDIA_TYPES.get(Path(name).suffix.lower())
    if expected is None:
        return Problem(where=field, code="file_kind", what="Only PDF, JPEG and PNG files are accepted.",
                       what_fa="تنها پرونده‌های PDF، JPEG و PNG پذیرفته می‌شود.")
    if not content:
        return Problem(where=field, code="file_empty", what="The file is empty.", what_fa="پرونده خالی است.")
    if len(content) > MAX_BYTES:
        return Problem(where=field, code="file_too_large", what="The file is larger than 5 MB.",
                       what_fa="حجم پرونده بیش از ۵ مگابایت است.")
    if not _is(content, expected):
        return Problem(where=field, code="file_mismatch", what="The file is not what its name says.",
                       what_fa="محتوای پرونده با نام آن نمی‌خواند.")
    return None


_ENDS: Mapping[str, tuple[bytes, int]] = {
    "application/pdf": (b"%%EOF", 1024), "image/jpeg": (b"\xff\xd9", 1024), "image/png": (b"IEND\xaeB`\x82", 1024)}
"""Media type -> the mark a whole file ends with, and within how many last bytes (ISO 32000-1 7.5.5, T.81, PNG 11.2.5):
a file that only begins like one, or was cut off, is none."""


def _is(content: bytes, media_type: str) -> bool:
    mark, reach = _ENDS[media_type]
    if mark not in content[-reach:]:
        return False
    try:
        return any(match.mime_type == media_type for match in puremagic.magic_string(content))
    except (puremagic.PureError, ValueError):
        return False


def _safe_name(name: str) -> str:
    base = _UNSAFE_IN_NAMES.sub("_", identifiers.normalise_text(name).replace("\\", "/").rpartition("/")[2])
    stem, dot, suffix = base.rpartition(".")
    return f"{stem[:150].strip() or 'file'}{dot}{suffix}"


def _may_see(user: User, task_id: str | None, uploaded_by: str) -> bool:
    """What staff attach to their tasks (vetting letters, minutes, inquiry answers) is for staff."""
    return user.kind == "staff" or task_id is None or uploaded_by == user.id


def _document(row: Row) -> Document:
    return Document(id=row.id, application_id=row.application_id, field=row.field, name=row.name,
                    media_type=row.media_type, size=row.size, sha256=row.sha256, created_at=row.uploaded_at,
                    replaced_at=row.replaced_at, task_id=row.task_id, uploaded_by=row.uploaded_by)
