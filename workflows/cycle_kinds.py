"""How periodic work plugs in: a `CycleKind` says when a session is due, where, of what, and what decides an item."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from engine import errors
from engine.values import Variables
from workflows import calendar

OPENING_HOUR = 8
"""When a session opens, in Tehran's time (our default, not law)."""

CycleState = Literal["DUE", "FINDING", "REVIEWING", "CLOSED", "SKIPPED"]


class Month(NamedTuple):
    """A month of the Jalali calendar."""

    year: int
    month: int

    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When the regular session of a month opens, and the last moment at which a subject may have become ready; UTC."""

    fires_at: datetime
    cutoff_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One session: a kind, a scope, a Jalali month, and 0 for the regular one or 1, 2, … for extraordinary ones."""

    id: str
    kind: str
    scope: str
    year: int
    month: int
    sequence: int
    state: CycleState
    fires_at: datetime
    cutoff_at: datetime
    opened_at: datetime | None
    """When its docket began to be drawn up."""
    found_at: datetime | None
    """When its docket was complete."""
    closed_at: datetime | None
    """When its last item was decided, or it was skipped."""
    found: int
    """Items on the docket so far; the total once `found_at` is set."""
    instructed_by: str | None
    """Who convened or skipped it, when a person or a process did."""
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A subject for the docket."""

    subject: str
    """Its id: the business key of the instance that decides it."""
    cursor: str
    """Where the search goes on after it."""
    scope: str
    """The county its user tasks belong to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """On which working day of a Jalali month a session opens, and at which hour in Tehran (our defaults, not law)."""

    working_day: int = 1
    hour: int = OPENING_HOUR

    def moments(self, working_days: calendar.Calendar, month: Month) -> Moments:
        """When the month's session opens; the cut-off is the end of the day before it.

        A month with fewer working days has its session on the last of them.
        """
        following = month.next()
        ends = calendar.from_jalali(following.year, following.month, 1)
        day = working_days.next_working_day(calendar.from_jalali(month.year, month.month, 1))
        for _ in range(self.working_day - 1):
            later = working_days.next_working_day(day + timedelta(days=1))
            if later >= ends:
                break
            day = later
        midnight = datetime.combine(day, time(), calendar.TEHRAN).astimezone(UTC)
        return Moments(fires_at=datetime.combine(day, time(self.hour), calendar.TEHRAN).astimezone(UTC),
                       cutoff_at=midnight - timedelta(microseconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleKind:
    """A kind of periodic work. Exactly one of `process_key` and `message` says how an item begins.

    With `process_key` an instance of that process starts for each item; with `message` that message goes to the
    instance that waits for it under the subject's id, or starts one. Either receives the variables `docket_item` and
    `cycle` (ids) besides those of the kind. The item is decided by the service task `cycles.decide`, or by the end of
    its instance.
    """

    name: str
    since: Month
    """The first month that has a session. What was due since then and has no row is made up for."""
    scopes: Callable[[Session, Month], Collection[str]]
    """Who holds a session in a month."""
    find: Callable[[Session, Cycle, str | None, int], Sequence[Found]]
    """The next subjects after a cursor (None: from the beginning), in the cursors' order, at most so many.

    Fewer than asked for means that there are no more. Only what was ready at `cycle.cutoff_at` may be found; a subject
    that is on an open docket of this kind already is left out by itself.
    """
    variables: Callable[[Session, Cycle, Sequence[str]], Mapping[str, Variables]]
    """What the instances of these subjects start with, for those that are ready still; read when they start.

    A subject that is left out leaves the docket. It has to be left out when it was withdrawn, or decided in another
    session: a search sees a subject whose decision is not committed yet, and only here, where its item holds its place,
    can nobody else decide it.
    """
    process_key: str | None = None
    message: str | None = None
    schedule: Callable[[Session, Month], Schedule] = lambda _session, _month: Schedule()
    """When the session of a month opens; it may rest on rules, but is the same whenever it is asked for."""
    session_process: str | None = None
    """The process that carries a session as a whole: it starts when the docket begins to be drawn up, with the variable
    `cycle`, and hears `docket_frozen` with `found` and the session's facts when the docket is complete.
    """
    session_facts: Callable[[Session], Variables] = lambda _session: {}

    def __post_init__(self) -> None:
        if (self.process_key is None) == (self.message is None):
            raise ValueError(f"the cycle kind {self.name!r} needs a process key or a message, and not both")


class CycleKinds:
    """The registry of an installation."""

    def __init__(self) -> None:
        self._kinds: dict[str, CycleKind] = {}

    def add(self, kind: CycleKind) -> None:
        """Register a kind. Raises: ValueError when its name is taken."""
        if kind.name in self._kinds:
            raise ValueError(f"the cycle kind {kind.name!r} is registered already")
        self._kinds[kind.name] = kind

    def __getitem__(self, name: str) -> CycleKind:
        """The kind of this name. Raises: errors.NotFound."""
        if name not in self._kinds:
            raise errors.NotFound(what="cycle kind", id=name)
        return self._kinds[name]

    def __iter__(self) -> Iterator[CycleKind]:
        return iter(self._kinds.values())


def month_of(moment: datetime) -> Month:
    """The Jalali month of an aware moment, in Tehran."""
    return Month(*calendar.to_jalali(calendar.today(moment))[:2])
