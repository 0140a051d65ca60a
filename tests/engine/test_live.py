"""Instances kept in memory: never more than their memory, never one that is not true."""

from __future__ import annotations

import gc
import weakref

import pytest
import sqlalchemy as sa

from engine import errors
from engine.live import Live, LiveInstances
from engine.store import tables
from tests.engine import models
from tests.engine.conftest import CLERK, OTHER, make_office


class Weight:
    """Stands for an execution of so many bytes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.released = False

    def footprint(self) -> int:
        return self.size

    def release(self) -> None:
        self.released = True


def live(size: int, version: int = 1) -> Live:
    return Live(version=version, execution=Weight(size), waits={})  # type: ignore[arg-type]


def test_the_least_recently_used_go_when_the_memory_is_full():
    kept = LiveInstances(100)
    for name in ("a", "b", "c"):
        kept.put(name, live(30))
    kept.put("a", kept.take("a", 1) or live(0))
    kept.put("d", live(40))
    assert (kept.take("b", 1), kept.weight, len(kept)) == (None, 100, 3)
    kept.put("e", live(90))
    assert (len(kept), kept.weight) == (1, 90)


def test_what_alone_is_heavier_than_all_may_be_drives_nobody_out():
    kept = LiveInstances(100)
    kept.put("a", live(60))
    kept.put("b", live(101))
    assert (len(kept), kept.weight) == (1, 60)


def test_an_instance_that_has_grown_is_weighed_again():
    kept = LiveInstances(100)
    growing = live(10)
    kept.put("a", growing)
    growing.execution.size = 80  # type: ignore[attr-defined]
    kept.put("a", growing)
    assert (len(kept), kept.weight) == (1, 80)


def test_only_the_version_asked_for_is_given_and_older_ones_go():
    kept = LiveInstances(100)
    newer = live(10, version=3)
    kept.put("a", newer)
    kept.put("a", live(10, version=2))
    assert kept.take("a", 2) is None, "a reader of an older moment"
    assert kept.take("a", 3) is newer
    kept.put("a", newer)
    assert kept.take("a", 4) is None
    assert (len(kept), kept.weight) == (0, 0)


def test_no_memory_keeps_nothing():
    kept = LiveInstances(0)
    kept.put("a", live(1))
    assert len(kept) == 0


def test_what_is_not_kept_frees_its_memory_and_what_is_does_not():
    kept = LiveInstances(100)
    first, second, heavy, replaced, old = live(60), live(60), live(101), live(30), live(30, version=0)
    kept.put("a", first)
    kept.put("a", first)
    kept.put("b", second)
    kept.put("c", heavy)
    kept.put("d", replaced)
    kept.put("d", live(30, version=2))
    kept.put("d", old)
    freed = {one.execution.released for one in (first, heavy, replaced, old)}  # type: ignore[attr-defined]
    assert freed == {True}
    assert not second.execution.released  # type: ignore[attr-defined]
    assert kept.take("d", 3) is None
    kept.drop("b")
    assert second.execution.released  # type: ignore[attr-defined]


def test_memory_is_free_at_once_without_looking_for_cycles(warm):
    warm.start("calls", {"rows": [{"n": 1}]})
    [kept] = warm.engine._runtime.live._kept.values()
    instance, token = weakref.ref(kept.execution.instance), weakref.ref(kept.execution.instance.all_tokens()[0])
    gc.disable()
    try:
        warm.engine._runtime.live.drop(warm.read("instances").items[0].id)
        del kept
        assert (instance(), token()) == (None, None)
    finally:
        gc.enable()


@pytest.fixture
def warm(database, clock):
    office = make_office(database, clock)
    office.deploy(models.CALLS)
    return office


def test_more_instances_than_fit_are_kept_within_the_memory(database, clock):
    office = make_office(database, clock, live_instances_max_bytes=100_000)
    office.deploy(models.TWO_TASKS)
    for number in range(60):
        office.start("two_tasks", {"text": "x" * 2_000}, business_key=str(number))
    assert 5 < office.engine.live_instances < 30
    assert 80_000 < office.engine.live_instances_bytes <= 100_000
    for task in office.tasks(limit=60).values():
        office.call("complete", task.id, variables={}, actor=CLERK)
    assert office.engine.live_instances_bytes <= 100_000


def test_an_instance_that_ends_however_it_ends_is_not_kept(warm):
    done, cancelled, suspended = (warm.start("calls", business_key=str(number)) for number in range(3))
    assert warm.engine.live_instances == 3
    warm.call("cancel", cancelled.id, actor=CLERK)
    warm.call("suspend", suspended.id, actor=CLERK)
    assert warm.engine.live_instances == 1
    for _ in range(2):
        [task] = [task for task in warm.read("user_tasks").items if task.instance_id == done.id]
        warm.call("complete", task.id, variables={}, actor=CLERK)
    assert (warm.engine.live_instances, warm.engine.live_instances_bytes) == (0, 0)


def test_an_error_drops_it(warm):
    warm.start("calls")
    warm.faults.append(errors.Unavailable())
    with pytest.raises(errors.Unavailable):
        warm.complete("before")
    assert warm.engine.live_instances == 0
    warm.complete("before")
    assert warm.waiting() == {"after"}


def test_a_commit_that_fails_drops_it(warm):
    warm.start("calls")

    def fail(_session) -> None:
        raise errors.Unavailable

    def complete() -> None:
        with warm.database.begin() as session:
            [task] = warm.engine.user_tasks(session).items
            sa.event.listen(session, "before_commit", fail)
            warm.engine.complete(session, task.id, variables={"lost": True}, actor=CLERK)

    with pytest.raises(errors.Unavailable):
        complete()
    assert warm.engine.live_instances == 0
    assert warm.waiting() == {"before"}
    warm.complete("before")
    assert "lost" not in warm.read("variables", warm.read("instances").items[0].id)


def test_a_conflict_drops_it(warm):
    instance = warm.start("calls")
    table = tables.process_instance

    def overtake(call):
        call.session.execute(sa.update(table).where(table.c.id == call.instance_id).values(version=table.c.version + 1))

    warm.engine.handlers.service("overtake")(overtake)
    warm.deploy(models.CALLS.replace(b'"work"', b'"overtake"'))
    other = warm.start("calls", business_key="2")
    [task] = [task for task in warm.read("user_tasks").items if task.instance_id == other.id]
    with pytest.raises(errors.StaleVersion):
        warm.call("complete", task.id, variables={}, actor=CLERK)
    assert warm.engine.live_instances == 1
    assert warm.read("instance", other.id).version == 1
    assert warm.read("instance", instance.id).version == 1


def test_what_another_process_has_moved_on_is_loaded_again(warm, database, clock):
    instance = warm.start("calls", {"n": 1})
    other = make_office(database, clock)
    assert other.complete("before", n=2).state == "COMPLETED"
    assert warm.read("variables", instance.id)["n"] == 2
    warm.complete("after", by=OTHER)
    assert other.read("instance", instance.id).state == "COMPLETED"
    assert other.read("variables", instance.id)["n"] == 2


def test_whoever_reads_leaves_it_kept_and_unchanged(warm):
    instance = warm.start("calls", {"rows": [{"n": 1}]})
    weight = warm.engine.live_instances_bytes
    warm.read("variables", instance.id)["rows"][0]["n"] = 2
    assert (warm.engine.live_instances, warm.engine.live_instances_bytes) == (1, weight)
    assert warm.read("variables", instance.id)["rows"] == [{"n": 1}]
