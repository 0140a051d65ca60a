"""Process definitions: deploy, list, fetch."""

from __future__ import annotations

from typing import Any

from flask import Response

from api import context, pagination, security
from api.blueprints import Noun
from api.schemas import processes
from engine.values import ProcessDefinition
from workflows import authorization

noun = Noun("process-definitions", "/process-definitions", "Deployed versions of processes.")


@noun.get(query=processes.ProcessDefinitionQuery, answers=pagination.page_of(processes.ProcessDefinitionSchema))
def search(query: dict[str, Any]) -> Any:
    """List definitions, newest version first."""
    authorization.require(security.require_user(), "definitions.read")
    return pagination.answer(context.engine().definitions(context.session(), **query))


@noun.post(takes=processes.DeploymentBody, answers=processes.DeploymentSchema, status=201)
def deploy(body: dict[str, Any]) -> Any:
    """Deploy a bundle as a new version; every problem of every file is listed at once (422).

    With `base`, files that are not sent are taken from that deployment. A bundle deployed before changes nothing.
    """
    user = security.require_user()
    authorization.require(user, "definitions.deploy")
    engine, session = context.engine(), context.session()
    resources = engine.resources(session, body["base"]) if body["base"] else {}
    resources = {**resources, **{name: text.encode() for name, text in body["resources"].items()}}
    return engine.deploy(session, resources=resources, actor=security.actor(), source="api")


@noun.get("/<definition_id>", answers=processes.ProcessDefinitionSchema)
def read(definition_id: str) -> ProcessDefinition:
    """One version of a process."""
    authorization.require(security.require_user(), "definitions.read")
    return context.engine().definition(context.session(), id=definition_id)


@noun.get("/<definition_id>/xml", produces="application/xml")
def xml(definition_id: str) -> Response:
    """The BPMN of this version, as deployed."""
    authorization.require(security.require_user(), "definitions.read")
    return Response(context.engine().definition_xml(context.session(), definition_id),
                    content_type="application/xml; charset=utf-8",
                    headers={"Content-Security-Policy": "default-src 'none'; sandbox"})
