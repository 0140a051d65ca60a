"""Rules are changed by two people, from a day on; an application keeps the versions of its day of submission."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine import errors
from tests.workflows.world import PASSWORD, World
from workflows import accounts, authorization, calendar, rule_proposals, rule_versions, rules
from workflows.models.rule_version import RuleVersion

LAW = {"grade": "A", "scope": "national", "source": "decree 5", "source_fa": "تصویب‌نامه ۵"}
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def tomorrow(world: World) -> date:
    return calendar.today(world.clock.now()) + timedelta(days=1)


def propose(world: World, key: str, *, kind: str = "RULE", user: str = "admin", on: date | None = None,
            reason: str = "نامه ۱۲", **changes: Any) -> rule_proposals.Version:
    with world.product.database.begin() as session:
        return rule_proposals.propose(session, product=world.product, user=world.users[user], kind=kind, key=key,
                                      changes=changes, effective_from=on or tomorrow(world), reason=reason)


def approve(world: World, proposed: rule_proposals.Version, user: str = "manager") -> rule_proposals.Version:
    with world.product.database.begin() as session:
        return rule_proposals.approve(session, product=world.product, user=world.users[user], id=proposed.id)


def present(world: World, key: str) -> Any:
    with world.product.database.read() as session:
        book = rules.in_force(session, engine=world.product.engine, on=calendar.today(world.clock.now()))
    return book.rules[key].value


def variables(world: World, application_id: str) -> Mapping[str, Any]:
    with world.product.database.read() as session:
        return world.product.engine.variables(session, world.application(application_id).instance_id or "")


def refused(world: World, key: str, **changes: Any) -> list[str]:
    with pytest.raises(errors.Invalid) as found:
        propose(world, key, **changes)
    return sorted(one.where for one in found.value.problems)


def test_an_application_keeps_the_rules_of_its_day_of_submission(world: World):
    before = world.submit().application_id
    approve(world, propose(world, "correction_window_wd", value=20))
    same_day = world.submit(site_postal_code="5713812346").application_id
    world.pass_time(days=1)
    after = world.submit(site_postal_code="5713812347").application_id
    assert [int(variables(world, one)["rules"]["correction_window_wd"]) for one in (before, same_day, after)] == [
        10, 10, 20]
    for application_id, days in ((before, 10), (after, 20)):
        world.complete(application_id, "check_documents", complete=False, missing_codes=["D02"], note="ناخوانا")
        told_at = world.clock.now()
        world.run_jobs()
        assert world.application(application_id).due_at == world.product.calendar.add_working_days(told_at, days)
        with world.product.database.read() as session:
            book = rules.of_application(session, engine=world.product.engine,
                                        application=world.application(application_id))
        assert book.rules["correction_window_wd"].value == days


def test_nobody_approves_what_he_proposed(world: World):
    with world.product.database.begin() as session:
        accounts.set_roles(session, id=world.users["admin"].id, roles=[("ADMIN", None), ("MANAGER", None)])
        world.users["admin"] = accounts.member(session, world.users["admin"].id)
    proposed = propose(world, "lease_min_months", value=24)
    with pytest.raises(rule_proposals.SamePerson):
        approve(world, proposed, user="admin")
    with pytest.raises(IntegrityError), world.product.database.begin() as session:  # nor does the table allow it
        session.execute(sa.update(RuleVersion).values(state="APPROVED", decided_by=world.users["admin"].id))
    assert approve(world, proposed).state == rule_versions.APPROVED


@on_sqlite
def test_a_second_account_of_the_same_person_is_the_same_person(world: World):
    with world.product.database.begin() as session:
        for name, role in (("first", "ADMIN"), ("second", "MANAGER")):
            world.users[name] = accounts.create_staff(session, username=name, password=PASSWORD, name=name,
                                                      national_id="0013542419", roles=((role, None),))
    with pytest.raises(rule_proposals.SamePerson):
        approve(world, propose(world, "lease_min_months", user="first", value=24), user="second")


@on_sqlite
def test_who_may_propose_and_decide_stands_in_the_table(world: World):
    for user in ("clerk", "manager", "supervisor"):
        with pytest.raises(authorization.RoleMissing):
            propose(world, "lease_min_months", user=user, value=24)
    proposed = propose(world, "lease_min_months", value=24)
    with pytest.raises(authorization.RoleMissing):
        approve(world, proposed, user="supervisor")
    with world.product.database.read() as session:
        lines = rule_proposals.listed(session, product=world.product, user=world.users["clerk"])
        with pytest.raises(authorization.RoleMissing):
            rule_proposals.listed(session, product=world.product, user=world.users["applicant"])
    [line] = [one for one in lines if one.key == "lease_min_months"]
    assert line.proposed == proposed and not line.changed and line.present.value == 60


@on_sqlite
@pytest.mark.parametrize(("key", "changes"), [
    ("urban_age_min", {"value": 70}), ("lease_min_months", {"value": 600}), ("urban_area_min_m2", {"value": 9999})])
def test_a_default_and_another_provinces_rule_ask_whatever_value_they_are_given(world: World, key: str, changes: Any):
    approve(world, propose(world, key, **changes))
    world.pass_time(days=1)
    [unmet] = variables(world, world.submit().application_id)["eligibility"]
    assert unmet["action"] == "ASK"


@on_sqlite
def test_an_unfounded_fee_is_not_charged_whatever_it_is_set_to(world: World):
    approve(world, propose(world, "fee_create", value=1_000_000, grade="C"))
    world.pass_time(days=1)
    mine = world.submit().application_id
    world.advance_to(mine, "settle_fee")
    assert variables(world, mine)["fee"]["mode"] == "UNDERTAKING"


@on_sqlite
def test_who_raises_a_rule_to_one_that_acts_names_where_it_stands(world: World):
    assert refused(world, "urban_age_min", grade="A") == ["source", "source_fa"]
    approve(world, propose(world, "urban_age_min", value=70, **LAW))
    world.pass_time(days=1)
    [unmet] = variables(world, world.submit().application_id)["eligibility"]
    assert (unmet["code"], unmet["action"], unmet["source"]) == ("E03", "REFUSE", "decree 5")
    assert "70" in unmet["text_en"]


@on_sqlite
def test_every_fault_of_a_proposal_is_told_at_once(world: World):
    today = calendar.today(world.clock.now())
    assert refused(world, "lease_min_months", on=today, reason=" ", grade="E", scope="moon") == [
        "effective_from", "grade", "reason", "scope"]
    assert refused(world, "lease_min_months", value="sixty") == ["value"]
    assert refused(world, "lease_min_months", value={"a": 1}) == ["value"]
    assert refused(world, "inquiries_create", value=["CRIMINAL", "NONE"]) == ["value"]
    assert refused(world, "lease_min_months", value=60) == ["value"]
    assert refused(world, "correction_reminder_wd", value=10) == ["value"]  # not before the window ends
    assert refused(world, "lease_min_months", value=24, code="x") == ["code"]
    assert refused(world, "E08", kind="CONDITION", portal_no="1", grade="A") == ["grade"]  # its rule's
    with pytest.raises(errors.NotFound):
        propose(world, "quota", value=3)


@on_sqlite
def test_a_proposal_waits_alone_and_is_decided_once(world: World):
    first = propose(world, "lease_min_months", value=24)
    with pytest.raises(rule_proposals.ProposalOpen):
        propose(world, "lease_min_months", value=36)
    with world.product.database.begin() as session:
        declined = rule_proposals.decline(session, product=world.product, user=world.users["manager"], id=first.id,
                                          reason="سند ندارد")
    assert (declined.state, declined.decision_reason) == (rule_versions.REJECTED, "سند ندارد")
    with pytest.raises(rule_proposals.ProposalDecided):
        approve(world, first)
    second = propose(world, "lease_min_months", value=36)
    with world.product.database.begin() as session:
        assert rule_proposals.decline(session, product=world.product, user=world.users["admin"], id=second.id,
                                      reason="اشتباه").state == rule_versions.WITHDRAWN
    assert present(world, "lease_min_months") == 60


@on_sqlite
def test_a_proposal_whose_day_has_come_is_not_approved_any_more(world: World):
    proposed = propose(world, "lease_min_months", value=24)
    world.pass_time(days=1)
    with pytest.raises(rule_proposals.EffectiveDayPassed):
        approve(world, proposed)


@on_sqlite
def test_versions_that_would_contradict_each_other_later_are_refused(world: World):
    later = tomorrow(world) + timedelta(days=10)
    approve(world, propose(world, "correction_window_wd", value=6, on=later))
    assert refused(world, "correction_reminder_wd", value=8) == ["value"]
    approve(world, propose(world, "correction_reminder_wd", value=4))
    world.pass_time(days=12)
    assert (present(world, "correction_window_wd"), present(world, "correction_reminder_wd")) == (6, 4)


@on_sqlite
def test_the_history_of_a_rule_tells_who_when_and_why_and_a_new_deployment_leaves_versions_alone(world: World):
    approve(world, propose(world, "lease_min_months", value=24, on=tomorrow(world)))
    approve(world, propose(world, "lease_min_months", value=36, on=tomorrow(world) + timedelta(days=5)))
    approve(world, propose(world, "E08", kind="CONDITION", portal_no=" ۱۲-۳ "))
    world.pass_time(days=1)
    with world.product.database.read() as session:
        found = rule_proposals.record(session, product=world.product, user=world.users["clerk"], kind="RULE",
                                      key="lease_min_months")
        book = rules.in_force(session, engine=world.product.engine, on=calendar.today(world.clock.now()))
    assert (found.line.present.value, found.deployed.value, found.line.coming.content["value"]) == (24, 60, 36)
    assert [(one.content["value"], one.reason, one.proposed_by, one.decided_by) for one in found.history] == [
        (value, "نامه ۱۲", world.users["admin"].id, world.users["manager"].id) for value in (36, 24)]
    assert book.conditions["E08"].portal_no == "۱۲-۳"
    assert "24" in book.conditions["E09"].text_en
