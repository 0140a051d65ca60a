"""Gateways, and what an activity has around it unseen: where tokens wait for others, the splits around its boundary
events and before its conditional flows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults

from engine import feel
from engine.spiff import data, graph, model, propagation, subscriptions, undoing
from engine.spiff.failures import ElementFailed
from engine.spiff.specs import CatchSpec, NodeSpec
from engine.spiff.tokens import FAILED, PARKED, Token


class ChoosingSpec(NodeSpec):
    """Evaluates the conditions of its outgoing flows."""

    def holds(self, token: Token, flow: model.Flow, extra: Mapping[str, Any] | None = None) -> bool:
        """Whether the flow's condition is true. Neither true nor false is a failure, not false."""
        assert flow.condition is not None  # noqa: S101 - the callers look
        value = self.evaluate(token, flow.condition, extra)
        if not isinstance(value, bool):
            raise self.wrong(token, f"the condition of flow {flow.id}", value, "neither true nor false", flow.condition,
                             extra)
        return value

    def choose(self, token: Token, *, only_one: bool, extra: Mapping[str, Any] | None = None) -> tuple[model.Flow, ...]:
        """The flows to take: those whose condition holds (the first one only, if `only_one`), else the default.

        Flows without a condition that are not the default are always taken, and conditions see `extra` as well; in
        documentation mode, where no condition decides, whoever walks the diagram chooses.
        """
        if self.node.is_free:
            return self.freely(token, only_one=only_one)
        chosen: list[model.Flow] = []
        conditional = False
        for flow in self.node.outgoing:
            if flow.id == self.node.default:
                continue
            if flow.condition is None:
                chosen.append(flow)
                continue
            if self.holds(token, flow, extra):
                conditional = True
                chosen.append(flow)
            if chosen and only_one:
                break
        if not conditional:
            chosen += [flow for flow in self.node.outgoing if flow.id == self.node.default]
        if not chosen:
            raise self.nowhere()
        return tuple(chosen[:1]) if only_one else tuple(chosen)

    @staticmethod
    def nowhere() -> ElementFailed:
        """The failure of a gateway that leads on by no flow."""
        return ElementFailed("expression", "no condition of the outgoing flows holds and there is no default flow",
                             hint="add a default flow, or set the variables, then retry")

    def freely(self, token: Token, *, only_one: bool) -> tuple[model.Flow, ...]:
        """The flows that a condition decides for; of those that none decides, what the services choose."""
        decided = {flow.id: self._decided(token, flow) for flow in self.node.outgoing}
        certain = [flow for flow in self.node.outgoing if decided[flow.id]]
        open_flows = [flow for flow in self.node.outgoing
                      if decided[flow.id] is None and not (certain and flow.id == self.node.default)]
        if certain and (only_one or not open_flows):
            return tuple(certain[:1] if only_one else certain)
        if not open_flows:
            raise self.nowhere()
        services: Any = token.workflow.instance.services
        chosen = services.choose([flow.id for flow in open_flows], only_one=only_one)
        return tuple(flow for flow in self.node.outgoing if flow in certain or flow.id in chosen)

    def _decided(self, token: Token, flow: model.Flow) -> bool | None:
        """Whether the condition holds; None where there is none, or none that can be told. A default is always open."""
        if flow.condition is None or flow.id == self.node.default:
            return None
        seen = data.visible(token)
        if any(name not in seen for name in token.workflow.script_engine.reads(flow.condition.text)):
            return None
        try:
            value = self.evaluate(token, flow.condition)
        except feel.FeelError:
            return None
        return value if isinstance(value, bool) else None

    def take(self, token: Token, flows: tuple[model.Flow, ...]) -> None:
        """Leave by these flows."""
        token.taken = flows
        if len(self.node.outgoing) > 1:
            token.internal_data["facts"] = {"flows": [flow.id for flow in flows]}


class ExclusiveSpec(ChoosingSpec, defaults.ExclusiveGateway):
    """Takes the first flow whose condition holds, else the default flow (BPMN 2.0.2 §13.4.2)."""

    def _run_hook(self, my_task: Token) -> bool:
        self.take(my_task, self.choose(my_task, only_one=True) if self.node.outgoing else ())
        return True


class JoiningSpec(NodeSpec):
    """Gathers one token from each of several incoming flows; surplus tokens wait for the next round."""

    gathers = True

    def arrived(self, token: Token) -> dict[str, Token]:
        """The first waiting token of each incoming flow, this one included."""
        first: dict[str, Token] = {}
        for other in token.workflow.tokens():
            if other.task_spec is self and (other is token or other.state == PARKED):
                first.setdefault(other.internal_data.get("flow", ""), other)
        return first

    def join(self, token: Token, arrived: dict[str, Token]) -> None:
        """Consume the first token of every other flow; `token` goes on alone."""
        for other in arrived.values():
            if other is not token:
                other.workflow.leave(other)


