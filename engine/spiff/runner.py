"""One process instance in memory: step until stable, report what waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from engine import clock as clocks
from engine import errors, feel, values
from engine.spiff import (
    codec,
    conditions,
    data,
    failures,
    footprint,
    parser,
    propagation,
    subscriptions,
    turns,
    waits,
)
from engine.spiff.environment import FeelScriptEngine
from engine.spiff.model import BoundVersion
from engine.spiff.results import Called, Completed, Decided, Failure, HandlerCall, Report, Services, Thrown, Waiting
from engine.spiff.tokens import FAILED, Instance, Token, settle

__all__ = ["BoundVersion", "Called", "Completed", "Decided", "Execution", "Failure", "HandlerCall", "Report",
           "Services", "Thrown", "Waiting"]


class Execution:
    """A running process instance. Not thread safe; drop it after any exception."""

    def __init__(self, process: parser.Process, instance: Instance, *, clock: clocks.Clock, services: Services) -> None:
        self.process = process
        self.instance = instance
        self._known: dict[str, Waiting] = {}
        self._failed: list[Failure] = []
        self._weighed = (0, 0)
        """The length of the state when memory was weighed last, and what was found."""
        self.bind(clock=clock, services=services)
        conditions.remember(instance)

    @classmethod
    def start(cls, process: parser.Process, variables: Mapping[str, Any], *, clock: clocks.Clock, services: Services,
              message: str | None = None, signal: str | None = None,
              variables_max_bytes: int = values.VARIABLES_MAX_BYTES) -> Execution:
        """A new instance, standing before its start event: that of `message` or `signal`, or the plain one. Call `run`
        next.

        Raises:
            errors.NotFound: the process has no such start event.
            errors.Invalid: a variable has no FEEL value.
        """
        spec = process.specifications[process.key]
        starts = spec.start_of(message, signal)
        if starts is None:
            raise errors.NotFound(what="start event", id=message or signal or process.key)
        instance = Instance(spec, dict(process.specifications), script_engine=FeelScriptEngine(services.functions))
        execution = cls(process, instance, clock=clock, services=services)
        instance.data = data.received(variables, process.key)
        instance.variables_max_bytes = variables_max_bytes
        data.require_light(instance.data, process.key, variables_max_bytes)
        instance.open(starts)
        return execution

    @classmethod
    def load(cls, process: parser.Process, blob: bytes, *, clock: clocks.Clock, services: Services,
             variables_max_bytes: int = values.VARIABLES_MAX_BYTES) -> Execution:
        """The instance that `dump` wrote.

        Raises:
            codec.UnknownState: the envelope's version is unknown, it is damaged, or it is another process's.
        """
        spec = process.specifications[process.key]
        instance = Instance(spec, dict(process.specifications), script_engine=FeelScriptEngine(services.functions))
        instance.variables_max_bytes, instance.services = variables_max_bytes, services
        codec.load(blob, instance)
        execution = cls(process, instance, clock=clock, services=services)
        execution._known = waits.collect(instance)
        return execution

    def bind(self, *, clock: clocks.Clock, services: Services) -> None:
        """Use these from now on; a live execution kept between triggers gets each trigger's own."""
        self.instance.clock = clock
        self.instance.services = services
        environment = self.instance.script_engine.environment
        environment.functions, environment.clock = services.functions, clock

    @property
    def ended(self) -> bool:
        return bool(self.instance.completed)

    @property
    def outcome(self) -> str | None:
        """`parvaneh:outcome` of the last end event of the process that had one."""
        return self.instance.outcome

    @property
    def end_element_id(self) -> str | None:
        """The end event that gave the outcome or, without any outcome, the last one."""
        return self.instance.end_element_id

    def dump(self) -> bytes:
        """The state as a codec envelope; the specification is not in it."""
        return codec.dump(self.instance)

    def footprint(self) -> int:
        """About how many bytes of memory it takes up while it is kept.

        Weighed again only once what was saved last differs in length by an eighth: looking at every value costs as
        much as saving it.
        """
        packed, (weighed_at, weight) = self.instance.packed_bytes, self._weighed
        if not weight or abs(packed - weighed_at) * 8 > weighed_at:
            weight = footprint.footprint(self.instance)
            self._weighed = packed, weight
        return weight

    def release(self) -> None:
        """Free its memory at once; it cannot be used any more.

        Tokens and scopes refer to each other, so Python alone would free them only when it next looks for cycles, and
        among many live objects that is seldom.
        """
        scopes = self.instance.scopes()
        for scope in scopes:
            for token in list(scope.tasks.values()):
                token.__dict__.clear()
        for scope in scopes:
            scope.__dict__.clear()
        self._known.clear()

    def run(self, *, budget: int) -> Report:
        """Step until nothing can go on, at most `budget` elements. Faults of the process are in `Report.failures`.

        When the budget is used up, every token that could still go on becomes an incident of kind `budget`.
        """
        failed, self._failed = self._failed, []
        exceeded = False
        while (token := turns.following(self.instance)) is not None:
            if budget <= 0:
                exceeded = True
                failed.append(self._fail(token, failures.ElementFailed(
                    "budget", "the step budget of one transaction is used up",
                    hint="look for a loop that never waits, then retry")))
                continue
            budget -= 1
            error = self._step(token)
            if error is not None:
                failed.append(self._fail(token, error))
        return self._report(failed, exceeded=exceeded)

    def complete(self, token_id: str, variables: Mapping[str, Any]) -> None:
        """A user task is done, with these variables. Call `run` next.

        Raises:
            errors.NotFound: no user task waits under this token.
            errors.Invalid: a variable has no FEEL value.
        """
        self._fire(token_id, "user_task", variables)

    def fire_timer(self, token_id: str) -> None:
        """The timer's moment has come; whether it truly has is the caller's knowledge. Raises as `complete`."""
        self._fire(token_id, "timer", {})

    def deliver(self, token_id: str, variables: Mapping[str, Any]) -> None:
        """The message this token waits for has come, with these variables. Raises as `complete`."""
        self._fire(token_id, "message", variables)

    def signal(self, name: str, variables: Mapping[str, Any], *, tokens: Collection[str] | None = None) -> list[str]:
        """Let a signal reach every wait for it in this instance: catch and boundary events, event subprocesses; with
        `tokens`, those of them only. Returns the tokens that it reached, none being no fault. Call `run` next.

        Other instances, and processes that a signal starts, are the caller's to reach: see `Report.thrown` for the
        signals that this instance throws itself.

        Raises:
            errors.Invalid: a variable has no FEEL value.
        """
        received = data.received(variables, name)
        data.require_light(received, name, self.instance.variables_max_bytes)
        return propagation.broadcast(self.instance, name, received, tokens)

    def retry(self, token_id: str) -> None:
        """Let a token that stands at an incident execute its element again. Raises as `complete`."""
        token = self._token(token_id)
        if token is None or token.state != FAILED:
            raise errors.NotFound(what="incident", id=token_id)
        token.internal_data.pop("failure", None)
        token.make_ready()

    def correct(self, token_id: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Set variables where the element of a token that stands at an incident writes; returns those of before.

        Raises:
            errors.NotFound: no token stands at an incident under this id.
            errors.Invalid: a variable has no FEEL value.
        """
        token = self._token(token_id)
        if token is None or token.state != FAILED:
            raise errors.NotFound(what="incident", id=token_id)
        corrected = data.received(variables, token.task_spec.node.id)
        seen = data.visible(token)
        before = {name: data.keep(seen[name]) for name in corrected if name in seen}
        data.write(token, corrected)
        return before

    def fail(self, token_id: str, error: errors.HandlerFailed) -> Failure:
        """Turn a wait that `run` has just reported into an incident: retry executes its element again.

        Raises:
            errors.NotFound: there is no such token.
        """
        token = self._token(token_id)
        if token is None:
            raise errors.NotFound(what="token", id=token_id)
        failure = self._fail(token, error)
        self._known[token_id] = replace(self._known[token_id], kind="incident", failure=failure)
        return failure

    def cancel(self) -> None:
        """End the instance now, without an outcome. `run` then reports the waits that ended."""
        self.instance.clear()
        self.instance.queue.clear()
        self.instance.later.clear()
        self.instance.completed = True

    def anchor_timers(self, anchor: str, at: datetime) -> list[Waiting]:
        """Tell the timers anchored at `anchor` their moment; returns the waits whose due time changed. Call `run` next:
        a timer whose expression fails is an incident in its report.
        """
        for token in self.instance.all_tokens():
            found = waits.timer(token)
            if found is not None and found.anchor == anchor and "at" in token.internal_data:
                token.internal_data["anchored_at"] = at
        return self.recompute_timers()

    def recompute_timers(self) -> list[Waiting]:
        """Evaluate all due times of timers and deadlines again; returns the waits whose due time changed. Call `run`
        next: a timer whose expression fails is an incident in its report; a deadline that fails stays as it was.
        """
        changed = []
        for token in self.instance.all_tokens():
            found = waits.timer(token)
            wait = waits.describe(token)
            if found is None or wait is None or wait.kind == "incident":
                continue
            try:
                moved = subscriptions.set_due(token, found)
            except failures.CAUGHT as error:
                if wait.kind == "timer":
                    self._failed.append(self._fail(token, error))
                continue
            if moved and (now := waits.describe(token)) is not None:
                changed.append(now)
                self._known[now.token_id] = now
        return changed

    def variables(self) -> dict[str, Any]:
        """A copy of the instance's variables."""
        return data.copies(self.instance.data)

    def task_variables(self, token_id: str) -> dict[str, Any]:
        """A copy of the variables this token sees: the instance's, the scopes' around it, its own.

        Raises:
            errors.NotFound: there is no such token.
        """
        token = self._token(token_id)
        if token is None:
            raise errors.NotFound(what="token", id=token_id)
        return data.copies(data.visible(token))

    def waiting(self) -> list[Waiting]:
        """Everything the instance waits for now, incidents included, in the order of arrival."""
        return list(waits.collect(self.instance).values())

    def _token(self, token_id: str) -> Token | None:
        try:
            identifier = UUID(hex=token_id)
        except ValueError:
            return None
        return next((scope.tasks[identifier] for scope in self.instance.scopes() if identifier in scope.tasks), None)

    def _fire(self, token_id: str, kind: str, variables: Mapping[str, Any]) -> None:
        token = self._token(token_id)
        if token is None or token.state == FAILED or token.task_spec.waits_for(token) != kind:
            raise errors.NotFound(what=kind.replace("_", " "), id=token_id)
        received = data.received(variables, token.task_spec.node.id)
        data.require_light(received, token.task_spec.node.id, self.instance.variables_max_bytes)
        token.task_spec.fire(token, received)
        settle(token.workflow)

    def _step(self, token: Token) -> Exception | None:
        """Execute one element; what it did before a fault is undone."""
        targets = data.targets(token)
        before = [dict(target) for target in targets], dict(token.data), dict(token.internal_data)
        scope = token.workflow
        guard = self.instance.services.savepoint() if token.task_spec.has_effects else nullcontext()
        error: Exception | None = None
        try:
            with guard:
                token.run()
        except errors.BpmnError as thrown:
            error = thrown
        except failures.CAUGHT as fault:
            error = fault
        if error is not None:
            for target, kept in zip(targets, before[0], strict=True):
                _restore(target, kept)
            token.data, token.internal_data = before[1], before[2]
            self.instance.changed.clear()
            error = self._throw(token, error)
        settle(scope)
        return error

    def _throw(self, token: Token, error: Exception) -> Exception | None:
        """Hand a BPMN error to the nearest event that catches it (BPMN 2.0.2 §10.5.6); else it stays."""
        if not isinstance(error, errors.BpmnError):
            return error
        caught = propagation.catcher(token, "error", error.error_code)
        if caught is not None:
            scope = caught.workflow
            caught.task_spec.fire(caught, {})
            settle(scope)
            return None
        return failures.ElementFailed("handler", f"the BPMN error {error.error_code} is caught nowhere",
                                      hint="add an error boundary event, or mend the cause and retry")

    def _fail(self, token: Token, error: Exception) -> Failure:
        kind, message, hint = failures.describe(error)
        token._set_state(FAILED)
        token.internal_data["failure"] = [kind, message, hint]
        found = waits.failure(token)
        assert found is not None  # noqa: S101 - it was just made one
        return found

    def _report(self, failed: list[Failure], *, exceeded: bool) -> Report:
        now = waits.collect(self.instance)
        before, self._known = self._known, now
        ended = [token for token, wait in before.items() if token not in now or now[token].kind != wait.kind]
        started = [wait for token, wait in now.items() if wait.kind != "incident"
                   and (token not in before or before[token].kind != wait.kind)]
        completed, self.instance.journal = self.instance.journal, []
        thrown, self.instance.thrown = self.instance.thrown, []
        return Report(
            completed=completed, started=started, ended_waits=ended, failures=failed, thrown=thrown,
            instance_ended=self.ended, outcome=self.outcome if self.ended else None,
            end_element_id=self.end_element_id if self.ended else None, budget_exceeded=exceeded)


def plain(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy of what a caller hands in, as JSON.

    Raises:
        errors.Invalid: naming every entry that cannot be kept; all of it weighs more than an instance may.
    """
    received = data.received(given, where)
    data.require_light(received, where, values.VARIABLES_MAX_BYTES)
    kept: dict[str, Any] = feel.to_json(received)
    return kept


def carried(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy of the variables that a caller sends with a signal, as FEEL values.

    Raises:
        errors.Invalid: one has no FEEL value, or they weigh more than a signal may carry.
    """
    kept = data.received(given, where)
    data.require_light(kept, where, data.MAX_CARRIED)
    return kept


def _restore(target: dict[str, Any], before: dict[str, Any]) -> None:
    target.clear()
    target.update(before)
