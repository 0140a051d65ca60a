"""Rules of the house that a reader could otherwise only hope for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for package in ("engine", "workflows", "api") for path in (ROOT / package).rglob("*.py")
                 if "node_modules" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
EDGES = {"api/app.py", "api/cli.py", "api/cli_cycles.py", "api/cli_import.py", "api/cli_rules.py",
         "engine/jobs.py", "engine/workers.py"}
BROAD_EXCEPT = {"engine/jobs.py", "engine/handlers.py", "api/problems.py"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES + TESTS, ids=name)
def test_no_module_is_longer_than_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_write_transactions_begin_at_the_edges_only():
    found = {name(path) for path in MODULES if re.search(r"database\.begin\(", path.read_text(encoding="utf-8"))}
    assert found <= EDGES


def test_broad_excepts_stand_where_failures_become_incidents_or_answers():
    def is_broad(handler: ast.ExceptHandler) -> bool:
        return handler.type is None or (isinstance(handler.type, ast.Name)
                                        and handler.type.id in {"Exception", "BaseException"})

    found = set()
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            # A handler that ends in a bare `raise` hides nothing.
            if isinstance(node, ast.ExceptHandler) and is_broad(node) and not (
                    isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None):
                found.add(name(path))
    assert found <= BROAD_EXCEPT


def test_no_module_is_a_drawer_for_leftovers():
    assert not [name(path) for path in MODULES if path.stem in {"utils", "helpers", "common", "misc"}]


def test_no_class_is_a_service_or_a_manager():
    found = [f"{name(path)}:{node.name}" for path in MODULES
             for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.ClassDef) and node.name.endswith(("Service", "Manager"))]
    assert not found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_and_public_definition_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not tree.body:
        return
    assert ast.get_docstring(tree), "the module has no docstring"
    bare = [node.name for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
            and not ast.get_docstring(node)]
    assert "migrations/versions" in name(path) or not bare


def test_nothing_runs_code_from_text():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__"}, f"{name(path)}:{node.lineno}"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                assert not names & {"pickle", "marshal", "shelve"}, f"{name(path)}:{node.lineno}"
