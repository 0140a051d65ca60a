"""The dry run itself: instances in memory, moved by events and by a clock that stands still between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from engine import clock as clocks
from engine import errors, feel
from engine.simulation import bundles, events
from engine.simulation.bundles import Files
from engine.simulation.desks import Answer, Desk
from engine.simulation.events import Event
from engine.simulation.instances import Instance, is_for
from engine.simulation.outcomes import Incident, Outcome, Wait
from engine.simulation.ways import Ways
from engine.spiff import parser, rehearsals, runner

BUDGET = 20_000
"""Elements a dry run executes at most; beyond them every token that could go on is an incident."""
_INSTANCE_COST = 20
"""What beginning one more instance costs of it: processes that begin each other for ever come to an end soon."""
_BESIDE = frozenset({"boundaryEvent", "subProcess"})
"""What listens beside the tokens: events at an activity, event subprocesses of a scope."""


def simulate(resources: Mapping[str, bytes] | Files, *, process: str | None = None,
             variables: Mapping[str, Any] | None = None, events: Sequence[Any] = (),
             functions: feel.Functions | None = None, answers: Mapping[str, Answer] | None = None,
             documentation: bool = False, at: datetime | None = None, budget: int = BUDGET) -> Outcome:
    """Start a process, apply the events in order, and say what became of it.

    `resources` are the files by name, as in a deployment: diagrams, and the decisions they ask; or what `read` made of
    them, with the same `documentation`, for several runs. Without `process` it is the first that begins by itself and
    that no other one calls. What only an installation has may be missing: roles, forms, handlers, correlation keys
    (then a message is told by its name alone). Service tasks wait for `{"complete": id}` with the variables of their
    result, or with `"error"`, a BPMN error; handlers are called only where `answers` has one.
    A message, signal or timer that begins a process is waited for like any other.

    With `documentation` a diagram drawn for people can be walked: see `engine.spiff.relaxation`. A task without an
    implementation passes as soon as no event can be applied, an event comes by `{"trigger": element}`, and a gateway
    takes what the next event, `{"choose": flow}` or a list of flows, says; else the first way, then the next one.

    Raises:
        errors.Invalid: the files have faults, all of which are told; or a variable has no FEEL value.
        errors.NotFound: there is no such process.
        BadEvent: an event is malformed, or nothing waits for it.
    """
    files = resources if isinstance(resources, Files) else bundles.read(resources, functions,
                                                                        documentation=documentation)
    run = Run(files, process=process, variables=variables, functions=functions, answers=answers,
              documentation=documentation, at=at, budget=budget)
    run.play(events)
    return run.outcome()


class Run:
    """One dry run, step by step: the process, what it started, and the clock. Parameters are those of `simulate`."""

    def __init__(self, files: Files, *, process: str | None = None, variables: Mapping[str, Any] | None = None,
                 functions: feel.Functions | None = None, answers: Mapping[str, Answer] | None = None,
                 documentation: bool = False, at: datetime | None = None, budget: int = BUDGET) -> None:
        self.documentation = documentation
        self.bundle = files
        self.main = self.bundle.main(process)
        self.clock = clocks.ManualClock(at or clocks.SystemClock().now())
        self._functions, self._given, self._budget = functions, variables or {}, budget
        self._answers = {} if answers is None else answers
        self._flows: list[str] = []
        self._sent: list[tuple[Instance, runner.Thrown]] = []
        """Messages that nobody has got yet, with their sender."""
        self._turns: deque[Callable[[], None]] = deque()
        """What others do about signals that were thrown, in the order in which they hear them."""
        self._takes_turns = False
        self._begun = False
        self._instances: list[Instance] = []
        self._trace: list[str] = []
        self._pending: deque[Event] = deque()
        self._ways = Ways(self._pending)

    def play(self, given: Sequence[Any]) -> None:
        """Begin, unless that was done, and apply these events. Raises: BadEvent as `simulate`."""
        self._pending.extend(events.read(given))
        if not self._begun:
            self._begun = True
            self._begin()
        self._drain()

    def outcome(self) -> Outcome:
        """What has become of it; tasks without an implementation have passed."""
        self._pass_all()
        return self._outcome()

    def _begin(self) -> None:
        """Start the process, unless it waits for its trigger or the first event begins it elsewhere."""
        starts = [wait.element for wait in self.main.starts()]
        if self.documentation:
            self._ways.hear(starts)
        first = self._pending[0] if self._pending else None
        elsewhere = first is not None and first.verb == "trigger" and first.subject in starts
        if self.main.begins_by_itself and not elsewhere:
            self._start(self.main.process, self._given)

    def _drain(self) -> None:
        while self._pending:
            if self._pending[0].verb == "advance":
                self._pass_all()
            event = self._pending.popleft()
            self._listen()
            self._ways.script.append(event.given)
            try:
                self._apply(event)
            except errors.Invalid as error:
                raise event.refused(error.problems[0].what, error.problems[0].what_fa or "") from error
            except events.BadEvent:
                self._ways.script.pop()
                self._pending.appendleft(event)  # a gateway behind the task that passes now may ask for it
                if not self._pass_one():
                    self._pending.clear()
                    raise

    def _pass_one(self) -> bool:
        """Let the first task without an implementation pass; whether there was one."""
        self._listen()
        for instance, wait in self._waits():
            if wait.kind == "user_task" and self.bundle.nodes[wait.process_key][wait.element_id].passes:
                self._ways.script.append({"complete": wait.element_id})
                instance.execution.complete(wait.token_id, {})
                self._run(instance)
                return True
        return False

    def _listen(self) -> None:
        """Note what could be triggered now."""
        if self.documentation:
            self._ways.hear(element for instance in self._instances
                            for element, _ in rehearsals.listening(instance.execution))

    def _pass_all(self) -> None:
        while self._pass_one():
            pass

    def _start(self, process: parser.Process, variables: Mapping[str, Any], *, message: str | None = None,
               signal: str | None = None, element: str | None = None) -> None:
        desk = Desk(processes=self.bundle.processes, models=self.bundle.models, functions=self._functions,
                    clock=self.clock, answers=self._answers, choose=self._ways.choose)
        if element is not None:
            execution = rehearsals.begin(process, element, variables, clock=self.clock, services=desk)
        else:
            execution = runner.Execution.start(process, variables, clock=self.clock, services=desk, message=message,
                                               signal=signal)
        execution.instance.flows = self._flows
        self._budget -= min(self._budget, _INSTANCE_COST) if self._instances else 0
        instance = Instance(process=process, execution=execution, desk=desk)
        self._instances.append(instance)
        self._run(instance)

    def _run(self, instance: Instance) -> None:
        """Let the instance go on until it waits, and then those that hear what it throws, one after the other."""
        report = instance.execution.run(budget=self._budget)
        self._budget -= min(self._budget, max(1, len(report.completed)))
        self._trace += [done.element_id for done in report.completed]
        for thrown in report.thrown:
            if thrown.kind == "signal":
                self._broadcast(thrown.name, thrown.variables, by=instance)
            else:
                self._sent.append((instance, thrown))
        self._take_turns()

    def _take_turns(self) -> None:
        """Let all go on that hear a signal or get a message. Never within each other: they may throw back for long."""
        if self._takes_turns:
            return
        self._takes_turns = True
        try:
            while self._turns or self._pass_on():
                if self._turns:
                    self._turns.popleft()()
        finally:
            self._turns.clear()
            self._takes_turns = False

    def _pass_on(self) -> bool:
        """Give one message that was sent to another instance that waits for it, else to a process it starts; whether
        there was one. What nobody wants yet is kept for who will.
        """
        for sent in self._sent:
            sender, thrown = sent
            receiver = next((found for found in self._waits() if found[0] is not sender
                             and is_for(found[1], thrown.name, thrown.correlation_key)),
                            None)
            starting = next((process for process in self.bundle.processes.values()
                             if thrown.name in process.start_messages), None)
            if receiver is None and starting is None:
                continue
            self._sent.remove(sent)
            if receiver is not None:
                receiver[0].execution.deliver(receiver[1].token_id, thrown.variables)
                self._run(receiver[0])
            elif starting is not None:
                self._start(starting, {**self._first(starting), **thrown.variables}, message=thrown.name)
            return True
        return False

    def _broadcast(self, signal: str, variables: Mapping[str, Any], by: Instance | None = None) -> bool:
        """Let every other instance that waits for the signal now catch it, and the processes it starts begin; whether
        any heard it. Call `_take_turns` next.
        """
        hearing = [(instance, tokens) for instance in self._instances
                   if instance is not by and (tokens := instance.hearing(signal))]
        starting = [process for process in self.bundle.processes.values() if signal in process.start_signals]
        self._turns.extend(partial(self._hear, instance, signal, variables, tokens) for instance, tokens in hearing)
        self._turns.extend(partial(self._start_by_signal, process, signal, variables) for process in starting)
        return bool(hearing or starting)

    def _hear(self, instance: Instance, signal: str, variables: Mapping[str, Any], tokens: set[str]) -> None:
        if instance.execution.signal(signal, variables, tokens=tokens):
            self._run(instance)

    def _start_by_signal(self, process: parser.Process, signal: str, variables: Mapping[str, Any]) -> None:
        self._start(process, {**self._first(process), **variables}, signal=signal)

    def _first(self, process: parser.Process) -> Mapping[str, Any]:
        """The variables that the process of the run is given when it begins, for its first instance."""
        begun = any(instance.process is process for instance in self._instances)
        return self._given if process is self.main.process and not begun else {}

    def _apply(self, event: Event) -> None:
        match event.verb:
            case "complete":
                self._complete(event)
            case "message":
                self._message(event)
            case "signal":
                if not self._broadcast(event.subject, feel.from_json(event.variables)):
                    raise self._unexpected(event, "nothing waits for the signal", "چیزی در انتظار این سیگنال نیست:")
                self._take_turns()
            case "advance":
                self._advance(event.until(self.clock.now()))
            case "anchor":
                self._anchor(event)
            case "retry":
                self._retry(event)
            case "trigger" if self.documentation:
                self._trigger(event)
            case "choose" if self.documentation:
                raise event.refused(f"no gateway that comes next leaves {', '.join(event.flows)} open",
                                    f"هیچ دروازه‌ای که اکنون می‌رسد {', '.join(event.flows)} را باز نمی‌گذارد")
            case _:
                raise event.refused(f"{event.verb} is for documentation mode",
                                    f"رویداد {event.verb} برای حالت مستندات است")

    def _complete(self, event: Event) -> None:
        for instance, wait in self._waits():
            if wait.element_id != event.subject or (event.has_item and wait.item != feel.from_json(event.item)):
                continue
            variables = feel.from_json(event.variables)
            if wait.token_id in instance.desk.unanswered:
                instance.desk.answer(wait.token_id, errors.BpmnError(event.error) if event.error else variables)
                instance.execution.retry(wait.token_id)
            elif wait.kind == "user_task" and event.error is None:
                instance.execution.complete(wait.token_id, variables)
            else:
                continue
            self._run(instance)
            return
        raise self._unexpected(event, "no task waits at", "هیچ کاری در انتظار نیست در")

    def _message(self, event: Event) -> None:
        receivers = [(instance, wait) for instance, wait in self._waits()
                     if is_for(wait, event.subject, event.correlation)]
        variables = feel.from_json(event.variables)
        served: list[Instance] = []
        for instance, wait in receivers:
            if instance not in served and not (served and event.correlation is None):
                served.append(instance)
                instance.execution.deliver(wait.token_id, variables)
                self._run(instance)
        started = [process for process in self.bundle.processes.values() if event.subject in process.start_messages]
        if not receivers:
            for process in started:
                self._start(process, {**self._first(process), **variables}, message=event.subject)
        if not receivers and not started:
            keys = sorted({wait.correlation_key or "—" for _, wait in self._waits()
                           if wait.kind == "message" and wait.message_name == event.subject})
            if keys:
                raise event.refused(
                    f"no wait for the message {event.subject} has the correlation {event.correlation}; they have: "
                    f"{', '.join(keys)}", f"هیچ انتظاری برای پیام {event.subject} کلید {event.correlation} را ندارد؛ "
                    f"کلیدها: {'، '.join(keys)}")
            raise self._unexpected(event, "nothing waits for the message", "چیزی در انتظار این پیام نیست:")

    def _advance(self, until: datetime) -> None:
        """Fire what comes due, in order, each at its own moment."""
        while self._budget > 0 and (found := self._next_timer(until)) is not None:
            instance, wait = found
            assert wait.due_at is not None  # noqa: S101 - only such are found
            self.clock.advance(max(wait.due_at, self.clock.now()) - self.clock.now())
            instance.execution.fire_timer(wait.token_id)
            self._run(instance)
        self.clock.advance(max(until, self.clock.now()) - self.clock.now())

    def _next_timer(self, until: datetime) -> tuple[Instance, runner.Waiting] | None:
        due = [(instance, wait) for instance, wait in self._waits()
               if wait.kind == "timer" and wait.due_at is not None and wait.due_at <= until]
        return min(due, key=lambda found: found[1].due_at or until, default=None)

    def _trigger(self, event: Event) -> None:
        """What the diagram leaves open happens: an event that is listened for, or one that begins the process."""
        variables = feel.from_json(event.variables)
        for instance in self._instances:
            for element, token in rehearsals.listening(instance.execution):
                if element == event.subject:
                    rehearsals.occur(instance.execution, token, variables)
                    self._run(instance)
                    return
        if not self._instances and event.subject in {wait.element for wait in self.main.starts()}:
            self._start(self.main.process, {**self._given, **variables}, element=event.subject)
            return
        raise self._unexpected(event, "nothing listens at", "چیزی گوش نمی‌دهد در")

    def _anchor(self, event: Event) -> None:
        if not self.anchor(event.subject):
            raise self._unexpected(event, "no timer is anchored at", "هیچ زمان‌سنجی به این بسته نیست:")

    def anchor(self, name: str) -> bool:
        """The moment that timers count from is now; whether there is such a timer."""
        anchored = {id(instance): instance for instance, wait in self._waits() if wait.anchor_name == name}
        for instance in anchored.values():
            instance.execution.anchor_timers(name, self.clock.now())
            self._run(instance)
        return bool(anchored)

    def _retry(self, event: Event) -> None:
        for instance, wait in self._waits():
            if wait.kind == "incident" and wait.element_id == event.subject \
                    and wait.token_id not in instance.desk.unanswered:
                if event.variables:
                    instance.execution.correct(wait.token_id, feel.from_json(event.variables))
                instance.execution.retry(wait.token_id)
                self._run(instance)
                return
        raise self._unexpected(event, "no incident stands at", "هیچ رخدادی نیست در")

    def _waits(self) -> Iterator[tuple[Instance, runner.Waiting]]:
        for instance in list(self._instances):
            for wait in instance.waits():
                yield instance, wait

    def _unexpected(self, event: Event, what: str, what_fa: str) -> events.BadEvent:
        """The error of an event that nothing waits for: it tells what would be taken, or that there is no such name."""
        subject, possible = event.subject, list(dict.fromkeys(
            next(iter(wait.event.values())) for wait in self._shown()
            if wait.event is not None and event.verb in wait.event))
        if event.verb in ("complete", "retry", "trigger") and not self.bundle.has_element(subject):
            return event.refused(f"there is no element {subject}", f"عنصری به نام {subject} نیست")
        expected = ", ".join(map(str, possible)) or "—"
        return event.refused(f"{what} {subject}; {event.verb} is possible for: {expected}",
                             f"{what_fa} {subject}؛ رویداد {event.verb} برای این‌ها شدنی است: {expected}")

    def _outcome(self) -> Outcome:
        waits, incidents = self._shown(), self._incidents()
        standing = [wait.element for wait in waits if wait.attached_to is None]
        gathered = [element for instance in self._instances for element in rehearsals.gathered(instance.execution)]
        ended = bool(self._instances) and all(instance.execution.ended for instance in self._instances)
        own = [instance for instance in self._instances if instance.process is self.main.process]
        return Outcome(
            process=self.main.process.key, state="incident" if incidents else "completed" if ended else "waiting",
            trace=list(self._trace), flows=list(self._flows),
            waiting=standing or ([] if incidents else list(dict.fromkeys(gathered))), waits=waits,
            incidents=incidents, script=self._ways.script, alternatives=self._ways.alternatives, at=self.clock.now(),
            variables=own[0].execution.variables() if own else dict(self._given),
            outcome=own[0].execution.outcome if own and own[0].execution.ended else None)

    def _incidents(self) -> list[Incident]:
        return [Incident(element=wait.element_id, kind=wait.failure.kind, message=wait.failure.message,
                         hint=wait.failure.hint)
                for instance, wait in self._waits()
                if wait.failure is not None and wait.token_id not in instance.desk.unanswered]

    def _shown(self) -> list[Wait]:
        """Everything that can happen next, of processes not begun yet as well."""
        found = [self._wait(instance, wait) for instance, wait in self._waits()
                 if wait.failure is None or wait.token_id in instance.desk.unanswered]
        return found + ([] if self._instances else self.main.starts())

    def _wait(self, instance: Instance, wait: runner.Waiting) -> Wait:
        kind = "service_task" if wait.token_id in instance.desk.unanswered else str(wait.kind)
        node = self.bundle.nodes[wait.process_key][wait.element_id]
        beside = None
        if node.type in _BESIDE:
            beside = node.attached_to or (wait.path[-1] if wait.path else wait.process_key)
        return Wait(element=wait.element_id, kind=kind, process=wait.process_key, name=wait.name,
                    event=events.ending(kind, wait, self.clock.now()), due_at=wait.due_at,
                    correlation=wait.correlation_key, item=wait.item, attached_to=beside)
