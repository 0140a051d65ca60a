"""String functions (DMN 1.5 §10.3.4.3). Positions count characters from 1, negative ones from the end."""

from __future__ import annotations

import functools
from collections import Counter
from decimal import Decimal
from typing import Any

import regex  # type: ignore[import-untyped]

from engine.feel import patterns
from engine.feel.errors import FeelBudgetExceeded
from engine.feel.functions import Library
from engine.feel.messages import Refused
from engine.feel.runs import ITEM, Run

library = Library()
_FLAGS = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE}
MAX_PATTERN = 1_000
MAX_INPUT = 100_000
"""Characters that a regular expression is matched against, or put in the place of a match."""
PARTS_A_STEP = 16
"""So many pieces of a replacement, put together, count as one step."""
MAX_GROUP_DIGITS = 9
CACHED_PATTERNS = 128
TIMEOUT = 0.1
"""Seconds of processor time for one match; what it may remember to go back to grows by about a megabyte in a
thousandth of a second."""


@library.function("substring(string: string, start position: number, length?: number)")
def substring(string: str, start: Decimal, length: Decimal | None = None) -> str:
    """`length` characters from `start` on, or all the rest; null where they reach outside the string."""
    first = int(start)
    if first == 0:
        raise Refused("the start position is zero")
    if abs(first) > len(string):
        raise Refused("position {position} is out of range", position=start)
    begin = first - 1 if first > 0 else len(string) + first
    if length is None:
        return string[begin:]
    if length < 1:
        raise Refused("the length is less than one")
    if begin + int(length) > len(string):
        raise Refused("the length is out of range")
    return string[begin:begin + int(length)]


@library.function("string length(string: string)")
def string_length(string: str) -> Decimal:
    """The number of characters (code points)."""
    return Decimal(len(string))


@library.function("upper case(string: string)", run=True)
def upper_case(run: Run, string: str) -> str:
    """The string in capitals."""
    run.require(len(string))
    return string.upper()


@library.function("lower case(string: string)", run=True)
def lower_case(run: Run, string: str) -> str:
    """The string in small letters."""
    run.require(len(string))
    return string.lower()


@library.function("substring before(string: string, match: string)")
def substring_before(string: str, match: str) -> str:
    """What stands before the first `match`; empty where there is none."""
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@library.function("substring after(string: string, match: string)")
def substring_after(string: str, match: str) -> str:
    """What stands after the first `match`; empty where there is none."""
    if not match:
        return string
    return string.partition(match)[2]


@library.function("contains(string: string, match: string)")
def contains(string: str, match: str) -> bool:
    """Whether `match` stands anywhere in the string."""
    return match in string


@library.function("starts with(string: string, match: string)")
def starts_with(string: str, match: str) -> bool:
    """Whether the string begins with `match`."""
    return string.startswith(match)


@library.function("ends with(string: string, match: string)")
def ends_with(string: str, match: str) -> bool:
    """Whether the string ends with `match`."""
    return string.endswith(match)


@library.function("matches(input: string, pattern: string, flags?: string)", run=True)
def matches(run: Run, string: str, pattern: str, flags: str | None = None) -> bool:
    """Whether the regular expression matches anywhere in the string. Stopped when it takes too long."""
    compiled = _pattern(run, pattern, flags or "")
    _limit(string)
    try:
        return compiled.search(string, timeout=min(run.remaining(), TIMEOUT)) is not None
    except TimeoutError:
        raise FeelBudgetExceeded("time") from None


