"""THE loop: lock, load, step, project, save.

A trigger locks its instance, loads the execution, acts on it, steps it to its next wait states, projects what the
runner reports into rows (user tasks, jobs, subscriptions, incidents, history) and saves state and version: all in the
trigger's one transaction.

Between triggers an execution stays in memory under (instance, version). It is taken out while a transaction uses it
and put back only after the commit, so no error, conflict or rollback can leave a wrong one behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from engine import clock as clocks
from engine import definitions, errors, feel, handlers, projection, thrown, values
from engine.live import Live, LiveInstances
from engine.settings import EngineSettings
from engine.spiff import parser, runner
from engine.store import session as store
from engine.store import tables
from engine.store.prepared import Prepared

_BUSY = "parvaneh.advancing"
_KEEPING = "parvaneh.keeping"

_instance = tables.process_instance
_SAVED = (
    update(_instance).where(_instance.c.id == bindparam("of_id"), _instance.c.version == bindparam("of_version"))
    .values(version=bindparam("of_version") + 1, execution=bindparam("blob"), outcome=bindparam("new_outcome")))
_SAVE = Prepared(_SAVED)
"""Leaves the state alone: SQLite writes every index that has a column an update names, though its value is the same."""
_END = Prepared(_SAVED.values(state="COMPLETED", ended_at=bindparam("new_ended_at")))
_READ = Prepared(select(*(column for column in _instance.c if column.name != "execution"))
                 .where(_instance.c.id == bindparam("id")))
_STATE = Prepared(select(_instance.c.execution).where(_instance.c.id == bindparam("id")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What every trigger needs and no trigger changes."""

    clock: clocks.Clock
    handlers: handlers.Handlers
    definitions: definitions.Definitions
    functions: feel.Functions | None
    settings: EngineSettings
    live: LiveInstances


def begin(session: Session, runtime: Runtime, definition: values.ProcessDefinition, variables: values.Variables, *,
          business_key: str, scope: str, actor: values.Actor, message: str | None = None,
          signal: str | None = None, budget: int | None = None) -> str:
    """Start an instance and step it to its first wait states; returns its id. `budget` as in `projection.Trigger`.

    Raises:
        errors.Invalid: a variable has no FEEL value.
    """
    row = {"id": values.new_id(), "definition_id": definition.id, "definition_key": definition.key,
           "definition_version": definition.version, "business_key": business_key, "scope": scope, "state": "ACTIVE",
           "outcome": None, "version": 0, "execution": b"", "started_at": runtime.clock.now(), "ended_at": None}
    instance = SimpleNamespace(**row)
    services = Services(session, runtime, instance, actor)
    execution = runner.Execution.start(services.process, variables, clock=runtime.clock, services=services,
                                       message=message, signal=signal,
                                       variables_max_bytes=runtime.settings.variables_max_bytes)
    # Only now is anything written, and before the first step: handlers may write rows that refer to the instance.
    session.execute(insert(tables.process_instance), row)
    live = Live(version=0, execution=execution, waits={})
    with _exclusively(session, instance.id):
        _step(session, runtime, instance, live, services, projection.Trigger(
            actor=actor, note="instance_started", budget=budget))
    return str(instance.id)


def advance(session: Session, runtime: Runtime, instance: Any, act: Callable[[runner.Execution], None],
            trigger: projection.Trigger) -> None:
    """Act on the execution of a locked instance row, step it until stable, project and save.

    Whatever `act` refuses, it refuses before anything is written.

    Raises:
        errors.InstanceEnded, errors.InstanceSuspended: it cannot go on.
        errors.InstanceBusy: a handler of this very instance calls.
        errors.StaleVersion: someone changed the row in spite of the lock.
    """
    require_active(instance)
    with _exclusively(session, instance.id):
        services = Services(session, runtime, instance, trigger.actor)
        live = _checked_out(session, runtime, instance, services)
        act(live.execution)
        _step(session, runtime, instance, live, services, trigger)


