"""A compiled decision table -> its grid: axes from the input expressions, boxes from the cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine import feel
from engine.dmn import item_types
from engine.dmn.analysis import shapes
from engine.dmn.analysis.axes import Axis, Cell, simple_kind
from engine.dmn.analysis.grids import Box, Grid
from engine.dmn.tables import Input, Table
from engine.feel import nodes, types
from engine.feel.constants import NotConstant


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A table's grid, and what of the table it does not say."""

    table: Table
    grid: Grid
    path: Sequence[str | None]
    """For each axis, the variable it stands for (`applicant.age`); None for a computed value."""
    roots: Sequence[frozenset[str]]
    """For each axis, the variables it reads."""
    unread_cells: Mapping[str, Sequence[int]]
    """Input label -> the rules (by number from 0) whose cell cannot be reasoned about."""
    unread_allowed: Sequence[str]
    """Labels of inputs whose allowed values cannot be reasoned about."""

    def depends(self, constrained: Sequence[int]) -> bool:
        """Whether some of these axes may rule values of another out, so that a box of them may hold no real input."""
        return any(self._related(one, other) for place, one in enumerate(constrained)
                   for other in constrained[place + 1:])

    def _related(self, one: int, other: int) -> bool:
        first, second = self.path[one], self.path[other]
        if first is None or second is None:
            return bool(self.roots[one] & self.roots[other])
        return f"{first}.".startswith(f"{second}.") or f"{second}.".startswith(f"{first}.")

    def constrained(self, box: Box) -> list[int]:
        """The axes on which the box is not all that there is."""
        return [place for place, (places, axis) in enumerate(zip(box, self.grid.axes, strict=True))
                if places & axis.claimed != axis.claimed]


def of_table(table: Table, variables: Mapping[str, types.Type]) -> Space:
    """The space of a table; `variables` are the declared types of what its expressions may read."""
    columns: dict[str, list[int]] = {}
    for place, column in enumerate(table.inputs):
        columns.setdefault(" ".join(column.text.split()), []).append(place)
    axes, cells, unread_cells, unread_allowed = [], [], {}, []
    for places in columns.values():
        reading = _Reading(table, places, variables)
        axes.append(reading.axis)
        cells.append(reading.cells)
        if reading.unread:
            unread_cells[reading.axis.label] = reading.unread
        if reading.unread_allowed:
            unread_allowed.append(reading.axis.label)
    firsts = [table.inputs[places[0]] for places in columns.values()]
    return Space(table=table, grid=Grid(axes, [[column[rule] for column in cells] for rule in range(len(table.rules))]),
                 path=[_path(column.tree) for column in firsts], roots=[column.reads for column in firsts],
                 unread_cells=unread_cells, unread_allowed=unread_allowed)


class _Reading:
    """One axis: the columns that test the same expression."""

    def __init__(self, table: Table, places: Sequence[int], variables: Mapping[str, types.Type]) -> None:
        self.unread: list[int] = []
        self.unread_allowed = False
        self._shapes: dict[str, shapes.Shape | None] = {}
        columns = [table.inputs[place] for place in places]
        declared = [column.type for column in columns]
        tree = columns[0].tree
        if tree is not None and (found := _type_of(tree, variables)) is not None:
            declared.append(found)
        declared = [type_ for type_ in declared if type_ != types.ANY]
        tests = [column.allowed for column in columns if column.allowed]
        rows = [[rule.cells[place] for place in places] for rule in table.rules]
        known = [self._shape(cell) for row in rows for cell in row]
        restricting = (*tests, *(rule for type_ in declared for rule in _rules(type_)))
        known += [self._allowed_shape(rule) for rule in restricting]
        kinds = list(dict.fromkeys(kind for type_ in declared if (kind := simple_kind(type_))))
        self.axis = Axis(_label(columns[0]), columns[0].text, kinds=kinds or None, allowed=[*tests, *declared],
                         constants=[value for shape in known if shape for value in _constants(shape)])
        self._cells: dict[str, Cell] = {}
        self.cells = [self._joined(number, row) for number, row in enumerate(rows)]

    def _shape(self, cell: feel.UnaryTests | None) -> shapes.Shape | None:
        if cell is None:
            return shapes.EVERYTHING
        if cell.text not in self._shapes:
            try:
                self._shapes[cell.text] = shapes.of_tests(cell.tree)
            except NotConstant:
                self._shapes[cell.text] = None
        return self._shapes[cell.text]

    def _allowed_shape(self, tests: feel.UnaryTests) -> shapes.Shape | None:
        shape = self._shape(tests)
        self.unread_allowed = self.unread_allowed or shape is None
        return shape

    def _joined(self, number: int, row: Sequence[feel.UnaryTests | None]) -> Cell:
        """What one rule accepts: all its cells about this expression together."""
        surely = perhaps = self.axis.full
        for tests in row:
            cell = self._cell(tests)
            surely, perhaps = surely & cell.surely, perhaps & cell.perhaps
        if surely != perhaps:
            self.unread.append(number)
        return Cell(surely, perhaps)

    def _cell(self, tests: feel.UnaryTests | None) -> Cell:
        text = tests.text if tests else ""
        if text not in self._cells:
            uncertain = Cell(0, self.axis.full)
            shape = self._shape(tests)
            try:
                self._cells[text] = Cell(*[self.axis.sets(shape)[0]] * 2) if shape else uncertain
            except NotConstant:
                self._cells[text] = uncertain
        return self._cells[text]


def _constants(shape: shapes.Shape) -> Iterator[object]:
    for leaf in shapes.leaves(shape):
        if isinstance(leaf, shapes.Equal):
            yield leaf.value
        else:
            yield from (end for end in (leaf.range.start, leaf.range.end) if end is not None)


def _rules(type_: types.Type) -> Iterator[feel.UnaryTests]:
    """The allowed values of an item definition and of those it is made from."""
    while isinstance(type_, item_types.ItemType):
        yield from type_.rules()
        type_ = type_.base


def _type_of(tree: nodes.Node, variables: Mapping[str, types.Type]) -> types.Type | None:
    """The declared type of a variable, or of a component of one."""
    if isinstance(tree, nodes.Name):
        return variables.get(tree.name)
    if not isinstance(tree, nodes.Path):
        return None
    around = _type_of(tree.source, variables)
    while isinstance(around, item_types.ItemType) and not around.is_collection:
        around = around.base
    return around.members.get(tree.name) if isinstance(around, types.ContextOf) else None


def _path(tree: nodes.Node | None) -> str | None:
    if isinstance(tree, nodes.Name):
        return tree.name
    if isinstance(tree, nodes.Path):
        source = _path(tree.source)
        return f"{source}.{tree.name}" if source else None
    return None


def _label(column: Input) -> str:
    return column.label or column.text
