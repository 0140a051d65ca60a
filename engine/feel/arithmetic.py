"""`+ - * / **` and negation on every pair of types that has them (DMN 1.5 §10.3.2.11, tables 52 to 56)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import nodes, numerals, timeline, values, wide
from engine.feel.messages import Message, reason
from engine.feel.numerals import CONTEXT
from engine.feel.runs import RUN, Code, Compile, Run, Scope
from engine.feel.values import YearsMonths
from engine.feel.wide import family

SHORT = 8
_DAYS = frozenset({date, datetime})
_POINTS = frozenset({date, datetime, time})
_DURATIONS = frozenset({timedelta, YearsMonths})


class _Undefined(ValueError):
    """The operation has no value for these types."""


def arithmetic(node: nodes.Arithmetic, compile_: Compile) -> Code:
    """`first op operand op operand …`."""
    code = compile_(node.first)
    if len(node.rest) > SHORT:
        return _long(code, [(operator, compile_(operand), operand.at) for operator, operand in node.rest])
    for operator, operand in node.rest:
        code = _binary(operator, code, compile_(operand), operand.at)
    return code


def _long(first: Code, rest: list[tuple[str, Code, int]]) -> Code:
    """A chain too long to nest: closures inside closures would exhaust Python's stack."""
    def operate(scope: Scope) -> Any:
        value = first(scope)
        for operator, operand, at in rest:
            done = value
            value = _binary(operator, lambda _, done=done: done, operand, at)(scope)  # type: ignore[misc]
        return value

    return operate


def _binary(operator: str, left: Code, right: Code, at: int) -> Code:
    exact, general = _OPERATIONS[operator]

    def operate(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        if type(one) is Decimal and type(other) is Decimal:
            try:
                return exact(one, other)
            except decimal.DecimalException as fault:
                if operator == "**" and not other:
                    return numerals.ONE
                return scope[RUN].warn(Message("{one} {operator} {other}: {reason}", one=one, operator=operator,
                                               other=other, reason=reason(fault)), at)
        return _general(scope[RUN], operator, general, one, other, at)

    return operate


def _general(run: Run, operator: str, general: Callable[[Run, Any, Any], Any], one: Any, other: Any, at: int) -> Any:
    try:
        value = general(run, one, other)
    except _Undefined:
        return run.warn(Message("{one} {operator} {other} has no value", one=values.kind(one), operator=operator,
                                other=values.kind(other)), at)
    except (ArithmeticError, ValueError) as fault:
        return run.warn(Message("{name}: {reason}", name=operator, reason=reason(fault)), at)
    if value is None:
        return run.warn(Message("{name}: {reason}", name=operator, reason=Message("the result is out of range")), at)
    return value


def negation(node: nodes.Negation, compile_: Compile) -> Code:
    """`-operand`."""
    operand = compile_(node.operand)

    def negate(scope: Scope) -> Any:
        value = operand(scope)
        if type(value) is Decimal:
            return CONTEXT.minus(value)
        if family(value) in _DURATIONS:
            return _negated(value)
        return scope[RUN].warn(Message("-{kind} has no value", kind=values.kind(value)), node.at)

    return negate


def _add(run: Run, one: Any, other: Any) -> Any:
    if type(one) is str and type(other) is str:
        run.produce(len(one) + len(other))
        return one + other
    first, second = family(one), family(other)
    if first in _DURATIONS and second in _POINTS:
        one, other, first, second = other, one, second, first
    if first is timedelta and second is timedelta:
        return wide.span_of(wide.span_nanos(one) + wide.span_nanos(other))
    if first is YearsMonths and second is YearsMonths:
        return timeline.months_of(one.months + other.months)
    if first in _DAYS and second is YearsMonths:
        return timeline.add_months(one, other.months)
    if first in _POINTS and second is timedelta:
        return timeline.add_span(one, other)
    raise _Undefined


def _subtract(run: Run, one: Any, other: Any) -> Any:
    first, second = family(one), family(other)
    if (first in _DAYS and second in _DAYS) or (first is time and second is time):
        if timeline.is_zoned(one) != timeline.is_zoned(other):
            raise _Undefined
        return wide.span_of(timeline.place(one) - timeline.place(other))
    if second in _DURATIONS:
        return _add(run, one, _negated(other))
    raise _Undefined


def _negated(value: Any) -> Any:
    if type(value) is YearsMonths:
        return YearsMonths(-value.months)
    return wide.span_of(-wide.span_nanos(value))


def _multiply(run: Run, one: Any, other: Any) -> Any:
    del run
    if family(one) in _DURATIONS and type(other) is Decimal:
        return timeline.scale(one, other)
    if type(one) is Decimal and family(other) in _DURATIONS:
        return timeline.scale(other, one)
    raise _Undefined


def _divide(run: Run, one: Any, other: Any) -> Any:
    del run
    kind = family(one)
    if kind in _DURATIONS and family(other) is kind:
        return timeline.ratio(one, other)
    if kind in _DURATIONS and type(other) is Decimal:
        return timeline.divide(one, other)
    raise _Undefined


def _power(*_: Any) -> Any:
    raise _Undefined


_OPERATIONS: dict[str, tuple[Callable[[Decimal, Decimal], Decimal], Callable[[Run, Any, Any], Any]]] = {
    "+": (CONTEXT.add, _add), "-": (CONTEXT.subtract, _subtract), "*": (CONTEXT.multiply, _multiply),
    "/": (CONTEXT.divide, _divide), "**": (CONTEXT.power, _power),
}
