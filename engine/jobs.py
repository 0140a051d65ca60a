"""Timers, asynchronous work, retries. A job is two triggers: the claim, then the execution.

The claim commits attempt and lease, so that a job that kills its process is counted. The execution is fenced: it ends
the job only while the lease is still the one it was given. Failures back off, then become an incident.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine import advance, errors, feel, handlers, history, incidents, projection, values
from engine.projection import RETRY, TELL_END, TIMER
from engine.spiff import runner
from engine.store import announcements, locks, paging, tables
from engine.store import session as store

_job = tables.job
_FIELDS = values.Job.__dataclass_fields__
_COLUMNS = [column for column in _job.c if column.name in _FIELDS]
_DUE = (tables.WAITING_JOB, _job.c.due_at <= bindparam("now"))
_BACKGROUND = (tables.BACKGROUND_JOB, _job.c.due_at <= bindparam("now"))
_ABANDONED = (tables.LEASED_JOB, _job.c.lock_until <= bindparam("now"))
_CLAIM_DUE = select(*_COLUMNS).where(*_DUE).order_by(_job.c.due_at, _job.c.id).with_for_update(skip_locked=True)
_CLAIM_BACKGROUND = (select(*_COLUMNS).where(*_BACKGROUND).order_by(_job.c.due_at, _job.c.id).limit(1)
                     .with_for_update(skip_locked=True))
_CLAIM_ABANDONED = select(*_COLUMNS).where(*_ABANDONED).order_by(_job.c.lock_until).with_for_update(skip_locked=True)
_ANYTHING = select(select(_job.c.id).where(*_DUE).exists() | select(_job.c.id).where(*_ABANDONED).exists()
                   | select(_job.c.id).where(*_BACKGROUND).exists())
_LEASE = (update(_job).where(_job.c.id == bindparam("of_id"))
          .values(state="LEASED", attempts=_job.c.attempts + 1, lock_owner=bindparam("owner"),
                  lock_until=bindparam("until")))
_SETTLE = (update(_job).where(_job.c.id == bindparam("of_id"))
           .values(state=bindparam("new_state"), due_at=bindparam("new_due"), attempts=bindparam("new_attempts"),
                   last_error=bindparam("error"), lock_owner=None, lock_until=None))
_jitter = random.SystemRandom()


def enqueue(session: Session, runtime: advance.Runtime, *, kind: str, payload: Mapping[str, Any],
            due_at: datetime | None, dedup_key: str | None, instance_id: str | None,
            background: bool = False) -> values.Job:
    """Add a job, due now unless said otherwise; it exists once the transaction is committed.

    With a `dedup_key` used before, nothing is added and the first job is returned. A `background` job waits while
    anything else is due.
    """
    now = runtime.clock.now()
    row = {"id": values.new_id(), "kind": kind, "instance_id": instance_id, "payload": dict(payload),
           "due_at": due_at or now, "state": "PENDING", "held": False, "background": background, "attempts": 0,
           "max_attempts": runtime.settings.job_max_attempts, "dedup_key": dedup_key, "created_at": now}
    if store.insert_once(session, _job, row):
        _announce(session, str(row["id"]), instance_id, due_at or now, now, background=background)
        return get(session, str(row["id"]))
    return _value(session.execute(select(*_COLUMNS).where(_job.c.dedup_key == dedup_key)).one())


def get(session: Session, job_id: str) -> values.Job:
    """One job.

    Raises:
        errors.NotFound
    """
    row = session.execute(select(*_COLUMNS).where(_job.c.id == job_id)).first()
    if row is None:
        raise errors.NotFound(what="job", id=job_id)
    return _value(row)


def page(session: Session, *, state: str | None, kind: str | None, instance_id: str | None, after: str | None,
         limit: int) -> values.Page[values.Job]:
    """Jobs, newest first."""
    query = select(*_COLUMNS).order_by(_job.c.id.desc()).limit(paging.positive(limit) + 1)
    for column, wanted in ((_job.c.state, state), (_job.c.kind, kind), (_job.c.instance_id, instance_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if after is not None:
        query = query.where(_job.c.id < paging.decode(after, str)[0])
    rows = session.execute(query).all()
    return values.Page(items=[_value(row) for row in rows[:limit]],
                       next=paging.encode(rows[limit - 1].id) if len(rows) > limit else None)


def claim(session: Session, runtime: advance.Runtime, *, owner: str, limit: int,
          job_id: str | None = None) -> list[values.Job]:
    """Lease what is due, and what another worker has left behind; the attempt counts from here.

    With `job_id` that job only. A job whose last allowed attempt was left behind fails with an incident instead.
    Those left behind are leased one at a time and first, background jobs one at a time and last.
    """
    now, limit = runtime.clock.now(), paging.positive(limit)
    due, abandoned, background = _CLAIM_DUE, _CLAIM_ABANDONED, _CLAIM_BACKGROUND
    if job_id is not None:
        due, abandoned, background = (each.where(_job.c.id == job_id) for each in (due, abandoned, background))
    # One that was left behind is leased alone: were it what kills its worker, others would lose their attempts with it.
    rows = (session.execute(abandoned.limit(1), {"now": now}).all()
            or session.execute(due.limit(limit), {"now": now}).all()
            or session.execute(background, {"now": now}).all())
    poison = [row for row in rows if row.attempts >= row.max_attempts]
    for row in poison:
        _give_up(session, runtime, row, now, "every attempt was broken off")
    leased = [row for row in rows if row.attempts < row.max_attempts]
    if leased:
        until = now + runtime.settings.job_lease
        session.execute(_LEASE, [{"of_id": row.id, "owner": owner, "until": until} for row in leased])
        found = session.execute(select(*_COLUMNS).where(_job.c.id.in_([row.id for row in leased])))
        order = {row.id: place for place, row in enumerate(leased)}
        return sorted((_value(row) for row in found), key=lambda job: order[job.id])
    return []


def run_due(database: store.Database, runtime: advance.Runtime, *, owner: str, limit: int = 10,
            stopping: Callable[[], bool] = lambda: False) -> int:
    """Claim a batch and run it; returns how many were run. Takes no write lock while nothing is due.

    Once `stopping` says so no further job of the batch is begun: the rest is given back, its attempts not counted.
    """
    with database.read() as session:
        if not session.scalar(_ANYTHING, {"now": runtime.clock.now()}):
            return 0
    with database.begin() as session:
        claimed = claim(session, runtime, owner=owner, limit=limit)
    for begun, job in enumerate(claimed):
        if stopping():
            for left in claimed[begun:]:
                _settle(database, runtime, left, "PENDING", due_at=left.due_at, outcome="job_released", counted=False)
            return begun
        run(database, runtime, job)
    return len(claimed)


def run_one(database: store.Database, runtime: advance.Runtime, job_id: str, *, owner: str) -> bool:
    """Claim one job and run it; False when it is not due, or another worker has it."""
    with database.begin() as session:
        claimed = claim(session, runtime, owner=owner, limit=1, job_id=job_id)
    for job in claimed:
        run(database, runtime, job)
    return bool(claimed)


def run(database: store.Database, runtime: advance.Runtime, job: values.Job) -> None:
    """Execute a claimed job: the second trigger, in its own transaction. A lease that has passed on changes nothing.

    Whatever goes wrong is written on the job: back-off, then an incident.

    Raises:
        errors.Unavailable: not even that could be written; the lease will run out.
    """
    try:
        if job.kind in _OWN:
            with database.begin() as session:
                _OWN[job.kind](session, runtime, job)
        else:
            _perform(database, runtime, job)
    except errors.RetryLater as later:
        _settle(database, runtime, job, "PENDING", due_at=runtime.clock.now() + later.after, counted=False)
    except errors.InstanceSuspended:
        _settle(database, runtime, job, "PENDING", due_at=job.due_at, counted=False)
    except errors.InstanceEnded:
        _settle(database, runtime, job, "CANCELLED", due_at=job.due_at, outcome="job_done")
    except Exception as error:  # noqa: BLE001 - whatever a job raises is written on the job
        _fail(database, runtime, job, handlers.describe(error))


def retry_incident(session: Session, runtime: advance.Runtime, incident_id: str, *, actor: values.Actor,
                   variables: values.Variables) -> values.Incident:
    """Execute what failed again, that only, and return the incident as it stands then.

    An element is executed at once. A job is made due at once; its incident stays open until a worker succeeds.
    `variables` are set first, where the failed element would write its results; history keeps old and new.

    Raises:
        errors.NotFound, errors.InstanceEnded, errors.InstanceSuspended
        errors.Invalid: a variable has no FEEL value, or what failed is a job, which has no variables.
    """
    incident = incidents.get(session, incident_id)
    instance = locks.instance(session, incident.instance_id) if incident.instance_id else None
    incident = incidents.get(session, incident_id)
    if incident.state != "OPEN":
        return incident
    if incident.job_id is not None:
        if variables:
            raise errors.Invalid([values.Problem(where="variables", code="job_has_no_variables",
                                                 what="A job has no variables to correct.",
                                                 what_fa="کار زمان‌بندی‌شده متغیری برای اصلاح ندارد.")])
        session.execute(_SETTLE, {"of_id": incident.job_id, "new_state": "PENDING", "new_due": runtime.clock.now(),
                                  "new_attempts": 0, "error": incident.message})
        announcements.announce(session, job_id=incident.job_id, instance_id=incident.instance_id)
        if instance is not None:
            history.append(session, [history.entry(
                instance_id=instance.id, scope=instance.scope, at=runtime.clock.now(), kind="incident_retried",
                actor=actor, facts={"incident": incident_id, "job": incident.job_id})])
        return incident
    token_id = str(incident.token_id)
    before: dict[str, Any] = {}

    def retry(execution: runner.Execution) -> None:
        before.update(execution.correct(token_id, variables))
        execution.retry(token_id)

    advance.advance(session, runtime, instance, retry, projection.Trigger(
        actor=actor, token_id=token_id, note="incident_retried", facts={"incident": incident_id}))
    if variables:
        after = runner.plain(variables, incident.element_id or "")
        history.append(session, [history.entry(
            instance_id=incident.instance_id or "", scope=incident.scope, at=runtime.clock.now(),
            kind="incident_corrected", actor=actor, element_id=incident.element_id,
            element_name=incident.element_name, facts={"incident": incident_id, "corrected": {
                name: {"old": feel.to_json(before.get(name)), "new": after[name]} for name in after}})])
    return incidents.get(session, incident_id)


def _advance_token(session: Session, runtime: advance.Runtime, job: values.Job) -> None:
    instance = locks.instance(session, job.instance_id or "")
    row = _fenced(session, job)
    if row is None or instance is None:
        return
    token_id, attempt = str(job.token_id), int(job.payload.get("attempt", 0))

    def act(execution: runner.Execution) -> None:
        if job.kind == TIMER:
            execution.fire_timer(token_id)
        else:
            execution.retry(token_id)

    advance.advance(session, runtime, instance, act, projection.Trigger(
        actor=values.SYSTEM, token_id=token_id, attempt=attempt,
        kind="timer_fired" if job.kind == TIMER else "element_completed"))
    _finish(session, runtime, row)


def _tell_end(session: Session, runtime: advance.Runtime, job: values.Job) -> None:
    instance = locks.instance(session, job.instance_id or "")
    row = _fenced(session, job)
    if row is None or instance is None:
        return
    actor, on_behalf_of, reason = job.payload["actor"]
    advance.tell_end(session, runtime, instance, values.InstanceEndedEvent(
        instance_id=instance.id, business_key=instance.business_key, scope=instance.scope,
        outcome=job.payload["outcome"], end_element_id=job.element_id, cancelled=job.payload["cancelled"],
        actor=values.Actor(id=actor, on_behalf_of=on_behalf_of, reason=reason),
        at=datetime.fromisoformat(job.payload["at"])))
    _finish(session, runtime, row)


_OWN: dict[str, Callable[[Session, advance.Runtime, values.Job], None]] = {
    TIMER: _advance_token, RETRY: _advance_token, TELL_END: _tell_end}
"""What the engine's own kinds of jobs do, each in one transaction."""


