"""What the commands `feel` and `decide` read: files, JSON and arguments. Wrong input is one line and exit code 2."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import click

from engine import feel
from engine.dmn import documents
from engine.feel import numerals, temporals
from engine.feel.values import MAX_NESTING

MAX_JSON = 2_000_000
"""Bytes of a JSON file; of any file no more is read than one byte beyond what it may have."""
LONGEST_NUMBER = 40
"""Characters of a number that a message quotes."""
_LITERAL = re.compile(r'@"([^"\\]*)"')


class Refused(click.ClickException):
    """Wrong input: one line, exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class OneLine(click.Command):
    """A command that says in one line, too, what is wrong with its arguments."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None,
                     **extra: Any) -> click.Context:
        """As click does. Raises: Refused."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise Refused(f"{error.format_message()} `parvaneh {self.name} --help` lists what there is.") from None


def one_line(text: str) -> str:
    """The text on one line, without characters that a terminal obeys."""
    joined = " ".join(text.split())
    return "".join(char if unicodedata.category(char) not in {"Cc", "Cs"} else f"\\u{ord(char):04x}"
                   for char in joined)


def variables(file: str | None) -> dict[str, Any]:
    """The JSON object in a file, or with `-` in standard input, as FEEL values.

    Numbers keep 34 digits, texts that are temporal literals become what they stand for. Raises: Refused.
    """
    if file is None:
        return {}
    name, given = _given(file)
    if not isinstance(given, dict):
        raise Refused(f"{name}: a JSON object is needed, such as {{\"area\": 60}}")
    return {key: _literals(value, name) for key, value in given.items()}


def listed(file: str | None) -> list[Any]:
    """The JSON list in a file, or with `-` in standard input, as FEEL values. Raises: Refused."""
    if file is None:
        return []
    name, given = _given(file)
    if not isinstance(given, list):
        raise Refused(f"{name}: a JSON list is needed, such as [{{\"complete\": \"check\"}}]")
    return [_literals(value, name) for value in given]


def _given(file: str) -> tuple[str, Any]:
    """What a message calls the input, and the JSON in it as FEEL values."""
    name = "standard input" if file == "-" else file
    try:
        return name, feel.from_json(_json(content(Path(file), MAX_JSON) if file != "-" else _standard_input(), name))
    except feel.FeelTypeError as error:
        raise Refused(f"{name}: {error}") from None


def content(path: Path, limit: int) -> bytes:
    """The bytes of a file, or of a pipe. Raises: Refused where it cannot be read or has more than `limit`."""
    try:
        with path.open("rb") as file:
            return _limited(file, limit, str(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Refused(f"cannot read {path}: {reason}") from None


def _standard_input() -> bytes:
    try:
        if sys.stdin is None:
            raise OSError(0, "it is closed")
        return _limited(sys.stdin.buffer, MAX_JSON, "standard input")
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read standard input: {getattr(error, 'strerror', None) or error}") from None


def _limited(file: BinaryIO, limit: int, name: str) -> bytes:
    read = file.read(limit + 1)
    if len(read) > limit:
        raise Refused(f"{name}: the file is larger than {limit // 1_000_000} MB")
    return read


def _json(read: bytes, name: str) -> Any:
    def number(text: str) -> Any:
        value = numerals.parse(text)
        if value is None:
            short = text if len(text) <= LONGEST_NUMBER else text[:LONGEST_NUMBER] + "…"
            raise Refused(f"{name}: the number {short} is out of range; FEEL has numbers below 10^6145")
        return value

    def no_number(text: str) -> NoReturn:
        raise Refused(f"{name}: {text} is no number; write null where there is none")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in made if keys.count(key) > 1)
            raise Refused(f"{name}: the key {json.dumps(twice, ensure_ascii=False)} comes twice in one object")
        return made

    try:
        return json.loads(read.decode("utf-8-sig"), parse_float=number, parse_int=number, parse_constant=no_number,
                          object_pairs_hook=unique)
    except UnicodeDecodeError as error:
        raise Refused(f"{name}: the file is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise Refused(f"{name}: not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise Refused(f"{name}: the value is nested deeper than {MAX_NESTING}") from None


def _literals(value: Any, name: str) -> Any:
    """The value with temporal literals made what they stand for; nested no deeper than FEEL allows."""
    if isinstance(value, list):
        return [_literals(item, name) for item in value]
    if isinstance(value, dict):
        return {key: _literals(item, name) for key, item in value.items()}
    match = _LITERAL.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return value
    meant = temporals.parse(match[1])
    if meant is None:
        raise Refused(f"{name}: {value} is no date, time or duration")
    return meant


def model_file(path: Path) -> bytes:
    """The bytes of a DMN file. Raises: Refused."""
    return content(path, documents.MAX_SIZE)
