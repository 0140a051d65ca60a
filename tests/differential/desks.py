"""Everything outside a process, by chance and yet the same for each who asks the same: handlers, decisions, values."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine import clock as clocks
from engine import dmn, errors, feel
from engine.spiff import runner
from tests.differential.sources import Source

NAMES = ("amount", "x", "y", "repeat", "answer", "vote", "ok", "nested", "ready", "held", "area", "measured",
         "withdrawn", "decision", "result", "complete", "data", "test", "items", "codes", "due_in", "number", "anchor")


def value(chance: random.Random, depth: int = 0) -> Any:
    """A FEEL value of any kind, lists and contexts in each other included."""
    kinds = 9 if depth < 3 else 7
    kind = chance.randrange(kinds)
    if kind == 7:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 8:
        return {name: value(chance, depth + 1) for name in chance.sample("abcd", chance.randrange(1, 4))}
    return (chance.random() < 0.5, Decimal(chance.randrange(-5, 500)), Decimal(chance.randrange(1000)) / 7,
            chance.choice(["CLEAN", "BAD", "yes", "no", "پروانه", "ISSUED"]), None,
            date(2026, 3, 21) + timedelta(days=chance.randrange(400)),
            timedelta(hours=chance.randrange(400)))[kind]


def answers(chance: random.Random, source: Source, place: str) -> dict[str, Any]:
    """What a person or another system answers at an element or by a message: from a story where there is one."""
    given = {name: value(chance) for name in chance.sample(NAMES, 3)}
    told = source.answers.get(place)
    if told and chance.random() < 0.9:
        given |= chance.choice(told)
    elif chance.random() < 0.7:
        given |= {"repeat": chance.random() < 0.5, "x": chance.random() < 0.5, "y": chance.random() < 0.5,
                  "ok": True, "vote": chance.choice(["yes", "no"]), "ready": True, "held": False,
                  "area": Decimal(chance.randrange(900)), "measured": Decimal(chance.randrange(900))}
    return feel.from_python(given)


class Desk:
    """The services of one execution. With the same seed and the same questions its answers are the same.

    It spoils what a handler is given: nothing of that may reach the instance.
    """

    def __init__(self, source: Source, clock: clocks.Clock, seed: str) -> None:
        self.functions = source.functions
        self._source, self._clock = source, clock
        self.reseed(seed)

    def reseed(self, seed: str) -> None:
        """Begin the answers of one step."""
        self._chance = random.Random(seed)  # noqa: S311 - reproducible

    def invoke(self, handler: str, call: runner.HandlerCall) -> Mapping[str, Any]:
        """Now and then a failure, else results by chance."""
        spoil(call.variables)
        spoil(call.inputs)
        drawn = self._chance.random()
        if drawn < 0.1:
            raise errors.BpmnError("REFUSED") if drawn < 0.03 else errors.HandlerFailed("no")
        nested = value(self._chance)
        return {"ready": drawn < 0.7, "not_ready": True, "due_in": "P2D", "rows": [{"n": Decimal(1), "v": nested}],
                "inquiries_due": ["BANK", "POLICE"], "correction_rounds": Decimal(1), "result": nested}

    def decide(self, decision_id: str, variables: Mapping[str, Any], *,
               version: Any = "deployment", definition_id: str | None = None) -> runner.Decided:
        """The decision of the bundle, or one by chance where it has none."""
        del version, definition_id
        model = self._source.decisions.get(decision_id)
        if model is not None and self._chance.random() < 0.8:
            return runner.Decided(model.evaluate(decision_id, variables, clock=self._clock))
        given = self._chance.choice([{"mark": Decimal(self._chance.randrange(9))}, "PASS", "SMALL", [], True])
        return runner.Decided(dmn.Result(value=given, matched=[], trail=[]))

    def call(self, key: str, *, version: Any, definition_id: str | None) -> runner.Called:
        """Of every process there is one version: the one beside the caller."""
        del version, definition_id
        return self.called(key)

    def called(self, definition_id: str) -> runner.Called:
        """A process of the bundle, by its id."""
        return runner.Called(definition_id, None, definition_id, self._source.process.specifications)

    def ending(self, element_id: str, outcome: str | None) -> None:
        """Every end is allowed."""

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Nothing is written anywhere."""
        yield


def spoil(given: Any) -> None:
    """Change a value in every place where it can be changed, as careless code would."""
    if isinstance(given, dict):
        for inner in given.values():
            spoil(inner)
        given["spoiled"] = "spoiled"
    elif isinstance(given, list):
        for inner in given:
            spoil(inner)
        given.append("spoiled")
