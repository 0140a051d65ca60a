"""States written by earlier versions of the product, kept for ever: `tests/data/states/version_N.json`.

`python -m tests.unit.spiff.states` adds the file of the present version; one that is there is never written again.
A state belongs to its diagram: when a diagram in `tests/data/bpmn` has to lose an element, copy it under a new name.
"""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

from engine import feel
from engine.spiff import codec, runner
from tests.unit.spiff import walks
from tests.unit.spiff.driver import Case

FOLDER = Path(__file__).parents[2] / "data" / "states"
STEPS = (0, 2, 5)
"""After how many random triggers a state is kept."""


def seen(execution: runner.Execution) -> dict[str, Any]:
    """What must be the same whenever a state is loaded."""
    return {"waiting": [[wait.token_id, wait.element_id, wait.kind] for wait in execution.waiting()],
            "variables": feel.to_json(execution.variables())}


def collect() -> list[dict[str, Any]]:
    """States of every model at several moments of a random walk, and one with a value of every type."""
    found = []
    for name, steps in [(name, steps) for name in sorted(walks.WALKS) for steps in STEPS]:
        case = walked(name, steps)
        if not case.execution.ended:
            found.append(_kept(name, case))
    return [*found, _kept("sequence", Case("sequence", amount=1, **walks.VALUES))]


def walked(name: str, steps: int) -> Case:
    """A case of the model after this many random triggers, or fewer when nothing is left to trigger."""
    chance = random.Random(f"{name}-{steps}")  # noqa: S311 - reproducible walks
    case = Case(name, desk=walks.Unsteady(chance), **walks.WALKS[name])
    for _ in range(steps):
        if case.execution.ended or {wait.kind for wait in case.waits()} <= {"condition"}:
            break
        walks.act(case, chance)
        case.step()
    return case


def _kept(name: str, case: Case) -> dict[str, Any]:
    state = base64.b64encode(case.execution.dump()).decode("ascii")
    return {"model": name, "state": state, **seen(case.execution)}


def main() -> None:
    """Write the file of the present version, once."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"version_{codec.VERSION}.json").open("x", encoding="utf-8") as file:
        json.dump(collect(), file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
