"""Faults of a form's expressions: where they are, what is meant, and that a stored form stays in use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine import errors, feel
from workflows import bootstrap, forms

WORKING = feel.Functions([feel.FeelFunction(name="working days", parameters=("a", "b"), fn=max)])
WAYS = {
    "hide": lambda text: {"conditional": {"hide": f"={text}"}},
    "required_if": lambda text: {"properties": {"required_if": text}},
    "required": lambda text: {"validate": {"required": f"={text}"}},
    "readonly": lambda text: {"readonly": f"= {text}"},
    "min": lambda text: {"validate": {"min": f"={text}"}},
    "max": lambda text: {"validate": {"max": f"={text}"}},
}


def written(*components: dict[str, Any]) -> bytes:
    return json.dumps({"id": "f", "type": "default", "components": list(components)}, indent=1,
                      ensure_ascii=False).encode()


def line_of(source: bytes, text: str) -> int:
    return source.decode().split(json.dumps(text)[1:-1])[0].count("\n") + 1


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize(("text", "column", "told"), [
    ("area > (", 9, ""), ("nobody(area) > 1", 1, ""), ("area > 1 and nobody(2)", 14, ""),
    ('__import__("os")', 1, ""), ("1 if area else 2", 3, "if area then 1 else 2"), ('f"{area}"', 2, ""),
    ("area >\n nobody(2)", 9, ""), ("area == 1", 6, "area = 1"),
])
def test_a_wrong_condition_is_told_with_its_line_column_and_a_hint(way: str, text: str, column: int, told: str) -> None:
    first = {"type": "number", "key": "area", "label": "مساحت \\ \" {", "description": "a\nb"}
    source = written(first, {"type": "number", "key": "asked", "label": "A", **WAYS[way](text)}, first | {"key": "b"})
    [problem] = forms.problems(source)
    assert (problem.where, problem.code, problem.line, problem.column) == (
        "asked", "expression", line_of(source, text), column)
    assert problem.fix
    assert problem.fix_fa
    assert told in problem.fix


@pytest.mark.parametrize("way", list(WAYS))
def test_a_right_condition_is_fine(way: str) -> None:
    text = "working days(area, 2)" if way in {"min", "max"} else "working days(area, 2) = 1"
    source = written({"type": "number", "key": "asked", "label": "A", **WAYS[way](text)})
    assert list(forms.problems(source, functions=WORKING)) == []
    assert [problem.code for problem in forms.problems(source)] == ["expression"]


def test_the_same_text_twice_is_told_at_both_places() -> None:
    wrong = {"type": "number", "label": "A", "conditional": {"hide": "=nobody()"}}
    source = written({**wrong, "key": "a"}, {**wrong, "key": "b"})
    [one, other] = forms.problems(source)
    lines = [number for number, line in enumerate(source.decode().split("\n"), 1) if "nobody" in line]
    assert [one.line, other.line] == lines


def test_a_form_that_is_no_utf_8_has_no_lines() -> None:
    source = written({"type": "number", "key": "a", "label": "A", "conditional": {"hide": "=nobody()"}}).decode()
    [problem] = forms.problems(source.encode("utf-16"))
    assert (problem.line, problem.column) == (None, 1)


def test_a_stored_form_stays_in_use_when_the_check_becomes_stricter() -> None:
    form = json.loads(written(
        {"type": "number", "key": "area", "label": "A", "conditional": {"hide": "=nobody()"}},
        {"type": "number", "key": "other", "label": "B", "conditional": {"hide": "=a ="}},
        {"type": "iframe", "id": "Frame_1"}))
    with pytest.raises(errors.Invalid):
        forms.compile(form)
    loaded = forms.load(form)
    assert set(loaded.fields) == {"area", "other"}
    assert forms.ask(loaded, {}, {}).visible == {"area", "other"}
    with pytest.raises(errors.Invalid):
        forms.load({"id": "f"})


def test_a_bundle_with_a_wrong_form_is_refused_at_its_line() -> None:
    source = written({"type": "number", "key": "a", "label": "A", "conditional": {"hide": "=nobody()"}})
    found = [problem for problem in bootstrap.check({"forms/f.form": source}) if problem.file == "forms/f.form"]
    [problem] = found
    assert (problem.where, problem.line, problem.column) == ("a", line_of(source, "=nobody"), 1)
