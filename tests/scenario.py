"""Scenarios: what happens to one application, told in the words of the diagram.

`bpmn/scenarios/*.yaml` and Python tests share this vocabulary. A scenario runs the shipped bundle on the engine, with a
clock that moves when told to; the handlers of service tasks note that they were called and answer with the facts the
diagram decides by. The words:

    given:    facts (of the applicant and the place), rules (other values), rules_meta (how well they are founded),
              stale (inquiries found too old later)
    events:   path: NAME                      play a named beginning from paths.yaml
              complete: ELEMENT, with: {...}, item: CODE     a person completes a user task
              answer: {CODE: ANSWER, rest: ANSWER}           complete the open inquiry tasks
              notice: delivered               the correction notice reached the applicant
              advance: {days: n} or {working_days: n}        time passes, timers fire
              message: NAME, with: {...}      a message arrives from outside
              failing: HANDLER                from now on this handler fails; `mended: HANDLER` ends that
      expect: [ELEMENT, ...]          exactly these user tasks and events wait
              incident: ELEMENT               exactly this element has failed; `retry: ELEMENT` runs it again
    expected: outcome, end (element), called (handlers, in any order), waiting (elements), facts
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from engine import Engine, HandlerCall, Handlers, feel, scheduler, values
from engine.clock import ManualClock
from engine.store.session import Database
from workflows import calendar, issuer
from workflows import rules as law

BPMN = Path(__file__).resolve().parents[1] / "bpmn"
KEY = "application-1"

FACTS: Mapping[str, Any] = {
    "application_id": KEY, "service": "create-urban-office", "county": "urmia", "applicant_kind": "LEGAL",
    "nationality": "IR", "age": 41, "degree": "MASTER", "gender": "FEMALE", "military_status": "NOT_APPLICABLE",
    "public_employee": False, "other_licence": False, "area_m2": 64, "tenure": "LEASE", "lease_months": 60,
    "purpose_ok": True, "correction_rounds": 0, "deferrals": 0,
}
"""An application that meets every condition."""


@cache
def bundle() -> Mapping[str, bytes]:
    """The shipped files that a deployment consists of."""
    return {path.relative_to(BPMN).as_posix(): path.read_bytes()
            for folder, suffix in (("processes", "bpmn"), ("decisions", "dmn"), ("forms", "form"), ("rules", "yaml"))
            for path in sorted((BPMN / folder).glob(f"*.{suffix}"))}


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
def scenarios() -> Mapping[str, Mapping[str, Any]]:
    """Every scenario under bpmn/scenarios, by its title."""
    found = [scenario for path in sorted((BPMN / "scenarios").glob("*.yaml"))
             for scenario in yaml.safe_load(path.read_text(encoding="utf-8")).get("scenarios", ())]
    return {scenario["title"]: scenario for scenario in found}


@cache
def paths() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Named beginnings that scenarios share."""
    document = yaml.safe_load((BPMN / "scenarios/paths.yaml").read_text(encoding="utf-8"))
    found: Mapping[str, Sequence[Mapping[str, Any]]] = document["paths"]
    return found


def functions() -> feel.Functions:
    """The FEEL functions of the law's calendar, on its official holidays."""
    return feel.Functions([feel.FeelFunction(name=name, parameters=parameters, fn=fn)
                           for name, (parameters, fn) in calendar.functions(calendar.Calendar).items()])


class Office:
    """Answers for everything outside the diagram: what its service tasks call."""

    def __init__(self, stale: Sequence[str]) -> None:
        self.called: Counter[str] = Counter()
        self.stale = list(stale)
        self.pending: list[str] = []
        self.failing: set[str] = set()
        self.handlers = Handlers()
        for name in ("applications.agree_in_principle", "applications.record_withdrawal", "notifications.remind",
                     "issuer.hand_over", "licences.register", "applications.decline_withdrawal"):
            self._register(name, lambda _: {})
        for name in ("applications.request_correction", "applications.show_conditions"):
            self._register(name, lambda call: {"correction_rounds": call.variables["correction_rounds"] + 1})
        self._register("applications.open_inquiries",
                       lambda call: {"inquiries_due": call.variables["rules"]["inquiries_create"]})
        self._register("applications.stale_inquiries", self._stale_inquiries)
        self._register("applications.refuse", self._refuse)

    def _register(self, name: str, work: Any) -> None:
        @self.handlers.service(name)
        def handler(call: HandlerCall) -> Mapping[str, Any]:
            if name in self.failing:
                raise ValueError(f"{name} fails in this scenario")
            answer: Mapping[str, Any] = work(call)
            self.called[name] += 1
            return answer

    def _stale_inquiries(self, call: HandlerCall) -> Mapping[str, Any]:
        """While answers come in, those that are pending; before the hand-over, those that have grown old, once."""
        if call.element_id == "list_pending":
            due, self.pending = self.pending, []
        else:
            due, self.stale = self.stale, []
        return {"inquiries_due": due}

    def _refuse(self, call: HandlerCall) -> Mapping[str, Any]:
        if not call.variables.get("condition_codes"):
            raise ValueError("a refusal needs a condition code")
        return {}


