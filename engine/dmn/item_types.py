"""Item definitions: the model's own types, with components, collections and allowed values (DMN 1.5 §7.3.2)."""

from __future__ import annotations

from typing import Any

from engine import feel
from engine.feel import temporals, types, values
from engine.feel.runs import RUN, Run

MAX_SHOWN = 200
"""Characters of a value in a message."""
_PARSERS = {
    "date": temporals.parse_date, "time": temporals.parse_time, "date and time": temporals.parse_moment,
    "days and time duration": temporals.parse_duration, "years and months duration": temporals.parse_duration,
}


class ItemType:
    """A named type of the model. It is filled after all are known, since definitions may refer to one another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.base: types.Type = types.ANY
        self.allowed: feel.UnaryTests | None = None
        """What a value, or each item of a collection, must pass (`allowedValues`)."""
        self.constraint: feel.UnaryTests | None = None
        """What the whole value, a collection as one list, must pass (`typeConstraint`, DMN 1.5)."""
        self.is_collection = False

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether `value`, or every item of it for a collection, has the base type and, with `run`, is allowed."""
        if not self.is_collection:
            return self.accepts_one(value, run) and _passes(self.constraint, value, run)
        return type(value) is list and all(item is None or self.accepts_one(item, run) for item in value) and (
            _passes(self.constraint, value, run))

    def accepts_one(self, value: Any, run: Run | None) -> bool:
        """The same for one item."""
        return self.base.accepts(value, run) and _passes(self.allowed, value, run)

    def rules(self) -> list[feel.UnaryTests]:
        """The tests that restrict the values of the base type."""
        return [tests for tests in (self.allowed, self.constraint) if tests]


def _passes(tests: feel.UnaryTests | None, value: Any, run: Run | None) -> bool:
    if run is None or tests is None:
        return True
    run.step()
    return tests.test({RUN: run}, value) is True


def reason(value: Any, type_: types.Type, run: Run, path: str = "") -> tuple[str, str]:
    """Why `value` does not fit the type, in English and Persian: the first part of it that is to blame."""
    if isinstance(type_, ItemType):
        for item in value if type_.is_collection and type(value) is list else [value]:
            if item is not None and not type_.base.accepts(item, run):
                base = type_.base
                deeper = isinstance(base, ItemType) or (isinstance(base, types.ContextOf) and type(item) is dict)
                return reason(item, base, run, path) if deeper else _mistyped(item, type_.name, path)
            if item is not None and not _passes(type_.allowed, item, run) and type_.allowed:
                return _forbidden(item, type_.name, type_.allowed, path)
        if type_.constraint and not _passes(type_.constraint, value, run):
            return _forbidden(value, type_.name, type_.constraint, path)
    if isinstance(type_, types.ContextOf) and type(value) is dict:
        for name, member in type_.members.items():
            if name not in value:
                where = f"{path}: " if path else ""
                return f"{where}{name!r} is missing", f"{where}«{name}» نیست"
            if value[name] is not None and not member.accepts(value[name], run):
                return reason(value[name], member, run, f"{path}.{name}" if path else name)
    return _mistyped(value, getattr(type_, "name", ""), path)


def _mistyped(value: Any, name: str, path: str) -> tuple[str, str]:
    where = f"{path}: " if path else ""
    return (f"{where}{shown(value)} is not of the type{f' {name!r}' if name else ''}",
            f"{where}{shown(value)} از نوع{f' «{name}»' if name else ' خواسته‌شده'} نیست")


def _forbidden(value: Any, name: str, tests: feel.UnaryTests, path: str) -> tuple[str, str]:
    where = f"{path}: " if path else ""
    return (f"{where}{shown(value)} is not among the allowed values of {name!r}: {tests.text}",
            f"{where}{shown(value)} از مقدارهای مجاز «{name}» نیست: {tests.text}")


def shown(value: Any) -> str:
    """A value in a message: FEEL text, cut where it is long; of a list or context what it is."""
    if type(value) in values.CONTAINERS:
        return f"{values.kind(value)} ({len(value)})"
    text = feel.to_string(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


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
        parsed = _PARSERS[type_.name](value)
        return parsed if feel.kind(parsed) == type_.name else value
    return value
