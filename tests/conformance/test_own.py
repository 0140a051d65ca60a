"""Our own suite, in the formats of the outside ones, passes whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import run
from tests.conformance.outcomes import Score

OWN = Path(__file__).parent / "own"


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    with run.workers() as executor:
        return {suite.name: run.score(suite, executor, run.Progress()) for suite in run.discover(OWN)}


@pytest.mark.parametrize("suite", ["betsy-bpmn", "dmn-tck-3", "miwg"])
def test_every_case_of_the_own_suite_passes(scores, suite):
    assert [f"{outcome.name}: {outcome.reason}" for outcome in scores[suite].outcomes if not outcome.passed] == []


def test_the_own_suite_is_as_large_as_it_was_made(scores):
    assert len(scores["dmn-tck-3"].outcomes) >= 300
    assert len(scores["betsy-bpmn"].outcomes) >= 18


def test_a_model_that_cannot_be_walked_through_is_not_simulated(scores):
    walked = {outcome.name: bool(outcome.facts.get("simulated")) for outcome in scores["miwg"].outcomes}
    assert walked == {"deadlock.bpmn": False, "drawn.bpmn": True, "picture.bpmn": True, "python-script.bpmn": True,
                      "undecided.bpmn": True, "walked.bpmn": True}
    assert scores["miwg"].line == "miwg: deployed=2 refused=4 simulated=5/6"


def test_an_instance_that_ends_by_waiting_says_where(scores):
    [join] = [outcome for outcome in scores["betsy-bpmn"].outcomes if outcome.name == "OneAnswerOfTwo"]
    assert {case["ended"] for case in join.facts["cases"]} == {"waiting at answered"}
