"""FEEL types: `instance of`, and whether and how a value fits a type (DMN 1.5 §10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from engine.feel import nodes, timeline, values, wide
from engine.feel.runs import Run
from engine.feel.values import Range


class Type(Protocol):
    """Anything that tells whether a value belongs to it; null belongs to every type when a value is coerced."""

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether `value`, not null, is of this type; with `run`, also whether its allowed values permit it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """A type without parts; `Any` accepts everything."""

    name: str

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether the kind of `value` is this one."""
        del run
        return self.name == "Any" or values.kind(value) == self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list whose items are null or of one type."""

    item: Type

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether `value` is a list and every item fits."""
        return type(value) is list and all(
            each is None or self.item.accepts(each, run) for each in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeOf:
    """A range whose ends are of one type."""

    item: Type

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether `value` is a range and its ends fit."""
        return type(value) is Range and all(
            end is None or self.item.accepts(end, run) for end in (value.start, value.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextOf:
    """A context with at least these entries, each null or of its type."""

    members: Mapping[str, Type] = field(default_factory=dict)

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether `value` is a context and every member is there and fits."""
        return type(value) is dict and all(
            name in value and (value[name] is None or type_.accepts(value[name], run))
            for name, type_ in self.members.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionOf:
    """A function that takes such arguments and gives such a result (DMN 1.5 §10.3.2.9.2).

    A parameter must accept at least what the type says, a result may be narrower. Results that a function does not
    declare, as no function written in an expression does, are taken on trust.
    """

    parameters: Sequence[Type]
    result: Type

    def accepts(self, value: Any, run: Run | None = None) -> bool:
        """Whether `value` is a function that can take such arguments."""
        del run
        if not isinstance(value, values.Function):
            return False
        takes: Callable[[Sequence[Type], Type], bool] | None = getattr(value, "takes", None)
        return takes is None or takes(self.parameters, self.result)


ANY = Simple(name="Any")
_NULL = Simple(name="null")


def is_bare(type_: Type) -> bool:
    """Whether parts are missing, as in `list`: no type to `instance of`, any list where a list is declared."""
    return isinstance(type_, Simple) and type_.name in _KINDS.values()


def conforms(one: Type, other: Type) -> bool:
    """Whether every value of type `one` is one of type `other` (§10.3.2.9.2); types of a model by name alone."""
    if one in (other, _NULL) or other == ANY:
        return True
    match one, other:
        case (ListOf(), ListOf()):
            return conforms(one.item, other.item)
        case (RangeOf(), RangeOf()):
            return conforms(one.item, other.item)
        case (ContextOf(), ContextOf()):
            return all(name in one.members and conforms(one.members[name], wanted)
                       for name, wanted in other.members.items())
        case (FunctionOf(), FunctionOf()):
            return len(one.parameters) == len(other.parameters) and conforms(one.result, other.result) and all(
                conforms(given, taken) for taken, given in zip(one.parameters, other.parameters, strict=True))
    return is_bare(other) and kind(one) == kind(other)


def kind(type_: Type) -> str:
    """The kind of the values of a type, such as `list` for `list<number>`; empty for a type of a model."""
    if isinstance(type_, Simple):
        return type_.name
    return _KINDS.get(type(type_), "")


_KINDS: dict[type, str] = {ListOf: "list", RangeOf: "range", ContextOf: "context", FunctionOf: "function"}
_SIMPLE = {
    "Any": "Any", "number": "number", "string": "string", "boolean": "boolean", "date": "date", "time": "time",
    "date and time": "date and time", "dateTime": "date and time", "days and time duration": "days and time duration",
    "dayTimeDuration": "days and time duration", "years and months duration": "years and months duration",
    "yearMonthDuration": "years and months duration", "Null": "null", "null": "null", "context": "context",
    "list": "list", "function": "function", "range": "range",
}


def simple(name: str) -> Type | None:
    """The built-in type of that name, in FEEL's or in DMN 1.1's spelling."""
    return Simple(name=_SIMPLE[name]) if name in _SIMPLE else None


Resolver = Callable[[nodes.TypeName], Type]


def resolver(named: Mapping[str, Type], unknown: Callable[[nodes.TypeName], Type]) -> Resolver:
    """From written types to types; `named` are the item definitions in reach, `unknown` decides about the rest."""
    def resolve(written: nodes.TypeName) -> Type:
        name = written.name
        if name in named and not written.arguments:
            return named[name]
        if name == "list" and len(written.arguments) == 1:
            return ListOf(item=resolve(written.arguments[0]))
        if name == "range" and len(written.arguments) == 1:
            return RangeOf(item=resolve(written.arguments[0]))
        if name == "context" and written.members:
            return ContextOf(members=dict(zip(written.members, map(resolve, written.arguments), strict=True)))
        if name == "function" and written.result:
            return FunctionOf(parameters=tuple(map(resolve, written.arguments)), result=resolve(written.result))
        built_in = simple(name) if not written.arguments else None
        return built_in or unknown(written)

    return resolve


def coerce(value: Any, type_: Type, run: Run) -> tuple[Any, bool]:
    """`value` made to fit, and whether it does: as it is, from a list of one, to one, or a date as its midnight UTC
    (DMN 1.5 §10.3.2.9.4)."""
    if value is None or type_.accepts(value, run):
        return value, True
    if wide.family(value) is date:
        moment = timeline.midnight(value)
        if type_.accepts(moment, run):
            return moment, True
    if type(value) is list and len(value) == 1 and (value[0] is None or type_.accepts(value[0], run)):
        return value[0], True
    if type(value) is not list and type_.accepts([value], run):
        return [value], True
    return None, False
