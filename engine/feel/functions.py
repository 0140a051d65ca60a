"""Functions that expressions may call: the standard's, and those registered from outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.feel import outside, timeline, types, values
from engine.feel.messages import Message, kinds, reason
from engine.feel.runs import LONG, Run

_PARAMETER = re.compile(r"(?P<name>[\w ]+?)(?P<optional>\?)?(?P<variadic>\.\.\.)?(?:: (?P<types>[\w |]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelFunction:
    """A function from outside: `fn` gets FEEL values in the order of `parameters` and returns one.

    A ValueError, TypeError, ArithmeticError or LookupError of `fn` becomes null with a warning. Missing arguments are
    None. `pure` says that the same arguments always give the same value.
    """

    name: str
    parameters: Sequence[str]
    fn: Callable[..., Any]
    pure: bool = True

    def call(self, run: Run, arguments: list[Any]) -> Any:
        """Call with positional arguments."""
        if len(arguments) > len(self.parameters):
            return refuse(run, self.name, Message("takes {count} arguments, not {given}", count=len(self.parameters),
                                                  given=len(arguments)))
        run.step()
        padded = arguments + [None] * (len(self.parameters) - len(arguments))
        return guarded(run, self.name, lambda: outside.from_python(self.fn(*padded)))

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        """Call with named arguments."""
        unknown = arguments.keys() - set(self.parameters)
        if unknown:
            return refuse(run, self.name, Message("has no parameter {name!r}", name=sorted(unknown)[0]))
        return self.call(run, [arguments.get(name) for name in self.parameters])


def refuse(run: Run, name: str, why: str) -> None:
    """Null, with a warning that names the function."""
    run.warn(Message("{name}: {reason}", name=name, reason=why))


def guarded(run: Run, name: str, thunk: Callable[[], Any]) -> Any:
    """The value of `thunk`, or null with a warning when it refuses its arguments."""
    try:
        return thunk()
    except (ValueError, TypeError, ArithmeticError, LookupError) as refusal:
        return refuse(run, name, reason(refusal))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a built-in function. `types` is None where any value will do."""

    name: str
    types: frozenset[str] | None
    optional: bool
    variadic: bool

    def __str__(self) -> str:
        marks = ("?" if self.optional else "") + ("..." if self.variadic else "")
        few = self.types if self.types and len(self.types) < 4 else ()
        return f"{self.name}{marks}" + (f": {' | '.join(sorted(few))}" if few else "")

    def fit(self, value: Any) -> tuple[Any]:
        """`value`, made to or from a list of one or from a date to its midnight where it must be (DMN 1.5 §10.3.2.9.4).

        Raises: TypeError where it does not fit.
        """
        types = self.types
        if types is None or values.kind(value) in types:
            return (value,)
        if type(value) is list and len(value) == 1 and values.kind(value[0]) in types:
            return (value[0],)
        if "list" in types and value is not None:
            return ([value],)
        if "date and time" in types and values.kind(value) == "date":
            return (timeline.midnight(value),)
        raise TypeError(Message("{name} is {kind}, not {wanted}", name=self.name, kind=values.kind(value),
                                wanted=kinds(sorted(types))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """One signature of a built-in function and the Python function behind it."""

    parameters: tuple[Parameter, ...]
    fn: Callable[..., Any]
    needs_run: bool

    def takes(self, count: int) -> bool:
        """Whether so many positional arguments are possible."""
        parameters = self.parameters
        least = sum(not parameter.optional for parameter in parameters)
        return count >= least and (count <= len(parameters) or bool(parameters and parameters[-1].variadic))

    def bind(self, arguments: Sequence[Any]) -> list[Any]:
        """The arguments, coerced. Raises: TypeError."""
        parameters = self.parameters
        bound = [parameter.fit(value)[0] for parameter, value in zip(parameters, arguments, strict=False)]
        bound.extend(parameters[-1].fit(value)[0] for value in arguments[len(parameters):])
        return bound

    def arrange(self, arguments: Mapping[str, Any], *, partly: bool) -> list[Any] | None:
        """Named arguments in the order of the parameters, or None where the names do not fit.

        With `partly`, arguments that are missing are null (DMN 1.5 §10.3.2.13.5).
        """
        known = {parameter.name for parameter in self.parameters}
        needed = {parameter.name for parameter in self.parameters if not (parameter.optional or partly)}
        if not needed <= arguments.keys() <= known:
            return None
        parameters = list(self.parameters)
        while parameters and parameters[-1].optional and parameters[-1].name not in arguments:
            parameters.pop()
        return [arguments.get(parameter.name) for parameter in parameters]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuiltIn:
    """A function of the standard, with its signatures (DMN 1.5 §10.3.4)."""

    name: str
    overloads: tuple[Overload, ...]
    pure: bool = True

    def call(self, run: Run, arguments: list[Any]) -> Any:
        """Call with positional arguments: the first signature that fits them."""
        run.step()
        fitting = [overload for overload in self.overloads if overload.takes(len(arguments))]
        if not fitting:
            return refuse(run, self.name, Message("takes {signatures}, not {given} arguments",
                                                  signatures=self.signatures(), given=len(arguments)))
        return self._first(run, [(overload, arguments) for overload in fitting])

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        """Call with named arguments; where the names fit several signatures, as `point` and `range` do those of
        `before`, the one with the names in the order written comes first."""
        run.step()
        written = list(arguments)
        ordered = sorted(self.overloads, key=lambda overload: [each.name for each in overload.parameters] != written)
        fitting = [(overload, arranged) for partly in (False, True) for overload in ordered
                   if (arranged := overload.arrange(arguments, partly=partly)) is not None]
        if not fitting:
            return refuse(run, self.name, Message("takes {signatures}, not the arguments {names}",
                                                  signatures=self.signatures(), names=", ".join(sorted(arguments))))
        return self._first(run, fitting)

    def _first(self, run: Run, candidates: list[tuple[Overload, Any]]) -> Any:
        fault: Exception | None = None
        for overload, arguments in candidates:
            try:
                bound = overload.bind(arguments)
            except TypeError as misfit:
                fault = misfit
                continue
            for each in bound:
                if type(each) is str and len(each) > LONG:
                    run.check()
            try:
                value = overload.fn(run, *bound) if overload.needs_run else overload.fn(*bound)
            except (ValueError, ArithmeticError) as refusal:
                return refuse(run, self.name, reason(refusal))
            if type(value) is str:
                run.produce(len(value))
            return value
        if fault and len(candidates) == 1:
            return refuse(run, self.name, reason(fault))
        given = ", ".join(values.kind(argument) for argument in candidates[0][1])
        return refuse(run, self.name, Message("takes {signatures}, not ({given})", signatures=self.signatures(),
                                              given=given))

    def takes(self, arguments: Sequence[types.Type], result: types.Type) -> bool:
        """Whether it may be called with arguments of these types; it declares no result."""
        del result
        return any(overload.takes(len(arguments)) and all(
            parameter.types is None or types.kind(given) in parameter.types
            for parameter, given in zip(overload.parameters, arguments, strict=False)) for overload in self.overloads)

    def signatures(self) -> str:
        """The ways to call the function, for a message."""
        return " / ".join(f"({', '.join(map(str, overload.parameters))})" for overload in self.overloads)


class Library:
    """Collects built-in functions: `@library.function("name(a: number, b?: string, c...: number | string)")`."""

    def __init__(self) -> None:
        self._overloads: dict[str, list[Overload]] = {}
        self._impure: set[str] = set()

    def function(self, signature: str, *, run: bool = False, pure: bool = True) -> Callable[[Any], Any]:
        """Add the decorated function under `signature`; with `run` its first parameter is the evaluation.

        It raises ValueError or ArithmeticError where the standard says null.
        """
        name, _, inside = signature.rstrip(")").partition("(")
        parameters = tuple(_parameter(part) for part in inside.split(", ") if part)

        def register(fn: Any) -> Any:
            self._overloads.setdefault(name, []).append(Overload(parameters=parameters, fn=fn, needs_run=run))
            if not pure:
                self._impure.add(name)
            return fn

        return register

    def functions(self) -> dict[str, BuiltIn]:
        """Everything added so far."""
        return {name: BuiltIn(name=name, overloads=tuple(overloads), pure=name not in self._impure)
                for name, overloads in self._overloads.items()}


def _parameter(text: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if not match:
        raise ValueError(f"not a parameter: {text}")
    types = match["types"]
    return Parameter(name=match["name"], types=frozenset(types.split(" | ")) if types else None,
                     optional=bool(match["optional"]), variadic=bool(match["variadic"]))


class Functions(Mapping[str, values.Function]):
    """The functions an expression may call: the standard's, then `added`, which may replace them. Never changes."""

    def __init__(self, added: Iterable[FeelFunction] = ()) -> None:
        self._all: dict[str, values.Function] = {**_standard(), **{function.name: function for function in added}}

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __getitem__(self, name: str) -> values.Function:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def is_pure(self, name: str) -> bool:
        """Whether the function always gives the same value for the same arguments."""
        return bool(getattr(self._all[name], "pure", True))


def _standard() -> dict[str, BuiltIn]:
    from engine.feel import standard  # its modules import this one

    return standard.functions()