def register(kind: str, work: Callable[[Session, advance.Runtime, values.Job], bool | datetime]) -> None:
    """Make a kind of job of the engine's own, in chunks: `work` does the next one and says whether it was the last, or
    when the next is due.
    An instance that the job belongs to is locked then."""
    def run_chunk(session: Session, runtime: advance.Runtime, job: values.Job) -> None:
        if job.instance_id is not None:
            locks.instance(session, job.instance_id)
        row = _fenced(session, job)
        if row is None:
            return
        again = work(session, runtime, job)
        if again is True:
            _finish(session, runtime, row)
            return
        session.execute(_SETTLE, {"of_id": row.id, "new_state": "PENDING", "new_attempts": 0, "error": row.last_error,
                                  "new_due": again or runtime.clock.now()})
        if again is False:
            announcements.announce(session, job_id=row.id, instance_id=row.instance_id, background=row.background)
    _OWN[kind] = run_chunk


def finish_new(session: Session, job_id: str) -> None:
    """End a job of this transaction that turned out to need no worker."""
    session.execute(update(_job).where(_job.c.id == job_id).values(state="DONE"))


def _perform(database: store.Database, runtime: advance.Runtime, job: values.Job) -> None:
    handler = runtime.handlers.job_handler(job.kind)
    with database.read() as session:
        row = session.execute(select(_job).where(_job.c.id == job.id)).first()
        if not _is_ours(row, job) or row is None or row.lock_until <= runtime.clock.now():
            return
        payload = handler.load(session, job)
    result = handler.perform(payload)
    with database.begin() as session:
        if job.instance_id is not None:
            locks.instance(session, job.instance_id)
        row = _fenced(session, job)
        if row is not None:
            handler.record(session, job, result)
            _finish(session, runtime, row)


