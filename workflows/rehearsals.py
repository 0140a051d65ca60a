"""Scenarios played on the dry run: no database, no waiting, and every sequence flow that was taken is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import errors, feel, simulation
from engine.values import Problem
from workflows import calendar, scenarios
from workflows import rules as law

BEGIN = datetime(2026, 11, 1, 8, tzinfo=UTC)
"""The moment at which every scenario begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of the sequence flows of a diagram the scenarios of its bundle took together."""

    process: str
    resource: str
    flows: Sequence[str]
    missed: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of the scenarios of a bundle."""

    titles: Sequence[str]
    problems: Sequence[Problem]
    """One for each scenario that did not go as it says."""
    coverage: Sequence[Coverage]
    strangers: Collection[str] = ()
    """Processes of scenarios that are not in the bundle; those scenarios were not played."""


class DryStage:
    """One application on its way through the dry run."""

    def __init__(self, files: simulation.Files, scenario: Mapping[str, Any], known: Mapping[str, Any],
                 functions: feel.Functions) -> None:
        given = scenario.get("given") or {}
        self.office = scenarios.Office(stale=given.get("stale", ()), handlers=scenario.get("handlers"))
        facts = {**scenario.get("facts", {}), **known, **scenarios.given_rules(known, given), **given.get("facts", {})}
        self.key = scenario.get("key")
        self.run = simulation.Run(files, process=scenario.get("process"), variables=scenarios.variables(facts),
                                  functions=functions, answers=_Answers(self.office), at=BEGIN)
        self.run.play([])

    def complete(self, element: str, *, item: str | None = None, **data: Any) -> None:
        """A person completes the open task."""
        one = {} if item is None else {"item": item}
        self.run.play([{"complete": element, "variables": scenarios.variables(data), **one}])

    def message(self, name: str, **data: Any) -> None:
        """A message arrives from outside, for this application."""
        key = {} if self.key is None else {"correlation": self.key}
        self.run.play([{"message": name, "variables": scenarios.variables(data), **key}])

    def signal(self, name: str, **data: Any) -> None:
        """A signal is sent."""
        self.run.play([{"signal": name, "variables": scenarios.variables(data)}])

    def advance(self, *, days: int = 0, working_days: int = 0) -> None:
        """Time passes (to the end of that working day and a little more), and what is due happens."""
        now = self.run.clock.now()
        then = now + timedelta(days=days)
        if working_days:
            then = calendar.Calendar().add_working_days(then, working_days) + timedelta(minutes=1)
        self.run.play([{"advance": f"PT{(then - now).total_seconds():.6f}S"}])

    def anchor(self, name: str) -> None:
        """The moment that timers count from is now; without such a timer nothing happens."""
        self.run.anchor(name)

    def retry(self, element: str) -> None:
        """The failed element runs again."""
        self.run.play([{"retry": element}])

    def tasks(self) -> Sequence[tuple[str, Any]]:
        """(element, item) of every open user task."""
        return [(wait.element, wait.item) for wait in self.run.outcome().waits if wait.kind == "user_task"]

    def waiting(self) -> Collection[str]:
        """Elements where a token waits, or stands at an incident."""
        outcome = self.run.outcome()
        return {wait.element for wait in outcome.waits} | {each.element for each in outcome.incidents}

    def incidents(self) -> Sequence[str]:
        """Elements that failed."""
        return [each.element for each in self.run.outcome().incidents]

    def outcome(self) -> tuple[bool, str | None]:
        """Whether it has ended, and its outcome."""
        outcome = self.run.outcome()
        return outcome.state == "completed", outcome.outcome

    def left(self) -> Collection[str]:
        """Elements that tokens have left."""
        return set(self.run.outcome().trace)

    def variables(self) -> Mapping[str, Any]:
        """The variables of the process."""
        return self.run.outcome().variables


class _Answers(dict[str, simulation.Answer]):
    """Every handler there may be, answered by the office."""

    def __init__(self, office: scenarios.Office) -> None:
        super().__init__()
        self._office = office

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> simulation.Answer:
        return lambda call: self._office.answer(name, call)


def play(resources: Mapping[str, bytes], book: scenarios.Book, functions: feel.Functions) -> Played:
    """Play every scenario whose process is in the bundle; the bundle must be free of errors.

    Raises:
        errors.Invalid: with every problem of its files.
    """
    files = simulation.read(resources, functions)
    known = {name: feel.to_json(value) for name, value in law.read(resources).variables().items()}
    taken: dict[str, set[str]] = defaultdict(set)
    titles, problems, strangers = [], [], set()
    for title, scenario in book.scenarios.items():
        if scenario.get("process") not in files.processes:
            strangers.add(str(scenario.get("process")))
            continue
        titles.append(title)
        try:
            stage = DryStage(files, scenario, known, functions)
            player = scenarios.Player(stage, book.paths)
            player.play(scenario.get("events", ()))
            player.expect(scenario.get("expected", {}))
            for flow in stage.run.outcome().flows:
                taken[flow].add(title)
        except errors.DomainError as failure:
            problems.append(Problem(where=title, what=failure.message(), what_fa=failure.message("fa"),
                                    code="scenario_failed"))
    coverage = [Coverage(process=key, resource=process.resource, flows=flows,
                         missed=[flow for flow in flows if flow not in taken])
                for key, process in files.processes.items() if (flows := _flows(files, key))]
    return Played(titles=titles, problems=problems, coverage=coverage, strangers=sorted(strangers))


def _flows(files: simulation.Files, process: str) -> list[str]:
    """The sequence flows of a process, those inside subprocesses included."""
    return [flow.id for node in files.nodes[process].values() for flow in node.outgoing
            if not flow.is_link]
