"""What a web process holds after many completions, what live instances hold, and what a completion writes."""

from __future__ import annotations

import gc
import multiprocessing
from pathlib import Path
from typing import Any

from engine import Engine, EngineSettings, Handlers
from engine.clock import SystemClock
from engine.store import tables
from engine.store.session import Database
from tests.bench import completions, permit, progress, web
from tests.bench.completions import CLERK
from tests.bench.rounds import Figure, Rounds
from tests.bench.stores import Stores

CLIENTS, CHUNK = 8, 500
GROWTH = 1.1


def bench(rounds: Rounds, stores: Stores) -> list[Figure]:
    """Growth of a web process on SQLite, memory of live instances, and bytes a completion writes on each store."""
    figures = _web_process(rounds, stores)
    spawned = multiprocessing.get_context("spawn")
    with spawned.Pool(1) as pool:  # a process of its own: nothing else is in its memory
        kilobytes = pool.apply(live_instances, (stores.url("sqlite"), rounds.live))
    figures.append(Figure(name=f"{rounds.live:,} live instances", value=kilobytes / 1024, unit="MB"))
    figures.append(Figure(name="one live instance", value=kilobytes / rounds.live, unit="kB"))
    for store in stores.names:
        with stores.database(store) as database:
            figures.append(Figure(name=f"{store}: bytes written a completion", value=_written(database, rounds) / 1024,
                                  unit="kB"))
    return figures


def _web_process(rounds: Rounds, stores: Stores) -> list[Figure]:
    office = web.Office(stores.url("sqlite"), stores.folder / "memory")
    early, done, memory = rounds.completions // 10, 0, dict[int, int]()
    try:
        with office.served() as (port, process):
            clients = [web.Client(port).sign_in() for _ in range(CLIENTS)]
            while done < rounds.completions:
                progress.tell(f"completions over HTTP: {done:,} of {rounds.completions:,}")
                tasks = office.open_tasks(CHUNK)
                if len(tasks) < CHUNK:
                    office.start(CHUNK)
                    continue
                web.load(clients, tasks, web.Client.complete)
                done += len(tasks)
                if len(memory) < (done >= early) + (done >= rounds.completions):
                    memory[done] = resident(process)
            for client in clients:
                client.close()
    finally:
        office.close()
    (first, before), (last, after) = sorted(memory.items())
    return [Figure(name=f"web process after {first:,} completions", value=before / 1024, unit="MB"),
            Figure(name=f"web process after {last:,} completions", value=after / 1024, unit="MB"),
            Figure(name="the one over the other", value=after / before, unit="", at_most=GROWTH)]


def resident(process: int | str = "self") -> int:
    """Resident memory of a process, in kB."""
    for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise LookupError(f"/proc/{process}/status has no VmRSS")


def live_instances(url: str, count: int) -> int:
    """How many kB this process grows by when it keeps so many instances in memory."""
    database = Database(url)
    tables.metadata.create_all(database.sqlalchemy_engine)
    engine = Engine(clock=SystemClock(), handlers=Handlers(), settings=EngineSettings(live_instances_max_bytes=1 << 40))
    with database.begin() as session:
        engine.deploy(session, resources=permit.bundle(), actor=CLERK)
    _start(database, engine, 100)
    gc.collect()
    before = resident()
    _start(database, engine, count)
    gc.collect()
    database.dispose()
    return resident() - before


def _start(database: Database, engine: Engine, count: int) -> None:
    for _ in range(count):
        with database.begin() as session:
            engine.start(session, key=permit.KEY, variables=permit.FACTS, business_key="1", scope="urmia", actor=CLERK)


def _written(database: Database, rounds: Rounds) -> float:
    """Bytes a completion: on SQLite all that this process gives to the disk, on PostgreSQL what its log grows by."""
    side = completions.sides(database)["ours"]
    completions.play(database, side, completions.started(database, side, rounds.instances))
    written: list[float] = []
    for _ in range(rounds.count):
        started = completions.started(database, side, rounds.instances)
        before = _position(database)
        completions.play(database, side, started)
        written.append((_position(database) - before) / (rounds.instances * permit.STEPS))
    return sorted(written)[len(written) // 2]


def _position(database: Database) -> int:
    if database.dialect == "sqlite":
        counted: dict[str, Any] = dict(
            line.split(": ") for line in Path("/proc/self/io").read_text("ascii").splitlines())
        return int(counted["write_bytes"])
    with database.sqlalchemy_engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_current_wal_lsn() - '0/0'").scalar_one())
