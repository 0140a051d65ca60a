"""Finding suites, printing scores, writing files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conformance import run
from tests.conformance.outcomes import digest

OWN = Path(__file__).parent / "own"


def copied(tmp_path: Path, *parts: tuple[str, str]) -> Path:
    """A folder with parts of our own suite under other names."""
    for source, target in parts:
        shutil.copytree(OWN / source, tmp_path / "suites" / target)
    return tmp_path / "suites"


def test_suites_are_known_by_their_form(tmp_path):
    folder = copied(tmp_path, ("betsy-bpmn", "deep/variants"), ("miwg", "drawn"),
                    ("dmn-tck/compliance-level-3/fees", "tck/compliance-level-2/fees"))
    assert [suite.name for suite in run.discover(folder)] == ["variants", "drawn", "tck-2"]


def test_two_suites_of_one_name_are_called_by_their_paths(tmp_path):
    folder = copied(tmp_path, ("miwg", "a/miwg"), ("miwg", "b/miwg"))
    assert [suite.name for suite in run.discover(folder)] == ["suites/a/miwg", "suites/b/miwg"]


def test_a_suite_itself_may_be_given(tmp_path):
    assert [suite.name for suite in run.discover(OWN / "miwg")] == ["miwg"]
    assert [suite.name for suite in run.discover(OWN / "dmn-tck")] == ["dmn-tck-3"]
    assert [suite.name for suite in run.discover(OWN / "dmn-tck" / "compliance-level-3")] == ["dmn-tck-3"]


def test_scores_then_failures_are_printed_and_written(tmp_path, capsys):
    folder = copied(tmp_path, ("miwg", "miwg"), ("dmn-tck/compliance-level-3/first-edition",
                                                 "dmn-tck/compliance-level-3/first-edition"))
    tests = folder / "dmn-tck/compliance-level-3/first-edition/first-edition-test-01.xml"
    tests.write_text(tests.read_text(encoding="utf-8").replace(">true<", ">false<"), encoding="utf-8")
    outcomes, scores = tmp_path / "outcomes.json", tmp_path / "scores.json"
    assert run.main(suites=str(folder), json_file=str(outcomes), scores_file=str(scores)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "dmn-tck-3: 2/3", "miwg: deployed=2 refused=4 simulated=5/6",
        "  dmn-tck-3 first-edition/first-edition-test-01/001: true (boolean), not false (boolean)"]
    written = json.loads(outcomes.read_text(encoding="utf-8"))["suites"]
    assert [(suite["suite"], suite["passed"], suite["total"]) for suite in written] == [
        ("dmn-tck-3", 2, 3), ("miwg", 6, 6)]
    assert [case["passed"] for case in written[0]["cases"]] == [False, True, True]
    counts = json.loads(scores.read_text(encoding="utf-8"))
    assert set(counts) == {"date", "suites"}
    assert set(counts["suites"]["miwg"]) == {"line", "passed", "total", "sha256"}


@pytest.mark.parametrize("given, said", [
    ("", "say which suites"), ("{}/nowhere", "does not exist"), ("{}/file", "is not a folder"),
    ("{}/empty", "holds no suite")])
def test_nothing_to_run_is_one_line_and_exit_code_2(tmp_path, capsys, given, said):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    assert run.main(suites=given.format(tmp_path)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert said in captured.err


def test_a_file_that_cannot_be_written_is_told(tmp_path, capsys):
    folder = copied(tmp_path, ("dmn-tck/compliance-level-3/first-edition", "dmn-tck/compliance-level-3/first-edition"))
    assert run.main(suites=str(folder), json_file=str(tmp_path / "no" / "file")) == 2
    assert "cannot write" in capsys.readouterr().err


def test_the_hash_tells_content_and_place_and_nothing_else(tmp_path):
    (tmp_path / "a").write_text("1", encoding="utf-8")
    (tmp_path / "b").write_text("2", encoding="utf-8")
    files = [tmp_path / "a", tmp_path / "b"]
    first = digest(tmp_path, files)
    assert digest(tmp_path, files[::-1]) == first
    (tmp_path / "b").write_text("3", encoding="utf-8")
    assert digest(tmp_path, files) != first


def test_the_committed_scores_name_suite_hash_and_date():
    scores = json.loads((Path(__file__).parent / "scores.json").read_text(encoding="utf-8"))
    assert set(scores["suites"]) == {"betsy-bpmn", "dmn-tck-2", "dmn-tck-3", "miwg"}
    assert all(len(suite["sha256"]) == 64 for suite in scores["suites"].values())
