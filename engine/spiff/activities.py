"""Activities with something inside: subprocesses, call activities, event subprocesses, multi-instance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults

from engine.spiff import associations, data, model, propagation, results, subscriptions, undoing
from engine.spiff.failures import ElementFailed
from engine.spiff.scopes import Start
from engine.spiff.specs import NodeSpec
from engine.spiff.tokens import FAILED, PARKED, READY, Token

MAX_INSTANCES = 1_000
MAX_DEPTH = 100
"""Calls within each other, such as of a process that calls itself; what ends them all goes one level after another."""


def depth(scope: Any) -> int:
    """How many activities are around a scope."""
    found = 0
    while scope.owner is not None:
        scope, found = scope.owner.workflow, found + 1
    return found


class SubprocessSpec(NodeSpec, defaults.SubWorkflowTask):
    """Runs the flow inside it, which shares the variables around it."""

    keeps = False
    """Whether what was done inside can still be compensated once it has ended."""

    def _run_hook(self, my_task: Token) -> bool | None:
        return self.begin(my_task)

    def begin(self, token: Token) -> bool | None:
        """Open the scope inside; True when nothing is in it."""
        inputs = {} if self.isolates or not self.node.takes else associations.bring_in(token)
        origin = self.origin(token)
        starts = self.starts((token.workflow.siblings if origin is None else origin.specifications)[self.spec])
        if not starts:
            return True
        inside = token.workflow.instance.open_inside(token.id, self.spec, origin)
        inside.data.update(inputs)
        inside.open(starts)
        return None

    def origin(self, token: Token) -> results.Called | None:
        """The definition that runs inside: the one that runs here."""
        origin: results.Called | None = token.workflow.origin
        return origin

    def starts(self, inside: Any) -> list[Start]:
        """Where the scope inside begins."""
        found: list[Start] = inside.beginnings()
        return found

    def inside_ended(self, token: Token, inside: Any) -> None:
        """Everything inside has come to its end."""
        self.leave(token, inside)
        outputs = {name: inside.data[name] for name in self.node.data_outputs if name in inside.data}
        if token.is_instance:
            own = inside.spec.scope.own_variables
            token.data.update({name: value for name, value in inside.data.items() if name not in own}, **outputs)
            token.complete()
        elif self.node.gives:
            self.finish(token, outputs)
        else:
            token.complete()

    def leave(self, token: Token, inside: Any) -> None:
        """Forget the inside, but for what can be compensated."""
        del token.workflow.instance.subprocesses[token.id]
        if not (self.keeps and undoing.keep_inside(token, inside)):
            inside.clear()

    def _on_cancel(self, my_task: Token) -> None:
        inside = my_task.workflow.instance.subprocesses.get(my_task.id)
        if inside is not None:
            inside.clear()
            inside.completed = True
            del my_task.workflow.instance.subprocesses[my_task.id]


class CallActivitySpec(SubprocessSpec, defaults.CallActivity):
    """Runs another process: it starts with a copy of all variables, and what it writes comes back at its end.

    With input mappings it starts with those alone; with output mappings they alone come back. Which version of the
    process runs is decided when the token comes here, and stays so however long that takes.
    """

    isolates = True

    def origin(self, token: Token) -> results.Called | None:
        version, here = self.node.called_version, token.workflow.origin
        if version == "deployment" and here is None:
            return None
        instance = token.workflow.instance
        called: results.Called = instance.services.call(
            self.spec, version=version, definition_id=None if here is None else here.definition_id)
        return called

    def starts(self, inside: Any) -> list[Start]:
        found = super().starts(inside)
        if not found:
            raise ElementFailed("expression", f"the process {self.spec} has no start without a trigger",
                                hint="deploy a version of it with a plain start event, then retry")
        return found

    def begin(self, token: Token) -> bool | None:
        if depth(token.workflow) >= MAX_DEPTH:
            raise ElementFailed("budget", f"more than {MAX_DEPTH} calls and subprocesses stand in each other",
                                hint="look for processes that call each other for ever, then retry")
        token.internal_data["own"] = list(token.data)
        if self.node.inputs or self.node.takes:
            self.take_inputs(token)
        else:
            token.data = dict(data.visible(token))
        return super().begin(token)

    def inside_ended(self, token: Token, inside: Any) -> None:
        self.leave(token, inside)
        token.data = {name: token.data[name] for name in token.internal_data["own"]}
        self.finish(token, inside.data)


class EventSubprocessSpec(SubprocessSpec, defaults.EventSubprocess):
    """Listens while its scope lives; runs when its event comes (BPMN 2.0.2 §13.5.4)."""

    @property
    def start(self) -> model.Node:
        assert self.node.scope is not None  # noqa: S101 - a subprocess has an inside
        return self.node.scope.starts()[0]

    def starts(self, inside: Any) -> list[Start]:  # noqa: ARG002 - as everywhere
        return [(self.start.id, {})]

    @property
    def trigger(self) -> model.Event:
        return self.start.event

    @property
    def interrupts(self) -> bool:  # type: ignore[override]
        return self.start.interrupting

    def _run_hook(self, my_task: Token) -> None:
        subscriptions.arrive(my_task)
        my_task.internal_data["listens"] = True
        if self.trigger.parts:
            self.listen(my_task)
        elif subscriptions.subscribe(my_task, self.event_of(my_task)):
            self.fire(my_task, None)  # the condition is true already

    def is_listening(self, token: Token) -> bool:
        return not token.internal_data.get("runs")

    def is_idle_handler(self, token: Token) -> bool:
        return self.is_listening(token)

    def waits_for(self, token: Token) -> str | None:
        kind = self.event_of(token).kind
        single = kind not in subscriptions.CAUGHT and not self.trigger.parts
        listens = token.state == PARKED and self.is_listening(token) and single
        return kind if listens else None

    def catches(self, token: Token, kind: str, code: str | None) -> int:
        listens = token.state != FAILED and self.is_listening(token) and "came" not in token.internal_data
        return propagation.precision(self.event_of(token), kind, code) if listens else propagation.NOT

    def fire(self, token: Token, variables: dict[str, Any] | None) -> None:
        scope = token.workflow
        token.internal_data["runs"] = True
        token._set_state(PARKED)  # it may not have had its turn to listen yet
        scope.instance.unwatch(token)
        data.write(token, variables or {})
        if self.start.interrupting:
            scope.clear(keep=token, spare=True)
        else:
            memory = subscriptions.next_wait(token, self.start.event)
            if memory is not None:
                scope.spawn(self.name, **memory)
        self.begin(token)


class StandardLoopSpec(NodeSpec, defaults.StandardLoopTask):
    """Runs an activity again and again, as long as its condition holds (BPMN 2.0.2 §13.3.6).

    A run writes where the activity would write without the loop, so the condition sees what the last run did.
    `loopCounter` is, inside a run, its number from 1; in the condition, the number of runs that are over.
    """

    records = False
    """Each run is recorded; the whole only when there was none."""
    task_spec: str

    def _run_hook(self, my_task: Token) -> bool | None:
        over = my_task.internal_data.get("over", 0)
        if self._goes_on(my_task, over):
            child = my_task.workflow.spawn(self.task_spec, parent=my_task, turn=over + 1)
            child.data = {data.LOOP_COUNTER: Decimal(over + 1)}
            return None
        if not over:
            my_task.workflow.instance.record(my_task, self.node.element, {"instances": 0})
        return True

    def child_ended(self, token: Token, child: Token) -> None:
        token.internal_data["over"] = child.internal_data["turn"]
        token.make_ready()

    def _goes_on(self, token: Token, over: int) -> bool:
        """Whether there is another run after so many."""
        loop = self.node.repetition
        assert loop is not None  # noqa: S101 - only such nodes get this specification
        if loop.maximum is not None and over >= loop.maximum:
            return False
        if not over and not loop.test_before:
            return True
        if loop.condition is None:
            return loop.maximum is not None
        counter = {data.LOOP_COUNTER: Decimal(over)}
        value = self.evaluate(token, loop.condition, counter)
        if not isinstance(value, bool):
            raise self.wrong(token, "loopCondition", value, "neither true nor false", loop.condition, counter)
        return value


class MultiInstanceSpec(NodeSpec):
    """Runs an activity once for each item (BPMN 2.0.2 §13.3.7).

    Each instance has variables of its own: its item, `loopCounter` from 1, and what it writes. At the end the output
    collection holds one entry an instance, in the order of the items; without an output collection, what the instances
    wrote is written out, the last one winning.
    """

    records = False
    """Each instance is recorded; the whole only when there was none."""
    task_spec: str

    @property
    def loop(self) -> model.Loop:
        assert self.node.loop is not None  # noqa: S101 - only such nodes get this specification
        return self.node.loop

    def _run_hook(self, my_task: Token) -> bool | None:
        memory = my_task.internal_data
        if "items" not in memory:
            memory["items"], memory["done"], memory["started"] = self._items(my_task), [], 0
        self._collect(my_task)
        total, done = len(memory["items"]), len(memory["done"])
        is_complete = done == total or (done > 0 and self._is_complete(my_task))
        thrown = self._thrown(my_task)
        if is_complete:
            self._write_out(my_task)
        for event in thrown:
            propagation.throw_beside(my_task, event)
        if is_complete:
            for child in my_task.children:
                child.cancel()
            if total == 0:
                my_task.workflow.instance.record(my_task, self.node.element, {"instances": 0})
            return True
        wanted = min(done + 1, total) if self.loop.sequential else total
        while memory["started"] < wanted:
            self._start(my_task, memory["started"])
            memory["started"] += 1
        return None

    def child_ended(self, token: Token, child: Token) -> None:
        token.internal_data["done"].append([child.internal_data["index"], child.data])
        if token.state == PARKED:
            token._set_state(READY)
            token.workflow.instance.queue.append(token)

    def _items(self, token: Token) -> list[Any]:
        inputs = associations.bring_in(token) if self.node.takes else {}
        if self.loop.cardinality is not None:
            count = self.evaluate(token, self.loop.cardinality, inputs)
            if not isinstance(count, Decimal) or count < 0 or count != int(count):
                raise self.wrong(token, "loopCardinality", count, "no whole number", self.loop.cardinality)
            self._limit(int(count))
            return [None] * int(count)
        assert self.loop.collection is not None  # noqa: S101 - checked when the diagram was parsed
        items = self.evaluate(token, self.loop.collection, inputs)
        if not isinstance(items, list):
            raise self.wrong(token, self.loop.collection.text, items, "no list", self.loop.collection)
        self._limit(len(items))
        kept: list[Any] = data.keep(items)
        return kept

    @staticmethod
    def _limit(count: int) -> None:
        if count > MAX_INSTANCES:
            raise ElementFailed("budget", f"more than {MAX_INSTANCES} instances are asked for",
                                hint="start one process instance for each item instead")

    def _start(self, token: Token, index: int) -> None:
        child = token.workflow.spawn(self.task_spec, parent=token, index=index)
        child.data = {data.LOOP_COUNTER: Decimal(index + 1)}
        if self.loop.item is not None:
            child.data[self.loop.item] = token.internal_data["items"][index]

    def _collect(self, token: Token) -> None:
        """Add to each instance that has newly ended what it contributes to the output collection."""
        for ended in token.internal_data["done"]:
            if self.loop.output is None or len(ended) == 3:
                continue
            variables = ended[1]
            if self.loop.output_value is not None:
                ended.append(data.keep(self.evaluate(token, self.loop.output_value, variables)))
            else:
                ended.append(variables.get(self.loop.output_item or ""))

    def _is_complete(self, token: Token) -> bool:
        if self.loop.completion is None:
            return False
        return self._holds(token, "completionCondition", self.loop.completion, len(token.internal_data["done"]))

    def _holds(self, token: Token, what: str, condition: model.Text, done: int) -> bool:
        """Whether a condition is true after so many instances have ended."""
        memory = token.internal_data
        seen = {
            **memory["done"][done - 1][1], **self._output(memory),
            "numberOfInstances": Decimal(len(memory["items"])),
            "numberOfActiveInstances": Decimal(memory["started"] - done),
            "numberOfCompletedInstances": Decimal(done),
            "numberOfTerminatedInstances": Decimal(0)}
        value = self.evaluate(token, condition, seen)
        if not isinstance(value, bool):
            raise self.wrong(token, what, value, "neither true nor false", condition, seen)
        return value

    def _thrown(self, token: Token) -> list[model.Event]:
        """What is thrown for the instances that have newly ended."""
        memory, found = token.internal_data, []
        if not self.loop.behaviours:
            return []
        for done in range(memory.get("told", 0) + 1, len(memory["done"]) + 1):
            found += [behaviour.event for behaviour in self.loop.behaviours
                      if (done == 1 or not behaviour.only_first) and (behaviour.condition is None or self._holds(
                          token, "complexBehaviorDefinition condition", behaviour.condition, done))]
        memory["told"] = len(memory["done"])
        return found

    def _output(self, memory: dict[str, Any]) -> dict[str, Any]:
        if self.loop.output is None:
            return {}
        return {self.loop.output: [ended[2] for ended in sorted(memory["done"], key=lambda ended: ended[0])]}

    def _write_out(self, token: Token) -> None:
        memory = token.internal_data
        written = self._output(memory)
        if self.loop.output is None:
            for ended in memory["done"]:
                written.update({name: value for name, value in ended[1].items()
                                if name not in (data.LOOP_COUNTER, self.loop.item)})
        data.write(token, associations.carry_out(token, written) if self.node.gives else written)


class ParallelMultiInstanceSpec(MultiInstanceSpec, defaults.ParallelMultiInstanceTask):
    """All instances at once."""


class SequentialMultiInstanceSpec(MultiInstanceSpec, defaults.SequentialMultiInstanceTask):
    """One instance after another."""
