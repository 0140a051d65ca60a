"""What stands in for the installation in a dry run: decisions are asked, handlers are not called, nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from engine import clock as clocks
from engine import dmn, errors, feel
from engine.spiff import parser, runner

Answer = Callable[[runner.HandlerCall], Mapping[str, Any] | None]
"""A handler that a scenario puts in the place of the registered one."""


Choose = Callable[[Sequence[str], bool], Sequence[str]]
"""(the open flows of a gateway, whether only one) -> the flows to take; asked in documentation mode alone."""


class Unanswered(errors.HandlerFailed):
    """A service task whose handler is not there in a dry run: it waits for its result."""


class Desk:
    """The services of one instance of a dry run."""

    def __init__(self, *, processes: Mapping[str, parser.Process], models: Mapping[str, dmn.Model],
                 functions: feel.Functions | None, clock: clocks.Clock,
                 answers: Mapping[str, Answer], choose: Choose) -> None:
        self.functions, self._choose, self._processes = functions, choose, processes
        self._models, self._clock, self._answers = models, clock, answers
        self.unanswered: set[str] = set()
        """Tokens that stand at a service task and wait for its result."""
        self._results: dict[str, Mapping[str, Any] | errors.BpmnError] = {}

    def answer(self, token_id: str, result: Mapping[str, Any] | errors.BpmnError) -> None:
        """Let the token's service task have this result, or raise this error, when it runs again."""
        self.unanswered.discard(token_id)
        self._results[token_id] = result

    def invoke(self, handler: str, call: runner.HandlerCall) -> Mapping[str, Any] | None:
        """The answer that was given for the token, or that of the scenario's handler; else the task waits."""
        result = self._results.pop(call.token_id, None)
        if isinstance(result, errors.BpmnError):
            raise result
        if result is not None:
            return result
        if handler in self._answers:
            return self._answers[handler](call)
        self.unanswered.add(call.token_id)
        raise Unanswered(f"the handler {handler} is not called in a dry run", hint="complete the task with its result")

    def decide(self, decision_id: str, variables: Mapping[str, Any], *,
               version: runner.BoundVersion = "deployment",
               definition_id: str | None = None) -> runner.Decided:  # noqa: ARG002 - all files are one deployment
        """Evaluate the decision among the given files, whatever version the diagram asks for."""
        if decision_id not in self._models:
            raise errors.HandlerFailed(f"there is no decision {decision_id!r} among the files", kind="expression",
                                       hint="put its DMN file beside the diagram")
        number = version if isinstance(version, int) else None
        return runner.Decided(self._models[decision_id].evaluate(decision_id, variables, clock=self._clock), number)

    def call(self, key: str, *, version: runner.BoundVersion,  # noqa: ARG002 - there is but one
             definition_id: str | None) -> runner.Called:  # noqa: ARG002 - all files are one deployment
        """The process among the given files, whatever version the diagram calls."""
        if key not in self._processes:
            raise errors.HandlerFailed(f"there is no process {key!r} among the files", kind="expression",
                                       hint="put its BPMN file beside the diagram")
        return self.called(key)

    def called(self, definition_id: str) -> runner.Called:
        """A process of the files; its id is that of its definition too."""
        return runner.Called(definition_id, None, definition_id, self._processes[definition_id].specifications)

    def ending(self, element_id: str, outcome: str | None) -> None:
        """A dry run has no guards: it may end anywhere."""

    def choose(self, flows: Sequence[str], *, only_one: bool) -> Sequence[str]:
        """The flows to take where the diagram leaves it open."""
        return self._choose(flows, only_one)

    def savepoint(self) -> AbstractContextManager[object]:
        """There is nothing to undo."""
        return nullcontext()
