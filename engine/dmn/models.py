"""A loaded DMN file that can be asked for decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine import errors, feel, values
from engine.clock import Clock
from engine.dmn.graph import Decision, Evaluation, Knowledge, Node, ServiceNode
from engine.dmn.results import Result
from engine.dmn.tables import Table
from engine.feel import names, types
from engine.feel.runs import Limits, Run

LIMITS = Limits(steps=500_000, size=8_000_000, seconds=0.7)
"""What one evaluation of a decision, with everything it requires, may use."""


class Model:
    """A DMN model. It never changes and keeps nothing between evaluations."""

    def __init__(self, *, namespace: str, name: str, nodes: Mapping[str, Node], named_types: Mapping[str, types.Type],
                 warnings: Sequence[values.Problem], tables: Sequence[Table]) -> None:
        self.namespace = namespace
        self.name = name
        self.nodes = nodes
        self.types = named_types
        self.tables = tuple(tables)
        """Every decision table, also inside other boxed expressions."""
        self.warnings = tuple(warnings)
        """What an author should look at, though the model can be used."""
        self.decisions = {node.id: node.name for node in nodes.values() if isinstance(node, Decision)}
        self.services = {node.id: node.name for node in nodes.values() if isinstance(node, ServiceNode)}
        self._declared = frozenset(node.name for node in nodes.values())

    def find(self, decision: str) -> Node:
        """The decision or service of that id, or else of that name: its variable's, or its own. Raises: NotFound."""
        asked, wanted = names.normalise(decision), (Decision, ServiceNode)
        named = [node for node in self.nodes.values() if isinstance(node, wanted)]
        found = next((node for node in (self.nodes.get(decision), *(node for node in named if node.name == asked),
                                        *(node for node in named if node.title == asked))
                      if isinstance(node, wanted)), None)
        if found is None:
            raise errors.NotFound(what="decision", id=decision)
        return found

    def variables(self, id: str) -> dict[str, types.Type]:
        """The declared types of what the logic of an element may read, by name."""
        node = self.nodes.get(id)
        if node is None:
            return {}
        found = {required.node.name: required.node.type for required in node.requires if not required.prefix}
        if isinstance(node, Knowledge):
            found |= dict(zip(node.parameters, node.parameter_types, strict=True))
        return found

    def evaluate(self, decision: str, inputs: Mapping[str, Any], *, clock: Clock | None = None,
                 limits: Limits = LIMITS) -> Result:
        """The decision's value for these inputs (by name), with the rules that matched and the trail.

        `decision` is an id or a name; it may also be a decision service, whose input decisions are then among the
        inputs. Inputs that no element of the model names can be read by every decision. What breaks the model's own
        rules (a hit policy, allowed values, a type) gives null and a violation.

        Raises: NotFound; FeelBudgetExceeded; TypeError for an input that is no FEEL value.
        """
        node = self.find(decision)
        run = Run(limits, clock)
        evaluation = Evaluation(run, feel.from_python(inputs), self._declared)
        try:
            value = evaluation.value(node)
            if isinstance(node, ServiceNode):
                value = value.call(run, [evaluation.from_outside(each) for each in node.inputs])
        except RecursionError:
            raise feel.FeelBudgetExceeded("depth") from None
        last = evaluation.trail[-1] if evaluation.trail else None
        return Result(value=run.measure(value), matched=last.matched if last else (),
                      trail=tuple(evaluation.trail), violations=tuple(evaluation.trace.violations),
                      warnings=tuple(warning.message for warning in run.warnings or ()))
