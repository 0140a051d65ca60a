"""Where in the file of a form each of its texts stands."""

from __future__ import annotations

import json
import re
from typing import Any

_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MARK = "\0"


class Written(str):
    """A text of a form, which knows its line in the file."""

    __slots__ = ("line",)
    line: int


def placed(source: bytes) -> Any:
    """The JSON of a form, each text in it a `Written`; plain texts where no lines can be told, as of UTF-16.

    Raises: ValueError, RecursionError, as `json.loads` does.
    """
    read = json.loads(source)
    try:
        text = source.decode("utf-8-sig")
        return _unmarked(json.loads(_LITERAL.sub(_Marks(text), text)))
    except (UnicodeDecodeError, RecursionError):
        return read


class _Marks:
    """Puts its line behind each text of a file, one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.line = 1
        self.at = 0

    def __call__(self, found: re.Match[str]) -> str:
        self.line += self.text.count("\n", self.at, found.start())
        self.at = found.start()
        return f'{found[0][:-1]}\\u0000{self.line}"'


def line_of(text: Any) -> int | None:
    """The line of a text that was read by `placed`."""
    return text.line if isinstance(text, Written) else None


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.rpartition(_MARK)[0]: _unmarked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_unmarked(inner) for inner in value]
    if not isinstance(value, str):
        return value
    said, _, line = value.rpartition(_MARK)
    written = Written(said)
    written.line = int(line)
    return written
