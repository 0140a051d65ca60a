"""The rules over HTTP and at the command line: what stands, who proposes, who decides, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner

from api.cli import cli
from tests.api.people import fields
from workflows import calendar


@pytest.fixture
def tomorrow(product) -> str:
    return (calendar.today(product.clock.now()) + timedelta(days=1)).isoformat()


def test_one_person_proposes_and_another_approves(staff, tomorrow):
    proposal = {"changes": {"value": 24}, "effective_from": tomorrow, "reason": "نامه ۱۲"}
    assert staff("manager").post("/rules/RULE/lease_min_months/proposals", proposal).status_code == 403
    proposed = staff("admin").post("/rules/RULE/lease_min_months/proposals", proposal)
    assert (proposed.status_code, proposed.json["state"]) == (201, "PROPOSED")
    path = f"/rule-proposals/{proposed.json['id']}/approval"
    assert staff("admin").post(path).json["code"] == "same_person"
    assert staff("clerk").post(path).status_code == 403
    assert staff("manager").post(path, {"reason": "درست است"}).json["state"] == "APPROVED"
    assert staff("manager").post(path).json["code"] == "proposal_decided"
    found = staff("clerk").get("/rules/RULE/lease_min_months").json
    assert (found["rule"]["present"]["value"], found["rule"]["coming"]["content"]["value"]) == (60, 24)
    assert (found["rule"]["present"]["acts"], found["rule"]["present"]["grade"]) == (False, "A")
    assert [one["decision_reason"] for one in found["history"]] == ["درست است"]


def test_faults_are_told_by_field_and_strangers_see_nothing(staff, visitor, tomorrow):
    wrong = {"changes": {"value": -1, "grade": "Z"}, "effective_from": "2020-01-01", "reason": " "}
    answer = staff("admin").post("/rules/RULE/lease_min_months/proposals", wrong)
    assert sorted(fields(answer)) == ["effective_from", "grade", "reason"]
    right = {"changes": {"value": 1}, "effective_from": tomorrow, "reason": "x"}
    assert staff("admin").post("/rules/RULE/quota/proposals", right).status_code == 404
    assert staff("admin").post("/rules/MOON/lease_min_months/proposals", right).status_code == 404
    assert visitor.get("/rules").status_code == 401
    keys = {one["key"] for one in staff("inspector").get("/rules").json["items"]}
    assert {"lease_min_months", "E08", "D02"} <= keys


def test_the_command_line_lists_and_proposes_and_approves_nothing(product, var, staff, tomorrow, monkeypatch):
    monkeypatch.setenv("PARVANEH_VAR", str(var))
    monkeypatch.setenv("PARVANEH_DATABASE_URL", f"sqlite:///{var / 'parvaneh.sqlite'}")
    run = CliRunner().invoke
    listed = run(cli, ["rules", "list", "--on", "1405-07-01"])
    assert "lease_min_months  60  A  other  asks" in listed.output, listed.output
    assert "may refuse" in listed.output and "no portal number" in listed.output
    proposed = run(cli, ["rules", "propose", "requires_call", "true", "--from", tomorrow, "--reason", "فراخوان"])
    assert "Another person has to approve it" in proposed.output, proposed.output
    refused = run(cli, ["rules", "propose", "lease_min_months", "many", "--from", tomorrow, "--reason", "x"])
    assert refused.exit_code == 1 and "whole number" in refused.output
    number = run(cli, ["rules", "propose", "E08", "12-3", "--from", tomorrow, "--reason", "درگاه"])
    assert number.exit_code == 0, number.output
    [line] = [one for one in staff("manager").get("/rules").json["items"] if one["key"] == "requires_call"]
    assert (line["proposed"]["proposed_by"], line["proposed"]["content"]["value"]) == ("operator", True)
    assert staff("manager").post(f"/rule-proposals/{line['proposed']['id']}/approval").status_code == 200
