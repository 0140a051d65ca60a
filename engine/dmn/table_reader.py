"""`decisionTable` -> a compiled table (DMN 1.5 §8.3)."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from engine import feel
from engine.dmn import documents
from engine.dmn.documents import Element
from engine.dmn.indexes import Column
from engine.dmn.reader import Reader, attribute
from engine.dmn.tables import AGGREGATORS, POLICIES, Input, Output, Rule, Table
from engine.feel import types
from engine.feel.runs import Code

_EMPTY = {"", "-"}


class Faulty(enum.Enum):
    """A cell that is missing or does not compile; it holds for nothing."""

    CELL = enum.auto()


FAULTY = Faulty.CELL
_Cell = feel.UnaryTests | None | Faulty


def read(reader: Reader, element: Element, decision_id: str) -> Table:
    """The table, with every fault of its shape and its cells noted as a problem."""
    policy, aggregator = _policy(reader, element)
    inputs = [_input(reader, column) for column in documents.children(element, "input")]
    outputs = [_output(reader, column) for column in documents.children(element, "output")]
    if not outputs:
        reader.problem(element, "the table has no output", "جدول خروجی ندارد", code="shape")
    if len(outputs) > 1 and not all(output.name for output in outputs):
        reader.problem(element, "each of several outputs needs a name", "هر یک از چند خروجی باید نام داشته باشد",
                       code="shape")
    if policy in {"PRIORITY", "OUTPUT ORDER"} and not any(output.priorities for output in outputs):
        reader.problem(element, f"{policy} needs output values, the highest priority first",
                       f"سیاست {policy} فهرست مقدارهای خروجی را به ترتیب اولویت می‌خواهد", code="hit_policy")
    annotations = [attribute(column, "name") for column in documents.children(element, "annotation")]
    rows = [_rule(reader, rule, index, len(inputs), len(outputs), annotations)
            for index, rule in enumerate(documents.children(element, "rule"), 1)]
    return Table(id=documents.identity(element), decision_id=decision_id, policy=policy, aggregator=aggregator,
                 inputs=inputs, outputs=outputs, rules=[rule for rule, _ in rows],
                 columns=[_column([cells[place] for _, cells in rows]) for place in range(len(inputs))])


def _column(cells: Sequence[_Cell]) -> Column:
    """The index of one column: `-` and what only an evaluation can tell are open to every value."""
    outlines = [cell.outline if isinstance(cell, feel.UnaryTests) else None for cell in cells]
    return Column(outlines, [rule for rule, cell in enumerate(cells) if cell is not FAULTY and not outlines[rule]])


def _policy(reader: Reader, element: Element) -> tuple[str, str | None]:
    policy = (element.get("hitPolicy") or "UNIQUE").strip()
    policy = {short: long for long, short in POLICIES.items()}.get(policy, policy)
    if policy not in POLICIES:
        reader.problem(element, f"there is no hit policy {policy!r}", f"سیاستی به نام {policy!r} نیست",
                       code="hit_policy", fix="Use one of " + ", ".join(POLICIES) + ".")
        policy = "UNIQUE"
    aggregator = (element.get("aggregation") or "").strip() or None
    if aggregator is not None and (aggregator not in AGGREGATORS or policy != "COLLECT"):
        reader.problem(element, f"the aggregation {aggregator!r} does not go with {policy}",
                       f"تجمیع {aggregator!r} با {policy} جور نیست", code="hit_policy",
                       fix="COLLECT takes SUM, MIN, MAX or COUNT.",
                       fix_fa="COLLECT یکی از SUM، MIN، MAX یا COUNT را می‌پذیرد.")
        aggregator = None
    return policy, aggregator


def _input(reader: Reader, column: Element) -> Input:
    expression = documents.child(column, "inputExpression")
    text = documents.text(expression)
    if expression is None or not text:
        reader.problem(column, "the input has no expression", "ورودی عبارت ندارد", code="shape",
                       fix="Write what the column tests.", fix_fa="بنویسید ستون چه چیزی را می‌سنجد.")
        return Input(code=_nothing, type=types.ANY, allowed=None)
    allowed = documents.child(column, "inputValues")
    allowed_text = documents.text(allowed)
    tests = reader.tests(allowed, allowed_text) if allowed is not None and allowed_text else None
    return Input(code=reader.code(expression, text), type=reader.type(expression),
                 allowed=tests.test if tests else None)


def _output(reader: Reader, column: Element) -> Output:
    values, default = documents.child(column, "outputValues"), documents.child(column, "defaultOutputEntry")
    values_text, default_text = documents.text(values), documents.text(default)
    return Output(name=attribute(column, "name"), type=reader.type(column),
                  priorities=reader.code(values, f"[{values_text}]") if values is not None and values_text else None,
                  default=reader.code(default, default_text) if default is not None and default_text else None)


def _rule(reader: Reader, rule: Element, index: int, inputs: int, outputs: int,
          columns: Sequence[str]) -> tuple[Rule, Sequence[_Cell]]:
    cells = [_cell(reader, cell) for cell in documents.children(rule, "inputEntry")]
    conclusions = [_conclusion(reader, cell) for cell in documents.children(rule, "outputEntry")]
    if (len(cells), len(conclusions)) != (inputs, outputs):
        reader.problem(rule, f"rule {index} has {len(cells)} input and {len(conclusions)} output cells, "
                             f"the table {inputs} and {outputs} columns",
                       f"ردیف {index} دارای {len(cells)} خانه ورودی و {len(conclusions)} خانه خروجی است، "
                       f"جدول {inputs} و {outputs} ستون دارد", code="shape")
        cells = [*cells, *[FAULTY] * inputs][:inputs]
        conclusions = [*conclusions, *[_nothing] * outputs][:outputs]
    annotations = {}
    for place, entry in enumerate(documents.children(rule, "annotationEntry")):
        named = columns[place] if place < len(columns) else ""
        annotations[named or f"annotation_{place + 1}"] = documents.text(entry)
    tests = [(place, cell.test) for place, cell in enumerate(cells)
             if isinstance(cell, feel.UnaryTests) and cell.outline is None]
    return Rule(index=index, id=rule.get("id") or f"rule_{index}", tests=tests, conclusions=conclusions,
                annotations=annotations), cells


def _nothing(_: object) -> None:
    """A conclusion that is missing has no value."""


def _cell(reader: Reader, cell: Element) -> _Cell:
    """The tests of a cell, None for `-`, FAULTY where they do not compile."""
    text = documents.text(cell)
    return None if text in _EMPTY else reader.tests(cell, text) or FAULTY


def _conclusion(reader: Reader, cell: Element) -> Code:
    text = documents.text(cell)
    return _nothing if text in _EMPTY else reader.code(cell, text)
