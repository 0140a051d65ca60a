"""Scenarios on an engine with a database; `workflows.scenarios` has their words and plays them.

A scenario runs the shipped bundle on the engine, with a clock that moves when told to; the handlers of its service
tasks note that they were called and answer with the facts the diagram decides by. Python tests use the same vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from engine import Engine, Handlers, feel, scheduler, values
from engine.clock import ManualClock
from engine.store.session import Database
from workflows import calendar, scenario_files
from workflows import rules as law
from workflows import scenarios as told
from workflows.scenarios import variables

__all__ = ["variables"]

BPMN = Path(__file__).resolve().parents[1] / "bpmn"
KEY = "application-1"
HANDLER = "{urn:parvaneh:bpmn:1}handler"

@cache
def bundle() -> Mapping[str, bytes]:
    """The shipped files that a deployment consists of."""
    return {path.relative_to(BPMN).as_posix(): path.read_bytes()
            for folder, suffix in (("processes", "bpmn"), ("decisions", "dmn"), ("forms", "form"), ("rules", "yaml"))
            for path in sorted((BPMN / folder).glob(f"*.{suffix}"))}


def diagrams() -> Sequence[bytes]:
    """The shipped diagrams."""
    return [content for name, content in bundle().items() if name.endswith(".bpmn")]


@cache
def rules() -> Mapping[str, Any]:
    """The shipped rules as a process sees them."""
    document = yaml.safe_load(bundle()["rules/rules.yaml"])
    return {rule["key"]: rule["value"] for rule in document["rules"]}


@cache
def rule_variables() -> Mapping[str, Any]:
    """The shipped rules and conditions as the product gives them to a process."""
    return {name: feel.to_json(value) for name, value in law.read(bundle()).variables().items()}


@cache
def book() -> told.Book:
    """Every scenario and path under bpmn/scenarios."""
    return scenario_files.read(BPMN / "scenarios")


def scenarios() -> Mapping[str, Mapping[str, Any]]:
    """Every scenario under bpmn/scenarios, by its title."""
    return book().scenarios


def paths() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Named beginnings that scenarios share."""
    return book().paths


URBAN = "create-urban-office"
FACTS: Mapping[str, Any] = next(one["facts"] for one in scenarios().values() if one["process"] == URBAN)
"""An application for an urban office that meets every condition."""


def functions() -> feel.Functions:
    """The FEEL functions of the law's calendar, on its official holidays."""
    return calendar.official_functions()


def handlers(office: told.Office) -> Handlers:
    """The handlers of every service task, answered by the office."""
    registered = Handlers()
    for name in sorted({node.get(HANDLER) for content in diagrams() for node in etree.fromstring(content).iter()
                        if node.get(HANDLER)}):
        registered.service(name)(lambda call, name=name: office.answer(name, call))
    return registered


