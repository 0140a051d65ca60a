"""Failures that someone can see: raise, list, resolve. Retrying lives with what is retried.

An incident says what failed and why in words of the diagram; it never stores variables.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.orm import Session

from engine import errors, values
from engine.store import paging, tables
from engine.store.prepared import Prepared

_incident = tables.incident
_INSERT = insert(_incident)
_OPEN_AT_TOKEN = select(_incident.c.id).where(_incident.c.instance_id == bindparam("instance_id"),
                                              _incident.c.token_id == bindparam("token_id"),
                                              _incident.c.job_id.is_(None), _incident.c.state == "OPEN")
_OPEN_OF_JOB = select(_incident.c.id).where(_incident.c.job_id == bindparam("job_id"), _incident.c.state == "OPEN")
_RESOLVE = (update(_incident).where(_incident.c.instance_id == bindparam("of_instance"), _incident.c.state == "OPEN")
            .values(state="RESOLVED", resolved_at=bindparam("at"), resolved_by=bindparam("by")))
_RESOLVE_TOKEN = Prepared(_RESOLVE.where(_incident.c.token_id == bindparam("of_token")))


def raise_(session: Session, *, at: datetime, kind: str, message: str, hint: str = "", business_key: str = "",
           scope: str = "", instance_id: str | None = None, job_id: str | None = None, element_id: str | None = None,
           element_name: str = "", token_id: str | None = None) -> str:
    """Open an incident, or renew the open one of the same token or job; returns its id."""
    told = {"kind": kind, "message": message[:2000], "hint": hint[:2000]}
    standing = _standing(session, instance_id, token_id, job_id)
    if standing is not None:
        session.execute(update(_incident).where(_incident.c.id == standing).values(**told))
        return standing
    incident_id = values.new_id()
    session.execute(_INSERT, {
        "id": incident_id, "instance_id": instance_id, "job_id": job_id, "element_id": element_id,
        "element_name": element_name, "token_id": token_id, "state": "OPEN", "business_key": business_key,
        "scope": scope, "created_at": at, "resolved_at": None, "resolved_by": None, **told})
    return incident_id


def resolve_tokens(session: Session, *, instance_id: str, token_ids: Collection[str], at: datetime, by: str) -> None:
    """Close the open incidents at these tokens."""
    _RESOLVE_TOKEN.run_all(session, [{"of_instance": instance_id, "of_token": token, "at": at, "by": by}
                                     for token in token_ids])


def resolve_instance(session: Session, *, instance_id: str, at: datetime, by: str) -> None:
    """Close every open incident of an instance, such as when it ends."""
    session.execute(_RESOLVE, {"of_instance": instance_id, "at": at, "by": by})


def resolve_job(session: Session, *, job_id: str, at: datetime, by: str) -> None:
    """Close the open incident of a job that has succeeded after all."""
    session.execute(update(_incident).where(_incident.c.job_id == job_id, _incident.c.state == "OPEN")
                    .values(state="RESOLVED", resolved_at=at, resolved_by=by))


def get(session: Session, incident_id: str) -> values.Incident:
    """One incident.

    Raises:
        errors.NotFound
    """
    row = session.execute(select(_incident).where(_incident.c.id == incident_id)).first()
    if row is None:
        raise errors.NotFound(what="incident", id=incident_id)
    return _value(row)


def page(session: Session, *, state: str | None, scopes: Collection[str] | None, business_key: str | None,
         instance_id: str | None, after: str | None, limit: int) -> values.Page[values.Incident]:
    """Incidents, newest first; of these scopes, None meaning all."""
    query = select(_incident).order_by(_incident.c.id.desc()).limit(paging.positive(limit) + 1)
    wanted = {"state": state, "business_key": business_key, "instance_id": instance_id}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(_incident.c[name] == value)
    if scopes is not None:
        query = query.where(_incident.c.scope.in_(scopes))
    if after is not None:
        query = query.where(_incident.c.id < paging.decode(after, str)[0])
    rows = session.execute(query).all()
    return values.Page(items=[_value(row) for row in rows[:limit]],
                       next=paging.encode(rows[limit - 1].id) if len(rows) > limit else None)


def open_elements(session: Session, instance_id: str) -> list[str]:
    """Ids of the elements of an instance that have an open incident."""
    return list(session.scalars(
        select(_incident.c.element_id).distinct()
        .where(_incident.c.instance_id == instance_id, _incident.c.state == "OPEN", _incident.c.element_id.isnot(None))
        .order_by(_incident.c.element_id)))


def failing() -> Select[Any]:
    """A query for the ids of the process instances that have an open incident, to be part of others."""
    return select(_incident.c.instance_id).where(_incident.c.state == "OPEN", _incident.c.instance_id.isnot(None))


def _standing(session: Session, instance_id: str | None, token_id: str | None, job_id: str | None) -> str | None:
    if job_id is not None:
        return session.scalar(_OPEN_OF_JOB, {"job_id": job_id})
    if token_id is not None:
        return session.scalar(_OPEN_AT_TOKEN, {"instance_id": instance_id, "token_id": token_id})
    return None


def _value(row: Any) -> values.Incident:
    return values.Incident(**row._mapping)
