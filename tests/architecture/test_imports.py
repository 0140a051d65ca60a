"""The import contracts hold, and each of them can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

VIOLATIONS = {
    "Delivery stands on licensing": ("engine/values.py", "import workflows"),
    "Inside the engine imports run one way": ("engine/handlers.py", "import engine.facade"),
    "Outside code uses the engine's doors only": ("workflows/calendar.py", "import engine.advance"),
    "SpiffWorkflow is spoken in engine.spiff only": ("engine/handlers.py", "import SpiffWorkflow"),
    "APScheduler is spoken in engine.scheduler only": ("engine/jobs.py", "import apscheduler"),
    "Procrastinate is spoken in engine.workers only": ("engine/scheduler.py", "import procrastinate"),
    "HTTP is spoken in api only": ("workflows/calendar.py", "import flask"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", "setup.cfg"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    for package in ("engine", "workflows", "api"):
        shutil.copytree(ROOT / package, tmp_path / package,
                        ignore=shutil.ignore_patterns("static", "islands", "__pycache__", "node_modules"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def test_the_contracts_hold():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_contract_breaks_when_its_rule_is_violated(copy, contract):
    name, line = VIOLATIONS[contract]
    module = copy / name
    module.write_text(module.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode != 0
    broken = [text for text in done.stdout.splitlines() if " BROKEN" in text]
    assert any(text.startswith(contract) for text in broken), done.stdout


def test_every_code_folder_is_a_package():
    for package in ("engine", "workflows", "api"):
        for folder in {path.parent for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts}:
            assert (folder / "__init__.py").exists(), folder
