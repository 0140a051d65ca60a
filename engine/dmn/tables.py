"""Decision tables: which rules match, and what the hit policy makes of them (DMN 1.5 §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn.indexes import Column, bits
from engine.dmn.item_types import shown
from engine.dmn.results import MatchedRule, Violation
from engine.feel import comparison, logic, nodes, types
from engine.feel.runs import RUN, Code, Scope
from engine.feel.standard import lists
from engine.feel.values import Range

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

    label: str
    text: str
    tree: nodes.Node | None
    """The syntax tree of the expression; None where it does not compile."""
    reads: frozenset[str]
    """The variables the expression reads."""
    code: Code
    type: types.Type
    allowed: feel.UnaryTests | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A column of conclusions. `priorities` are its allowed values in the order written, for PRIORITY."""

    name: str
    label: str
    type: types.Type
    allowed: feel.UnaryTests | None
    priorities: feel.Expression | None
    default: feel.Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row: an expression for every output, and the tests, by input, that no index can answer."""

    index: int
    id: str
    line: int | None
    cells: Sequence[feel.UnaryTests | None]
    """What the rule asks of each input; None for `-`."""
    tests: Sequence[tuple[int, logic.Test]]
    outputs: Sequence[feel.Expression | None]
    """What the rule gives for each output; None for nothing."""
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
    line: int | None
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
        trace: Trace = scope[TRACE]
        before = len(trace.violations)
        tested = [self._input(scope, column) for column in self.inputs]
        matching = self._matching(scope, tested) if len(trace.violations) == before else []
        trace.tables.append((self, [rule.matched() for rule in matching[:1 if self.policy == "FIRST" else None]]))
        if len(trace.violations) > before:
            return None
        value = _DECIDE[self.policy](self, scope, matching) if matching else self._without_match(scope)
        return None if len(trace.violations) > before else value

    def _matching(self, scope: Scope, tested: Sequence[Any]) -> list[Rule]:
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
        given = column.code(scope)
        value, fits = types.coerce(given, column.type, scope[RUN])
        if not fits:
            scope[RUN].warn(f"table {self.id}: {shown(given)} is not of the type of the input {column.label!r}")
        elif value is not None and column.allowed and not _allows(column.allowed, scope, value):
            self._forbid(scope, value, column.allowed, f"the input {column.label!r}", f"ورودی «{column.label}»", ())
        return value

    def _forbid(self, scope: Scope, value: Any, allowed: feel.UnaryTests, what: str, what_fa: str,
                rules: Sequence[Rule]) -> None:
        text = shown(value)
        self.violate(scope, rules, f"{text} is not among the allowed values of {what}: {allowed.text}",
                     f"{text} از مقدارهای مجاز {what_fa} نیست: {allowed.text}")

    def conclude(self, scope: Scope, rule: Rule) -> Any:
        """The output of one rule: a value, or a context of values by output name. Raises: FeelBudgetExceeded."""
        scope[RUN].check()  # the allowed values of an output may be many, and so may the rules
        return self._together([self._output(scope, output, expression, [rule])
                               for output, expression in zip(self.outputs, rule.outputs, strict=True)])

    def _output(self, scope: Scope, output: Output, expression: feel.Expression | None, rules: Sequence[Rule]) -> Any:
        given = expression.code(scope) if expression else None
        value, fits = types.coerce(given, output.type, scope[RUN])
        if not fits:
            scope[RUN].warn(f"table {self.id}: {shown(given)} is not of the type of the output {output.label!r}")
        elif value is not None and output.allowed and not _allows(output.allowed, scope, value):
            self._forbid(scope, value, output.allowed, f"the output {output.label!r}", f"خروجی «{output.label}»", rules)
        return value

    def _together(self, values: Sequence[Any]) -> Any:
        if len(values) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def _without_match(self, scope: Scope) -> Any:
        if any(output.default for output in self.outputs):
            return self._together([self._output(scope, output, output.default, ()) for output in self.outputs])
        if self.aggregator == "COUNT":
            return feel.from_python(0)
        if self.policy in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"} and not self.aggregator:
            return []
        return None

    def violate(self, scope: Scope, rules: Sequence[Rule], what: str, what_fa: str) -> None:
        """Record that these rules contradict the table's own declarations; the value is null."""
        scope[TRACE].violations.append(Violation(decision_id=self.decision_id, table_id=self.id, what=what,
                                                 rules=[rule.index for rule in rules], what_fa=what_fa))


def _allows(allowed: feel.UnaryTests, scope: Scope, value: Any) -> bool:
    """Whether the value, or every item of a list, is among the allowed ones."""
    if allowed.test(scope, value) is True:
        return True
    return type(value) is list and all(item is None or allowed.test(scope, item) is True for item in value)


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
    orders = [output.priorities.code(scope) if output.priorities else [] for output in table.outputs]
    concluded = [table.conclude(scope, rule) for rule in matching]

    def rank(value: Any) -> list[int]:
        scope[RUN].check()
        parts = [value] if len(table.outputs) == 1 else list(value.values())
        return [place_of(part, order) for part, order in zip(parts, orders, strict=True)]

    return sorted(concluded, key=rank)


def place_of(value: Any, order: Sequence[Any]) -> int:
    """The place of `value` among output values, which may be ranges; after all of them where it is none of these."""
    return next((place for place, allowed in enumerate(order) if comparison.equal(value, allowed) is True
                 or (type(allowed) is Range and comparison.contains(allowed, value) is True)), len(order))


def _collect(table: Table, scope: Scope, matching: list[Rule]) -> Any:
    values = [table.conclude(scope, rule) for rule in matching]
    if not table.aggregator:
        return lists.made(scope[RUN], values)
    try:
        return AGGREGATORS[table.aggregator][1](scope[RUN], values)
    except (ValueError, ArithmeticError) as refusal:
        return scope[RUN].warn(f"table {table.id}: {refusal}")


_DECIDE: Mapping[str, Callable[[Table, Scope, list[Rule]], Any]] = {
    "UNIQUE": _unique, "ANY": _any, "FIRST": _first, "PRIORITY": _priority, "OUTPUT ORDER": _by_priority,
    "RULE ORDER": _collect, "COLLECT": _collect,
}