class Scenario:
    """One application on its way. Every action is a transaction of its own, as at the edges of the product."""

    def __init__(self, database: Database, clock: ManualClock, *, given: Mapping[str, Any] | None = None) -> None:
        given = given or {}
        self.database, self.clock = database, clock
        self.office = Office(given.get("stale", ()))
        self.engine = Engine(clock=clock, handlers=self.office.handlers, functions=functions())
        self.scheduler = scheduler.Scheduler(database, self.engine)
        known = rule_variables()
        changed = {name: {**known[name], **given.get(name, {})} for name in ("rules", "rules_meta")}
        self.facts = {**FACTS, **known, **changed, **given.get("facts", {})}
        self.instance_id = ""

    def submit(self) -> None:
        """Deploy the shipped bundle and start the process."""
        with self.database.begin() as session:
            self.engine.deploy(session, resources=bundle(), actor=values.SYSTEM)
            self.instance_id = self.engine.start(
                session, key="create-urban-office", variables=variables(self.facts), business_key=KEY, scope="urmia",
                actor=values.Actor(id="applicant")).id

    def play(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Let the events of a scenario happen, in order."""
        for event in events:
            word = next(iter(event))
            try:
                getattr(self, f"_on_{word}")(event[word], event)
            except AssertionError as failure:
                raise AssertionError(f"at {dict(event)}: {failure}; waiting at {sorted(self.waiting())}") from failure

    def complete(self, element: str, *, item: str | None = None, **data: Any) -> None:
        """A person completes the open task at `element` (of a multi-instance: the one for `item`)."""
        with self.database.begin() as session:
            found = [task for task in self._tasks(session) if task.element_id == element and item in (None, task.item)]
            assert len(found) == 1, f"{len(found)} open tasks at {element}"
            [task] = found
            assert task.form_key is not None
            if element == "record_inquiry" and data.get("answer") == "PENDING":
                self.office.pending.append(task.item)
            actor = values.Actor(id=task.role.lower())
            self.engine.complete(session, task.id, variables=variables(data), actor=actor)

    def message(self, name: str, **data: Any) -> None:
        """A message arrives from outside; an issuer's answer that the product would not take is no story."""
        if name in issuer.ANSWERS:
            assert issuer.read(name, data, today=date.max, since=date.min)[1] == []
        with self.database.begin() as session:
            self.engine.publish(session, name=name, correlation_key=KEY, variables=variables(data))

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
        waiting = self.waiting()
        assert set(elements) <= waiting, f"not waiting at {sorted(set(elements) - waiting)}"
        with self.database.read() as session:
            tasks = {task.element_id for task in self._tasks(session)}
        assert tasks <= set(elements), f"also waiting at {sorted(tasks - set(elements))}"

    def expect(self, expected: Mapping[str, Any]) -> None:
        """The state in which a scenario ends."""
        instance, history = self.instance(), self.history()
        if "outcome" in expected:
            assert (instance.state, instance.outcome) == ("COMPLETED", expected["outcome"])
        if "end" in expected:
            assert expected["end"] in {entry.element_id for entry in history}
        if "waiting" in expected:
            self.expect_waiting_at(*expected["waiting"])
        for name in expected.get("called", ()):
            assert self.office.called[name], f"{name} was not called"
        for name, value in expected.get("facts", {}).items():
            assert feel.to_json(self.variables().get(name)) == value, name

    def history(self) -> Sequence[values.HistoryEntry]:
        with self.database.read() as session:
            return self.engine.history(session, self.instance_id, limit=1_000).items

    def _tasks(self, session: Any) -> Sequence[values.UserTask]:
        return self.engine.user_tasks(session, instance_id=self.instance_id, limit=100).items

    def _on_path(self, name: str, event: Mapping[str, Any]) -> None:
        self.play(paths()[name])

    def _on_complete(self, element: str, event: Mapping[str, Any]) -> None:
        self.complete(element, item=event.get("item"), **event.get("with", {}))

    def _on_answer(self, answers: Mapping[str, str], event: Mapping[str, Any]) -> None:
        with self.database.read() as session:
            items = [task.item for task in self._tasks(session) if task.element_id == "record_inquiry"]
        assert items, "no inquiry is open"
        for item in items:
            self.complete("record_inquiry", item=item, answer=answers.get(item, answers.get("rest")))

    def _on_notice(self, state: str, event: Mapping[str, Any]) -> None:
        with self.database.begin() as session:
            self.engine.anchor_timers(session, instance_id=self.instance_id, anchor="notice_delivered",
                                      at=self.clock.now())

    def _on_advance(self, span: Mapping[str, int], event: Mapping[str, Any]) -> None:
        self.advance(**span)

    def _on_message(self, name: str, event: Mapping[str, Any]) -> None:
        self.message(name, **event.get("with", {}))

    def _on_failing(self, handler: str, event: Mapping[str, Any]) -> None:
        self.office.failing.add(handler)

    def _on_mended(self, handler: str, event: Mapping[str, Any]) -> None:
        self.office.failing.remove(handler)

    def _on_expect(self, elements: Sequence[str], event: Mapping[str, Any]) -> None:
        self.expect_waiting_at(*elements)

    def _on_incident(self, element: str, event: Mapping[str, Any]) -> None:
        with self.database.read() as session:
            found = self.engine.incidents(session, instance_id=self.instance_id).items
        assert [incident.element_id for incident in found] == [element]

    def _on_retry(self, element: str, event: Mapping[str, Any]) -> None:
        with self.database.begin() as session:
            [incident] = [one for one in self.engine.incidents(session, instance_id=self.instance_id).items
                          if one.element_id == element]
            self.engine.retry_incident(session, incident.id, actor=values.Actor(id="admin"))


def variables(data: Mapping[str, Any]) -> dict[str, Any]:
    """Values as YAML has them to FEEL values; dates stay dates."""
    return {name: value if isinstance(value, date) else feel.from_json(value) for name, value in data.items()}


def run(database: Database, clock: ManualClock, scenario: Mapping[str, Any]) -> Scenario:
    """Play one scenario of bpmn/scenarios from submission to its expected end."""
    played = Scenario(database, clock, given=scenario.get("given"))
    played.submit()
    played.play(scenario.get("events", ()))
    played.expect(scenario["expected"])
    return played
