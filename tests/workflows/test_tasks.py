"""User tasks: who may take one, what a form must say, the separation of duties."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import event

from engine import errors
from engine.values import Actor
from tests.workflows.world import PASSWORD, World
from workflows import accounts, applications, authorization, decisions, documents, inquiries, queries, rules, tasks


def staff(world: World, name: str, *roles: tuple[str, str | None], **more) -> accounts.User:
    with world.product.database.begin() as session:
        world.users[name] = accounts.create_staff(session, username=name, password=PASSWORD, name=name, roles=roles,
                                                  **more)
    return world.users[name]


def test_nobody_does_two_of_inspection_opinion_and_decision(world: World):
    staff(world, "both", ("INSPECTOR", None), ("TECH_COMMITTEE", None), ("WORKING_GROUP", None))
    mine = world.submit().application_id
    world.advance_to(mine, "first_visit")
    world.complete(mine, "first_visit", by="both")
    task = world.task(mine, "technical_opinion")
    with pytest.raises(authorization.DutySeparated) as refused:
        world.complete(mine, "technical_opinion", by="both")
    assert "بازدید" in refused.value.message("fa")
    with pytest.raises(authorization.DutySeparated), world.product.database.begin() as session:
        tasks.claim(session, product=world.product, task_id=task.id, user=world.users["both"])
    with world.product.database.read() as session:
        [item] = [item for item in queries.inbox(session, product=world.product, user=world.users["both"]).items
                  if item.task.id == task.id]
    assert isinstance(item.refusal, authorization.DutySeparated)
    world.complete(mine, "technical_opinion")
    with pytest.raises(authorization.DutySeparated):
        world.complete(mine, "working_group_decision", by="both")


def test_the_same_inspector_may_visit_twice(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "manager_signature")
    with world.product.database.read() as session:
        assert world.product.engine.completed_duties(session, business_key=mine)["inspection"] == {
            world.users["inspector"].id}


def test_separation_outlives_a_reopening(world: World):
    staff(world, "both", ("INSPECTOR", None), ("TECH_COMMITTEE", None))
    mine = world.submit().application_id
    world.advance_to(mine, "first_visit")
    world.complete(mine, "first_visit", by="both")
    world.advance_to(mine, "report_ready")
    world.pass_time(days=181)
    world.complete(mine, "decide_extension", decision="LAPSE", reason="آماده نشد")
    assert world.application(mine).state == "LAPSED"
    with world.product.database.begin() as session:
        applications.reopen(session, product=world.product, id=mine, user=world.users["manager"], reason="درخواست")
    world.advance_to(mine, "technical_opinion")
    with pytest.raises(authorization.DutySeparated):
        world.complete(mine, "technical_opinion", by="both")


def test_the_wrong_role_or_county_may_not_take_a_task(world: World):
    staff(world, "khoy", ("CLERK", "khoy"))
    mine = world.submit().application_id
    for person in ("inspector", "khoy", "applicant", "admin", "supervisor"):
        with pytest.raises(authorization.RoleMissing):
            world.complete(mine, "check_documents", by=person)
    assert world.task(mine, "check_documents")


def test_nobody_acts_on_an_application_that_names_them(world: World):
    staff(world, "ceo", ("CLERK", None), national_id="0013542419")
    mine = world.submit().application_id
    with pytest.raises(authorization.OwnApplication):
        world.complete(mine, "check_documents", by="ceo")


def test_a_task_is_completed_once_by_its_holder_and_at_its_version(world: World):
    staff(world, "clerk2", ("CLERK", None))
    mine = world.submit().application_id
    task = world.task(mine, "check_documents")
    with world.product.database.begin() as session:
        held = tasks.claim(session, product=world.product, task_id=task.id, user=world.users["clerk"])
    with pytest.raises(errors.TaskHeldByAnother):
        world.complete(mine, "check_documents", by="clerk2")
    with pytest.raises(errors.StaleVersion), world.product.database.begin() as session:
        tasks.complete(session, product=world.product, task_id=task.id, data={"complete": True}, files={},
                       user=world.users["clerk"], if_match=held.version - 1)
    world.complete(mine, "check_documents")
    with pytest.raises(errors.TaskAlreadyCompleted):
        world.complete(mine, "check_documents", task=task)


def test_a_supervisor_reassigns_a_held_task_with_a_reason(world: World):
    staff(world, "clerk2", ("CLERK", "urmia"))
    mine = world.submit().application_id
    task = world.task(mine, "check_documents")
    with world.product.database.begin() as session:
        tasks.claim(session, product=world.product, task_id=task.id, user=world.users["clerk"])

    def assign(user, assignee, reason="مرخصی"):
        with world.product.database.begin() as session:
            return tasks.assign(session, product=world.product, task_id=task.id, assignee=assignee, reason=reason,
                                user=world.users[user])

    with pytest.raises(authorization.RoleMissing):
        assign("manager", "clerk2")
    with pytest.raises(errors.Invalid):
        assign("supervisor", "clerk2", reason="  ")
    with pytest.raises(errors.Invalid) as refused:
        assign("supervisor", "inspector")
    assert refused.value.problems[0].what == "This person has none of the roles CLERK here."
    assert assign("supervisor", "clerk2").assignee == world.users["clerk2"].id
    with world.product.database.read() as session:
        history = world.product.engine.history(session, task.instance_id).items
    assert [entry.reason for entry in history if entry.kind == "user_task_assigned"] == ["مرخصی"]


def test_a_refusal_without_a_condition_code_is_impossible(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "working_group_decision")
    for codes in (None, [], ["X99"]):
        with pytest.raises(errors.Invalid) as refused:
            world.complete(mine, "working_group_decision", decision="REJECT", condition_codes=codes, notes="مناسب نیست")
        assert "condition_codes" in {problem.where for problem in refused.value.problems}
    world.complete(mine, "working_group_decision", decision="REJECT", condition_codes=["S01"],
                   notes="محل مناسب نیست")
    found = world.application(mine)
    assert (found.state, found.outcome, found.condition_codes) == ("REJECTED", "REJECTED", ("S01",))
    world.run_jobs()
    assert any("S01" in text for text in world.messages())
    with world.product.database.read() as session:
        book = rules.of_application(session, engine=world.product.engine, application=found)
        [cited] = decisions.of_application(session, application_id=mine, book=book)[-1].cited
    assert cited.text_fa
    assert cited.source


def test_a_refusal_that_reaches_the_handler_without_codes_is_an_incident(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "working_group_decision")
    task = world.task(mine, "working_group_decision")
    with world.product.database.begin() as session:
        world.product.engine.complete(session, task.id, variables={"decision": "REJECT", "condition_codes": []},
                                      actor=Actor(id="admin"))
    with world.product.database.read() as session:
        [incident] = world.product.engine.incidents(session, business_key=mine).items
    assert incident.element_id == "refuse"
    assert "condition code" in incident.message
    assert world.application(mine).outcome is None


def test_inquiries_keep_answer_reference_and_letter_and_stale_ones_are_asked_again(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "manager_signature")
    with world.product.database.read() as session:
        found = inquiries.of_application(session, application_id=mine)
    assert {one.code for one in found} == {*inquiries.DEFAULT, inquiries.VETTING}
    assert {one.reference for one in found} == {"77", "۱۲/۳۴"}
    world.pass_time(days=100)
    world.complete(mine, "manager_signature")
    assert {task.item for task in world.tasks(mine)} == set(inquiries.DEFAULT)
    for task in world.tasks(mine):
        world.complete(mine, "record_inquiry", task=task, answered_on="2026-07-01")
    assert world.application(mine).state == "AT_ISSUER"


def test_a_pending_answer_is_asked_again_and_a_bad_one_goes_to_a_hearing(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "vetting")
    for task in world.tasks(mine):
        if task.element_id == "record_inquiry":
            world.complete(mine, "record_inquiry", task=task, answer="PENDING" if task.item == "TAX" else "CLEAN")
    [again] = [task for task in world.tasks(mine) if task.element_id == "record_inquiry"]
    assert again.item == "TAX"
    world.complete(mine, "record_inquiry", task=again, answer="NOT_CLEAN")
    world.complete(mine, "vetting")
    world.complete(mine, "hearing", hearing_outcome="CLEARED", hearing_date="2026-04-04", reason="بدهی پرداخت شد")
    assert world.task(mine, "report_ready")


def test_a_view_carries_form_documents_progress_and_why_one_may_not_take_it(world: World):
    mine = world.submit().application_id
    task = world.task(mine, "check_documents")
    with world.product.database.read() as session:
        mine = tasks.view(session, product=world.product, task_id=task.id, user=world.users["clerk"])
        over = tasks.view(session, product=world.product, task_id=task.id, user=world.users["supervisor"])
        with pytest.raises(errors.Forbidden):
            tasks.view(session, product=world.product, task_id=task.id, user=world.users["inspector"])
    assert mine.refusal is None
    assert mine.compiled is not None
    assert {"complete", "unlocked_fields"} <= set(mine.compiled.fields)
    assert len(mine.documents) == 7
    assert mine.progress.active["check_documents"] == 1
    assert "site_county" not in {option["value"] for option in mine.context["application_fields"]}
    assert over.can_assign
    assert over.refusal is not None


def test_a_draft_is_shown_again(world: World):
    mine = world.submit().application_id
    task = world.task(mine, "check_documents")
    with world.product.database.begin() as session:
        held = tasks.claim(session, product=world.product, task_id=task.id, user=world.users["clerk"])
        tasks.save_draft(session, product=world.product, task_id=task.id, data={"note": "نیمه‌کاره"},
                         user=world.users["clerk"], if_match=held.version)
    with world.product.database.read() as session:
        view = tasks.view(session, product=world.product, task_id=task.id, user=world.users["clerk"])
    assert view.data == {"note": "نیمه‌کاره"}


def test_inboxes_hold_the_tasks_of_ones_roles(world: World):
    world.submit()
    with world.product.database.read() as session:
        def elements(user):
            found = queries.inbox(session, product=world.product, user=world.users[user]).items
            return [item.task.element_id for item in found]
        assert elements("clerk") == elements("supervisor") == ["check_documents"]
        assert elements("inspector") == elements("applicant") == []


def test_what_staff_attach_to_their_tasks_is_for_staff(world: World):
    mine = world.submit().application_id
    world.advance_to(mine, "technical_opinion")
    with world.product.database.read() as session:
        for_staff = documents.of_application(session, product=world.product, application_id=mine,
                                             user=world.users["clerk"])
        applicant = world.users["applicant"]
        for_applicant = documents.of_application(session, product=world.product, application_id=mine, user=applicant)
        [photo] = {one.id for one in for_staff} - {one.id for one in for_applicant}
        with pytest.raises(errors.NotFound):
            documents.open(session, product=world.product, id=photo, user=applicant)
        assert documents.open(session, product=world.product, id=for_applicant[0].id, user=applicant).path.exists()


def test_an_applicants_tasks_come_in_pages_and_by_one_query(world: World):
    with world.product.database.begin() as session:
        world.users["other"] = dataclasses.replace(
            accounts.applicant(session, mobile="09149999999", clock=world.machine), verified_at=world.machine.now())
    mine = [world.submit(ceo_degree="DIPLOMA", site_postal_code=f"57138123{place:02}").application_id
            for place in range(5)]
    world.submit(ceo_degree="DIPLOMA", site_postal_code="5713812399", user="other")
    found, after, statements = [], None, []

    def listen(connection, cursor, statement, parameters, context, many):
        statements.append(statement)

    listened = (world.product.database.sqlalchemy_engine, "after_cursor_execute", listen)
    with world.product.database.read() as session:
        event.listen(*listened)
        while after is not None or not found:
            page = tasks.search(session, product=world.product, user=world.users["applicant"], after=after, limit=2,
                                count=after is None)
            assert len(page.items) <= 2
            assert after is not None or page.total == 5
            found += page.items
            after = page.next
        event.remove(*listened)
        waiting = tasks.waiting(session, product=world.product, user=world.users["applicant"], applications=mine[:2])
        foreign = tasks.waiting(session, product=world.product, user=world.users["other"], applications=mine)
    assert sorted(task.business_key for task in found) == sorted(mine)
    assert [task.due_at for task in found] == sorted(task.due_at for task in found)
    assert len([one for one in statements if "FROM user_task" in one]) == 4, "three pages and one count"
    assert (waiting, foreign) == (set(mine[:2]), set())


@pytest.mark.parametrize(("asked", "found"), [({"overdue": True}, 0), ({"overdue": False}, 1), ({"role": "CLERK"}, 0),
                                              ({"assignee": "nobody"}, 0), ({"state": "COMPLETED"}, 0)])
def test_what_an_applicant_filters_by_counts(world: World, asked, found):
    world.submit(ceo_degree="DIPLOMA")
    with world.product.database.read() as session:
        page = tasks.search(session, product=world.product, user=world.users["applicant"], **asked)
    assert len(page.items) == found