class ParallelSpec(JoiningSpec, defaults.ParallelGateway):
    """Waits for a token on every incoming flow, then sends one along every outgoing flow (BPMN 2.0.2 §13.4.1)."""

    def _run_hook(self, my_task: Token) -> bool | None:
        arrived = self.arrived(my_task)
        if any(flow.id not in arrived for flow in self.node.incoming):
            return None
        if len(self.node.incoming) > 1:
            self.join(my_task, arrived)
        return True


class AwaitingSpec(JoiningSpec, ChoosingSpec):
    """Gathers tokens until no other can still arrive; `runner` then releases one token that is gathering."""

    def is_gathering(self, token: Token) -> bool:
        """Whether the token waits here until no other can arrive."""
        return token.state == PARKED and not token.internal_data.get("joined")

    def release(self, token: Token) -> None:
        """Let the token go on at its next turn."""
        token.internal_data["joined"] = True

    @cached_property
    def reach(self) -> dict[str, set[str]]:
        """By incoming flow: the nodes from which a token can come onto it without passing this gateway."""
        scope: model.Scope = self._wf_spec.scope
        return {flow.id: graph.sources(scope, flow, self.node.id) for flow in self.node.incoming}

    def may_join(self, token: Token) -> bool:
        """Whether every token that could still reach an empty incoming flow can as well reach one that has a token."""
        scope = token.workflow
        arrived = self.served(token)
        for other in scope.tokens():
            if other.task_spec is self or other.parent is not scope.task_tree:
                continue
            place = other.task_spec.node.id
            empty = any(place in self.reach[flow.id] for flow in self.node.incoming if flow.id not in arrived)
            full = any(place in self.reach[flow.id] for flow in self.node.incoming if flow.id in arrived)
            if empty and not full:
                return False
        return True

    def served(self, token: Token) -> Collection[str]:
        """The incoming flows that nothing has to be waited for on."""
        return self.arrived(token)


class InclusiveSpec(AwaitingSpec, defaults.InclusiveGateway):
    """Waits until no other token can still arrive, then takes every flow whose condition holds (BPMN 2.0.2 §13.4.3)."""

    def _run_hook(self, my_task: Token) -> bool | None:
        if len(self.node.incoming) > 1 and not my_task.internal_data.get("joined"):
            return None
        if self.node.outgoing:
            self.take(my_task, self.choose(my_task, only_one=False))
        return True

    def release(self, token: Token) -> None:
        """Let the gathered tokens go on as one, at its next turn."""
        self.join(token, self.arrived(token))
        super().release(token)


class ComplexSpec(AwaitingSpec, defaults.InclusiveGateway):
    """Goes on when its activation condition is true, and then waits for the tokens that are still to come (BPMN 2.0.2
    §13.4.5).

    Waiting for start, the tokens that arrive wait until the condition over their numbers holds; one of each flow is
    consumed then, and the outgoing flows are chosen as by an inclusive gateway. Waiting for reset, which a token of its
    own remembers (`consumed`), the gateway waits until no token can still come on another flow, consumes those that
    came, and sends tokens along the flows whose condition is true now, if any came.
    """

    def _run_hook(self, my_task: Token) -> bool | None:
        if "consumed" in my_task.internal_data:
            return self._reset(my_task) if my_task.internal_data.get("joined") else None
        if any("consumed" in other.internal_data for other in self._tokens(my_task)):
            return None
        arrived = self.arrived(my_task)
        if not self._is_activated(my_task):
            return None
        flows = self.choose(my_task, only_one=False, extra={"waitingForStart": True}) if self.node.outgoing else ()
        self.join(my_task, arrived)
        self.take(my_task, flows)
        if len(arrived) < len(self.node.incoming):
            my_task.workflow.spawn(self.name, consumed=sorted(arrived))
        else:
            self._begin_again(my_task)
        return True

    def arrived(self, token: Token) -> dict[str, Token]:
        """As ever; what remembers the first phase came by no flow."""
        return {flow: other for flow, other in super().arrived(token).items() if flow}

    def _tokens(self, token: Token) -> list[Token]:
        return [other for other in token.workflow.tokens() if other.task_spec is self]

    def _is_activated(self, token: Token) -> bool:
        condition = self.node.activation
        if condition is None:
            return True
        here = Counter(other.internal_data.get("flow", "") for other in self._tokens(token)
                       if other is token or other.state == PARKED)
        extra = {"activationCount": Decimal(here.total()), "waitingForStart": True,
                 "activationCounts": {flow.id: Decimal(here[flow.id]) for flow in self.node.incoming}}
        value = self.evaluate(token, condition, extra)
        if not isinstance(value, bool):
            raise self.wrong(token, "activationCondition", value, "neither true nor false", condition, extra)
        return value

    def _reset(self, token: Token) -> bool:
        """Consume what came on the other flows, and send on what the conditions make of it."""
        late = {flow: other for flow, other in self.arrived(token).items() if flow in self._others(token)}
        flows: tuple[model.Flow, ...] = ()
        if late:
            extra = {"waitingForStart": False}
            flows = tuple(flow for flow in self.node.outgoing
                          if flow.condition is not None and self.holds(token, flow, extra))
            flows = flows or tuple(flow for flow in self.node.outgoing if flow.id == self.node.default)
        self.join(token, late)
        self.take(token, flows)
        self._begin_again(token)
        return True

    def _begin_again(self, token: Token) -> None:
        """Let a token that came too late for this round begin the next one."""
        waiting = [other for other in self._tokens(token) if other is not token and other.state == PARKED]
        if waiting:
            waiting[0].make_ready()

    def _others(self, token: Token) -> set[str]:
        return {flow.id for flow in self.node.incoming} - set(token.internal_data["consumed"])

    def is_gathering(self, token: Token) -> bool:
        return "consumed" in token.internal_data and super().is_gathering(token)

    def served(self, token: Token) -> Collection[str]:
        return {*self.arrived(token), *token.internal_data["consumed"]}


