"""What people send, brought to the one stored form before it is checked.

A value that cannot be understood stays as it came, so that the check can say what is wrong with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from workflows import calendar, identifiers
from workflows.form_fields import CompiledForm, Field

DATE_PARTS = ("day", "month", "year")
"""A date is asked in three inputs named `<key>-day`, `<key>-month`, `<key>-year`."""

_OLDEST_GREGORIAN_YEAR = 1700
"""A year before it is a Jalali one: nobody who applies was born in the seventeenth century of either calendar."""

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([\s,٬\u200c][0-9]{3})+(\.[0-9]+)?")
_GROUP_MARKS = re.compile(r"[\s,٬\u200c]")
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_YES, _NO = frozenset({"true", "on", "yes", "1"}), frozenset({"false", "off", "no", "0"})


def from_inputs(form: CompiledForm, inputs: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The answer in the inputs of an HTML form: name -> values. Inputs that are no field of the form are left out.

    An unticked box is sent by no browser, so a missing checkbox is false and a missing checklist is empty.
    """
    answers: dict[str, Any] = {}
    for field in form.fields.values():
        if field.kind == "file":
            continue
        if field.kind == "date":
            parts = [_last(inputs, f"{field.key}-{part}") for part in DATE_PARTS]
            answers[field.key] = "-".join(reversed(parts)) if any(parts) else _last(inputs, field.key)
        elif field.kind == "checklist":
            answers[field.key] = list(inputs.get(field.key, ()))
        elif field.kind == "checkbox":
            answers[field.key] = bool(_last(inputs, field.key))
        else:
            answers[field.key] = _last(inputs, field.key)
    return answers


def normalise(form: CompiledForm, data: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The stored form of every answer; an empty one is left out."""
    fields = form.fields
    answers: dict[str, Any] = {}
    for key, value in data.items():
        field = fields.get(key)
        if field is None:
            answers[key] = value
        elif field.kind != "file":
            stored = _stored(field, value, context)
            if stored is not None and stored != "":
                answers[key] = stored
    return answers


def to_date(value: Any) -> date | None:
    """The date in `2026-11-23` or `1405-09-02` (any digits, `/` as well); None when there is no such day."""
    if isinstance(value, date):
        return value
    match = _DATE.fullmatch(identifiers.compact_digits(value.replace("-", "/"))) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day = map(int, match.groups())
    try:
        return date(year, month, day) if year >= _OLDEST_GREGORIAN_YEAR else calendar.from_jalali(year, month, day)
    except (ValueError, OverflowError):
        return None


def _last(inputs: Mapping[str, Sequence[str]], name: str) -> str:
    values = inputs.get(name) or ("",)
    return values[-1].strip()


def _stored(field: Field, value: Any, context: Mapping[str, Any]) -> Any:
    match field.kind:
        case "text" | "textarea":
            return _text(field, value)
        case "number":
            return _number(value)
        case "checkbox":
            return _checkbox(value)
        case "date":
            return _date(value)
        case "checklist":
            return _checklist(field, value, context)
        case _:
            return _choice(field, value, context)


def _text(field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = identifiers.normalise_text(value)
    if field.kind == "text":
        text = text.replace("\n", " ")
    return _identifier(field.format, text) if text and field.format else text


def _identifier(name: str, text: str) -> str:
    check = _IDENTIFIERS.get(name)
    try:
        return check(text) if check else text
    except identifiers.IdentifierError:
        return text


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        value = str(value)
    if isinstance(value, str):
        text = identifiers.normalise_digits(value).strip().replace("٫", ".").replace("\u2212", "-")
        if _GROUPED.fullmatch(text):  # `64,5` is no group: it must not become 645
            text = _GROUP_MARKS.sub("", text)
        if not _NUMBER.fullmatch(text):
            return value.strip()
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else float(number)
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() else value
    return value


def _checkbox(value: Any) -> Any:
    if isinstance(value, str):
        word = value.strip().casefold()
        return True if word in _YES else False if word in _NO else value
    return value


def _choice(field: Field, value: Any, context: Mapping[str, Any]) -> Any:
    """The option that was meant: browsers send the text of a value that may be a number or a boolean."""
    if value is None or value == "":
        return None
    for choice in field.choices(context):
        if choice.value == value and isinstance(choice.value, bool) == isinstance(value, bool):
            return choice.value
        if isinstance(value, str) and option_text(choice.value) == value.strip():
            return choice.value
    return value


def _checklist(field: Field, value: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        value = [value] if value else []
    if not isinstance(value, list | tuple):
        return value
    chosen = [item for item in value if item is not None and item != ""]
    # One more than there are options cannot be right, and nothing need look through what a stranger sends beyond it.
    return [_choice(field, item, context) for item in chosen[:len(field.choices(context)) + 1]]


def _date(value: Any) -> Any:
    day = to_date(value)
    if day is not None:
        return day.isoformat()
    return value.strip() if isinstance(value, str) else value


def option_text(value: Any) -> str:
    """The value of an option as an HTML form carries it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


_IDENTIFIERS: Mapping[str, Callable[[str], str]] = {
    "national_id": identifiers.national_id, "legal_id": identifiers.legal_id, "postal_code": identifiers.postal_code,
    "mobile": identifiers.mobile, "iban": identifiers.iban, "economic_code": identifiers.economic_code,
    "digits": identifiers.digits}
