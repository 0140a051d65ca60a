"""The short form of the comparison of verdicts with the engine, and the proof that it finds what it is for."""

from __future__ import annotations

from collections import Counter

import pytest

from engine import errors, verification
from engine.spiff import parser
from engine.verification import firing, net
from tests.differential.verdicts import __main__ as command
from tests.differential.verdicts import comparison, drawings, spaces

MODELS, STATES = 60, 100


def differences(first: int, count: int = MODELS) -> tuple[list[str], Counter[str]]:
    seen: Counter[str] = Counter()
    found = []
    for seed in range(first, first + count):
        found += [f"seed {seed}: {each}" for each in command.compared(seed, STATES, drawings.KINDS, seen)[0]
                  if not each.startswith("NEVER")]
    return found, seen


def test_verification_and_engine_agree() -> None:
    found, seen = differences(0)
    assert found == []
    assert seen["complete"] > MODELS // 2
    assert seen["with findings"] > MODELS // 5


def test_a_deadlock_that_is_not_told_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firing, "hopeless", lambda _net, _marking: firing.DONE)
    found, _ = differences(0, 40)
    assert any("MISSED stuck" in each for each in found)


def test_events_that_verification_does_not_expect_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net._Builder, "_beside", lambda _self, _node: [])
    found, _ = differences(0, 40)
    assert any("FALSE never_runs" in each for each in found)


def test_the_command_prints_what_was_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--models", "5", "--states", "50", "--kinds", "task,sequence,and"]) == 0
    assert "'drawn': 5" in capsys.readouterr().out


def test_the_trace_of_a_deadlock_leads_the_engine_there_and_none_is_shorter() -> None:
    kinds = ("task", "sequence", "xor", "and", "or", "mixed", "conditional", "back", "graph", "attached", "mixed")
    replayed = 0
    for seed in range(100):
        desk = spaces.Desk()
        xml = drawings.Drawing(seed, kinds).bundle(2)
        try:
            process = parser.parse({"a.bpmn": xml}, parser.BundleContext(functions=desk.functions)).processes["p"]
        except errors.Invalid:
            continue
        told = [finding for finding in verification.verify(process.model).findings
                if finding.fault == "deadlock" and finding.scope == "p"]
        space = spaces.explore(process, desk, limit=STATES) if told else None
        if space is not None and space.complete:
            assert [comparison.replayed(space, finding) for finding in told] == [None] * len(told), seed
            replayed += len(told)
    assert replayed > 10
