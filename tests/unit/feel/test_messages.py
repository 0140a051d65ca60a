"""Every null that somebody could wonder about has its reason, in English and in Persian."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import feel
from engine.feel import messages

SOURCES = sorted(Path(messages.__file__).parent.rglob("*.py"))


def calls() -> Iterator[tuple[Path, str, ast.expr]]:
    """Where a message is made or a refusal raised: the function called and its first argument."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                yield path, name, node.args[0]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_template_has_persian_with_the_same_values():
    found = [argument.value for _, name, argument in calls()
             if name in {"Message", "Refused", "_NotIterable"} and isinstance(argument, ast.Constant)]
    assert len(found) > 50
    assert set(found) <= messages.PERSIAN.keys()
    for english, persian in messages.PERSIAN.items():
        assert fields(english) == fields(persian), english
        assert not re.search("[a-zA-Z]{3}", re.sub(r"\{[^{}]*\}|key|value", "", persian)), persian


def test_no_warning_is_a_bare_text():
    bare = [f"{path.name}: {ast.unparse(argument)}" for path, name, argument in calls()
            if name in {"warn", "refuse"} and isinstance(argument, (ast.Constant, ast.JoinedStr))]
    assert not bare


NULLS = [
    "missing", "1 + null", '1 + "a"', "1 / 0", "(-8) ** 0.5", "10 ** 7000", "-true", '1 = "a"', "f(1)", "{a: 1}.b",
    "5(1)", "[1][2]", '[1]["a"]', "{a: 1, a: 2}", '[1.."a"]', "[5..1]", '@"x"', "for x in null return x",
    "some x in null satisfies x", "for x in 1.5..2 return x", "1 instance of list", '(function(x: number) x)("a")',
    "(function(x) x)(1, 2)", "(function(x) x)(y: 1)", "abs(1, 2)", "abs(m: 1)", 'abs("a")', "floor(null)",
    'date("x")', "date(2026, 2, 30)", "date(2026.5, 1, 1)", "time(25, 0, 0)", 'time("x")', 'date and time("x")',
    'duration("x")', 'number("x")', 'number("1", "x", "y")', 'range("x")', 'range("[2..1]")', "not(1)", "not()",
    'substring("a", 0)', 'substring("a", 2)', 'substring("a", 1, 0)', 'substring("a", 1, 5)', 'matches("a", "(")',
    'matches("a", "(?=a)")', 'matches("a", "a", "z")', 'replace("a", "a", "$")', 'replace("a", "x*", "")',
    "string join([1])", "min([])", 'min([1, "a"])', "min([true])", "sum([])", 'sum(["a"])', "mean([])", "median([])",
    "stddev([1])", "product([])", 'mode(["a"])', "all([1])", "any([1])", "sublist([1], 2)", "sublist([1], 1, 2)",
    "insert before([1], 0, 1)", "remove([1], 5)", "list replace([1], 2, 1)", "list replace([1], function(a, b) 1, 1)",
    "sort([1, null])", "sort([2, 1], function(a, b) 1)", "concatenate(null)", 'get value({}, "a")',
    'get value({}, [])', 'context([{key: "a"}])', 'context([{key: "a", value: 1}, {key: "a", value: 1}])',
    "context put({}, [], 1)", 'context put({}, ["a", "b"], 1)', 'context put({a: 1}, ["a", "b"], 1)',
    "context merge([1])", "decimal(1, 1e9)", "modulo(1, 0)", "sqrt(-1)", "log(0)", "exp(1e9)", "odd(1.5)", "even(1.5)",
    "1 and true", '"x" or false', "true and true and 1", '1 between "a" and "b"', "null between 1 and 2",
    '1 in ["a".."b"]',
    "1 in (< \"a\")", "some x in [1] satisfies x", "every x in [1, 2] satisfies x + 1",
    'substring("abc", 10**6000)', "decimal(1, 10**6000)", 'replace("a", "a", "$")', "time(24, 0, 0)",
    'before(1, "a")', "before(1, (!= 2))", "day of week(1)", 'date("999999999-12-31") + @"P1D"',
]


@pytest.mark.parametrize("text", NULLS)
def test_a_null_is_explained_in_both_languages(text):
    outcome = feel.compile(text).explain({})
    assert outcome.value is None
    warning = outcome.warnings[-1]
    assert re.search("[\u0600-\u06ff]", warning.message_fa), warning
    assert not re.search("[\u0600-\u06ff]", warning.message)


@pytest.mark.parametrize("text", ["null", "string(null)", "not(null)", "all([true, null])", "any([false, null])",
                                  "get value({a: null}, \"a\")", "true and null", "(> 5).end", "[null][1]"])
def test_a_null_that_is_the_answer_needs_no_reason(text):
    outcome = feel.compile(text).explain({})
    assert outcome.value is None
    assert not outcome.warnings


def test_what_a_function_from_outside_says_is_passed_on():
    def refuse() -> None:
        raise ValueError("no such office")

    functions = feel.Functions([feel.FeelFunction(name="office", parameters=(), fn=refuse)])
    warning = feel.compile("office()", functions=functions).explain({}).warnings[0]
    assert (warning.message, warning.message_fa) == ("office: no such office", "office: no such office")
