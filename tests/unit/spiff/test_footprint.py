"""What an instance is said to take up in memory is about what the allocator gives out for it."""

from __future__ import annotations

import gc
import random
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest

from engine.spiff import runner
from tests.engine import models
from tests.unit.spiff import walks
from tests.unit.spiff.driver import Case, inline

COPIES = 12
HEAVY: dict[str, dict[str, Any]] = {
    "text": {"text": "پروانه " * 2_000}, "rows": {"rows": [{"n": Decimal(n), "name": f"row {n}"} for n in range(300)]},
    "many": {f"variable_{n}": Decimal(n) for n in range(500)}, "values": walks.VALUES}


def taken(case: Case) -> float:
    """Bytes that one more copy of the case's execution takes up."""
    blob, kept = case.execution.dump(), []
    runner.Execution.load(case.process, blob, clock=case.clock, services=case.desk)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(COPIES):
            kept.append(runner.Execution.load(case.process, blob, clock=case.clock, services=case.desk))
            kept[-1].dump()  # as after a step; Python keeps the UTF-8 of a text that was saved
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / COPIES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", sorted(walks.WALKS))
def test_every_model_is_weighed_rightly(name: str):
    case = Case(name, desk=walks.Unsteady(random.Random(name)), **walks.WALKS[name])  # noqa: S311 - reproducible
    assert 0.6 < case.execution.footprint() / taken(case) < 1.6


def test_it_is_weighed_again_when_the_state_has_grown_or_shrunk():
    case = Case(inline("again", models.start(), models.gateway("join"), models.user("ask"), models.end(),
                       models.gateway("more", attributes='default="more__join"'),
                       models.path("start_1", "join", "ask", "more", "join"), models.flow("more", "end_1", "false")))
    weights = []
    for rows in ([], [{"n": Decimal(n)} for n in range(100)], []):
        case.execution.complete(case.one("ask").token_id, {"rows": rows})
        case.execution.run(budget=100)
        case.execution.dump()
        weights.append(case.execution.footprint())
    assert weights[1] > weights[0] + 100 * 200
    assert weights[2] == weights[0]


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_heavy_variables_are_weighed_rightly(name: str):
    case = Case("sequence", amount=1, **HEAVY[name])
    assert 0.6 < case.execution.footprint() / taken(case) < 1.6
