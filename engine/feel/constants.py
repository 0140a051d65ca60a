"""Parts of a text whose value is known before it is ever evaluated: `date("2026-01-01")`, `-5`, `[1, 2]`."""

from __future__ import annotations

from typing import Any

from engine.feel import expressions, logic, nodes, types
from engine.feel.compiler import Compiler
from engine.feel.errors import FeelError
from engine.feel.runs import RUN, Run


class NotConstant(ValueError):
    """The value depends on variables, on the clock, on a function from outside, or needs too much work."""


def constant(node: nodes.Node) -> Any:
    """The value that `node` has in every scope.

    Raises: NotConstant.
    """
    if isinstance(node, nodes.Literal):
        return node.value
    functions = expressions.standard_functions()
    compiler = Compiler(functions, types.resolver({}, _no_type))
    code = compiler(node)
    if compiler.names or not all(name in functions and functions.is_pure(name) for name in compiler.called):
        raise NotConstant
    try:
        return code({RUN: Run()})
    except (FeelError, RecursionError):
        raise NotConstant from None


def is_tested(node: nodes.Node) -> bool:
    """Whether the node is `?`, the value under test, and nothing else."""
    return isinstance(node, nodes.Name) and node.name == logic.TESTED


def _no_type(_: nodes.TypeName) -> types.Type:
    raise NotConstant
