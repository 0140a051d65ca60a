"""Conditions and decision tables: what an instance pays at a gateway and at a business rule task."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from engine import dmn, feel
from tests.bench.rounds import Figure, Rounds, Work, measure
from tests.bench.stores import Stores

CONDITION = "area >= 50 and lease_months >= 60"
TENURES = ("OWN", "LEASE", "ENDOWMENT", "ORGANISATION")
_TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="fees" namespace="urn:bench">
<inputData id="i1" name="area"><variable name="area" typeRef="number"/></inputData>
<inputData id="i2" name="tenure"><variable name="tenure" typeRef="string"/></inputData>
<decision id="fee" name="fee"><variable name="fee" typeRef="number"/>
<informationRequirement id="r1"><requiredInput href="#i1"/></informationRequirement>
<informationRequirement id="r2"><requiredInput href="#i2"/></informationRequirement>
<decisionTable id="t" hitPolicy="UNIQUE">
<input id="c1"><inputExpression id="e1" typeRef="number"><text>area</text></inputExpression></input>
<input id="c2"><inputExpression id="e2" typeRef="string"><text>tenure</text></inputExpression></input>
<output id="o1" name="fee" typeRef="number"/>{rules}</decisionTable></decision></definitions>"""
_RULE = """<rule id="rule_{number}"><inputEntry id="a{number}"><text>[{low}..{high})</text></inputEntry>
<inputEntry id="b{number}"><text>"{tenure}"</text></inputEntry>
<outputEntry id="c{number}"><text>{fee}</text></outputEntry></rule>"""


def bench(rounds: Rounds, _stores: Stores) -> list[Figure]:
    """Microseconds of the condition and of two tables, and the two ratios that matter."""
    measured = measure({
        "feel": _feel(), "python": _python(), "10": _table(5, TENURES[:2]), "1000": _table(250, TENURES)}, rounds)
    return [
        Figure(name=f"condition `{CONDITION}`", value=measured.median("feel"), unit="µs"),
        Figure(name="the same as SpiffWorkflow evaluates it, in Python", value=measured.median("python"), unit="µs"),
        Figure(name="ratio of the condition to SpiffWorkflow's", value=measured.ratio("feel", "python"), unit="",
               at_most=0.5),
        Figure(name="table of 10 rules", value=measured.median("10"), unit="µs"),
        Figure(name="table of 1,000 rules", value=measured.median("1000"), unit="µs"),
        Figure(name="ratio of 1,000 rules to 10", value=measured.ratio("1000", "10"), unit="",
               at_most=20),
    ]


def _application(number: int, whole: Any) -> dict[str, Any]:
    """The variables of an application: what the condition reads, and what it does not."""
    return {"area": whole(30 + number % 60), "lease_months": whole(12 + number % 100), "tenure": TENURES[number % 4],
            "applicant_kind": "PERSON", "nationality": "IR", "age": whole(34), "degree": whole(6),
            "military_status": "DONE", "public_employee": False, "other_licence": None,
            "inquiries": [{"kind": "BANK", "positive": True}, {"kind": "TAX", "positive": True}]}


def _feel() -> Work:
    functions = feel.Functions()
    contexts = [_application(number, Decimal) for number in range(101)]
    return lambda number: feel.compile(CONDITION, functions=functions).evaluate(contexts[number % 101])


def _python() -> Work:
    """As a sequence flow's condition is evaluated by the library's own engine, variables being Python's own."""
    engine = PythonScriptEngine()
    tasks = [SimpleNamespace(data=_application(number, int)) for number in range(101)]
    return lambda number: engine.evaluate(tasks[number % 101], CONDITION, external_context={})


def table(steps: int, tenures: Sequence[str]) -> bytes:
    """A DMN file with one table: a rule for each step of the area and each tenure."""
    cells = itertools.product(range(steps), tenures)
    rules = [_RULE.format(number=number, low=step * 10, high=step * 10 + 10, tenure=tenure, fee=100_000 + number)
             for number, (step, tenure) in enumerate(cells, 1)]
    return _TABLE.format(rules="".join(rules)).encode()


def _table(steps: int, tenures: Sequence[str]) -> Work:
    model = dmn.load(table(steps, tenures))
    inputs = [{"area": Decimal(number * 37 % (steps * 10)), "tenure": tenures[number % len(tenures)]}
              for number in range(997)]
    assert all(len(model.evaluate("fee", given).matched) == 1 for given in inputs)
    return lambda number: model.evaluate("fee", inputs[number % 997])
