"""The composed product: what every use case works with. `workflows.bootstrap` makes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import Engine, Transport
from engine.clock import Clock, OffsetClock
from engine.store.session import Database
from workflows import calendar, holidays, signatures
from workflows.cycle_kinds import CycleKinds
from workflows.documents import Folder
from workflows.inquiry_adapters import Adapter
from workflows.models.rule import DemoClock
from workflows.sms_gateway import Gateway

if TYPE_CHECKING:
    from workflows.decision_letters import Renderer as DecisionRenderer
    from workflows.inquiry_letters import Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator chose for this installation."""

    var: Path
    bpmn: Path
    public_url: str
    demo: bool = False
    sms: str = "file"
    cycle_chunk: int = 50
    """Items of a docket begun in one transaction."""
    cycle_every: timedelta = timedelta(minutes=5)
    """How often it is ensured that every session that is due has its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One installation in one process: database, engine, clock, keys, documents.

    `clock` is the clock of processes and deadlines; in demonstration mode it runs ahead of the machine by an offset
    kept in the database. `machine` is the machine's clock: sessions, codes and rate limits know no other.
    """

    database: Database
    engine: Engine
    clock: Clock
    machine: Clock
    scheduler: Transport
    keys: signatures.Keys
    documents: Folder
    settings: Settings
    working_days: holidays.WorkingDays = field(default_factory=holidays.WorkingDays)
    cycle_kinds: CycleKinds = field(default_factory=CycleKinds)
    letter_renderer: Renderer | None = None
    """Sets the letters of inquiries as PDF; None where the libraries for it are missing."""
    decision_renderer: DecisionRenderer | None = None
    """Sets the letters of refusals as PDF; None where the libraries for it are missing."""
    sms_gateway: Gateway | None = None
    inquiry_adapters: dict[str, Adapter] = field(default_factory=dict)
    """Kind of inquiry -> who asks its register; a kind without one is asked and answered by hand."""

    @property
    def calendar(self) -> calendar.Calendar:
        """The calendar in force: official holidays with the declared exceptions."""
        return self.working_days.calendar

    def refresh_clock(self, session: Session) -> None:
        """Take over what another process changed: the demonstration's offset and the declared holidays."""
        self.working_days.refresh(session)
        if isinstance(self.clock, OffsetClock):
            self.clock.offset = self.clock_offset(session)

    def clock_offset(self, session: Session) -> timedelta:
        """How far the engine's clock is ahead of the machine's; zero outside the demonstration."""
        row = session.get(DemoClock, 1)
        return timedelta(seconds=row.offset_seconds) if row else timedelta(0)

    def advance_clock(self, session: Session, delta: timedelta) -> None:
        """Move the engine's clock forward by `delta`; jobs that fall due run at the scheduler's next tick.

        Raises: ValueError outside the demonstration, or for a step back.
        """
        if not isinstance(self.clock, OffsetClock) or not self.settings.demo:
            raise ValueError("the clock moves in the demonstration only")
        if delta < timedelta(0):
            raise ValueError("a clock does not run backwards")
        row = session.get(DemoClock, 1, with_for_update=True)
        if row is None:
            row = DemoClock(id=1, offset_seconds=0)
            session.add(row)
        row.offset_seconds += int(delta.total_seconds())
        session.flush()
        self.clock.offset = timedelta(seconds=row.offset_seconds)
