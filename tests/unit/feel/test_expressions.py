"""What expressions evaluate to, construct by construct."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel

PERSON = {"name": "Sara", "age": Decimal(30), "Monthly Salary": Decimal(1000), "a-b": Decimal(7), "a": Decimal(5),
          "b": Decimal(3), "children": [{"name": "Ali", "age": Decimal(4)}, {"name": "Mina", "age": Decimal(9)}]}


def gives(text: str, expected: str) -> None:
    """Both texts have the same value; the right one is a literal."""
    assert feel.to_string(feel.evaluate(text, PERSON)) == expected, text


@pytest.mark.parametrize("text, expected", [
    ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("2 ** 3 ** 2", "64"), ("-5 ** 2", "25"), ("10 - 2 - 3", "5"),
    ("1 / 3", "0.3333333333333333333333333333333333"), ("0.1 + 0.2 = 0.3", "true"), (".5 + 1e2", "100.5"),
    ("1 / 0", "null"), ('1 + "a"', "null"), ('"a" + "b"', '"ab"'), ("- a", "-5"), ("+".join(["1"] * 200), "200"),
    ('@"2026-01-31" + @"P1M"', '@"2026-02-28"'), ('@"2026-01-31" - @"2026-01-01"', '@"P30D"'),
    ('@"10:30:00" + @"PT14H"', '@"00:30:00"'), ('2 * @"P1Y6M"', '@"P3Y"'), ('@"P1D" / @"PT6H"', "4"),
    ('@"2026-03-22T00:00:00@Asia/Tehran" - @"2026-03-21T00:00:00Z"', '@"PT20H30M"'),
])
def test_arithmetic(text, expected):
    gives(text, expected)


@pytest.mark.parametrize("text, expected", [
    ("true and null", "null"), ("false and null", "false"), ("null or true", "true"), ("null or false", "null"),
    ('"x" and true', "null"), ("not(null)", "null"), ("not(true)", "false"), ("1 < 2 and 2 >= 2 and 3 != 4", "true"),
    ('1 < "a"', "null"), ('1 = "a"', "null"), ("null = null", "true"), ("1 = null", "false"), ("null < 1", "null"),
    ("5 between 1 and 5", "true"), ("null between 1 and 5", "null"), ("[1, 2] = [1, 2]", "true"),
    ("{a: 1} = {a: 1.0}", "true"), ('"b" > "a"', "true"), ("if null then 1 else 2", "2"),
    ('@"2026-01-01T00:00:00Z" = @"2026-01-01T03:30:00+03:30"', "true"),
    ('@"2026-01-01T00:00:00" < @"2026-01-02T00:00:00Z"', "true"), ('@"10:00:00" >= @"10:00:01+03:30"', "false"),
    ('@"2026-01-01T10:00:00" = @"2026-01-01T10:00:00Z"', "false"),
])
def test_logic_has_three_values(text, expected):
    gives(text, expected)


@pytest.mark.parametrize("text, expected", [
    ("3 in [1..5]", "true"), ("5 in [1..5)", "false"), ("1 in ]1..5]", "false"), ("5 in [1..5[", "false"),
    ("3 in (1, 3)", "true"), ("3 in (< 2, > 2)", "true"), ("3 in > 2", "true"), ("3 in [1, 3]", "true"),
    ("3 in (< 3)", "false"), ("(1..5].start included", "false"), ("[1..5].end", "5"), ("(>= 10).start", "10"),
    ("[1..5[ = [1..5)", "true"), ('["a".."c"] = ["a".."c"]', "true"), ('[1.."a"]', "null"), ("3 in [null..5]", "null"),
    ("[[1, 2, 3][1]..5]", "[1..5]"), ("3 in [[3, 4]]", "false"),
])
def test_ranges_and_in(text, expected):
    gives(text, expected)


@pytest.mark.parametrize("text, expected", [
    ("[1, 2, 3][2]", "2"), ("[1, 2, 3][-1]", "3"), ("[1, 2, 3][4]", "null"), ("[1, 2, 3][item > 1]", "[2, 3]"),
    ("children[age > 5].name", '["Mina"]'), ("children.age", "[4, 9]"), ("children[name = \"Ali\"][1].age", "4"),
    ("name[1]", '"Sara"'), ("null[1]", "null"), ("[][item > 1]", "[]"), ("children[a > 4].age", "[4, 9]"),
    ("for x in [1, 2] return x * 2", "[2, 4]"), ("for x in 1..3, y in [x, 10] return x * y", "[1, 10, 4, 20, 9, 30]"),
    ("for i in 3..1 return i", "[3, 2, 1]"), ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]",
                                              "[1, 1, 2, 6, 24]"),
    ('for d in @"2026-01-01"..@"2026-01-02" return d', '[@"2026-01-01", @"2026-01-02"]'),
    ("for x in null return x", "null"), ("some x in [1, 2] satisfies x > 1", "true"),
    ("every x in [1, 2] satisfies x > 1", "false"), ("every x in [] satisfies false", "true"),
    ("some x in [null] satisfies x > 1", "null"),
    ("for f in (for i in 1..3 return function(x) x + i) return f(10)", "[11, 12, 13]"),
])
def test_lists_loops_and_filters(text, expected):
    gives(text, expected)


@pytest.mark.parametrize("text, expected", [
    ("{a: 1, b: a + 1}.b", "2"), ('{"first name": 1}.first name', "1"),
    ("{first name: 1, twice: first name * 2}.twice", "2"),
    ("{a: {b: {c: 5}}}.a.b.c", "5"), ("{a: 1}.b", "null"), ('{"date of birth": 1}.date of birth', "1"),
    ('{"in": 2}.in', "2"), ("{a: 1, a: 2}", "null"), ("{}", "{}"),
    ("(function(x: number, y) x + y)(1, 2)", "3"), ("{add: function(x, y) x + y, r: add(y: 1, x: 2)}.r", "3"),
    ('(function(x: number) x)("a")', "null"), ("(function(x) x)()", "null"), ("{f: function(x) x}.f(4)", "4"),
])
def test_contexts_and_functions(text, expected):
    gives(text, expected)


@pytest.mark.parametrize("text, expected", [
    ("1 instance of number", "true"), ('"a" instance of number', "false"), ("null instance of Any", "false"),
    ("null instance of Null", "true"), ("[1, 2] instance of list<number>", "true"),
    ('[1, "a"] instance of list<number>', "false"), ("{a: 1} instance of context<a: number>", "true"),
    ("{} instance of context<a: number>", "false"), ("[1..2] instance of range<number>", "true"),
    ('@"P1Y" instance of years and months duration', "true"),
    ("(function(x) x) instance of function<Any> -> Any", "true"),
    ('@"2026-01-01T00:00:00" instance of date and time', "true"), ("1 + 1 instance of number", "null"),
])
def test_instance_of(text, expected):
    gives(text, expected)


@pytest.mark.parametrize("text, expected", [
    ("Monthly Salary * 12", "12000"), ("a-b", "7"), ("a - b", "7"), ("b-a", "-2"), ("age/ 2", "15"),
    ("for each child in children return each child.age", "[4, 9]"), ("{سن من: 3, ن: سن من + 1}.ن", "4"),
    ("// a note\n1 /* and\nanother */ + 1", "2"), ('"\\u0041\\"\\n"', '"A\\"\\n"'), ('"\\uD83D\\uDE00"', '"😀"'),
])
def test_names_and_text(text, expected):
    gives(text, expected)


def test_words_that_no_scope_knows_are_one_name():
    assert feel.compile("Total Amount > 5").names == {"Total Amount"}


def test_an_expression_names_what_it_reads_and_does_not_bind():
    expression = feel.compile("for x in items return x + rate[item > limit] + count(items) + later(x)")
    assert expression.names == {"items", "rate", "limit"}
    assert expression.unknown_functions == {"later"}
    assert expression.is_pure
    assert not feel.compile("now() > start").is_pure


def test_a_variable_called_date_hides_no_function():
    assert feel.evaluate('date("2026-01-01").year + date', {"date": 1}) == 2027


def test_a_leading_equals_sign_is_skipped():
    assert feel.compile(" = 1 + 1").evaluate({}) == 2


def test_python_numbers_count_as_decimals():
    assert feel.evaluate("x * 2 + list[1] + c.y", {"x": 0.1, "list": (1,), "c": {"y": 2}}) == Decimal("3.2")


def test_nulls_are_explained():
    outcome = feel.compile("missing + 1").explain({})
    assert outcome.value is None
    assert [warning.message for warning in outcome.warnings] == [
        "there is no variable 'missing'", "null + number has no value"]


def test_a_text_is_compiled_once():
    assert feel.compile("1 + 41") is feel.compile("1 + 41")
