"""FEEL in the place where the library would evaluate Python: no text of a diagram is ever evaluated as Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine

from engine import clock as clocks
from engine import feel
from engine.spiff import data

_NAMES_ONLY = re.compile(r"there is no (?:variable|function) '")
_QUOTED = re.compile(r"(['\"]).*\1", re.DOTALL)


class FeelEnvironment(BasePythonScriptEngineEnvironment):
    """Evaluates FEEL with the functions the engine was given; executes nothing."""

    def __init__(self, functions: feel.Functions | None) -> None:
        super().__init__()
        self.functions = functions
        self.clock: clocks.Clock | None = None
        """What `now()` and `today()` ask."""

    def evaluate(self, expression: str, context: Mapping[str, Any],
                 external_context: Mapping[str, Any] | None = None) -> Any:
        if external_context:
            context = {**context, **external_context}
        return feel.compile(expression, functions=self.functions).evaluate(context, clock=self.clock)

    def execute(self, script: str, context: Mapping[str, Any],
                external_context: Mapping[str, Any] | None = None) -> NoReturn:
        raise NotImplementedError("scripts are FEEL expressions and are evaluated")

    def call_service(self, context: Mapping[str, Any], **kwargs: Any) -> NoReturn:
        raise NotImplementedError("service tasks call registered handlers")


class FeelScriptEngine(PythonScriptEngine):
    """Lets a token's expressions see the variables of the scopes around it."""

    def __init__(self, functions: feel.Functions | None) -> None:
        super().__init__(FeelEnvironment(functions))

    def validate(self, expression: str) -> None:
        self.compiled(expression)

    def compiled(self, expression: str) -> feel.Expression:
        """The expression with the functions the engine was given; cached by its text."""
        return feel.compile(expression, functions=self.environment.functions)

    def reads(self, expression: str) -> tuple[str, ...]:
        """Every variable the expression may read; none of a text that is no FEEL any more, which must stop no load."""
        try:
            return self.compiled(expression).reads
        except feel.FeelError:
            return ()

    def reason(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> str:
        """Why the expression is null, for an incident: FEEL's first warning; empty when it has none.

        Texts that a function quotes are left out: they may be values of variables.
        """
        context = {**data.visible(task), **(external_context or {})}
        warnings = self.compiled(expression).explain(context, clock=self.environment.clock).warnings
        if not warnings:
            return ""
        told = warnings[0].message
        return told if _NAMES_ONLY.match(told) else _QUOTED.sub("…", told)

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        return self.environment.evaluate(expression, data.visible(task), external_context)

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> NoReturn:
        self.environment.execute(script, task.data, external_context)
        raise AssertionError("unreachable")
