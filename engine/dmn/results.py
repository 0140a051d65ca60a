"""What a decision gives: its value, the rules that matched, and the trail of decisions behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRule:
    """A rule of a decision table that applied."""

    index: int
    """Position in the table, from 1."""
    id: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Annotation column -> text; a column without a name is `annotation_1`, `annotation_2`, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something that the model itself forbids: there is no value, and a person must mend the table or the input.

    Rules that contradict their hit policy, a value that is not among those an input, an output or a type allows.
    """

    decision_id: str
    """The decision, or the input data."""
    table_id: str
    """Empty when no table is concerned."""
    rules: Sequence[int]
    """Positions of the rules that contradict one another, or that gave the value."""
    what: str
    what_fa: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision on the way, in the order of evaluation."""

    decision_id: str
    name: str
    value: Any
    hit_policy: str | None
    """Of the decision's own table, such as `UNIQUE` or `C+`; None for other logic."""
    matched: Sequence[MatchedRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The value of one decision and how it came about."""

    value: Any
    matched: Sequence[MatchedRule]
    """The rules of the decision asked for; those of required decisions are in the trail."""
    trail: Sequence[Step]
    violations: Sequence[Violation] = ()
    """Not empty when something on the way broke the model's own rules; its value was null then."""
    warnings: Sequence[str] = ()
    """Why parts became null."""
