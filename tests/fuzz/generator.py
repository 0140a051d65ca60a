"""Random FEEL texts: grown from the grammar, then sometimes broken."""

from __future__ import annotations

import enum
import random
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine import feel
from engine.feel import expressions

VARIABLES: dict[str, Any] = {
    "a": Decimal("7"), "b": Decimal("-0.25"), "s": "text", "flag": True, "nothing": None, "big": Decimal("1e30"),
    "Monthly Salary": Decimal(1200), "a-b": Decimal(3), "person's age": Decimal(40), "x and y": False, "نام": "پروانه",
    "day": date(2026, 11, 23), "clock": time(10, 30, tzinfo=UTC), "span": timedelta(days=3, seconds=5),
    "moment": datetime(2026, 3, 21, 9, 0, tzinfo=ZoneInfo("Asia/Tehran")), "months": feel.YearsMonths(14),
    "numbers": [Decimal(3), Decimal(1), Decimal(2)], "words": ["b", "a", "", "ب"], "mixed": [None, Decimal(1), "x", []],
    "nested": {"a": {"b": [Decimal(1), {"c": "deep"}]}, "two words": Decimal(2)},
    "rows": [{"price": Decimal(10), "name": "x"}, {"price": Decimal(20), "name": None}],
    "between us": feel.Range(start=Decimal(1), end=Decimal(9), start_included=True, end_included=False),
}
"""What every text may read: each kind of value, and names that hold spaces, signs and words of the language."""


class Word(str, enum.Enum):  # noqa: UP042  # a caller's own type, as callers still write it
    """A text with a name."""

    LEASE = "LEASE"


class Day(date):
    """A date of a caller's own."""


class Moment(datetime):
    """A date and time of a caller's own."""


