"""Files of scenarios: nothing in them is passed over, and all that is wrong is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import errors
from engine.values import Problem
from tests import scenario
from workflows import scenario_files, scenarios

HEAD = "process: visit\nscenarios:\n  - title: one\n    "
FINE = HEAD + "events: [{complete: look, with: {fine: true}}]\n    expected: {outcome: FINE}\n"


def told(folder: Path, **files: str) -> list[tuple[str | None, int | None, str]]:
    """What is wrong with files of these names."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    found: list[Problem] = []
    try:
        scenario_files.read(folder)
    except errors.Invalid as refused:
        found = list(refused.problems)
    assert all(problem.what_fa and problem.fix and problem.fix_fa for problem in found)
    return [(problem.file, problem.line, problem.what) for problem in found]


def test_a_scenario_has_what_its_file_says_of_all(tmp_path: Path) -> None:
    assert told(tmp_path, a=FINE) == []
    [found] = scenario_files.read(tmp_path).scenarios.values()
    assert found == {"process": "visit", "title": "one", "events": [{"complete": "look", "with": {"fine": True}}],
                     "expected": {"outcome": "FINE"}}


@pytest.mark.parametrize(("text", "line", "said"), [
    (FINE.replace("expected", "expcted"), 5, "a scenario has no expcted"),
    (FINE.replace("outcome", "outcom"), 5, "expected has no outcom"),
    (FINE.replace("with", "wth"), 4, "complete has no wth"),
    (FINE.replace("process", "proces"), 1, "the file has no proces"),
    (FINE.replace("complete", "compleat"), 4, "there is no word compleat"),
    (FINE.replace("{outcome: FINE}", "{waiting: look}"), 5, "waiting must be a list of texts"),
    (FINE.replace("{outcome: FINE}", "{}"), 5, "expected must be one or more of: outcome, end, called, waiting, facts"),
    (FINE.replace("{complete: look, with: {fine: true}}", "advance: {dys: 3}"), 4,
     "advance must be `days` or `working_days` with a number"),
    (FINE.replace("{complete: look, with: {fine: true}}", "look"), 4,
     "an event is one of the words with what it is about"),
    (FINE.replace("{complete: look, with: {fine: true}}", "path: nowhere"), 4, "there is no path nowhere"),
    (FINE.replace("title: one", "events: []"), 3, "a scenario without title"),
    (FINE.replace("process: visit", "key: a"), 3, "a scenario without process"),
    (FINE + "    title: two\n", 6, "title stands twice in a scenario"),
    (FINE + "  - 7\n", 6, "a scenario must be names with values"),
    (FINE + "paths: {a: [{path: b}], b: [{path: a}]}\n", 6, "the path b plays itself"),
    (FINE + "handlers: {ask: yes}\n", 6, "handlers must be names with the facts that each answers"),
    ("scenarios: [", 1, "is no YAML: expected the node content, but found '<stream end>'"),
    ("- a", 1, "is no file of scenarios: YAML with a list `scenarios`, each with a title"),
    ("", 1, "is no file of scenarios: YAML with a list `scenarios`, each with a title"),
])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    assert ("a.yaml", line, said) in told(tmp_path, a=text)


def test_a_scenario_that_cannot_fail_is_refused(tmp_path: Path) -> None:
    cannot = (HEAD + "events: [{complete: look}]\n")
    assert told(tmp_path, a=cannot) == [("a.yaml", 3, "one expects nothing, so it cannot fail")]
    assert told(tmp_path, a=cannot.replace("complete: look", "expect: [look]")) == []


def test_all_faults_of_all_files_come_in_one_answer(tmp_path: Path) -> None:
    wrong = FINE.replace("outcome", "outcom").replace("with", "wth")
    assert [(file, line) for file, line, _ in told(tmp_path, b=wrong, a=wrong)] == [
        ("a.yaml", 4), ("a.yaml", 5), ("b.yaml", 3), ("b.yaml", 4), ("b.yaml", 5)]


def test_an_incident_that_a_scenario_does_not_tell_of_fails_it() -> None:
    class Stage:
        office = scenarios.Office()

        def incidents(self) -> list[str]:
            return ["register"]

        def variables(self) -> dict[str, object]:
            return {}

    player = scenarios.Player(Stage(), {})  # type: ignore[arg-type]
    with pytest.raises(scenarios.ScenarioFailed, match="failed: register"):
        player.expect({"facts": {}})
    player.play([{"incident": "register"}])
    player.expect({"facts": {}})


def test_the_shipped_scenarios_are_well_formed() -> None:
    assert len(scenario_files.read(scenario.BPMN / "scenarios").scenarios) > 20
