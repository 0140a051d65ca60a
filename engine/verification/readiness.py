"""Whether a diagram is ready for each answer of the decisions it asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine import dmn, feel
from engine.spiff import graph, model
from engine.values import Problem


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
        name, decision = task.result_variable, task.element.decision_id
        if task.type != "businessRuleTask" or task.outputs or task.runs_several or name is None \
                or decision is None or decision not in models:
            continue
        possible = dmn.conclusions(models[decision], decision)
        for identifier in sorted(graph.after(scope, [task.id])) if possible else ():
            gateway = scope.nodes[identifier]
            if gateway.type != "exclusiveGateway" or len(gateway.outgoing) < 2 or _is_safe(gateway, name, functions):
                continue
            for found in possible:
                if all(_is_false(flow, {name: found.value}, functions) for flow in gateway.outgoing):
                    yield _problem(gateway, file, name, decision, found)


def _is_safe(gateway: model.Node, name: str, functions: feel.Functions | None) -> bool:
    """Whether the gateway has a way for everything, or decides by other variables."""
    if any(flow.condition is None or flow.id == gateway.default for flow in gateway.outgoing):
        return True
    return not any(flow.condition is not None and name in _names(flow.condition, functions)
                   for flow in gateway.outgoing)


def _names(text: model.Text, functions: feel.Functions | None) -> Sequence[str]:
    try:
        return list(feel.compile(text.text, functions=functions).names)
    except feel.FeelError:
        return []


def _is_false(flow: model.Flow, variables: Mapping[str, Any], functions: feel.Functions | None) -> bool:
    """Whether the condition is surely false: one that needs other variables is null, and may be true."""
    assert flow.condition is not None  # noqa: S101 - `_is_safe` has looked
    try:
        return feel.compile(flow.condition.text, functions=functions).evaluate(variables) is False
    except feel.FeelError:
        return False


def _problem(gateway: model.Node, file: str, name: str, decision: str, found: dmn.Conclusion) -> Problem:
    value = feel.to_string(found.value) if not isinstance(found.value, str) else f'"{found.value}"'
    rule, rule_fa = (f"rule {found.rule}", f"قاعده {found.rule}") if found.rule else ("its default", "پیش‌فرض آن")
    return Problem(
        where=gateway.id, file=file, line=gateway.line, severity="warning", code="unhandled_value",
        what=f"no flow takes {name} = {value}, which the decision {decision} gives ({rule})",
        what_fa=f"هیچ جریانی {name} = {value} را نمی‌پذیرد، که تصمیم {decision} آن را می‌دهد ({rule_fa})",
        fix="add a flow for it, or a default flow", fix_fa="جریانی برای آن یا جریان پیش‌فرض بکشید")
