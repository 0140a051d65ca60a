"""`value.name`: entries of contexts, and the parts of temporals and ranges (DMN 1.5 §10.3.2.5, table 65)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel import calendars, values, wide
from engine.feel.messages import Message
from engine.feel.numerals import CONTEXT
from engine.feel.runs import ITEM, Run
from engine.feel.values import Range, YearsMonths


def _zone_name(value: Any) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _weekday(value: Any) -> int:
    return calendars.twin(value.year, value.month, value.day).isoweekday()


def _seconds(value: Any) -> int:
    return abs(wide.span_nanos(value)) // wide.SECOND


def _sign(value: Any) -> int:
    return -1 if wide.span_nanos(value) < 0 else 1


def _fraction(nanos: int) -> Decimal:
    """The seconds of the minute, with their fraction."""
    return Decimal(nanos % (60 * wide.SECOND)).scaleb(-9, CONTEXT).normalize(CONTEXT)


def _second(value: Any) -> Decimal:
    return _fraction(abs(wide.span_nanos(value)))


_DATE: Mapping[str, Callable[[Any], Any]] = {
    "year": lambda value: value.year, "month": lambda value: value.month, "day": lambda value: value.day,
    "weekday": _weekday,
}
_TIME: Mapping[str, Callable[[Any], Any]] = {
    "hour": lambda value: value.hour, "minute": lambda value: value.minute,
    "second": lambda value: _fraction(wide.time_nanos(value)),
    "time offset": wide.offset, "timezone": _zone_name,
}
_PARTS: Mapping[type, Mapping[str, Callable[[Any], Any]]] = {
    date: _DATE,
    time: _TIME,
    datetime: {**_DATE, **_TIME},
    timedelta: {
        "days": lambda value: _sign(value) * (_seconds(value) // 86_400),
        "hours": lambda value: _sign(value) * (_seconds(value) // 3600 % 24),
        "minutes": lambda value: _sign(value) * (_seconds(value) // 60 % 60),
        "seconds": lambda value: CONTEXT.multiply(_sign(value), _second(value)),
    },
    YearsMonths: {
        "years": lambda value: (1 if value.months >= 0 else -1) * (abs(value.months) // 12),
        "months": lambda value: (1 if value.months >= 0 else -1) * (abs(value.months) % 12),
    },
    Range: {
        "start": lambda value: value.start, "end": lambda value: value.end,
        "start included": lambda value: value.start_included, "end included": lambda value: value.end_included,
    },
}


def read(run: Run, value: Any, name: str, at: int) -> Any:
    """The member `name` of `value`, of every item for a list; null with a warning where there is none."""
    if type(value) is list:
        run.spend(len(value))
        run.produce(ITEM * len(value))
        return [read(run, item, name, at) for item in value]
    if type(value) is dict and name in value:
        return value[name]
    part = _PARTS.get(wide.family(value), {}).get(name)
    if part is None:
        return run.warn(Message("{kind} has no {name!r}", kind=values.kind(value), name=name), at)
    found = part(value)
    return Decimal(found) if type(found) is int else found
