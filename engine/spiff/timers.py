"""When a timer fires: ISO 8601 literals, FEEL values, repetition (BPMN 2.0.2 §10.5.5.1, `timerEventDefinition`)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Any

from engine import feel

_N = r"\d{1,9}"
_DURATION = (rf"(?P<sign>-)?P(?=\d|T\d)(?:(?P<years>{_N})Y)?(?:(?P<months>{_N})M)?(?:(?P<weeks>{_N})W)?"
             rf"(?:(?P<days>{_N})D)?"
             rf"(?:T(?=\d)(?:(?P<hours>{_N})H)?(?:(?P<minutes>{_N})M)?(?:(?P<seconds>{_N}(?:\.{_N})?)S)?)?")
_MOMENT = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
_IS_DURATION = re.compile(_DURATION)
_IS_MOMENT = re.compile(_MOMENT)
_IS_CYCLE = re.compile(rf"R(?P<count>\d{{0,9}})/(?:(?P<start>{_MOMENT})/)?(?P<every>.+)")


class TimerError(ValueError):
    """The timer's value is no moment, duration or repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """Calendar months and exact time."""

    months: int = 0
    exact: timedelta = timedelta(0)

    def after(self, moment: datetime) -> datetime:
        """The moment this much later; a day that the month lacks becomes its last day."""
        if self.months:
            count = moment.year * 12 + moment.month - 1 + self.months
            year, month = divmod(count, 12)
            if not 1 <= year <= 9999:
                raise OverflowError("year out of range")
            day = min(moment.day, monthrange(year, month + 1)[1])
            moment = moment.replace(year=year, month=month + 1, day=day)
        return moment + self.exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The next moment of a timer and, for a repetition, what follows it."""

    at: datetime
    every: Duration | None = None
    left: int | None = None
    """How often it fires still, the next time included; None means without end."""


def is_literal(text: str) -> bool:
    """Whether the text is ISO 8601 and no FEEL."""
    cycle = _IS_CYCLE.fullmatch(text)
    return bool(_IS_DURATION.fullmatch(text) or _IS_MOMENT.fullmatch(text)
                or (cycle and _IS_DURATION.fullmatch(cycle["every"])))


def is_duration(text: str) -> bool:
    """Whether the text is an ISO 8601 duration."""
    return _IS_DURATION.fullmatch(text) is not None


def due(text: str, *, anchor: datetime, evaluate: Callable[[str], Any], is_cycle: bool = False) -> Due:
    """When a timer with this text, counting from `anchor`, fires; all moments come out in UTC. A cycle has a
    repetition, and nothing else has one.

    A FEEL text may yield a date and time, a duration (counted from the anchor) or a text in ISO 8601. A date counts
    from its midnight, a local time as UTC.

    Raises:
        TimerError: the value is none of those.
    """
    value = text if is_literal(text) else evaluate(text)
    try:
        found = _from_text(value, anchor) if isinstance(value, str) else Due(at=_moment(value, anchor))
    except OverflowError as error:
        raise TimerError("the moment is beyond the calendar") from error
    if is_cycle and found.every is None:
        raise TimerError("a cycle needs a repetition such as R3/P1D")
    if not is_cycle and found.every is not None:
        raise TimerError("only a cycle repeats")
    return found


def _from_text(text: str, anchor: datetime) -> Due:
    cycle = _IS_CYCLE.fullmatch(text)
    if cycle is not None:
        every = _duration(cycle["every"])
        if every.after(anchor) <= anchor:
            raise TimerError("a repetition needs a duration above zero")
        first = _utc(datetime.fromisoformat(cycle["start"])) if cycle["start"] else every.after(anchor)
        return Due(at=first, every=every, left=int(cycle["count"]) if cycle["count"] else None)
    if _IS_MOMENT.fullmatch(text):
        try:
            return Due(at=_utc(datetime.fromisoformat(text)))
        except ValueError as error:
            raise TimerError("the calendar has no such moment") from error
    return Due(at=_duration(text).after(anchor))


def _duration(text: str) -> Duration:
    found = _IS_DURATION.fullmatch(text)
    if found is None:
        raise TimerError("the text is no ISO 8601 moment, duration or repetition")
    part = {name: value or "0" for name, value in found.groupdict().items() if name != "sign"}
    sign = -1 if found["sign"] else 1
    exact = timedelta(weeks=int(part["weeks"]), days=int(part["days"]), hours=int(part["hours"]),
                      minutes=int(part["minutes"]), seconds=float(part["seconds"]))
    return Duration(months=sign * (int(part["years"]) * 12 + int(part["months"])), exact=sign * exact)


def _moment(value: Any, anchor: datetime) -> datetime:
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, timedelta):
        return anchor + value
    if isinstance(value, feel.WideSpan):
        return anchor + timedelta(microseconds=value.nanos // 1000)
    if isinstance(value, feel.WideMoment) and MINYEAR <= value.year <= MAXYEAR:
        return _utc(datetime(value.year, value.month, value.day, value.hour, value.minute, value.second,
                             value.nanosecond // 1000, value.tzinfo, fold=value.fold))
    if isinstance(value, feel.WideMoment | feel.WideDate):
        raise TimerError("the moment is beyond the calendar")
    if isinstance(value, feel.YearsMonths):
        return Duration(months=value.months).after(anchor)
    if feel.kind(value) == "date":
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise TimerError(f"a date and time or a duration is needed, not {feel.kind(value)}")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
