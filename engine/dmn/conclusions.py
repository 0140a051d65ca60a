"""What a decision can answer: for whoever has to be ready for each of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn.graph import Decision
from engine.dmn.models import Model
from engine.dmn.tables import Table

_ONE = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY"})
"""Hit policies that give the conclusion of one rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """A value that a rule of a table gives; `rule` counts from 1, 0 is the table's default."""

    value: Any
    rule: int


def conclusions(model: Model, decision_id: str) -> list[Conclusion]:
    """The values that the table of a decision gives whatever its inputs are, each once.

    Nothing of a decision that is no table or gathers several rules, and nothing of a rule whose conclusion is computed.
    """
    node = model.find(decision_id)
    table = node.table if isinstance(node, Decision) else None
    if table is None or table.policy not in _ONE or table.aggregator:
        return []
    found: list[Conclusion] = []
    for number, outputs in [*((rule.index, rule.outputs) for rule in table.rules),
                            (0, [output.default for output in table.outputs])]:
        value = _value(table, outputs)
        if value is not None and value not in [each.value for each in found]:
            found.append(Conclusion(value=value, rule=number))
    return found


def _value(table: Table, outputs: Sequence[feel.Expression | None]) -> Any:
    """The conclusion of a row; None where it is computed, or there is none."""
    values = []
    for expression in outputs:
        if expression is None or expression.names:
            return None
        values.append(expression.evaluate({}))
    if len(table.outputs) == 1:
        return values[0]
    return {output.name: value for output, value in zip(table.outputs, values, strict=True)}
