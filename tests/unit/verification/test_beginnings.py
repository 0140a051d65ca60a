"""Instances that begin each other for ever are told before the first one does."""

from __future__ import annotations

from engine import verification
from engine.spiff import parser
from engine.verification import Finding
from tests.engine import models
from tests.unit.spiff.drawing import TOP, signal, throw

STARTED = models.start(extra=signal())


def told(key: str, *processes: bytes) -> list[Finding]:
    bundle = parser.parse({f"p{number}.bpmn": content for number, content in enumerate(processes)})
    known = {name: process.model for name, process in bundle.processes.items()}
    return verification.verify(known[key], known).findings


def looped(*between: str, way: tuple[str, ...]) -> bytes:
    return models.process("p", STARTED, *between, models.end(extra=signal()), models.path("start_1", *way, "end_1"),
                          globals=TOP)


def test_a_process_that_throws_the_signal_that_starts_it_is_told_with_the_way() -> None:
    [finding] = told("p", looped(models.script("s", "1", "x"), way=("s",)))
    assert (finding.fault, finding.where, list(finding.others)) == ("begins_itself", "end_1", ["p"])
    assert list(finding.trace) == ["start_1", "s", "end_1", "start_1"]


def test_one_that_waits_on_the_way_is_meant_so() -> None:
    assert told("p", looped(models.user("t"), way=("t",))) == []


def test_a_join_with_a_branch_that_waits_waits() -> None:
    branches = (models.gateway("g", "parallel"), models.user("t"), models.gateway("j", "parallel"),
                models.path("g", "t", "j"))
    assert told("p", looped(*branches, way=("g", "j"))) == []


def test_two_processes_that_begin_each_other_are_told() -> None:
    one = models.process("one", STARTED, models.end(extra=signal("s2")), models.path("start_1", "end_1"),
                         globals=TOP.replace('id="s2"', 'id="s2" name="other"'))
    two = models.process(
        "two", models.start("start_2", extra=signal("s2")), throw("h", signal()), models.end("end_2"),
        models.path("start_2", "h", "end_2"), globals=TOP.replace('id="s2"', 'id="s2" name="other"'))
    [finding] = told("one", one, two)
    assert list(finding.others) == ["two", "one"]
    assert list(finding.trace) == ["start_1", "end_1", "start_2", "h", "start_1"]
    assert told("one", one) == []


def test_a_throw_inside_a_subprocess_counts() -> None:
    inside = models.process(
        "p", STARTED, '<bpmn:subProcess id="sub">', models.start("is"), models.end("ie", extra=signal()),
        models.path("is", "ie"), "</bpmn:subProcess>", models.end(), models.path("start_1", "sub", "end_1"),
        globals=TOP)
    [finding] = told("p", inside)
    assert list(finding.trace) == ["start_1", "sub", "is", "ie", "start_1"]


def test_it_is_said_in_both_languages() -> None:
    process = parser.parse({"p.bpmn": looped(way=())}).processes["p"].model
    [problem] = verification.problems(verification.verify(process), process)
    assert (problem.code, problem.severity) == ("begins_itself", "warning")
    assert "start_1 → end_1 → start_1" in problem.what
    assert "می‌آغازد" in problem.what_fa
