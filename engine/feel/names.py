"""Which names a FEEL text may use: names hold spaces and symbols, so only the scope tells where one ends.

`Monthly Salary`, `a-b` and `person's age` are names where they are known (DMN 1.5 §10.3.1.2, rules 25-30).
The longest known name wins. Words that follow one another and are not known are taken as one name, since no valid
FEEL has two names side by side.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable

START = (r"A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u167F\u1681-\u180D\u180F-\u1FFF"
         r"\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD"
         "\U00010000-\U000EFFFF")
PART = START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
SPACE = r"\s\u180E\u200B\uFEFF"
WORD = re.compile(f"[{START}][{PART}]*")
SPACES = re.compile(f"[{SPACE}]+")
KEY = re.compile(rf"[{START}?][{PART}?./+*'{SPACE}-]*(?=:)")
"""A name that a colon ends: the key of a context entry, a named argument or a parameter with a type."""

_PIECE = re.compile(f"[{PART}]+|[^{PART}{SPACE}]")
_PLAIN = re.compile(f"[{START}][{PART}]*")

BUILT_IN = frozenset({
    "date and time", "years and months duration", "days and time duration", "time offset", "start included",
    "end included",
})
"""Names of types and properties that hold a space; those of functions come with the functions."""


def normalise(name: str) -> str:
    """`name` with one space wherever it had white space, and none at its ends."""
    return SPACES.sub(" ", name).strip()


def is_plain(name: str) -> bool:
    """Whether `name` is a single word, which needs no scope to be recognised."""
    return _PLAIN.fullmatch(name) is not None


class KnownNames:
    """Names that a text may use as one token, found by their first word."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        self._words: set[str] = set()
        for name in names:
            self.add(name)

    def copy(self) -> KnownNames:
        """An independent copy, to which a text's own names are added."""
        copied = KnownNames(())
        copied._by_first = {first: list(known) for first, known in self._by_first.items()}
        copied._words = set(self._words)
        return copied

    def add(self, name: str) -> None:
        """Make `name` known."""
        pieces = _PIECE.findall(name)
        if not pieces:
            return
        if len(pieces) == 1:
            self._words.add(pieces[0])
            return
        known = self._by_first.setdefault(pieces[0], [])
        pattern = _pattern(tuple(pieces))
        if all(pattern is not other for _, other in known):
            known.append((normalise(name), pattern))
            known.sort(key=lambda entry: -len(entry[0]))

    def longest(self, text: str, start: int, word: str) -> tuple[str, int] | None:
        """The longest known name at `start` and where it ends; `word` is the word that stands there."""
        for name, pattern in self._by_first.get(word, ()):
            match = pattern.match(text, start)
            if match:
                return name, match.end()
        return (word, start + len(word)) if word in self._words else None


@functools.lru_cache(maxsize=4096)
def _pattern(pieces: tuple[str, ...]) -> re.Pattern[str]:
    """The pieces with any white space between them; between two words there must be some."""
    source = re.escape(pieces[0])
    for before, piece in itertools.pairwise(pieces):
        both_words = _is_word(before) and _is_word(piece)
        source += f"[{SPACE}]{'+' if both_words else '*'}" + re.escape(piece)
    return re.compile(source + (f"(?![{PART}])" if _is_word(pieces[-1]) else ""))


def _is_word(piece: str) -> bool:
    return re.match(f"[{PART}]", piece) is not None
