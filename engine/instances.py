"""Process instances: start, suspend, resume, cancel, look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine import advance, errors, history, incidents, projection, values
from engine.store import locks, paging, tables
from engine.store import session as store
from engine.store.prepared import Prepared

_instance = tables.process_instance
_COLUMNS = [column for column in _instance.c if column.name != "execution"]
_ONE = Prepared(select(*_COLUMNS).where(_instance.c.id == bindparam("id")))
_MOVE = (update(_instance).where(_instance.c.id == bindparam("of_id"), _instance.c.version == bindparam("of_version"))
         .values(state=bindparam("new_state"), ended_at=bindparam("new_ended_at"),
                 version=bindparam("of_version") + 1))
NO_TOKEN_THERE = {"boundaryEvent", "startEvent", "subProcess"}
"""Types of elements that wait for an event without a token of the flow standing at them."""


def start(session: Session, runtime: advance.Runtime, *, key: str, variables: values.Variables, business_key: str,
          scope: str, actor: values.Actor, version: int | None = None) -> values.ProcessInstance:
    """Start an instance of a process; without `version`, of its latest definition.

    Raises:
        errors.NotFound: no such definition.
    """
    definition = runtime.definitions.definition(session, key=key, version=version)
    instance_id = advance.begin(session, runtime, definition, variables, business_key=business_key, scope=scope,
                                actor=actor)
    return get(session, instance_id)


def get(session: Session, instance_id: str) -> values.ProcessInstance:
    """One instance.

    Raises:
        errors.NotFound
    """
    row = _ONE.first(session, {"id": instance_id})
    if row is None:
        raise errors.NotFound(what="process instance", id=instance_id)
    return values.ProcessInstance(**row._asdict())


def lock(session: Session, instance_id: str) -> values.ProcessInstance:
    """Lock one instance and read it.

    Raises:
        errors.NotFound
    """
    row = locks.instance(session, instance_id)
    if row is None:
        raise errors.NotFound(what="process instance", id=instance_id)
    return values.ProcessInstance(**row._asdict())


def page(session: Session, *, business_key: str | None, key: str | None, state: str | None,
         scopes: Collection[str] | None, after: str | None, limit: int) -> values.Page[values.ProcessInstance]:
    """Instances, newest first; of these scopes, None meaning all."""
    query = select(*_COLUMNS).order_by(_instance.c.id.desc()).limit(paging.positive(limit) + 1)
    for column, wanted in ((_instance.c.business_key, business_key), (_instance.c.definition_key, key),
                           (_instance.c.state, state)):
        if wanted is not None:
            query = query.where(column == wanted)
    if scopes is not None:
        query = query.where(_instance.c.scope.in_(scopes))
    if after is not None:
        query = query.where(_instance.c.id < paging.decode(after, str)[0])
    rows = session.execute(query).all()
    return values.Page(items=[values.ProcessInstance(**row._mapping) for row in rows[:limit]],
                       next=paging.encode(rows[limit - 1].id) if len(rows) > limit else None)


def variables(session: Session, runtime: advance.Runtime, instance_id: str) -> dict[str, Any]:
    """A copy of the instance's variables.

    Raises:
        errors.NotFound
    """
    with advance.reading(session, runtime, instance_id) as execution:
        return execution.variables()


def progress(session: Session, runtime: advance.Runtime, instance_id: str) -> values.Progress:
    """Where the instance stands on its diagram.

    Raises:
        errors.NotFound
    """
    instance = get(session, instance_id)

    @cache
    def types(definition_id: str) -> dict[str, str]:
        bundle = runtime.definitions.bundle(session, runtime.definitions.definition(session, id=definition_id))
        return {name: element.type for process in bundle.processes.values()
                for name, element in process.elements.items()}

    own = types(instance.definition_id)
    active: Counter[str] = Counter()
    if instance.ended_at is None:
        with advance.reading(session, runtime, instance_id) as execution:
            for waiting in execution.waiting():
                there = own if waiting.definition_id is None else types(waiting.definition_id)
                if waiting.kind in {"user_task", "incident"} or there.get(waiting.element_id) not in NO_TOKEN_THERE:
                    active[waiting.element_id] += 1
                    # What runs elsewhere is seen on the instance's own diagram at the activity that called it.
                    active.update(each for each in waiting.path if waiting.definition_id and each in own)
    return values.Progress(active=dict(active), completed=history.visits(session, instance_id),
                           incidents=incidents.open_elements(session, instance_id))


def definition_at(session: Session, runtime: advance.Runtime, instance_id: str, token_id: str) -> str:
    """Id of the definition in which a waiting token of the instance stands: its own, or one that a call activity runs.
    Of a token that waits no longer it is the instance's own.

    Raises:
        errors.NotFound
    """
    own = get(session, instance_id)
    if own.ended_at is not None:
        return own.definition_id
    with advance.reading(session, runtime, instance_id) as execution:
        found = next((each for each in execution.waiting() if each.token_id == token_id), None)
        return own.definition_id if found is None else found.definition_id or own.definition_id


def suspend(session: Session, runtime: advance.Runtime, instance_id: str, *,
            actor: values.Actor) -> values.ProcessInstance:
    """Stop an instance where it is: no user task can be completed, no timer fires, no message arrives.

    Raises:
        errors.NotFound, errors.InstanceEnded, errors.InstanceSuspended, errors.InstanceBusy
    """
    instance = _locked(session, instance_id)
    advance.require_active(instance)
    _move(session, runtime, instance, "SUSPENDED", actor, "instance_suspended")
    _hold_jobs(session, instance_id, held=True)
    return get(session, instance_id)


def resume(session: Session, runtime: advance.Runtime, instance_id: str, *,
           actor: values.Actor) -> values.ProcessInstance:
    """Let a suspended instance go on; timers that fell due meanwhile fire now. An active one stays as it is.

    Raises:
        errors.NotFound, errors.InstanceEnded, errors.InstanceBusy
    """
    instance = _locked(session, instance_id)
    if instance.state == "SUSPENDED":
        _move(session, runtime, instance, "ACTIVE", actor, "instance_resumed")
        _hold_jobs(session, instance_id, held=False)
    else:
        advance.require_active(instance)
    return get(session, instance_id)


def cancel(session: Session, runtime: advance.Runtime, instance_id: str, *, actor: values.Actor,
           if_match: errors.IfMatch = None) -> values.ProcessInstance:
    """End an instance without an outcome; no element of it is executed any more. A suspended one can be cancelled.

    Raises:
        errors.NotFound, errors.InstanceEnded, errors.InstanceBusy
        errors.StaleVersion: it is not at version `if_match`.
        errors.DomainError: a guard refuses it.
    """
    instance = _locked(session, instance_id)
    if instance.state != "SUSPENDED":
        advance.require_active(instance)
    errors.require_version(instance.version, if_match)
    now = runtime.clock.now()
    runtime.handlers.instance_ending(session, values.InstanceEnding(
        instance_id=instance_id, business_key=instance.business_key, scope=instance.scope, element_id=None,
        outcome=None, at=now, cancelled_by=actor))
    projection.close(session, instance, at=now, actor=actor)
    _move(session, runtime, instance, "CANCELLED", actor, "instance_cancelled")
    advance.announce_end(session, runtime, instance, values.InstanceEndedEvent(
        instance_id=instance_id, business_key=instance.business_key, scope=instance.scope, outcome=None,
        end_element_id=None, actor=actor, cancelled=True, at=now))
    return get(session, instance_id)


def record(session: Session, runtime: advance.Runtime, instance_id: str, kind: str, *, actor: values.Actor,
           facts: values.Variables, element_id: str | None) -> None:
    """Append a row of the caller's own kind to the trail of an instance.

    Raises:
        errors.NotFound
    """
    instance = get(session, instance_id)
    history.append(session, [history.entry(instance_id=instance_id, scope=instance.scope, at=runtime.clock.now(),
                                           kind=kind, actor=actor, element_id=element_id, facts=facts)])


def _locked(session: Session, instance_id: str) -> Any:
    instance = locks.instance(session, instance_id)
    if instance is None:
        raise errors.NotFound(what="process instance", id=instance_id)
    advance.require_idle(session, instance_id)
    return instance


def _move(session: Session, runtime: advance.Runtime, instance: Any, state: str, actor: values.Actor,
          kind: str) -> None:
    now = runtime.clock.now()
    session.execute(_MOVE, {"of_id": instance.id, "of_version": instance.version, "new_state": state,
                            "new_ended_at": now if state == "CANCELLED" else None})
    history.append(session, [history.entry(instance_id=instance.id, scope=instance.scope, at=now, kind=kind,
                                           actor=actor)])
    store.after_commit(session, lambda: runtime.live.drop(instance.id))


def _hold_jobs(session: Session, instance_id: str, *, held: bool) -> None:
    session.execute(update(tables.job).where(tables.job.c.instance_id == instance_id).values(held=held))
