"""A case that goes round and round: what its 200th step costs beside its 10th, kept in memory and loaded each time."""

from __future__ import annotations

import statistics
import time
from typing import Any

from engine import Engine, EngineSettings, Handlers
from engine.clock import SystemClock
from engine.store.session import Database
from tests.bench.completions import CLERK
from tests.bench.permit import FACTS
from tests.bench.rounds import Figure, Rounds
from tests.bench.stores import Stores
from tests.engine import models

EARLY, LATE = range(6, 15), range(196, 205)
"""The steps around the tenth and the two hundredth."""
_ROUNDS = models.process(
    "rounds", models.start(), models.user("correct"), models.user("look"),
    models.gateway("good", attributes='default="good__correct"'), models.end(),
    models.path("start_1", "correct", "look", "good"), models.flow("good", "end_1", "look_good = true"),
    models.flow("good", "correct"))


def bench(rounds: Rounds, stores: Stores) -> list[Figure]:
    """The ratio on each store, with a hit in memory and without."""
    found = []
    for store in stores.names:
        for live, told, bound in ((1 << 26, "from memory", 1.5), (0, "loaded each time", 3.0)):
            with stores.database(store) as database:
                settings = EngineSettings(live_instances_max_bytes=live)
                ratios = _measure(database, Engine(clock=SystemClock(), handlers=Handlers(), settings=settings),
                                  rounds.count)
            found.append(Figure(name=f"{store}: step {LATE[4]} of a looping case over step {EARLY[4]}, {told}",
                                value=statistics.median(ratios), unit="", at_most=bound))
    return found


def _measure(database: Database, engine: Engine, rounds: int) -> list[float]:
    with database.begin() as session:
        engine.deploy(session, resources=models.bundle(_ROUNDS), actor=CLERK)
    return [_round(database, engine) for _ in range(rounds + 1)][1:]


def _round(database: Database, engine: Engine) -> float:
    with database.begin() as session:
        instance = engine.start(session, key="rounds", variables=FACTS, business_key="1", scope="urmia", actor=CLERK)
    taken: dict[int, float] = {}
    for step in range(1, LATE[-1] + 1):
        with database.read() as session:
            [task] = engine.user_tasks(session, instance_id=instance.id).items
        given: dict[str, Any] = {f"{task.element_id}_good": False, "note": f"seen {step}"}
        begin = time.perf_counter()
        with database.begin() as session:
            engine.complete(session, task.id, variables=given, actor=CLERK)
        taken[step] = time.perf_counter() - begin
    # Of nine neighbours: what another program does to the disk at one of them is not the step's cost.
    early, late = (statistics.median(taken[step] for step in steps) for steps in (EARLY, LATE))
    return late / early
