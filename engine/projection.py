"""What a run reports, as rows: user tasks, jobs, waits for messages and signals, incidents, history.

A handful of prebuilt statements however many tokens moved; nothing is read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from engine import feel, history, incidents, values
from engine.spiff import runner
from engine.store import announcements, tables
from engine.store.prepared import Prepared

TIMER, RETRY, TELL_END = "timer", "retry", "tell_end"
"""The kinds of jobs the engine runs itself: fire a timer's token; retry a token whose handler asked for it; tell the
subscribers of an instance's end again. Only the first two have a token."""

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)

_task, _job, _subscription = tables.user_task, tables.job, tables.message_subscription
_ADD_TASKS, _ADD_JOBS = Prepared(insert(_task)), Prepared(insert(_job))
_ADD_SUBSCRIPTIONS = Prepared(insert(_subscription))
_OPEN_JOBS = (_job.c.state == "PENDING") | (_job.c.state == "LEASED") | (_job.c.state == "FAILED")
_CANCEL_TASKS = (
    update(_task).where(_task.c.instance_id == bindparam("of_instance"), _task.c.ended_at.is_(None))
    .values(state="CANCELLED", ended_at=bindparam("at"), draft=None, version=_task.c.version + 1))
_OPEN_TASKS = (
    select(_task.c.id, _task.c.element_id, _task.c.name)
    .where(_task.c.instance_id == bindparam("of_instance"), _task.c.ended_at.is_(None)).order_by(_task.c.id))
_CANCEL_JOBS = (
    update(_job).where(_job.c.instance_id == bindparam("of_instance"), _job.c.token_id.isnot(None), _OPEN_JOBS)
    .values(state="CANCELLED"))
