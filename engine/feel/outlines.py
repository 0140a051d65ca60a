"""Unary tests that hold nothing but constants, as sets of values and ranges: what tables are indexed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import nodes
from engine.feel.values import Range
from engine.feel.wide import family

DISCRETE = frozenset({Decimal, str, bool})
CONTINUOUS = frozenset({Decimal, str, date, timedelta})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Exactly the values that pass: those listed, and those in a range. Ends that are None are open."""

    values: tuple[Any, ...]
    ranges: tuple[Range, ...]


def outline(tests: nodes.Tests) -> Outline | None:
    """The outline of the tests, or None when they read variables, are negated, or hold something else."""
    if tests.negated or not tests.tests:
        return None
    members = [_member(test) for test in tests.tests]
    if any(member is None for member in members):
        return None
    return Outline(values=tuple(member for member in members if type(member) is not Range),
                   ranges=tuple(member for member in members if type(member) is Range))


def _member(node: nodes.Node) -> Any:
    """One value or range; None where there is no such thing."""
    match node:
        case nodes.Literal(value=value) if type(value) in DISCRETE:
            return value
        case nodes.OperatorTest(operator="=", operand=nodes.Literal(value=value)) if type(value) in DISCRETE:
            return value
        case nodes.OperatorTest(operator=operator, operand=nodes.Literal(value=value)) if family(value) in CONTINUOUS:
            return _half_open(operator, value)
        case nodes.RangeLiteral(start=nodes.Literal(value=low), end=nodes.Literal(value=high)) if (
                family(low) in CONTINUOUS and family(low) is family(high)):
            return Range(start=low, end=high, start_included=node.start_included, end_included=node.end_included)
    return None


def _half_open(operator: str, value: Any) -> Range | None:
    if operator in {"<", "<="}:
        return Range(start=None, end=value, start_included=False, end_included=operator == "<=")
    if operator in {">", ">="}:
        return Range(start=value, end=None, start_included=operator == ">=", end_included=False)
    return None
