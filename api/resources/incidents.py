"""Incidents: what failed inside a process, and the retry."""

from __future__ import annotations

import dataclasses
from typing import Any

from api import context, pagination, security
from api.blueprints import Noun
from api.schemas import processes
from engine.values import Cause, Incident, Retries
from workflows import authorization, incidents

noun = Noun("incidents", "/incidents", "Failures inside processes, waiting for a person.")


@noun.get(query=processes.IncidentQuery, answers=pagination.page_of(processes.IncidentSchema))
def search(query: dict[str, Any]) -> Any:
    """List the incidents of the counties this account works for, newest first."""
    user = security.require_user()
    authorization.require(user, "incidents.search")
    scopes = authorization.counties(user, "incidents.search")
    return pagination.answer(context.engine().incidents(context.session(), scopes=scopes, **query))


@noun.get("/<incident_id>", answers=processes.OneIncidentSchema)
def read(incident_id: str) -> dict[str, Any]:
    """One incident, and which variables a retry may correct."""
    user = security.require_user()
    authorization.require(user, "incidents.search")
    incident = context.engine().incident(context.session(), incident_id)
    authorization.require(user, "incidents.read", county=incident.scope)
    found = incidents.correctable(context.session(), product=context.product(), incident=incident)
    return {**dataclasses.asdict(incident), "hint_fa": incident.hint_fa, "correctable": found}


@noun.post("/<incident_id>/retry", takes=processes.RetryBody, answers=processes.IncidentSchema)
def retry(body: dict[str, Any], incident_id: str) -> Incident:
    """Run the failed element again, first with corrected variables where some are sent; the answer says how it went."""
    return incidents.retry(context.session(), product=context.product(), id=incident_id, user=security.require_user(),
                           **body)


@noun.post("/retries", takes=processes.RetriesBody, answers=processes.RetriesSchema)
def retry_all(body: dict[str, Any]) -> Retries:
    """Retry every open incident of a cause: the first ones at once, the rest by a worker; the totals are true."""
    authorization.require(security.require_user(), "incidents.retry")
    return context.engine().retry_incidents(context.session(), cause=Cause(**body), actor=security.actor())


@noun.get("/retries/<retries_id>", answers=processes.RetriesSchema)
def read_retries(retries_id: str) -> Retries:
    """How a retry of many incidents stands."""
    authorization.require(security.require_user(), "incidents.retry")
    return context.engine().retries(context.session(), retries_id)
