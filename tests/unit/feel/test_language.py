"""Rules of the language, construct by construct, where implementations differ."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel

VARIABLES = {"a": Decimal(5), "b": Decimal(3), "a-b": Decimal(7), "price + tax": Decimal(99), "price": Decimal(10),
             "tax": Decimal(2), "in stock": Decimal(4), "for sale": True, "person's age": Decimal(30),
             "x.y": Decimal(77), "list": [Decimal(1), Decimal(2)], "date": Decimal(8), "deep": [{"u-v": Decimal(1)}],
             "مبلغ کل": Decimal(6)}


def shown(text: str) -> str:
    return feel.to_string(feel.evaluate(text, VARIABLES))


@pytest.mark.parametrize("text, expected", [
    ("price + tax", "99"), ("price  +tax", "99"), ("tax + price", "12"), ("(price) + (tax)", "12"), ("a - b", "7"),
    ("in stock", "4"), ("for sale and true", "true"), ("person's age + 1", "31"), ("x.y", "77"), ("مبلغ کل / 2", "3"),
    ("for in stock in list return in stock", "[1, 2]"), ("for u-v in list return u-v * 2", "[2, 4]"),
    ("for x in list, y+z in list return y+z", "[1, 2, 1, 2]"),
    ("some line total in list satisfies line total > 1", "true"),
    ("(function(u-v, c*d) u-v + c*d)(1, 2)", "3"), ("(function(u-v: number, w) u-v + w)(1, w: 2)", None),
    ("(function(u-v: number, w) u-v + w)(u-v: 1, w: 2)", "3"), ("{u-v: 1, w: u-v + 1}.w", "2"),
    ("{?y: 1, what if?: ?y + 1}.what if?", "2"), ("{teacher’s pay: 1}.teacher’s pay", "1"), ("deep[1].u-v", "1"),
    ("{order: {net-price: 5}, x: order.net-price}.x", "5"), ("[{u+v: 1}][u+v > 0].u+v", "[1]"),
    ("[(function(b-a) b-a)(1), b-a]", "[1, -2]"), ("[for b-a in [1] return b-a, b-a]", "[[1], -2]"),
    ("(for b-a in [1] return {b+a: b-a})[1].b+a", "1"), ("[function(b-a, c) b-a, b-a][2]", "-2"),
    ("for b-a in [1], c in [b-a] return for b+a in [c] return b-a + b+a", "[[2]]"),
    ("{and: 1, return value: 2}.return value", "2"), ("{date: 5, r: date + 1}.r", "6"),
    ('{date: 5, r: date("2026-01-01").year}.r', "2026"), ("(function(sum, max) sum + max)(1, 2)", "3"),
    ("{count: function(x) 99, r: count([1])}.r", "99"), ("[for x in list return x, 2 in list]", "[[1, 2], true]"),
    ("for x in [1, 2 in list] return x", "[1, true]"),
])
def test_names_follow_the_scope(text, expected):
    if expected is None:
        with pytest.raises(feel.FeelSyntaxError):
            feel.compile(text)
    else:
        assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ("[< 5, > 10]", "[(< 5), (> 10)]"), ("5 in [< 3, 5]", "true"), ("{limit: < 5}.limit", "(< 5)"),
    ("for test in [< 5, >= 3] return 4 in test", "[true, true]"), ("4 in (!= 4)", "false"), ("string(< 5)", '"(< 5)"'),
    ("(< 5).start", "null"), ("(<= 5).start included", "false"), ("(>= 5).start included", "true"),
    ("[5..3]", "null"), ("[1..1]", "[1..1]"), ("[1..1) = [1..1)", "true"), ("3 in [5..1]", "null"),
    ('range("[2..)")', "(>= 2)"), ('range("(..2)")', "(< 2)"), ('range("]..2]")', "(<= 2)"),
    ('range("(2..[")', "(> 2)"),
    ('range("[..2]")', "null"), ('range("[2..]")', "null"), ('range("[..]")', "null"), ('range("")', "null"),
    ('range("[2..)") = (>= 2)', "true"), ('5 in range("[2..)")', "true"),
])
def test_ranges_of_one_operator(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ("before((> 10), 5)", "false"), ("before((< 10), 10)", "true"), ("after((> 10), 10)", "true"),
    ("includes((> 10), [11..12])", "true"), ("includes([11..12], (> 10))", "false"),
    ("overlaps((< 10), (> 5))", "true"), ("overlaps((< 5), (> 5))", "false"), ("meets((<= 10), (>= 10))", "true"),
    ("coincides((> 10), (> 10))", "true"), ("coincides((> 10), (>= 10))", "false"),
    ("started by((>= 10), [10..12])", "true"), ("finished by((<= 10), 10)", "true"), ("during(5, (< 10))", "true"),
    ("before(5, (!= 10))", "null"), ("includes([null..5], 3)", "null"), ('before(1, ["a".."b"])', "null"),
    ("overlaps before([1..5], [3..8])", "true"), ("overlaps after([3..8], [1..5])", "true"),
    ("met by([5..10], [1..5])", "true"), ("finishes([5..10], [1..10])", "true"), ("starts([1..5], [1..10])", "true"),
])
def test_range_functions_know_open_sides(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ("[1] instance of list", "null"), ("{} instance of context", "null"), ("max instance of function", "null"),
    ("[1..2] instance of range", "null"), ("1 instance of Applicant", "null"),
    ("1 instance of list<Applicant>", "null"),
    ("[] instance of list<number>", "true"), ("[1, null] instance of list<number>", "true"),
    ("{a-b: 1} instance of context<a-b: number>", "true"), ("{a: {b: 1}} instance of context<a: context<b: number>>",
                                                             "true"),
    ("{a: 1, b: 2} instance of context<a: number>", "true"), ("1 instance of function<>->Any", "false"),
    ("(function() 1) instance of function<> -> number", "true"),
    ("(function(x: number) x) instance of function<number> -> Any", "true"),
    ("(function(x: number) x) instance of function<string> -> Any", "false"),
    ("(function(x) x) instance of function<string> -> Any", "true"),
    ("(function(x: list<number>) x) instance of function<list<Any>> -> Any", "false"),
    ("(function(x: list<Any>) x) instance of function<list<number>> -> Any", "true"),
    ("(function(x: context<a: number>) x) instance of function<context<a: number, b: string>> -> Any", "true"),
    ("(function(x: function<number> -> Any) x) instance of function<function<Any> -> Any> -> Any", "true"),
    ("string length instance of function<string> -> number", "true"),
    ("string length instance of function<number> -> number", "false"),
    ("append instance of function<list<number>, number> -> list<number>", "true"),
])
def test_instance_of_every_form_of_type(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ("(function(a, b) [a, b])(b: 1)", "[null, 1]"), ("(function(a) a)(b: 1)", "null"),
    ("(function(a) a)(1, 2)", "null"),
    ("list contains(list: [1, null])", "true"), ("append(list: [1])", "[1]"), ("context put(context: {}, key: \"a\")",
                                                                                "{a: null}"),
    ('substring(string: "abc")', "null"), ('date(year: 2026, month: 2)', "null"),
    ('sort(list: [3, 1], precedes: function(x, y) x < y)', "[1, 3]"), ("min(list: [2, 1])", "1"),
    ('contains(["foobar"], "of")', "false"), ("count(5)", "1"), ('date and time(@"2026-01-01")',
                                                                 '@"2026-01-01T00:00:00Z"'),
    ("0 ** 0", "1"), ("-4 ** 2", "16"), ("2 ** 3 ** 2", "64"), ("(-8) ** 0.5", "null"),
    ("modulo(1e40, 7)", "4"), ("modulo(-1, 1e33)", "999999999999999999999999999999999"), ("even(1e40)", "true"),
    ("odd(2.5)", "null"), ("exp(1e9)", "null"), ('@"10:20:30.5".second', "30.5"), ("if 1 then 2 else 3", "3"),
    ('@"2026-01-01T10:00:00" < @"2026-01-01T10:00:01Z"', "true"), ('@"bogus"', "null"),
    ("[{a: {b: [1]}}, {a: {b: [2, 3]}}].a.b", "[[1], [2, 3]]"), ("[{item: 1}, {item: 2}][item = 2]", "[{item: 2}]"),
    ("5[item > 2]", "[5]"), ("for i in [1..3), j in i..2 return [i, j]", "[[1, 1], [1, 2], [2, 2]]"),
])
def test_calls_and_operators(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, expected", [
    ('substring("foobar", 7)', "null"), ('substring("foobar", -6, 6)', '"foobar"'),
    ('substring("foobar", 3, 5)', "null"),
    ('substring("\\U01F40Eab", 2)', '"ab"'), ('replace("abracadabra", "a(.)", "a$1$1")', '"abbraccaddabbra"'),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', '"[1=ab][2=]cd"'), ('replace("abc", "x*", "-")', "null"),
    ('split("abc", "")', "null"), ('split("a;b;c;;", ";")', '["a", "b", "c", "", ""]'),
    ('replace("a.b", ".", "$", "q")', '"a$b"'), ('matches("helloworld", "hello world", "x")', "true"),
    ('matches("helloworld", "hello[ ]world", "x")', "false"),
    ('matches("hello world", "hello\\\\ sworld", "x")', "true"),
    ('matches("a\\n", "a$")', "false"), ('matches("a\\nb", "a$", "m")', "true"), ('matches("a#b", "a#b", "x")', "true"),
    ('matches("پ", "\\\\p{IsArabic}")', "true"), ('matches("é", "\\\\p{IsBasicLatin}")', "false"),
    ('matches("abc", "[a-z-[aeiou]]{2}")', "true"), ('matches("a_b", "^\\\\w+$")', "false"),
    ('matches("x1", "^\\\\i\\\\c$")', "true"), ('matches("aa", "(a)\\\\1")', "true"), ('matches("a", "(?=a)")', "null"),
    ('matches("a", "a++")', "null"), ('matches("a", "\\\\b")', "null"), ('matches("a", "[]")', "null"),
    ('matches("&", "[a&&b]")', "true"), ('matches("5", "[^\\\\d]")', "false"), ('matches("a", "a", "z")', "null"),
])
def test_strings_follow_xpath(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("text, column, hint", [
    ("a == b", 3, "Write =."), ("a <> b", 3, "Write !=."), ("a && b", 3, "Write and."),
    ("'a'", 1, "Strings stand between double quotes."), ("1 +", 4, "A value must stand here."),
    ("f(1,)", 5, "A value must stand here."), ("[1..2", 6, "Close the [ of line 1, column 1 with ]."),
    ("1 2", 3, "An operator or the end must stand here."),
    ("{a 1}", 4, "Expected ':'."), ("for x list", 11, "Expected in."),
])
def test_a_fault_says_how_to_mend_it(text, column, hint):
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile(text)
    assert (caught.value.column, caught.value.hint) == (column, hint)
    assert caught.value.hint_fa not in {"", hint}
