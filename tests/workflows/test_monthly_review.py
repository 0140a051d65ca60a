"""The monthly review of Post Bank: dockets, sessions with minutes, results, deferrals, and no quota."""

from __future__ import annotations

import pytest
from lxml import etree

from engine import errors
from tests import scenario
from tests.workflows import rural_cases as cases
from tests.workflows.sessions import at
from tests.workflows.world import World
from workflows import cycles, docket_sessions, review_bulk, reviews

SESSION, NEXT, THIRD = at(1405, 2, 3), at(1405, 3, 6), at(1405, 4, 6)


@pytest.fixture
def ready(world: World) -> World:
    cases.prepare(world)
    return world


@pytest.mark.parametrize("count", [1, 48, 500])
def test_as_many_permits_as_applications_that_meet_the_conditions(ready: World, count: int):
    if count > 48 and ready.product.database.sqlalchemy_engine.dialect.name != "sqlite":
        pytest.skip("what the number could change is the same on either store")
    ids = cases.waiting(ready, count)
    session = cases.hold(ready, SESSION)
    assert (session.cycle.found, session.in_review) == (count, count)
    assert cases.recommend_all(ready, session.cycle.id) == count
    assert cases.results(ready, ids[:3]) == [None] * min(count, 3)  # nothing is told before the session is confirmed
    cases.confirm(ready, session.cycle.id)
    assert cases.outcomes(ready, session.cycle.id) == {"ISSUE": count}
    assert set(cases.results(ready, ids)) == {"ISSUE"}
    assert cases.session_of(ready).cycle.state == "CLOSED"


def test_each_item_has_its_own_result_and_the_session_one_minutes_file(ready: World):
    met, refused, asked, slept = cases.waiting(ready, 4)
    session = cases.hold(ready, SESSION)
    [late] = cases.waiting(ready, 1)
    cases.review(ready, met)
    cases.review(ready, refused, "NOT_MET", condition_codes=["E04"], notes="مدرک دیپلم است")
    cases.review(ready, asked, "NEED_INFO", notes="نقشه محل؟")
    with pytest.raises(errors.Invalid):  # a refusal without a code is impossible
        cases.review(ready, slept, "NOT_MET", notes="نه")
    cases.confirm(ready, session.cycle.id)
    assert cases.results(ready, [met, refused, asked, slept, late]) == ["ISSUE", "REJECT", "DEFER", "DEFER", None]
    with ready.product.database.read() as read:
        record = docket_sessions.of(read, cycle_id=session.cycle.id)
        name, media_type, path = docket_sessions.minutes(read, product=ready.product, cycle_id=session.cycle.id,
                                                         user=ready.users["manager"])
        with pytest.raises(errors.Forbidden):
            docket_sessions.minutes(read, product=ready.product, cycle_id=session.cycle.id,
                                    user=ready.users["clerk"])
    assert record is not None and (record.number, record.members_present) == ("12", 3)
    assert (name, media_type, path.read_bytes()[:5]) == ("minutes.pdf", "application/pdf", b"%PDF-")
    following = cases.hold(ready, NEXT)
    with ready.product.database.read() as read:
        docket = [item.subject for item in cases.cycle_progress.docket(read, cycle_id=following.cycle.id).items]
    assert docket[2:] == [late] and set(docket[:2]) == {asked, slept}  # carried over first


def test_after_two_deferrals_the_head_decides(ready: World):
    [one] = cases.waiting(ready, 1)
    for moment, heard in ((SESSION, "DEFER"), (NEXT, "DEFER"), (THIRD, "HEAD")):
        session = cases.hold(ready, moment)
        cases.review(ready, one, "NEED_INFO", notes="مدرک؟")
        cases.confirm(ready, session.cycle.id)
        assert cases.results(ready, [one]) == [heard]
    ready.task(one, "decided")


def test_an_unmet_binding_condition_cannot_be_passed_over(ready: World):
    [one] = cases.waiting(ready, 1, eligibility=[{"code": "E04", "action": "REFUSE"}])
    session = cases.hold(ready, SESSION)
    with ready.product.database.read() as read:
        chosen = review_bulk.selection(read, product=ready.product, cycle_id=session.cycle.id, user=ready.users["bank"])
    assert (chosen.applications, chosen.questioned) == ((), 1)
    with pytest.raises(errors.Invalid):
        cases.review(ready, one, notes="با این همه")


def test_what_is_withdrawn_leaves_the_docket_and_the_rest_goes_on(ready: World):
    gone, stays = cases.waiting(ready, 2)
    session = cases.hold(ready, SESSION)
    cases.withdraw(ready, gone)
    ready.run_jobs()
    assert ready.tasks(gone) == []
    cases.review(ready, stays)
    cases.confirm(ready, session.cycle.id)
    assert cases.outcomes(ready, session.cycle.id) == {"WITHDRAWN": 1, "ISSUE": 1}
    assert cases.session_of(ready).cycle.state == "CLOSED"


