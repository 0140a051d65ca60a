"""Finds the suites below a folder, runs them, prints their scores and what failed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.conformance import betsy, dmn, miwg
from tests.conformance.outcomes import Outcome, Score, digest

_LEVEL = re.compile(r"compliance-level-(\w+)")
Runner = Callable[[Path, Executor], Iterator[list[Outcome]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite that was found: what it is called in the scores, where it is, and what runs it."""

    name: str
    path: Path
    run: Runner
    files: Callable[[Path], list[Path]]
    line: Callable[[Sequence[Outcome]], str]


class Progress:
    """A counter on a terminal's standard error; nothing anywhere else."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def show(self, suite: str, count: int) -> None:
        """Say how far the suite is."""
        if self._shown:
            print(f"\r\033[K{suite}: {count}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Leave the line empty."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def discover(folder: Path) -> list[Suite]:
    """Every suite in `folder` or below, known by its form and not by its name, in order of their paths.

    A folder with a `manifest.json` is betsy's form, one with `compliance-level-N` folders the DMN TCK's, one that
    holds BPMN files itself MIWG's. Suites are called by their folder; where two would be called the same, by the path.
    """
    found = list(_discover(folder.resolve(), folder.resolve()))
    names = [suite.name for suite in found]
    return [suite if names.count(suite.name) == 1 else _renamed(suite, folder.resolve()) for suite in found]


def _discover(folder: Path, top: Path) -> Iterator[Suite]:
    if (folder / "manifest.json").is_file():
        yield Suite(name=folder.name, path=folder, run=betsy.run, files=betsy.files, line=_share)
        return
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    levels = [folder] if folder == top and _LEVEL.fullmatch(folder.name) else [
        path for path in inside if _LEVEL.fullmatch(path.name)]
    for level in levels:
        number = _LEVEL.fullmatch(level.name)
        assert number
        yield Suite(name=f"{level.parent.name}-{number[1]}", path=level, run=dmn.run, files=dmn.files, line=_share)
    if levels:
        return
    if any(folder.glob("*.bpmn")):
        yield Suite(name=folder.name, path=folder, run=miwg.run, files=miwg.files, line=miwg.line)
        return
    for path in inside:
        yield from _discover(path, top)


def _renamed(suite: Suite, top: Path) -> Suite:
    place = suite.path.relative_to(top.parent).as_posix()
    return Suite(name=place, path=suite.path, run=suite.run, files=suite.files, line=suite.line)


def _share(outcomes: Sequence[Outcome]) -> str:
    return f"{sum(outcome.passed for outcome in outcomes)}/{len(outcomes)}"


@contextlib.contextmanager
def workers() -> Iterator[Executor]:
    """As many processes as there are cores; none is forked from a process that may have threads."""
    with ProcessPoolExecutor(max_workers=os.cpu_count() or 1, mp_context=get_context("spawn")) as executor:
        yield executor


def score(suite: Suite, executor: Executor, progress: Progress) -> Score:
    """Run one suite."""
    outcomes: list[Outcome] = []
    for some in suite.run(suite.path, executor):
        outcomes += some
        progress.show(suite.name, len(outcomes))
    progress.clear()
    ordered = tuple(sorted(outcomes, key=lambda outcome: outcome.name))
    return Score(suite=suite.name, line=f"{suite.name}: {suite.line(ordered)}", outcomes=ordered,
                 sha256=digest(suite.path, suite.files(suite.path)))


def main(*, suites: str, json_file: str = "", scores_file: str = "") -> int:
    """Run every suite of a folder and print what came of it. Failing cases are a result; the exit code is 0.

    `json_file` gets every case's outcome, `scores_file` the counts alone, with the suite's hash and the date. Exit
    code 2, and one line on standard error, when there is nothing to run or a file cannot be written.
    """
    fault = _fault(suites)
    if fault:
        print(f"make conformance: {fault}", file=sys.stderr)
        return 2
    progress = Progress()
    with workers() as executor:
        scores = []
        for suite in discover(Path(suites)):
            scores.append(score(suite, executor, progress))
            print(scores[-1].line, flush=True)
    try:
        _write(json_file, _outcomes(scores))
        _write(scores_file, _counts(scores))
    except OSError as error:
        print(f"make conformance: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    for one in scores:
        for outcome in one.outcomes:
            if not outcome.passed:
                print(f"  {one.suite} {outcome.name}: {outcome.reason}")
    return 0


def _fault(suites: str) -> str:
    if not suites:
        return "say which suites to run: make conformance SUITES=DIR"
    folder = Path(suites)
    if not folder.is_dir():
        return f"SUITES={suites} is not a folder" if folder.exists() else f"SUITES={suites} does not exist"
    return "" if discover(folder) else f"SUITES={suites} holds no suite (see tests/conformance/README.md)"


def _outcomes(scores: Sequence[Score]) -> dict[str, Any]:
    return {"suites": [
        {"suite": one.suite, "line": one.line, "passed": one.passed, "total": len(one.outcomes), "sha256": one.sha256,
         "cases": [{"name": outcome.name, "passed": outcome.passed, "reason": outcome.reason, **outcome.facts}
                   for outcome in one.outcomes]} for one in scores]}


def _counts(scores: Sequence[Score]) -> dict[str, Any]:
    return {"date": datetime.now(UTC).date().isoformat(), "suites": {
        one.suite: {"line": one.line, "passed": one.passed, "total": len(one.outcomes), "sha256": one.sha256}
        for one in scores}}


def _write(file: str, content: Any) -> None:
    if file:
        Path(file).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
