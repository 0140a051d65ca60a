"""Answers to a form: normalised, relieved of hidden fields, checked; every fault told at once in both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import errors
from workflows import form_answers, forms
from workflows.form_fields import CompiledForm

MALE_ONLY = {"hide": '=gender != "MALE"'}

FORM: CompiledForm = forms.compile({"id": "person", "components": [
    {"type": "textfield", "key": "national_id", "label": "کد ملی", "validate": {"required": True},
     "properties": {"format": "national_id", "label_en": "National ID"}},
    {"type": "textfield", "key": "name", "label": "نام", "validate": {"required": True, "maxLength": 20},
     "properties": {"format": "persian_text", "label_en": "Name"}},
    {"type": "radio", "key": "gender", "label": "جنسیت", "validate": {"required": True},
     "values": [{"label": "زن", "value": "FEMALE"}, {"label": "مرد", "value": "MALE"}]},
    {"type": "select", "key": "military", "label": "نظام وظیفه", "conditional": MALE_ONLY,
     "validate": {"required": True},
     "values": [{"label": "پایان", "value": "DONE"}, {"label": "هیچ", "value": "NONE"}]},
    {"type": "filepicker", "key": "card", "label": "کارت", "conditional": MALE_ONLY, "validate": {"required": True}},
    {"type": "datetime", "subtype": "date", "key": "born", "label": "تاریخ تولد", "properties": {"past": "true"}},
    {"type": "number", "key": "area", "label": "مساحت", "validate": {"min": 10, "max": 500}},
    {"type": "checklist", "key": "codes", "label": "شرط‌ها", "valuesKey": "conditions",
     "properties": {"required_if": "area < 50"}},
    {"type": "select", "key": "county", "label": "شهرستان", "valuesKey": "counties"},
    {"type": "checkbox", "key": "agree", "label": "درست است", "validate": {"required": True}},
    {"type": "textarea", "key": "shown", "label": "نمایشی", "readonly": True},
]})

CONTEXT: dict[str, Any] = {
    "conditions": [{"value": "E08", "label": "مساحت", "label_en": "Area"}, {"value": "E09", "label": "اجاره"}],
    "counties": [{"value": "urmia", "label": "ارومیه", "label_en": "Urmia"}],
    "today": date(2026, 11, 23)}

GOOD: dict[str, Any] = {"national_id": "0013542419", "name": "مریم", "gender": "FEMALE", "agree": True}


def faults(changes: dict[str, Any], files: dict[str, Any] | None = None) -> dict[str, str]:
    checked = forms.check(FORM, GOOD | changes, files=files, context=CONTEXT)
    assert all(problem.what and problem.what_fa for problem in checked.problems)
    return {problem.where: problem.code for problem in checked.problems}


def test_a_good_answer_comes_back_normalised() -> None:
    data = forms.validate(FORM, GOOD | {
        "national_id": "۰۰۱۳۵۴۲۴۱۹", "name": "  علي‌اكبر ", "area": "۱٬۲۰۰٫۵".replace("۱٬۲۰۰", "۱۲۰"),
        "born": "1364/1/1", "county": "urmia"}, context=CONTEXT)
    assert data["national_id"] == "0013542419"
    assert data["name"] == "علی‌اکبر"
    assert data["area"] == 120.5
    assert data["born"] == "1985-03-21"


def test_a_text_of_one_line_stays_on_one_line() -> None:
    assert forms.validate(FORM, GOOD | {"name": "سارا\u2028نمونه\r\nپور"}, context=CONTEXT)["name"] == "سارا نمونه پور"


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(errors.Invalid) as refusal:
        forms.validate(FORM, {"national_id": "0013542418", "name": "Maryam", "area": "9", "extra": 1}, context=CONTEXT)
    assert [(problem.where, problem.code) for problem in refusal.value.problems] == [
        ("national_id", "national_id"), ("name", "persian_text"), ("gender", "required"), ("area", "too_small"),
        ("codes", "required"), ("agree", "required"), ("extra", "unknown_field")]


@pytest.mark.parametrize("changes, expected", [
    ({"national_id": ""}, {"national_id": "required"}),
    ({"national_id": 13542419}, {"national_id": "wrong_type"}),
    ({"name": "آ" * 21}, {"name": "too_long"}),
    ({"gender": "OTHER"}, {"gender": "not_an_option"}),
    ({"born": "1405-12-30"}, {"born": "not_a_date"}),
    ({"born": "31 / 2"}, {"born": "not_a_date"}),
    ({"born": "2026-11-24"}, {"born": "in_future"}),
    ({"area": "خیلی"}, {"area": "wrong_type"}),
    ({"area": True}, {"area": "wrong_type"}),
    ({"area": float("nan")}, {"area": "wrong_type"}),
    ({"area": "1e9"}, {"area": "wrong_type"}),
    ({"area": "64,5"}, {"area": "wrong_type"}),
    ({"area": "6 4"}, {"area": "wrong_type"}),
    ({"area": "1,20"}, {"area": "wrong_type"}),
    ({"area": "۱٬۲۰۰"}, {"area": "too_large"}),
    ({"area": "1 200,000.5"}, {"area": "too_large"}),
    ({"area": 501}, {"area": "too_large"}),
    ({"county": "tehran"}, {"county": "not_an_option"}),
    ({"codes": ["E08", "E08"]}, {"codes": "repeated"}),
    ({"codes": ["E77"]}, {"codes": "not_an_option"}),
    ({"codes": [["E08"]]}, {"codes": "not_an_option"}),
    ({"agree": False}, {"agree": "required"}),
    ({"agree": "maybe"}, {"agree": "wrong_type"}),
])
def test_a_wrong_answer_is_told_at_its_field(changes: dict[str, Any], expected: dict[str, str]) -> None:
    assert {key: code for key, code in faults(changes).items() if key in expected} == expected


def test_a_hidden_field_is_dropped_before_checking_and_a_shown_one_is_required() -> None:
    assert faults({"military": "NOT AN OPTION"}) == {}
    assert "military" not in forms.validate(FORM, GOOD | {"military": "DONE"}, context=CONTEXT)
    assert faults({"gender": "MALE"}) == {"military": "required", "card": "required"}
    assert faults({"gender": "MALE", "military": "DONE"}, files={"card": ["a.pdf"]}) == {}


def test_one_file_is_enough_for_a_field_that_takes_one() -> None:
    assert faults({"gender": "MALE", "military": "DONE"}, files={"card": ["a", "b"]}) == {"card": "too_many"}


def test_a_field_is_required_when_its_condition_says_so() -> None:
    assert faults({"area": 49}) == {"codes": "required"}
    assert faults({"area": 49, "codes": ["E08"]}) == {}
    assert faults({"area": 51}) == {}


def test_what_is_only_shown_is_never_taken() -> None:
    assert "shown" not in forms.validate(FORM, GOOD | {"shown": "changed"}, context=CONTEXT)


def test_characters_no_database_stores_are_removed() -> None:
    assert forms.validate(FORM, GOOD | {"name": "مر\x00یم\ud800"}, context=CONTEXT)["name"] == "مریم"


def test_the_process_gets_feel_values_of_the_deciding_answers_alone() -> None:
    data = forms.validate(FORM, GOOD | {"area": "49.5", "codes": ["E08"], "born": "1985-03-21"}, context=CONTEXT)
    assert forms.variables(FORM, data) == {
        "gender": "FEMALE", "military": None, "born": date(1985, 3, 21), "area": Decimal("49.5"), "codes": ["E08"],
        "county": None, "agree": True}
    assert forms.records(FORM, data) == {"national_id": "0013542419", "name": "مریم"}


def test_the_inputs_of_a_page_become_an_answer() -> None:
    answer = form_answers.from_inputs(FORM, {
        "national_id": ["0013542419"], "name": ["مریم"], "gender": ["FEMALE"], "agree": ["true"], "csrf_token": ["x"],
        "born-day": ["۱"], "born-month": ["1"], "born-year": ["۱۳۶۴"], "codes": ["E08", "E09"]})
    data = forms.validate(FORM, answer, context=CONTEXT)
    assert data["born"] == "1985-03-21"
    assert data["codes"] == ["E08", "E09"]


def test_a_date_of_which_a_part_is_missing_is_no_date() -> None:
    answer = form_answers.from_inputs(FORM, {"born-day": ["1"], "born-year": ["1364"]})
    assert faults({"born": answer["born"]}) == {"born": "not_a_date"}


def test_the_sentences_name_the_field_in_their_own_language() -> None:
    problems = {p.where: p for p in forms.check(FORM, {"area": "9"}, context=CONTEXT).problems}
    assert problems["name"].what == "Enter “Name”."
    assert problems["name"].what_fa == "«نام» را وارد کنید."
    assert problems["area"].what_fa == "«مساحت» باید ۱۰ یا بیشتر باشد."


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                    max_leaves=6)


@given(st.dictionaries(st.sampled_from(sorted(FORM.fields)), JSON))
def test_no_json_value_breaks_the_check(data: dict[str, Any]) -> None:
    forms.check(FORM, data, context=CONTEXT)
