"""Claiming, completing, listing user tasks."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine import errors, values
from tests.engine import models
from tests.engine.conftest import CLERK, OTHER


@pytest.fixture
def task(office) -> values.UserTask:
    office.deploy(models.TWO_TASKS)
    office.start("two_tasks")
    return office.tasks()["first"]


def test_a_task_carries_what_the_diagram_says(office, task):
    assert (task.role, task.form_key, task.duty, task.scope, task.business_key, task.state, task.version) == (
        "CLERK", "form", "inspection", "urmia", "1", "READY", 1)


def test_completing_moves_the_instance_to_its_next_wait_and_to_its_end(office, task):
    done = office.complete("first", note="fine")
    assert (done.state, done.completed_by, done.ended_at) == ("COMPLETED", "clerk-1", office.clock.now())
    assert office.waiting() == {"second"}
    office.complete("second", by=OTHER)
    assert office.waiting() == set()
    instance = office.read("instance", task.instance_id)
    assert (instance.state, instance.outcome, instance.ended_at) == ("COMPLETED", "ISSUED", office.clock.now())


def test_a_claimed_task_belongs_to_one_person_until_released(office, task):
    held = office.call("claim", task.id, actor=CLERK)
    assert (held.state, held.assignee, held.version) == ("CLAIMED", "clerk-1", 2)
    assert office.call("claim", task.id, actor=CLERK) == held
    for method, more in (("claim", {}), ("release", {}), ("save_draft", {"data": {}}), ("complete", {"variables": {}})):
        with pytest.raises(errors.TaskHeldByAnother):
            office.call(method, task.id, actor=OTHER, **more)
    assert office.call("release", task.id, actor=CLERK).assignee is None
    assert office.call("claim", task.id, actor=OTHER).assignee == "clerk-2"


def test_a_supervisor_hands_a_held_task_over_with_a_reason(office, task):
    office.call("claim", task.id, actor=CLERK)
    boss = values.Actor(id="boss", reason="on leave")
    assert office.call("assign", task.id, assignee="clerk-2", actor=boss).assignee == "clerk-2"
    entry = office.read("history", task.instance_id).items[-1]
    assert (entry.kind, entry.actor, entry.reason, entry.facts["before"], entry.facts["assignee"]) == (
        "user_task_assigned", "boss", "on leave", "clerk-1", "clerk-2")


def test_a_draft_is_kept_until_the_task_ends(office, task):
    drafted = office.call("save_draft", task.id, data={"note": "نیمه‌کاره"}, actor=CLERK)
    assert drafted.draft == {"note": "نیمه‌کاره"}
    with pytest.raises(errors.Invalid, match="weigh more than"):
        office.call("save_draft", task.id, data={"note": "ن" * (values.VARIABLES_MAX_BYTES + 1)}, actor=CLERK)
    assert office.complete("first").draft is None


def test_an_old_version_is_refused_and_nothing_changes(office, task):
    office.call("save_draft", task.id, data={"a": 1}, actor=CLERK)
    for method, more in (("claim", {}), ("save_draft", {"data": {}}), ("complete", {"variables": {}})):
        with pytest.raises(errors.StaleVersion) as caught:
            office.call(method, task.id, actor=CLERK, if_match=1, **more)
        assert caught.value.facts == {"current": 2, "given": 1}
    assert office.read("user_task", task.id).draft == {"a": 1}
    assert office.call("complete", task.id, variables={}, actor=CLERK, if_match=2).state == "COMPLETED"


def test_a_completed_task_cannot_be_touched_again(office, task):
    office.complete("first")
    for method, more in (("claim", {}), ("release", {}), ("save_draft", {"data": {}}), ("complete", {"variables": {}})):
        with pytest.raises(errors.TaskAlreadyCompleted):
            office.call(method, task.id, actor=CLERK, if_match=1, **more)


def test_an_unknown_task_is_not_found(office):
    for method, more in (("claim", {}), ("complete", {"variables": {}})):
        with pytest.raises(errors.NotFound):
            office.call(method, "0" * 32, actor=CLERK, **more)


def test_of_two_who_complete_the_same_task_exactly_one_wins(office, task):
    outcomes = []
    gate = threading.Barrier(2)

    def complete(person: values.Actor) -> None:
        gate.wait()
        try:
            with office.database.begin() as session:
                office.engine.complete(session, task.id, variables={"by": person.id}, actor=person)
            outcomes.append(person.id)
        except errors.TaskAlreadyCompleted:
            outcomes.append("lost")

    threads = [threading.Thread(target=complete, args=(person,)) for person in (CLERK, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = office.read("user_task", task.id).completed_by
    assert sorted(outcomes) == sorted([winner, "lost"])
    assert office.read("variables", task.instance_id)["by"] == winner
    assert office.waiting() == {"second"}


def test_duties_remember_who_performed_them(office, task):
    office.complete("first", by=CLERK)
    office.complete("second", by=OTHER)
    assert office.read("completed_duties", business_key="1") == {"inspection": {"clerk-1"}, "decision": {"clerk-2"}}
    assert office.read("completed_duties", business_key="2") == {}


def test_the_inbox_shows_what_a_person_may_see_earliest_due_first(office):
    office.deploy(models.DEADLINE, models.TWO_TASKS)
    late = office.start("deadline", scope="khoy")
    office.clock.advance(timedelta(hours=1))
    undated = office.start("two_tasks", scope="urmia")
    office.clock.advance(timedelta(hours=1))
    dated = office.start("deadline", scope="urmia")

    def inbox(*pairs, **more):
        page = office.read("user_tasks", where=pairs, count=True, **more)
        assert page.total == len(page.items)
        return [task.instance_id for task in page.items]

    assert inbox(("CLERK", None)) == [late.id, dated.id, undated.id]
    assert inbox(("CLERK", "urmia")) == [dated.id, undated.id]
    assert inbox(("CLERK", "urmia"), ("CLERK", "khoy"), ("MANAGER", None)) == [late.id, dated.id, undated.id]
    assert inbox(("CLERK", "urmia"), ("CLERK", None)) == [late.id, dated.id, undated.id]
    assert inbox(("MANAGER", "urmia")) == []
    assert inbox() == []
    office.clock.advance(timedelta(days=11))
    assert inbox(("CLERK", None), overdue=True) == [late.id, dated.id]
    assert inbox(("CLERK", None), overdue=False) == [undated.id]
    assert inbox(("CLERK", None), assignee="clerk-1") == []


@pytest.mark.parametrize("where", [None, [("CLERK", None)], [("CLERK", "urmia"), ("CLERK", "khoy")]])
def test_pages_of_the_inbox_join_without_gap_or_repetition(office, where):
    office.deploy(models.TWO_TASKS, models.DEADLINE)
    for number in range(7):
        office.start("deadline" if number % 2 else "two_tasks", scope="khoy" if number % 3 else "urmia")
    seen, after = [], None
    for _ in range(4):
        page = office.read("user_tasks", where=where, after=after, limit=2, count=True)
        seen += [task.id for task in page.items]
        assert page.total == 7
        after = page.next
    assert after is None
    assert len(seen) == len(set(seen)) == 7
    assert seen == [task.id for task in office.read("user_tasks", where=where).items]


def test_a_cursor_of_another_list_is_refused(office):
    with pytest.raises(errors.Invalid):
        office.read("user_tasks", after="bm9uc2Vuc2U")