class QuantitySpec(NodeSpec, defaults.NoneTask):
    """Before an activity that needs several tokens: they wait until there are enough, whichever flows they came by
    (`startQuantity`, BPMN 2.0.2 Table 10.3, §13.3.2).
    """

    records = False
    gathers = True

    def _run_hook(self, my_task: Token) -> bool | None:
        scope = my_task.workflow
        waiting = [other for other in scope.tokens() if other.task_spec is self and other.state == PARKED]
        others = waiting[:self.node.start_quantity - 1]
        if len(others) < self.node.start_quantity - 1:
            return None
        for other in others:
            scope.leave(other)
        my_task.taken = ()
        scope.spawn(scope.spec.beginning(self.node.id))
        return True


class FlowSplitSpec(ChoosingSpec, defaults.NoneTask):
    """After an activity with conditional outgoing flows. Apart, so that a bad condition leaves the activity done."""

    records = False

    def _run_hook(self, my_task: Token) -> bool:
        my_task.taken = self.choose(my_task, only_one=False)
        return True


class EventGatewaySpec(NodeSpec, defaults.EventBasedGateway):
    """Waits for the first of several events (BPMN 2.0.2 §13.4.4)."""

    records = False

    def _run_hook(self, my_task: Token) -> None:
        scope = my_task.workflow
        if not my_task.internal_data.get("listening"):
            my_task.internal_data["listening"] = True
            scope.instance.record(my_task, self.node.element, {})
            for index, flow in enumerate(self.node.outgoing):
                scope.spawn(flow.target, parent=my_task, arm=index)

    def child_ended(self, token: Token, child: Token) -> None:
        for other in token.children:
            if other is not child:
                other.cancel()
        if token.workflow.instance.flows is not None:
            token.workflow.instance.flows += [flow.id for flow in self.node.outgoing
                                              if flow.target == child.task_spec.node.id]
        token.taken = ()
        token.complete()


class SplitSpec(NodeSpec, defaults.NoneTask):
    """Holds an activity and the events attached to it for as long as the activity lives."""

    records = False

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.events: list[str] = []
        self.is_compensated = False
        """Whether a compensation event is attached: a handler undoes the activity once it has ended."""

    def _run_hook(self, my_task: Token) -> None:
        scope = my_task.workflow
        conditional = [event for event in self.events if scope.spec.task_specs[event].node.event.has("condition")]
        # A condition that is true already interrupts the activity before it does anything.
        for event in conditional:
            scope.spawn(event, parent=my_task)
        scope.spawn(self.node.id, parent=my_task).data.update(my_task.data)
        for event in self.events:
            if event not in conditional:
                scope.spawn(event, parent=my_task)

    def activity(self, token: Token) -> Token | None:
        """The token of the activity."""
        return next((child for child in token.children if child.task_spec.name == self.node.id), None)

    def child_ended(self, token: Token, child: Token) -> None:
        spec = child.task_spec
        is_beside = child.internal_data.get("beside")
        if isinstance(spec, BoundarySpec) and (is_beside or not spec.node.interrupting):
            spec.listen_again(token, child)
            return
        for other in token.children:
            if other is not child:
                other.cancel()
        if self.is_compensated and not isinstance(spec, BoundarySpec):
            undoing.keep(token, self.node.id)
        token.taken = ()
        token.complete()


class BoundarySpec(CatchSpec, defaults.BoundaryEvent):
    """An event attached to an activity, interrupting it or not."""

    @property
    def interrupts(self) -> bool:  # type: ignore[override]
        return self.node.interrupting

    def _run_hook(self, my_task: Token) -> bool | None:
        return None if self.event_of(my_task).kind in subscriptions.CAUGHT else super()._run_hook(my_task)

    def waits_for(self, token: Token) -> str | None:
        return None if self.event_of(token).kind in subscriptions.CAUGHT else super().waits_for(token)

    def catches(self, token: Token, kind: str, code: str | None) -> int:
        waits = token.state != FAILED and "came" not in token.internal_data  # the parts catch from then on
        return propagation.precision(self.event_of(token), kind, code) if waits else propagation.NOT

    def listen_again(self, split: Token, token: Token) -> None:
        """A non-interrupting event may come again: see `subscriptions.next_wait`."""
        memory = subscriptions.next_wait(token, self.node.event)
        if memory is not None:
            split.workflow.spawn(self.name, parent=split, **memory)
