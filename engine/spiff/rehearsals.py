"""What a dry run asks of an execution beyond what an installation does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import clock as clocks
from engine import errors
from engine.spiff import activities, data, gateways, parser, runner, specs
from engine.spiff.environment import FeelScriptEngine
from engine.spiff.tokens import PARKED, Instance, Token, settle

_LISTENING = (gateways.BoundarySpec, activities.EventSubprocessSpec, specs.CatchSpec)


def begin(process: parser.Process, element: str, variables: Mapping[str, Any], *, clock: clocks.Clock,
          services: runner.Services) -> runner.Execution:
    """A new instance, standing before this start event, whatever triggers it. Call `run` next.

    Raises:
        errors.Invalid: a variable has no FEEL value.
    """
    instance = Instance(process.specifications[process.key], dict(process.specifications),
                        script_engine=FeelScriptEngine(services.functions))
    execution = runner.Execution(process, instance, clock=clock, services=services)
    instance.data = data.received(variables, process.key)
    instance.open(instance.spec.start_at(instance.spec.scope.nodes[element]))
    return execution


def gathered(execution: runner.Execution) -> list[str]:
    """Ids of the joins where tokens stand until others come on the other flows, in the order of arrival."""
    return [token.task_spec.node.id for token in execution.instance.all_tokens()
            if token.task_spec.gathers and token.state == PARKED]


def listening(execution: runner.Execution) -> list[tuple[str, str]]:
    """(element id, token id) of every event that could happen now, errors included, in the order of arrival."""
    return [(_element(token), token.token_id) for token in execution.instance.all_tokens()
            if token.state == PARKED and isinstance(token.task_spec, _LISTENING)]


def occur(execution: runner.Execution, token_id: str, variables: Mapping[str, Any]) -> None:
    """The event that listens under this token happens, whatever it is. Call `run` next.

    Raises:
        errors.NotFound: nothing listens under this token.
    """
    token = execution._token(token_id)
    if token is None or token_id not in {each for _, each in listening(execution)}:
        raise errors.NotFound(what="event", id=token_id)
    token.task_spec.fire(token, dict(variables))
    settle(token.workflow)


def _element(token: Token) -> str:
    """The event itself: of an event subprocess its start event."""
    spec = token.task_spec
    return str(spec.start.id if isinstance(spec, activities.EventSubprocessSpec) else spec.node.id)
