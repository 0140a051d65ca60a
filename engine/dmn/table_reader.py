"""`decisionTable` -> a compiled table (DMN 1.5 §8.3)."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from engine import feel
from engine.dmn import documents, item_types
from engine.dmn.analysis import shapes
from engine.dmn.documents import Element
from engine.dmn.indexes import Column
from engine.dmn.reader import Reader, attribute
from engine.dmn.tables import AGGREGATORS, POLICIES, Input, Output, Rule, Table
from engine.feel import types
from engine.feel.constants import NotConstant
from engine.feel.outlines import Outline

_EMPTY = {"", "-"}
_BY_PRIORITY = {"PRIORITY", "OUTPUT ORDER"}


class Faulty(enum.Enum):
    """A cell that is missing or does not compile; it holds for nothing."""

    CELL = enum.auto()


FAULTY = Faulty.CELL
_Cell = feel.UnaryTests | None | Faulty


def read(reader: Reader, element: Element, decision_id: str) -> Table:
    """The table, with every fault of its shape and its cells noted as a problem."""
    policy, aggregator = _policy(reader, element)
    inputs = [_input(reader, column) for column in documents.children(element, "input")]
    outputs = [_output(reader, column, policy) for column in documents.children(element, "output")]
    if not outputs:
        reader.problem(element, "the table has no output", "جدول خروجی ندارد", code="shape",
                       fix="Add an output column.", fix_fa="ستون خروجی بیفزایید.")
    if len(outputs) > 1 and not all(output.name for output in outputs):
        reader.problem(element, "each of several outputs needs a name", "هر یک از چند خروجی باید نام داشته باشد",
                       code="shape", fix="Name every output column.", fix_fa="به هر ستون خروجی نام بدهید.")
    if aggregator and len(outputs) > 1:
        reader.problem(element, f"{aggregator} of several outputs has no meaning",
                       f"تجمیع {aggregator} برای چند خروجی معنا ندارد", code="hit_policy",
                       fix="Leave one output, or collect without aggregation.",
                       fix_fa="یک خروجی بگذارید یا بی تجمیع گردآورید.")
    if policy in _BY_PRIORITY and not any(output.priorities for output in outputs):
        reader.problem(element, f"{policy} needs output values, the highest priority first",
                       f"سیاست {policy} فهرست مقدارهای خروجی را به ترتیب اولویت می‌خواهد", code="hit_policy",
                       fix="List the output values of a column.", fix_fa="مقدارهای یک ستون خروجی را فهرست کنید.")
    annotations = [attribute(column, "name") for column in documents.children(element, "annotation")]
    rows = [_rule(reader, rule, index, len(inputs), len(outputs), annotations)
            for index, rule in enumerate(documents.children(element, "rule"), 1)]
    table = Table(id=documents.identity(element), line=element.sourceline, decision_id=decision_id, policy=policy,
                  aggregator=aggregator, inputs=inputs, outputs=outputs, rules=[rule for rule, _ in rows],
                  columns=[_column([cells[place] for _, cells in rows]) for place in range(len(inputs))])
    reader.tables.append(table)
    return table


def _column(cells: Sequence[_Cell]) -> Column:
    """The index of one column: `-` and what only an evaluation can tell are open to every value."""
    known: dict[str, Outline | None] = {}
    outlines = [_outline(known, cell) if isinstance(cell, feel.UnaryTests) else None for cell in cells]
    return Column(outlines, [rule for rule, cell in enumerate(cells) if cell is not FAULTY and not outlines[rule]],
                  [rule for rule, cell in enumerate(cells) if isinstance(cell, feel.UnaryTests) and not cell.outline])


def _outline(known: dict[str, Outline | None], cell: feel.UnaryTests) -> Outline | None:
    """Where the cell may hold; its own outline says exactly where it does."""
    if cell.outline is not None:
        return cell.outline
    if cell.text not in known:
        try:
            known[cell.text] = shapes.reach(shapes.of_tests(cell.tree))
        except NotConstant:
            known[cell.text] = None
    return known[cell.text]


def _policy(reader: Reader, element: Element) -> tuple[str, str | None]:
    policy = (element.get("hitPolicy") or "UNIQUE").strip()
    policy = {short: long for long, short in POLICIES.items()}.get(policy, policy)
    if policy not in POLICIES:
        reader.problem(element, f"there is no hit policy {policy!r}", f"سیاستی به نام {policy!r} نیست",
                       code="hit_policy", fix="Use one of " + ", ".join(POLICIES) + ".",
                       fix_fa="یکی از این‌ها را به کار ببرید: " + ", ".join(POLICIES))
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
    expression, label = documents.child(column, "inputExpression"), (column.get("label") or "").strip()
    text = documents.text(expression)
    if expression is None or not text:
        reader.problem(column, "the input has no expression", "ورودی عبارت ندارد", code="shape",
                       fix="Write what the column tests.", fix_fa="بنویسید ستون چه چیزی را می‌سنجد.")
        return Input(label=label, text="", tree=None, reads=frozenset(), code=_nothing, type=types.ANY, allowed=None)
    compiled = reader.expression(expression, text)
    return Input(label=label or text, text=text, tree=compiled.tree if compiled else None,
                 reads=compiled.names if compiled else frozenset(), code=compiled.code if compiled else _nothing,
                 type=reader.type(expression), allowed=_values(reader, column, "inputValues"))


def _values(reader: Reader, column: Element, kind: str) -> feel.UnaryTests | None:
    """The allowed values of a column; None where it allows all."""
    element = documents.child(column, kind)
    text = documents.text(element)
    return reader.tests(element, text) if element is not None and text not in _EMPTY else None


def _output(reader: Reader, column: Element, policy: str) -> Output:
    default, type_ = documents.child(column, "defaultOutputEntry"), reader.type(column)
    default_text, name = documents.text(default), attribute(column, "name")
    return Output(name=name, label=(column.get("label") or "").strip() or name, type=type_,
                  allowed=_values(reader, column, "outputValues"),
                  priorities=_priorities(reader, column, type_) if policy in _BY_PRIORITY else None,
                  default=reader.expression(default, default_text) if default is not None and default_text else None)


def _priorities(reader: Reader, column: Element, type_: types.Type) -> feel.Expression | None:
    """The output values in the order written, or else those that the output's type allows."""
    element = documents.child(column, "outputValues")
    text = documents.text(element)
    while not text and isinstance(type_, item_types.ItemType):
        element, text = column, type_.allowed.text if type_.allowed else ""
        type_ = type_.base
    return reader.expression(element, f"[{text}]") if element is not None and text not in _EMPTY else None


