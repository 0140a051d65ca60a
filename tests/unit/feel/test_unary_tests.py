"""Unary tests: the cells of decision tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel


@pytest.mark.parametrize("tests, value, expected", [
    ("-", None, True), ('"a", "b"', "b", True), ('"a", "b"', "c", False), ('not("a", "b")', "c", True),
    ("< 10", 9, True), ("< 10", "x", None), ("[1..5], > 8", 9, True), ("[1..5)", 5, False), ("null", None, True),
    ("not(null)", None, False), ("5", 5, True), ("limit", 7, True), ("> limit", 8, True),
    ("? > limit and ? < 10", 9, True),
    ("not(? > limit)", 9, False), ("[1, 2, 3]", 2, True), ("list", 4, True), ("true", True, True),
    ("true", False, False),
    ("starts with(?, \"a\")", "abc", True), ("limit = 7", "anything", True), ("!= 5", 5, False), ("= 5", 5, True),
    ("-5", -5, True), ('@"2026-01-01"', feel.evaluate('@"2026-01-01"'), True),
    ('>= @"2026-01-01"', feel.evaluate('@"2025-12-31"'), False),
])
def test_a_value_is_tested(tests, value, expected):
    variables = {"limit": 7, "list": [3, 4]}
    assert feel.unary_tests(tests, names=variables).evaluate(value, variables) is expected


def test_constants_have_an_outline_for_the_index():
    outline = feel.unary_tests('"a", 5, [1..3), > 7').outline
    assert outline is not None
    assert outline.values == ("a", Decimal(5))
    assert [feel.to_string(found) for found in outline.ranges] == ["[1..3)", "(7..null)"]
    assert feel.unary_tests("> limit").outline is None
    assert feel.unary_tests('not("a")').outline is None


def test_an_operator_test_alone_is_a_range_but_a_dash_is_no_expression():
    assert feel.to_string(feel.evaluate("< 10")) == "(< 10)"
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile("-")
