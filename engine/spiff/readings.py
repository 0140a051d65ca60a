"""What a process reads and writes by name: for checks that look for names nobody writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine import feel
from engine.spiff import expressions, model, parser, timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One expression of a diagram and the variables it reads."""

    element_id: str
    """The node that evaluates it: of a condition, the node its flow leaves."""
    where: str
    """The node or flow that carries it."""
    what: str
    line: int | None
    names: frozenset[str]
    """Variables that are surely read: keys of filtered items and the expression's own are left out."""
    paths: frozenset[tuple[str, str]]
    """(variable, member) for each `variable.member`."""


def readings(process: parser.Process, functions: feel.Functions | None) -> list[Reading]:
    """Every expression of a process, those inside subprocesses included."""
    return [reading for node in process.model.scope.walk()
            for element_id, where, what, text in _texts(node)
            if (reading := _reading(element_id, where, what, text, functions)) is not None]


def written(process: parser.Process) -> frozenset[str]:
    """The variables a diagram writes itself: results, items and collections of loops, context entries of scripts."""
    return frozenset(name for node in process.model.scope.walk() for name in _written(node) if name)


def _texts(node: model.Node) -> Iterator[tuple[str, str, str, model.Text]]:
    for what, text in expressions.texts(node):
        yield node.id, node.id, what, text
    for what, timer in expressions.times(node):
        yield node.id, node.id, what, timer.body
    for flow in node.outgoing:
        if flow.condition is not None:
            yield node.id, flow.id, "conditionExpression", flow.condition


def _reading(element_id: str, where: str, what: str, text: model.Text,
             functions: feel.Functions | None) -> Reading | None:
    if timers.is_literal(text.text):
        return None
    try:
        found = feel.compile(text.text, functions=functions)
    except feel.FeelError:
        return None  # the parser has told of it
    return Reading(element_id=element_id, where=where, what=what, line=text.line,
                   names=found.names - found.maybe_keys - _GIVEN, paths=found.paths)


_GIVEN = frozenset({"anchor", "loopCounter", "activationCount", "activationCounts", "waitingForStart",
                    "numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances",
                    "numberOfTerminatedInstances"})
"""Names the engine gives itself."""


def _written(node: model.Node) -> Sequence[str | None]:
    loop = node.loop
    found: list[str | None] = [node.result_variable, *(name for name, _ in (*node.inputs, *node.outputs))]
    found += [*node.own_variables, *(each.target.variable for each in (*node.takes, *node.gives))]
    if node.scope is not None:
        found += node.scope.own_variables
    if loop is not None:
        found += [loop.item, loop.output, loop.output_item]
    if node.script is not None and node.result_variable is None:
        found += feel.context_keys(node.script.text)
    return found