def _fenced(session: Session, job: values.Job) -> Any:
    row = locks.job_row(session, job.id)
    return row if _is_ours(row, job) else None


def _is_ours(row: Any, job: values.Job) -> bool:
    return (row is not None and row.state == "LEASED"
            and (row.lock_owner, row.attempts) == (job.lock_owner, job.attempts))


def _finish(session: Session, runtime: advance.Runtime, row: Any) -> None:
    runtime.handlers.measured_on_commit(session, "job_done", row.kind)
    every = runtime.handlers.every(row.kind)
    session.execute(_SETTLE, {
        "of_id": row.id, "new_attempts": row.attempts if every is None else 0,
        "new_state": "DONE" if every is None else "PENDING", "error": row.last_error if every is None else None,
        "new_due": row.due_at if every is None else runtime.clock.now() + every})
    if row.last_error is not None:
        incidents.resolve_job(session, job_id=row.id, at=runtime.clock.now(), by=values.SYSTEM.id)


def _settle(database: store.Database, runtime: advance.Runtime, job: values.Job, state: str, *,
            due_at: datetime | None, outcome: str = "job_postponed", counted: bool = True) -> None:
    with database.begin() as session:
        row = _fenced(session, job)
        if row is not None:
            session.execute(_SETTLE, {"of_id": row.id, "new_state": state, "new_due": due_at,
                                      "new_attempts": row.attempts if counted else row.attempts - 1,
                                      "error": row.last_error})
            if state == "PENDING":
                _announce(session, row.id, row.instance_id, due_at, runtime.clock.now(), background=row.background)
            runtime.handlers.measured_on_commit(session, outcome, job.kind)


