"""Decision tables: which rules match, and what the hit policy makes of them (DMN 1.5 §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn.indexes import Column, bits
from engine.dmn.results import MatchedRule, Violation
from engine.feel import comparison, logic, types
from engine.feel.runs import RUN, Code, Scope
from engine.feel.standard import lists

TRACE = 1
"""The key of the scope under which the evaluation's trace stands."""
POLICIES = {
    "UNIQUE": "U", "FIRST": "F", "PRIORITY": "P", "ANY": "A", "COLLECT": "C", "RULE ORDER": "R", "OUTPUT ORDER": "O",
}
AGGREGATORS: Mapping[str, tuple[str, Callable[[Any, list[Any]], Any]]] = {
    "SUM": ("C+", lists.total), "MIN": ("C<", lists.minimum), "MAX": ("C>", lists.maximum),
    "COUNT": ("C#", lambda _, items: feel.from_python(len(items))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A column of conditions: the expression tested and the values it may have."""

    code: Code
    type: types.Type
    allowed: logic.Test | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A column of conclusions. `priorities` are its allowed values in the order written, for PRIORITY."""

    name: str
    type: types.Type
    priorities: Code | None
    default: Code | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: an expression for every output, and the tests, by input, that no index can answer."""

    index: int
    id: str
    tests: Sequence[tuple[int, logic.Test]]
    conclusions: Sequence[Code]
    annotations: Mapping[str, str]

    def matched(self) -> MatchedRule:
        """The rule as a result shows it."""
        return MatchedRule(index=self.index, id=self.id, annotations=self.annotations)


class Trace:
    """What the tables of one evaluation did, in order."""

    def __init__(self) -> None:
        self.tables: list[tuple[Table, Sequence[MatchedRule]]] = []
        self.violations: list[Violation] = []


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A compiled decision table."""

    id: str
    decision_id: str
    policy: str
    aggregator: str | None
    inputs: Sequence[Input]
    outputs: Sequence[Output]
    rules: Sequence[Rule]
    columns: Sequence[Column]
    """The index of each input."""

    @property
    def hit_policy(self) -> str:
        """`UNIQUE`, `FIRST`, `C+` and so on."""
        return AGGREGATORS[self.aggregator][0] if self.aggregator else self.policy

    def __call__(self, scope: Scope) -> Any:
        """The value of the table in `scope`; the trace learns which rules matched."""
        matching = self._matching(scope)
        trace: Trace = scope[TRACE]
        trace.tables.append((self, [rule.matched() for rule in matching[:1 if self.policy == "FIRST" else None]]))
        if not matching:
            return self._without_match(scope)
        return _DECIDE[self.policy](self, scope, matching)

    def _matching(self, scope: Scope) -> list[Rule]:
        tested = [self._input(scope, column) for column in self.inputs]
        candidates = (1 << len(self.rules)) - 1
        for column, value in zip(self.columns, tested, strict=True):
            candidates &= column.find(value)
        found: list[Rule] = []
        for number in bits(candidates):
            scope[RUN].step()
            rule = self.rules[number]
            if all(test(scope, tested[place]) is True for place, test in rule.tests):
                found.append(rule)
                if self.policy == "FIRST":
                    break
        return found

    def _input(self, scope: Scope, column: Input) -> Any:
        value, fits = types.coerce(column.code(scope), column.type, scope[RUN])
        if not fits:
            scope[RUN].warn(f"table {self.id}: an input is not of its type")
        elif value is not None and column.allowed and column.allowed(scope, value) is not True:
            scope[RUN].warn(f"table {self.id}: {feel.to_string(value)} is not among the values of the input")
        return value

    def conclude(self, scope: Scope, rule: Rule) -> Any:
        """The output of one rule: a value, or a context of values by output name."""
        values = []
        for output, code in zip(self.outputs, rule.conclusions, strict=True):
            value, fits = types.coerce(code(scope), output.type, scope[RUN])
            if not fits:
                scope[RUN].warn(f"table {self.id}, rule {rule.index}: the output is not of its type")
            values.append(value)
        return values[0] if len(self.outputs) == 1 else self._named(values)

    def _named(self, values: Sequence[Any]) -> dict[str, Any]:
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def _without_match(self, scope: Scope) -> Any:
        if any(output.default for output in self.outputs):
            values = [output.default(scope) if output.default else None for output in self.outputs]
            return values[0] if len(values) == 1 else self._named(values)
        if self.aggregator == "COUNT":
            return feel.from_python(0)
        if self.policy in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"} and not self.aggregator:
            return []
        return None

    def violate(self, scope: Scope, rules: Sequence[Rule], what: str, what_fa: str) -> None:
        """Record that these rules contradict the hit policy; the value is null."""
        scope[TRACE].violations.append(Violation(decision_id=self.decision_id, table_id=self.id, what=what,
                                                 rules=[rule.index for rule in rules], what_fa=what_fa))


def _unique(table: Table, scope: Scope, matching: list[Rule]) -> Any:
    if len(matching) > 1:
        rows = ", ".join(str(rule.index) for rule in matching)
        return table.violate(scope, matching, f"rules {rows} apply at once, but the hit policy is UNIQUE",
                             f"ردیف‌های {rows} هم‌زمان صدق می‌کنند، ولی جدول یکتا (UNIQUE) است")
    return table.conclude(scope, matching[0])


def _any(table: Table, scope: Scope, matching: list[Rule]) -> Any:
    values = [table.conclude(scope, rule) for rule in matching]
    if any(comparison.equal(value, values[0]) is not True for value in values[1:]):
        rows = ", ".join(str(rule.index) for rule in matching)
        return table.violate(scope, matching, f"rules {rows} differ in their outputs, but the hit policy is ANY",
                             f"خروجی ردیف‌های {rows} با هم نمی‌خواند، ولی سیاست جدول ANY است")
    return values[0]


def _first(table: Table, scope: Scope, matching: list[Rule]) -> Any:
    return table.conclude(scope, matching[0])


def _priority(table: Table, scope: Scope, matching: list[Rule]) -> Any:
    return _by_priority(table, scope, matching)[0]


def _by_priority(table: Table, scope: Scope, matching: list[Rule]) -> list[Any]:
    """Outputs, the highest priority first: by the first output's allowed values, then the second's, and so on."""
    orders = [output.priorities(scope) if output.priorities else [] for output in table.outputs]
    concluded = [table.conclude(scope, rule) for rule in matching]

    def rank(value: Any) -> list[int]:
        parts = [value] if len(table.outputs) == 1 else list(value.values())
        return [next((place for place, allowed in enumerate(order) if comparison.equal(part, allowed)), len(order))
                for part, order in zip(parts, orders, strict=True)]

    return sorted(concluded, key=rank)


def _collect(table: Table, scope: Scope, matching: list[Rule]) -> Any:
    values = [table.conclude(scope, rule) for rule in matching]
    if not table.aggregator:
        return lists.made(scope[RUN], values)
    aggregate = AGGREGATORS[table.aggregator][1]
    try:
        if len(table.outputs) == 1:
            return aggregate(scope[RUN], values)
        return {output.name: aggregate(scope[RUN], [value[output.name] for value in values])
                for output in table.outputs}
    except (ValueError, ArithmeticError) as refusal:
        return scope[RUN].warn(f"table {table.id}: {refusal}")


_DECIDE: Mapping[str, Callable[[Table, Scope, list[Rule]], Any]] = {
    "UNIQUE": _unique, "ANY": _any, "FIRST": _first, "PRIORITY": _priority, "OUTPUT ORDER": _by_priority,
    "RULE ORDER": _collect, "COLLECT": _collect,
}
