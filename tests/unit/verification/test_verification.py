"""What can go wrong in a diagram is found, with a way to it; what cannot is not."""

from __future__ import annotations

from typing import Any

import pytest

from engine import verification
from engine.verification import Finding, Verdict
from tests.timing import in_time
from tests.unit.verification.graphs import branches, chained, drawn


def found(text: str, **parts: Any) -> dict[str, Finding]:
    verdict = verification.verify(drawn(text, **parts).process())
    assert verdict.complete
    return {f"{finding.fault} {finding.where}": finding for finding in verdict.findings}


SOUND = {
    "sequence": "start s > task a > end e",
    "choice": "start s > xor g > task a, task b > xor m > end e",
    "parallel": "start s > and g > task a, task b > and j > end e",
    "inclusive": "start s > or g > task a, task b > or j > end e",
    "two ends": "start s > and g > task a, task b\na > end e1\nb > end e2",
    "loop": "start s > xor m > task a > xor g > end e\ng > m",
    "loop around a block": "start s > xor m > and g > task a, task b > and j > xor d > end e\nd > m",
    "terminate": "start s > and g > task a, xor c\nc > kill k\na > and j > end e\nc > j",
    "events": "start s > events v > task a, task b > xor m > end e",
    "no explicit end": "start s > and g > task a, task b",
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_diagram_has_no_finding(name: str) -> None:
    assert found(SOUND[name]) == {}


def test_a_choice_before_a_parallel_join_is_a_deadlock() -> None:
    findings = found("start s > task z > xor g > task a, task b > and j > task y > end e")
    deadlock = findings["deadlock j"]
    assert deadlock.certain
    assert list(deadlock.trace) == ["s", "z", "g", "a"]
    assert list(deadlock.others) == ["b-j"]
    assert list(findings["never_runs j"].others) == ["y", "e"]


def test_a_deadlock_that_only_some_data_bring_is_not_certain() -> None:
    deadlock = found("start s > or g > task a, task b > and j > end e")["deadlock j"]
    assert not deadlock.certain
    assert len(deadlock.trace) == 3


def test_branches_that_merge_without_a_join_meet_on_the_flow_behind() -> None:
    finding = found("start s > and g > task a, task b > xor m > task c > end e")["lack_of_synchronization m"]
    assert list(finding.others) == ["m-c"]
    assert sorted(finding.trace) == sorted(["s", "g", "a", "m", "b", "m"])


def test_the_way_to_a_fault_leaves_out_what_other_branches_do() -> None:
    text = """start s > and top > task a1 > task a2 > xor ga > task a3, task a4 > xor ma > and bottom > end e
              top > task b1 > and gb > task b2, task b3 > xor mb > bottom"""
    finding = found(text)["lack_of_synchronization mb"]
    assert list(finding.trace[:4]) == ["s", "top", "b1", "gb"]
    assert sorted(finding.trace[4:]) == ["b2", "b3", "mb", "mb"]


def test_a_branch_that_a_loop_starts_again_and_again_may_run_several_times() -> None:
    text = "start s > xor m > events v > task a, task b\na > end e\nb > and g > m\ng > task aside > end f"
    assert found(text) == {}
    meeting = text.replace("> end f", "> xor n > end f").replace("a > end e", "a > n")
    assert "lack_of_synchronization n" in found(meeting)
    endless = "start s > xor m > task a > and g > m\ng > task b > end e"
    assert "lack_of_synchronization g" in found(endless)


def test_a_loop_without_a_way_out_is_found() -> None:
    finding = found("start s > xor g > task a > xor m > task b > m\ng > end e")["no_way_to_end m"]
    assert list(finding.trace)[:3] == ["s", "g", "a"]
    assert set(finding.others) == {"m", "b"}
    assert not finding.certain


def test_an_event_that_does_not_interrupt_may_come_often() -> None:
    text = "start s > xor m > task a > xor g > end e\ng > m\nby t > work r > end f"
    assert found(text, attached={"t": "a"}) == {}
    merging = "start s > task a > xor m > task b > end e\nby t > m"
    assert "lack_of_synchronization m" in found(merging, attached={"t": "a"})


def test_what_runs_beside_a_loop_that_only_a_terminate_end_leaves_runs() -> None:
    text = "start s > xor m > task a > xor g > kill e\ng > m\nby t > task r > end f"
    assert found(text, attached={"t": "a"}) == {}


def test_an_event_that_interrupts_a_branch_starves_the_join() -> None:
    text = "start s > and g > task a, task b > and j > end e\non t > end late"
    assert list(found(text, attached={"t": "a"})["deadlock j"].trace) == ["s", "g", "a", "t", "late", "b"]


def test_an_error_that_nothing_raises_never_comes() -> None:
    inner = drawn("start is > task ia > end ie").scope("sub")
    text = "start s > sub sub > end e\nerror x > end f"
    assert "never_runs x" in found(text, attached={"x": "sub"}, inside={"sub": inner})
    failing = drawn("start is > xor ig > end ie\nig > fail ix").scope("sub")
    assert found(text, attached={"x": "sub"}, inside={"sub": failing}) == {}
    only = drawn("start is > fail ix").scope("sub")
    assert "never_runs e" in found(text, attached={"x": "sub"}, inside={"sub": only})


def test_a_fault_inside_a_subprocess_is_told_from_the_start_of_the_process() -> None:
    inner = drawn("start is > xor ig > task ia, task ib > and ij > end ie").scope("sub")
    deadlock = found("start s > task a > sub sub > end e", inside={"sub": inner})["deadlock ij"]
    assert list(deadlock.trace) == ["s", "a", "is", "ig", "ia"]
    assert deadlock.scope == "sub"


def test_the_way_into_a_subprocess_leads_past_what_was_joined_in_one_step() -> None:
    inner = drawn("start is > task ia > xor ig > task ib, task ic > and ij > end ie").scope("sub")
    text = "start s > task a > or g > task b, task c > or j > task d > end e\nby t > sub sub > end f"
    deadlock = found(text, attached={"t": "d"}, inside={"sub": inner})["deadlock ij"]
    assert list(deadlock.trace)[:2] == ["s", "a"]
    assert {"j", "t", "is", "ia", "ig"} < set(deadlock.trace)


def test_how_a_called_process_ends_decides_what_can_follow() -> None:
    caller = drawn("start s > call c > end e\nerror x > end f", attached={"x": "c"}, called={"c": "q"}).process()
    failing = drawn("start qs > fail qf").process("q")
    verdict = verification.verify(caller, {"p": caller, "q": failing})
    assert [finding.where for finding in verdict.findings] == ["e"]
    itself = drawn("start s > call c > end e", called={"c": "p"}).process()
    assert verification.verify(itself, {"p": itself}).findings == []


@pytest.mark.parametrize(("split", "join", "faults"), [
    ("and", "and", set()), ("or", "or", set()), ("xor", "xor", set()),
    ("xor", "and", {"deadlock", "never_runs"}), ("or", "and", {"deadlock"}),
    ("and", "xor", {"lack_of_synchronization"}),
])
def test_ten_branches_of_twenty_eight_are_decided(split: str, join: str, faults: set[str]) -> None:
    """Their plain interleavings are some 28 to the power of 10."""
    model = branches(10, 28, split=split, join=join).process()
    verdict = in_time(10, lambda: verification.verify(model))
    assert verdict.complete
    assert {finding.fault for finding in verdict.findings} == faults


@pytest.mark.parametrize(("pieces", "ends", "faults"), [
    (["or-or"], "and", set()), (["or-or"], "or", set()), (["on"], "and", {"deadlock"}), (["on"], "or", set()),
    (["by"], "and", set()), (["by"], "or", set()), (["loop", "or-or", "by"], "and", set()),
    (["or-and"], "and", {"deadlock"}), (["and-xor"], "and", {"lack_of_synchronization"}),
    (["xor-and", "and-and", "by"], "and", {"deadlock", "never_runs"}),
])
def test_ten_branches_of_any_pieces_are_decided(pieces: list[str], ends: str, faults: set[str]) -> None:
    """Among them such in which tokens become more and more."""
    model = chained(10, 28, pieces, split=ends, join=ends).process()
    verdict = in_time(10, lambda: verification.verify(model))
    assert verdict.complete
    assert {finding.fault for finding in verdict.findings} == faults


def test_a_fault_deep_in_one_of_ten_branches_is_found() -> None:
    graph = branches(10, 28)
    choice = next(name for name in graph.kinds if name.startswith("b6_") and name.endswith("b"))
    graph.kinds[choice] = "and"
    verdict = verification.verify(graph.process())
    assert verdict.complete
    merge = f"{choice[:-1]}e"
    assert merge in {finding.where for finding in verdict.findings if finding.fault == "lack_of_synchronization"}


def test_more_combinations_than_are_tried_are_said() -> None:
    assert verification.verify(branches(12, 1, split="or", join="or").process()).complete
    process = branches(13, 1, split="or", join="or").process()
    verdict = verification.verify(process)
    assert (verdict.complete, verdict.findings, verdict.gave_up_in) == (False, [], [])
    [told] = verification.problems(verdict, process)
    assert (told.code, told.where, verdict.sampled) == ("gave_up", "split", ["split"])
    assert all((told.what_fa, told.fix, told.fix_fa, told.line))


def test_giving_up_is_said_with_what_was_covered() -> None:
    process = branches(8, 12, split="or", join="and").process()
    verdict: Verdict = verification.verify(process, limit=10)
    assert not verdict.complete
    assert verdict.gave_up_in == ["p"]
    assert 0 < len(verdict.ran) <= verdict.elements
    told = verification.problems(verdict, process)[-1]
    assert told.code == "gave_up"
    assert f"{len(verdict.ran)} of {verdict.elements}" in told.what


def test_progress_is_told() -> None:
    seen: list[int] = []
    verification.verify(branches(12, 5, split="or", join="and").process(), on_progress=seen.append)
    assert seen


def test_findings_become_warnings_in_both_languages() -> None:
    process = drawn("start s > xor g > task a, task b > and j > end e").process()
    problems = verification.problems(verification.verify(process), process)
    deadlock = next(problem for problem in problems if problem.code == "deadlock")
    assert (deadlock.where, deadlock.line, deadlock.file, deadlock.severity) == ("j", 7, "p.bpmn", "warning")
    assert "s → g → a" in deadlock.what
    assert "s → g → a" in deadlock.what_fa
    assert "b-j" in deadlock.what
    assert deadlock.fix
    assert deadlock.fix_fa


def test_an_escalation_event_runs_only_where_something_inside_escalates() -> None:
    text = "start s > sub sub > end e\nescalated x > end f"
    silent = drawn("start is > task ia > end ie").scope("sub")
    assert "never_runs x" in found(text, attached={"x": "sub"}, inside={"sub": silent})
    crying = drawn("start is > xor ig > end ie\nig > cry ix").scope("sub")
    assert found(text, attached={"x": "sub"}, inside={"sub": crying}) == {}
    around = drawn("start os > sub sub > end oe", inside={"sub": crying}).scope("outer")
    text = "start s > sub outer > end e\nescalated x > end f"
    assert found(text, attached={"x": "outer"}, inside={"outer": around}) == {}


def test_an_error_that_an_event_subprocess_catches_does_not_leave_the_scope() -> None:
    failing = drawn("start is > xor ig > end ie\nig > fail ix\nbeside ep",
                    inside={"ep": drawn("caught es > end ee").scope("ep")}).scope("sub")
    text = "start s > sub sub > end e\nerror x > end f"
    assert "never_runs x" in found(text, attached={"x": "sub"}, inside={"sub": failing})
