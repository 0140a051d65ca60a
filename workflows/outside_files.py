"""The operator's TOML files that name programs outside: addresses and secrets, checked when the product starts.

Every fault is a ValueError with one clause that names the entry and quotes no secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflows import outside

Fields = Mapping[str, type[str] | tuple[int, int]]
"""Entry -> text, or the least and the largest whole number."""

KEY_LENGTH = 32
"""A shared key has as many characters at least."""
COMMON: Fields = {"url": str, "token": str, "key": str, "timeout_s": (1, outside.MAX_SECONDS)}


def read(path: Path) -> dict[str, Any]:
    """What the file holds. Raises: ValueError"""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror or type(error).__name__})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ValueError("is no TOML") from None


def check(table: Any, fields: Fields, *, prefix: str = "") -> dict[str, Any]:
    """The entries of one program: an address that may be called, a key, perhaps a token. Raises: ValueError"""
    table = entries(table, fields, prefix=prefix)
    if fault := outside.address_problem(table.get("url", "")):
        raise ValueError(f"{prefix}url {fault}")
    if not is_secret(table.get("key", ""), least=KEY_LENGTH):
        raise ValueError(f"{prefix}key should be {KEY_LENGTH} to 200 printable ASCII characters without spaces")
    if "token" in table and not is_secret(table["token"], least=1):
        raise ValueError(f"{prefix}token should be 1 to 200 printable ASCII characters without spaces")
    return dict(table)


def entries(table: Any, fields: Fields, *, prefix: str = "") -> dict[str, Any]:
    """The entries of a table, each known and of its kind. Raises: ValueError"""
    if not isinstance(table, dict):
        raise ValueError(f"{prefix.rstrip('.')} should be a table")
    for name, value in table.items():
        _check_entry(f"{prefix}{name}", value, fields.get(name), fields)
    return dict(table)


def is_secret(text: str, *, least: int) -> bool:
    """Whether a text can be a token or a key: printable ASCII without spaces, not too short."""
    return least <= len(text) <= 200 and text.isascii() and text.isprintable() and " " not in text


def _check_entry(name: str, value: Any, kind: Any, fields: Fields) -> None:
    if kind is None:
        raise ValueError(f"{name} is unknown; it should be one of {', '.join(fields)}")
    if type(value) is not (str if kind is str else int):
        raise ValueError(f"{name} should be a {'text' if kind is str else 'whole number'}")
    if kind is not str and not kind[0] <= value <= kind[1]:
        raise ValueError(f"{name} should be from {kind[0]} to {kind[1]}")
