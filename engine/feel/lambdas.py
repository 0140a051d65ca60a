"""Functions defined in FEEL: `function(a: number, b) body` (DMN 1.5 §10.3.2.13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel import nodes, types
from engine.feel.functions import refuse
from engine.feel.runs import RUN, Code, Compile, Run, Scope


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
            return refuse(run, self.name, f"takes {len(self.parameters)} arguments, not {len(arguments)}")
        inner = self.scope.copy()
        inner[RUN] = run
        for name, type_, argument in zip(self.parameters, self.parameter_types, arguments, strict=True):
            if type_ is not types.ANY:
                run.measure(argument)
            inner[name], fits = types.coerce(argument, type_, run)
            if not fits:
                return refuse(run, self.name, f"the argument {name!r} is not of its type")
        run.enter()
        try:
            value = self.body(inner)
        finally:
            run.leave()
        value, fits = types.coerce(value, self.result, run)
        return value if fits else refuse(run, self.name, "the result is not of its type")

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        """Call with named arguments; null unless they are exactly the parameters."""
        if arguments.keys() != set(self.parameters):
            return refuse(run, self.name, f"takes {', '.join(self.parameters)}")
        return self.call(run, [arguments[name] for name in self.parameters])


def function(node: nodes.FunctionLiteral, compile_: Compile, resolve: types.Resolver) -> Code:
    """The code that makes the function."""
    parameters = tuple(name for name, _ in node.parameters)
    parameter_types = tuple(resolve(type_) if type_ else types.ANY for _, type_ in node.parameters)
    with compile_.binding(parameters):
        body = compile_(node.body)
    return lambda scope: Lambda(name="function", parameters=parameters, parameter_types=parameter_types, body=body,
                                scope=scope.copy())