@contextmanager
def reading(session: Session, runtime: Runtime, instance_id: str) -> Iterator[runner.Execution]:
    """The execution of an instance, to look at and not to change.

    Raises:
        errors.NotFound, errors.InstanceBusy
    """
    instance = _READ.first(session, {"id": instance_id})
    if instance is None:
        raise errors.NotFound(what="process instance", id=instance_id)
    with _exclusively(session, instance_id):
        services = Services(session, runtime, instance, values.SYSTEM)
        memory, kept = _memory(session), runtime.live.take(instance_id, instance.version)
        live = memory.get(instance_id)
        if live is None or live.version != instance.version:
            live = kept or _loaded(session, instance, runtime, services)
        live.execution.bind(clock=runtime.clock, services=services)
        yield live.execution
        if kept is not None:
            runtime.live.put(instance_id, kept)


def require_active(instance: Any) -> None:
    """Refuse an instance that has ended or is suspended.

    Raises:
        errors.InstanceEnded, errors.InstanceSuspended
    """
    if instance.state == "SUSPENDED":
        raise errors.InstanceSuspended(id=instance.id)
    if instance.state != "ACTIVE":
        raise errors.InstanceEnded(id=instance.id)


def require_idle(session: Session, instance_id: str) -> None:
    """Refuse a handler that would change the very instance it works for.

    Raises:
        errors.InstanceBusy
    """
    if instance_id in session.info.get(_BUSY, ()):
        raise errors.InstanceBusy(id=instance_id)


class Services:
    """What an execution may ask for during one trigger; the runner's protocol of the same name."""

    def __init__(self, session: Session, runtime: Runtime, instance: Any, actor: values.Actor) -> None:
        self._session, self._runtime, self._instance, self._actor = session, runtime, instance, actor
        definition = runtime.definitions.definition(session, id=instance.definition_id)
        self._bundle = runtime.definitions.bundle(session, definition)
        self._savepoints: list[SessionTransaction] = []
        self.process: parser.Process = self._bundle.processes[definition.key]
        self.functions: feel.Functions | None = runtime.functions
        self.postponed: dict[str, timedelta] = {}
        """Tokens whose handler raised `RetryLater`, and after how long they want to be called again."""

    def invoke(self, handler: str, call: runner.HandlerCall) -> Mapping[str, Any]:
        """Run a handler with this trigger's session, inside a savepoint."""
        self._savepoints.append(self._session.begin_nested())
        instance = self._instance
        try:
            return self._runtime.handlers.invoke(handler, handlers.HandlerCall(
                session=self._session, clock=self._runtime.clock, instance_id=instance.id,
                business_key=instance.business_key, scope=instance.scope, element_id=call.element_id,
                token_id=call.token_id, variables=call.variables, inputs=call.inputs, actor=self._actor))
        except errors.RetryLater as later:
            self.postponed[call.token_id] = later.after
            raise errors.HandlerFailed(f"{handler} asked again and again to be called later") from later

    def ending(self, element_id: str, outcome: str | None) -> None:
        """Ask the guards whether the process may end so."""
        instance = self._instance
        self._runtime.handlers.instance_ending(self._session, values.InstanceEnding(
            instance_id=instance.id, business_key=instance.business_key, scope=instance.scope, element_id=element_id,
            outcome=outcome, at=self._runtime.clock.now()))

    def decide(self, decision_id: str, variables: Mapping[str, Any], *,
               version: runner.BoundVersion = "deployment", definition_id: str | None = None) -> runner.Decided:
        """Evaluate a decision of the deployment of the instance, or of that definition, or the newest or a numbered
        version of any deployment.
        """
        bundle, known = self._bundle, self._runtime.definitions
        if definition_id is not None:
            bundle = known.bundle(self._session, known.definition(self._session, id=definition_id))
        model, number = bundle.models.get(decision_id), None
        if version != "deployment":
            model, number = known.decision(self._session, decision_id, version) or (None, None)
        if model is None:
            raise errors.HandlerFailed(f"there is no decision {decision_id!r} (version: {version})", kind="expression",
                                       hint="deploy it, or choose another version, then retry")
        return runner.Decided(model.evaluate(decision_id, variables, clock=self._runtime.clock), number)

    def call(self, key: str, *, version: runner.BoundVersion, definition_id: str | None) -> runner.Called:
        """The definition that a call means now: see `Definitions.called`."""
        known = self._runtime.definitions
        try:
            found = known.called(self._session, key, version=version,
                                 caller_id=definition_id or self._instance.definition_id)
            return self.called(found.id)
        except (errors.NotFound, errors.Invalid) as error:
            raise errors.HandlerFailed(f"there is no process {key!r} (version: {version}) to call", kind="expression",
                                       hint="deploy it, or choose another version, then retry") from error

    def called(self, definition_id: str) -> runner.Called:
        """A definition that a call activity runs."""
        definition = self._runtime.definitions.definition(self._session, id=definition_id)
        process = self._runtime.definitions.process(self._session, definition_id)
        return runner.Called(definition.id, definition.version, process.key, process.specifications)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo an element's database effects when it fails. A savepoint is only made once a handler is called."""
        outside = len(self._savepoints)
        try:
            yield
        except BaseException:
            while len(self._savepoints) > outside:
                self._savepoints.pop().rollback()
            raise
        while len(self._savepoints) > outside:
            self._savepoints.pop().commit()


