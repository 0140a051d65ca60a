"""What of form-js becomes fields, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine import errors
from workflows import forms
from workflows.form_fields import Note


def form(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": "default", "schemaVersion": 18, "id": "example", "components": list(components)}


def problems_of(*components: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(errors.Invalid) as refusal:
        forms.compile(form(*components), file="forms/example.form")
    assert all(problem.what and problem.what_fa and problem.file for problem in refusal.value.problems)
    return {problem.where: problem.what for problem in refusal.value.problems}


def test_every_unsupported_component_is_refused_by_its_name() -> None:
    found = problems_of({"type": "dynamiclist", "id": "List_1", "path": "x"},
                        {"type": "iframe", "id": "Frame_1"},
                        {"type": "table", "id": "Table_1"},
                        {"type": "datetime", "subtype": "time", "key": "at", "timeLabel": "At"})
    assert found.keys() == {"List_1", "Frame_1", "Table_1", "at"}
    assert "“iframe”" in found["Frame_1"]
    assert "“time”" in found["at"]


def test_a_field_for_several_files_is_refused_since_a_field_holds_one() -> None:
    found = problems_of({"type": "filepicker", "key": "a", "label": "A", "multiple": True},
                        {"type": "filepicker", "key": "b", "label": "B", "multiple": "=count(x) > 1"},
                        {"type": "filepicker", "key": "c", "label": "C", "multiple": []},
                        {"type": "dynamiclist", "id": "List_1", "path": "x"})
    assert found.keys() == {"a", "b", "c", "List_1"}


def test_a_key_that_is_missing_wrong_or_repeated_is_refused() -> None:
    found = problems_of({"type": "textfield", "id": "Field_1", "label": "A"},
                        {"type": "textfield", "key": "a.b", "label": "B"},
                        {"type": "number", "key": "twice", "label": "C"},
                        {"type": "number", "key": "twice", "label": "D"})
    assert found.keys() == {"Field_1", "a.b", "twice"}


def test_a_condition_that_is_not_feel_is_refused_at_its_field() -> None:
    found = problems_of({"type": "textfield", "key": "name", "label": "A", "conditional": {"hide": "=a = ("}})
    assert "a = (" in found["name"]


def test_a_pattern_a_format_and_a_store_we_do_not_know_are_refused() -> None:
    found = problems_of({"type": "textfield", "key": "a", "label": "A", "validate": {"pattern": "("}},
                        {"type": "textfield", "key": "b", "label": "B", "properties": {"format": "passport"}},
                        {"type": "textfield", "key": "c", "label": "C", "properties": {"store": "cloud"}},
                        {"type": "select", "key": "d", "label": "D"},
                        {"type": "textfield", "key": "e", "label": "=greeting"})
    assert found.keys() == {"a", "b", "c", "d", "e"}


def test_a_text_that_is_not_a_form_is_refused() -> None:
    with pytest.raises(errors.Invalid):
        forms.compile({"hello": "world"})


def test_groups_become_sections_and_their_condition_goes_to_every_field_inside() -> None:
    compiled = forms.compile(form(
        {"type": "text", "text": "خوش آمدید", "properties": {"text_en": "Welcome"}},
        {"type": "group", "label": "شرکت", "properties": {"label_en": "Company"}, "conditional": {"hide": "=kind = 1"},
         "components": [{"type": "textfield", "key": "name", "label": "نام"}, {"type": "separator"}]},
        {"type": "number", "key": "kind", "label": "نوع"}, {"type": "button", "action": "submit", "label": "ok"}))
    assert [section.title("en") for section in compiled.sections] == ["", "Company", ""]
    assert isinstance(compiled.sections[0].blocks[0], Note)
    assert len(compiled.fields["name"].hidden_if) == 1


def test_texts_are_records_and_choices_are_variables_unless_the_form_says_otherwise() -> None:
    compiled = forms.compile(form(
        {"type": "textfield", "key": "name", "label": "A"},
        {"type": "number", "key": "area", "label": "B"},
        {"type": "filepicker", "key": "deed", "label": "C"},
        {"type": "checkbox", "key": "open", "label": "D", "properties": {"store": "record"}}))
    assert {key: field.store for key, field in compiled.fields.items()} == {
        "name": "record", "area": "variable", "deed": "record", "open": "record"}


def test_the_json_schema_is_a_valid_one_of_2020_12() -> None:
    compiled = forms.compile(form(
        {"type": "textfield", "key": "code", "label": "A", "validate": {"required": True},
         "properties": {"format": "postal_code"}},
        {"type": "number", "key": "area", "label": "B", "decimalDigits": 0, "validate": {"min": 1, "max": 9}},
        {"type": "select", "key": "county", "label": "C", "valuesKey": "counties"},
        {"type": "checkbox", "key": "agree", "label": "D", "validate": {"required": True}}))
    schema = compiled.json_schema
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["code", "agree"]
    assert schema["properties"]["area"] == {"title": "B", "type": "integer", "minimum": 1, "maximum": 9}
    assert "enum" not in schema["properties"]["county"]


def test_a_form_can_be_narrowed_to_the_unlocked_fields() -> None:
    compiled = forms.compile(form(
        {"type": "textfield", "key": "a", "label": "A", "validate": {"required": True}},
        {"type": "textfield", "key": "b", "label": "B", "validate": {"required": True}}))
    assert forms.validate(compiled.only({"b"}), {"b": "x"}) == {"b": "x"}
    with pytest.raises(errors.Invalid):
        forms.validate(compiled.only({"b"}), {"a": "y", "b": "x"})
