"""Signals: everyone who waits for one catches it, and every process that it starts begins (BPMN 2.0.2 §10.5.1, §13.5).

Nobody needs to wait: a signal that nobody catches is gone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine import advance, jobs, projection, thrown, values
from engine.spiff import codec, runner
from engine.store import locks


def publish(session: Session, runtime: advance.Runtime, *, name: str, variables: values.Variables,
            actor: values.Actor, business_key: str, scope: str) -> int:
    """Throw a signal from outside; returns how many instances and processes it is on its way to.

    A process that it starts gets the business key and the scope. Each receiver is a job: it exists once the
    transaction is committed and runs in one of its own.

    Raises:
        errors.Invalid: a variable has no FEEL value, or they weigh more than a signal may carry.
    """
    return thrown.signal(
        session, runtime.definitions, name=name, variables=runner.carried(variables, name), at=runtime.clock.now(),
        origin=thrown.Origin(actor=actor, business_key=business_key, scope=scope,
                             budget=runtime.settings.chain_budget),
        max_attempts=runtime.settings.job_max_attempts)


def _deliver(session: Session, runtime: advance.Runtime, job: values.Job) -> bool:
    """Let the instance catch the signal where it waited when that was thrown, if it still does."""
    budget = thrown.budget(job)
    instance = locks.instance(session, job.instance_id or "")
    if instance is None:
        return True
    payload = job.payload

    def catch(execution: runner.Execution) -> None:
        execution.signal(payload["name"], codec.from_text(payload["carried"]), tokens=payload["tokens"])

    tokens = payload["tokens"]
    advance.advance(session, runtime, instance, catch, projection.Trigger(
        actor=_actor(payload), token_id=tokens[0] if len(tokens) == 1 else None, kind="signal_received",
        facts={"signal": payload["name"]}, budget=budget))
    return True


def _start(session: Session, runtime: advance.Runtime, job: values.Job) -> bool:
    budget, payload = thrown.budget(job), job.payload
    definition = runtime.definitions.definition(session, id=payload["definition"])
    advance.begin(session, runtime, definition, codec.from_text(payload["carried"]), signal=payload["name"],
                  business_key=payload["business_key"], scope=payload["scope"], actor=_actor(payload),
                  budget=budget)
    return True


def _actor(payload: Any) -> values.Actor:
    actor, on_behalf_of, reason = payload["actor"]
    return values.Actor(id=actor, on_behalf_of=on_behalf_of, reason=reason)


jobs.register(thrown.SIGNAL, _deliver)
jobs.register(thrown.START, _start)
