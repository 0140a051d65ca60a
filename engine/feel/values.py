"""FEEL values as Python values (DMN 1.5 §10.3.2).

| FEEL | Python |
|---|---|
| number | `Decimal` (34 digits) |
| string, boolean, null | `str`, `bool`, `None` |
| list, context | `list`, `dict` with string keys |
| date | `datetime.date`; `WideDate` before year 1 and after year 9999 |
| time | `datetime.time`; `WideTime` where its fraction of a second is finer than a microsecond |
| date and time | `datetime.datetime`; `WideMoment` for the years and the fractions that a datetime cannot hold |
| days and time duration | `timedelta`; `WideSpan` where it is finer than a microsecond or longer than 10^9 days |
| years and months duration | `YearsMonths` |
| range | `Range` |
| function | `Function` |

Python's types are the values wherever they hold them exactly, so whoever handles everyday dates meets no other; the
wide types (`engine.feel.wide`) refuse what Python's can hold, so no value has two forms and each hashes as itself.
FEEL's comparisons, arithmetic, properties, functions, `instance of` and texts treat both kinds alike. Years run from
-999,999,999 to 999,999,999, fractions of a second go to the nanosecond, durations to 10^18 seconds or months.
A time or date and time is aware when a zone or offset is given: `datetime.timezone` for an offset, `ZoneInfo` for a
named zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from engine.feel.wide import WideDate, WideMoment, WideSpan, WideTime


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
    YearsMonths: "years and months duration", Range: "range", WideDate: "date", WideTime: "time",
    WideMoment: "date and time", WideSpan: "days and time duration",
}
MAX_NESTING = 100
"""Lists and contexts inside one another: whatever writes or compares a value recurses."""
CONTAINERS = frozenset({list, dict})
SCALARS = frozenset(_KINDS) - CONTAINERS


def kind(value: Any) -> str:
    """The name of the value's FEEL type, such as `number` or `date and time`."""
    found = _KINDS.get(type(value))
    return found or ("function" if isinstance(value, Function) else type(value).__name__)
