"""Keyset cursors: the sort key of the last row, made opaque and checked on the way back."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime

from engine import errors
from engine.values import Problem

Key = str | int | datetime


def positive(limit: int) -> int:
    """The size of a page, checked.

    Raises:
        errors.Invalid: less than one; SQLite would take a negative limit for none at all.
    """
    if limit < 1:
        raise errors.Invalid([Problem(where="limit", what="a page has at least one item", code="out_of_range",
                                      what_fa="هر صفحه دست‌کم یک مورد دارد", fix="ask for 1 or more",
                                      fix_fa="۱ یا بیشتر بنویسید")])
    return limit


def encode(*keys: Key) -> str:
    """The cursor after the row with these sort keys."""
    plain = [key.isoformat() if isinstance(key, datetime) else key for key in keys]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str, *types: type) -> list[Key]:
    """The sort keys in a cursor made by `encode`, of these types.

    Raises:
        errors.Invalid: the cursor was not made by us.
    """
    try:
        plain = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(plain, list) or len(plain) != len(types):
            raise ValueError("another number of keys")
        return [_restored(value, kind) for value, kind in zip(plain, types, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise errors.Invalid([Problem(where="after", what="not a cursor of this list",
                                      what_fa="نشانگر صفحه نادرست است", code="bad_cursor")]) from error


def _restored(value: Key, kind: type) -> Key:
    if kind is datetime:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError("a naive datetime")
        return moment.astimezone(UTC)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(kind.__name__)
    if isinstance(value, int) and not 0 <= value < 2**31:
        raise ValueError("no number of a row")
    if isinstance(value, str) and "\0" in value.encode().decode():
        raise ValueError("no text of a row")
    return value
