"""Texts that are refused, each with its place, and evaluations that are stopped."""

from __future__ import annotations

import itertools
import re

import pytest

from engine import feel
from tests.timing import in_time


@pytest.mark.parametrize("text, line, column, message", [
    ("1 +", 1, 4, "the expression ends too early"), ("", 1, 1, "the expression is empty"),
    ("1 2", 1, 3, "unexpected '2'"), ("if a then 1", 1, 12, "the expression ends too early"),
    ("1 +\n  * 2", 2, 3, "unexpected '*'"), ('"abc', 1, 1, "the string has no end"),
    ("1 + #", 1, 5, "unexpected character '#'"), ("/* open", 1, 1, "the comment has no end"),
    ("{a: 1", 1, 6, "the expression ends too early"), ("@ 5", 1, 1, "a string must follow @"),
    ("1E99999", 1, 1, "the number is too large"),
])
def test_a_fault_has_a_place(text, line, column, message):
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile(text)
    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)
    assert caught.value.message_fa != caught.value.message


@pytest.mark.parametrize("text, line, column, hint", [
    ("[1", 1, 3, "Close the [ of line 1, column 1 with ]."),
    ("f(1, (2", 1, 8, "Close the ( of line 1, column 6 with )."),
    ("{a:\n [1", 2, 4, "Close the [ of line 2, column 2 with ]."), ("[1,", 1, 4, "A value must stand here."),
    ("{a 1}", 1, 4, "Expected ':'."),
    ("{a: [1}", 1, 7, "Expected ',' or '..' or ']'."), ("if a", 1, 5, "Expected then."),
    ("@abc", 1, 1, 'Write @"…", such as @"2026-03-21" or @"P10D".'), ('@"abc', 1, 2, 'Close it with ".'),
    ('x = "a\nb"', 1, 5, r"Close it on the same line; a line break in a string is written \n."),
    ('"C:\\"', 1, 1, 'Its last " belongs to the text, for \\ stands before it; write \\\\ for a backslash.'),
    ("1..5", 1, 2, "A range stands in brackets, such as [1..5]."), ("not a", 1, 5, "Write not(…)."),
    ("a ? b : c", 1, 3, "Write if … then … else …."), ("“a”", 1, 1, "Strings stand between double quotes."),
    ("a\n ≥ 5", 2, 2, "Write >=."),
    ("$x", 1, 1, "FEEL has no such sign; remove it, or put text between double quotes."),
])
def test_a_fault_says_what_is_missing_in_both_languages(text, line, column, hint):
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile(text)
    fault = caught.value
    assert (fault.line, fault.column, fault.hint) == (line, column, hint)
    assert re.search("[\u0600-\u06ff]", fault.hint_fa)
    assert re.search("[\u0600-\u06ff]", fault.message_fa)


def test_a_fault_says_what_would_fit():
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile("for x in items")
    assert "return" in caught.value.hint


@pytest.mark.parametrize("text, construct, column", [
    ('1 + function(x) external {java: {class: "Math"}}', "external function", 17),
    ("function(x: Applicant) x", "type 'Applicant'", 13),
])
def test_what_is_not_supported_is_named(text, construct, column):
    with pytest.raises(feel.FeelUnsupported) as caught:
        feel.compile(text)
    assert (caught.value.construct, caught.value.line, caught.value.column) == (construct, 1, column)


PARSING = {
    "brackets": "(" * 40_000, "bracket and brace": "[{a:" * 10_000, "a long text": "1 +" * 40_000,
    "signs": "-" * 9_000 + "1", "conditions": "if true then 1 else " * 2_000 + "1",
    "loops": "for i in 1..2 return " * 1_500 + "1",
    "filters": "a" + "[1]" * 3_000, "words": "a " * 20_000, "comments": "/*" * 20_000, "quotes": '"' * 40_001,
}


@pytest.mark.parametrize("text", PARSING.values(), ids=PARSING.keys())
def test_a_hostile_text_is_refused_in_time(text):
    def refused() -> None:
        with pytest.raises((feel.FeelSyntaxError, feel.FeelBudgetExceeded)):
            feel.evaluate(text + " +")

    in_time(2, refused)


LETTERS = "abcdefghijklmnopqrstuvw"
SHARED = "{a: [1, 1]" + "".join(f", {new}: [{old}, {old}, {old}]" for old, new in itertools.pairwise(LETTERS)) + "}"
TWIN = SHARED[:-1] + ", z: w = [w]}"
EVALUATING = {
    "a long loop": "for i in 1..1000000000 return i", "nested loops": "count(" + "for a in 1..10 return " * 6 + "1)",
    "many variables": "for a in 1..1000, b in 1..1000, c in 1..1000 return 1",
    "every": "every i in 1..1E33 satisfies true",
    "doubling": '(for i in 1..40 return if i = 1 then "aaaaaaaaaa" else partial[-1] + partial[-1])[-1]',
    "backtracking": 'matches("' + "a" * 60 + '!", "^(a|aa)+$")', "a large replacement":
        'replace("' + "a" * 1000 + '", "a", "' + "b" * 8000 + '")',
    "recursion": "(function(f) f(f))(function(f) f(f))",
    "shared parts": SHARED, "shared parts as text": f"string({SHARED})",
    "shared parts compared": TWIN,
    "shared parts typed": f"{SHARED}.w instance of " + "list<" * 22 + "number" + ">" * 22,
    "large sort": "sort(for i in 1..100000 return modulo(i * 7919, 100003), function(a, b) a < b)",
    "quadratic": "count(for i in 1..2000 return list contains(for j in 1..2000 return j, i))",
    "partial": "for i in 1..100000 return partial",
}


@pytest.mark.parametrize("text", EVALUATING.values(), ids=EVALUATING.keys())
def test_a_hostile_evaluation_is_stopped_in_time(text):
    def stopped() -> None:
        with pytest.raises(feel.FeelBudgetExceeded):
            feel.evaluate(text)

    in_time(2, stopped)
    assert feel.evaluate("1 + 1") == 2


def test_a_budget_can_be_smaller():
    expression = feel.compile("for i in 1..100 return i")
    assert len(expression.evaluate({})) == 100
    with pytest.raises(feel.FeelBudgetExceeded) as caught:
        expression.evaluate({}, limits=feel.Limits(steps=50, size=10_000_000, depth=10, seconds=1))
    assert caught.value.resource == "steps"


def test_long_chains_are_no_depth():
    assert feel.evaluate("1" + " + 1" * 4_000) == 4_001
    assert feel.evaluate("true" + " and true" * 4_000) is True
