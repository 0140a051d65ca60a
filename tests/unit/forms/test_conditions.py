"""FEEL in forms: what it may decide about a field, and what is refused where it may not stand."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
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
