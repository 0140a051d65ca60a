"""Drafts with their files: kept for the one who made them, checked like anything uploaded, forgotten when abandoned.

A file of a draft lies with the documents, under the hash of its content, and becomes a document only when the form is
sent. Nobody but its owner sees it or sends it, whoever else may open the same task.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from engine import errors
from engine.store.prepared import Prepared
from engine.store.session import insert_once
from engine.values import Problem, new_id
from workflows import authorization, documents
from workflows.form_fields import CompiledForm
from workflows.models.draft import Draft as Row
from workflows.models.draft import DraftFile as FileRow

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

_AT_PLACE = Prepared(select(Row.id, Row.owner_id).where(Row.place == bindparam("place")))

ABANDONED = timedelta(days=30)
"""How long a draft that is not saved again is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A file attached to a draft."""

    id: str
    field: str
    name: str
    media_type: str
    size: int
    sha256: str


def of_application(service: str, licence: str | None = None) -> str:
    """The place of a draft of an application for a service, about the licence of this number if it is about one; that
    of a user task's form is the task's id.
    """
    return f"application:{service}" + (f":{licence}" if licence else "")


def keep(session: Session, *, product: Product, user: User, place: str, form: CompiledForm | None,
         files: documents.Files, dropped: Collection[str] = (), data: Mapping[str, Any] | None = None) -> None:
    """Keep the files, and the answers where they stand nowhere else, of a form that is not sent yet.

    A new file takes the place of the field's earlier one; those of `dropped` fields go. Raises: Invalid for a file that
    could not be sent either, or for a field that takes none; then nothing is kept.
    """
    taking = {key for key, field in form.fields.items() if field.kind == "file"} if form is not None else set()
    problems = documents.check(files)
    problems += [Problem(where=key, code="unknown", what="This form asks for no such file.",
                         what_fa="این فرم چنین پرونده‌ای نمی‌خواهد.") for key in sorted(files.keys() - taking)]
    if problems:
        raise errors.Invalid(problems)
    draft = _made(session, product, user, place)
    draft.saved_at, draft.data = product.machine.now(), None if data is None else dict(data)
    session.execute(delete(FileRow).where(FileRow.draft_id == draft.id,
                                          FileRow.field.in_({*dropped, *files})))
    for field, (name, content) in files.items():
        safe, media_type = documents.described(name)
        session.add(FileRow(id=new_id(), draft_id=draft.id, field=field, name=safe, media_type=media_type,
                            size=len(content), sha256=product.documents.put(content)))
    session.flush()


def answers(session: Session, *, user: User, place: str) -> Mapping[str, Any] | None:
    """The answers kept with a draft; None where there is no draft."""
    return session.scalar(select(Row.data).where(Row.owner_id == user.id, Row.place == place))


def files(session: Session, *, user: User, place: str) -> dict[str, DraftFile]:
    """Field -> the file that is attached to this account's draft."""
    rows = session.scalars(select(FileRow).join(Row, Row.id == FileRow.draft_id)
                           .where(Row.owner_id == user.id, Row.place == place).order_by(FileRow.id))
    return {row.field: _file(row) for row in rows}


def contents(session: Session, *, product: Product, user: User, place: str,
             but: Collection[str] = ()) -> dict[str, tuple[str, bytes]]:
    """The attached files as if they were uploaded now, save those of the fields `but`."""
    paths = {field: (file.name, product.documents.path(file.sha256))
             for field, file in files(session, user=user, place=place).items() if field not in but}
    return {field: (name, path.read_bytes()) for field, (name, path) in paths.items() if path.exists()}


def open_file(session: Session, *, product: Product, user: User, id: str) -> tuple[DraftFile, Path]:
    """An attached file, for who attached it. Raises: NotFound, for everybody else too; CodeNeeded."""
    row = session.scalars(select(FileRow).join(Row, Row.id == FileRow.draft_id)
                          .where(FileRow.id == id, Row.owner_id == user.id)).first()
    if row is None or not product.documents.path(row.sha256).exists():
        raise errors.NotFound(what="document", id=id)
    if user.kind == "applicant" and not authorization.is_verified(user, clock=product.machine):
        raise authorization.CodeNeeded
    return _file(row), product.documents.path(row.sha256)


def discard(session: Session, *, place: str, user: User | None = None) -> None:
    """Forget the draft of a form that was sent; without `user` those of everybody at that place."""
    session.flush()
    found = _AT_PLACE.all(session, {"place": place})
    _forget(session, [row.id for row in found if user is None or row.owner_id == user.id])


def sweep(session: Session, *, product: Product) -> None:
    """Forget the drafts nobody has saved for long; the content goes with the next sweep of documents."""
    limit = product.machine.now() - ABANDONED
    _forget(session, list(session.scalars(select(Row.id).where(Row.saved_at < limit))))


def _forget(session: Session, ids: Collection[str]) -> None:
    if ids:
        session.execute(delete(FileRow).where(FileRow.draft_id.in_(ids)))
        session.execute(delete(Row).where(Row.id.in_(ids)))


def _made(session: Session, product: Product, user: User, place: str) -> Row:
    insert_once(session, Row.__table__, {  # type: ignore[arg-type]
        "id": new_id(), "owner_id": user.id, "place": place, "data": None, "saved_at": product.machine.now()})
    return session.scalars(select(Row).where(Row.owner_id == user.id, Row.place == place)
                           .with_for_update()).one()


def _file(row: FileRow) -> DraftFile:
    return DraftFile(id=row.id, field=row.field, name=row.name, media_type=row.media_type, size=row.size,
                     sha256=row.sha256)
