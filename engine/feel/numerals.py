"""FEEL numbers: decimals of 34 digits (IEEE 754-2008 decimal128, DMN 1.5 §10.3.2.3.1)."""

from __future__ import annotations

import decimal
from decimal import Decimal

DIGITS = 34
MAX_EXPONENT = 6144
CONTEXT = decimal.Context(prec=DIGITS, rounding=decimal.ROUND_HALF_EVEN, Emin=1 - MAX_EXPONENT, Emax=MAX_EXPONENT,
                          capitals=1, clamp=0,
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


def integer(value: Decimal) -> int | None:
    """`value` as an int, or None when it has a fraction or more than 34 digits."""
    if value == value.to_integral_value() and value.adjusted() < DIGITS:
        return int(value)
    return None


def text(value: Decimal) -> str:
    """Plain notation without an exponent and without zeros at the end of a fraction: `12300`, `0.5`."""
    if value == 0:
        return "0"
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
