"""One walk: three of the same instance, one never saved, one through our codec, one through the library's serializer.

After every step the three must stand at the same tasks with the same data, and the same trigger must move them alike.
What was handed out before (reports, variables, items) must still say what it said, whatever happens to the variables
afterwards.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import errors
from engine.clock import ManualClock
from engine.spiff import runner
from engine.spiff.tokens import Instance
from tests.differential import desks
from tests.differential.sources import Source
from tests.unit.spiff import reference

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BUDGET = 120
FIRST = "live"
Act = Callable[[runner.Execution], object]


class Difference(AssertionError):
    """Two of the three disagree, or the past has changed; the message says where, and with which seed to repeat it."""


class Walk:
    """A walk of `steps` random triggers. The same seed walks the same way."""

    def __init__(self, source: Source, seed: str) -> None:
        self.source, self.seed, self.steps = source, seed, 0
        self.chance = random.Random(f"{source.name}/{seed}")  # noqa: S311 - reproducible
        self.clock = ManualClock(NOON)
        self._past: list[tuple[str, Any, str]] = []
        self._handed: list[Any] = []
        start = self.chance.choice([None, *source.process.start_messages])
        if source.process.specifications[source.process.key].start_of(start) is None:
            start = source.process.start_messages[0]
        given = {"case_id": "A-1", **copy.deepcopy(dict(source.given))}
        self.execution = runner.Execution.start(source.process, given, clock=self.clock, services=self._desk(),
                                                message=start)
        self._run(self.execution)
        desks.spoil(given)

    def run(self, steps: int) -> int:
        """Walk until the instance ends or `steps` are done; returns how many were. Raises: Difference."""
        while self.steps < steps and not self.execution.ended:
            three = self._three()
            self._compare(three)
            act = self._action()
            if act is None:
                break
            self.steps += 1
            outcomes = {name: self._take(execution, act) for name, execution in three.items()}
            for name, outcome in outcomes.items():
                self._same("the step", name, outcome, outcomes[FIRST])
                self._same("what stands after it", name, picture(three[name].instance), picture(three[FIRST].instance))
            self._check_past()
            self._check_shared(three)
            self.execution = three[self.chance.choice(sorted(three))]
        return self.steps

    def _three(self) -> dict[str, runner.Execution]:
        live, process = self.execution, self.source.process
        saved = runner.Execution.load(process, live.dump(), clock=self.clock, services=self._desk())
        stock = runner.Execution(process, reference.round_trip(process, live.instance), clock=self.clock,
                                 services=self._desk())
        stock._known = {wait.token_id: wait for wait in stock.waiting()}
        return {FIRST: live, "codec": saved, "library": stock}

    def _compare(self, three: Mapping[str, runner.Execution]) -> None:
        for name, execution in three.items():
            self._same("waiting tasks", name, execution.waiting(), three[FIRST].waiting())
            self._same("variables", name, execution.variables(), three[FIRST].variables())
            self._same("tokens", name, picture(execution.instance), picture(three[FIRST].instance))
            for wait in three[FIRST].waiting():
                self._same(f"the data of {wait.element_id}", name, execution.task_variables(wait.token_id),
                           three[FIRST].task_variables(wait.token_id))

    def _action(self) -> Act | None:
        """A random trigger, the same for each of the three; None when nothing outside can move the instance."""
        chance, waits = self.chance, [wait for wait in self.execution.waiting() if wait.kind in _KINDS]
        if chance.random() < 0.3:
            self.clock.advance(timedelta(hours=chance.randrange(100)))
        if not waits:
            return None
        kinds = sorted({wait.kind for wait in waits})
        [kind] = chance.choices(kinds, [_WEIGHTS.get(kind, 1) for kind in kinds])
        wait = chance.choice([wait for wait in waits if wait.kind == kind])
        given = desks.answers(chance, self.source, wait.message_name or wait.element_id)
        if wait.kind == "timer" and wait.anchor_name and chance.random() < 0.3:
            return lambda execution: execution.anchor_timers(str(wait.anchor_name), self.clock.now())
        if wait.kind == "incident" and chance.random() < 0.5:
            return lambda execution: (execution.correct(wait.token_id, self._own(given)),
                                      execution.retry(wait.token_id))
        return lambda execution: _KINDS[wait.kind](execution, wait.token_id, self._own(given))

    def _own(self, given: dict[str, Any]) -> dict[str, Any]:
        """The same values, apart for each of the three; they are spoiled after the step."""
        self._handed.append(copy.deepcopy(given))
        return dict(self._handed[-1])

    def _take(self, execution: runner.Execution, act: Act) -> Any:
        desk = self._desk()
        execution.bind(clock=self.clock, services=desk)
        known = {wait.token_id for wait in execution.waiting()}
        self._handed.append(execution.variables())
        try:
            act(execution)
        except (errors.DomainError, errors.HandlerFailed) as refusal:
            return repr(refusal)
        return _told(self._run(execution), known)

    def _run(self, execution: runner.Execution) -> runner.Report:
        report = execution.run(budget=BUDGET)
        for what, value in (("a report", report), ("the variables handed out", execution.variables())):
            self._past.append((f"{what} after step {self.steps}", value, repr(value)))
        return report

    def _check_past(self) -> None:
        for what, value, said in self._past:
            if repr(value) != said:
                raise Difference(f"{self._where()}: {what} has changed since:\n  {said}\n  {value!r}")

    def _check_shared(self, three: Mapping[str, runner.Execution]) -> None:
        """Spoil all that went in and came out: nothing of it may be the instances' own."""
        before = {name: repr(picture(execution.instance)) for name, execution in three.items()}
        while self._handed:
            desks.spoil(self._handed.pop())
        for name, execution in three.items():
            self._same("what the instance shares with others", name, repr(picture(execution.instance)), before[name])

    def _same(self, what: str, name: str, found: Any, expected: Any) -> None:
        if found != expected:
            raise Difference(f"{self._where()}: {what} of {name} differs from {FIRST}:\n  {found!r}\n  {expected!r}")

    def _desk(self) -> desks.Desk:
        return desks.Desk(self.source, self.clock, f"{self.source.name}/{self.seed}/{self.steps}")

    def _where(self) -> str:
        return f"{self.source.name}, seed {self.seed}, step {self.steps}"


