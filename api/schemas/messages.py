"""Validation messages of marshmallow, as faults in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from api.language import Language
from engine.values import Problem

_LOCATIONS = frozenset({"json", "query", "querystring", "form", "files", "headers", "path"})

_PATTERNS: tuple[tuple[str, str, str], ...] = (
    (r"Missing data for required field\.", "required", "این مقدار لازم است."),
    (r"Field may not be null\.", "required", "این مقدار نمی‌تواند تهی باشد."),
    (r"Unknown field\.", "unknown", "چنین نامی شناخته نیست."),
    (r"Invalid JSON body\.", "json", "بدنه درخواست JSON درست نیست."),
    (r"Invalid input type\.", "type", "نوع داده نادرست است."),
    (r"Not a valid string\.", "type", "باید متن باشد."),
    (r"Not a valid (?:number|integer)\.", "type", "باید عدد باشد."),
    (r"Not a valid boolean\.", "type", "باید درست یا نادرست باشد."),
    (r"Not a valid list\.", "type", "باید فهرست باشد."),
    (r"Not a valid mapping type\.", "type", "باید مجموعه نام و مقدار باشد."),
    (r"Not a valid date\.", "type", "تاریخ درست نیست؛ نمونه: 2026-05-21."),
    (r"Not a valid datetime\.", "type", "زمان درست نیست؛ نمونه: 2026-05-21T08:00:00Z."),
    (r"Not a valid period of time\.", "type", "بازه زمانی درست نیست؛ نمونه: P11D."),
    (r"Must be one of: (?P<a>.+)\.", "choice", "باید یکی از این‌ها باشد: {a}."),
    (r"Shorter than minimum length (?P<a>\d+)\.", "length", "دست‌کم {a} نویسه لازم است."),
    (r"Longer than maximum length (?P<a>\d+)\.", "length", "حداکثر {a} نویسه پذیرفته است."),
    (r"Length must be between (?P<a>\d+) and (?P<b>\d+)\.", "length", "باید میان {a} و {b} نویسه باشد."),
    (r"Must be greater than or equal to (?P<a>\S+) and less than or equal to (?P<b>\S+)\.", "range",
     "باید میان {a} و {b} باشد."),
    (r"Must be greater than or equal to (?P<a>\S+)\.", "range", "باید دست‌کم {a} باشد."),
    (r"Must be less than or equal to (?P<a>\S+)\.", "range", "باید حداکثر {a} باشد."),
    (r"String does not match expected pattern\.", "pattern", "شکل این مقدار نادرست است."),
)


def body(problem: Problem, language: Language) -> dict[str, Any]:
    """One fault or warning as JSON: where, what, how to mend it, in the language."""
    fa = language == "fa"
    found: dict[str, Any] = {"where": problem.where, "code": problem.code, "severity": problem.severity,
                             "what": (problem.what_fa if fa else problem.what) or problem.what}
    if fix := (problem.fix_fa if fa else problem.fix) or problem.fix:
        found["fix"] = fix
    for name in ("file", "line", "column"):
        if (value := getattr(problem, name)) is not None:
            found[name] = value
    return found


def faults(messages: Any) -> tuple[Problem, ...]:
    """Every message of a `ValidationError`, however nested, as one fault with the path of its field."""
    return tuple(_walk(messages, ()))


def _walk(node: Any, path: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            skip = key == "_schema" or (not path and key in _LOCATIONS)
            yield from _walk(value, path if skip else (*path, str(key)))
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _walk(value, path)
    else:
        yield _fault(str(node), ".".join(path) or "body")


def _fault(text: str, where: str) -> Problem:
    for pattern, code, persian in _PATTERNS:
        if match := re.fullmatch(pattern, text):
            return Problem(where=where, what=text, what_fa=persian.format(**match.groupdict()), code=code)
    return Problem(where=where, what=text, what_fa="این مقدار پذیرفته نیست.", code="invalid")
