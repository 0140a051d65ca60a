"""Values that cross the engine's door: frozen, keyword-only, no live rows.

Times are aware UTC datetimes named `…_at`; ids are 32-digit lower-case hex strings that sort by creation time.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from engine import hints

T = TypeVar("T")

Variables = Mapping[str, Any]
"""Process variables: name -> FEEL value (Decimal, str, bool, None, list, dict, date, time, datetime, durations)."""

InstanceState = Literal["ACTIVE", "SUSPENDED", "COMPLETED", "CANCELLED"]
UserTaskState = Literal["READY", "CLAIMED", "COMPLETED", "CANCELLED"]
JobState = Literal["PENDING", "LEASED", "DONE", "FAILED", "CANCELLED"]
IncidentState = Literal["OPEN", "RESOLVED"]


VARIABLES_MAX_BYTES = 4 * 1024 * 1024
"""What all variables of an instance may weigh, unless the settings say otherwise."""


_last_id = 0
_id_lock = threading.Lock()


def new_id() -> str:
    """A new id: 48 bits of milliseconds, version 7, 74 random bits (RFC 9562 §5.7), as 32 hex digits.

    Ids of one process ascend in the order they were asked for, also within a millisecond and when the clock is set
    back (RFC 9562 §6.2, monotonic random): what is listed by id is listed in the order it happened.
    """
    global _last_id
    random = int.from_bytes(os.urandom(10), "big")
    value = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 61) - 1
    with _id_lock:
        if value <= _last_id:
            value = _last_id + 1 + (random & 0xFFFF_FFFF)
        _last_id = value
    return f"{value:032x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of an input: where it is, what it is, how to mend it, in both languages."""

    where: str
    """Field name, element id or file name."""
    what: str
    what_fa: str = ""
    fix: str = ""
    fix_fa: str = ""
    code: str = "invalid"
    file: str | None = None
    line: int | None = None
    column: int | None = None
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: an account id, or `system`. Written on every history row."""

    id: str
    on_behalf_of: str | None = None
    reason: str | None = None


SYSTEM = Actor(id="system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a keyset-paged list; `next` is an opaque cursor, None on the last page."""

    items: Sequence[T]
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A bundle of diagrams, decisions, forms and rules, deployed together."""

    id: str
    hash: str
    """SHA-256 over the sorted names and contents of the bundle."""
    deployed_at: datetime
    deployed_by: str
    source: str
    """`files` (shipped with the product), `admin` (edited in the browser), `api`."""
    process_definitions: Sequence[ProcessDefinition] = ()
    is_new: bool = True
    """False when this very bundle is in force already and nothing was done."""
    warnings: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessDefinition:
    """One version of a process."""

    id: str
    key: str
    """The BPMN process id."""
    version: int
    name: str
    name_en: str
    deployment_id: str
    resource: str
    """File name inside the deployment."""
    deployed_at: datetime
    deployed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInstance:
    """A process at work on one business key."""

    id: str
    definition_id: str
    definition_key: str
    definition_version: int
    business_key: str
    scope: str
    state: InstanceState
    outcome: str | None
    """`parvaneh:outcome` of the end event that ended the instance, or None."""
    version: int
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTask:
    """Something a person has to do."""

    id: str
    instance_id: str
    definition_id: str
    element_id: str
    name: str
    name_en: str
    role: str
    form_key: str | None
    duty: str | None
    """What the separation of duties tests (`inspection`, `technical_opinion`, `decision`), or None."""
    item: Any
    """The element of a multi-instance collection this task is for, or None."""
    state: UserTaskState
    assignee: str | None
    completed_by: str | None
    scope: str
    business_key: str
    due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    draft: Mapping[str, Any] | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something a worker has to do at a time: a timer, or an effect outside the database."""

    id: str
    kind: str
    """`timer`, or the name of a registered job handler."""
    instance_id: str | None
    token_id: str | None
    element_id: str | None
    payload: Mapping[str, Any]
    due_at: datetime | None
    """None while a timer waits for its anchor."""
    state: JobState
    attempts: int
    max_attempts: int
    lock_owner: str | None
    lock_until: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Rows of one kind that contradict others, or that nothing will ever move again."""

    kind: str
    """Its stable name, such as `job_overdue` or `state_unreadable`."""
    count: int
    examples: Sequence[str]
    """Ids of the rows, a few at most; of instances where the state itself is the matter."""
    detail: str = ""
    """What was found at the first example, without variables or personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits to be done, as a few indexed counts."""

    jobs: Mapping[tuple[str, str], int]
    """(`due`, `leased` or `failed`; kind) -> jobs. One that is to be tried again counts as due."""
    timers: int
    """Jobs whose time has not come, those of suspended instances left out."""
    oldest_due_at: datetime | None
    """Since when the oldest due job waits; None when nothing is due."""
    incidents: Mapping[str, int]
    """Kind -> open incidents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportHealth:
    """What a transport of jobs finds in its own tables."""

    installed: bool
    """Whether its tables are there, in the version it needs."""
    workers: int | None
    """Processes that run jobs and were heard of lately; None when they are not counted."""
    announced: int = 0
    """Jobs a worker will be given."""
    running: int = 0
    """Jobs a worker was given."""
    stalled: int = 0
    """Those of them whose worker was not heard of lately; the next sweep gives them to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A failure inside a process or job that someone has to look at and may retry."""

    id: str
    instance_id: str | None
    job_id: str | None
    element_id: str | None
    element_name: str
    token_id: str | None
    kind: str
    """`expression`, `handler`, `job`, `budget`, `correlation`."""
    message: str
    """What failed and why, without variables or personal data."""
    hint: str
    state: IncidentState
    business_key: str
    scope: str
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None

    @property
    def hint_fa(self) -> str:
        """The hint in Persian."""
        return hints.persian(self.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What incidents have in common; None for what does not matter."""

    kind: str | None = None
    element_id: str | None = None
    definition_key: str | None = None
    message: str | None = None
    """The whole message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """A retry of many incidents: how many there were, and what has become of those retried so far."""

    id: str
    finished: bool
    found: int
    resolved: int
    failed_again: int
    queued: int
    """Incidents of jobs: due again now, run by a worker."""
    skipped: int
    """Their instance is suspended, or has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """One chunk of due times computed again."""

    changed: int
    next: str | None
    """Where the next chunk begins; None when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One row of the trail: who did what, when."""

    id: str
    instance_id: str
    at: datetime
    kind: str
    """`instance_started`, `element_completed`, `user_task_completed`, `incident_raised`, …: docs/glossary.md."""
    element_id: str | None
    element_name: str
    actor: str
    on_behalf_of: str | None
    reason: str | None
    scope: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementEntered:
    """Published inside the transaction when a token begins to wait at, or ends at, an element that carries a stage."""

    instance_id: str
    business_key: str
    scope: str
    element_id: str
    element_name: str
    stage: str
    role: str | None
    due_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineMoved:
    """Published inside the transaction when the due time of a timer or a user task was computed again and changed."""

    instance_id: str
    business_key: str
    element_id: str
    kind: Literal["timer", "user_task"]
    was: datetime | None
    due_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceEnding:
    """Asked inside the transaction before an end event gives a process its outcome, or ends it without any.

    Somebody's command to cancel it asks as well: then there is no element, and `cancelled_by` says whose it is.
    """

    instance_id: str
    business_key: str
    scope: str
    element_id: str | None
    outcome: str | None
    at: datetime
    cancelled_by: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceEndedEvent:
    """Published inside the transaction when a process instance ends."""

    instance_id: str
    business_key: str
    scope: str
    outcome: str | None
    end_element_id: str | None
    actor: Actor
    """Who pulled the trigger; of a cancellation with the reason."""
    cancelled: bool = False
    """True when a person ended it, not the process itself."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where an instance stands on its diagram."""

    active: Mapping[str, int]
    """Element id -> tokens waiting there."""
    completed: Mapping[str, int]
    """Element id -> times completed."""
    incidents: Sequence[str]
    """Element ids with an open incident."""
