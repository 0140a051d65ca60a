"""Functions defined in FEEL: `function(a: number, b) body` (DMN 1.5 §10.3.2.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.feel import nodes, types
from engine.feel.functions import refuse
from engine.feel.messages import Message
from engine.feel.runs import ITEM, RUN, Code, Compile, Run, Scope


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lambda:
    """A function with the scope it was defined in."""

    name: str
    parameters: tuple[str, ...]
    parameter_types: tuple[types.Type, ...]
    body: Code
    scope: Scope
    result: types.Type = types.ANY

    def call(self, run: Run, arguments: list[Any]) -> Any:
        """Call with positional arguments; null where they are too many, too few or do not fit."""
        if len(arguments) != len(self.parameters):
            return refuse(run, self.name, Message("takes {count} arguments, not {given}", count=len(self.parameters),
                                                  given=len(arguments)))
        inner = self.scope.copy()
        inner[RUN] = run
        for name, type_, argument in zip(self.parameters, self.parameter_types, arguments, strict=True):
            if type_ is not types.ANY:
                run.measure(argument)
            inner[name], fits = types.coerce(argument, type_, run)
            if not fits:
                return refuse(run, self.name, Message("the argument {name!r} is not of its type", name=name))
        run.enter()
        try:
            value = self.body(inner)
        finally:
            run.leave()
        if self.result is not types.ANY:
            run.measure(value)
        value, fits = types.coerce(value, self.result, run)
        return value if fits else refuse(run, self.name, Message("the result is not of its type"))

    def takes(self, arguments: Sequence[types.Type], result: types.Type) -> bool:
        """Whether it may be called with arguments of these types for such a result (DMN 1.5 §10.3.2.9.2)."""
        return len(arguments) == len(self.parameters) and all(
            types.conforms(given, taken) for given, taken in zip(arguments, self.parameter_types, strict=True)
        ) and (self.result == types.ANY or types.conforms(self.result, result))

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        """Call with named arguments, null for those not given; null itself where one has another name."""
        if not arguments.keys() <= set(self.parameters):
            return refuse(run, self.name, Message("takes the arguments {names}", names=", ".join(self.parameters)))
        return self.call(run, [arguments.get(name) for name in self.parameters])


def function(node: nodes.FunctionLiteral, compile_: Compile, resolve: types.Resolver) -> Code:
    """The code that makes the function."""
    parameters = tuple(name for name, _ in node.parameters)
    parameter_types = tuple(resolve(type_) if type_ else types.ANY for _, type_ in node.parameters)
    with compile_.binding(parameters):
        body = compile_(node.body)

    def make(scope: Scope) -> Lambda:
        scope[RUN].produce(ITEM * len(scope))
        return Lambda(name="function", parameters=parameters, parameter_types=parameter_types, body=body,
                      scope=scope.copy())

    return make
