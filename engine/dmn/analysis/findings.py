"""What an analysis found, as values and as problems that a person can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from engine import feel, values
from engine.dmn.analysis.grids import Box
from engine.dmn.analysis.spaces import Space

Kind = Literal["gap", "overlap", "conflict", "unreachable", "redundant", "output", "not_analysed", "unfinished"]
MAX_NAMED = 12
"""So many rules are named in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReference:
    """A rule of the table."""

    index: int
    """Position in the table, from 1."""
    id: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an author should know about a table before it decides anything."""

    kind: Kind
    severity: Literal["error", "warning"]
    decision_id: str
    table_id: str
    line: int | None
    rules: Sequence[RuleReference] = ()
    example: Mapping[str, Any] = field(default_factory=dict)
    """Input label -> a FEEL value. With these values the table really does what the finding says."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """The same example by the text of the input expression."""
    region: Mapping[str, str] = field(default_factory=dict)
    """Input label -> unary tests; all values that pass them all behave like the example. Other inputs are free."""
    what: str
    what_fa: str
    fix: str
    fix_fa: str

    def problem(self, file: str | None = None) -> values.Problem:
        """The finding in a list of problems; it stands at its first rule, or at the table."""
        first = self.rules[0] if self.rules else None
        return values.Problem(where=first.id if first else self.table_id, line=first.line if first else self.line,
                              code=f"table_{self.kind}", file=file, severity=self.severity, what=self.what,
                              what_fa=self.what_fa, fix=self.fix, fix_fa=self.fix_fa)


def finding(space: Space, kind: Kind, severity: Literal["error", "warning"], *, what: tuple[str, str],
            fix: tuple[str, str], rules: Sequence[int] = (), box: Box | None = None) -> Finding:
    """A finding about these rules (numbers from 0), with an example out of the box.

    In the texts `{example}` stands for the example and `{rules}` for the rules, the word "rule" included.
    """
    table, axes = space.table, space.grid.axes
    samples = [axis.sample(places) for axis, places in zip(axes, box, strict=True)] if box else []
    example = {axis.label: sample for axis, sample in zip(axes, samples, strict=False)}
    shown = sorted(set(space.constrained(box))) if box else []
    text = ", ".join(f"{axes[place].label} = {feel.to_string(samples[place])}" for place in shown)
    return Finding(
        kind=kind, severity=severity, decision_id=table.decision_id, table_id=table.id, line=table.line,
        rules=[RuleReference(index=number + 1, id=table.rules[number].id, line=table.rules[number].line)
               for number in rules],
        example=example, inputs={axis.text: sample for axis, sample in zip(axes, samples, strict=False)},
        region={axes[place].label: axes[place].text_of(box[place]) for place in shown} if box else {},
        what=what[0].replace("{example}", text or "any input").replace("{rules}", named(rules)[0]),
        what_fa=what[1].replace("{example}", text or "هر ورودی").replace("{rules}", named(rules)[1]),
        fix=fix[0], fix_fa=fix[1])


def named(rules: Sequence[int]) -> tuple[str, str]:
    """The rules (numbers from 0) in a sentence, in English and Persian."""
    first = [str(number + 1) for number in rules[:MAX_NAMED]] + (["…"] if len(rules) > MAX_NAMED else [])
    if len(first) == 1:
        return f"rule {first[0]}", f"ردیف {first[0]}"
    return f"rules {', '.join(first)}", f"ردیف‌های {'، '.join(first)}"
