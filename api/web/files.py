"""Files to open and download: documents, and the licence."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_file

from api import context, language
from api.web import access, licence_pdf, rendering
from workflows import accounts, documents, drafts, licences

blueprint = Blueprint("files", __name__)

PDF = "application/pdf"
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
_PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
"""Browsers show PDF in a viewer of their own, which a sandbox would keep from starting."""


@blueprint.get("/documents/<document_id>")
@access.anyone
def document(user: accounts.User, document_id: str) -> Response:
    """The content of a document; shown in the browser, but never as a page of ours."""
    found = documents.open(context.session(), product=context.product(), id=document_id, user=user)
    return shown(found.path, found.media_type, found.name)


@blueprint.get("/drafts/files/<file_id>")
@access.anyone
def attached(user: accounts.User, file_id: str) -> Response:
    """A file attached to one's own draft; shown like a document."""
    found, path = drafts.open_file(context.session(), product=context.product(), user=user, id=file_id)
    return shown(path, found.media_type, found.name)


@blueprint.get("/licences/<licence_id>.pdf")
@access.anyone
def licence(user: accounts.User, licence_id: str) -> Response:
    """The licence as PDF; where the libraries for it are missing, the page to print."""
    found = licences.for_download(context.session(), product=context.product(), user=user, id=licence_id)
    if not licence_pdf.available():
        return rendering.go("files.print_licence", licence_id=licence_id)
    content = licence_pdf.render(found, language.language())
    return Response(content, mimetype=PDF, headers={
        "Content-Disposition": f'inline; filename="{found.number}.pdf"', "Content-Security-Policy": _PDF_POLICY})


@blueprint.get("/licences/<licence_id>")
@access.anyone
def print_licence(user: accounts.User, licence_id: str) -> Response:
    """The licence as a page to print."""
    found = licences.for_download(context.session(), product=context.product(), user=user, id=licence_id)
    return rendering.page("licence_page.html", licence=found, qr=licence_pdf.qr_code(found.verify_url),
                          pdf=licence_pdf.available(), **licence_pdf.words_of(found, language.language()))


def shown(path: Path, media_type: str, name: str) -> Response:
    """A stored file, shown in the browser, but never as a page of ours."""
    response = send_file(path, mimetype=media_type, download_name=name)
    response.headers["Content-Security-Policy"] = _PDF_POLICY if media_type == PDF else _PICTURE_POLICY
    return response
