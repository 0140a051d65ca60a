"""`Engine`: one method per command. It opens nothing and commits nothing; the session is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from engine import (
    advance,
    due_times,
    errors,
    feel,
    history,
    incidents,
    instances,
    jobs,
    messages,
    retries,
    signals,
    upkeep,
    user_tasks,
    values,
    verification,
)
from engine.bundles import Bundle, CheckBundle, CheckForm, CheckResources, Checks
from engine.clock import Clock
from engine.definitions import Definitions
from engine.handlers import Handlers
from engine.live import LiveInstances
from engine.settings import EngineSettings
from engine.spiff.parser import Element
from engine.spiff.readings import Reading
from engine.store.session import Database
from engine.watched import Watched


class Engine(Watched):
    """The engine of one process of the product. Thread safe; every method works in the transaction it is given."""

    def __init__(self, *, clock: Clock, handlers: Handlers, functions: feel.Functions | None = None,
                 settings: EngineSettings | None = None, roles: Collection[str] = (),
                 check_form: CheckForm | None = None, check_resources: CheckResources | None = None,
                 check_bundle: CheckBundle | None = None) -> None:
        """`roles` and the checks are what new deployments are checked against; without them, those go unchecked."""
        self.clock = clock
        self.handlers = handlers
        self.functions = functions
        self.settings = settings or EngineSettings()
        self._roles = frozenset(roles) or None
        self._check_form = check_form
        self._check_resources = check_resources
        self._check_bundle = check_bundle
        self._definitions = Definitions(clock, functions, self.settings)
        self._runtime = advance.Runtime(clock=clock, handlers=handlers, definitions=self._definitions,
                                        functions=functions, settings=self.settings,
                                        live=LiveInstances(self.settings.live_instances_max_bytes))

    # Deployments and definitions

    def check(self, resources: Mapping[str, bytes], session: Session | None = None, *,
              on_verified: verification.OnVerified | None = None) -> list[values.Problem]:
        """Every problem of a bundle, warnings included; nothing is stored.

        `on_verified` is told the key of each process and what verification says of it, when the diagrams are readable.

        With a session it says exactly what `deploy` would; without one, a decision that is asked for in its latest
        version, or in a numbered one, is only known to be named.
        """
        return self._definitions.check(resources, self._checks(), session, on_verified=on_verified)

    def deploy(self, session: Session, *, resources: Mapping[str, bytes], actor: values.Actor,
               source: str = "files") -> values.Deployment:
        """Deploy a bundle (`processes/x.bpmn`, `decisions/y.dmn`, `forms/z.form`, `rules/*.yaml`).

        Every process in it gets its next version, and everything it names binds to this bundle. The same bundle again
        changes nothing (`is_new` is False).

        Raises: errors.Invalid: with every problem of every file at once; DeploymentRaced: somebody else deployed too.
        """
        return self._definitions.deploy(session, resources=resources, actor=actor, source=source,
                                        checks=self._checks())

    def latest_deployment(self, session: Session) -> values.Deployment | None:
        """The newest deployment, or None before the first."""
        return self._definitions.latest_deployment(session)

    def definitions(self, session: Session, *, key: str | None = None, latest_only: bool = False,
                    after: str | None = None, limit: int = 50) -> values.Page[values.ProcessDefinition]:
        """Process definitions by key, newest version first."""
        return self._definitions.definitions(session, key=key, latest_only=latest_only, after=after, limit=limit)

    def definition(self, session: Session, *, id: str | None = None, key: str | None = None,
                   version: int | None = None) -> values.ProcessDefinition:
        """One definition: by id, by key and version, or the latest of a key. Raises: errors.NotFound."""
        return self._definitions.definition(session, id=id, key=key, version=version)

    def definition_xml(self, session: Session, definition_id: str) -> bytes:
        """The BPMN file of a definition, as deployed. Raises: errors.NotFound."""
        definition = self._definitions.definition(session, id=definition_id)
        return self._definitions.resource(session, definition.deployment_id, definition.resource)

    def resource(self, session: Session, deployment_id: str, name: str) -> bytes:
        """One file of a deployment. Raises: errors.NotFound."""
        return self._definitions.resource(session, deployment_id, name)

    def resources(self, session: Session, deployment_id: str) -> dict[str, bytes]:
        """All files of a deployment, by name. Raises: errors.NotFound."""
        return self._definitions.resources(session, deployment_id)

    def form(self, session: Session, definition_id: str, form_key: str) -> Mapping[str, Any]:
        """A form (form-js JSON) of the deployment a definition belongs to. Raises: errors.NotFound."""
        forms = self._bundle(session, definition_id).forms
        if form_key not in forms:
            raise errors.NotFound(what="form", id=form_key)
        return forms[form_key]

    def elements(self, session: Session, definition_id: str) -> Mapping[str, Element]:
        """Flow nodes of a definition's process by id, then of those deployed with it. Raises: errors.NotFound."""
        bundle = self._bundle(session, definition_id)
        own = self._definitions.process(session, definition_id).elements
        return {**{name: element for each in bundle.processes.values() for name, element in each.elements.items()},
                **own}

    def reads(self, session: Session, definition_id: str) -> Sequence[Reading]:
        """Each expression of a process and of those deployed with it, with what it reads. Raises: errors.NotFound."""
        bundle = self._bundle(session, definition_id)
        return [reading for key in bundle.processes for reading in bundle.reads(key, self.functions)]

    def separations(self, session: Session, definition_id: str) -> Sequence[frozenset[str]]:
        """Sets of duties of which one person may perform only one. Raises: errors.NotFound."""
        return self._definitions.process(session, definition_id).separations

    # Process instances

    def start(self, session: Session, *, key: str, variables: values.Variables, business_key: str, scope: str,
              actor: values.Actor, version: int | None = None) -> values.ProcessInstance:
        """Start an instance, of the latest version unless told otherwise. Raises: errors.NotFound."""
        return instances.start(session, self._runtime, key=key, variables=variables, business_key=business_key,
                               scope=scope, actor=actor, version=version)

    def instance(self, session: Session, instance_id: str) -> values.ProcessInstance:
        """One instance. Raises: errors.NotFound."""
        return instances.get(session, instance_id)

    def lock(self, session: Session, instance_id: str) -> values.ProcessInstance:
        """Lock and read an instance; for callers that write rows of their own first. Raises: errors.NotFound."""
        return instances.lock(session, instance_id)

    def instances(self, session: Session, *, business_key: str | None = None, key: str | None = None,
                  state: str | None = None, scopes: Collection[str] | None = None, after: str | None = None,
                  limit: int = 50) -> values.Page[values.ProcessInstance]:
        """Instances, newest first; of these scopes, None meaning all."""
        return instances.page(session, business_key=business_key, key=key, state=state, scopes=scopes, after=after,
                              limit=limit)

    def variables(self, session: Session, instance_id: str) -> dict[str, Any]:
        """A copy of an instance's variables. Raises: errors.NotFound."""
        return instances.variables(session, self._runtime, instance_id)

    def definition_at(self, session: Session, instance_id: str, token_id: str) -> str:
        """Id of the definition in which a waiting token stands: the instance's, or one it calls. Raises: NotFound."""
        return instances.definition_at(session, self._runtime, instance_id, token_id)

    def progress(self, session: Session, instance_id: str) -> values.Progress:
        """Where an instance stands on its diagram. Raises: errors.NotFound."""
        return instances.progress(session, self._runtime, instance_id)

    def cancel(self, session: Session, instance_id: str, *, actor: values.Actor, reason: str | None = None,
               if_match: errors.IfMatch = None) -> values.ProcessInstance:
        """End an instance without an outcome. Raises: errors.NotFound, InstanceEnded, StaleVersion."""
        return instances.cancel(session, self._runtime, instance_id, actor=_because(actor, reason), if_match=if_match)

    def suspend(self, session: Session, instance_id: str, *, actor: values.Actor) -> values.ProcessInstance:
        """Stop an instance where it is. Raises: errors.NotFound, InstanceEnded, InstanceSuspended."""
        return instances.suspend(session, self._runtime, instance_id, actor=actor)

    def resume(self, session: Session, instance_id: str, *, actor: values.Actor) -> values.ProcessInstance:
        """Let a suspended instance go on; overdue timers fire now. Raises: errors.NotFound, InstanceEnded."""
        return instances.resume(session, self._runtime, instance_id, actor=actor)

    def history(self, session: Session, instance_id: str, *, after: str | None = None,
                limit: int = 100) -> values.Page[values.HistoryEntry]:
        """The trail of an instance, oldest first."""
        return history.page(session, instance_id, after=after, limit=limit)

    def record(self, session: Session, instance_id: str, kind: str, *, actor: values.Actor,
               facts: values.Variables | None = None, element_id: str | None = None) -> None:
        """Append a row of the caller's own kind to the trail of an instance. Raises: errors.NotFound."""
        instances.record(session, self._runtime, instance_id, kind, actor=actor, facts=facts or {},
                         element_id=element_id)

    # User tasks

    def user_task(self, session: Session, task_id: str) -> values.UserTask:
        """One user task. Raises: errors.NotFound."""
        return user_tasks.get(session, task_id)

    def user_tasks(self, session: Session, *, where: user_tasks.Pairs | None = None, assignee: str | None = None,
                   states: Sequence[str] = user_tasks.OPEN, business_key: str | None = None,
                   business_keys: user_tasks.Keys | None = None, instance_id: str | None = None,
                   overdue: bool | None = None, after: str | None = None, limit: int = 50,
                   count: bool = False) -> values.Page[values.UserTask]:
        """User tasks, earliest due first, then oldest first.

        `where` holds the (role, scope) pairs the asker may see, scope None meaning all; None asks for everyone's.
        `business_keys` is a set of keys, or a query that finds them.
        `count` fills in `total`, exactly.
        """
        conditions = user_tasks.conditions(
            states=states, assignee=assignee, business_key=business_key, business_keys=business_keys,
            instance_id=instance_id, overdue=overdue, now=self.clock.now())
        return user_tasks.page(session, where=where, conditions=conditions, after=after, limit=limit, count=count,
                               of_keys=business_keys is not None)

    def claim(self, session: Session, task_id: str, *, actor: values.Actor,
              if_match: errors.IfMatch = None) -> values.UserTask:
        """Take a task. Raises: errors.NotFound, TaskAlreadyCompleted, TaskHeldByAnother, StaleVersion."""
        return user_tasks.claim(session, self._runtime, task_id, actor=actor, if_match=if_match)

    def release(self, session: Session, task_id: str, *, actor: values.Actor,
                if_match: errors.IfMatch = None) -> values.UserTask:
        """Give one's task back. Raises: errors.NotFound, TaskAlreadyCompleted, TaskHeldByAnother, StaleVersion."""
        return user_tasks.release(session, self._runtime, task_id, actor=actor, if_match=if_match)

    def assign(self, session: Session, task_id: str, *, assignee: str | None, actor: values.Actor,
               if_match: errors.IfMatch = None) -> values.UserTask:
        """Hand a task to a person, whoever holds it. Raises: errors.NotFound, TaskAlreadyCompleted, StaleVersion."""
        return user_tasks.assign(session, self._runtime, task_id, assignee=assignee, actor=actor, if_match=if_match)

    def task_variables(self, session: Session, task_id: str) -> dict[str, Any]:
        """A copy of the variables a task sees, its inputs and its item included. Raises: errors.NotFound."""
        return user_tasks.variables(session, self._runtime, task_id)

    def save_draft(self, session: Session, task_id: str, *, data: Mapping[str, Any], actor: values.Actor,
                   if_match: errors.IfMatch = None) -> values.UserTask:
        """Keep an unfinished form. Raises: errors.NotFound, TaskAlreadyCompleted, TaskHeldByAnother, StaleVersion."""
        return user_tasks.save_draft(session, task_id, data=data, actor=actor, if_match=if_match)

    def complete(self, session: Session, task_id: str, *, variables: values.Variables, actor: values.Actor,
                 if_match: errors.IfMatch = None) -> values.UserTask:
        """End a task with these variables and let its instance go on; of two who try, exactly one succeeds.

        A failure further on is an incident there; the task stays completed.

        Raises: errors.NotFound, TaskAlreadyCompleted, TaskHeldByAnother, StaleVersion, InstanceSuspended.
        """
        return user_tasks.complete(session, self._runtime, task_id, variables=variables, actor=actor,
                                   if_match=if_match)

    def completed_duties(self, session: Session, *, business_key: str) -> dict[str, set[str]]:
        """Duty -> ids of those who have performed it for a business key."""
        return user_tasks.completed_duties(session, business_key=business_key)

    # Messages

    def publish(self, session: Session, *, name: str, correlation_key: str, variables: values.Variables | None = None,
                actor: values.Actor = values.SYSTEM, message_id: str | None = None, scope: str = "") -> list[str]:
        """Deliver a message; the ids of instances it reached or began. Raises: errors.NoReceiver, InstanceSuspended."""
        return messages.publish(session, self._runtime, name=name, correlation_key=correlation_key,
                                variables=variables or {}, actor=actor, message_id=message_id, scope=scope)

    def signal(self, session: Session, *, name: str, variables: values.Variables | None = None,
               actor: values.Actor = values.SYSTEM, business_key: str = "", scope: str = "") -> int:
        """Throw a signal; how many instances and processes it is on its way to, each by a job. Raises: Invalid."""
        return signals.publish(session, self._runtime, name=name, variables=variables or {}, actor=actor,
                               business_key=business_key, scope=scope)

    # Timers and jobs

    def anchor_timers(self, session: Session, *, instance_id: str, anchor: str, at: datetime) -> int:
        """Give the timers that wait for `anchor` their moment; returns how many due times changed."""
        return due_times.anchor_timers(session, self._runtime, instance_id=instance_id, anchor=anchor, at=at)

    def recompute_timers(self, session: Session, *, instance_id: str | None = None, after: str | None = None,
                         limit: int = 50) -> values.Recomputed:
        """Compute due times again, such as after a holiday: of one instance, or of the next `limit` of all."""
        return due_times.recompute_timers(session, self._runtime, instance_id=instance_id, after=after, limit=limit)

    def message_receivers(self, session: Session, message_id: str) -> list[str] | None:
        """Ids of the instances a message of this id reached the first time; None when it never came."""
        return messages.received(session, message_id)

    def enqueue(self, session: Session, *, kind: str, payload: Mapping[str, Any], due_at: datetime | None = None,
                dedup_key: str | None = None, instance_id: str | None = None, background: bool = False) -> values.Job:
        """Add a job to the outbox; it exists once the transaction commits. A used `dedup_key` gives the first job.
        A `background` job waits while anything else is due: for bulk work, cut into short jobs."""
        return jobs.enqueue(session, self._runtime, kind=kind, payload=payload, due_at=due_at, dedup_key=dedup_key,
                            instance_id=instance_id, background=background)

    def claim_jobs(self, session: Session, *, owner: str, limit: int = 10) -> list[values.Job]:
        """Lease due jobs, earliest first. Commit before running them."""
        return jobs.claim(session, self._runtime, owner=owner, limit=limit)

    def run_job(self, database: Database, job: values.Job) -> None:
        """Run a claimed job in a transaction of its own; see `jobs.run`. Raises: errors.Unavailable."""
        jobs.run(database, self._runtime, job)

    def run_due_jobs(self, database: Database, *, owner: str, limit: int = 10,
                     stopping: Callable[[], bool] = lambda: False) -> int:
        """Claim and run one batch, until `stopping` says so; returns how many were run. Raises: errors.Unavailable."""
        return jobs.run_due(database, self._runtime, owner=owner, limit=limit, stopping=stopping)

    def run_one_job(self, database: Database, job_id: str, *, owner: str) -> bool:
        """Claim one job and run it; False when it is not due or another has it. Raises: errors.Unavailable."""
        return jobs.run_one(database, self._runtime, job_id, owner=owner)

    def job(self, session: Session, job_id: str) -> values.Job:
        """One job. Raises: errors.NotFound."""
        return jobs.get(session, job_id)

    def jobs(self, session: Session, *, state: str | None = None, kind: str | None = None,
             instance_id: str | None = None, after: str | None = None, limit: int = 50) -> values.Page[values.Job]:
        """Jobs, newest first."""
        return jobs.page(session, state=state, kind=kind, instance_id=instance_id, after=after, limit=limit)

    # Incidents

    def incidents(self, session: Session, *, state: str | None = "OPEN", scopes: Collection[str] | None = None,
                  business_key: str | None = None, instance_id: str | None = None, after: str | None = None,
                  limit: int = 50) -> values.Page[values.Incident]:
        """Incidents, newest first; of these scopes, None meaning all."""
        return incidents.page(session, state=state, scopes=scopes, business_key=business_key, instance_id=instance_id,
                              after=after, limit=limit)

    def incident(self, session: Session, incident_id: str) -> values.Incident:
        """One incident. Raises: errors.NotFound."""
        return incidents.get(session, incident_id)

    def failing_instances(self) -> Select[Any]:
        """A query for the ids of the process instances that have an open incident, to be part of others."""
        return incidents.failing()

    def retry_incident(self, session: Session, incident_id: str, *, actor: values.Actor,
                       variables: values.Variables | None = None) -> values.Incident:
        """Execute what failed again, that only; returns the incident as it then is, still OPEN if it failed again.

        `variables` are set first, in the scope of the failed element; history keeps what they were and are.

        Raises: errors.NotFound, InstanceEnded, InstanceSuspended; Invalid: no FEEL value, or what failed is a job.
        """
        return jobs.retry_incident(session, self._runtime, incident_id, actor=actor, variables=variables or {})

    def retry_incidents(self, session: Session, *, cause: values.Cause, actor: values.Actor,
                        scopes: Collection[str] | None = None) -> values.Retries:
        """Retry every open incident of a cause; a few at once, many by a job. Raises: Invalid: it names nothing."""
        return retries.start(session, self._runtime, cause=cause, scopes=scopes, actor=actor)

    def retries(self, session: Session, retries_id: str) -> values.Retries:
        """The totals of a retry of many incidents so far. Raises: errors.NotFound."""
        return retries.get(session, retries_id)

    # Housekeeping

    def sweep(self, session: Session, *, limit: int = 1_000) -> int:
        """Remove ended jobs and messages past the retention, `limit` of each; returns how many. Repeat it until 0."""
        return upkeep.sweep(session, now=self.clock.now(), retention=self.settings.retention, limit=limit)

    def _checks(self) -> Checks:
        return Checks(handlers=self.handlers.names, roles=self._roles, check_form=self._check_form,
                      check_resources=self._check_resources, check_bundle=self._check_bundle)

    def _bundle(self, session: Session, definition_id: str) -> Bundle:
        return self._definitions.bundle(session, self._definitions.definition(session, id=definition_id))


def _because(actor: values.Actor, reason: str | None) -> values.Actor:
    return actor if reason is None else replace(actor, reason=reason)
