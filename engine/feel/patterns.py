r"""XPath regular expressions in the words of the `regex` library (XQuery and XPath Functions and Operators §7.6).

What differs: `$` is the very end, `\i` and `\c` are the characters of XML names, `\s` and `\w` hold fewer characters,
`\p{IsGreek}` is a block, `[a-z-[aeiou]]` takes characters away, and the flag `x` drops white space from the pattern.
Assertions, named groups, possessive quantifiers and escapes that XPath does not have are refused.
"""

from __future__ import annotations

import re

from engine.feel.messages import Refused

MAX_CLASSES = 50
"""Character classes inside one another."""
_SPACE = " \t\n\r"
_NAME_START, _NAME = r"\p{L}_:", r"\p{L}\p{N}\p{M}._:\-·"
_SETS = {"i": _NAME_START, "c": _NAME, "s": _SPACE, "d": r"\p{Nd}"}
_ESCAPED = frozenset(r"\|.?*+(){}[]-^$") | frozenset("nrt")
_PROPERTY = re.compile(r"\\[pP]\{(Is)?([\w-]+)\}")
_QUANTIFIER = re.compile(r"(?:[?*+]|\{\d+(?:,\d*)?\})\??")


def translate(pattern: str, flags: str) -> str:
    """The pattern for `regex`, version 1 behaviour. Raises: Refused."""
    return _Translator(pattern, flags).run()


class _Translator:
    def __init__(self, pattern: str, flags: str) -> None:
        self.text = pattern
        self.drops_space, self.by_line = "x" in flags, "m" in flags
        self.at = 0
        self.depth = 0
        self.parts: list[str] = []

    def run(self) -> str:
        if self.drops_space:
            self.text = self.without_space()
        while self.at < len(self.text):
            self.parts.append(self.piece())
        return "".join(self.parts)

    def without_space(self) -> str:
        """The pattern without white space, except inside character classes."""
        kept, depth, escaped = [], 0, False
        for char in self.text:
            if char in _SPACE and not depth:
                continue
            if not escaped:
                depth += (char == "[") - (char == "]" and depth > 0)
            escaped = char == "\\" and not escaped
            kept.append(char)
        return "".join(kept)

    def piece(self) -> str:
        char = self.text[self.at]
        if char == "\\":
            return self.escape() + self.quantifier()
        if char == "[":
            return self.character_class() + self.quantifier()
        if char == "(":
            return self.opening()
        self.at += 1
        if char in "?*+{":
            raise self.fault("a quantifier follows nothing")
        if char == "$":
            return "$" if self.by_line else r"\Z"
        if char in "|^":
            return char
        return (re.escape(char) if char in "]}#&~ " else char) + self.quantifier()

    def opening(self) -> str:
        plain = "(?:" if self.text.startswith("(?:", self.at) else "("
        self.at += len(plain)
        if plain == "(" and self.text[self.at:self.at + 1] == "?":
            raise self.fault("assertions and named groups are not known")
        return plain

    def quantifier(self) -> str:
        found = _QUANTIFIER.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        if self.at < len(self.text) and self.text[self.at] in "?*+{":
            raise self.fault("a quantifier follows a quantifier")
        return found.group()

    def escape(self, *, inside: bool = False) -> str:
        """One escape; `inside` a class its set needs no brackets of its own."""
        if named := _PROPERTY.match(self.text, self.at):
            self.at = named.end()
            negated = named.group()[1] == "P"
            return f"\\{'P' if negated else 'p'}{{{'In' if named[1] else ''}{named[2]}}}"
        letter = self.text[self.at + 1:self.at + 2]
        self.at += 2
        if letter.lower() in _SETS:
            return f"[{'^' if letter.isupper() else ''}{_SETS[letter.lower()]}]"
        if letter in {"w", "W"}:
            return rf"[{'^' if letter == 'w' else ''}\p{{P}}\p{{Z}}\p{{C}}]"
        if letter.isdecimal() and letter != "0" and not inside:
            return f"\\{letter}"
        if letter not in _ESCAPED:
            raise self.fault(f"there is no escape \\{letter}")
        return f"\\{letter}"

    def character_class(self) -> str:
        """`[…]` with what is inside, down to a class taken away at its end."""
        self.depth += 1
        if self.depth > MAX_CLASSES:
            raise self.fault("classes are nested too deeply")
        parts = ["["]
        self.at += 1
        if self.text.startswith("^", self.at):
            parts.append("^")
            self.at += 1
        while not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise self.fault("a character class has no end")
            parts.append(self.member())
        if parts in (["["], ["[", "^"]):
            raise self.fault("a character class is empty")
        self.at += 1
        self.depth -= 1
        return "".join([*parts, "]"])

    def member(self) -> str:
        char = self.text[self.at]
        if char == "\\":
            return self.escape(inside=True)
        if self.text.startswith("-[", self.at):
            self.at += 1
            return "--" + self.character_class()
        if char == "[":
            raise self.fault("a bracket in a character class must be escaped")
        self.at += 1
        return "\\" + char if char in "&|~^" or (char == "-" and self.text.startswith("-", self.at)) else char

    def fault(self, why: str) -> Refused:
        return Refused("not a regular expression: {fault}", fault=f"{why} ({self.at})")
