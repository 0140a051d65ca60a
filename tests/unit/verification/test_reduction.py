"""The few states that are looked at say what all states say."""

from __future__ import annotations

import pytest

from engine import verification
from engine.verification import Verdict, exploration, reduction
from tests.unit.verification.graphs import by_chance

CASES = 1_500


def faults(verdict: Verdict) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"deadlock": set(), "lack_of_synchronization": set(), "never_runs": set(),
                                  "no_way_to_end": set()}
    for finding in verdict.findings:
        found[finding.fault].add(finding.where)
    return found


def whole(seed: int, patched: pytest.MonkeyPatch) -> Verdict:
    """The verdict over all interleavings of the net as drawn."""
    with patched.context() as patch:
        patch.setattr(exploration, "persistent", lambda _net, _marking, able: able)
        patch.setattr(reduction, "reduce", lambda _net: None)
        return verification.verify(by_chance(seed).process(), limit=5_000)


@pytest.mark.parametrize("part", range(5))
def test_reduced_and_whole_search_agree(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inclusive joins in loops without structure are left out: there two tokens may free each other in turns."""
    compared = with_faults = 0
    for seed in range(part * CASES // 5, (part + 1) * CASES // 5):
        graph = by_chance(seed)
        if "or" in graph.kinds.values():
            continue
        all_states, few = whole(seed, monkeypatch), verification.verify(graph.process(), limit=5_000)
        if not (all_states.complete and few.complete):
            continue
        compared += 1
        expected, told = faults(all_states), faults(few)
        with_faults += bool(all_states.findings)
        assert few.states <= all_states.states, seed
        if expected["lack_of_synchronization"] or expected["deadlock"]:
            assert bool(told["lack_of_synchronization"] or told["deadlock"]), seed
        if not expected["lack_of_synchronization"]:
            told["no_way_to_end"], expected["no_way_to_end"] = (
                {"somewhere"} if each["no_way_to_end"] else set() for each in (told, expected))
            assert told == expected, seed
            assert few.endings == all_states.endings, seed
    assert compared > 100
    assert with_faults > 30
