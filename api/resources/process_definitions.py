"""Process definitions: check, deploy, list, fetch."""

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
    resources = _bundle(body)
    return context.engine().deploy(context.session(), resources=resources, actor=security.actor(), source="api")


@noun.post("/check", takes=processes.DeploymentBody, answers=processes.CheckSchema)
def check(body: dict[str, Any]) -> dict[str, Any]:
    """Every problem that deploying this bundle would meet now, warnings included; nothing is stored."""
    return {"problems": context.engine().check(_bundle(body), context.session())}


def _bundle(body: dict[str, Any]) -> dict[str, bytes]:
    """The files that were sent, over those of the base."""
    authorization.require(security.require_user(), "definitions.deploy")
    resources = context.engine().resources(context.session(), body["base"]) if body["base"] else {}
    return {**resources, **{name: text.encode() for name, text in body["resources"].items()}}


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
