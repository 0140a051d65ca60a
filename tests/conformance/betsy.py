"""Processes with expected traces, in betsy's form: `manifest.json` and the BPMN files it names.

A process passes when all its cases do: the tokens left are those expected, and the instance ended as its model says
(`endings`). A refused model counts as an error of the deployment only when the refusal is about the model; a construct
that this engine lacks is a failure whatever the case expects.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import Engine, Handlers, errors, feel
from engine import values as engine_values
from engine.clock import ManualClock
from engine.store import tables
from engine.store.session import Database
from tests.conformance import endings, placeholders
from tests.conformance.outcomes import CRASHES, Outcome, one_line

START = datetime(2026, 1, 1, tzinfo=UTC)
PARALLEL_PROCESS = "ParallelProcess"
LACKING = ("unsupported_", "expression_language")
"""What the codes of problems begin with that say what the engine lacks and not what is wrong with the model."""
ERRORS = frozenset({"ERROR_deployment", "ERROR_runtime"})


def files(folder: Path) -> list[Path]:
    """The manifest and every model."""
    return [folder / "manifest.json", *folder.rglob("*.bpmn")]


def run(folder: Path, executor: Executor) -> Iterator[list[Outcome]]:
    """The outcomes, one for each process of the manifest."""
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    yield from ([outcome] for outcome in executor.map(run_process, [folder] * len(entries), entries))


def run_process(folder: Path, entry: Mapping[str, Any]) -> Outcome:
    """The outcome of one entry of the manifest."""
    name = str(entry.get("name"))
    try:
        xml = placeholders.adapt((folder / entry["file"]).read_bytes())
    except (OSError, SyntaxError, KeyError) as fault:
        return Outcome(name=name, passed=False, reason=one_line(f"the file cannot be read: {fault}"))
    cases = list(entry.get("cases", ()))
    said = [_case(xml, name, case) for case in cases]
    faults = [f"{_words(case)}: {fault}" for case, (fault, _) in zip(cases, said, strict=True) if fault]
    reason = faults[0] if faults else "" if cases else "the manifest has no case"
    return Outcome(name=name, passed=not reason, reason=one_line(reason), facts={"cases": [facts for _, facts in said]})


def _words(case: Mapping[str, Any]) -> str:
    given = ", ".join(f"{key}={case[key]}" for key in ("input", "int", "delay", "parallel") if case.get(key))
    return given or "no input"


def _case(xml: bytes, name: str, case: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Why the case fails (empty when it does not), and what was seen."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        database = Database(f"sqlite:///{folder}/case.sqlite")
        tables.metadata.create_all(database.sqlalchemy_engine)
        try:
            play = Play(database)
            play.run(xml, name, case)
        except CRASHES as crash:
            return f"{type(crash).__name__}: {crash}", {}
        finally:
            database.dispose()
    facts = {"tokens": play.tokens, "ended": play.ended}
    if "expect" not in case:
        return "the manifest says no expected tokens", facts
    if play.fault:
        return play.fault, facts
    return _compare(play.tokens, case["expect"]), facts


def _compare(found: Sequence[str], expected: Sequence[str]) -> str:
    either = Counter(expected)["ERROR"]
    plain = Counter("ERROR" if either and token in ERRORS else token for token in found)
    return "" if plain == Counter(expected) else f"left {sorted(found)}, not {sorted(expected)}"


class Play:
    """One case on an engine of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock(START)
        self.tokens: list[str] = []
        self.ended = ""
        """How the instance ended, in words."""
        self.fault = ""
        """Why that is not as the model says."""
        self.stamps: list[tuple[float, float]] = []
        self.engine = Engine(clock=self.clock, handlers=Handlers(), functions=feel.Functions(self._functions()))

    def _functions(self) -> list[feel.FeelFunction]:
        """What the adapted scripts call."""
        def declare(name: str, *parameters: str) -> Any:
            return feel.FeelFunction(name=name, parameters=parameters, fn=getattr(self, name.replace(" ", "_")),
                                     pure=False)

        return [declare("leave token", "token", "value"), declare("leave once", "token"), declare("throw", "code"),
                declare("take time", "seconds"), declare("stamp", "number")]

    def leave_token(self, token: str, value: Any) -> Any:
        """`SCRIPT_taskN` and the like leave a token; `value` goes on."""
        self.tokens.append(token)
        return value

    def leave_once(self, token: str) -> None:
        """`CREATE_MARKER_FILE`: the file is there or it is not."""
        if token not in self.tokens:
            self.tokens.append(token)

    def throw(self, code: str) -> None:
        """`THROW_ERROR`."""
        raise errors.BpmnError(code)

    def take_time(self, seconds: Decimal) -> None:
        """`WAIT_TEN_SECONDS`: the engine's clock moves on."""
        self.clock.advance(timedelta(seconds=int(seconds)))

    def stamp(self, number: Decimal) -> None:
        """`CREATE_TIMESTAMP_LOG_N`: notes when it began and ended, by the machine's clock; overlaps leave a token."""
        del number
        begin = time.perf_counter()
        time.sleep(0)
        span = begin, time.perf_counter()
        if any(other[0] < span[1] and span[0] < other[1] for other in self.stamps):
            self.leave_once("EXECUTION_parallel")
        self.stamps.append(span)

    def run(self, xml: bytes, name: str, case: Mapping[str, Any]) -> None:
        """Deploy, start, let the time pass, and look how it ended."""
        try:
            with self.database.begin() as session:
                self.engine.deploy(session, resources={"processes/model.bpmn": xml}, actor=engine_values.SYSTEM)
        except errors.Invalid as refusal:
            return self._refused(refusal)
        if case.get("parallel"):
            self._start(PARALLEL_PROCESS, case, "parallel")
        instance = self._start(name, case, "main")
        self._pass_time(timedelta(milliseconds=case.get("delay") or 0))
        return self._look(xml, name, instance)

    def _refused(self, refusal: errors.Invalid) -> None:
        faults = [problem for problem in refusal.problems if problem.severity == "error"]
        said = "; ".join(f"{problem.where}: {problem.what}" for problem in faults)
        self.ended = f"refused: {said}"
        self.tokens.append("ERROR_deployment")
        if any(problem.code.startswith(LACKING) for problem in faults):
            self.fault = self.ended

    def _start(self, key: str, case: Mapping[str, Any], business_key: str) -> str:
        variables = {"test": case.get("input"), "integerVariable": Decimal(case.get("int") or 0)}
        with self.database.begin() as session:
            return self.engine.start(session, key=key, variables=variables, business_key=business_key, scope="",
                                     actor=engine_values.SYSTEM).id

    def _pass_time(self, delay: timedelta) -> None:
        """Move the clock from due time to due time, so that nothing fires late."""
        end = self.clock.now() + delay
        self._work()
        while (due := self._next_due()) is not None and due <= end:
            self.clock.advance(max(due - self.clock.now(), timedelta(0)))
            if not self._work():
                break
        self.clock.advance(max(end - self.clock.now(), timedelta(0)))
        self._work()

    def _work(self) -> int:
        total = 0
        while total < 1_000 and (done := self.engine.run_due_jobs(self.database, owner="conformance")):
            total += done
        return total

    def _next_due(self) -> datetime | None:
        with self.database.read() as session:
            due = [job.due_at for job in self.engine.jobs(session, state="PENDING").items if job.due_at is not None]
        return min(due, default=None)

    def _look(self, xml: bytes, name: str, instance_id: str) -> None:
        with self.database.read() as session:
            state = self.engine.instance(session, instance_id).state
            progress = self.engine.progress(session, instance_id)
            incidents = self.engine.incidents(session, instance_id=instance_id).items
            history = list(self._history(session, instance_id))
        ending = endings.of(xml, name, state=state, active=progress.active, history=history,
                            incidents=[(incident.element_id or "", incident.message) for incident in incidents])
        self.ended, self.fault = ending.words, ending.fault
        if ending.token:
            self.tokens.append(ending.token)

    def _history(self, session: Any, instance_id: str) -> Iterator[engine_values.HistoryEntry]:
        after = None
        while True:
            page = self.engine.history(session, instance_id, after=after)
            yield from page.items
            after = page.next
            if after is None:
                return
