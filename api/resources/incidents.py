"""Incidents: what failed inside a process, and the retry."""

from __future__ import annotations

from typing import Any

from api import context, pagination, security
from api.blueprints import Noun
from api.schemas import processes
from engine.values import Incident
from workflows import authorization

noun = Noun("incidents", "/incidents", "Failures inside processes, waiting for a person.")


@noun.get(query=processes.IncidentQuery, answers=pagination.page_of(processes.IncidentSchema))
def search(query: dict[str, Any]) -> Any:
    """List the incidents of the counties this account works for, newest first."""
    user = security.require_user()
    authorization.require(user, "incidents.search")
    scopes = authorization.counties(user, "incidents.search")
    return pagination.answer(context.engine().incidents(context.session(), scopes=scopes, **query))


@noun.get("/<incident_id>", answers=processes.IncidentSchema)
def read(incident_id: str) -> Incident:
    """One incident."""
    user = security.require_user()
    authorization.require(user, "incidents.search")
    incident = context.engine().incident(context.session(), incident_id)
    authorization.require(user, "incidents.read", county=incident.scope)
    return incident


@noun.post("/<incident_id>/retry", answers=processes.IncidentSchema)
def retry(incident_id: str) -> Incident:
    """Run the failed element again; the answer says whether it succeeded."""
    authorization.require(security.require_user(), "incidents.retry")
    return context.engine().retry_incident(context.session(), incident_id, actor=security.actor())
