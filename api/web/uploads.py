"""Uploads of a sending that was refused for other reasons, kept for a day so that nobody chooses the files again.

They lie outside the documents, under the account and a random name, until a sending is accepted.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import request

from api import bodies, context
from workflows import accounts, documents

FIELD_PREFIX = "kept-"
DROP_PREFIX = "drop-"
"""A ticked box of this name takes the file of its field away, whether kept here or attached to a draft."""
KEPT_FOR_SECONDS = 24 * 3600
MOST_KEPT_BYTES = 80 * 1024 * 1024
"""What one account may keep: more than the largest sending, so that only what no page names any more goes."""

_NAME = re.compile(r"[0-9a-f]{32}")

Files = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One upload that was kept."""

    token: str
    name: str
    size: int


def received(user: accounts.User) -> dict[str, tuple[str, bytes]]:
    """The files of this request by their field: those chosen now, and for the other fields those kept before.

    Raises: Invalid for several files in one field.
    """
    files = dict(bodies.files())
    for name, token in request.form.items():
        field = name.removeprefix(FIELD_PREFIX)
        if not name.startswith(FIELD_PREFIX) or field in files or DROP_PREFIX + field in request.form:
            continue
        if (found := _read(user, token)) is not None:
            files[field] = found
    return files


def dropped() -> set[str]:
    """The fields whose file shall go."""
    return {name.removeprefix(DROP_PREFIX) for name in request.form if name.startswith(DROP_PREFIX)}


def keep(user: accounts.User, files: Files, *, refused: set[str]) -> dict[str, list[Kept]]:
    """Keep what was received, but for the fields refused themselves; what to show for each field."""
    kept: dict[str, list[Kept]] = {}
    folder = _folder(user)
    _sweep(folder.parent)
    for field, (name, content) in files.items():
        if field in refused or len(content) > documents.MAX_BYTES:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        token = request.form.get(FIELD_PREFIX + field, "")
        if request.files.get(field) or _read(user, token) is None:
            token = secrets.token_hex(16)
            (folder / token).write_bytes(json.dumps(name).encode() + b"\n" + content)
        kept[field] = [Kept(token=token, name=name, size=len(content))]
    _trim(folder)
    return kept


def forget(user: accounts.User) -> None:
    """Remove what is kept for this account, once a sending was accepted."""
    for path in _folder(user).glob("*"):
        path.unlink(missing_ok=True)


def _read(user: accounts.User, token: str) -> tuple[str, bytes] | None:
    path = _folder(user) / token
    if not _NAME.fullmatch(token) or not path.is_file():
        return None
    name, _, content = path.read_bytes().partition(b"\n")
    return str(json.loads(name)), content


def _folder(user: accounts.User) -> Path:
    return context.config().var / "uploads" / user.id


def _trim(folder: Path) -> None:
    """Keep the newest uploads of an account, up to its ceiling."""
    total = 0
    for stat, path in sorted(((path.stat(), path) for path in folder.glob("*")), key=lambda one: -one[0].st_mtime_ns):
        total += stat.st_size
        if total > MOST_KEPT_BYTES:
            path.unlink(missing_ok=True)


def _sweep(root: Path) -> None:
    limit = time.time() - KEPT_FOR_SECONDS
    for path in root.glob("*/*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
