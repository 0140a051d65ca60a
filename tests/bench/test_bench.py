"""The bench runs, and its figures are those of what it says it measures. How fast it is gates nothing."""

from __future__ import annotations

import json
import time

from tests.bench import __main__ as bench
from tests.bench.rounds import Measured, Rounds, measure

SHORT = Rounds(count=3, seconds=0.001)


def test_every_figure_is_printed_and_written(tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert bench.main(["--json", str(file)], rounds=SHORT) == 0
    printed = capsys.readouterr().out
    figures = json.loads(file.read_text(encoding="utf-8"))["decisions"]
    assert {figure["name"] for figure in figures} >= {
        "condition `area >= 50 and lease_months >= 60`", "table of 10 rules", "table of 1,000 rules",
        "ratio of 1,000 rules to 10", "ratio of the condition to SpiffWorkflow's"}
    for figure in figures:
        assert figure["value"] > 0
        assert figure["name"] in printed


def test_a_file_that_cannot_be_written_is_told(tmp_path, capsys):
    assert bench.main(["--json", str(tmp_path / "no" / "file")], rounds=SHORT) == 2
    assert "cannot write" in capsys.readouterr().err


def test_medians_and_ratios_are_taken_over_rounds():
    measured = Measured(rounds={"a": [2.0, 4.0, 60.0], "b": [1.0, 1.0, 20.0]})
    assert measured.median("a") == 4.0
    assert measured.ratio("a", "b") == 3.0


def test_what_takes_longer_measures_longer():
    measured = measure({"short": lambda _: None, "long": lambda _: time.sleep(0.001)}, SHORT)
    assert measured.median("long") > 1000 > measured.median("short")