@contextmanager
def _exclusively(session: Session, instance_id: str) -> Iterator[None]:
    require_idle(session, instance_id)
    busy: set[str] = session.info.setdefault(_BUSY, set())
    busy.add(instance_id)
    try:
        yield
    finally:
        busy.discard(instance_id)


def _memory(session: Session) -> dict[str, Live]:
    memory: dict[str, Live] = store.volatile(session).setdefault(Live, {})
    return memory


def _checked_out(session: Session, runtime: Runtime, instance: Any, services: Services) -> Live:
    live = _memory(session).pop(instance.id, None)
    if live is None or live.version != instance.version:
        kept = runtime.live.take(instance.id, instance.version)
        runtime.handlers.measured("live_instance", "miss" if kept is None else "hit")
        live = kept or _loaded(session, instance, runtime, services)
    live.execution.bind(clock=runtime.clock, services=services)
    return live


def _loaded(session: Session, instance: Any, runtime: Runtime, services: Services) -> Live:
    blob = _STATE.first(session, {"id": instance.id}).execution
    execution = runner.Execution.load(services.process, blob, clock=runtime.clock, services=services,
                                      variables_max_bytes=runtime.settings.variables_max_bytes)
    return Live(version=instance.version, execution=execution,
                waits={waiting.token_id: waiting.kind for waiting in execution.waiting()})


def _step(session: Session, runtime: Runtime, instance: Any, live: Live, services: Services,
          trigger: projection.Trigger) -> None:
    now = runtime.clock.now()
    report = _announced(session, runtime, instance, live, live.execution.run(budget=runtime.settings.step_budget), now)
    rows = projection.Projection(session=session, instance=instance, trigger=trigger, now=now,
                                 max_attempts=runtime.settings.job_max_attempts)
    rows.project(report, live.waits, services.postponed)
    _throw(session, runtime, instance, report, trigger, now)
    waited = bool(live.waits or report.started or report.failures)
    _note_waits(live.waits, report)
    _save(session, instance, live, report, now)
    if not report.instance_ended:
        _memory(session)[instance.id] = live
        _keep_after_commit(session, runtime)
        return
    if waited:  # one that ran through at once has nothing to close, and there may be many
        projection.close(session, instance, at=now, actor=trigger.actor)
    announce_end(session, runtime, instance, values.InstanceEndedEvent(
        instance_id=instance.id, business_key=instance.business_key, scope=instance.scope, outcome=report.outcome,
        end_element_id=report.end_element_id, actor=trigger.actor, at=now))


