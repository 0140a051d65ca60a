"""Scenarios: what happens to one application, told in the words of the diagram.

`bpmn/scenarios/*.yaml` hold them (`scenario_files` reads them); `parvaneh check` plays them on the dry run, the tests
also on both stores. The words:

    process:  which process the scenarios of the file are of
    facts:    what it is started with; key: the correlation key of messages to it
    handlers: NAME: {...}                     what a service task's handler answers; any other one answers nothing
    paths:    NAME: [events]                  named beginnings, for all files of the folder
    scenarios, each with a title and
      given:    facts (of the applicant and the place), rules (other values), rules_meta (how well they are founded),
                conditions_meta (what else is said of conditions), stale (inquiries found too old later)
      events:   path: NAME                      play a named beginning
                complete: ELEMENT, with: {...}, item: CODE     a person completes a user task
                answer: {CODE: ANSWER, rest: ANSWER}           complete the open inquiry tasks
                notice: delivered               the correction notice reached the applicant
                advance: {days: n} or {working_days: n}        time passes, timers fire
                message: NAME, with: {...}      a message arrives from outside
                signal: NAME, with: {...}       a signal is sent to all
                failing: HANDLER                from now on this handler fails; `mended: HANDLER` ends that
                expect: [ELEMENT, ...]          exactly these user tasks wait, and a token at each of these events
                incident: ELEMENT               exactly this element has failed; `retry: ELEMENT` runs it again
      expected: outcome, end (element), called (handlers, in any order), waiting (elements), facts
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from engine import errors, feel
from workflows import catalogue, issuer

INQUIRY = "record_inquiry"
"""The user task that the word `answer` completes, once for each open inquiry."""


class ScenarioFailed(errors.DomainError):
    """The scenario goes otherwise at {event}: {reason}."""

    fa = "سناریو در {event} جور دیگری پیش می‌رود: {reason}."


class Call(Protocol):
    """What a handler is told: on the dry run less than in an installation."""

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables that the service task sees."""

    @property
    def element_id(self) -> str:
        """The service task."""


