"""Bodies that carry a form: one JSON object, or multipart with a `data` part and one file part a file field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import json, request

from api import problems
from engine import errors
from engine.values import Problem

MOST_NESTED = 32
"""How deep a JSON body may be nested; no form and no variable of ours comes near."""


def parsed(content: bytes) -> Any:
    """The JSON value in a body.

    Raises: ValueError for what is no JSON, is nested deeper than any body of ours, or holds text that cannot be stored.
    """
    try:
        value = json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level = [value]
    for _ in range(MOST_NESTED):
        if not level:
            return value
        level = [part for whole in level for part in _parts(whole)]
    raise ValueError("nested too deeply")


def form_data() -> dict[str, Any]:
    """The values of the form's fields, from the JSON body or the `data` part.

    Raises: BadRequest when the body is neither; Invalid when it is not one JSON object.
    """
    if request.is_json:
        return _object(request.get_data(), "body")
    if request.mimetype == "multipart/form-data":
        extra = sorted(set(request.form) - {"data", "csrf_token", "form_token"})
        if extra:
            raise errors.Invalid([Problem(
                where=name, code="unknown", what="Put this value into the part `data`; only files stand beside it.",
                what_fa="تنها پرونده‌ها و بخش data پذیرفته است؛ این مقدار را در data بگذارید.") for name in extra])
        return _object(request.form.get("data", "{}").encode(), "data")
    raise problems.BadRequest(reason="send application/json, or multipart/form-data with a part named data",
                              reason_fa="بدنه باید application/json یا multipart/form-data با بخش data باشد")


def not_json() -> problems.BadRequest:
    """What to raise for a body that a command would otherwise quietly do without."""
    return problems.BadRequest(reason="send the body as application/json", reason_fa="بدنه باید application/json باشد")


def files() -> Mapping[str, tuple[str, bytes]]:
    """File field -> (the client's file name, content). An input left empty sends a part without name and content.

    Raises: Invalid for a field with several files: none of them is dropped unsaid.
    """
    found: dict[str, tuple[str, bytes]] = {}
    repeated: list[str] = []
    for field, file in request.files.items(multi=True):
        name, content = file.filename or "", file.read()
        if not name and not content:
            continue
        if field in found:
            repeated.append(field)
        found[field] = name, content
    if repeated:
        raise errors.Invalid([Problem(where=field, code="too_many", what="Send one file for this field.",
                                      what_fa="برای این مورد تنها یک پرونده بفرستید.")
                              for field in dict.fromkeys(repeated)])
    return found


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
        return ()
    if isinstance(value, dict):
        return (*value, *value.values())
    return value if isinstance(value, list) else ()


def _object(content: bytes, where: str) -> dict[str, Any]:
    try:
        value = parsed(content or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise errors.Invalid([Problem(where=where, code="json", what="Must be one JSON object.",
                                      what_fa="باید یک شیء JSON باشد.")])
    return value