def test_an_empty_session_is_on_record_and_an_open_one_holds_up_no_later_one(ready: World):
    empty = cases.hold(ready, SESSION)
    assert (empty.cycle.state, empty.cycle.found) == ("CLOSED", 0)
    with ready.product.database.read() as read:
        record = docket_sessions.of(read, cycle_id=empty.cycle.id)
        assert record is not None
        assert ready.product.engine.instance(read, record.instance_id).outcome == "EMPTY"
    [first] = cases.waiting(ready, 1)
    slow = cases.hold(ready, NEXT)
    [second] = cases.waiting(ready, 1)
    third = cases.hold(ready, THIRD)
    assert (slow.cycle.month, third.cycle.month, third.in_review) == (3, 4, 1)
    assert {task.element_id for task in ready.tasks(slow.cycle.id)} == {"confirm_session", "follow_session"}
    cases.review(ready, second)
    cases.confirm(ready, third.cycle.id)
    assert cases.results(ready, [first, second]) == [None, "ISSUE"]


def test_an_extraordinary_session_comes_by_message_and_has_its_process(ready: World):
    [one] = cases.waiting(ready, 1)
    with ready.product.database.begin() as session:
        [instance] = ready.product.engine.publish(session, name="extraordinary_session", correlation_key="WAZ",
                                                  variables={"reason": "مهلت قانونی نزدیک است"})
    ready.run_jobs()
    found = cases.session_of(ready)
    assert (found.cycle.sequence, found.cycle.reason, found.in_review) == (1, "مهلت قانونی نزدیک است", 1)
    with ready.product.database.read() as session:
        record = docket_sessions.of(session, cycle_id=found.cycle.id)
    assert record is not None and record.instance_id == instance
    cases.review(ready, one)
    cases.confirm(ready, found.cycle.id)
    assert cases.results(ready, [one]) == ["ISSUE"]


def test_one_poisoned_item_leaves_one_incident_and_every_other_is_decided(ready: World,
                                                                                monkeypatch: pytest.MonkeyPatch):
    count = 400 if ready.product.database.sqlalchemy_engine.dialect.name == "sqlite" else 60
    ids = cases.waiting(ready, count)
    session = cases.hold(ready, SESSION)
    cases.recommend_all(ready, session.cycle.id)
    bad, record_result = ids[7], reviews.dockets.decide_handler

    def poisoned(product, call):
        if call.business_key == bad:
            raise ValueError("poison")
        record_result(product, call)

    monkeypatch.setattr(reviews.dockets, "decide_handler", poisoned)
    cases.confirm(ready, session.cycle.id)
    assert cases.outcomes(ready, session.cycle.id) == {"ISSUE": count - 1, None: 1}
    with ready.product.database.begin() as read:
        [incident] = ready.product.engine.incidents(read).items
        monkeypatch.undo()
        ready.product.engine.retry_incident(read, incident.id, actor=cases.Actor(id="admin"))
    ready.run_jobs()
    assert set(cases.results(ready, ids)) == {"ISSUE"}
    assert cases.session_of(ready).cycle.state == "CLOSED"


def test_nobody_confirms_for_many_what_he_has_not_seen(ready: World):
    cases.waiting(ready, 2)
    session = cases.hold(ready, SESSION)
    with ready.product.database.begin() as write:
        chosen = review_bulk.selection(write, product=ready.product, cycle_id=session.cycle.id,
                                       user=ready.users["bank"])
        with pytest.raises(errors.Forbidden):
            review_bulk.selection(write, product=ready.product, cycle_id=session.cycle.id, user=ready.users["manager"])
    cases.review(ready, chosen.applications[0])
    with ready.product.database.begin() as write, pytest.raises(review_bulk.PreviewOutdated):
        review_bulk.recommend(write, product=ready.product, cycle_id=session.cycle.id, seal=chosen.seal,
                              user=ready.users["bank"])


def test_the_review_decision_knows_the_one_application_only():
    table = etree.fromstring(scenario.bundle()["decisions/review-decision.dmn"])
    assert {node.get("name") for node in table.iterfind(".//{*}inputData")} == {
        "recommendation", "documents_ok", "persons_ok", "site_ok", "deferrals", "max_deferrals"}


def test_the_schedule_is_a_rule(ready: World):
    kind = ready.product.cycle_kinds["monthly-review"]
    with ready.product.database.begin() as session:
        before = cycles.next_fire(session, product=ready.product, kind=kind)
        latest = ready.product.engine.latest_deployment(session)
        files = ready.product.engine.resources(session, latest.id)
        text = files["rules/rules.yaml"].decode().replace("key: cycle_working_day\n    value: 1",
                                                          "key: cycle_working_day\n    value: 4")
        ready.product.engine.deploy(session, resources={**files, "rules/rules.yaml": text.encode()}, actor=cases.SYSTEM)
        after = cycles.next_fire(session, product=ready.product, kind=kind)
    assert before.hour == after.hour and (after - before).days >= 3