class Stage(Protocol):
    """Where a scenario is played: the dry run, or an engine on a database."""

    office: Office

    def complete(self, element: str, *, item: str | None = None, **data: Any) -> None:
        """A person completes the open task at `element`, of several the one for `item`."""

    def message(self, name: str, **data: Any) -> None:
        """A message arrives from outside."""

    def signal(self, name: str, **data: Any) -> None:
        """A signal is sent."""

    def advance(self, *, days: int = 0, working_days: int = 0) -> None:
        """Time passes, and what is due happens."""

    def anchor(self, name: str) -> None:
        """The moment that timers count from is now."""

    def retry(self, element: str) -> None:
        """The failed element runs again."""

    def tasks(self) -> Sequence[tuple[str, Any]]:
        """(element, item) of every open user task."""

    def waiting(self) -> Collection[str]:
        """Elements where a token waits, or stands at an incident."""

    def incidents(self) -> Sequence[str]:
        """Elements that failed."""

    def outcome(self) -> tuple[bool, str | None]:
        """Whether it has ended, and its outcome."""

    def left(self) -> Collection[str]:
        """Elements that tokens have left."""

    def variables(self) -> Mapping[str, Any]:
        """The variables of the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The scenarios of a folder."""

    scenarios: Mapping[str, Mapping[str, Any]]
    """By title; what their file says of all of them (`process`, `facts`, `key`, `handlers`) stands in each."""
    paths: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def given_rules(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The rules and conditions a scenario begins with: the `known` ones with what it says of some of them."""
    changed = {name: {**known[name], **given.get(name, {})} for name in ("rules", "rules_meta") if name in known}
    if "conditions_meta" in known:
        told = given.get("conditions_meta", {})
        changed["conditions_meta"] = {**known["conditions_meta"], **{
            code: {**known["conditions_meta"].get(code, {}), **said} for code, said in told.items()}}
    return changed


def variables(data: Mapping[str, Any]) -> dict[str, Any]:
    """Values as YAML has them to FEEL values; dates stay dates."""
    return {name: value if isinstance(value, date) else feel.from_json(value) for name, value in data.items()}


class Office:
    """Answers for everything outside the diagram: what its service tasks call."""

    def __init__(self, *, stale: Sequence[str] = (), handlers: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.called: Counter[str] = Counter()
        self.stale = list(stale)
        self.pending: list[str] = []
        """Inquiries that a clerk has put off."""
        self.failing: set[str] = set()
        self._answers = {name: variables(answer) for name, answer in (handlers or {}).items()}

    def answer(self, name: str, call: Call) -> Mapping[str, Any]:
        """What the handler gives.

        Raises:
            errors.HandlerFailed: it fails in this scenario, or takes no such call.
        """
        if name in self.failing:
            raise errors.HandlerFailed(f"{name} fails in this scenario")
        answer = self._work(name, call)
        self.called[name] += 1
        return answer

    def _work(self, name: str, call: Call) -> Mapping[str, Any]:
        match name:
            case _ if name in self._answers:
                return self._answers[name]
            case "applications.request_correction" | "applications.show_conditions":
                return {"correction_rounds": call.variables["correction_rounds"] + 1}
            case "applications.open_inquiries":
                service = catalogue.service(call.variables["service"])
                return {"inquiries_due": call.variables["rules"][service.rule("inquiries")]}
            case "applications.stale_inquiries":
                return {"inquiries_due": self._due(call.element_id)}
            case "applications.refuse" if not call.variables.get("condition_codes"):
                raise errors.HandlerFailed("a refusal needs a condition code")
        return {}

    def _due(self, element: str) -> Sequence[str]:
        """While answers come in, those that are pending; before the hand-over, those that have grown old, once."""
        if element == "list_pending":
            due, self.pending = self.pending, []
        else:
            due, self.stale = self.stale, []
        return due


class Player:
    """Lets the events of a scenario happen on a stage, and looks whether all is as expected."""

    def __init__(self, stage: Stage, paths: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self.stage, self.paths = stage, paths
        self._failed: set[str] = set()
        """Elements that the scenario says have failed."""

    def play(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Let the events happen, in order. Raises: ScenarioFailed."""
        for event in events:
            word = next(iter(event))
            act = getattr(self, f"_on_{word}", None)
            self._require(act is not None, event, f"there is no word {word}")
            assert act is not None  # noqa: S101 - just required
            try:
                act(event[word], event)
            except ScenarioFailed:
                raise
            except (errors.DomainError, AssertionError) as failure:
                self._require(False, event, f"{failure}; waiting at {', '.join(sorted(self.stage.waiting())) or '—'}")

    def expect(self, expected: Mapping[str, Any]) -> None:
        """The state in which a scenario ends; an incident that it has not told of is none. Raises: ScenarioFailed."""
        at = {"expected": dict(expected)}
        failed = sorted(set(self.stage.incidents()) - self._failed - set(expected.get("waiting", ())))
        self._require(not failed, at, f"failed: {', '.join(failed)}")
        if "outcome" in expected:
            self._require(self.stage.outcome() == (True, expected["outcome"]), at, f"it is {self.stage.outcome()[1]}")
        if "end" in expected:
            self._require(expected["end"] in self.stage.left(), at, f"{expected['end']} was not reached")
        if "waiting" in expected:
            self._on_expect(expected["waiting"], at)
        for name in expected.get("called", ()):
            self._require(bool(self.stage.office.called[name]), at, f"{name} was not called")
        found = self.stage.variables()
        for name, value in expected.get("facts", {}).items():
            self._require(feel.to_json(found.get(name)) == value, at, f"{name} is {feel.to_json(found.get(name))}")

    def _require(self, holds: bool, event: Mapping[str, Any], reason: str) -> None:
        if not holds:
            raise ScenarioFailed(event=dict(event), reason=reason)

    def _on_path(self, name: str, event: Mapping[str, Any]) -> None:
        self._require(name in self.paths, event, f"there is no path {name}")
        self.play(self.paths[name])

    def _on_complete(self, element: str, event: Mapping[str, Any]) -> None:
        self._complete(element, event.get("item"), event.get("with", {}))

    def _complete(self, element: str, item: str | None, data: Mapping[str, Any]) -> None:
        found = [each for at, each in self.stage.tasks() if at == element and item in (None, each)]
        assert len(found) == 1, f"{len(found)} open tasks at {element}"  # noqa: S101 - becomes the scenario's failure
        if element == INQUIRY and data.get("answer") == "PENDING":
            self.stage.office.pending.append(found[0])
        self.stage.complete(element, item=item, **data)

    def _on_answer(self, answers: Mapping[str, str], event: Mapping[str, Any]) -> None:
        items = [item for element, item in self.stage.tasks() if element == INQUIRY]
        self._require(bool(items), event, "no inquiry is open")
        for item in items:
            self._complete(INQUIRY, item, {"answer": answers.get(item, answers.get("rest"))})

    def _on_notice(self, state: str, event: Mapping[str, Any]) -> None:  # noqa: ARG002 - each word has one shape
        self.stage.anchor("notice_delivered")

    def _on_advance(self, span: Mapping[str, int], event: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.stage.advance(**span)

    def _on_message(self, name: str, event: Mapping[str, Any]) -> None:
        data = event.get("with", {})
        faults = issuer.read(name, data, today=date.max, since=date.min)[1] if name in issuer.ANSWERS else []
        self._require(not faults, event, "an issuer's answer that the product would not take is no story")
        self.stage.message(name, **data)

    def _on_signal(self, name: str, event: Mapping[str, Any]) -> None:
        self.stage.signal(name, **event.get("with", {}))

    def _on_failing(self, handler: str, event: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.stage.office.failing.add(handler)

    def _on_mended(self, handler: str, event: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.stage.office.failing.discard(handler)

    def _on_expect(self, elements: Sequence[str], event: Mapping[str, Any]) -> None:
        lacking = sorted(set(elements) - set(self.stage.waiting()))
        self._require(not lacking, event, f"not waiting at {', '.join(lacking)}")
        more = sorted({element for element, _ in self.stage.tasks()} - set(elements))
        self._require(not more, event, f"also waiting at {', '.join(more)}")

    def _on_incident(self, element: str, event: Mapping[str, Any]) -> None:
        failed = list(self.stage.incidents())
        self._require(failed == [element], event, f"failed: {', '.join(failed) or '—'}")
        self._failed.add(element)

    def _on_retry(self, element: str, event: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.stage.retry(element)
