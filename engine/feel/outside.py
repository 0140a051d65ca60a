"""Values from outside: what a Python caller hands in, made into FEEL values before an expression reads them.

An expression trusts what it reads, so nothing gets past here that FEEL does not have. What it has in another form is
converted: numbers to Decimal of 34 digits, subclasses to the type itself, foreign time zones to their offset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel import numerals, temporals, timeline
from engine.feel.errors import FeelTypeError
from engine.feel.values import CONTAINERS, MAX_NESTING, SCALARS, Function, Range, YearsMonths
from engine.feel.wide import WideMoment, WideTime

MAX_ITEMS = 500_000
"""Items and entries of all lists and contexts that are taken over at once; one in several places counts once."""
LARGEST_BITS = 20_414
"""An int of more bits has no number in FEEL; to make a Decimal of it would take time that grows with the square."""
PLAIN = SCALARS - {Decimal, Range, YearsMonths, datetime, time, WideMoment, WideTime}
"""Types of which every value is a FEEL value as it is."""
_OPEN = object()


class Conversion:
    """Takes over values of one caller; parts that they share are converted once and stay shared."""

    def __init__(self) -> None:
        self._left = MAX_ITEMS
        self._seen: dict[int, tuple[Any, Any, int]] = {}
        """By identity of a list or mapping: itself, so that no other gets its identity; what became of it; its height,
        which is 1 where it holds none."""
        self._height = 0

    def named(self, name: str, value: Any) -> Any:
        """The value of the variable `name`. Raises as `from_python` does, naming the variable."""
        try:
            return self(value)
        except FeelTypeError as refused:
            raise refused.within(f".{name}") from None

    def __call__(self, value: Any, depth: int = 0) -> Any:
        kind = type(value)
        if kind in PLAIN:
            return value
        if isinstance(value, (Decimal, int, float)):
            return _number(value)
        if isinstance(value, (Mapping, list, tuple)):
            return self._container(value, depth)
        for base, convert in _CONVERTED:
            if isinstance(value, base):
                return convert(value)
        if isinstance(value, Function):
            return value
        raise FeelTypeError(f"{kind.__name__} is not a FEEL value", f"«{kind.__name__}» مقدار FEEL نیست")

    def _container(self, value: Any, depth: int) -> Any:
        _, taken, height = self._seen.get(id(value), (None, None, 1))
        if taken is _OPEN:
            raise FeelTypeError("the value contains itself", "مقدار خودش را در بر دارد")
        if depth + height - 1 > MAX_NESTING:
            raise FeelTypeError(f"the value is nested deeper than {MAX_NESTING}",
                                f"مقدار بیش از {MAX_NESTING} لایه تو در تو است")
        if taken is None:
            self._count(len(value))
            around, self._height = self._height, 0
            self._seen[id(value)] = value, _OPEN, 1
            taken = self._context(value, depth + 1) if isinstance(value, Mapping) else self._list(value, depth + 1)
            height = self._height + 1
            self._seen[id(value)] = value, taken, height
            self._height = around
        self._height = max(self._height, height)
        return taken

    def _list(self, items: Sequence[Any], depth: int) -> list[Any]:
        taken: list[Any] = []
        try:
            taken.extend(item if type(item) in PLAIN else self(item, depth) for item in items)
        except FeelTypeError as refused:
            raise refused.within(f"[{len(taken) + 1}]") from None
        return taken

    def _context(self, entries: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        taken: dict[str, Any] = {}
        for key, item in entries.items():
            name = str.__str__(key) if isinstance(key, str) else str(key)
            try:
                if name in taken:
                    raise FeelTypeError("two keys have the same text", "دو کلید یک متن دارند")
                taken[name] = item if type(item) in PLAIN else self(item, depth)
            except FeelTypeError as refused:
                raise refused.within(f".{name}") from None
        return taken

    def _count(self, items: int) -> None:
        self._left -= items
        if self._left < 0:
            raise FeelTypeError(f"the values have more than {MAX_ITEMS:,} items in all",
                                f"مقدارها روی هم بیش از {MAX_ITEMS:,} عضو دارند")


def from_python(value: Any) -> Any:
    """`value` as a FEEL value, all the way down; where it is one already it stays as it is.

    Numbers become Decimal of 34 digits (halves to even, what is too small zero; a float counts as the number it
    prints), tuples lists, mappings dicts with text keys, enumerations and other subclasses of `str`, `date`, `time`,
    `datetime` and `timedelta` the type itself, and a time zone that is neither a `timezone` nor a named `ZoneInfo` its
    offset then. What `value` shares the result shares.

    Raises: FeelTypeError, which is a TypeError, for anything else: a type that FEEL does not have; a number that is
    infinite, NaN or too large; an offset beyond 18 hours; lists and contexts that contain themselves, are nested deeper
    than MAX_NESTING or have more than MAX_ITEMS items in all.
    """
    return Conversion()(value)


def _number(value: Decimal | float) -> Decimal:
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        number = None
    else:
        number = numerals.rounded(float.__repr__(value) if isinstance(value, float) else value)
    if number is None:
        raise FeelTypeError("a number is infinite, none or too large for FEEL",
                            "عدد بی‌نهایت است، عدد نیست یا برای FEEL بیش از اندازه بزرگ است")
    return number


def _moment(value: datetime) -> datetime:
    plain = datetime(value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond,
                     _place(value), fold=value.fold)
    return value if type(value) is datetime and plain.tzinfo is value.tzinfo else plain


def _clock(value: time) -> time:
    plain = time(value.hour, value.minute, value.second, value.microsecond, _place(value), fold=value.fold)
    return value if type(value) is time and plain.tzinfo is value.tzinfo else plain


def _wide(value: Any) -> Any:
    if value.tzinfo is not None:
        _place(value)
    return value


def _place(value: Any) -> Any:
    """The zone of a value: none, one of a name, or an offset. Raises: FeelTypeError."""
    zone = value.tzinfo
    if zone is None or (type(zone) is ZoneInfo and zone.key):
        return zone
    if not isinstance(value, (datetime, time)) and type(zone) is not timezone:
        raise FeelTypeError("a time zone is neither an offset nor one of a name", "منطقه زمانی نام یا فاصله ندارد")
    distance = value.utcoffset() if isinstance(value, (datetime, time)) else zone.utcoffset(None)
    if distance is None:
        return None
    fixed = temporals.fixed_zone(distance)
    if fixed is None:
        raise FeelTypeError("an offset from UTC is beyond 18 hours or has parts of a second",
                            "فاصله از UTC بیش از ۱۸ ساعت است یا کسر ثانیه دارد")
    return zone if fixed == zone else fixed


def _months(value: YearsMonths) -> YearsMonths:
    if type(value.months) is not int or timeline.months_of(value.months) is None:
        raise FeelTypeError("a duration is not a whole number of months or beyond 10^18 of them",
                            "شمار ماه‌های مدت عدد درست نیست یا از ۱۰^۱۸ بیشتر است")
    return value


def _range(value: Range) -> Range:
    """The range with ends that are FEEL values. Raises: FeelTypeError for ends that have parts of their own."""
    start, end = (Conversion().named(name, getattr(value, name)) for name in ("start", "end"))
    if any(type(each) in CONTAINERS or type(each) is Range or isinstance(each, Function) for each in (start, end)):
        raise FeelTypeError("an end of a range is a list, context, range or function",
                            "سر بازه فهرست، ساختار، بازه یا تابع است")
    if all(type(mine) is type(given) and mine == given for mine, given in ((start, value.start), (end, value.end))):
        return value
    return Range(start=start, end=end, start_included=value.start_included, end_included=value.end_included,
                 operator=value.operator)


_CONVERTED: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (str, str.__str__), (datetime, _moment), (date, lambda value: date(value.year, value.month, value.day)),
    (time, _clock), ((WideMoment, WideTime), _wide), (Range, _range), (YearsMonths, _months),
    (timedelta, lambda value: timedelta(value.days, value.seconds, value.microseconds)),
)
