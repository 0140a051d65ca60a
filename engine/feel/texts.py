"""FEEL values as text: as an expression that gives the value again, as a reader sees it, and as JSON."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import names, numerals, outside, temporals
from engine.feel.values import Range, YearsMonths
from engine.feel.wide import WideDate, WideMoment, WideSpan, WideTime

_TEMPORAL = (date, time, datetime, timedelta, YearsMonths, WideDate, WideTime, WideMoment, WideSpan)
_ESCAPED = re.compile(r'["\\\n\r\t]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def to_string(value: Any) -> str:
    """A FEEL expression with this value: `"text"`, `12.5`, `@"P3D"`, `[1, 2]`, `{a: 1}`.

    A function gives its name, which is an expression only for built-in ones.
    """
    match value:
        case str():
            return quoted(value)
        case list():
            return "[" + ", ".join(map(to_string, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(key)}: {to_string(item)}" for key, item in value.items()) + "}"
        case Range():
            return _range(value)
        case Decimal():
            return numerals.text(value)
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
    if isinstance(value, _TEMPORAL):
        return f'@"{temporals.text(value)}"'
    return getattr(value, "name", "function")


def display(value: Any) -> str:
    """The text that the function `string` gives (DMN 1.5 §10.3.4.1): strings and temporals bare at the top level."""
    if type(value) is str:
        return value
    return temporals.text(value) if isinstance(value, _TEMPORAL) else _nested(value)


def _nested(value: Any) -> str:
    """Inside lists and contexts strings are quoted; temporals stay bare."""
    match value:
        case list():
            return "[" + ", ".join(map(_nested, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(key)}: {_nested(item)}" for key, item in value.items()) + "}"
    return temporals.text(value) if isinstance(value, _TEMPORAL) else to_string(value)


def quoted(text: str) -> str:
    """A FEEL string literal."""
    return '"' + _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text) + '"'


def _key(key: str) -> str:
    return key if names.is_plain(key) else quoted(key)


def _range(value: Range) -> str:
    if value.operator:
        end = value.end if value.operator in {"<", "<="} else value.start
        return f"({value.operator} {to_string(end)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{to_string(value.start)}..{to_string(value.end)}{closing}"


def from_json(data: Any) -> Any:
    """JSON data as FEEL values: numbers become Decimal, everything else stays what it is; strings stay strings.

    Raises: FeelTypeError as `from_python` does.
    """
    return outside.from_python(data)


def to_json(value: Any) -> Any:
    """A FEEL value as JSON data: whole numbers as int, others as float, temporals as ISO 8601 text.

    Ranges and functions become their FEEL text. A float keeps 17 digits of a number's 34.
    """
    match value:
        case None | bool() | str():
            return value
        case Decimal():
            whole = numerals.integer(value)
            return float(value) if whole is None else whole
        case list() | tuple():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
        case int() | float():
            return value
    return temporals.text(value) if isinstance(value, _TEMPORAL) else to_string(value)
