"""Texts written to exhaust whoever evaluates them, each tried in a process of its own or one after another.

`python -m tests.unit.feel.hostile NAME…` prints one JSON line a case: name, outcome, seconds of processor time, and
megabytes that the process has taken so far.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from engine import feel
from tests.memory import peak_megabytes

MOST_MEMORY = 1 << 30
"""Bytes of address space beyond which the process gets no memory at all."""


class Case(NamedTuple):
    """A text, what it reads, and what must come of it: the name of an error, or `value`."""

    text: str
    outcome: str = "FeelBudgetExceeded"
    variables: Callable[[], dict[str, Any]] = dict
    tested: Any = None
    """The value under test; the text is then unary tests."""


def doubled(first: str, again: str, times: int, last: str) -> str:
    """A context in which every entry is made of the one before it; `{0}` in `again` is that one."""
    steps = "".join(f", a{number}: {again.format(f'a{number - 1}')}" for number in range(1, times))
    return f"{{a0: {first}{steps}, r: {last.format(f'a{times - 1}')}}}.r"


def lists(depth: int) -> Any:
    """An empty list in a list in a list …"""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def shared(depth: int) -> Any:
    """A list of two that are one list of two that are …"""
    value: list[Any] = [1]
    for _ in range(depth):
        value = [value, value]
    return value


def looped() -> Any:
    """A list that holds itself."""
    value: list[Any] = []
    value.append(value)
    return value


_MANY = 100_000
_NAMES = [f"n{number}" for number in range(3_000)]
_EVIL = '"(a+)+$"', '"(a|aa)+$"', '"((a{1,100}){1,100}){1,100}b"', '"^(([a-z])+.)+[A-Z]([a-z])+$"'
LONG = lambda: {"s": "a" * 3_000_000, "t": "a" * 2_999_999 + "b", "digits": "9" * 3_000_000}  # noqa: E731  # a value
WIDE = lambda: {"l": list(range(_MANY)), "c": {f"k{n}": n for n in range(10_000)}}  # noqa: E731  # a value
FIRST = {
    "endless loop": Case("for i in 1..1000000000 return i"),
    "six loops": Case("for a in 1..99 return for b in 1..99 return for c in 1..99 return for d in 1..99 return "
                      "for e in 1..99 return for f in 1..99 return f"),
    "brackets": Case("(" * _MANY, "FeelSyntaxError"),
    "doubled string": Case(doubled('"aaaaaaaaaa"', "{0} + {0}", 60, "string length({0})")),
    "evil pattern": Case('matches(s, "(a|a)+$")', variables=lambda: {"s": "a" * 60 + "!"}),
}
"""Those that everyone tries first."""
CASES = FIRST | {
    "curly brackets": Case("{a:" * _MANY, "FeelSyntaxError"),
    "calls in calls": Case("f(" * _MANY, "FeelSyntaxError"),
    "a long text": Case("1+" * 5_000_000 + "1", "FeelSyntaxError"),
    "a long string": Case('"' + "a" * 10_000_000 + '"', "FeelSyntaxError"),
    "many terms": Case("+".join(["1"] * 10_000), "FeelSyntaxError"),
    "as many terms as may be": Case("+".join(["1"] * 4_999), "value"),
    "ifs in ifs": Case("if true then 1 else " * 1_500 + "2", "FeelSyntaxError"),
    "functions in functions": Case("function(x) " * 1_600 + "1", "FeelSyntaxError"),
    "minus": Case("-" * 9_000 + "a", "FeelSyntaxError"),
    "types in types": Case("1 instance of " + "list<" * 1_500 + "number" + ">" * 1_500, "FeelSyntaxError"),
    "tests in tests": Case("1 in (1 in (1" * 49 + "+1" * 4_700 + "))" * 49, "value"),
    "names that begin alike": Case("{" + ",".join(f"a b{n}: a" for n in range(2_400)) + "}", "value"),
    "variables that begin alike": Case("[" + ",".join(["a"] * 4_900) + "]", "value",
                                       lambda: {f"a b{n}": 1 for n in range(3_000)}),
    "a name and no end": Case("for a" + " " * 49_000, "FeelSyntaxError"),
    "doubled by replace": Case(doubled('"a"', 'replace({0}, "a", "aa")', 60, "{0}")),
    "doubled by join": Case(doubled('"a"', "string join([{0}, {0}], {0})", 60, "{0}")),
    "doubled by string": Case(doubled('"a"', "string([{0}, {0}])", 60, "{0}")),
    "doubled list": Case(doubled("[1]", "[{0}, {0}]", 60, "{0}")),
    "doubled list as text": Case(doubled("[1]", "[{0}, {0}]", 60, "string({0})")),
    "doubled list compared": Case(doubled("[1]", "[{0}, {0}]", 60, "{0} = {0}")),
    "doubled list in an operator": Case(doubled("[1]", "[{0}, {0}]", 60, "{0} in (= {0})")),
    "doubled context": Case(doubled("{x: 1}", "{{x: {0}, y: {0}}}", 60, "string({0})")),
    "doubled by concatenate": Case(doubled("[1]", "concatenate({0}, {0})", 60, "count({0})")),
    "doubled list flattened": Case(doubled("[1]", "[{0}, {0}]", 57, "flatten({0})")),
    "doubled list as a path": Case(doubled("[{x: 1}]", "[{0}, {0}]", 57, "{0}.x")),
    "long keys as text": Case('{l: for i in 1..10000 return context put({}, s, 1), r: string(l)}.r', variables=LONG),
    "long ends as text": Case("string(for i in 1..10000 return [s..s])", variables=LONG),
    "long numbers as text": Case("string(for i in 1..100000 return 10**6000)"),
    "long text compared": Case("for i in 1..100000 return [" + ",".join(["s = t"] * 2_000) + "]", variables=LONG),
    "long text in tests": Case("for i in 1..100000 return [" + ",".join(["s in (t, t)"] * 900) + "]", variables=LONG),
    "long text as a number": Case("for i in 1..100000 return number(digits)", variables=LONG),
    "long text refused": Case("for i in 1..100000 return date(s)", variables=LONG),
    "a range of points": Case("range(p)", "value", lambda: {"p": "[1.." + "." * 3_000_000}),
    "long lists made": Case("for i in 1..1000000 return [" + ",".join(["i"] * 4_000) + "]"),
    "long contexts made": Case("for i in 1..1000000 return get entries(c)", variables=WIDE),
    "recursion": Case("{f: function(g, n) g(g, n + 1) + 1, r: f(f, 0)}.r"),
    "recursion twice": Case("{f: function(g, n) if n < 2 then n else g(g, n - 1) + g(g, n - 2), r: f(f, 40)}.r"),
    "recursion in sort": Case("(function(f) f(f))(function(f) sort([2, 1], function(a, b) f(f)))"),
    "recursion of itself": Case("(function(x) x(x))(function(x) x(x))"),
    "deep result": Case("for i in 1..600 return [partial[-1]]"),
    "partial": Case("for i in 1..100000 return partial"),
    "power of powers": Case("10**10**10 + 10**(10**10)", "value"),
    "powers": Case("for i in 1..1000000 return 1.000000000001**(i * 1.234567890123456789)"),
    "scale": Case("[decimal(1, 10**9), decimal(1, -10**9), round up(1.5, 1e6000)]", "value"),
    "positions": Case('[substring("abc", 10**6000, 10**6000), [1, 2][10**6000], sublist([1], 1, 10**6000)]', "value"),
    "long durations": Case('[duration("P1D") * 10**6000, duration(s), @"9999-12-31" + @"P999999999D"]', "value",
                           lambda: {"s": "P" + "9" * 1_000_000 + "D"}),
    "every day there is": Case('for d in @"0001-01-01"..@"9999-12-31" return d'),
    "count to a trillion": Case("count(for i in [1..10**12] return i)"),
    "some of a trillion": Case("some i in 1..10**12 satisfies i < 0"),
    "in a trillion": Case("5 in [1..10**12]", "value"),
    "slow comparison": Case("sort(l, function(a, b) count(for i in 1..100 return i) > a)", variables=WIDE),
    "sort": Case("sort(l)", variables=WIDE),
    "every pair": Case("every a in l, b in l satisfies true", variables=WIDE),
    "every list": Case("for i in l return list contains(l, -1)", variables=WIDE),
    "one long list": Case("[list contains(l, -1), count(l), l[-1]]", "value", WIDE),
    "groups written many times": Case('replace(s, "(a+)", "' + "$1" * 9_000 + '")', variables=lambda: {
        "s": "a" * 81_920}),
    "groups that match nothing": Case('replace(s, "(b)?a", t)', variables=lambda: {
        "s": "a" * 90_000, "t": "$1" * 45_000}),
    "pieces of long texts": Case('count(for i in 1..100000 return split(s, "b"))', variables=lambda: {
        "s": "b" + "a" * 90_000}),
    "capitals that grow": Case("upper case(s)", variables=lambda: {"s": "\u0390" * 20_000_000}),
    "united with itself": Case(f"union({','.join('l' * 4_900)})", variables=WIDE),
    "functions that remember": Case(f"count(for i in 1..100000 return function() {'+'.join(_NAMES)})",
                                    variables=lambda: dict.fromkeys(_NAMES, 1)),
    "doubled list is itself": Case(doubled("[1]", "[{0}, {0}]", 57, "is({0}, {0})")),
    "patterns one by one": Case('for i in 1..1000 return matches("a", string join([string(i), s]), "i")',
                                variables=lambda: {"s": r"[\ix]" * 190}),
    "a group of many digits": Case(f'replace("a", "a", "${"1" * 40_000}")', "value"),
    "a shared variable": Case("a", variables=lambda: {"a": shared(60)}),
    "a variable in itself": Case("a", "FeelTypeError", lambda: {"a": looped()}),
    "a variable of many items": Case("count(a)", "FeelTypeError", lambda: {"a": [0] * 3_000_000}),
    "a number of many digits": Case("a", "FeelTypeError", lambda: {"a": 1 << 20_000_000}),
    "a deep variable": Case("a", "FeelTypeError", lambda: {"a": lists(_MANY)}),
    "unary brackets": Case("(" * _MANY, "FeelSyntaxError", tested=1),
    "unary loop": Case("some i in 1..10**10 satisfies ? = i", tested=-1),
    "unary pattern": Case('matches(?, "(a|a)+$")', tested="a" * 60 + "!"),
} | {f"{name} {pattern}": Case(f"{name}(s, {pattern}{last})", variables=lambda: {"s": "a" * 5_000 + "!"})
     for pattern in _EVIL for name, last in (("matches", ""), ("replace", ', "x"'), ("split", ""))}


def outcome(case: Case) -> str:
    """`value`, or the name of the error."""
    variables = case.variables()
    try:
        if case.tested is not None:
            feel.unary_tests(case.text, names=variables).evaluate(case.tested, variables)
        else:
            feel.evaluate(case.text, variables)
    except (feel.FeelError, TypeError) as error:
        return type(error).__name__
    return "value"


def main() -> None:
    """Try the named cases and go on after each."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for name in sys.argv[1:]:
        start = time.process_time()
        what = outcome(CASES[name])
        taken = time.process_time() - start
        assert feel.evaluate("1 + 1") == 2
        peak = peak_megabytes()
        print(json.dumps([name, what, round(taken, 3), peak]), flush=True)


if __name__ == "__main__":
    main()
