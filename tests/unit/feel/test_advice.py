"""What an author is told about a text before it is used."""

from __future__ import annotations

import pytest

from engine import feel

LOOK = feel.Functions([feel.FeelFunction(name="look up", parameters=("name",), fn=lambda name: name)])


@pytest.mark.parametrize("text", [
    "area > 5", "= area > 5", "count(list[item > 1])", "Monthly Salary * 12", "import duty > 5",
    "{f: function(x) x, g: f(2)}.g",
    "for c in contexts return c.f(2)", 'date("2026-01-01").year', "class of land = \"A\"", "items[price > 3].name",
])
def test_feel_is_left_alone(text: str) -> None:
    assert feel.faults(text) == []


@pytest.mark.parametrize(("text", "places"), [
    ("nobody(1) + \n nobody(2) + else_where()", [(1, 1), (2, 14)]),
    ("a.b.c(1)", [(1, 1)]),
    ("if x then True else\nNone", [(1, 11), (2, 1)]),
    ("a is not None", [(1, 1)]),
    ("print x", [(1, 1)]),
    ("(a", [(1, 3)]),
])
def test_every_fault_has_its_place_and_a_hint_in_both_languages(text: str, places: list[tuple[int, int]]) -> None:
    found = feel.faults(text)
    assert [(fault.line, fault.column) for fault in found] == places
    assert all(fault.message and fault.message_fa and fault.hint and fault.hint_fa for fault in found)


def test_functions_that_were_registered_are_known() -> None:
    assert feel.faults('look up("a")', functions=LOOK) == []
    assert [fault.message for fault in feel.faults('look up("a")')] == ["there is no function look up"]
    assert feel.translated("look up('a') == 1", functions=LOOK) == 'look up("a") = 1'


@pytest.mark.parametrize(("text", "told"), [
    ("a == 1 && !b", "a = 1 and not(b)"), ("'x' if a else 'y'", 'if a then "x" else "y"'),
    ("#{a ? 1 : 2}", "if a then 1 else 2"), ("a is None or b is not None", "a = null or b != null"),
    ("len(a) > 1", "count(a) > 1"), ("open('f')", None), ("os.system('id')", None), ("import os", None),
    ("a" * 2_001, None),
])
def test_a_translation_is_told_only_when_it_can_be_used(text: str, told: str | None) -> None:
    assert feel.translated(text) == told


@pytest.mark.parametrize(("text", "surely"), [
    ("1", True), ("x = 1", True), ("if a then 1 else {}", False), ("if a then 1 else [2]", True), ("{}", False),
    ("some_name", False), ("f(x)", False), ("-a", True), ("for i in a return {}", True), ("list[1]", False),
])
def test_what_can_never_be_a_context_is_known(text: str, surely: bool) -> None:
    assert feel.gives_no_context(text) is surely
