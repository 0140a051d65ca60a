"""Data associations carried out: what they bring into a node and where they bring its results (BPMN 2.0.2 §10.4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import feel
from engine.spiff import data, model
from engine.spiff.failures import ElementFailed
from engine.spiff.results import HandlerCall
from engine.spiff.tokens import Token


def bring_in(token: Token) -> dict[str, Any]:
    """The values of the node's data inputs and properties that its associations give. A source without a value gives
    none.

    Raises:
        ElementFailed, errors.HandlerFailed, feel.FeelError: an expression or a data store fails.
    """
    found: dict[str, Any] = {}
    for association in token.task_spec.node.takes:
        seen = {item.variable: _read(token, item) for item in association.sources if item.store is not None}
        _move(token, association, {**found, **seen}, found)
    return found


def carry_out(token: Token, results: Mapping[str, Any]) -> dict[str, Any]:
    """What the node's output associations make of its results: they alone are written.

    A data output has the result of its name; the only data output has the only result, whatever its name. One without a
    value is not available, and what would move it alone is not carried out. Raises as `bring_in`.
    """
    node: model.Node = token.task_spec.node
    seen = dict(results)
    if len(node.data_outputs) == 1 and len(results) == 1:
        seen = {node.data_outputs[0]: next(iter(results.values())), **seen}
    written: dict[str, Any] = {}
    for association in node.gives:
        moved: dict[str, Any] = {}
        _move(token, association, {**seen, **written}, moved)
        if association.target.store is None:
            written.update(moved)
        elif moved:
            _store(token, association.target, moved[association.target.variable])
    return written


def _move(token: Token, association: model.Association, seen: Mapping[str, Any], target: dict[str, Any]) -> None:
    """Add the association's target to `target`, when there is something to be moved."""
    name = association.target.variable
    visible = {**data.visible(token), **seen}
    if association.transformation is not None:
        target[name] = data.keep(token.task_spec.evaluate(token, association.transformation, seen))
    elif association.sources and not association.assignments and association.sources[0].variable in visible:
        target[name] = data.keep(visible[association.sources[0].variable])
    for text, path in association.assignments:
        value = data.keep(token.task_spec.evaluate(token, text, seen))
        target[name] = _placed(target.get(name, visible.get(name)), path, value, name)


def _placed(before: Any, path: Any, value: Any, name: str) -> Any:
    """The value with one of its members, members of members, … replaced; contexts that are missing are made."""
    if not path:
        return value
    if before is not None and not isinstance(before, dict):
        raise ElementFailed("expression", f"{name} is {feel.kind(before)}, which has no member {path[0]}",
                            hint="assign to it as a whole, or make it a context, then retry")
    members = before or {}
    return {**members, path[0]: _placed(members.get(path[0]), path[1:], value, f"{name}.{path[0]}")}


def _read(token: Token, item: model.DataItem) -> Any:
    result = token.workflow.instance.services.invoke(item.reader, _call(token, {}))
    return data.accept(result or {}, f"the handler {item.reader}").get("value")


def _store(token: Token, item: model.DataItem, value: Any) -> None:
    token.workflow.instance.services.invoke(item.writer, _call(token, {"value": value}))


def _call(token: Token, inputs: dict[str, Any]) -> HandlerCall:
    return HandlerCall(element_id=token.task_spec.node.id, token_id=token.token_id, inputs=inputs,
                       variables=data.copies(data.visible(token)))
