"""docs/reference/feel.md says what the language does: its lists are those of the code, and its examples hold."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import sys
from pathlib import Path

import pytest

from engine import feel

ROOT = Path(__file__).resolve().parents[3]
FEEL = ROOT / "engine" / "feel"
PAGE = (ROOT / "docs" / "reference" / "feel.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row but the heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in lines][1:]


def code(text: str) -> list[str]:
    return [span.replace("\\|", "|") for span in re.findall(r"`([^`]+)`", text)]


def test_every_function_is_in_the_page_and_no_other():
    listed = {span.partition("(")[0] for row in rows(section("Functions")) for span in code(row[0]) if "(" in span}
    assert listed == set(feel.Functions())


def test_the_parts_written_from_the_code_are_current(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "scripts"), *sys.path])
    import feel_reference

    assert feel_reference.filled(PAGE) == PAGE
    with pytest.raises(ValueError, match="0 sections"):
        feel_reference.filled(PAGE.replace("<!-- limits -->", ""))


def test_every_limit_of_the_code_is_in_the_page():
    source = (ROOT / "scripts" / "feel_reference.py").read_text(encoding="utf-8")
    modules = [importlib.import_module(f"engine.feel.{'.'.join(path.relative_to(FEEL).with_suffix('').parts)}")
               for path in FEEL.rglob("*.py") if path.stem != "__init__"]
    limits = {f"{module.__name__.rpartition('.')[2]}.{name}" for module in modules for name in vars(module)
              if re.match(r"(MAX|MIN|CACHED)_|TIMEOUT$", name) and name in _own(module)}
    assert len(limits) > 20
    assert {limit for limit in limits if limit not in source} == set()
    for budget in ("steps", "size", "depth", "seconds"):
        assert f"alone.{budget}" in source
        assert f"decision.{budget}" in source
    assert {field.name for field in dataclasses.fields(feel.Limits)} == {"steps", "size", "depth", "seconds"}


def _own(module):
    """The constants that a module sets itself."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


@pytest.mark.parametrize("row", rows(section("Values")), ids=lambda row: row[0])
def test_a_value_is_written_as_the_page_says(row):
    for text in code(row[1]):
        if "\\n" not in text:
            assert feel.kind(feel.evaluate(text)) == row[0], text


@pytest.mark.parametrize("text", [span for row in rows(section("Expressions")) for span in code(row[1])
                                  if " " in span and "…" not in span])
def test_an_example_compiles(text):
    if text.startswith(("context<", "function<")):
        text = f"x instance of {text}"
    feel.compile(text)


def test_what_the_page_says_of_the_language_holds():
    assert feel.evaluate("-3 ** 2") == 9
    assert feel.evaluate("true or false and false") is True
    assert feel.evaluate("a-b", {"a-b": 1, "a": 5, "b": 2}) == 1
    assert feel.evaluate("a-b", {"a": 5, "b": 2}) == 3
    assert feel.evaluate('1 = "1"') is None
    assert feel.evaluate("= 1 + 1") == 2
    assert feel.evaluate('date(date and time(now(), "Asia/Tehran")) instance of date') is True
    assert feel.evaluate("مساحت دفتر >= 50 and مدت اجاره >= 60", {"مساحت دفتر": 50, "مدت اجاره": 60}) is True
    assert not any(feel.unary_tests(cell).evaluate(None) for cell in ("< 5", "[1..3]", '"GIFT"'))
    assert all(feel.unary_tests(cell).evaluate(None) for cell in ("null", "-", 'not("GIFT")'))
    assert feel.evaluate("۵۰ + 1") is None
    with pytest.raises(feel.FeelUnsupported, match="external function"):
        feel.compile('function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}')
