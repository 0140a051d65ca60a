"""Specifications of flow nodes: the library's classes with token semantics of BPMN 2.0.2 §13.

The library decides by walking a tree of predicted tasks; here a token knows the sequence flow it came by, is executed
when its turn comes, and is gone when it leaves. Specifications are immutable once built and shared by all instances.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin

from engine import errors, feel
from engine.spiff import associations, data, model, propagation, selection, subscriptions, undoing
from engine.spiff.failures import ElementFailed
from engine.spiff.results import HandlerCall
from engine.spiff.tokens import PARKED, Token


class NodeSpec(BpmnSpecMixin):
    """What every flow node does: run, record that it was left, send a token along each flow."""

    isolates = False
    """Whether the inside of the node does not see the variables outside."""
    has_effects = False
    """Whether running it may write to the database."""
    gathers = False
    """Whether tokens wait here for tokens on other incoming flows."""
    undoes = False
    """Whether its tokens compensate an activity that has ended."""
    yields = False
    """Whether it runs only once no other token can: all that could wait for what it throws then waits."""
    records = True
    """Whether leaving it is an event of the process: not for the invisible splits."""
    interrupts = True
    """Whether the event that the node waits for may come once only."""
    flow_split: str | None = None
    """The specification that evaluates the conditions of the flows that leave an activity."""
    node: model.Node

    def _predict(self, my_task: Token, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        """Nothing is predicted."""

    def _run(self, my_task: Token) -> bool | None:
        """Execute the node or, when it is done already, what is left: its output mappings."""
        if "given" in my_task.internal_data:
            self.give(my_task, my_task.internal_data["given"])
            return True
        result: bool | None = super()._run(my_task)
        return result

    def _run_hook(self, my_task: Token) -> bool | None:  # noqa: ARG002 - the library's signature
        return True

    def _on_complete_hook(self, my_task: Token) -> None:
        super()._on_complete_hook(my_task)
        scope, parent = my_task.workflow, my_task.parent
        if self.records and "given" not in my_task.internal_data:
            scope.instance.record(my_task, self.node.element, self.facts(my_task))
        if not (my_task.is_part or scope.is_closing):
            self._go_on(my_task)
        if scope.spec.ad_hoc is not None:
            selection.ended(my_task)
        if parent is not scope.task_tree:
            parent.task_spec.child_ended(parent, my_task)
        scope.leave(my_task)

    def _go_on(self, token: Token) -> None:
        """Send a token along each flow that is taken."""
        scope = token.workflow
        if self.flow_split is not None:
            scope.spawn(self.flow_split)
            return
        for flow in self.node.outgoing if token.taken is None else token.taken:
            for _ in range(self.node.completion_quantity):
                scope.follow(flow)

    def facts(self, token: Token) -> dict[str, Any]:
        """What history should know about the completion."""
        return dict(token.internal_data.get("facts", {}))

    def child_ended(self, token: Token, child: Token) -> None:
        """A token nested under this one has ended."""

    def is_listening(self, token: Token) -> bool:  # noqa: ARG002 - asked of every specification
        """Whether the token does not keep its scope alive."""
        return False

    def is_idle_handler(self, token: Token) -> bool:  # noqa: ARG002 - asked of every specification
        """Whether the token is an event subprocess that waits for its event."""
        return False

    def waits_for(self, token: Token) -> str | None:  # noqa: ARG002 - asked of every specification
        """Kind of the wait the token stands in, None when nothing outside can end it."""
        return None

    @property
    def trigger(self) -> model.Event:
        """What the node waits for, all in all."""
        return self.node.event

    def event_of(self, token: Token) -> model.Event:  # noqa: ARG002 - for the subclasses
        """What ends the wait of the token."""
        return self.trigger

    def catches(self, token: Token, kind: str, code: str | None) -> int:  # noqa: ARG002 - asked of every specification
        """How well the token catches an error or escalation: see `propagation.precision`."""
        return propagation.NOT

    def listen(self, token: Token) -> None:
        """Wait for each part of an event with several definitions; see `parts`."""
        memory = token.internal_data
        if "came" not in memory:
            memory["came"], memory["brought"] = [], {}
            for index in range(len(self.trigger.parts)):
                token.workflow.spawn(f"{self.node.id}(part)", parent=token, part=index)

    def fire(self, token: Token, variables: dict[str, Any] | None) -> None:
        """What the token waited for has come."""
        self.finish(token, variables or {})

    def evaluate(self, token: Token, text: model.Text, extra: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression over what the token sees and, before that, `extra`."""
        return token.workflow.script_engine.evaluate(token, text.text, extra)

    def wrong(self, token: Token, what: str, value: Any, wanted: str, text: model.Text,
              extra: Mapping[str, Any] | None = None) -> ElementFailed:
        """The failure of an expression whose value is of the wrong kind; of a null it says the reason."""
        told = token.workflow.script_engine.reason(token, text.text, extra) if value is None else ""
        return ElementFailed("expression", f"{what} is {feel.kind(value)}, {wanted}" + (f" ({told})" if told else ""),
                             hint="set the variables it uses, or correct the expression, then retry")

    def take_inputs(self, token: Token) -> dict[str, Any]:
        """Compute the node's inputs, those of its data associations and then its input mappings; the token alone sees
        them, and only while it is here.
        """
        inputs = associations.bring_in(token) if self.node.takes else {}
        inputs |= {name: data.keep(self.evaluate(token, text, inputs)) for name, text in self.node.inputs}
        if inputs:
            token.internal_data[data.INPUTS] = inputs
        return inputs

    def take_carried(self, token: Token) -> None:
        """Compute what the event that the node throws carries and, of a message, to whom it goes."""
        keys = {index: subscriptions.correlation_key(token, event.message)
                for index, event in enumerate(self.node.event.each)
                if event.message is not None and event.message.correlation_key is not None}
        if keys:
            token.internal_data["keys"] = keys
        if data.weight(self.take_inputs(token)) > data.MAX_CARRIED:
            raise ElementFailed("budget", f"what the event carries weighs more than {data.MAX_CARRIED} bytes",
                                hint="carry an id instead, then retry")

    def finish(self, token: Token, results: Mapping[str, Any]) -> None:
        """The node is done from outside, or by what is inside it, and gave these results; the token goes on.

        Output mappings, and results too heavy to be kept, wait for the token's turn: their fault is an incident of
        its own, and nobody who has done their part is refused for it.
        """
        if not self.node.outputs and not self.node.gives and data.fits(token, results):
            data.write(token, results)
            token.complete()
            return
        token.workflow.instance.record(token, self.node.element, self.facts(token))
        token.internal_data["given"] = dict(results)
        token.make_ready(first=True)

    def give(self, token: Token, results: Mapping[str, Any]) -> None:
        """Write the node's results or, with output mappings, what these make of them and nothing else; with data
        associations out of the node, what these carry out of that and nothing else.

        Of one instance of a multi-instance activity the associations carry out nothing: they wait for the collection.
        """
        if self.node.outputs:
            results = {name: data.keep(self.evaluate(token, text, results)) for name, text in self.node.outputs}
        if self.node.gives and not token.is_instance:
            results = associations.carry_out(token, results)
        if not data.fits(token, results):
            most = token.workflow.instance.variables_max_bytes
            raise ElementFailed("budget", f"the variables of this instance would weigh more than {most} bytes",
                                hint="let the process keep less, or raise the limit, then retry")
        data.write(token, results)

    def store(self, token: Token, value: Any) -> None:
        """Give a result under the node's result variable or, without one, each entry of a context by its name."""
        if self.node.result_variable is not None:
            self.give(token, {self.node.result_variable: value})
        elif isinstance(value, dict):
            self.give(token, value)
        else:
            raise ElementFailed("expression", "the result is no context, so it has no name to be stored under",
                                hint="set parvaneh:resultVariable")