_CANCEL_JOB = Prepared(_CANCEL_JOBS.where(_job.c.token_id == bindparam("of_token")))
_END_SUBSCRIPTIONS = delete(_subscription).where(_subscription.c.instance_id == bindparam("of_instance"))
_END_SUBSCRIPTION = Prepared(_END_SUBSCRIPTIONS.where(_subscription.c.token_id == bindparam("of_token")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Why an instance is advanced: who acts, which token is served, what the history says of it."""

    actor: values.Actor
    token_id: str | None = None
    kind: str = "element_completed"
    """History kind of the served token's element."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Facts for the served token's history row, or for the note when no token is served."""
    note: str | None = None
    """A history row of this kind before everything else."""
    attempt: int = 0
    """How often a retry job has run the served token before."""
    budget: int | None = None
    """Of what a signal or message of another instance caused: how many more may follow from it (`thrown.Origin`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """One run of one locked instance."""

    session: Session
    instance: Any
    trigger: Trigger
    now: datetime
    max_attempts: int

    def project(self, report: runner.Report, waits: Mapping[str, str], postponed: Mapping[str, timedelta]) -> None:
        """Write everything. `waits` says what each token waited as before this run."""
        rows = self._completed(report)
        rows += self._end(report, waits)
        self._start(report.started)
        rows += self._fail(report, postponed)
        if report.instance_ended:
            rows.append(self._entry("instance_completed", values.SYSTEM, element_id=report.end_element_id,
                                    facts={"outcome": report.outcome}))
        history.append(self.session, rows)

    def _completed(self, report: runner.Report) -> list[dict[str, Any]]:
        trigger, rows = self.trigger, []
        if trigger.note is not None:
            rows.append(self._entry(trigger.note, trigger.actor, facts={} if trigger.token_id else trigger.facts))
        for done in report.completed:
            served = done.token_id == trigger.token_id
            rows.append(self._entry(trigger.kind if served else "element_completed",
                                    trigger.actor if served else values.SYSTEM, element_id=done.element_id,
                                    element_name=done.name, at=done.at,
                                    facts={**done.facts, **trigger.facts} if served else done.facts))
        return rows

    def _end(self, report: runner.Report, waits: Mapping[str, str]) -> list[dict[str, Any]]:
        ended: dict[str, list[str]] = {}
        for token_id in report.ended_waits:
            ended.setdefault(waits.get(token_id, ""), []).append(token_id)
        # Whoever completes a user task has written so in its row.
        rows = _cancel_tasks(self.session, self.instance, at=self.now, actor=values.SYSTEM, tokens=[
            token for token in ended.get("user_task", ()) if token != self.trigger.token_id])
        self._each(_END_SUBSCRIPTION, [*ended.get("message", ()), *ended.get("signal", ())])
        failed_again = {failure.token_id for failure in report.failures}
        mended = [token for token in ended.get("incident", ()) if token not in failed_again]
        # A timer whose job was given up has an incident as well; neither means anything once its wait has ended.
        done = [*ended.get("timer", ()), *mended]
        if done:
            incidents.resolve_tokens(self.session, instance_id=self.instance.id, token_ids=done, at=self.now,
                                     by=self.trigger.actor.id)
            # The job of the token being served is ended by whoever runs it.
            self._each(_CANCEL_JOB, [token for token in done if token != self.trigger.token_id])
        return rows

    def _each(self, statement: Prepared, tokens: Sequence[str]) -> None:
        statement.run_all(self.session, [{"of_instance": self.instance.id, "of_token": token} for token in tokens])

    def _start(self, started: Sequence[runner.Waiting]) -> None:
        tasks = [self._user_task(waiting) for waiting in started if waiting.kind == "user_task"]
        jobs = [self._timer(waiting) for waiting in started if waiting.kind == "timer"]
        subscriptions = [self._subscription(waiting) for waiting in started if waiting.kind in ("message", "signal")]
        for statement, rows in ((_ADD_TASKS, tasks), (_ADD_JOBS, jobs), (_ADD_SUBSCRIPTIONS, subscriptions)):
            statement.run_all(self.session, rows)
        for job in jobs:
            if job["due_at"] is not None and job["due_at"] <= self.now:
                announcements.announce(self.session, job_id=job["id"], instance_id=self.instance.id)

    def _user_task(self, waiting: runner.Waiting) -> dict[str, Any]:
        return {"id": values.new_id(), "instance_id": self.instance.id,
                "definition_id": waiting.definition_id or self.instance.definition_id,
                "token_id": waiting.token_id, "element_id": waiting.element_id, "name": waiting.name,
                "name_en": waiting.name_en, "role": waiting.role or "", "form_key": waiting.form_key,
                "duty": waiting.duty, "item": feel.to_json(waiting.item), "state": "READY", "assignee": None,
                "completed_by": None, "scope": self.instance.scope, "business_key": self.instance.business_key,
                "due_at": waiting.due_at, "sort_at": waiting.due_at or END_OF_TIME, "created_at": self.now,
                "ended_at": None, "draft": None, "version": 1}

    def _timer(self, waiting: runner.Waiting) -> dict[str, Any]:
        return self._job(TIMER, waiting.token_id, waiting.element_id, due_at=waiting.due_at,
                         expression=waiting.timer_expression, anchor_name=waiting.anchor_name,
                         anchored_at=waiting.anchored_at)

    def _job(self, kind: str, token_id: str, element_id: str, **more: Any) -> dict[str, Any]:
        return {"id": values.new_id(), "kind": kind, "instance_id": self.instance.id, "token_id": token_id,
                "element_id": element_id, "payload": {}, "expression": None, "anchor_name": None, "anchored_at": None,
                "state": "PENDING", "held": False, "attempts": 0, "max_attempts": self.max_attempts,
                "created_at": self.now, **more}

    def _subscription(self, waiting: runner.Waiting) -> dict[str, Any]:
        return {"id": values.new_id(), "instance_id": self.instance.id,
                "definition_id": waiting.definition_id or self.instance.definition_id, "token_id": waiting.token_id,
                "element_id": waiting.element_id, "name": waiting.message_name or "",
                "correlation_key": waiting.correlation_key or "", "kind": waiting.kind, "created_at": self.now}

    def _fail(self, report: runner.Report, postponed: Mapping[str, timedelta]) -> list[dict[str, Any]]:
        rows = []
        for failure in report.failures:
            if self._postpone(failure, postponed):
                continue
            self._raise(failure.kind, failure.message, failure.hint, element_id=failure.element_id,
                        element_name=failure.name, token_id=failure.token_id)
            rows.append(self._entry("incident_raised", values.SYSTEM, element_id=failure.element_id,
                                    element_name=failure.name, facts={"kind": failure.kind}))
        return rows

    def _postpone(self, failure: runner.Failure, postponed: Mapping[str, timedelta]) -> bool:
        attempt = self.trigger.attempt + 1 if failure.token_id == self.trigger.token_id else 1
        if failure.token_id not in postponed or attempt >= self.max_attempts:
            return False
        row = self._job(RETRY, failure.token_id, failure.element_id, due_at=self.now + postponed[failure.token_id])
        _ADD_JOBS.run(self.session, {**row, "payload": {"attempt": attempt}})
        return True

    def _raise(self, kind: str, message: str, hint: str, **where: Any) -> None:
        incidents.raise_(self.session, at=self.now, kind=kind, message=message, hint=hint,
                         instance_id=self.instance.id, business_key=self.instance.business_key,
                         scope=self.instance.scope, **where)

    def _entry(self, kind: str, actor: values.Actor, *, element_id: str | None = None, element_name: str = "",
               facts: Mapping[str, Any] | None = None, at: datetime | None = None) -> dict[str, Any]:
        return history.entry(instance_id=self.instance.id, scope=self.instance.scope, at=at or self.now, kind=kind,
                             actor=actor, element_id=element_id, element_name=element_name,
                             facts=feel.to_json(dict(facts or {})))


def close(session: Session, instance: Any, *, at: datetime, actor: values.Actor) -> None:
    """End everything that waits in an instance: user tasks, timers, subscriptions, incidents. Other jobs go on."""
    history.append(session, _cancel_tasks(session, instance, at=at, actor=actor))
    session.execute(_CANCEL_JOBS, {"of_instance": instance.id})
    session.execute(_END_SUBSCRIPTIONS, {"of_instance": instance.id})
    incidents.resolve_instance(session, instance_id=instance.id, at=at, by=actor.id)


def postpone_end(session: Session, event: values.InstanceEndedEvent, *, due_at: datetime, max_attempts: int) -> None:
    """Add the job that tells the subscribers again of an instance's end."""
    actor = event.actor
    _ADD_JOBS.run(session, {
        "id": values.new_id(), "kind": TELL_END, "instance_id": event.instance_id, "token_id": None,
        "element_id": event.end_element_id, "due_at": due_at, "expression": None, "anchor_name": None,
        "anchored_at": None, "state": "PENDING", "held": False, "attempts": 0, "max_attempts": max_attempts,
        "created_at": event.at,
        "payload": {"outcome": event.outcome, "at": event.at.isoformat(), "cancelled": event.cancelled,
                    "actor": [actor.id, actor.on_behalf_of, actor.reason]}})


def _cancel_tasks(session: Session, instance: Any, *, at: datetime, actor: values.Actor,
                  tokens: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Cancel the open user tasks of these tokens, or all; returns the history of it."""
    if tokens is not None and not tokens:
        return []
    which = [] if tokens is None else [_task.c.token_id.in_(tokens)]
    found = session.execute(_OPEN_TASKS.where(*which), {"of_instance": instance.id}).all()
    if found:
        session.execute(_CANCEL_TASKS.where(*which), {"of_instance": instance.id, "at": at})
    return [history.entry(instance_id=instance.id, scope=instance.scope, at=at, kind="user_task_cancelled",
                          actor=actor, element_id=row.element_id, element_name=row.name, facts={"task": row.id})
            for row in found]
