"""The canonical form of a text."""

from __future__ import annotations

import pytest

from engine import feel

FORMS = {
    "a=1or(b)": "a = 1 or b",
    "=a": "a",
    "= =1": "(= 1)",
    "a+(b*c)": "a + b * c",
    "(a+b)*-c**2": "(a + b) * -c ** 2",
    "a-(b-c)": "a - (b - c)",
    "((a-b))-c": "(a - b) - c",
    "a-b-c": "a - b - c",
    "-(-(a))": "--a",
    "-(3)": "-3",
    "(-3).x": "(-3).x",
    "12.50": "12.5",
    "1e6000": "1e+6000",
    "0.1e-6150": "1e-6151",
    "1e-99999": "0",
    "(if a then b else c)+1": "(if a then b else c) + 1",
    "if a then b else(c+1)": "if a then b else c + 1",
    "for x in 1..n[1],y in[1..3]return{x:y,\"a b\":1,c d:x}":
        "for x in 1..(n[1]), y in [1..3] return {x: y, \"a b\": 1, c d: x}",
    "some x in (a) satisfies every y in b satisfies x=y": "some x in a satisfies every y in b satisfies x = y",
    "x in(1,<5,[1..2])": "x in (1, < 5, [1..2])",
    "x in(<5)": "x in < 5",
    "(<5)": "(< 5)",
    "]1..2[": "(1..2)",
    "(x instance of list < number >)<5": "(x instance of list<number>) < 5",
    "x instance of function<number,string>->context<a:number>":
        "x instance of function<number, string> -> context<a: number>",
    "(a and b)or(c and(d or e))": "a and b or c and (d or e)",
    "a between(1)and(b+1)and c": "a between 1 and b + 1 and c",
    "function(a:number,b c)a.b[1](x:1)": "function(a: number, b c) a.b[1](x: 1)",
    "(f)(1)(2).z": "f(1)(2).z",
    "@\"P1D\" /* a day */": "@\"P1D\"",
    "\"a\\u0041\\n\"": "\"aA\\n\"",
    "[ ]": "[]",
    "{ }": "{}",
}


@pytest.mark.parametrize("text", FORMS)
def test_every_construct_has_one_form_which_is_its_own(text: str) -> None:
    assert feel.to_text(text) == FORMS[text]
    assert feel.to_text(FORMS[text]) == FORMS[text]


@pytest.mark.parametrize(("text", "form"), [
    ("-", "-"), ("not( <1,[2..3] )", "not(< 1, [2..3])"), ("\"a\",\"b\"", "\"a\", \"b\""), ("?>limit", "? > limit"),
    ("(not(x))", "(not(x))"), ("not(x) or y", "not(x) or y"),
])
def test_unary_tests_have_a_form_too(text: str, form: str) -> None:
    assert feel.to_text(text, unary=True) == form
    assert feel.to_text(form, unary=True) == form


def test_a_name_that_holds_an_operator_is_not_mistaken_for_the_operation() -> None:
    scope = {"a": 5, "b": 2, "a - b": 100}
    for text in ("a - b", "(a)-(b)"):
        assert feel.evaluate(feel.to_text(text, names=scope), scope) == feel.evaluate(text, scope)
    assert feel.to_text("(a)-(b)", names=scope) == "(a) - (b)"
    assert feel.to_text("a-b", names=scope) == "a - b"


def test_a_quoted_key_makes_no_name_known() -> None:
    for text in ('{"a-b": 1, r: a-b}.r', "{a-b: 1, r: a-b}.r"):
        assert feel.evaluate(feel.to_text(text), {"a": 5, "b": 2}) == feel.evaluate(text, {"a": 5, "b": 2})


def test_a_text_that_has_no_room_for_parentheses_comes_back_as_it_is() -> None:
    text = "[1..if a then " * 59 + "1" + " else 2]" * 59
    assert feel.compile(feel.to_text(text)).tree == feel.compile(text).tree


def test_what_does_not_compile_has_no_form() -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.to_text("1 +")