def _rule(reader: Reader, rule: Element, index: int, inputs: int, outputs: int,
          columns: Sequence[str]) -> tuple[Rule, Sequence[_Cell]]:
    cells = [_cell(reader, cell) for cell in documents.children(rule, "inputEntry")]
    conclusions = [_conclusion(reader, cell) for cell in documents.children(rule, "outputEntry")]
    if (len(cells), len(conclusions)) != (inputs, outputs):
        reader.problem(rule, f"rule {index} has {len(cells)} input and {len(conclusions)} output cells, "
                             f"the table {inputs} and {outputs} columns",
                       f"ردیف {index} دارای {len(cells)} خانه ورودی و {len(conclusions)} خانه خروجی است، "
                       f"جدول {inputs} و {outputs} ستون دارد", code="shape",
                       fix="Give the rule one cell for every column.", fix_fa="برای هر ستون یک خانه بگذارید.")
        cells = [*cells, *[FAULTY] * inputs][:inputs]
        conclusions = [*conclusions, *[None] * outputs][:outputs]
    annotations = {}
    for place, entry in enumerate(documents.children(rule, "annotationEntry")):
        named = columns[place] if place < len(columns) else ""
        annotations[named if named and named not in annotations else f"annotation_{place + 1}"] = documents.text(entry)
    tests = [(place, cell.test) for place, cell in enumerate(cells)
             if isinstance(cell, feel.UnaryTests) and cell.outline is None]
    return Rule(index=index, id=rule.get("id") or f"rule_{index}", line=rule.sourceline, tests=tests,
                cells=[cell if isinstance(cell, feel.UnaryTests) else None for cell in cells], outputs=conclusions,
                annotations=annotations), cells


def _nothing(_: object) -> None:
    """The code of an input that is missing: no value."""


def _cell(reader: Reader, cell: Element) -> _Cell:
    """The tests of a cell, None for `-`, FAULTY where they do not compile."""
    text = documents.text(cell)
    return None if text in _EMPTY else reader.tests(cell, text) or FAULTY


def _conclusion(reader: Reader, cell: Element) -> feel.Expression | None:
    text = documents.text(cell)
    return None if text in _EMPTY else reader.expression(cell, text)
