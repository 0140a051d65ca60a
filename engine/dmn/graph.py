"""The decision requirements graph: inputs, decisions, knowledge and services, and their evaluation (DMN 1.5 §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.dmn import item_types
from engine.dmn.results import MatchedRule, Step, Violation
from engine.dmn.tables import TRACE, Table, Trace
from engine.feel import lambdas, types
from engine.feel.functions import refuse
from engine.feel.runs import RUN, Code, Run, Scope


@dataclass(slots=True, kw_only=True, eq=False)
class Requirement:
    """An arrow: what is required, and the import it comes through (empty for the same file)."""

    node: Node
    prefix: str


@dataclass(slots=True, kw_only=True, eq=False)
class Node:
    """Anything that arrows connect. Requirements are linked once all nodes are read."""

    id: str
    name: str
    """That of its variable, which expressions use."""
    type: types.Type
    title: str = ""
    """The element's own name, where its variable has another."""
    requires: list[Requirement] = field(default_factory=list)
    reads: frozenset[str] = frozenset()
    """The variables its logic reads."""


@dataclass(slots=True, kw_only=True, eq=False)
class InputData(Node):
    """A value from outside."""


@dataclass(slots=True, kw_only=True, eq=False)
class Decision(Node):
    """A value made by logic; `table` is the logic when it is a decision table."""

    code: Code
    table: Table | None


@dataclass(slots=True, kw_only=True, eq=False)
class Knowledge(Node):
    """A business knowledge model: a function."""

    parameters: tuple[str, ...]
    parameter_types: tuple[types.Type, ...]
    body: Code


@dataclass(slots=True, kw_only=True, eq=False)
class ServiceNode(Node):
    """A part of the graph as a function of its inputs. Its requirements are its output decisions."""

    inputs: list[Node] = field(default_factory=list)


class Evaluation:
    """One evaluation: every node at most once."""

    def __init__(self, run: Run, given: Mapping[str, Any], declared: frozenset[str], trace: Trace | None = None,
                 trail: list[Step] | None = None) -> None:
        self.run = run
        self.given = given
        self.trace = trace or Trace()
        self.trail: list[Step] = [] if trail is None else trail
        self.known: dict[Node, Any] = {}
        self._undeclared = {name: value for name, value in given.items() if name not in declared}

    def value(self, node: Node) -> Any:
        """The value of a node, evaluating what it requires first, however long the chain of decisions is."""
        waiting = [node]
        while waiting:
            each = waiting[-1]
            missing = [] if each in self.known or isinstance(each, ServiceNode) else [
                required.node for required in reversed(each.requires) if required.node not in self.known]
            if missing:
                waiting += missing
                continue
            if each not in self.known:
                self.known[each] = _VALUE[type(each)](self, each)
            waiting.pop()
        return self.known[node]

    def scope(self, node: Node) -> Scope:
        """What the node's logic may read: what it requires, and inputs that no element of the model names."""
        scope: Scope = {**self._undeclared, RUN: self.run, TRACE: self.trace}
        imported: dict[str, dict[str, Any]] = {}
        for required in node.requires:
            names = imported.setdefault(required.prefix, {}) if required.prefix else scope
            names[required.node.name] = self.known[required.node]
        return scope | imported

    def from_outside(self, node: Node) -> Any:
        """What was given for an input; null, with a warning, where nothing was."""
        if node.name not in self.given:
            self.run.warn(f"the input {node.name!r} is missing")
        return item_types.from_outside(self.given.get(node.name), node.type)

    def fitted(self, value: Any, node: Node) -> Any:
        """`value` coerced to the node's type; null where it does not fit."""
        if node.type is not types.ANY:
            self.run.measure(value)
        coerced, fits = types.coerce(value, node.type, self.run)
        if not fits:
            what, what_fa = item_types.reason(value, node.type, self.run)
            self.run.warn(f"{node.name}: {what}")
            self.trace.violations.append(Violation(decision_id=node.id, table_id="", rules=[],
                                                   what=f"{node.name}: {what}", what_fa=f"{node.name}: {what_fa}"))
        return coerced


def _input(evaluation: Evaluation, node: InputData) -> Any:
    return evaluation.fitted(evaluation.from_outside(node), node)


def _decision(evaluation: Evaluation, node: Decision) -> Any:
    scope = evaluation.scope(node)
    before = len(evaluation.trace.tables)
    value = evaluation.fitted(node.code(scope), node)
    matched: Sequence[MatchedRule] = [rule for table, rules in evaluation.trace.tables[before:]
                                      if node.table is None or table is node.table for rule in rules]
    evaluation.trail.append(Step(decision_id=node.id, name=node.name, value=value, matched=matched,
                                 hit_policy=node.table.hit_policy if node.table else None))
    return value


def _knowledge(evaluation: Evaluation, node: Knowledge) -> lambdas.Lambda:
    scope = evaluation.scope(node)
    function = lambdas.Lambda(name=node.name, parameters=node.parameters, parameter_types=node.parameter_types,
                              body=node.body, scope=scope, result=node.type)
    scope[node.name] = function
    return function


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ServiceFunction:
    """A decision service as a FEEL function: its inputs are its parameters."""

    service: ServiceNode
    evaluation: Evaluation

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name

    @property
    def parameter_types(self) -> tuple[types.Type, ...]:
        """The types of its inputs."""
        return tuple(node.type for node in self.service.inputs)

    def call(self, run: Run, arguments: list[Any]) -> Any:
        """Call with the inputs in the order of the service."""
        if len(arguments) != len(self.service.inputs):
            return refuse(run, self.name, f"takes {len(self.service.inputs)} arguments, not {len(arguments)}")
        inner = Evaluation(run, {}, frozenset(), self.evaluation.trace, self.evaluation.trail)
        for node, argument in zip(self.service.inputs, arguments, strict=True):
            inner.known[node], fits = types.coerce(argument, node.type, run)
            if not fits:
                return refuse(run, self.name, f"{node.name}: {item_types.reason(argument, node.type, run)[0]}")
        run.enter()
        try:
            return serve(inner, self.service)
        finally:
            run.leave()

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        """Call with the inputs by name."""
        wanted = [node.name for node in self.service.inputs]
        if arguments.keys() != set(wanted):
            return refuse(run, self.name, f"takes {', '.join(wanted)}")
        return self.call(run, [arguments[name] for name in wanted])


def serve(evaluation: Evaluation, service: ServiceNode) -> Any:
    """The value of a service's one output decision, or a context of them by name."""
    outputs = {required.node.name: evaluation.value(required.node) for required in service.requires}
    value = next(iter(outputs.values())) if len(outputs) == 1 else outputs
    return evaluation.fitted(value, service)


_VALUE: Mapping[type[Node], Any] = {
    InputData: _input, Decision: _decision, Knowledge: _knowledge,
    ServiceNode: lambda evaluation, node: ServiceFunction(service=node, evaluation=evaluation),
}
