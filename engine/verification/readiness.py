"""Whether a diagram is ready for each answer of the decisions it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine import dmn, feel
from engine.spiff import graph, model
from engine.values import Problem

_TRIED: Sequence[Any] = (None, True, False, "?", Decimal(0), Decimal(-10**9), Decimal(10**9), [], {})
"""What a variable that nothing is known of may be."""


def problems(process: model.ProcessModel, models: Mapping[str, dmn.Model],
             functions: feel.Functions | None) -> list[Problem]:
    """Warnings about a process; `models` hold the decisions of its bundle by id."""
    return [found for scope in _scopes(process.scope) for found in _unhandled(scope, process.file, models, functions)]


def _scopes(scope: model.Scope) -> list[model.Scope]:
    return [scope, *(node.scope for node in scope.walk() if node.scope is not None)]


def _unhandled(scope: model.Scope, file: str, models: Mapping[str, dmn.Model],
               functions: feel.Functions | None) -> Iterator[Problem]:
    """Answers of a decision for which every condition of a gateway behind it is false."""
    for task in scope.nodes.values():
        decision = task.element.decision_id
        if task.type != "businessRuleTask" or task.runs_several or decision is None or decision not in models:
            continue
        for found in dmn.conclusions(models[decision], decision):
            written = _written(task, found.value, functions)
            for gateway, name in _stuck(scope, task, written, functions):
                yield _problem(gateway, file, name, written[name], decision, found.rule)


def _written(task: model.Node, value: Any, functions: feel.Functions | None) -> Mapping[str, Any]:
    """The variables that the task surely gives when its decision answers so; of its mappings, those that need nothing
    else."""
    if task.result_variable is not None:
        given: Mapping[str, Any] = {task.result_variable: value}
    else:
        given = value if isinstance(value, dict) else {}
    if task.gives or not task.outputs:
        return {} if task.gives else given
    written = {}
    for name, text in task.outputs:
        if all(each in given for each in _names(text, functions)):
            written[name] = _value(text, given, functions)
    return {name: found for name, found in written.items() if found is not None}


def _stuck(scope: model.Scope, task: model.Node, known: Mapping[str, Any],
           functions: feel.Functions | None) -> Iterator[tuple[model.Node, str]]:
    """The gateways that a token comes to with these values and cannot leave, each with the variable they decide by. Who
    writes a variable anew decides with another value, and a way that the values close is not gone."""
    pending = [(flow.target, frozenset(known)) for flow in task.outgoing]
    met: set[tuple[str, frozenset[str]]] = set()
    told: set[str] = set()
    for element, names in pending:
        node = scope.nodes.get(element)
        left = frozenset(names - _rewritten(node)) if node is not None else frozenset()
        if node is None or not left or (element, left) in met or node.id == task.id:
            continue
        met.add((element, left))
        seen = {name: known[name] for name in left}
        name = _deciding(node, left, functions)
        if name is not None and node.id not in told and all(
                _decided(flow, seen, functions) is False for flow in node.outgoing):
            told.add(node.id)
            yield node, name
        pending += [(target, left) for target in _onward(scope, node, seen, functions)]


def _rewritten(node: model.Node) -> set[str]:
    """The variables that the node surely writes anew."""
    written = {name for name, _ in node.outputs}
    if node.result_variable is not None and not (node.outputs or node.gives):
        written.add(node.result_variable)
    if node.loop is not None and node.loop.output is not None:
        written.add(node.loop.output)
    return written | {association.target.variable for association in node.gives}


def _onward(scope: model.Scope, node: model.Node, seen: Mapping[str, Any],
            functions: feel.Functions | None) -> list[str]:
    """Where a token can go from the node with these values."""
    if node.type not in ("exclusiveGateway", "inclusiveGateway"):
        return graph.successors(scope, node)
    targets, default = [], True
    for flow in node.outgoing:
        decided = None if flow.id == node.default else _decided(flow, seen, functions)
        if decided is False or (flow.id == node.default and not default):
            continue
        targets.append(flow.target)
        if decided and node.type == "exclusiveGateway":
            return targets if node.default is None else [
                each.target for each in node.outgoing if each.target in targets and each.id != node.default]
        default = default and not decided
    return targets


def _deciding(gateway: model.Node, names: Collection[str], functions: feel.Functions | None) -> str | None:
    """The first of the variables that an exclusive gateway without a way for everything decides by."""
    if gateway.type != "exclusiveGateway" or len(gateway.outgoing) < 2:
        return None
    if any(flow.condition is None or flow.id == gateway.default for flow in gateway.outgoing):
        return None
    return next((name for flow in gateway.outgoing if flow.condition is not None
                 for name in _names(flow.condition, functions) if name in names), None)


def _names(text: model.Text, functions: feel.Functions | None) -> Sequence[str]:
    try:
        return list(feel.compile(text.text, functions=functions).names)
    except feel.FeelError:
        return []


def _decided(flow: model.Flow, variables: Mapping[str, Any], functions: feel.Functions | None) -> bool | None:
    """What the condition surely is, whatever its other variables are; None where that depends on them."""
    if flow.condition is None:
        return None
    others = [name for name in _names(flow.condition, functions) if name not in variables]
    found = [_value(flow.condition, {**variables, **dict.fromkeys(others, value)}, functions)
             for value in (_TRIED if others else _TRIED[:1])]
    return found[0] if isinstance(found[0], bool) and all(each is found[0] for each in found) else None


def _value(text: model.Text, variables: Mapping[str, Any], functions: feel.Functions | None) -> Any:
    try:
        return feel.compile(text.text, functions=functions).evaluate(variables)
    except feel.FeelError:
        return None


def _problem(gateway: model.Node, file: str, name: str, given: Any, decision: str, number: int) -> Problem:
    value = f'"{given}"' if isinstance(given, str) else feel.to_string(given)
    rule, rule_fa = (f"rule {number}", f"قاعده {number}") if number else ("its default", "پیش‌فرض آن")
    return Problem(
        where=gateway.id, file=file, line=gateway.line, severity="warning", code="unhandled_value",
        what=f"no flow takes {name} = {value}, which the decision {decision} gives ({rule})",
        what_fa=f"هیچ جریانی {name} = {value} را نمی‌پذیرد، که تصمیم {decision} آن را می‌دهد ({rule_fa})",
        fix="add a flow for it, or a default flow", fix_fa="جریانی برای آن یا جریان پیش‌فرض بکشید")
