"""Many complete one task at the same moment, from threads and from processes: each time exactly one wins."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from engine import Engine, Handlers, errors, values
from engine.clock import ManualClock
from engine.store.session import Database
from tests.conftest import START
from tests.engine import models
from tests.engine.conftest import Office

PEOPLE, ROUNDS = 4, 12
AGAIN = models.process(
    "again", models.start(), models.gateway("join"), models.user("ask"), models.script("count", "n + 1", "n"),
    models.gateway("more", attributes='default="more__join"'), models.end(),
    models.path("start_1", "join", "ask", "count", "more", "join"), models.flow("more", "end_1", "n &lt; 0"))
PATIENCE = 60.0

_processes = multiprocessing.get_context("forkserver")


def take_part(name: str, database: Database, engine: Engine, gate: Any, tell: Callable[[Any], None]) -> None:
    """Complete the one open task, in step with the others, round after round."""
    for _ in range(ROUNDS):
        gate.wait(PATIENCE)
        with database.read() as session:
            [task] = engine.user_tasks(session).items
        gate.wait(PATIENCE)
        tell((task.id, name, complete(database, engine, task.id, name)))


def complete(database: Database, engine: Engine, task_id: str, name: str) -> bool:
    """Whether it was this one who completed the task."""
    while True:
        try:
            with database.begin() as session:
                engine.complete(session, task_id, variables={"by": name}, actor=values.Actor(id=name))
            return True
        except errors.TaskAlreadyCompleted:
            return False
        except errors.Unavailable:
            continue  # SQLite lets one process write at a time, and does not queue the others


def in_a_process(name: str, url: str, gate: Any, told: Any) -> None:
    """What each process does, with an engine and a memory of its own."""
    database = Database(url)
    try:
        take_part(name, database, Engine(clock=ManualClock(START), handlers=Handlers()), gate, told.put)
    finally:
        database.dispose()


def one_each(office: Office, instance: values.ProcessInstance, told: list[tuple[str, str, bool]]) -> None:
    winners = {task: name for task, name, won in told if won}
    assert len(told) == PEOPLE * ROUNDS
    assert Counter(task for task, _, won in told if won) == dict.fromkeys({task for task, _, _ in told}, 1)
    assert len(winners) == ROUNDS
    assert {task: office.read("user_task", task).completed_by for task in winners} == winners
    assert office.read("variables", instance.id)["n"] == ROUNDS
    history = office.read("history", instance.id, limit=1000).items
    assert Counter((one.facts["task"], one.actor) for one in history if one.kind == "user_task_completed") == (
        dict.fromkeys(winners.items(), 1))


def test_of_many_threads_one_wins_each_task(office: Office):
    office.deploy(AGAIN)
    instance = office.start("again", {"n": 0})
    gate, told = threading.Barrier(PEOPLE), []
    threads = [threading.Thread(target=take_part, args=(f"t{number}", office.database, office.engine, gate,
                                                        told.append), daemon=True) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    one_each(office, instance, told)


@pytest.mark.parametrize("office", ["warm"], indirect=True)
def test_of_many_processes_one_wins_each_task(office: Office, database_url: str):
    office.deploy(AGAIN)
    instance = office.start("again", {"n": 0})
    gate, told = _processes.Barrier(PEOPLE), _processes.Queue()
    people = [_processes.Process(target=in_a_process, args=(f"p{number}", database_url, gate, told), daemon=True)
              for number in range(PEOPLE)]
    for person in people:
        person.start()
    try:
        found = [told.get(timeout=PATIENCE) for _ in range(PEOPLE * ROUNDS)]
    finally:
        for person in people:
            person.join(PATIENCE)
    one_each(office, instance, found)
