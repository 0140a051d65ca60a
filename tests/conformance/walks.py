"""Walking a diagram drawn for people: many runs in documentation mode, each checked against the file itself.

The walk knows the file by lxml alone. A run counts when its process ended, and each element of its trace stands where
the drawing leads: behind an element left before it, at a start, or at an event of an activity that was entered. Runs
are tried, by taking other ways and letting other events happen, until every end event that the drawing leads to was
reached; one that no run reaches is told. A run that stands at a join for ever, because the drawing sends no token to
all of its flows, reaches nothing and is no fault of the engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from engine import errors, simulation
from tests.conformance import trees

RUNS = 400
"""Runs of one process at most."""
EVENTS = 200
"""Events of one run at most."""
_BPMN = trees.BPMN
_SCOPES = {"subProcess", "transaction", "adHocSubProcess"}
_ENDING = {"endEvent"}


class Drawing:
    """A BPMN file as a graph, read without the product."""

    def __init__(self, xml: bytes) -> None:
        self.root = trees.read(xml)
        self.elements: dict[str, Any] = {}
        self.before: dict[str, list[str]] = {}
        self.after: dict[str, list[str]] = {}
        self.targets: dict[str, str] = {}
        """Where each sequence flow leads."""
        flows = []
        for element in self.root.iter():
            if not isinstance(element.tag, str) or not element.tag.startswith(_BPMN) or not element.get("id"):
                continue
            if _tag(element) == "sequenceFlow":
                flows.append((element.get("sourceRef"), element.get("targetRef")))
                self.targets[element.get("id")] = element.get("targetRef")
            elif _is_node(element):
                self.elements[element.get("id")] = element
        for source, target in flows:
            self.before.setdefault(target, []).append(source)
            self.after.setdefault(source, []).append(target)
        self.handlers = {flow.get("targetRef"): flow.get("sourceRef") for flow in self.root.iter(f"{_BPMN}association")}

    def nodes(self, process: str) -> list[str]:
        """Flow nodes of a process at any depth."""
        return [identifier for identifier, element in self.elements.items()
                if any(around.get("id") == process for around in element.iterancestors(f"{_BPMN}process"))]

    def has_ended(self, outcome: simulation.Outcome, process: str) -> bool:
        """Whether the run is at its end: nothing is left, or an error end event has ended it that nothing drawn around
        it catches.
        """
        by_error = outcome.state == "incident" and not outcome.waiting and all(
            self._is_uncaught(self.elements[each.element], process) for each in outcome.incidents)
        return outcome.state == "completed" or by_error

    def _is_uncaught(self, end: Any, process: str) -> bool:
        thrown = end.find(f"{_BPMN}errorEventDefinition")
        around = {each.get("id") for each in end.iterancestors()} - {None}
        if _tag(end) != "endEvent" or thrown is None or process not in around:
            return False
        return not any(
            caught.get("errorRef") in (None, thrown.get("errorRef"))
            for event in self.elements.values() if event.get("attachedToRef") in around
            for caught in event.iter(f"{_BPMN}errorEventDefinition"))

    def is_stuck(self, outcome: simulation.Outcome) -> bool:
        """Whether nothing but joins are waited at, each for a flow that no token came along: so the drawing has it."""
        came = [self.targets[flow] for flow in outcome.flows]
        return outcome.state == "waiting" and bool(outcome.waiting) and not outcome.waits and all(
            _tag(self.elements[each]) == "parallelGateway" and came.count(each) % len(self.before[each])
            for each in outcome.waiting)

    def leads_to(self, process: str) -> set[str]:
        """The nodes of a process that its starts lead to, with the events at them and what is inside them."""
        found: set[str] = set()
        inside = set(self.nodes(process))
        pending = [node for node in inside if not self.before.get(node) and _scope(self.elements[node]) == process
                   and not self._waits_for_another(node)]
        while pending:
            node = pending.pop()
            if node in found:
                continue
            found.add(node)
            pending += self.after.get(node, [])
            pending += [other for other in inside if self.elements[other].get("attachedToRef") == node]
            pending += [other for other in inside if _scope(self.elements[other]) == node
                        and (not self.before.get(other) and not self._waits_for_another(other))]
            pending += self._linked(node) + self._compensating(node)
        return found

    def fault(self, trace: Sequence[str], process: str) -> str:
        """The first element of the trace that the drawing does not lead to; empty when there is none."""
        left: set[str] = set()
        for identifier in trace:
            if identifier not in self.elements:
                return f"{identifier} is in the trace and no element of the file"
            if not self._may_be_entered(identifier, left):
                return f"{identifier} was left though nothing that leads to it was"
            left.add(identifier)
        return ""

    def _may_be_entered(self, identifier: str, left: set[str]) -> bool:
        element, sources = self.elements[identifier], self.before.get(identifier, [])
        if _is_global(element):
            return any(self._may_be_entered(each, left) for each, call in self.elements.items()
                       if call.get("calledElement") == identifier)
        if element.get("attachedToRef"):
            return self._may_be_entered(element.get("attachedToRef"), left)
        if sources:
            every = _tag(element) == "parallelGateway"
            return (all if every else any)(source in left for source in sources) and self._is_open(element, left)
        if self._waits_for_another(identifier):
            return any(identifier in self._linked(each) + self._compensating(each) for each in self.elements
                       if each in left or self._may_have_thrown(each, left))
        return self._is_open(element, left)

    def _may_have_thrown(self, identifier: str, left: set[str]) -> bool:
        """Compensation runs before the event that asks for it is left."""
        return self.elements[identifier].get("attachedToRef") in left

    def _is_open(self, element: Any, left: set[str]) -> bool:
        """Whether the scope of the element may be running: it is a process, or its subprocess may be entered."""
        around = element.getparent()
        if _tag(around) not in _SCOPES:
            return True
        if around.get("triggeredByEvent") == "true":
            return self._is_open(around, left)
        return self._may_be_entered(around.get("id"), left)

    def _waits_for_another(self, identifier: str) -> bool:
        """Whether what leads to it is no sequence flow: a link, or the compensation of an activity."""
        element = self.elements[identifier]
        is_link = _tag(element) == "intermediateCatchEvent" and element.find(f"{_BPMN}linkEventDefinition") is not None
        return is_link or element.get("isForCompensation") == "true" or bool(element.get("attachedToRef"))

    def _linked(self, identifier: str) -> list[str]:
        link = self.elements[identifier].find(f"{_BPMN}linkEventDefinition")
        if link is None or _tag(self.elements[identifier]) != "intermediateThrowEvent":
            return []
        return [each for each, element in self.elements.items() if _tag(element) == "intermediateCatchEvent"
                and any(found.get("name") == link.get("name") for found in element.iter(f"{_BPMN}linkEventDefinition"))]

    def _compensating(self, identifier: str) -> list[str]:
        return [target for target, source in self.handlers.items() if source == identifier and target in self.elements]


def stuck(xml: bytes) -> list[str]:
    """Why a model cannot be walked through in documentation mode; empty when every process of it can."""
    drawing = Drawing(xml)
    keys = [process.get("id") for process in drawing.root.iter(f"{_BPMN}process") if drawing.nodes(process.get("id"))]
    if not keys:
        return ["it has no process with anything in it"]
    said = []
    for key in keys:
        try:
            said.append(_through(xml, drawing, key))
        except errors.DomainError as refused:
            return [refused.message()]
    return [each for each in said if each]


def _through(xml: bytes, drawing: Drawing, key: str) -> str:
    files = simulation.read({"model.bpmn": xml}, documentation=True)
    wanted = {node for node in drawing.leads_to(key) if _tag(drawing.elements[node]) in _ENDING}
    tried: set[str] = set()
    scripts: deque[Sequence[Mapping[str, Any]]] = deque([()])
    runs = 0
    while scripts and runs < RUNS and (wanted or not runs):
        outcome = _run(files, key, scripts.popleft())
        if outcome is None:
            continue
        runs += 1
        stands = drawing.is_stuck(outcome)
        if not stands and not drawing.has_ended(outcome, key):
            told = [f"{each.element}: {each.message}" for each in outcome.incidents]
            return f"{key}: {'; '.join(told) or 'waits at ' + ', '.join(outcome.waiting)}"
        fault = drawing.fault(outcome.trace, key)
        if not fault and not stands and not any(not drawing.after.get(drawing.targets[flow]) for flow in outcome.flows):
            fault = "it ended without an end"
        if fault:
            return f"{key}: {fault}"
        wanted -= {drawing.targets[flow] for flow in outcome.flows} if not stands else set()
        for other in outcome.alternatives:
            if repr(other.event) not in tried:
                tried.add(repr(other.event))
                scripts.append([*outcome.script[:other.position], other.event])
    return f"{key}: no run reaches {', '.join(sorted(wanted))}" if wanted else ""


def _run(files: simulation.Files, key: str, script: Sequence[Mapping[str, Any]]) -> simulation.Outcome | None:
    """One run to its end: what it waits for happens, in order; None when the script itself cannot be played."""
    events = list(script)
    try:
        outcome = simulation.simulate(files, process=key, events=events, documentation=True)
    except simulation.BadEvent:
        return None
    while outcome.state == "waiting" and len(events) < EVENTS:
        following = _next(outcome)
        if following is None:
            return outcome
        events = [*outcome.script, following]
        outcome = simulation.simulate(files, process=key, events=events, documentation=True)
    return outcome


def _next(outcome: simulation.Outcome) -> Mapping[str, Any] | None:
    """The event that ends the first wait at which a token stands; of one that only listens, never."""
    for wait in outcome.waits:
        if wait.attached_to is None:
            return {"complete": wait.element} if wait.kind in ("user_task", "service_task") else {
                "trigger": wait.element}
    return None


def _tag(element: Any) -> str:
    return str(etree.QName(element).localname)


def _scope(element: Any) -> str:
    return str(element.getparent().get("id"))


def _is_node(element: Any) -> bool:
    tag = _tag(element)
    around = element.getparent()
    return _is_global(element) or (around is not None and _tag(around) != "definitions" and (
        tag.endswith(("Task", "Event", "Gateway")) or tag in {*_SCOPES, "task", "callActivity"}))


def _is_global(element: Any) -> bool:
    """Whether the element is a task of its own, which call activities call."""
    return _tag(element).startswith("global") and _tag(element).endswith("Task")
