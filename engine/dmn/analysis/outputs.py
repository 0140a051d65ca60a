"""The outputs of a table's rules as far as they are constants: whether rules agree, which has priority."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator
from typing import Any

from engine import feel
from engine.dmn.analysis.findings import Finding, finding
from engine.dmn.analysis.spaces import Space
from engine.dmn.tables import Output, Table, place_of
from engine.feel import comparison, types
from engine.feel.constants import NotConstant, constant
from engine.feel.runs import RUN, Run

_COMPUTED = object()


class Outputs:
    """What each rule gives."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._texts = [tuple(" ".join(expression.text.split()) if expression else "" for expression in rule.outputs)
                       for rule in table.rules]
        known: dict[str, Any] = {"": None}
        self._values = [tuple(_value(known, expression) for expression in rule.outputs) for rule in table.rules]

    def agree(self, rule: int, other: int) -> bool | None:
        """Whether both rules give the same; None where that depends on the input."""
        answer: bool | None = True
        for texts, values in zip(zip(self._texts[rule], self._texts[other], strict=True),
                                 zip(self._values[rule], self._values[other], strict=True), strict=True):
            if texts[0] == texts[1]:
                continue
            if _COMPUTED in values:
                answer = None
            elif comparison.equal(*values) is not True:
                return False
        return answer

    def key(self, rule: int) -> Hashable:
        """The same for rules whose outputs are written alike."""
        return self._texts[rule]

    @functools.cached_property
    def _ranks(self) -> list[tuple[int, ...] | None]:
        orders = [order for output in self._table.outputs if (order := _priorities(output)) is not None]
        if len(orders) < len(self._table.outputs):
            return [None] * len(self._values)
        return [None if any(value is _COMPUTED for value in values) else
                tuple(place_of(value, order) for value, order in zip(values, orders, strict=True))
                for values in self._values]

    def higher(self, rule: int) -> int:
        """The rules, as bits, whose output surely has a higher priority than that of `rule`."""
        own = self._ranks[rule]
        if own is None:
            return 0
        if own not in self._higher:
            self._higher[own] = sum(1 << number for number, rank in enumerate(self._ranks)
                                    if rank is not None and rank < own)
        return self._higher[own]

    @functools.cached_property
    def _higher(self) -> dict[tuple[int, ...], int]:
        return {}

    def forbidden(self, space: Space, most: int) -> Iterator[Finding]:
        """Constant outputs that the output's own values or type do not allow."""
        count = 0
        for rule, values in enumerate(self._values):
            for output, value in zip(self._table.outputs, values, strict=True):
                if value is _COMPUTED or value is None or _permitted(output, value):
                    continue
                count += 1
                if count > most:
                    return
                text = feel.to_string(value)
                yield finding(
                    space, "output", "error", rules=[rule],
                    what=(f"{{rules}} gives {text}, which the output {output.label!r} does not allow",
                          f"{{rules}} مقدار {text} را می‌دهد که خروجی «{output.label}» آن را مجاز نمی‌داند"),
                    fix=("Change the value, or add it to the output values.",
                         "مقدار را عوض کنید یا آن را به مقدارهای خروجی بیفزایید."))


def _value(known: dict[str, Any], expression: feel.Expression | None) -> Any:
    """The constant that an output cell gives, or _COMPUTED."""
    if expression is None:
        return None
    if expression.text not in known:
        try:
            known[expression.text] = constant(expression.tree)
        except NotConstant:
            known[expression.text] = _COMPUTED
    return known[expression.text]


def _priorities(output: Output) -> list[Any] | None:
    """The output values in the order written, none where there are none; None when they are not constants."""
    if output.priorities is None:
        return []
    try:
        found = constant(output.priorities.tree)
    except NotConstant:
        return None
    return found if type(found) is list else None


def _permitted(output: Output, value: Any) -> bool:
    run = Run()
    coerced, fits = types.coerce(value, output.type, run)
    return fits and (output.allowed is None or output.allowed.test({RUN: run}, coerced) is True)
