"""FEEL values as Python values (DMN 1.5 §10.3.2).

| FEEL | Python |
|---|---|
| number | `Decimal` (34 digits) |
| string, boolean, null | `str`, `bool`, `None` |
| list, context | `list`, `dict` with string keys |
| date, time, date and time | `datetime.date`, `time`, `datetime`; aware when a zone or offset is given |
| days and time duration | `timedelta` |
| years and months duration | `YearsMonths` |
| range | `Range` |
| function | `Function` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration, in months; negative ones run backwards."""

    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A range of comparable values; an end that is None is open-ended (`(< 10)` has no start)."""

    start: Any
    end: Any
    start_included: bool
    end_included: bool
    operator: str | None = None
    """The operator of a range written as one, such as `(< 10)`; `(!= 10)` and `(= 10)` hold 10 at both ends."""


@runtime_checkable
class Function(Protocol):
    """A FEEL function as a value: built in, registered from outside, or defined in an expression."""

    @property
    def name(self) -> str:
        """How the function is called in messages."""
        ...

    def call(self, run: Any, arguments: list[Any]) -> Any:
        """Call with positional arguments."""
        ...

    def call_named(self, run: Any, arguments: Mapping[str, Any]) -> Any:
        """Call with named arguments."""
        ...


_KINDS: dict[type, str] = {
    Decimal: "number", str: "string", bool: "boolean", type(None): "null", list: "list", dict: "context", date: "date",
    time: "time", datetime: "date and time", timedelta: "days and time duration",
    YearsMonths: "years and months duration", Range: "range",
}
CONTAINERS = frozenset({list, dict})
SCALARS = frozenset(_KINDS) - CONTAINERS


def kind(value: Any) -> str:
    """The name of the value's FEEL type, such as `number` or `date and time`."""
    found = _KINDS.get(type(value))
    return found or ("function" if isinstance(value, Function) else type(value).__name__)


def from_python(value: Any) -> Any:
    """`value` with numbers as Decimal, tuples as lists and mappings as dicts, all the way down.

    Raises: TypeError for a value that has no FEEL type.
    """
    if type(value) in SCALARS:
        return value
    if isinstance(value, Mapping):
        return {str(key): from_python(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [from_python(item) for item in value]
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Function):
        return value
    raise TypeError(f"{type(value).__name__} is not a FEEL value")
