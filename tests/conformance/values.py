"""FEEL values in one comparable form, whether written in a test file or given by the engine.

The engine's equality is not asked: a value of the engine is told by its kind and by the text it is written with, so an
engine that takes two different values for the same cannot score by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine import feel

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
DIGITS = Context(prec=34)
_CLOCK = r"(\d\d):(\d\d):(\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d(?::\d\d)?|@[\w/+-]+)?"
_TIME = re.compile(_CLOCK, re.ASCII)
_MOMENT = re.compile(rf"(-?\d{{4,}})-(\d\d)-(\d\d)T{_CLOCK}", re.ASCII)
_DATE = re.compile(r"(-?\d{4,})-(\d\d)-(\d\d)", re.ASCII)
_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
_DAYS = re.compile(r"(-?)P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)
_NUMBERS = frozenset({"decimal", "double", "float", "integer", "int", "long", "short", "byte", "nonNegativeInteger",
                      "positiveInteger", "unsignedInt", "unsignedLong"})
_TEMPORAL = {"date": "date", "time": "time", "dateTime": "date and time", "duration": None,
             "dayTimeDuration": "days and time duration", "yearMonthDuration": "years and months duration"}


class BadValue(ValueError):
    """A test file holds a value that cannot be read."""


@dataclass(frozen=True, slots=True)
class Value:
    """A FEEL value: its kind, a content that is equal when the values are, and how it is written."""

    kind: str
    content: Any
    text: str

    def __str__(self) -> str:
        return f"{self.text} ({self.kind})" if self.kind not in {"null", "list", "context"} else self.text


NULL = Value("null", None, "null")


def of_engine(value: Any) -> Value:
    """The comparable form of a value that the engine gave."""
    kind = feel.kind(value)
    if kind == "null":
        return NULL
    if kind == "list":
        items = [of_engine(item) for item in value]
        return _list(items)
    if kind == "context":
        return _context({key: of_engine(item) for key, item in value.items()})
    text = feel.to_string(value)
    if kind in {"number", "string", "boolean"}:
        return Value(kind, value, text)
    if text.startswith('@"') and kind in _READERS:
        written = text[2:-1]
        return Value(kind, _READERS[kind](written), written)
    return Value(kind, text, text)


def of_xml(element: Any) -> Value:
    """The comparable form of what a test file holds: a `value`, a `list` or `component`s inside `element`."""
    if _is_nil(element):
        return NULL
    children = [child for child in element if isinstance(child.tag, str)]
    tags = {_local(child) for child in children}
    if tags == {"component"}:
        names = [_spoken(child) for child in children]
        if len(set(names)) < len(names):
            raise BadValue(f"line {element.sourceline}: two components have one name")
        return _context(dict(zip(names, map(of_xml, children), strict=True)))
    if len(children) == 1 and tags == {"list"}:
        items = [item for item in children[0] if isinstance(item.tag, str)]
        if {_local(item) for item in items} - {"item"}:
            raise BadValue(f"line {children[0].sourceline}: a list holds items")
        return NULL if _is_nil(children[0]) else _list([of_xml(item) for item in items])
    if len(children) == 1 and tags == {"value"} and not len(children[0]):
        return _simple(children[0])
    raise BadValue(f"line {element.sourceline}: one value, one list or components must stand here")


def to_engine(value: Value) -> Any:
    """The engine's own value for one of a test file; temporal ones are read by the engine."""
    if value.kind == "list":
        return [to_engine(item) for item in value.content]
    if value.kind == "context":
        return {key: to_engine(item) for key, item in value.content.items()}
    if value.kind not in _READERS:
        return value.content
    made = feel.evaluate(f'@"{value.text}"')
    if made is None:
        raise BadValue(f"the engine reads no {value.kind} from {value.text}")
    return made


def difference(found: Value, expected: Value, at: str = "") -> str:
    """Where and how a value of the engine differs from one of a test file, in words; empty when they are equal."""
    if found.kind == expected.kind == "list" and len(found.content) == len(expected.content):
        pairs = enumerate(zip(found.content, expected.content, strict=True), 1)
        return next((said for place, (a, b) in pairs if (said := difference(a, b, f"{at}[{place}]"))), "")
    if found.kind == expected.kind == "context" and found.content.keys() == expected.content.keys():
        return next((said for key, item in found.content.items()
                     if (said := difference(item, expected.content[key], f"{at}.{key}" if at else key))), "")
    is_scalar = found.kind not in {"list", "context"}
    if found.kind == expected.kind and is_scalar and (
            found.content == expected.content or (found.kind == "number" and _rounded(found.content, expected))):
        return ""
    return f"{at}: {found}, not {expected}" if at else f"{found}, not {expected}"


