"""Item definitions: the model's own types, with components, collections and allowed values (DMN 1.5 §7.3.2)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from engine import feel
from engine.feel import temporals, types
from engine.feel.runs import RUN, Run

_PARSERS = {
    "date": (temporals.parse_date, (date,)), "time": (temporals.parse_time, (time,)),
    "date and time": (temporals.parse_moment, (datetime,)),
    "days and time duration": (temporals.parse_duration, (timedelta,)),
    "years and months duration": (temporals.parse_duration, (feel.YearsMonths,)),
}


class ItemType:
    """A named type of the model. It is filled after all are known, since definitions may refer to one another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.base: types.Type = types.ANY
        self.allowed: feel.UnaryTests | None = None
        self.is_collection = False

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether `value`, or every item of it for a collection, has the base type and, with `run`, is allowed."""
        if not self.is_collection:
            return self._accepts_one(value, run)
        return type(value) is list and all(item is None or self._accepts_one(item, run) for item in value)

    def _accepts_one(self, value: Any, run: Run | None) -> bool:
        if not self.base.accepts(value, run):
            return False
        if run is None or self.allowed is None:
            return True
        run.step()
        return self.allowed.test({RUN: run}, value) is True


def from_outside(value: Any, type_: types.Type) -> Any:
    """`value` with text made into dates, times and durations where the type wants them, and missing components null.

    JSON has no dates and often leaves out what is null; inside a model nothing is ever converted like this.
    """
    if isinstance(type_, ItemType):
        if type_.is_collection and type(value) is list:
            return [from_outside(item, type_.base) for item in value]
        return from_outside(value, type_.base)
    if isinstance(type_, types.ListOf) and type(value) is list:
        return [from_outside(item, type_.item) for item in value]
    if isinstance(type_, types.ContextOf) and type(value) is dict:
        return {**value, **{name: from_outside(value.get(name), member) for name, member in type_.members.items()}}
    if isinstance(type_, types.Simple) and type(value) is str and type_.name in _PARSERS:
        parse, wanted = _PARSERS[type_.name]
        parsed = parse(value)
        return parsed if isinstance(parsed, wanted) else value
    return value
