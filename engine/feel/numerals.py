"""FEEL numbers: decimals of 34 digits (IEEE 754-2008 decimal128, DMN 1.5 §10.3.2.3.1)."""

from __future__ import annotations

import decimal
from decimal import Decimal

CONTEXT = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=0,
                          traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])
"""Every operation on numbers goes through this context; it raises decimal.DecimalException instead of making NaN."""

ZERO = Decimal(0)
ONE = Decimal(1)


def parse(text: str) -> Decimal | None:
    """The number that `text` spells in plain or scientific notation, or None."""
    return rounded(text)


def rounded(value: str | int | Decimal) -> Decimal | None:
    """`value` to 34 digits, or None where it is too large, infinite or no number."""
    try:
        number = CONTEXT.create_decimal(value)
    except decimal.DecimalException:
        return None
    return number if number.is_finite() else None


def is_number(value: Decimal) -> bool:
    """Whether `value` has at most 34 digits and an exponent in range, as everything that FEEL computes has."""
    return value.is_finite() and -6177 < value.adjusted() < 6145 and len(value.as_tuple().digits) <= CONTEXT.prec


def integer(value: Decimal) -> int | None:
    """`value` as an int, or None when it has a fraction or more than 34 digits."""
    if value == value.to_integral_value() and value.adjusted() < 34:
        return int(value)
    return None


def text(value: Decimal) -> str:
    """Plain notation without an exponent and without zeros at the end of a fraction: `12300`, `0.5`."""
    if value == 0:
        return "0"
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