def _throw(session: Session, runtime: Runtime, instance: Any, report: runner.Report, trigger: projection.Trigger,
           now: datetime) -> None:
    """Let others hear what the instance threw, and what waits now hear what was thrown before."""
    origin = thrown.Origin(actor=trigger.actor, business_key=instance.business_key, scope=instance.scope,
                           instance_id=instance.id, is_first=trigger.budget is None,
                           budget=runtime.settings.chain_budget if trigger.budget is None else trigger.budget)
    most = runtime.settings.job_max_attempts
    for each in report.thrown:
        if each.kind == "signal":
            thrown.signal(session, runtime.definitions, name=each.name, variables=each.variables, origin=origin, at=now,
                          max_attempts=most)
        else:
            thrown.message(session, name=each.name, correlation_key=each.correlation_key, variables=each.variables,
                           origin=origin, at=now, time_to_live=runtime.settings.message_time_to_live, max_attempts=most)
    thrown.wake(session, {(wait.message_name or "", wait.correlation_key or "") for wait in report.started
                          if wait.kind == "message"}, now)


def announce_end(session: Session, runtime: Runtime, instance: Any, event: values.InstanceEndedEvent) -> None:
    """Tell the subscribers that an instance has ended. The end stands: where telling fails, a job tells it again."""
    try:
        tell_end(session, runtime, instance, event)
    except errors.HandlerFailed:
        projection.postpone_end(session, event, due_at=event.at + runtime.settings.job_backoff,
                                max_attempts=runtime.settings.job_max_attempts)


def tell_end(session: Session, runtime: Runtime, instance: Any, event: values.InstanceEndedEvent) -> None:
    """Tell the subscribers of the end event's stage, if it has one, and of the instance's end; all of it or nothing.

    Raises:
        errors.HandlerFailed, errors.Unavailable
    """
    definition = runtime.definitions.definition(session, id=instance.definition_id)
    process = runtime.definitions.bundle(session, definition).processes[definition.key]
    end = process.elements.get(event.end_element_id or "")
    with session.begin_nested():
        if end is not None and end.stage:
            runtime.handlers.element_entered(session, values.ElementEntered(
                instance_id=event.instance_id, business_key=event.business_key, scope=event.scope, at=event.at,
                element_id=end.id, element_name=end.name, stage=end.stage, role=end.role, due_at=None))
        runtime.handlers.instance_ended(session, event)


def _announced(session: Session, runtime: Runtime, instance: Any, live: Live, report: runner.Report,
               now: datetime) -> runner.Report:
    """Tell the subscribers what was entered. Where that fails, the report has an incident instead of the wait."""
    failures = []
    for waiting in report.started:
        if not waiting.stage:
            continue
        try:
            runtime.handlers.element_entered(session, values.ElementEntered(
                instance_id=instance.id, business_key=instance.business_key, scope=instance.scope, at=now,
                element_id=waiting.element_id, element_name=waiting.name, stage=waiting.stage, role=waiting.role,
                due_at=waiting.due_at))
        except errors.HandlerFailed as error:
            failures.append(live.execution.fail(waiting.token_id, error))
    if not failures:
        return report
    failed = {failure.token_id for failure in failures}
    return replace(report, started=[waiting for waiting in report.started if waiting.token_id not in failed],
                   failures=[*report.failures, *failures])


def _note_waits(waits: dict[str, str], report: runner.Report) -> None:
    for token_id in report.ended_waits:
        waits.pop(token_id, None)
    waits.update({waiting.token_id: waiting.kind for waiting in report.started})
    waits.update({failure.token_id: "incident" for failure in report.failures})


def _save(session: Session, instance: Any, live: Live, report: runner.Report, now: datetime) -> None:
    saved = {"of_id": instance.id, "of_version": instance.version, "blob": live.execution.dump(),
             "new_outcome": report.outcome}
    if (_END.run(session, {**saved, "new_ended_at": now}) if report.instance_ended else _SAVE.run(session, saved)) != 1:
        raise errors.StaleVersion(current="?", given=instance.version)
    live.version = instance.version + 1


def _keep_after_commit(session: Session, runtime: Runtime) -> None:
    if _KEEPING in session.info:
        return
    session.info[_KEEPING] = True

    def keep() -> None:
        for instance_id, live in _memory(session).items():
            runtime.live.put(instance_id, live)

    store.after_commit(session, keep)
