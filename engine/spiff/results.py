"""What an execution says to the code around it: frozen values without a live token in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from engine import dmn, feel
from engine.spiff import model

WaitingKind = Literal["user_task", "timer", "message", "signal", "condition", "incident"]
FailureKind = Literal["expression", "handler", "correlation", "budget"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A token that cannot go on by itself. `token_id` stays the same from the wait's first report to its last."""

    token_id: str
    element_id: str
    kind: WaitingKind
    process_key: str
    """The process the element belongs to; differs from the instance's own inside a call activity."""
    definition_id: str | None = None
    """The definition of that process; None means: the one deployed with the instance's own."""
    path: tuple[str, ...] = ()
    """Call activities and subprocesses around the token, outermost first."""
    parent_token: str | None = None
    """For a boundary event: the token of the activity it is attached to."""
    name: str = ""
    name_en: str = ""
    role: str | None = None
    form_key: str | None = None
    duty: str | None = None
    stage: str | None = None
    item: Any = None
    """The input item of a multi-instance activity."""
    arrived_at: datetime
    due_at: datetime | None = None
    """A timer's moment (None until its anchor is known) or a user task's deadline."""
    timer_expression: str | None = None
    """The timer's or the deadline's text, so that the due time can be computed again."""
    anchor_name: str | None = None
    anchored_at: datetime | None = None
    """What the timer counts from: the named anchor's moment, or the token's arrival."""
    message_name: str | None = None
    """Name of the message (or signal) that ends the wait."""
    correlation_key: str | None = None
    subscription_scope: str | None = None
    """Id of the process or subprocess in which a message is subscribed to."""
    failure: Failure | None = None
    """Why the token stands still, when `kind` is `incident`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An element that could not be executed. Its effects are undone and its token waits at it for a retry."""

    token_id: str
    element_id: str
    name: str
    kind: FailureKind
    message: str
    """What failed and why, without values of variables."""
    hint: str = ""


class Decided(NamedTuple):
    """What a decision gave and, when it was not the deployment's own, which version of it decided."""

    result: dmn.Result
    version: int | None = None


class Called(NamedTuple):
    """A definition that a call activity runs: which one, and what it is made of."""

    definition_id: str
    version: int | None
    """Its number among the versions of its process; None where there is only one, in a dry run."""
    key: str
    """The process."""
    specifications: Mapping[str, Any]
    """Those of the process and of all that was deployed with it, by name."""


class Completed(NamedTuple):
    """An element that was left by a token."""

    element_id: str
    name: str
    token_id: str
    at: datetime
    facts: Mapping[str, Any]
    """`flows` taken by a gateway; `decision`, its `version` when it is not the deployment's own, and `matched` rules
    (index, id, annotations) of a business rule task;
    `process` inside a call activity, with `process_version` when it is not the deployment's own; `instances` of a
    multi-instance activity that had none. Plain JSON.
    """


class Thrown(NamedTuple):
    """What an element threw that other instances are to hear of: each catches it in a transaction of its own."""

    kind: Literal["signal", "message"]
    name: str
    variables: Mapping[str, Any]
    """What it carries, as FEEL values."""
    element_id: str
    correlation_key: str | None = None
    """Of a message: whom it is for; None means the instance's business key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one `Execution.run` did since the report before it."""

    completed: Sequence[Completed] = ()
    started: Sequence[Waiting] = ()
    """New waits, in the order in which the tokens arrived. Incidents are in `failures` only."""
    ended_waits: Sequence[str] = ()
    """Tokens that waited (as a user task, event or incident) and no longer do: served, interrupted or retried."""
    failures: Sequence[Failure] = ()
    instance_ended: bool = False
    outcome: str | None = None
    end_element_id: str | None = None
    budget_exceeded: bool = False
    thrown: Sequence[Thrown] = ()
    """In the order in which they were thrown; this instance has caught its own signals already, and no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerCall:
    """What a service task hands to its handler. `variables` and `inputs` are copies: changing them changes nothing."""

    element_id: str
    token_id: str
    variables: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)


class Services(Protocol):
    """What an execution needs from outside, for the time of one trigger."""

    @property
    def functions(self) -> feel.Functions | None:
        """Functions that FEEL expressions may call beyond the standard ones."""
        ...

    def invoke(self, handler: str, call: HandlerCall) -> Mapping[str, Any] | None:
        """Run the registered handler.

        Raises:
            errors.BpmnError: reaches an error boundary event, or becomes an incident.
            errors.HandlerFailed: becomes an incident. Anything else passes through `Execution.run`.
        """
        ...

    def decide(self, decision_id: str, variables: Mapping[str, Any], *, version: model.BoundVersion = "deployment",
               definition_id: str | None = None) -> Decided:
        """Evaluate a decision: the deployment's own, the newest of all, or that version. The deployment is that of the
        definition or, without one, the instance's.

        Raises:
            errors.HandlerFailed: there is none.
        """
        ...

    def call(self, key: str, *, version: model.BoundVersion, definition_id: str | None) -> Called:
        """The process a call activity calls: the one deployed with the definition that calls (None: the instance's),
        the newest of all as it is now, or that version.

        Raises:
            errors.HandlerFailed: there is none.
        """
        ...

    def called(self, definition_id: str) -> Called:
        """The definition that `call` gave before.

        Raises:
            errors.NotFound: there is no such definition.
        """
        ...

    def ending(self, element_id: str, outcome: str | None) -> None:
        """Asked before an end event gives the process its outcome, or ends it without any.

        Raises:
            errors.HandlerFailed: it may not end so; becomes an incident at the end event.
        """
        ...

    def savepoint(self) -> AbstractContextManager[object]:
        """Entered around each element; when an exception leaves it, what the element wrote is undone."""
        ...
