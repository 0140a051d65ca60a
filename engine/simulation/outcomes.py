"""What a dry run came to: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

State = Literal["completed", "waiting", "incident"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something that would move a token, and the event that brings it."""

    element: str
    kind: str
    """`user_task`, `service_task`, `message`, `signal`, `timer` or `condition`."""
    process: str
    name: str = ""
    event: Mapping[str, Any] | None = None
    """The event to append to the events of this run; None for a condition, which variables bring."""
    due_at: datetime | None = None
    correlation: str | None = None
    item: Any = None
    """The input item of a multi-instance activity."""
    attached_to: str | None = None
    """The activity a boundary event belongs to, the process or subprocess an event subprocess listens in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An element that could not be executed, and why."""

    element: str
    kind: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """In documentation mode, what could have happened instead: this event after the first `position` of the script."""

    position: int
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the process and of those it called or sent messages to, after the last event."""

    process: str
    """The process the run is of."""
    state: State
    """`incident` where any element failed; `completed` where everything that was started has ended."""
    trace: Sequence[str]
    """Ids of the elements in the order in which tokens left them."""
    flows: Sequence[str]
    """Ids of the sequence flows in the order in which tokens went along them."""
    waiting: Sequence[str]
    """Ids of the elements where tokens wait; the boundary events beside them are in `waits` alone."""
    waits: Sequence[Wait]
    """Everything that could happen next."""
    variables: Mapping[str, Any]
    """Those of the process, as FEEL values."""
    incidents: Sequence[Incident]
    outcome: str | None
    """`parvaneh:outcome` of its end."""
    script: Sequence[Mapping[str, Any]]
    """What happened, as events: those given and, in documentation mode, the ways taken and the tasks passed by."""
    alternatives: Sequence[Alternative]
    at: datetime
    """What the virtual clock shows."""
