"""Numeric functions and `not` (DMN 1.5 §10.3.4.2 and §10.3.4.5)."""

from __future__ import annotations

import decimal
import random
from decimal import Decimal
from typing import Any

from engine.feel import numerals, values, wide
from engine.feel.functions import Library
from engine.feel.messages import Refused
from engine.feel.numerals import CONTEXT
from engine.feel.values import YearsMonths

library = Library()
MIN_SCALE, MAX_SCALE = -6111, 6176
"""Digits after the point that a number of 34 digits can be rounded to."""
_ROUNDING = {"floor": decimal.ROUND_FLOOR, "ceiling": decimal.ROUND_CEILING, "round up": decimal.ROUND_UP,
             "round down": decimal.ROUND_DOWN, "round half up": decimal.ROUND_HALF_UP,
             "round half down": decimal.ROUND_HALF_DOWN, "decimal": decimal.ROUND_HALF_EVEN}


@library.function("not(negand)")
def negate(negand: Any) -> bool | None:
    """The opposite truth value; null for anything but a boolean."""
    if negand is not None and type(negand) is not bool:
        raise Refused("the value is {kind}, not boolean", kind=values.kind(negand))
    return None if negand is None else not negand


def _rounded(n: Decimal, scale: Decimal, mode: str) -> Decimal:
    places = numerals.integer(scale)
    if places is None:
        places = int(scale)
    if not MIN_SCALE <= places <= MAX_SCALE:
        raise Refused("scale {places} is out of range", places=scale)
    if -n.as_tuple().exponent <= places:  # type: ignore[operator]  # a finite number's exponent is an int
        return n
    return n.quantize(Decimal((0, (1,), -places)), rounding=_ROUNDING[mode], context=CONTEXT)


@library.function("decimal(n: number, scale: number)")
def decimal_(n: Decimal, scale: Decimal) -> Decimal:
    """`n` to `scale` digits after the point, halves to the even neighbour."""
    return _rounded(n, scale, "decimal")


@library.function("floor(n: number, scale?: number)")
def floor(n: Decimal, scale: Decimal | None = None) -> Decimal:
    """The greatest number of `scale` digits that is not above `n`."""
    return _rounded(n, scale or numerals.ZERO, "floor")


@library.function("ceiling(n: number, scale?: number)")
def ceiling(n: Decimal, scale: Decimal | None = None) -> Decimal:
    """The smallest number of `scale` digits that is not below `n`."""
    return _rounded(n, scale or numerals.ZERO, "ceiling")


@library.function("round up(n: number, scale: number)")
def round_up(n: Decimal, scale: Decimal) -> Decimal:
    """`n` to `scale` digits, away from zero."""
    return _rounded(n, scale, "round up")


@library.function("round down(n: number, scale: number)")
def round_down(n: Decimal, scale: Decimal) -> Decimal:
    """`n` to `scale` digits, towards zero."""
    return _rounded(n, scale, "round down")


@library.function("round half up(n: number, scale: number)")
def round_half_up(n: Decimal, scale: Decimal) -> Decimal:
    """`n` to `scale` digits, halves away from zero."""
    return _rounded(n, scale, "round half up")


@library.function("round half down(n: number, scale: number)")
def round_half_down(n: Decimal, scale: Decimal) -> Decimal:
    """`n` to `scale` digits, halves towards zero."""
    return _rounded(n, scale, "round half down")


@library.function("abs(n: number)")
def absolute(n: Decimal) -> Decimal:
    """`n` without its sign."""
    return CONTEXT.abs(n)


@library.function("abs(n: days and time duration | years and months duration)")
def absolute_duration(n: Any) -> Any:
    """A duration without its sign."""
    return YearsMonths(abs(n.months)) if type(n) is YearsMonths else wide.span_of(abs(wide.span_nanos(n)))


@library.function("modulo(dividend: number, divisor: number)")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """The remainder with the sign of the divisor; null for a divisor of zero."""
    if not divisor:
        raise Refused("the divisor is zero")
    digits = max(dividend.adjusted() - divisor.adjusted(), 0) + 2 * CONTEXT.prec
    exact = decimal.Context(prec=digits, Emin=CONTEXT.Emin, Emax=CONTEXT.Emax)
    rest = exact.remainder(dividend, divisor)
    return CONTEXT.add(rest, divisor if rest and rest.is_signed() != divisor.is_signed() else numerals.ZERO)


@library.function("sqrt(number: number)")
def sqrt(number: Decimal) -> Decimal:
    """The square root; null for a negative number."""
    if number < 0:
        raise Refused("the number is negative")
    return CONTEXT.sqrt(number)


@library.function("log(number: number)")
def log(number: Decimal) -> Decimal:
    """The natural logarithm; null for a number that is not positive."""
    if number <= 0:
        raise Refused("the number is not positive")
    return CONTEXT.ln(number)


@library.function("exp(number: number)")
def exp(number: Decimal) -> Decimal:
    """e to the power of the number."""
    return CONTEXT.exp(number)


@library.function("odd(number: number)")
def odd(number: Decimal) -> bool:
    """Whether a whole number is odd; null for a fraction."""
    return not even(number)


@library.function("even(number: number)")
def even(number: Decimal) -> bool:
    """Whether a whole number is even; null for a fraction."""
    if number != number.to_integral_value():
        raise Refused("{number} is not a whole number", number=numerals.text(number))
    return number.adjusted() > CONTEXT.prec or int(number) % 2 == 0


@library.function("random number()", pure=False)
def random_number() -> Decimal:
    """A number from 0 up to but not including 1. Not for secrets."""
    return CONTEXT.create_decimal_from_float(random.random())  # noqa: S311  # the standard asks for no secret