def _fail(database: store.Database, runtime: advance.Runtime, job: values.Job, error: str) -> None:
    with database.begin() as session:
        row = _fenced(session, job)
        if row is None:
            return
        now = runtime.clock.now()
        if row.attempts >= row.max_attempts:
            _give_up(session, runtime, row, now, error)
            return
        pause = runtime.settings.job_backoff * 2 ** (row.attempts - 1) * _jitter.uniform(0.8, 1.2)
        session.execute(_SETTLE, {"of_id": row.id, "new_state": "PENDING", "new_due": now + pause,
                                  "new_attempts": row.attempts, "error": error})
        runtime.handlers.measured_on_commit(session, "job_retried", row.kind)


def _give_up(session: Session, runtime: advance.Runtime, row: Any, now: datetime, error: str) -> None:
    runtime.handlers.measured_on_commit(session, "job_failed", row.kind)
    every = runtime.handlers.every(row.kind)
    session.execute(_SETTLE, {
        "of_id": row.id, "new_state": "FAILED" if every is None else "PENDING", "error": error,
        "new_attempts": row.attempts if every is None else 0, "new_due": row.due_at if every is None else now + every})
    runtime.handlers.gave_up(session, values.Job(**{name: row._mapping[name] for name in _FIELDS}))
    instance = row.instance_id and session.execute(
        select(tables.process_instance.c.business_key, tables.process_instance.c.scope)
        .where(tables.process_instance.c.id == row.instance_id)).first()
    incidents.raise_(session, at=now, kind="job", message=f"{row.kind}: {error}",
                     hint="mend what the job needs, then retry it", instance_id=row.instance_id, job_id=row.id,
                     element_id=row.element_id, token_id=row.token_id,
                     business_key=instance.business_key if instance else "", scope=instance.scope if instance else "")
    if instance:
        history.append(session, [history.entry(
            instance_id=row.instance_id, scope=instance.scope, at=now, kind="incident_raised", actor=values.SYSTEM,
            element_id=row.element_id, facts={"kind": "job", "job": row.id})])


def _announce(session: Session, job_id: str, instance_id: str | None, due_at: datetime | None, now: datetime, *,
              background: bool = False) -> None:
    if due_at is not None and due_at <= now:
        announcements.announce(session, job_id=job_id, instance_id=instance_id, background=background)


def _value(row: Any) -> values.Job:
    return values.Job(**row._mapping)