def _rounded(found: Decimal, expected: Value) -> bool:
    """Whether a number of a test file stands for this one, rounded.

    Test files hold results of double arithmetic, some of them cut. A number written with 8 decimals or more stands for
    what rounds or is cut to it, and, with 15 to 17 digits, for what is less than 10^-12 of its size away. All others
    are exact.
    """
    sign, digits, exponent = Decimal(expected.text).as_tuple()
    del sign
    if not isinstance(exponent, int) or exponent > -8 or len(digits) > 17:
        return False
    away, unit = abs(found - expected.content), Decimal(1).scaleb(exponent)
    is_cut = abs(expected.content) <= abs(found) and found * expected.content >= 0
    return bool(away <= unit / 2 or (is_cut and away < unit)
                or (len(digits) >= 15 and away < abs(expected.content) * Decimal("1e-12")))


def _simple(element: Any) -> Value:
    if _is_nil(element):
        return NULL
    text = element.text or ""
    type_ = (element.get(f"{XSI}type") or "string").rpartition(":")[2]
    if type_ in {"string", "anySimpleType", "anyURI", "normalizedString", "token"}:
        return Value("string", text, feel.to_string(text))
    text = text.strip()
    if type_ == "boolean" and text in {"true", "false", "1", "0"}:
        return Value("boolean", text in {"true", "1"}, text)
    if type_ in _NUMBERS:
        try:
            number = DIGITS.plus(Decimal(text))
        except InvalidOperation:
            raise BadValue(f"line {element.sourceline}: {text!r} is no number") from None
        return Value("number", number, text)
    if type_ in _TEMPORAL:
        is_months = _MONTHS.fullmatch(text) is not None
        kind = _TEMPORAL[type_] or ("years and months duration" if is_months else "days and time duration")
        return Value(kind, _READERS[kind](text), text)
    raise BadValue(f"line {element.sourceline}: {text!r} is no value of type {type_}")


def _list(items: list[Value]) -> Value:
    return Value("list", items, "[" + ", ".join(map(str, items)) + "]")


def _context(entries: Mapping[str, Value]) -> Value:
    return Value("context", dict(entries), "{" + ", ".join(f"{key}: {item}" for key, item in entries.items()) + "}")


def _is_nil(element: Any) -> bool:
    return (element.get(f"{XSI}nil") or "").strip() in {"true", "1"}


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _spoken(element: Any) -> str:
    return " ".join(str(element.get("name") or "").split())


def _date(text: str) -> tuple[int, int, int]:
    year, month, day = _match(_DATE, text, "date").groups()
    return int(year), int(month), int(day)


def _time(text: str) -> tuple[Any, ...]:
    """Without a zone the local seconds of the day; with an offset the seconds of the day in UTC."""
    hour, minute, second, zone = _match(_TIME, text, "time").groups()
    seconds = int(hour) * 3600 + int(minute) * 60 + Decimal(second)
    if zone is None:
        return "local", seconds
    offset = _offset(zone)
    return ("zone", zone, seconds) if offset is None else ("utc", (seconds - offset) % 86_400)


def _moment(text: str) -> tuple[Any, ...]:
    """Without a zone the local seconds; with one the seconds in UTC."""
    year, month, day, hour, minute, second, zone = _match(_MOMENT, text, "date and time").groups()
    seconds = (_days(int(year), int(month), int(day)) * 86_400 + int(hour) * 3600 + int(minute) * 60 + Decimal(second))
    if zone is None:
        return "local", seconds
    offset = _offset(zone)
    if offset is None:
        offset = _zone_offset(zone, int(year), int(month), int(day), int(hour), int(minute))
    return "utc", seconds - offset


def _days(year: int, month: int, day: int) -> int:
    """Days since 0000-03-01 in the proleptic Gregorian calendar, for any year."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year


def _offset(zone: str) -> int | None:
    """Seconds east of UTC, or None for a named zone other than UTC."""
    if zone in {"Z", "@UTC", "@Etc/UTC", "@GMT"}:
        return 0
    if zone.startswith("@"):
        return None
    parts = [int(part) for part in zone[1:].split(":")] + [0]
    return (parts[0] * 3600 + parts[1] * 60 + parts[2]) * (-1 if zone[0] == "-" else 1)


def _zone_offset(zone: str, year: int, month: int, day: int, hour: int, minute: int) -> int:
    """The named zone's offset at that local time; years that Python lacks borrow one 400 years apart."""
    while year > 9000:
        year -= 400
    while year < 1000:
        year += 400
    try:
        found = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone[1:])).utcoffset()
    except (ValueError, ZoneInfoNotFoundError):
        raise BadValue(f"{zone} is no time zone") from None
    return int((found or timedelta(0)).total_seconds())


def _months(text: str) -> int:
    sign, years, months = _match(_MONTHS, text, "years and months duration").groups()
    return (int(years or 0) * 12 + int(months or 0)) * (-1 if sign else 1)


def _seconds(text: str) -> Decimal:
    sign, days, hours, minutes, seconds = _match(_DAYS, text, "days and time duration").groups()
    total = int(days or 0) * 86_400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + Decimal(seconds or 0)
    return -total if sign else total


def _match(pattern: re.Pattern[str], text: str, kind: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if not found:
        raise BadValue(f"{text!r} is no {kind}")
    return found


_READERS = {"date": _date, "time": _time, "date and time": _moment, "years and months duration": _months,
            "days and time duration": _seconds}