class Shifting(tzinfo):
    """A time zone that is no `timezone` and has no name."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """Later in summer; unknown without a date."""
        return None if moment is None else timedelta(hours=1 + (3 < moment.month < 10))

    def dst(self, moment: datetime | None) -> timedelta | None:
        """What is added in summer."""
        return None if moment is None else timedelta(hours=int(3 < moment.month < 10))


_SHARED = [1, [2.5, {"k": (3, 4)}]]
OUTSIDE: dict[str, Any] = {
    "long": Decimal("1." + "7" * 60), "longer": Decimal(10) ** 40 + 1, "tiny": Decimal("1e-9999"), "whole": 10**100,
    "huge": Decimal("9" * 33 + "e6112"), "zero": Decimal("-0.000"), "float": 0.1, "tuple": (1, "a", (True, None)),
    "word": Word.LEASE, "own day": Day(2024, 2, 29), "own moment": Moment(2026, 7, 1, 12, tzinfo=Shifting()),
    "own clock": time(1, 2, 3, 4, tzinfo=Shifting()), "shared": [_SHARED, _SHARED, {"again": _SHARED}],
    "keys": {1: "one", Word.LEASE: "two"}, "ends": feel.Range(start=1, end=2.5, start_included=True, end_included=True),
}
"""What a Python caller may hand in and FEEL takes over in another form."""
REFUSED: dict[str, Any] = {
    "none": Decimal("NaN"), "signal": Decimal("sNaN"), "infinite": Decimal("-Infinity"), "large": Decimal("1e6145"),
    "rounded up": Decimal("9" * 35 + "e6110"), "float none": float("nan"), "immense": 10**10_000,
    "far": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=23))), "bytes": b"x", "set": {1}, "object": object(),
    "months so many": feel.YearsMonths(10**19), "no end": feel.Range(
        start=Decimal("NaN"), end=None, start_included=True, end_included=False),
}
"""What FEEL has no value for."""
VARIABLES |= OUTSIDE

_WORDS = ("a", "b", "x", "item", "partial", "i", "price", "name", "key", "f", "two words", "start included", "year",
          "in order", "unknown thing", "if", "نام", "e1", "_")
_TEMPORALS = ("2026-11-23", "-0044-03-15", "999999999-12-31", "10:30:00", "23:59:59.999999999Z", "24:00:00",
              "10:00:00@Asia/Tehran", "2026-02-29", "2024-02-29T24:00:00", "2016-07-29T05:48:23.765-05:00",
              "2026-01-01T00:00:00@Europe/Paris", "9999-12-31T23:59:59+14:00", "P1D", "-PT36H", "P2Y13M", "-P1M",
              "PT0S", "P999999999D",
              "P99999999999Y", "PT0.000000001S", "", "P", "T", "nonsense", "0001-01-01T00:00:00+14:00")
_NUMBERS = ("0", "1", "2", "-1", "10", "0.5", ".75", "1e3", "1E-3", "9999999999999999999999999999999999", "1e6144",
            "1e-6143", "3.14", "100", "12345678901234567890", "0.1e1", "1000000")
_PATTERNS = ("a", "[a-z]+", "(a|b)*", r"\\d{2,3}", "(x)(y)?", "^.$", "[a-z-[aeiou]]", r"\\p{L}", r"(a)\\1", "(a+)+$",
             "(", "a{2", r"\\i\\c*", "", "x*", r"[\\s\\S]", r"\\$")
_TYPES = ("number", "string", "boolean", "date", "time", "date and time", "days and time duration", "Any", "Null",
          "years and months duration", "list<number>", "context<a: number, two words: string>", "range<date>", "list",
          "function<number, Any> -> string", "list<list<Any>>", "context", "function<> -> Any", "unheard of")
_SIGNS = (
    *"()[]{}.,:;?@\"'\\<>=!+-*/|&^~#$%_ \t\n0123456789aeT",
    "..", "->", "**", "//", "/*", "*/", "\u200b", "\u0000", "é", "\U0001f600", "پ", "not(", "instance of", " and ",
    " between ", " in ", "if ", " then ", " else ", "for ", " return ", "function(", "@\"P1D\"", "1e9", "\\u{1}")
_TOKEN = re.compile(r'\s+|"(?:[^"\\]|\\.)*"|\w+|\.\.|\*\*|[<>!]=|.', re.DOTALL)
_SHORTEST = 0.25


def tokens(text: str) -> list[str]:
    """The text in pieces that a mutation or a minimiser may take out."""
    return _TOKEN.findall(text)


class Generator:
    """Makes texts from one source of chance; the same seed makes the same texts."""

    def __init__(self, seed: object) -> None:
        self.chance = random.Random(str(seed))  # noqa: S311  # a fuzzer wants chance that repeats
        self.functions = expressions.standard_functions()
        self.names = sorted(self.functions)

    def text(self) -> tuple[str, bool]:
        """A text, and whether it is unary tests; three in ten are broken."""
        unary = self.chance.random() < 0.25
        depth = self.chance.choice((1, 2, 2, 3, 3, 4, 5))
        made = self.tests(depth) if unary else self.expression(depth)
        return (self.mutated(made) if self.chance.random() < 0.3 else made), unary

    def mutated(self, text: str) -> str:
        """The text with pieces lost, doubled, swapped or made up."""
        pieces = tokens(text)
        for _ in range(self.chance.randint(1, 4)):
            place = self.chance.randrange(len(pieces) + 1)
            match self.chance.randrange(5):
                case 0:
                    del pieces[place:place + self.chance.randint(1, 3)]
                case 1:
                    pieces[place:place] = pieces[place:place + self.chance.randint(1, 4)] * self.chance.randint(1, 3)
                case 2 if len(pieces) > 1:
                    other = self.chance.randrange(len(pieces))
                    place = min(place, len(pieces) - 1)
                    pieces[place], pieces[other] = pieces[other], pieces[place]
                case 3:
                    pieces[place:place + 1] = [self.chance.choice(_SIGNS)]
                case _:
                    pieces.insert(place, self.chance.choice(_SIGNS))
        return "".join(pieces)

    def expression(self, depth: int) -> str:
        """Any construct of the language, nested at most `depth` deep."""
        if depth <= 0 or self.chance.random() < _SHORTEST / depth:
            return self.chance.choice((self.number, self.string, self.name, self.name, self.temporal, self.word))()
        return self.chance.choice(_CONSTRUCTS)(self, depth - 1)

    def number(self) -> str:
        """A literal number."""
        return self.chance.choice(_NUMBERS)

    def string(self) -> str:
        """A literal string, or a pattern as one."""
        plain = ("", "text", "a", "2026-11-23", "10:00:00", "P1D", "12.5", "1,000.5", r"\n\"\\", r"\u0041\U01F600",
                 "[1..3)", "سلام", "Asia/Tehran", "ß", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "$1", "i")
        return '"' + self.chance.choice(plain + _PATTERNS) + '"'

    def temporal(self) -> str:
        """A literal date, time, date and time or duration, sometimes none at all."""
        return f'@"{self.chance.choice(_TEMPORALS)}"'

    def name(self) -> str:
        """A variable that is there."""
        return self.chance.choice(tuple(VARIABLES))

    def word(self) -> str:
        """A constant, or a name that may be bound, a keyword or unknown."""
        return self.chance.choice(("true", "false", "null", "?", *_WORDS))

    def call(self, depth: int) -> str:
        """A built-in function, mostly with arguments that fit."""
        name = self.chance.choice(self.names)
        parameters = self.chance.choice(self.functions[name].overloads).parameters  # type: ignore[attr-defined]
        given = [(each.name, self.argument(each.types, depth)) for each in parameters
                 if not each.optional or self.chance.random() < 0.6]
        if self.chance.random() < 0.1:
            given.append(("extra", self.expression(depth)))
        if self.chance.random() < 0.15:
            self.chance.shuffle(given)
            return f"{name}({', '.join(f'{key}: {text}' for key, text in given)})"
        return f"{name}({', '.join(text for _, text in given)})"

    def argument(self, types: frozenset[str] | None, depth: int) -> str:
        """An argument of one of the types, or of any."""
        if not types or self.chance.random() < 0.2:
            return self.expression(depth)
        match self.chance.choice(sorted(types)):
            case "number":
                return self.chance.choice((self.number(), "a", "big", "count(numbers)"))
            case "string":
                return self.string()
            case "list":
                return self.chance.choice(("numbers", "words", "mixed", "rows", self.list(depth)))
            case "context":
                return self.chance.choice(("nested", self.context(depth)))
            case "range":
                return self.range(depth)
            case "function":
                return self.function(depth)
            case "boolean":
                return self.chance.choice(("true", "false", "flag"))
            case _:
                return self.chance.choice((self.temporal(), "day", "clock", "moment", "span", "months"))

    def many(self, depth: int, most: int = 4) -> list[str]:
        """No to `most` expressions."""
        return [self.expression(depth) for _ in range(self.chance.randint(0, most))]

    def list(self, depth: int) -> str:
        """`[…]`."""
        return f"[{', '.join(self.many(depth))}]"

    def context(self, depth: int) -> str:
        """`{…}` with keys of all sorts."""
        keys = (*_WORDS, '"quoted key"', '"a-b"', "c-d", "x+y", "day")
        return "{" + ", ".join(f"{self.chance.choice(keys)}: {each}" for each in self.many(depth, 3)) + "}"

    def range(self, depth: int) -> str:
        """A range with ends of one kind or not, or one written as an operator."""
        if self.chance.random() < 0.2:
            return f"({self.operator()} {self.expression(depth)})"
        ends = [self.expression(depth) for _ in range(2)] if self.chance.random() < 0.4 else [
            str(self.chance.randint(-3, 3)), str(self.chance.randint(0, 9))]
        return f"{self.chance.choice('[(]')}{ends[0]}..{ends[1]}{self.chance.choice('])[')}"

    def operator(self) -> str:
        """A comparison's operator."""
        return self.chance.choice(("=", "!=", "<", "<=", ">", ">="))

    def function(self, depth: int) -> str:
        """A function of its own."""
        names = self.chance.sample(("a", "x", "n", "two words", "y"), self.chance.randint(0, 3))
        typed = [f"{name}: {self.chance.choice(_TYPES)}" if self.chance.random() < 0.3 else name for name in names]
        return f"function({', '.join(typed)}) {self.expression(depth)}"

    def iterators(self, depth: int) -> str:
        """`x in list, y in 1..9`."""
        def source() -> str:
            if self.chance.random() < 0.5:
                return self.chance.choice(("numbers", "words", "rows", self.list(depth)))
            low, high = self.expression(0), self.expression(0)
            return f"{low}..{high}" if self.chance.random() < 0.3 else f"1..{self.chance.choice((2, 5, 50, 10 ** 9))}"

        return ", ".join(f"{self.chance.choice(('x', 'y', 'i', 'in order', 'a'))} in {source()}"
                         for _ in range(self.chance.randint(1, 3)))

    def test(self, depth: int) -> str:
        """One unary test."""
        match self.chance.randrange(5):
            case 0:
                return f"{self.operator()} {self.expression(depth)}"
            case 1:
                return self.range(depth)
            case 2:
                return f"? {self.operator()} {self.expression(depth)}"
            case _:
                return self.expression(depth)

    def tests(self, depth: int) -> str:
        """All the unary tests of a cell."""
        if self.chance.random() < 0.05:
            return "-"
        joined = ", ".join(self.test(depth) for _ in range(self.chance.randint(1, 3)))
        return f"not({joined})" if self.chance.random() < 0.2 else joined

    def recursion(self, depth: int) -> str:
        """A function that calls itself, and may never stop."""
        stop = self.chance.choice((f"if n <= 0 then {self.expression(depth)} else ", ""))
        sign, count = self.chance.choice("+*="), self.chance.choice((3, 30, 10**6))
        again = f"g(g, n - 1) {sign} {self.expression(0)}"
        return "{f: function(g, n) " + stop + again + f", r: f(f, {count})" + "}.r"