class PassSpec(NodeSpec, defaults.NoneTask):
    """Plain and manual tasks, plain events: a token passes through."""

    def _run_hook(self, my_task: Token) -> bool:
        if self.node.gives:
            self.take_inputs(my_task)
            self.give(my_task, {})
        return True


class StartSpec(NodeSpec, defaults.StartEvent):
    """Where a scope begins; what triggers it is seen to by whoever opens the scope. What a message brought is among the
    variables already, and its data outputs are taken from there.
    """

    def _run_hook(self, my_task: Token) -> bool:
        if self.node.gives:
            seen = data.visible(my_task)
            self.give(my_task, {name: seen[name] for name in self.node.data_outputs if name in seen})
        return True


class UserTaskSpec(NodeSpec, defaults.UserTask):
    """Waits until somebody completes it."""

    def _run_hook(self, my_task: Token) -> None:
        subscriptions.arrive(my_task)
        self.take_inputs(my_task)
        if self.node.due is not None:
            subscriptions.set_due(my_task, self.node.due)

    def waits_for(self, token: Token) -> str | None:
        return "user_task" if token.state == PARKED else None


class ScriptTaskSpec(NodeSpec, defaults.ScriptTask):
    """Evaluates one FEEL expression."""

    def _run_hook(self, my_task: Token) -> bool:
        assert self.node.script is not None  # noqa: S101 - checked when the diagram was parsed
        self.take_inputs(my_task)
        self.store(my_task, data.keep(self.evaluate(my_task, self.node.script)))
        return True


class ServiceTaskSpec(NodeSpec, defaults.ServiceTask):
    """Calls a registered handler; what it returns becomes variables."""

    has_effects = True

    def _run_hook(self, my_task: Token) -> bool:
        handler = self.node.element.handler or ""
        variables = data.copies(data.visible(my_task))
        call = HandlerCall(element_id=self.node.id, token_id=my_task.token_id, variables=variables,
                           inputs=data.copies(self.take_inputs(my_task)))
        result = my_task.workflow.instance.services.invoke(handler, call)
        self.store(my_task, data.accept(result or {}, f"the handler {handler}"))
        return True


