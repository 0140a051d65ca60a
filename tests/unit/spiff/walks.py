"""Random walks: what starts each model, what answers, and one random trigger after another."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from engine import errors, feel
from engine.spiff import parser, runner
from tests.unit.spiff.driver import Case, Desk, answer, model

VALUES: dict[str, Any] = {
    "number": Decimal("0.10"), "large": Decimal("123456789012345678901234567890.1234"), "text": "پروانه", "yes": True,
    "nothing": None, "day": date(2026, 3, 21), "clock": time(8, 30), "clock_zone": time(8, 30, tzinfo=UTC),
    "local": datetime(2026, 3, 21, 8, 30, 1, 5), "utc": datetime(2026, 3, 21, 8, 30, tzinfo=UTC),
    "offset": datetime(2026, 3, 21, 8, 30, tzinfo=timezone(timedelta(hours=3, minutes=30))),
    "zone": datetime(2026, 3, 21, 8, 30, tzinfo=ZoneInfo("Asia/Tehran")),
    "fold": datetime(2021, 9, 21, 23, 30, fold=1, tzinfo=ZoneInfo("Asia/Tehran")),
    "duration": timedelta(days=-3, microseconds=1), "months": feel.YearsMonths(17),
    "rows": [{"a": [Decimal(1), []]}, {}], "empty": {}, "ancient": feel.WideDate(-44, 3, 15),
    "exact_clock": feel.WideTime(1, UTC), "exact": feel.WideMoment(738_000, 1, ZoneInfo("Asia/Tehran"), 1),
    "age": feel.WideSpan(10**27),
}
"""A value of every type that a state can hold."""


@cache
def newest() -> dict[str, parser.Process]:
    """What the model `calls_latest` reaches with its calls."""
    found = model("calls_latest").processes
    return {"latest_part:latest": found["latest_part"], "deep_part": found["deep_part"]}


class Unsteady(Desk):
    """Handlers and decisions that answer by chance."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.handlers = dict.fromkeys(("notes.write", "calls.first", "calls.second"), self.answer)
        self.processes = newest()
        self.decisions["grade"] = lambda _: answer({"mark": Decimal(self.chance.randint(1, 9))})

    def answer(self, call: runner.HandlerCall) -> dict[str, Any]:
        if self.chance.random() < 0.2:
            raise errors.BpmnError("REFUSED") if self.chance.random() < 0.3 else errors.HandlerFailed("no")
        return {"ready": self.chance.random() < 0.7, "not_ready": True, "due_in": "P2D", "rows": [{"n": 1}]}


WALKS: dict[str, dict[str, Any]] = {
    "sequence": {"amount": 3}, "exclusive": {"amount": 50}, "parallel_loop": {}, "inclusive": {"x": True, "y": True},
    "boundary": {}, "event_gateway": {}, "multi_instance": {"codes": ["a", "b"], "signers": ["s", "t"]},
    "call_activity": {"due": ["R1", "R2"]}, "event_subprocess": {}, "subprocess": {}, "failing": {}, "messages": {},
    "implicit": {}, "conditions": {}, "mappings": {"amount": 3}, "loops": {}, "signals": {},
    "quantities": {"x": True}, "data": {}, "complex": {"x": True, "y": True, "needed": 1},
    "begins": {}, "compensation": {}, "ad_hoc": {}, "calls_latest": {},
}


def act(case: Case, chance: random.Random) -> None:
    """One random trigger."""
    wait = chance.choice([wait for wait in case.waits() if wait.kind != "condition"])
    given = {"repeat": chance.random() < 0.6, "x": chance.random() < 0.5, "y": chance.random() < 0.5,
             "answer": chance.choice(["CLEAN", "BAD"]), "ok": True, "vote": chance.choice(["yes", "no"]),
             "nested": {"list": [chance.randint(0, 9)]}, "ready": True, "held": False,
             "area": chance.randint(0, 900), "measured": chance.randint(0, 900), "withdrawn": chance.random() < 0.1}
    if wait.kind == "user_task":
        case.execution.complete(wait.token_id, given)
    elif wait.kind == "timer":
        case.execution.fire_timer(wait.token_id)
    elif wait.kind == "message":
        case.execution.deliver(wait.token_id, given)
    elif wait.kind == "signal":
        case.execution.signal(wait.message_name or "", given)
    else:
        case.execution.retry(wait.token_id)
