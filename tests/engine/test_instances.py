"""Starting, suspending, resuming, cancelling; history and progress."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import errors, values
from tests.engine import models
from tests.engine.conftest import CLERK, OTHER, make_office


def test_the_history_tells_who_did_what_in_order(office):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    office.call("claim", office.tasks()["first"].id, actor=CLERK)
    office.complete("first")
    office.complete("second", by=values.Actor(id="boss", on_behalf_of="clerk-2", reason="ill"))
    told = office.kinds(instance)
    assert told == [
        ("instance_started", None), ("element_completed", "start_1"), ("user_task_claimed", "first"),
        ("user_task_completed", "first"), ("user_task_completed", "second"), ("element_completed", "done"),
        ("instance_completed", "done")]
    entries = office.read("history", instance.id).items
    assert [entry.actor for entry in entries] == ["clerk-1", "system", "clerk-1", "clerk-1", "boss", "system", "system"]
    assert (entries[4].on_behalf_of, entries[4].reason, entries[4].scope) == ("clerk-2", "ill", "urmia")
    assert entries[3].facts["duty"] == "inspection"
    first = office.read("history", instance.id, limit=4)
    rest = office.read("history", instance.id, limit=4, after=first.next)
    assert [*first.items, *rest.items] == list(entries)
    assert rest.next is None


def test_entering_a_stage_and_ending_are_published(office):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    [entered] = office.calls
    assert (entered.stage, entered.element_id, entered.role, entered.business_key, entered.scope) == (
        "FIRST", "first", "CLERK", "1", "urmia")
    office.complete("first")
    office.complete("second")
    _, finished, ended = office.calls
    assert (finished.stage, finished.element_id) == ("FINISHED", "done")
    assert (ended.instance_id, ended.outcome, ended.end_element_id) == (instance.id, "ISSUED", "done")


def test_progress_shows_tokens_visits_and_no_boundary_events(office):
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    progress = office.read("progress", instance.id)
    assert (progress.active, progress.completed, progress.incidents) == ({"answer": 1}, {"start_1": 1}, [])
    office.complete("answer")
    progress = office.read("progress", instance.id)
    assert progress.active == {}
    assert progress.completed == {"start_1": 1, "answer": 1, "answered": 1}


def test_progress_counts_events_as_well(office):
    office.deploy(models.WAITS)
    instance = office.start("waits", {"number": "1"})
    assert office.read("progress", instance.id).active == {"granted": 1, "late": 1}
    office.advance(days=15)
    office.complete("escalate")
    office.publish("granted", "1")
    completed = office.read("progress", instance.id).completed
    assert (completed["late"], completed["granted"], completed["escalate"]) == (1, 1, 1)


def test_variables_keep_their_types_and_cannot_be_changed_from_outside(office):
    office.deploy(models.TWO_TASKS)
    given = {"amount": Decimal("1.10"), "nested": {"list": [True, None, "پروانه"]}}
    instance = office.start("two_tasks", given)
    office.complete("first", more=Decimal(2))
    found = office.read("variables", instance.id)
    assert {name: found[name] for name in given} == given
    assert isinstance(found["amount"], Decimal)
    found["nested"]["list"].append("intruder")
    given["nested"]["list"].append("intruder")
    assert office.read("variables", instance.id)["nested"] == {"list": [True, None, "پروانه"]}


def test_both_branches_of_a_fork_have_to_be_completed(office):
    office.deploy(models.FORKED)
    office.start("forked")
    assert office.waiting() == {"left", "right"}
    office.complete("right")
    assert office.waiting() == {"left"}
    office.complete("left")
    assert office.waiting() == {"last"}


def test_each_item_of_a_multi_instance_is_a_task_of_its_own(office):
    office.deploy(models.EACH)
    instance = office.start("each", {"items": ["police", "tax", "court"]})
    tasks = office.read("user_tasks", instance_id=instance.id).items
    assert sorted(task.item for task in tasks) == ["court", "police", "tax"]
    for task in tasks:
        office.call("complete", task.id, variables={}, actor=CLERK)
    assert office.read("instance", instance.id).state == "COMPLETED"


@pytest.mark.parametrize("area, task", [(Decimal(10), "small"), (Decimal(30), "large")])
def test_a_decision_of_the_deployment_chooses_the_way(office, area, task):
    office.deploy(models.CHOICE)
    instance = office.start("choice", {"area": area})
    assert office.waiting() == {task}
    assert office.read("variables", instance.id)["grade"] == task.upper()
    [told] = [entry.facts for entry in office.read("history", instance.id).items if entry.element_id == "judge"]
    assert told["decision"] == "grade"
    assert [rule["id"] for rule in told["matched"]] == ["r1" if task == "small" else "r2"]


def test_a_suspended_instance_stands_still_until_resumed(office):
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    office.call("suspend", instance.id, actor=OTHER)
    with pytest.raises(errors.InstanceSuspended):
        office.complete("answer")
    with pytest.raises(errors.InstanceSuspended):
        office.call("suspend", instance.id, actor=OTHER)
    assert office.advance(days=11) == 0
    assert office.waiting() == {"answer"}
    assert office.call("resume", instance.id, actor=OTHER).state == "ACTIVE"
    assert office.scheduler.tick() == 2
    assert office.read("instance", instance.id).outcome == "LAPSED"
    kinds = [kind for kind, _ in office.kinds(instance)]
    assert kinds.index("instance_suspended") < kinds.index("instance_resumed")


def test_a_cancelled_instance_leaves_nothing_waiting(office):
    office.deploy(models.DEADLINE)
    instance = office.start("deadline")
    task = office.tasks()["answer"]
    with pytest.raises(errors.StaleVersion):
        office.call("cancel", instance.id, actor=OTHER, if_match=99)
    cancelled = office.call("cancel", instance.id, actor=OTHER, reason="entered twice")
    assert (cancelled.state, cancelled.outcome, cancelled.ended_at) == ("CANCELLED", None, office.clock.now())
    assert office.read("user_task", task.id).state == "CANCELLED"
    assert office.waiting() == set()
    assert office.timers() == {}
    assert office.advance(days=20) == 0
    entry = office.read("history", instance.id).items[-1]
    assert (entry.kind, entry.reason) == ("instance_cancelled", "entered twice")
    for method in ("cancel", "suspend", "resume"):
        with pytest.raises(errors.InstanceEnded):
            office.call(method, instance.id, actor=OTHER)


def test_a_suspended_instance_can_be_cancelled(office):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    office.call("suspend", instance.id, actor=OTHER)
    assert office.call("cancel", instance.id, actor=OTHER).state == "CANCELLED"


def test_instances_are_listed_newest_first_by_what_is_asked(office):
    office.deploy(models.TWO_TASKS, models.EACH)
    ids = [office.start("two_tasks", business_key=str(number % 2)).id for number in range(5)]
    office.start("each", {"items": ["x"]}, business_key="9")
    page = office.read("instances", key="two_tasks", limit=3)
    rest = office.read("instances", key="two_tasks", limit=3, after=page.next)
    assert [found.id for found in [*page.items, *rest.items]] == sorted(ids, reverse=True)
    assert [found.id for found in office.read("instances", business_key="1").items] == sorted(ids[1::2], reverse=True)
    assert office.read("instances", state="COMPLETED").items == []


def test_what_is_rolled_back_never_reaches_the_next_transaction(office):
    office.deploy(models.TWO_TASKS)
    office.start("two_tasks")
    task = office.tasks()["first"]

    class Thrown(Exception):
        pass

    def complete_then_throw(session) -> None:
        office.engine.complete(session, task.id, variables={"lost": True}, actor=CLERK)
        raise Thrown

    with pytest.raises(Thrown), office.database.begin() as session:
        complete_then_throw(session)
    with office.database.begin() as session:
        with pytest.raises(Thrown), session.begin_nested():
            complete_then_throw(session)
        assert "lost" not in office.engine.variables(session, task.instance_id)
        assert office.engine.user_task(session, task.id).state == "READY"
        office.engine.complete(session, task.id, variables={"kept": True}, actor=CLERK)
    assert office.read("variables", task.instance_id) == {"kept": True}
    office.complete("second")
    assert office.read("instance", task.instance_id).outcome == "ISSUED"


def test_what_is_refused_leaves_no_trace_even_when_the_caller_goes_on(office):
    office.deploy(models.TWO_TASKS, models.WAITS)
    office.start("two_tasks")
    task = office.tasks()["first"]
    with office.database.begin() as session:
        with pytest.raises(errors.Invalid):
            office.engine.complete(session, task.id, variables={"x": object()}, actor=CLERK)
        with pytest.raises(errors.Invalid):
            office.engine.start(session, key="two_tasks", variables={"x": object()}, business_key="2", scope="",
                                actor=CLERK)
        with pytest.raises(errors.NoReceiver):
            office.engine.publish(session, name="granted", correlation_key="1", message_id="m")
    assert office.read("user_task", task.id) == task
    assert office.read("instances", business_key="2").items == []
    instance = office.start("waits", {"number": "1"})
    assert office.call("publish", name="granted", correlation_key="1", message_id="m") == [instance.id]


def test_two_processes_of_the_product_take_turns_on_one_instance(office):
    office.deploy(models.process(
        "turns", models.start(), models.user("turn"), models.gateway("more", attributes='default="more__turn"'),
        models.end(), models.path("start_1", "turn", "more"), models.flow("more", "turn"),
        models.flow("more", "end_1", "count = 6")))
    other = make_office(office.database, office.clock)
    instance = office.start("turns")
    for count in range(1, 7):
        (office, other)[count % 3 == 0].complete("turn", count=count, **{f"v{count}": count})
        assert office.read("variables", instance.id)["count"] == count
    found = other.read("variables", instance.id)
    assert [found[f"v{count}"] for count in range(1, 7)] == list(range(1, 7))
    assert other.read("instance", instance.id).state == "COMPLETED"


def test_several_triggers_may_share_a_transaction(office):
    office.deploy(models.TWO_TASKS)
    with office.database.begin() as session:
        instance = office.engine.start(session, key="two_tasks", variables={}, business_key="1", scope="", actor=CLERK)
        for _ in range(2):
            [task] = office.engine.user_tasks(session, instance_id=instance.id).items
            office.engine.complete(session, task.id, variables={}, actor=CLERK)
    assert office.read("instance", instance.id).outcome == "ISSUED"


def test_the_caller_may_append_kinds_of_its_own(office):
    office.deploy(models.TWO_TASKS)
    instance = office.start("two_tasks")
    office.call("record", instance.id, "document_opened", actor=OTHER, facts={"document": "d1"})
    entry = office.read("history", instance.id).items[-1]
    assert (entry.kind, entry.actor, entry.facts) == ("document_opened", "clerk-2", {"document": "d1"})


@pytest.mark.parametrize("method", ["instance", "variables", "progress"])
def test_an_unknown_instance_is_not_found(office, method):
    with pytest.raises(errors.NotFound):
        office.read(method, "0" * 32)


def test_an_unknown_process_cannot_be_started(office):
    with pytest.raises(errors.NotFound):
        office.start("nothing")
