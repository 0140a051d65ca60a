"""Which names a FEEL text may use: names hold spaces and symbols, so only the scope tells where one ends.

`Monthly Salary`, `a-b` and `person's age` are names where they are known (DMN 1.5 §10.3.1.2, rules 25-30).
The longest known name wins. Words that follow one another and are not known are taken as one name, since no valid
FEEL has two names side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

START = (r"A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u167F\u1681-\u180D\u180F-\u1FFF"
         r"\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD"
         "\U00010000-\U000EFFFF")
PART = START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
SPACE = r"\s\u180E\u200B\uFEFF"
WORD = re.compile(f"[{START}][{PART}]*")
SPACES = re.compile(f"[{SPACE}]+")
KEY = re.compile(rf"[{START}?][{PART}?./+*'’{SPACE}-]*(?=:)")
"""A name that a colon ends: the key of a context entry, a named argument or a parameter with a type."""

VARIABLE = re.compile(rf"[{START}?][{PART}?./+*'’{SPACE}-]*?(?<![{SPACE}])(?=[{SPACE}]+in(?![{PART}]))")
"""A name that the word `in` ends: the variable of an iteration."""
PARAMETER = re.compile(rf"[{START}?][{PART}?./+*'’{SPACE}-]*(?=[:,)])")
"""A name that a colon, a comma or the bracket ends: the parameter of a function."""

_PIECE = re.compile(f"[{PART}]+|[^{PART}{SPACE}]")
_PIECE_AHEAD = re.compile(f"[{SPACE}]*([{PART}]+|[^{PART}{SPACE}])")
_PLAIN = re.compile(f"[{START}][{PART}]*")

BUILT_IN = frozenset({
    "date and time", "years and months duration", "days and time duration", "time offset", "start included",
    "end included",
})
"""Names of types and properties that hold a space; those of functions come with the functions."""
_HOLDERS = (Mapping, list, tuple)


def normalise(name: str) -> str:
    """`name` with one space wherever it had white space, and none at its ends."""
    return SPACES.sub(" ", name).strip()


def all_keys(values: Any) -> set[str]:
    """Every key in `values`, however deep, that is more than one word: `net-price` of `{order: {net-price: 5}}`.

    Parts that are shared, or hold themselves, are looked at once.
    """
    found: set[str] = set()
    seen: dict[int, Any] = {}
    stack = [values]
    while stack:
        each = stack.pop()
        if not isinstance(each, _HOLDERS) or id(each) in seen:
            continue
        seen[id(each)] = each
        if isinstance(each, Mapping):
            found.update(key for key in each if isinstance(key, str) and not is_plain(key))
            each = each.values()
        stack.extend(item for item in each if isinstance(item, _HOLDERS))
    return found


def is_plain(name: str) -> bool:
    """Whether `name` is a single word, which needs no scope to be recognised."""
    return _PLAIN.fullmatch(name) is not None


class _Branch:
    """What may follow after some pieces of a name, and the name that ends here, if any."""

    __slots__ = ("branches", "name")

    def __init__(self) -> None:
        self.branches: dict[str, _Branch] = {}
        self.name: str | None = None


class KnownNames:
    """Names that a text may use as one token: a tree of their pieces, the words and signs that they are made of.

    White space between pieces is free, except that two words need some between them.
    """

    def __init__(self, names: Iterable[str], outer: KnownNames | None = None) -> None:
        self._tree = _Branch()
        self._outer = outer
        for name in names:
            self.add(name)

    def copy(self) -> KnownNames:
        """The same names, and those to be added to the copy, which this one does not get to know."""
        return KnownNames((), self)

    def add(self, name: str) -> None:
        """Make `name` known."""
        branch = self._tree
        for piece in _PIECE.findall(name):
            branch = branch.branches.setdefault(piece, _Branch())
        if branch is not self._tree and branch.name is None:
            branch.name = normalise(name)

    def longest(self, text: str, start: int, word: str) -> tuple[str, int] | None:
        """The longest known name at `start` and where it ends; `word` is the word that stands there."""
        found = self._outer.longest(text, start, word) if self._outer else None
        branch, end = self._tree.branches.get(word), start + len(word)
        while branch is not None:
            if branch.name is not None and (found is None or end > found[1]):
                found = branch.name, end
            piece = _PIECE_AHEAD.match(text, end) if branch.branches else None
            if piece is None:
                break
            branch, end = branch.branches.get(piece[1]), piece.end()
        return found