class BusinessRuleTaskSpec(NodeSpec, defaults.ServiceTask):
    """Asks a decision; inputs given on the task come before variables of the same name."""

    def _run_hook(self, my_task: Token) -> bool:
        decision, version = self.node.element.decision_id or "", self.node.element.decision_version
        self.take_inputs(my_task)
        origin = my_task.workflow.origin
        result, number = my_task.workflow.instance.services.decide(
            decision, data.visible(my_task), version=version,
            definition_id=None if origin is None else origin.definition_id)
        if result.violations:
            raise ElementFailed("expression", f"the decision {decision} has no answer: {result.violations[0].what}",
                                hint="mend the decision table and deploy it, or change the variables, then retry")
        self.store(my_task, data.keep(result.value))
        my_task.internal_data["facts"] = {"decision": decision, "matched": [
            {"index": rule.index, "id": rule.id, "annotations": dict(rule.annotations)} for rule in result.matched]}
        if number is not None:
            my_task.internal_data["facts"]["version"] = number
        return True


class ThrowSpec(NodeSpec, defaults.NoneTask):
    """Throws a message, signal or escalation with what its input mappings give, and goes on (BPMN 2.0.2 §13.5.2)."""

    @property
    def yields(self) -> bool:  # type: ignore[override]
        return self.node.event.has("signal")

    def _run_hook(self, my_task: Token) -> bool | None:
        if self.node.event.kind == "compensation":
            return undoing.throw(my_task, self.node.event) or None
        self.take_carried(my_task)
        return True

    def _on_complete_hook(self, my_task: Token) -> None:
        super()._on_complete_hook(my_task)
        propagation.throw(my_task, self.node.event)


class SendTaskSpec(ThrowSpec):
    """Sends a message to the instances that wait for it; with a handler, that sends: see `ServiceTaskSpec`."""


class CatchSpec(NodeSpec, defaults.IntermediateCatchEvent):
    """Waits for a message, a signal, a moment or a condition: intermediate catch events and receive tasks."""

    def _run_hook(self, my_task: Token) -> bool | None:
        event = self.trigger
        if event.kind == "link":
            return True
        if my_task.internal_data.get("triggered"):
            self._begin(my_task)
            return True
        subscriptions.arrive(my_task)
        if event.parts:
            self.listen(my_task)
            return None
        return subscriptions.subscribe(my_task, event) or None

    def _begin(self, token: Token) -> None:
        """Its message has begun the instance, and what it brought is among the variables already."""
        scope: model.Scope = token.workflow.spec.scope
        if not self.node.instantiates:
            gateway = scope.nodes[self.node.incoming[0].source]
            token.workflow.instance.record(token, gateway.element, {})
        if self.node.outputs or self.node.gives:
            seen = data.visible(token)
            self.give(token, {name: seen[name] for name in self.node.data_outputs if name in seen})

    def waits_for(self, token: Token) -> str | None:
        return self.trigger.kind if token.state == PARKED and not self.trigger.parts else None


class EndSpec(NodeSpec, defaults.EndEvent):
    """Consumes a token; may terminate its scope or throw an error, escalation or signal (BPMN 2.0.2 §13.5.5)."""

    @property
    def yields(self) -> bool:  # type: ignore[override]
        return self.node.event.has("signal")

    def _run_hook(self, my_task: Token) -> bool | None:
        event, instance = self.node.event, my_task.workflow.instance
        if event.kind == "compensation" and not undoing.throw(my_task, event):
            return None
        self.take_carried(my_task)
        if event.kind == "error":
            raise errors.BpmnError(event.error_code or "")
        outcome = self.node.element.outcome
        if my_task.workflow.ends_instance() and (
                outcome is not None or (instance.outcome is None and self._is_last(my_task))):
            instance.services.ending(self.node.id, outcome)
        return True

    def _is_last(self, token: Token) -> bool:
        """Whether nothing else keeps the process alive; a terminating end clears its own scope."""
        scope, own, cleared = token.workflow, token, self.node.event.kind == "terminate"
        while True:
            if not cleared and any(other not in (own, scope.task_tree) and not other.task_spec.is_listening(other)
                                   for other in scope.tasks.values()):
                return False
            if scope.owner is None:
                return True
            own, cleared = scope.owner, False
            scope = own.workflow

    def _on_complete_hook(self, my_task: Token) -> None:
        scope = my_task.workflow
        if scope.ends_instance():
            scope.instance.note_end(self.node.element)
        super()._on_complete_hook(my_task)
        propagation.throw(my_task, self.node.event)
        if self.node.event.kind == "terminate":
            scope.clear()
        elif self.node.event.kind == "cancel":
            undoing.cancel(scope)
