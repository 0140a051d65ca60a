"""Publish messages and correlate them with what waits.

A wait is an indexed row (name, correlation key): no waiting instance is ever loaded to look. A message from outside
that nobody waits for is refused; one that an instance sends waits for its receiver, for a time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from engine import advance, errors, history, jobs, projection, thrown, values
from engine.spiff import codec
from engine.store import locks, tables
from engine.store import session as store

_subscription, _message = tables.message_subscription, tables.message
_WAITING = (
    select(_subscription.c.instance_id).distinct()
    .where(_subscription.c.name == bindparam("name"), _subscription.c.correlation_key == bindparam("key"),
           _subscription.c.kind == "message")
    .order_by(_subscription.c.instance_id))
_OF_INSTANCE = (
    select(_subscription.c.token_id)
    .where(_subscription.c.instance_id == bindparam("instance_id"), _subscription.c.name == bindparam("name"),
           _subscription.c.correlation_key == bindparam("key"), _subscription.c.kind == "message")
    .order_by(_subscription.c.created_at, _subscription.c.id).limit(1))


def publish(session: Session, runtime: advance.Runtime, *, name: str, correlation_key: str,
            variables: values.Variables, actor: values.Actor, message_id: str | None, scope: str) -> list[str]:
    """Deliver a message to every instance that waits for it, once each; else start the processes it starts.

    A started instance gets the correlation key as its business key. With a `message_id` received before, nothing
    happens and the first receivers are returned.

    Raises:
        errors.NoReceiver: nothing waits for it and it starts nothing.
        errors.InstanceSuspended: a receiver is suspended.
    """
    if message_id is None:
        return _receivers(session, runtime, name, correlation_key, variables, actor, scope)
    with session.begin_nested():  # refused, the message leaves no trace and may come again under its id
        if not _is_new(session, runtime, name, message_id):
            return list(session.scalar(select(_message.c.receivers).where(_message.c.message_id == message_id)) or ())
        receivers = _receivers(session, runtime, name, correlation_key, variables, actor, scope)
        session.execute(update(_message).where(_message.c.message_id == message_id).values(receivers=receivers))
        return receivers


def received(session: Session, message_id: str) -> list[str] | None:
    """Who received the message of this id the first time; None when it never came."""
    found = session.execute(select(_message.c.receivers).where(_message.c.message_id == message_id)).first()
    return None if found is None else list(found.receivers or ())


def _receivers(session: Session, runtime: advance.Runtime, name: str, correlation_key: str,
               variables: values.Variables, actor: values.Actor, scope: str, budget: int | None = None) -> list[str]:
    found = session.scalars(_WAITING, {"name": name, "key": correlation_key}).all()
    receivers = [each for each in found if _deliver(session, runtime, each, name, correlation_key, variables, actor,
                                                           budget)]
    receivers = receivers or [
        advance.begin(session, runtime, definition, variables, business_key=correlation_key, scope=scope, actor=actor,
                      message=name, budget=budget)
        for definition in runtime.definitions.started_by(session, name)]
    if not receivers:
        raise errors.NoReceiver(name=name)
    return receivers


def _is_new(session: Session, runtime: advance.Runtime, name: str, message_id: str) -> bool:
    return store.insert_once(session, _message, {"message_id": message_id, "name": name, "receivers": [],
                                                 "received_at": runtime.clock.now()})


def _deliver(session: Session, runtime: advance.Runtime, instance_id: str, name: str, correlation_key: str,
             variables: values.Variables, actor: values.Actor, budget: int | None) -> bool:
    instance = locks.instance(session, instance_id)
    # Looked up again under the lock: whoever held it may have ended the wait. One message ends one wait.
    token_id = session.scalar(_OF_INSTANCE, {"instance_id": instance_id, "name": name, "key": correlation_key})
    if instance is None or token_id is None:
        return False
    advance.advance(session, runtime, instance, lambda execution: execution.deliver(token_id, variables),
                    projection.Trigger(actor=actor, token_id=token_id, kind="message_received",
                                       facts={"message": name}, budget=budget))
    return True


LOOK_AGAIN = timedelta(minutes=10)
"""After how long a buffered message looks for a receiver by itself; who begins to wait wakes it at once."""
_buffered = tables.buffered_message


def _send(session: Session, runtime: advance.Runtime, job: values.Job) -> bool | datetime:
    """Deliver a message that an instance sent; while nobody waits for it, it waits for them (its time to live)."""
    payload, now, budget = job.payload, runtime.clock.now(), thrown.budget(job)
    actor, on_behalf_of, reason = payload["actor"]
    until = datetime.fromisoformat(payload["until"])
    try:
        with session.begin_nested():
            _receivers(session, runtime, payload["name"], payload["key"], codec.from_text(payload["carried"]),
                       values.Actor(id=actor, on_behalf_of=on_behalf_of, reason=reason), payload["scope"],
                       budget)
    except (errors.NoReceiver, errors.InstanceSuspended):
        if now < until:
            return _wait(session, job, now, until)
    else:
        session.execute(delete(_buffered).where(_buffered.c.job_id == job.id))
        return True
    session.execute(delete(_buffered).where(_buffered.c.job_id == job.id))
    if payload["sender"] is not None:
        history.append(session, [history.entry(
            instance_id=payload["sender"], scope=payload["scope"], at=now, kind="message_expired", actor=values.SYSTEM,
            facts={"message": payload["name"], "correlation_key": payload["key"]})])
    return True


def _wait(session: Session, job: values.Job, now: datetime, until: datetime) -> datetime:
    """Leave word for whoever begins to wait; returns when to look again."""
    store.insert_once(session, _buffered, {"job_id": job.id, "name": job.payload["name"],
                                           "correlation_key": job.payload["key"]})
    return min(now + LOOK_AGAIN, until)


jobs.register(thrown.MESSAGE, _send)
