"""`make demo`: the three cases, over HTTP, with a server of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("service", "case", "state"), [
    ("create-urban-office", "issued", "ISSUED"), ("create-urban-office", "refused", "REJECTED"),
    ("create-urban-office", "lapsed", "LAPSED"), ("relocate", "issued", "ISSUED")])
def test_each_case_ends_as_it_says_in_one_line_of_json(tmp_path, service, case, state):
    done = subprocess.run([sys.executable, "-m", "api.demo", "--service", service, "--case", case],
                          cwd=tmp_path, check=False, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    *timeline, last = done.stdout.strip().splitlines()
    result = json.loads(last)
    assert result["state"] == state
    assert result["application"].startswith("WAZ-")
    assert len(timeline) > 3
    if case == "issued":
        assert result["licence"]
        assert result["verify_url"].startswith("http://127.0.0.1:")
        assert Path(result["pdf"]).read_bytes()
    if case == "refused":
        assert result["condition_codes"] == ["E04"]


def test_a_server_that_cannot_start_is_one_sentence(tmp_path):
    (tmp_path / "var").write_text("a file where a folder should be")
    done = subprocess.run([sys.executable, "-m", "api.demo"], cwd=tmp_path, check=False, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
