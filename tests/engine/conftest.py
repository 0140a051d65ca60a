"""An office at work: an engine on each store, each action in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine import Engine, EngineSettings, Handlers, Transport, feel, scheduler, values, workers
from engine.clock import ManualClock
from engine.store.session import Database
from tests.engine import models

BOTH_TRANSPORTS = pytest.mark.parametrize("office", ["warm", "cold", "workers"], indirect=True)
CLERK = values.Actor(id="clerk-1")
OTHER = values.Actor(id="clerk-2")


@dataclass
class Office:
    """Drives the engine as edges do: one transaction for one trigger."""

    database: Database
    engine: Engine
    clock: ManualClock
    scheduler: Transport
    calls: list[Any]
    faults: list[BaseException] = field(default_factory=list)
    """What the handler `work` raises, one a call, before it succeeds."""
    days: dict[str, int] = field(default_factory=lambda: {"free": 0})

    def deploy(self, *processes: bytes, **more: bytes) -> values.Deployment:
        with self.database.begin() as session:
            return self.engine.deploy(session, resources=models.bundle(*processes, **more), actor=CLERK)

    def start(self, key: str, variables: Mapping[str, Any] | None = None, *, business_key: str = "1",
              scope: str = "urmia") -> values.ProcessInstance:
        with self.database.begin() as session:
            return self.engine.start(session, key=key, variables=variables or {}, business_key=business_key,
                                     scope=scope, actor=CLERK)

    def tasks(self, **filters: Any) -> dict[str, values.UserTask]:
        with self.database.read() as session:
            return {task.element_id: task for task in self.engine.user_tasks(session, **filters).items}

    def complete(self, element: str, *, by: values.Actor = CLERK, **variables: Any) -> values.UserTask:
        with self.database.begin() as session:
            [task] = [task for task in self.engine.user_tasks(session).items if task.element_id == element]
            return self.engine.complete(session, task.id, variables=variables, actor=by)

    def publish(self, name: str, key: str, **variables: Any) -> list[str]:
        with self.database.begin() as session:
            return self.engine.publish(session, name=name, correlation_key=key, variables=variables, actor=CLERK)

    def advance(self, **delta: int) -> int:
        self.clock.advance(timedelta(**delta))
        return self.scheduler.tick()

    def call(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Any method of the engine, in a write transaction of its own."""
        with self.database.begin() as session:
            return getattr(self.engine, method)(session, *arguments, **named)

    def read(self, method: str, *arguments: Any, **named: Any) -> Any:
        with self.database.read() as session:
            return getattr(self.engine, method)(session, *arguments, **named)

    def kinds(self, instance: values.ProcessInstance) -> list[tuple[str, str | None]]:
        return [(entry.kind, entry.element_id) for entry in self.read("history", instance.id).items]

    def waiting(self) -> set[str]:
        return set(self.tasks())

    def timers(self) -> dict[str, datetime | None]:
        return {job.element_id: job.due_at for job in self.read("jobs", kind="timer", state="PENDING").items}

    def work(self, call: Any) -> dict[str, Any]:
        self.calls.append((call.element_id, dict(call.inputs)))
        if self.faults:
            raise self.faults.pop(0)
        return {"worked": True}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Procrastinate needs PostgreSQL: those tests do not exist on SQLite."""
    items[:] = [item for item in items if not (
        isinstance(item, pytest.Function) and hasattr(item, "callspec")
        and item.callspec.params.get("office") == "workers" and item.callspec.params.get("database_url") == "sqlite")]


def make_office(database: Database, clock: ManualClock, *, transport: str = "embedded", **settings: Any) -> Office:
    handlers = Handlers()
    office: Office
    days = {"free": 0}

    def add_days(moment: datetime, count: Decimal) -> datetime:
        return moment + timedelta(days=int(count) + days["free"])

    functions = feel.Functions([feel.FeelFunction(name="add days", parameters=("moment", "count"), fn=add_days)])
    engine = Engine(clock=clock, handlers=handlers, functions=functions, settings=EngineSettings(**settings))
    office = Office(database=database, engine=engine, clock=clock, calls=[], days=days,
                    scheduler=make_transport(transport, database, engine))
    handlers.service("work")(office.work)
    handlers.on_element_entered(lambda _session, event: office.calls.append(event))
    handlers.on_instance_ended(lambda _session, event: office.calls.append(event))
    return office


def make_transport(name: str, database: Database, engine: Engine, **more: Any) -> Transport:
    """A transport over this database; the tables of Procrastinate are made where they are missing, and emptied."""
    if name == "embedded":
        return scheduler.Scheduler(database, engine, **more)
    with database.sqlalchemy_engine.begin() as connection:
        workers.install(connection)
        connection.exec_driver_sql("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
    url = database.sqlalchemy_engine.url.render_as_string(hide_password=False)
    return workers.Workers(database, engine, url=url, **more)


def defects(office: Office) -> list[values.Defect]:
    """What the engine's own diagnostics find."""
    found = [*office.read("examine", office.read("running", limit=1000)), *office.read("orphans")]
    return [defect for defect in found if defect.count]


@pytest.fixture(params=["warm", "cold"])
def office(request: pytest.FixtureRequest, database: Database, clock: ManualClock) -> Iterator[Office]:
    """On each store, with executions kept in memory, and saved and reloaded after every step.

    A module whose tests hold on every transport says so with `BOTH_TRANSPORTS`: "workers" is Procrastinate's.

    Whatever a test does, it leaves no open row without its instance and no state that contradicts the rows beside it.
    """
    office = make_office(database, clock, transport="procrastinate" if request.param == "workers" else "embedded",
                         **({} if request.param == "warm" else {"live_instances_max_bytes": 0}))
    yield office
    if request.node.get_closest_marker("damages") is None:
        assert defects(office) == []
