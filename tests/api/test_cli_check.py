"""`parvaneh check` of single files: every problem, what the control flow can come to, scenarios and their coverage."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api import cli
from tests.engine import models
from tests.timing import in_time

ROOT = Path(__file__).parents[2]
STORY = """
process: visit
key: A-1
handlers: {registry.ask: {known: true}}
scenarios:
  - title: A visit that is fine
    given: {facts: {number: A-1}}
    events:
      - {complete: look, with: {fine: true}}
    expected: {outcome: FINE, end: end_fine, called: [registry.ask], facts: {known: true, fine: true}}
"""


@pytest.fixture
def check(monkeypatch, tmp_path):
    """Run `parvaneh check` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARVANEH_DATABASE_URL", "sqlite:///none.sqlite")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli.cli, ["check", *arguments])

    return run


def user(id: str) -> str:
    return (f'<bpmn:userTask id="{id}" name="{id}" parvaneh:role="CLERK" parvaneh:deadline="P3D" '
            'parvaneh:formKey="report-ready"/>')


def visit() -> bytes:
    return models.process(
        "visit", models.start(), '<bpmn:task id="ask"/>', user("look"), models.gateway("fits"),
        models.end("end_fine", 'parvaneh:outcome="FINE"'), models.end("end_wrong", 'parvaneh:outcome="WRONG"'),
        models.path("start_1", "ask", "look", "fits"), models.flow("fits", "end_fine", "fine"),
        models.flow("fits", "end_wrong", "not(fine)"))


def test_a_fault_of_the_flow_is_shown_with_a_way_to_it(check, tmp_path):
    stuck = models.process(
        "stuck", models.start(), models.gateway("either"), '<bpmn:task id="a"/>', '<bpmn:task id="b"/>',
        models.gateway("both", "parallel"), models.end(), models.path("start_1", "either"),
        models.flow("either", "a", "x"), models.flow("either", "b", "not(x)"), models.path("a", "both", "end_1"),
        models.path("b", "both"))
    (tmp_path / "stuck.bpmn").write_bytes(stuck)
    done = check("stuck.bpmn")
    assert "both: deadlock: a token can wait here for ever" in done.stderr
    assert "for instance after start_1 → either" in done.stderr
    assert "processes/stuck.bpmn: stuck: all " in done.stdout


def test_the_flow_is_looked_at_although_the_file_has_other_faults(check, tmp_path):
    stuck = models.process(
        "stuck", models.start(), models.gateway("either"), '<bpmn:userTask id="a"/>', '<bpmn:serviceTask id="b"/>',
        models.gateway("both", "parallel"), models.end(), models.path("start_1", "either"),
        models.path("either", "a", "both", "end_1"), models.path("either", "b", "both"))
    (tmp_path / "stuck.bpmn").write_bytes(stuck)
    done = check("stuck.bpmn")
    assert done.exit_code == 1
    for told in ("a: the user task has no role", "b: parvaneh:handler is missing", "both: deadlock"):
        assert told in done.stderr


def test_ten_branches_of_twenty_eight_tasks_are_decided(check, tmp_path):
    branches = [[f"t{branch}_{number}" for number in range(28)] for branch in range(10)]
    big = models.process(
        "big", models.start(), models.gateway("split", "parallel"), models.gateway("join", "parallel"), models.end(),
        models.path("start_1", "split"), models.path("join", "end_1"),
        *(user(task) for branch in branches for task in branch),
        *(models.path("split", *branch, "join") for branch in branches))
    (tmp_path / "big.bpmn").write_bytes(big)
    done = in_time(10, lambda: check("big.bpmn"))
    assert done.exit_code == 0, done.output
    assert "processes/big.bpmn: big: all " in done.stdout
    assert "284 of 284 elements seen running" in done.stdout


def test_scenarios_beside_the_diagram_are_played_and_what_they_miss_is_named(check, tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "visit.bpmn").write_bytes(visit().replace(
        b'<bpmn:task id="ask"/>', models.service("ask", "applications.show_conditions").encode()))
    (tmp_path / "scenarios" / "visit.yaml").write_text(
        STORY.replace("registry.ask", "applications.show_conditions"), encoding="utf-8")
    done = check("visit.bpmn")
    assert done.exit_code == 0, done.output
    assert "1 of 1 scenarios of scenarios go as they say" in done.stdout
    assert "processes/visit.bpmn: visit: 4 of 5 sequence flows taken; not fits__end_wrong" in done.stdout
    assert "scenarios" not in check("visit.bpmn", "--no-scenarios").stdout


def test_a_scenario_that_goes_otherwise_fails_the_check(check, tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "visit.bpmn").write_bytes(visit())
    (tmp_path / "scenarios" / "visit.yaml").write_text(
        STORY.replace("fine: true}}\n    expected", "fine: false}}\n    expected"), encoding="utf-8")
    done = check("visit.bpmn")
    assert done.exit_code == 1
    assert "0 of 1 scenarios of scenarios go as they say" in done.stdout
    assert "A visit that is fine: The scenario goes otherwise at {'expected': {'outcome': 'FINE'" in done.stderr
    assert "it is WRONG" in done.stderr


def test_a_file_that_is_no_scenario_is_told(check, tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "visit.bpmn").write_bytes(visit())
    (tmp_path / "scenarios" / "visit.yaml").write_text("scenarios: [{events: []}]", encoding="utf-8")
    done = check("visit.bpmn")
    assert done.exit_code == 1
    assert "visit.yaml:1: " in done.stderr


def test_scenarios_of_a_process_that_is_not_here_are_named(check, tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "visit.bpmn").write_bytes(visit())
    other = STORY.replace("process: visit", "process: vist")
    (tmp_path / "scenarios" / "visit.yaml").write_text(other, encoding="utf-8")
    assert "scenarios: not played, since their process is not here: scenarios of vist" in check("visit.bpmn").stdout


def test_the_shipped_scenarios_take_every_flow(check):
    diagrams = sorted((ROOT / "bpmn" / "processes").glob("*.bpmn"))
    done = check(*map(str, diagrams))
    assert done.exit_code == 0, done.output
    lines = [line for line in done.stdout.splitlines() if line.endswith(" sequence flows taken")]
    assert len(lines) == len(diagrams)
    for line in lines:
        taken, of, total = line.split(": ")[-1].split(" ")[:3]
        assert (of, taken) == ("of", total)
