"""`+ - * / **` and negation on every pair of types that has them (DMN 1.5 §10.3.2.11, tables 52 to 56)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import nodes, temporals, values
from engine.feel.numerals import CONTEXT
from engine.feel.runs import RUN, Code, Compile, Run, Scope
from engine.feel.values import YearsMonths

_DAYS = (date, datetime)
_SPANS = (timedelta, YearsMonths)
SHORT = 8
_MOMENTS = (date, datetime, time)


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
                return scope[RUN].warn(f"{one} {operator} {other}: {type(fault).__name__}", at)
        return _general(scope[RUN], operator, general, one, other, at)

    return operate


def _general(run: Run, operator: str, general: Callable[[Run, Any, Any], Any], one: Any, other: Any, at: int) -> Any:
    try:
        value = general(run, one, other)
    except _Undefined:
        return run.warn(f"{values.kind(one)} {operator} {values.kind(other)} has no value", at)
    except (ArithmeticError, ValueError) as fault:
        return run.warn(f"{operator}: {fault}", at)
    if value is None or (type(value) is YearsMonths and abs(value.months) > temporals.MAX_MONTHS):
        return run.warn(f"{operator}: the result is out of range", at)
    return value


def negation(node: nodes.Negation, compile_: Compile) -> Code:
    """`-operand`."""
    operand = compile_(node.operand)

    def negate(scope: Scope) -> Any:
        value = operand(scope)
        if type(value) is Decimal:
            return CONTEXT.minus(value)
        if type(value) is timedelta:
            return -value
        if type(value) is YearsMonths:
            return YearsMonths(-value.months)
        return scope[RUN].warn(f"-{values.kind(value)} has no value", node.at)

    return negate


def _add(run: Run, one: Any, other: Any) -> Any:
    if type(one) is str and type(other) is str:
        run.produce(len(one) + len(other))
        return one + other
    if type(one) in _SPANS and type(other) in _MOMENTS:
        one, other = other, one
    match one, other:
        case (timedelta(), timedelta()):
            return one + other
        case (YearsMonths(), YearsMonths()):
            return YearsMonths(one.months + other.months)
        case (date(), YearsMonths()):
            return temporals.add_months(one, other.months)
        case (date() | time(), timedelta()):
            return temporals.add_span(one, other)
    raise _Undefined


def _subtract(run: Run, one: Any, other: Any) -> Any:
    match one, other:
        case (date(), date()):
            return _between(one, other)
        case (time(), time()):
            if (one.tzinfo is None) != (other.tzinfo is None):
                raise _Undefined
            return temporals.span(temporals.day_micros(one) - temporals.day_micros(other))
        case (_, timedelta()):
            return _add(run, one, -other)
        case (_, YearsMonths()) if not isinstance(one, time):
            return _add(run, one, YearsMonths(-other.months))
    raise _Undefined


def _between(one: date, other: date) -> timedelta:
    """The time from `other` to `one`; a date counts as its midnight UTC."""
    late, early = (value if isinstance(value, datetime) else temporals.moment(value) for value in (one, other))
    if (late.tzinfo is None) != (early.tzinfo is None):
        raise _Undefined
    if late.tzinfo is None:
        return late - early
    return late.astimezone(temporals.UTC) - early.astimezone(temporals.UTC)


def _multiply(run: Run, one: Any, other: Any) -> Any:
    del run
    if type(one) in _SPANS and type(other) is Decimal:
        return temporals.scale(one, other, CONTEXT)
    if type(one) is Decimal and type(other) in _SPANS:
        return temporals.scale(other, one, CONTEXT)
    raise _Undefined


def _divide(run: Run, one: Any, other: Any) -> Any:
    del run
    match one, other:
        case (timedelta(), timedelta()):
            return CONTEXT.divide(Decimal(temporals.micros(one)), Decimal(temporals.micros(other)))
        case (YearsMonths(), YearsMonths()):
            return CONTEXT.divide(Decimal(one.months), Decimal(other.months))
        case (timedelta(), Decimal()):
            return temporals.span(int(CONTEXT.divide(Decimal(temporals.micros(one)), other).to_integral_value()))
        case (YearsMonths(), Decimal()):
            return YearsMonths(int(CONTEXT.divide(Decimal(one.months), other)))
    raise _Undefined


def _power(*_: Any) -> Any:
    raise _Undefined


_OPERATIONS: dict[str, tuple[Callable[[Decimal, Decimal], Decimal], Callable[[Run, Any, Any], Any]]] = {
    "+": (CONTEXT.add, _add), "-": (CONTEXT.subtract, _subtract), "*": (CONTEXT.multiply, _multiply),
    "/": (CONTEXT.divide, _divide), "**": (CONTEXT.power, _power),
}