def picture(instance: Instance) -> Any:
    """All that a scope holds, new tokens by the order of their arrival and not by their id, which is random."""
    scopes = []
    for scope in instance.scopes():
        tokens = sorted((token for token in scope.tasks.values() if token is not scope.task_tree),
                        key=lambda token: token.number)
        scopes.append((
            scope.spec.name, scope.owner.number if scope.owner is not None else 0, scope.data,
            [(token.number, token.task_spec.name, token.parent.number, token.state, token.data, token.internal_data)
             for token in tokens]))
    return (instance.sequence, bool(instance.completed), instance.outcome, instance.end_element_id,
            sorted(scopes, key=lambda scope: (scope[1], scope[0])))


def _told(report: runner.Report, known: set[str]) -> runner.Report:
    def name(token: str | None) -> str | None:
        return token if token is None or token in known else "new"

    return replace(
        report, completed=[done._replace(token_id=str(name(done.token_id))) for done in report.completed],
        started=[replace(wait, token_id="new", parent_token=name(wait.parent_token)) for wait in report.started],
        failures=[replace(failure, token_id=str(name(failure.token_id))) for failure in report.failures])


_KINDS: Mapping[str, Callable[[runner.Execution, str, dict[str, Any]], object]] = {
    "user_task": lambda execution, token, given: execution.complete(token, given),
    "message": lambda execution, token, given: execution.deliver(token, given),
    "timer": lambda execution, token, _: execution.fire_timer(token),
    "signal": lambda execution, token, given: execution.signal(
        next(wait.message_name or "" for wait in execution.waiting() if wait.token_id == token), given),
    "incident": lambda execution, token, _: execution.retry(token),
}
"""By kind of wait: the trigger that ends it. A condition is ended by a variable, not by a trigger."""
_WEIGHTS = {"user_task": 40, "incident": 25, "timer": 4}
"""Persons act more often than time passes or a message ends everything: a walk is to come far."""
