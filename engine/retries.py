"""Retry of every incident with one cause: what fits at once, the rest in chunks by a job that keeps the true totals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from engine import advance, errors, jobs, values
from engine.spiff import codec
from engine.store import tables

KIND = "retry_incidents"
CHUNK = 20
"""Incidents retried in one transaction."""

_incident, _job, _instance = tables.incident, tables.job, tables.process_instance
_KEEP = update(_job).where(_job.c.id == bindparam("of_id")).values(payload=bindparam("totals"))
_REFUSALS = (errors.InstanceEnded, errors.InstanceSuspended, errors.InstanceBusy)
_DAMAGES = (codec.UnknownState, errors.NotFound)
"""An instance whose state cannot be read, or that knows nothing of the incident, does not hold up the others."""


def start(session: Session, runtime: advance.Runtime, *, cause: values.Cause, scopes: Collection[str] | None,
          actor: values.Actor) -> values.Retries:
    """Retry the open incidents of a cause, those that are open now and no others; the first chunk at once.

    Raises:
        errors.Invalid: the cause names nothing.
    """
    payload: dict[str, Any] = {
        "cause": {name: getattr(cause, name) for name in cause.__dataclass_fields__},
        "scopes": None if scopes is None else sorted(scopes), "actor": actor.id, "on_behalf_of": actor.on_behalf_of,
        "reason": actor.reason, "cursor": "", "resolved": 0, "failed_again": 0, "queued": 0, "skipped": 0}
    if not any(payload["cause"].values()):
        raise errors.Invalid([values.Problem(
            where="cause", what="name the kind, the element, the definition or the message of the incidents",
            what_fa="نوع، عنصر، فرایند یا پیام رخدادها را بنویسید", code="required")])
    found = session.execute(select(func.count(), func.max(_incident.c.id)).where(*_conditions(payload))).one()
    payload |= {"found": found[0], "upto": found[1] or ""}
    job = jobs.enqueue(session, runtime, kind=KIND, payload=payload, due_at=None, dedup_key=None, instance_id=None)
    if _chunk(session, runtime, job.id, payload):
        jobs.finish_new(session, job.id)
    return get(session, job.id)


def get(session: Session, retries_id: str) -> values.Retries:
    """How a retry of many incidents stands.

    Raises:
        errors.NotFound
    """
    job = jobs.get(session, retries_id)
    if job.kind != KIND:
        raise errors.NotFound(what="retry of incidents", id=retries_id)
    totals = {name: job.payload[name] for name in ("found", "resolved", "failed_again", "queued", "skipped")}
    return values.Retries(id=job.id, finished=job.state == "DONE", **totals)


def _work(session: Session, runtime: advance.Runtime, job: values.Job) -> bool:
    return _chunk(session, runtime, job.id, dict(job.payload))


def _chunk(session: Session, runtime: advance.Runtime, job_id: str, payload: dict[str, Any]) -> bool:
    """Retry the next incidents and write the totals down; True when none is left."""
    ids = session.scalars(select(_incident.c.id).where(
        *_conditions(payload), _incident.c.id > payload["cursor"], _incident.c.id <= payload["upto"])
        .order_by(_incident.c.id).limit(CHUNK)).all()
    actor = values.Actor(id=payload["actor"], on_behalf_of=payload["on_behalf_of"], reason=payload["reason"])
    for incident_id in ids:
        payload[_retry(session, runtime, incident_id, actor)] += 1
        payload["cursor"] = incident_id
    session.execute(_KEEP, {"of_id": job_id, "totals": payload})
    return len(ids) < CHUNK


def _retry(session: Session, runtime: advance.Runtime, incident_id: str, actor: values.Actor) -> str:
    """Retry one incident, on its own; returns which total it counts towards."""
    try:
        with session.begin_nested():
            incident = jobs.retry_incident(session, runtime, incident_id, actor=actor, variables={})
    except _REFUSALS:
        return "skipped"
    except _DAMAGES:
        return "failed_again"
    if incident.state == "RESOLVED":
        return "resolved"
    return "queued" if incident.job_id is not None else "failed_again"


def _conditions(payload: Mapping[str, Any]) -> list[Any]:
    cause = payload["cause"]
    wanted = [_incident.c.state == "OPEN"]
    wanted += [_incident.c[name] == cause[name] for name in ("kind", "element_id", "message") if cause[name]]
    if cause["definition_key"]:
        wanted.append(_incident.c.instance_id.in_(
            select(_instance.c.id).where(_instance.c.definition_key == cause["definition_key"])))
    if payload["scopes"] is not None:
        wanted.append(_incident.c.scope.in_(payload["scopes"]))
    return wanted


jobs.register(KIND, _work)
