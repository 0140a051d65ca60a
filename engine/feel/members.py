"""`value.name`: entries of contexts, and the parts of temporals and ranges (DMN 1.5 §10.3.2.5, table 65)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel import temporals, values
from engine.feel.runs import ITEM, Run
from engine.feel.values import Range, YearsMonths


def _zone_name(value: time | datetime) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _offset(value: time | datetime) -> timedelta | None:
    return value.utcoffset() if isinstance(value, datetime) else temporals.zone_offset(value)


def _seconds(value: timedelta) -> int:
    return abs(temporals.micros(value)) // 1_000_000


def _sign(value: timedelta) -> int:
    return -1 if value < timedelta(0) else 1


_DATE: Mapping[str, Callable[[Any], Any]] = {
    "year": lambda value: value.year, "month": lambda value: value.month, "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
}
_TIME: Mapping[str, Callable[[Any], Any]] = {
    "hour": lambda value: value.hour, "minute": lambda value: value.minute,
    "second": lambda value: value.second,
    "time offset": _offset, "timezone": _zone_name,
}
_PARTS: Mapping[type, Mapping[str, Callable[[Any], Any]]] = {
    date: {**_DATE, "hour": lambda _: 0, "minute": lambda _: 0, "second": lambda _: 0,
           "time offset": lambda _: timedelta(0)},
    time: _TIME,
    datetime: {**_DATE, **_TIME},
    timedelta: {
        "days": lambda value: _sign(value) * (_seconds(value) // 86_400),
        "hours": lambda value: _sign(value) * (_seconds(value) // 3600 % 24),
        "minutes": lambda value: _sign(value) * (_seconds(value) // 60 % 60),
        "seconds": lambda value: _sign(value) * (Decimal(abs(temporals.micros(value)) % 60_000_000).scaleb(-6)),
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
    part = _PARTS.get(type(value), {}).get(name)
    if part is None:
        return run.warn(f"{values.kind(value)} has no {name!r}", at)
    found = part(value)
    return Decimal(found) if type(found) is int else found
