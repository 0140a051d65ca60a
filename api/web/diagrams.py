"""The diagram behind an application, for everyone who may read the application."""

from __future__ import annotations

from flask import Blueprint, Response

from api import context
from api.web import access
from workflows import accounts, applications

blueprint = Blueprint("diagrams", __name__)


@blueprint.get("/diagrams/<application_id>.bpmn")
@access.anyone
def of_application(user: accounts.User, application_id: str) -> Response:
    """The BPMN of the version that carries this application."""
    session = context.session()
    found = applications.get(session, product=context.product(), id=application_id, user=user)
    return bpmn(context.engine().definition_xml(session, found.definition_id))


def bpmn(xml: bytes) -> Response:
    """BPMN as an answer that no browser takes for a page."""
    return Response(xml, content_type="application/xml; charset=utf-8",
                    headers={"Content-Security-Policy": "default-src 'none'; sandbox"})
