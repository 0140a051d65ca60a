"""The syntax tree of a FEEL text. `at` is the offset in the text where the construct begins."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything that has a value."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A number, string, boolean, null or temporal written out; `spelled` is what `@"…"` holds where it is none."""

    value: Any
    spelled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    """A variable, or `?`, the value under test."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Path(Node):
    """`source.name`."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Node):
    """`source[condition]`, or the n-th item."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """`function(arguments)`; `names` is None for positional arguments."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation(Node):
    """`-operand`."""

    operand: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Node):
    """`first op operand op operand …`, of one precedence, from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Node):
    """`left op right` with one of `= != < <= > >=`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Between(Node):
    """`value between low and high`."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorTest(Node):
    """`< 10` where a unary test may stand; elsewhere, in parentheses, it is a range."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class In(Node):
    """`value in tests`."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Node):
    """Three-valued conjunction."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Node):
    """Three-valued disjunction."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class If(Node):
    """`if condition then consequent else alternative`."""

    condition: Node
    consequent: Node
    alternative: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration(Node):
    """`name in source`, or `name in source .. end` counting up or down."""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class For(Node):
    """`for iterators return body`."""

    iterators: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantified(Node):
    """`some|every iterators satisfies condition`."""

    every: bool
    iterators: tuple[Iteration, ...]
    condition: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeLiteral(Node):
    """`[start..end]` with either end open."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLiteral(Node):
    """`[item, item]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextLiteral(Node):
    """`{key: value}`; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]
    quoted: frozenset[str] = frozenset()
    """Keys written as strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeName(Node):
    """A type: `number`, `list<number>`, `context<a: number>`, `function<number> -> string`, or a named one."""

    name: str
    arguments: tuple[TypeName, ...] = ()
    members: tuple[str, ...] = ()
    result: TypeName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceOf(Node):
    """`value instance of type`."""

    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionLiteral(Node):
    """`function(a: number, b) body`."""

    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests(Node):
    """Unary tests of one input; no tests at all (`-`) are always true."""

    tests: tuple[Node, ...]
    negated: bool


def children(node: Node) -> Iterator[Node]:
    """The nodes directly under `node`."""
    stack: list[Any] = [getattr(node, field.name) for field in dataclasses.fields(node)]
    while stack:
        value = stack.pop()
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            stack.extend(value)


def depth(root: Node) -> int:
    """How many nodes the longest branch holds."""
    deepest, level = 0, [root]
    while level:
        deepest += 1
        level = [child for node in level for child in children(node)]
    return deepest
