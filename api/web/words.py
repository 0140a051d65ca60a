"""The word table of the screens: one key, one word, in Persian and English (api/web/words/*.yaml)."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from api import language
from workflows import calendar

FOLDER = Path(__file__).with_name("words")


@functools.cache
def table(name: language.Language) -> Mapping[str, str]:
    """Every word of one language, by its dotted key."""
    return dict(_flat("", yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))))


def t(key: str, **facts: Any) -> str:
    """The word under `key` in the language of the request; facts that are numbers stand in its digits, texts as given.

    Raises: KeyError for a word that is not in the table.
    """
    chosen = language.language()
    word = table(chosen)[key]
    shown = {name: value if isinstance(value, str) else digits(value) for name, value in facts.items()}
    return word.format(**shown) if facts else word


def known(key: str, *, otherwise: str = "") -> str:
    """The word under a key made from data (a state, a role); `otherwise`, else its last part, when there is none."""
    return table(language.language()).get(key) or otherwise or key.rpartition(".")[2]


def digits(value: Any) -> str:
    """A number or a text with numbers, in the digits of the request's language."""
    return calendar.to_persian_digits(str(value)) if language.language() == "fa" else str(value)


def _flat(prefix: str, words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in words.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", str(value)
