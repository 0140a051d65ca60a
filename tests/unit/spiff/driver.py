"""Drives an execution the way the engine does, saving and loading it after every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine import dmn, errors, feel
from engine.clock import ManualClock
from engine.spiff import parser, runner
from tests.engine import models

MODELS = Path(__file__).parents[2] / "data" / "bpmn"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def answer(value: Any, *rules: int) -> dmn.Result:
    """What a decision gives when these rules matched."""
    matched = [dmn.MatchedRule(index=index, id=f"rule_{index}") for index in rules]
    return dmn.Result(value=value, matched=matched, trail=[])


class Desk:
    """The services of an execution: handlers and decisions as plain functions, effects as a list."""

    functions: feel.Functions | None = None

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[[runner.HandlerCall], Mapping[str, Any] | None]] = {}
        self.decisions: dict[str, Callable[[Mapping[str, Any]], dmn.Result]] = {}
        self.effects: list[str] = []
        self.calls: list[runner.HandlerCall] = []
        self.refused_outcomes: set[str | None] = set()
        self.processes: dict[str, parser.Process] = {}
        """What calls of other deployments' versions reach, by `key:version`."""

    def invoke(self, handler: str, call: runner.HandlerCall) -> Mapping[str, Any] | None:
        self.calls.append(call)
        self.effects.append(handler)
        if handler not in self.handlers:
            raise errors.HandlerFailed(f"nobody registered {handler}")
        return self.handlers[handler](call)

    def decide(self, decision_id: str, variables: Mapping[str, Any], *, version: Any = "deployment",
               definition_id: str | None = None) -> runner.Decided:
        del definition_id
        name = decision_id if version == "deployment" else f"{decision_id}:{version}"
        return runner.Decided(self.decisions[name](variables), version if isinstance(version, int) else None)

    def call(self, key: str, *, version: Any, definition_id: str | None) -> runner.Called:
        del definition_id
        name = key if version == "deployment" else f"{key}:{version}"
        if name not in self.processes:
            raise errors.HandlerFailed(f"nobody deployed {name}")
        return self.called(name)

    def called(self, definition_id: str) -> runner.Called:
        key, _, version = definition_id.partition(":")
        return runner.Called(definition_id, int(version) if version.isdecimal() else 9, key,
                             self.processes[definition_id].specifications)

    def ending(self, element_id: str, outcome: str | None) -> None:
        if outcome in self.refused_outcomes:
            raise errors.HandlerFailed(f"{element_id} may not end so")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        before = list(self.effects)
        try:
            yield
        except BaseException:
            self.effects = before
            raise


def model(*names: str) -> parser.ParsedBundle:
    return parser.parse({f"{name}.bpmn": (MODELS / f"{name}.bpmn").read_bytes() for name in names},
                        parser.BundleContext())


def inline(key: str, *body: str, top: str = "", functions: feel.Functions | None = None) -> parser.Process:
    """A process written in place with the builders of `tests.engine.models`."""
    return parser.parse({"inline.bpmn": models.process(key, *body, globals=top)},
                        parser.BundleContext(functions=functions)).processes[key]


class Case:
    """One process instance under test."""

    def __init__(self, name: str | parser.Process, *more: str, desk: Desk | None = None, message: str | None = None,
                 budget: int = 200, **variables: Any) -> None:
        self.process = model(name, *more).processes[name] if isinstance(name, str) else name
        self.clock = ManualClock(NOON)
        self.desk = desk or Desk()
        self.budget = budget
        self.trace: list[str] = []
        self.execution = runner.Execution.start(self.process, {"case_id": "A-1", **variables}, clock=self.clock,
                                                services=self.desk, message=message)
        self.report = self.step()

    def step(self) -> runner.Report:
        """Run, then go on with what was saved, which must be the same in every respect."""
        self.report = self.execution.run(budget=self.budget)
        self.trace += [done.element_id for done in self.report.completed]
        before, variables = self.execution.waiting(), self.execution.variables()
        blob = self.execution.dump()
        self.execution = runner.Execution.load(self.process, blob, clock=self.clock, services=self.desk)
        assert self.execution.waiting() == before
        assert self.execution.variables() == variables
        assert self.execution.dump() == blob
        assert self.execution.ended == self.report.instance_ended
        return self.report

    def waits(self, element: str | None = None) -> list[runner.Waiting]:
        return [wait for wait in self.execution.waiting() if element in (None, wait.element_id)]

    def where(self) -> list[str]:
        """Ids of the elements waited at, sorted."""
        return sorted(wait.element_id for wait in self.waits())

    def one(self, element: str) -> runner.Waiting:
        found = self.waits(element)
        assert len(found) == 1, f"{element} is waited at {len(found)} times; waiting: {self.where()}"
        return found[0]

    def complete(self, element: str, nth: int = 0, **variables: Any) -> runner.Report:
        self.execution.complete(self.waits(element)[nth].token_id, variables)
        return self.step()

    def fire(self, element: str) -> runner.Report:
        self.execution.fire_timer(self.one(element).token_id)
        return self.step()

    def deliver(self, element: str, **variables: Any) -> runner.Report:
        self.execution.deliver(self.one(element).token_id, variables)
        return self.step()

    def retry(self, element: str) -> runner.Report:
        self.execution.retry(self.one(element).token_id)
        return self.step()

    def advance(self, **delta: float) -> None:
        self.clock.advance(timedelta(**delta))