@library.function("replace(input: string, pattern: string, replacement: string, flags?: string)", run=True)
def replace(run: Run, string: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    """The string with every match replaced; `$1` stands for a group. Stopped when it takes too long."""
    compiled = _pattern(run, pattern, flags or "")
    _limit(string, replacement)
    _refuse_empty(run, compiled)
    parts: list[str | int] = [replacement] if "q" in (flags or "") else _replacement(replacement, compiled.groups)
    written = sum(len(part) for part in parts if isinstance(part, str))
    times = Counter(part for part in parts if isinstance(part, int))

    def substitute(match: regex.Match[str]) -> str:
        run.spend(1 + len(parts) // PARTS_A_STEP)
        run.produce(written + sum((match.end(group) - match.start(group)) * often for group, often in times.items()))
        found = {group: match[group] or "" for group in times}
        return "".join([found[part] if isinstance(part, int) else part for part in parts])

    try:
        return str(compiled.sub(substitute, string, timeout=min(run.remaining(), TIMEOUT)))
    except TimeoutError:
        raise FeelBudgetExceeded("time") from None


@library.function("split(string: string, delimiter: string)", run=True)
def split(run: Run, string: str, delimiter: str) -> list[str]:
    """The pieces between matches of the delimiter, a regular expression."""
    compiled = _pattern(run, delimiter, "")
    _limit(string)
    _refuse_empty(run, compiled)
    pieces, position = [], 0
    try:
        for match in compiled.finditer(string, timeout=min(run.remaining(), TIMEOUT)):
            run.step()
            run.produce(ITEM + match.start() - position)
            pieces.append(string[position:match.start()])
            position = match.end()
    except TimeoutError:
        raise FeelBudgetExceeded("time") from None
    run.produce(ITEM + len(string) - position)
    return [*pieces, string[position:]]


@library.function("string join(list: list, delimiter?: string | null)", run=True)
def string_join(run: Run, items: list[Any], delimiter: str | None = None) -> str:
    """The strings of the list in one, nulls left out."""
    if any(item is not None and type(item) is not str for item in items):
        raise Refused("the list holds something that is not a string")
    present = [item for item in items if item is not None]
    run.produce(sum(map(len, present)) + len(delimiter or "") * len(present))
    return (delimiter or "").join(present)


def _limit(*texts: str) -> None:
    """Raises: FeelBudgetExceeded for a text too long to be searched for patterns."""
    if any(len(text) > MAX_INPUT for text in texts):
        raise FeelBudgetExceeded("text to match")


def _refuse_empty(run: Run, compiled: regex.Pattern[str]) -> None:
    """Raises: Refused for a pattern that the empty string matches, which XPath neither replaces nor splits at."""
    try:
        if compiled.search("", timeout=min(run.remaining(), TIMEOUT)):
            raise Refused("the pattern matches the empty string")
    except TimeoutError:
        raise FeelBudgetExceeded("time") from None


def _pattern(run: Run, pattern: str, flags: str) -> regex.Pattern[str]:
    """The compiled pattern; what compiling takes is time of the evaluation. Raises: FeelBudgetExceeded, Refused."""
    run.check()
    return _compiled(pattern, flags)


@functools.lru_cache(maxsize=CACHED_PATTERNS)
def _compiled(pattern: str, flags: str) -> regex.Pattern[str]:
    """An XPath regular expression (XQuery and XPath Functions 3.1 §5.6.1); matching it is limited in time.

    Raises: Refused.
    """
    if len(pattern) > MAX_PATTERN:
        raise Refused("the pattern is longer than {limit} characters", limit=MAX_PATTERN)
    if not set(flags) <= {*_FLAGS, "q", "x"}:
        raise Refused("unknown flags {flags!r}", flags=flags)
    options = functools.reduce(lambda one, other: one | other, (_FLAGS[flag] for flag in flags if flag in _FLAGS),
                               regex.V1 | regex.UNICODE)
    text = regex.escape(pattern) if "q" in flags else patterns.translate(pattern, flags)
    if "i" in flags:
        text = f"(?-f:{text})"  # one character for one (F&O §5.6.1.1): "ss" is not "ß", and sets stay small
    try:
        return regex.compile(text, options, cache_pattern=False)
    except RecursionError:
        raise Refused("not a regular expression: {fault}", fault="nested too deeply") from None
    except (regex.error, OverflowError, MemoryError) as fault:
        raise Refused("not a regular expression: {fault}", fault=str(fault)) from None


def _replacement(text: str, groups: int) -> list[str | int]:
    r"""The pieces of a replacement: `$1` is a group, `\$` and `\\` are the characters. Raises: Refused."""
    parts: list[str | int] = []
    for match in regex.finditer(r"\\([$\\])|\$(\d+)|([^$\\]+)|(.)", text, regex.DOTALL):
        if match[4]:
            raise Refused("{text!r} stands alone in the replacement", text=match[4])
        if match[2]:
            parts += _group(match[2], groups)
        else:
            parts.append(match[1] or match[3])
    return parts


def _group(digits: str, groups: int) -> list[str | int]:
    """The longest number that is a group; its other digits are text."""
    for end in range(min(len(digits), MAX_GROUP_DIGITS), 0, -1):
        if int(digits[:end]) <= groups:
            return [int(digits[:end]), *([digits[end:]] if digits[end:] else [])]
    return [digits[1:]]

