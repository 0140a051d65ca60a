"""The shipped scenarios go as they say on the dry run too, take every sequence flow, and can fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests import scenario
from workflows import calendar, rehearsals, scenarios


def played(book: scenarios.Book) -> rehearsals.Played:
    return rehearsals.play(scenario.bundle(), book, calendar.official_functions())


def changed(title: str, **changes: Any) -> rehearsals.Played:
    return played(scenarios.Book(scenarios={title: {**scenario.scenarios()[title], **changes}}, paths=scenario.paths()))


def test_every_scenario_goes_as_it_says_and_together_they_take_every_flow():
    found = played(scenario.book())
    assert [problem.what for problem in found.problems] == []
    assert set(found.titles) == set(scenario.scenarios())
    assert {each.resource: each.missed for each in found.coverage} == {
        name: [] for name in scenario.bundle() if name.endswith(".bpmn")}


@pytest.mark.parametrize("changes", [
    {"expected": {"outcome": "REJECTED"}}, {"expected": {"end": "end_rejected"}}, {"expected": {"called": ["nobody"]}},
    {"expected": {"facts": {"area_m2": 1}}}, {"expected": {"waiting": ["check_documents"]}},
    {"events": [{"complete": "nobody"}]}, {"events": [{"expect": ["nobody"]}]}, {"events": [{"sing": "aloud"}]},
    {"events": [{"path": "nowhere"}]}, {"events": [{"incident": "check_documents"}]}, {"events": [{"answer": {}}]},
    {"events": [{"message": "nobody_waits"}]}, {"events": [{"retry": "check_documents"}]},
    {"events": [{"message": "issuer_issued", "with": {}}]},
])
def test_a_scenario_that_goes_otherwise_is_told(changes: dict[str, Any]):
    [problem] = changed("An application without obstacles becomes a licence", **changes).problems
    assert problem.where == "An application without obstacles becomes a licence"
    assert problem.what.startswith("The scenario goes otherwise at ")
    assert problem.what_fa
    assert problem.code == "scenario_failed"


def test_coverage_names_the_flows_that_no_scenario_takes():
    found = changed("An applicant who meets an obstacle may stop")
    [coverage] = [each for each in found.coverage if each.process == "create-urban-office"]
    assert "flow_gw_choice__end_withdrawn" not in coverage.missed
    assert "flow_register_licence__end_issued" in coverage.missed
