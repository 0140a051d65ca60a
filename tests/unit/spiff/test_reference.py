"""docs/reference/bpmn.md tells of what is executed, all of it and nothing else, and its tests exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from engine.spiff import vocabulary
from tests.engine import models
from tests.unit.spiff.driver import Case, inline

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "bpmn.md"
_HEADING = re.compile(r"^### `(\w+)`$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def sections() -> dict[str, str]:
    """The text of each section by the element it is about."""
    parts = _HEADING.split(PAGE.read_text(encoding="utf-8"))
    assert len(parts[1::2]) == len(set(parts[1::2])), "an element has two sections"
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def entry(section: str, name: str) -> str:
    """What a section says behind `- Name:`, on one line."""
    found = re.search(rf"^- {name}: (.*?)(?=^- |^#|\Z)", section, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def places(definition: str) -> list[str]:
    kind = vocabulary.EVENT_DEFINITIONS[definition]
    return sorted(place for place, kinds in vocabulary.ALLOWED_EVENTS.items() if kind in kinds)


def test_every_executed_element_has_a_section_and_nothing_else_has() -> None:
    definitions = {tag for tag in vocabulary.EVENT_DEFINITIONS if places(tag)}
    children = {child for tags in vocabulary.OWN_CHILDREN.values() for child in tags}
    children -= vocabulary.ITEMS | {"script"}  # told of with what they are parts of
    nodes = vocabulary.NODES | vocabulary.GLOBAL_TASKS.keys()
    assert set(sections()) == nodes | definitions | children | {"sequenceFlow"}


def test_every_section_says_how_where_and_by_which_clause() -> None:
    for element, section in sections().items():
        assert entry(section, "Executed"), element
        assert re.search(r"§\d", entry(section, "Clause")), element
        assert _TEST.search(entry(section, "Tests")), element


def test_every_event_definition_names_the_places_it_is_executed_in() -> None:
    told = {tag: sorted(entry(sections()[tag], "Places").split(", ")) for tag in vocabulary.EVENT_DEFINITIONS}
    assert told == {tag: places(tag) for tag in vocabulary.EVENT_DEFINITIONS}


def test_every_test_that_is_named_exists() -> None:
    named = set(_TEST.findall(PAGE.read_text(encoding="utf-8")))
    missing = [f"{path}::{name}" for path, name in sorted(named) if name not in _functions(ROOT / path)]
    assert named
    assert missing == []


def test_a_token_passes_what_only_people_know_of() -> None:
    process = inline("pass", models.start("s"), '<bpmn:task id="a"/>', '<bpmn:manualTask id="b"/>',
                     '<bpmn:intermediateThrowEvent id="c"/>', models.end("e"),
                     *(models.flow(one, other) for one, other in zip("sabc", "abce", strict=True)))
    case = Case(process)
    assert case.execution.ended
    assert [completed.element_id for completed in case.report.completed] == ["s", "a", "b", "c", "e"]


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