class Scenario:
    """One application on its way. Every action is a transaction of its own, as at the edges of the product."""

    def __init__(self, database: Database, clock: ManualClock, *, given: Mapping[str, Any] | None = None,
                 of: Mapping[str, Any] | None = None) -> None:
        """`of` is the scenario, of which `given` is a part; without one an application for an urban office."""
        of, given = of or {}, given or {}
        self.database, self.clock = database, clock
        self.process, self.key = of.get("process", URBAN), of.get("key", KEY)
        self.office = told.Office(stale=given.get("stale", ()), handlers=of.get("handlers"))
        self.engine = Engine(clock=clock, handlers=handlers(self.office), functions=functions())
        self.scheduler = scheduler.Scheduler(database, self.engine)
        known = rule_variables()
        changed = told.given_rules(known, given)
        self.facts = {**of.get("facts", FACTS), **known, **changed, **given.get("facts", {})}
        self.instance_id = ""
        """The instance that was started last: a message may start another one."""
        self.instances: list[str] = []

    def submit(self) -> None:
        """Deploy the shipped bundle and start the process."""
        with self.database.begin() as session:
            self.engine.deploy(session, resources=bundle(), actor=values.SYSTEM)
            self.instance_id = self.engine.start(
                session, key=self.process, variables=variables(self.facts), business_key=self.key, scope="urmia",
                actor=values.Actor(id="applicant")).id
        self.instances.append(self.instance_id)

    def play(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Let the events of a scenario happen, in order."""
        told.Player(self, paths()).play(events)

    def expect(self, expected: Mapping[str, Any]) -> None:
        """The state in which a scenario ends."""
        told.Player(self, paths()).expect(expected)

    def complete(self, element: str, *, item: str | None = None, **data: Any) -> None:
        """A person completes the open task at `element` (of a multi-instance: the one for `item`)."""
        with self.database.begin() as session:
            found = [task for task in self._tasks(session) if task.element_id == element and item in (None, task.item)]
            assert len(found) == 1, f"{len(found)} open tasks at {element}"
            [task] = found
            assert task.form_key is not None
            actor = values.Actor(id=task.role.lower())
            self.engine.complete(session, task.id, variables=variables(data), actor=actor)

    def message(self, name: str, **data: Any) -> None:
        """A message arrives from outside."""
        with self.database.begin() as session:
            self.instance_id = self.engine.publish(session, name=name, correlation_key=self.key,
                                                   variables=variables(data))[-1]
        if self.instance_id not in self.instances:
            self.instances.append(self.instance_id)

    def signal(self, name: str, **data: Any) -> None:
        """A signal is sent."""
        with self.database.begin() as session:
            self.engine.signal(session, name=name, variables=variables(data))

    def anchor(self, name: str) -> None:
        """The moment that timers count from is now."""
        with self.database.begin() as session:
            self.engine.anchor_timers(session, instance_id=self.instance_id, anchor=name, at=self.clock.now())

    def retry(self, element: str) -> None:
        """The failed element runs again."""
        with self.database.begin() as session:
            [incident] = [one for one in self.engine.incidents(session, instance_id=self.instance_id).items
                          if one.element_id == element]
            self.engine.retry_incident(session, incident.id, actor=values.Actor(id="admin"))

    def advance(self, *, days: int = 0, working_days: int = 0) -> None:
        """Time passes (to the end of that working day and a little more), and what is due happens."""
        now = self.clock.now()
        then = now + timedelta(days=days)
        if working_days:
            then = calendar.Calendar().add_working_days(then, working_days) + timedelta(minutes=1)
        self.clock.advance(then - now)
        self.scheduler.tick()

    def waiting(self) -> set[str]:
        """Elements where a token waits for a person or for something to happen."""
        with self.database.read() as session:
            progress = self.engine.progress(session, self.instance_id)
            return {element for element, count in progress.active.items() if count} | set(progress.incidents)

    def instance(self) -> values.ProcessInstance:
        with self.database.read() as session:
            return self.engine.instance(session, self.instance_id)

    def variables(self) -> Mapping[str, Any]:
        with self.database.read() as session:
            return self.engine.variables(session, self.instance_id)

    def expect_waiting_at(self, *elements: str) -> None:
        """Exactly these elements wait; boundary events of a waiting task need not be named."""
        self.play([{"expect": elements}])

    def tasks(self) -> Sequence[tuple[str, Any]]:
        """(element, item) of every open user task."""
        with self.database.read() as session:
            return [(task.element_id, task.item) for task in self._tasks(session)]

    def incidents(self) -> Sequence[str]:
        """Elements that failed."""
        with self.database.read() as session:
            return [one.element_id for one in self.engine.incidents(session, instance_id=self.instance_id).items]

    def outcome(self) -> tuple[bool, str | None]:
        """Whether it has ended, and its outcome."""
        instance = self.instance()
        return instance.state == "COMPLETED", instance.outcome

    def left(self) -> set[str]:
        """Elements that tokens have left."""
        return {entry.element_id for entry in self.history() if entry.element_id is not None}

    def history(self) -> Sequence[values.HistoryEntry]:
        with self.database.read() as session:
            return [entry for each in self.instances
                    for entry in self.engine.history(session, each, limit=1_000).items]

    def _tasks(self, session: Any) -> Sequence[values.UserTask]:
        return self.engine.user_tasks(session, instance_id=self.instance_id, limit=100).items


def run(database: Database, clock: ManualClock, scenario: Mapping[str, Any]) -> Scenario:
    """Play one scenario of bpmn/scenarios from submission to its expected end."""
    played = Scenario(database, clock, given=scenario.get("given"), of=scenario)
    played.submit()
    player = told.Player(played, paths())
    player.play(scenario.get("events", ()))
    player.expect(scenario["expected"])
    return played
