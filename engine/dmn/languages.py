"""The names of FEEL as a language of expressions and types, in every version of DMN."""

from __future__ import annotations

FEEL = "https://www.omg.org/spec/DMN/20230324/FEEL/"
"""Its name in DMN 1.5."""
_NAMES = frozenset({
    "feel",  # what editors write
    "http://www.omg.org/spec/FEEL/20140401",  # DMN 1.1
    "http://www.omg.org/spec/DMN/20180521/FEEL",  # 1.2
    "http://www.omg.org/spec/DMN/20191111/FEEL",  # 1.3
    "http://www.omg.org/spec/DMN/20211108/FEEL",  # 1.4
    "http://www.omg.org/spec/DMN/20230324/FEEL",  # 1.5
})


def is_feel(language: str | None) -> bool:
    """Whether `language`, as an attribute has it, is FEEL; where nothing is said it is, as the schemas have it.

    The names of all versions count in each: a file that an editor raises to a later version often keeps them. `http`
    or `https` and the slash at the end make no difference; the schemas of one version differ in them already.
    """
    name = (language or "").strip()
    if name in {"", "FEEL"}:
        return True
    if name.startswith("https:"):
        name = "http:" + name.removeprefix("https:")
    return name.removesuffix("/") in _NAMES
