"""Grades act: what may refuse or charge follows from the rules, and tables, catalogue and values must agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from engine.values import Actor
from tests import scenario
from tests.workflows.world import PDF, World
from workflows import bootstrap, documents, rules

RULES, ELIGIBILITY, FEE = "rules/rules.yaml", "decisions/eligibility.dmn", "decisions/fee.dmn"
PROCESS = "processes/create-urban-office.bpmn"


def with_rule(rule_key: str, **changes: Any) -> Mapping[str, bytes]:
    document = yaml.safe_load(scenario.bundle()[RULES])
    [rule] = [one for one in document["rules"] if one["key"] == rule_key]
    rule.update(changes)
    return {**scenario.bundle(), RULES: yaml.safe_dump(document, allow_unicode=True).encode()}


def replaced(file: str, old: str, new: str) -> Mapping[str, bytes]:
    text = scenario.bundle()[file].decode()
    assert old in text
    return {**scenario.bundle(), file: text.replace(old, new, 1).encode()}


def told(bundle: Mapping[str, bytes], severity: str = "error") -> list[tuple[str, str]]:
    return [(one.where, one.code) for one in bootstrap.check(bundle) if one.severity == severity]


def deploy(world: World, bundle: Mapping[str, bytes]) -> None:
    with world.product.database.begin() as session:
        world.product.engine.deploy(session, resources=bundle, actor=Actor(id="admin"))


def variables(world: World, application_id: str) -> Mapping[str, Any]:
    with world.product.database.read() as session:
        return world.product.engine.variables(session, world.application(application_id).instance_id or "")


def test_a_rule_that_is_graded_down_asks_instead_of_refusing(world: World):
    deploy(world, with_rule("urban_ceo_min_degree", value="DOCTORATE", grade="D"))
    mine = world.submit().application_id
    [unmet] = variables(world, mine)["eligibility"]
    assert (unmet["code"], unmet["action"], unmet["grade"]) == ("E04", "ASK", "D")
    assert "دکتری" in unmet["text_fa"]
    assert world.task(mine, "check_documents")


def test_a_rule_of_another_province_asks_until_it_is_taken_over(world: World):
    deploy(world, with_rule("urban_area_min_m2", value=100, scope="province"))
    [unmet] = variables(world, world.submit().application_id)["eligibility"]
    assert (unmet["code"], unmet["action"], unmet["text_en"]) == (
        "E08", "REFUSE", "The office must have an area of at least 100 square metres")


@pytest.mark.parametrize(("grade", "mode"), [("D", "UNDERTAKING"), ("B", "PAYMENT")])
def test_only_a_well_founded_fee_is_charged(world: World, grade: str, mode: str):
    deploy(world, with_rule("fee_create", value=25_000_000, grade=grade, source="a decree"))
    mine = world.submit().application_id
    world.advance_to(mine, "settle_fee")
    fee = variables(world, mine)["fee"]
    assert (fee["mode"], fee["amount"]) == (mode, 25_000_000 if mode == "PAYMENT" else None)


@pytest.mark.parametrize(("grade", "stored"), [("D", {"settle_fee.undertaking_file"}), ("B", set())])
def test_a_file_for_a_question_that_is_not_asked_is_left_out(world: World, grade: str, stored: set[str]):
    deploy(world, with_rule("fee_create", value=25_000_000, grade=grade, source="a decree"))
    mine = world.submit().application_id
    world.advance_to(mine, "settle_fee")
    world.complete(mine, "settle_fee", payment_ref="123456", files={"undertaking_file": ("undertaking.pdf", PDF)})
    with world.product.database.read() as session:
        found = documents.listed(session, application_id=mine)
    assert {one.field for one in found if one.field.startswith("settle_fee")} == stored


def test_a_condition_must_not_claim_another_foundation_than_its_rule():
    stated = "    rule: urban_ceo_min_degree\n    grade: B"
    assert told(replaced("rules/conditions.yaml", "    rule: urban_ceo_min_degree", stated)) == [
        ("E04", "rules_disagree")]
    assert told(replaced("rules/conditions.yaml", "    rule: urban_ceo_min_degree", "    rule: no_such_rule")) == [
        ("E04", "rules")]


@pytest.mark.parametrize(("old", "new", "where", "code"), [
    ("conditions_meta.E03.action", '"REFUSE"', "E03_out6", "table_disagrees"),
    ("conditions_meta.E07.grade", "conditions_meta.E03.grade", "E07_out5", "table_disagrees"),
    ('<text>"E02"</text>', '<text>"E99"</text>', "E02", "condition_unknown"),
])
def test_a_table_that_says_other_than_the_catalogue_is_refused(old: str, new: str, where: str, code: str):
    assert told(replaced(ELIGIBILITY, old, new)) == [(where, code)]


def test_a_fee_table_that_charges_without_foundation_is_refused():
    assert told(replaced(FEE, " and rules_meta.fee_create.acts = true", "")) == [("fee", "unfounded_charge")]
    assert told(replaced(FEE, "rules_meta.fee_create.grade", '"A"')) == [("fee_known_out4", "table_states_grade")]


def test_a_condition_no_table_tests_is_pointed_out():
    extra = ("\n  - {code: E11, kind: eligibility, text_fa: ت, text_en: t, grade: A, scope: national, source: s}\n")
    text = scenario.bundle()["rules/conditions.yaml"].decode().replace("\nconditions:", "\nconditions:" + extra, 1)
    bundle = {**scenario.bundle(), "rules/conditions.yaml": text.encode()}
    assert told(bundle) == []
    assert told(bundle, "warning") == [("E11", "condition_untested")]


@pytest.mark.parametrize(("key", "value"), [
    ("cra_answer_sla_wd", "abc"), ("cra_answer_sla_wd", -5), ("cra_answer_sla_wd", None), ("cra_answer_sla_wd", True),
    ("cra_answer_sla_wd", 1.5), ("correction_window_wd", "ten"), ("inquiries_create", "TAX"), ("inquiries_create", []),
    ("inquiries_create", ["TAX", "TAX"]), ("inquiries_create", ["TAXES"]), ("urban_ceo_min_degree", "BACHELORS"),
    ("urban_applicant_kind", []), ("issuer_create", "ME"), ("fee_create", 0), ("requires_call", "no"),
    ("renew_reminders_days", [30, 30]), ("licence_valid_months", 0), ("correction_reminder_wd", 10),
])
def test_a_value_out_of_its_range_is_refused_at_the_rule(key: str, value: object):
    assert told(with_rule(key, value=value)) == [(key, "rule_value")]


def test_a_scope_there_is_none_of_is_refused():
    assert told(with_rule("fee_renew_ratio", scope="provinse")) == [(RULES, "rules")]


def test_every_wrong_value_is_told_at_once():
    document = yaml.safe_load(scenario.bundle()[RULES])
    for rule in document["rules"]:
        rule["value"] = {"nothing": 1} if rule["key"] == "none" else "?"
    found = bootstrap.check({**scenario.bundle(), RULES: yaml.safe_dump(document).encode()})
    assert len([one for one in found if one.code == "rule_value"]) == len(rules.read(scenario.bundle()).rules)


def test_a_name_nobody_writes_is_pointed_out_with_the_name_that_was_meant():
    [warning] = bootstrap.check(replaced(PROCESS, 'decision = "SIGN"', 'dicision = "SIGN"'))
    assert (warning.severity, warning.code, warning.fix) == ("warning", "unwritten_name", "did you mean decision?")
    assert warning.where.startswith("flow_")
    assert warning.line is not None
    assert "dicision" in warning.what


def test_a_misspelt_rule_is_pointed_out_where_it_is_read_and_where_it_stands():
    [read] = bootstrap.check(replaced(PROCESS, "rules.cra_answer_sla_wd", "rules.cra_anser_sla_wd"))
    assert (read.code, read.fix) == ("unwritten_name", "did you mean rules.cra_answer_sla_wd?")
    found = bootstrap.check(with_rule("appeal_window_days", key="apeal_window_days"))
    assert [(one.where, one.code, one.fix) for one in found] == [
        ("apeal_window_days", "unread_rule", "did you mean appeal_window_days?")]
