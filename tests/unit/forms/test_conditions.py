"""FEEL in forms: what it may decide about a field, and what is refused where it may not stand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine import errors
from tests.timing import in_time
from workflows import forms
from workflows.form_fields import CompiledForm


def compiled(**more: Any) -> CompiledForm:
    """A form with a number `area`, and a field `asked` with these properties."""
    asked = {"type": "textfield", "key": "asked", "label": "B", **more}
    return forms.compile({"id": "f", "components": [{"type": "number", "key": "area", "label": "A"}, asked]})


def faults(form: CompiledForm, data: dict[str, Any], **context: Any) -> dict[str, str]:
    return {problem.where: problem.code for problem in forms.check(form, data, context=context).problems}


def test_a_field_is_read_only_while_its_expression_is_true() -> None:
    form = compiled(readonly="= area > 100", properties={"store": "variable"}, validate={"required": True})
    assert forms.check(form, {"area": 150, "asked": "x"}).data == {"area": 150}
    assert forms.check(form, {"area": 50, "asked": "x"}).data == {"area": 50, "asked": "x"}
    assert "asked" in faults(form, {"area": 50})
    assert faults(form, {"area": 150}) == {}
    assert "asked" not in forms.variables(forms.settled(form, {"area": 150}, {}), {"area": 150})
    assert forms.variables(forms.settled(form, {"area": 50}, {}), {"area": 50, "asked": "x"})["asked"] == "x"
    assert forms.controls(form) == {"area"}
    assert form.json_schema["required"] == []


def test_required_may_be_an_expression() -> None:
    form = compiled(validate={"required": "=area > 100"})
    assert faults(form, {"area": 50}) == {}
    assert "asked" in faults(form, {"area": 150})


def test_limits_may_be_expressions_over_answers_and_context() -> None:
    form = compiled(type="number", validate={"min": "=area / 2", "max": "= rules.most"})
    assert faults(form, {"area": 50, "asked": 25}, rules={"most": 40}) == {}
    assert set(faults(form, {"area": 50, "asked": 24}, rules={"most": 40})) == {"asked"}
    assert set(faults(form, {"area": 50, "asked": 41}, rules={"most": 40})) == {"asked"}
    assert faults(form, {"asked": 10**6}) == {}


def test_lengths_may_be_expressions_and_keep_the_longest_there_is() -> None:
    form = compiled(validate={"maxLength": "=area"})
    assert set(faults(form, {"area": 3, "asked": "abcd"})) == {"asked"}
    assert faults(form, {"area": 4, "asked": "abcd"}) == {}
    assert set(faults(form, {"asked": "x" * 301})) == {"asked"}


@pytest.mark.parametrize("more", [
    {"readonly": "= area >"}, {"readonly": "area > 5"}, {"validate": {"required": "= ("}},
    {"validate": {"required": "yes"}}, {"validate": {"min": "= 1 +"}}, {"validate": {"max": "5"}},
    {"conditional": {"hide": "= a b c ="}}, {"appearance": {"suffixAdorner": "= unit"}},
    {"appearance": {"prefixAdorner": "{{unit}}"}}, {"label": "= name"}, {"description": "{{ name }}"},
    {"type": "select", "valuesExpression": "= list"}, {"type": "expression", "expression": "= 1"},
])
def test_a_wrong_expression_or_one_in_the_wrong_place_is_refused_at_its_field(more: dict[str, Any]) -> None:
    with pytest.raises(errors.Invalid) as refused:
        compiled(**more)
    found = refused.value.problems
    assert {problem.where for problem in found} == {"asked"}
    assert all(problem.what and problem.what_fa and problem.fix and problem.fix_fa for problem in found)


def test_a_condition_beyond_its_budget_shows_the_field() -> None:
    form = compiled(conditional={"hide": "= every i in 1..area satisfies i < area + 1"})
    assert forms.ask(form, {"area": 10}, {}).visible == {"area"}
    assert forms.ask(form, {"area": 10**9}, {}).visible == {"area", "asked"}


@pytest.mark.parametrize("more", [
    {"conditional": "=area > 5"}, {"conditional": {"show": "=area > 5"}}, {"conditional": {"hide": 5}},
    {"conditional": {"hide": True}}, {"properties": {"required_if": 5}}, {"validate": "required"},
    {"validate": {"validationType": []}}, {"validate": {"minLength": float("inf")}},
    {"validate": {"min": float("nan")}}, {"validate": {"maxLength": -1}}, {"validate": {"maxLength": 2.5}},
    {"validate": {"pattern": "a{99999999999999}"}}, {"validate": {"pattern": "(" * 3000 + ")" * 3000}},
])
def test_what_could_never_hold_is_refused_at_its_field(more: dict[str, Any]) -> None:
    with pytest.raises(errors.Invalid) as refused:
        compiled(**more)
    [problem] = refused.value.problems
    assert (problem.where, bool(problem.fix), bool(problem.fix_fa)) == ("asked", True, True)


@pytest.mark.parametrize(("validate", "answer", "code"), [
    ({"min": "= 10 ** 5000"}, {"type": "number", "given": 5}, "too_small"),
    ({"max": "= -(10 ** 5000)"}, {"type": "number", "given": 5}, "too_large"),
    ({"minLength": "= 10 ** 5000"}, {"type": "textfield", "given": "x"}, "too_short"),
    ({"maxLength": "= -3"}, {"type": "textfield", "given": "x"}, "too_long"),
])
def test_a_computed_limit_of_any_size_can_be_told(validate: dict[str, str], answer: dict[str, Any], code: str) -> None:
    form = compiled(type=answer["type"], validate=validate)
    [problem] = forms.check(form, {"asked": answer["given"]}).problems
    assert (problem.code, len(problem.what) < 500) == (code, True)


@pytest.mark.parametrize("listed", [5, True, "abc", date(2026, 1, 1), [{"label": "A"}], {"a": 1}])
def test_what_is_no_list_of_options_offers_none(listed: object) -> None:
    form = compiled(type="select", valuesKey="things")
    assert faults(form, {"asked": "A"}, things=listed) == {"asked": "not_an_option"}


def test_an_answer_of_any_size_is_judged_at_once() -> None:
    ticked = {"type": "checklist", "label": "C", "valuesKey": "things"}
    hide = {"hide": "= count(one) + count(other) > 50 or area > 5"}
    form = forms.compile({"id": "f", "components": [
        {**ticked, "key": "one"}, {**ticked, "key": "other"}, {"type": "number", "key": "area", "label": "A"},
        {"type": "textfield", "key": "asked", "label": "B", "conditional": hide, "validate": {"pattern": "^(a|a)+$"}}]})
    many: list[Any] = [0, "a", {}] * 200_000
    given = {"one": many, "other": many, "asked": "a" * 200 + "!", "area": many}
    found = in_time(2, lambda: faults(form, given, things=["a", 0]))
    assert {name: found[name] for name in ("one", "other")} == {"one": "not_an_option", "other": "not_an_option"}
    assert found["asked"] == "pattern"