def _binary(*signs: str) -> Callable[[Generator, int], str]:
    return lambda to, depth: f"{to.expression(depth)} {to.chance.choice(signs)} {to.expression(depth)}"


_CONSTRUCTS: tuple[Callable[[Generator, int], str], ...] = (
    Generator.call, Generator.call, Generator.call, Generator.call, Generator.list, Generator.context, Generator.range,
    Generator.recursion, _binary("+", "-", "*", "/", "**"), _binary("+", "-", "*", "/", "**"), _binary("and", "or"),
    _binary("=", "!=", "<", "<=", ">", ">="),
    lambda to, depth: f"({to.expression(depth)})",
    lambda to, depth: f"-{to.expression(depth)}",
    lambda to, depth: f"({to.function(depth)})({', '.join(to.many(depth, 3))})",
    lambda to, depth: to.function(depth),
    lambda to, depth: f"if {to.expression(depth)} then {to.expression(depth)} else {to.expression(depth)}",
    lambda to, depth: f"for {to.iterators(depth)} return {to.expression(depth)}",
    lambda to, depth: f"{to.chance.choice(('some', 'every'))} {to.iterators(depth)} satisfies {to.expression(depth)}",
    lambda to, depth: f"{to.expression(depth)}[{to.expression(depth)}]",
    lambda to, depth: f"{to.chance.choice(('rows', 'numbers'))}[{to.expression(depth)}]",
    lambda to, depth: f"{to.expression(depth)}.{to.chance.choice(_WORDS)}",
    lambda to, depth: f"{to.expression(depth)} between {to.expression(depth)} and {to.expression(depth)}",
    lambda to, depth: f"{to.expression(depth)} in {to.test(depth)}",
    lambda to, depth: f"{to.expression(depth)} in ({', '.join(to.test(depth) for _ in range(2))})",
    lambda to, depth: f"{to.expression(depth)} instance of {to.chance.choice(_TYPES)}",
    lambda to, depth: f"{to.expression(depth)} /* said aside */ // and to the end\n",
)
