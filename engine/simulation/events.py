"""The events of a dry run, read and checked one by one: what may happen to a diagram from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

from engine import errors, feel
from engine.spiff import runner, timers

VERBS = {
    "complete": {"variables", "item", "error"},
    "message": {"correlation", "variables"},
    "signal": {"variables"},
    "advance": set[str](),
    "anchor": set[str](),
    "retry": {"variables"},
    "trigger": {"variables"},
    "choose": set[str](),
}
"""What an event may be called, and what else may stand in it."""
_MAPPINGS = frozenset({"variables"})


class BadEvent(errors.DomainError):
    """events[{index}]: {reason}."""

    fa = "events[{index}]: {reason_fa}."

    def message(self, language: str = "en") -> str:
        """The message; the index stays in the digits in which a program counts."""
        if language == "fa":
            return self.fa.format(index=str(self.facts["index"]), reason_fa=self.facts["reason_fa"])
        return super().message(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: its verb, what the verb is about, and what comes with it."""

    index: int
    verb: str
    subject: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    correlation: str | None = None
    error: str | None = None
    item: Any = None
    has_item: bool = False
    flows: Sequence[str] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    """The event as it was given."""

    def refused(self, reason: str, reason_fa: str) -> BadEvent:
        """The error that says why the event cannot be applied."""
        return BadEvent(index=self.index, reason=reason, reason_fa=reason_fa)

    def until(self, now: datetime) -> datetime:
        """The moment to which an `advance` moves the clock.

        Raises:
            BadEvent: it is no ISO 8601 duration, runs backwards or leaves the calendar.
        """
        reason, reason_fa = "", ""
        try:
            if not timers.is_duration(self.subject):
                raise timers.TimerError("it is no duration")
            moment = timers.due(self.subject, anchor=now, evaluate=_never).at
            if moment >= now:
                return moment
            reason, reason_fa = "a clock does not run backwards", "ساعت به عقب برنمی‌گردد"
        except timers.TimerError as error:
            reason = f"advance {self.subject!r} is no ISO 8601 duration such as P3D or PT2H ({error})"
            reason_fa = f"مقدار advance یعنی {self.subject!r} مدت ISO 8601 مانند P3D یا PT2H نیست"
        raise self.refused(reason, reason_fa)


def _never(text: str) -> Any:
    raise timers.TimerError(f"{text} is no literal")


def read(given: Any) -> list[Event]:
    """The events of a list of JSON objects; numbers and the like may be FEEL values already.

    Raises:
        BadEvent: an entry is no event; nothing is applied then.
    """
    if not isinstance(given, list | tuple):
        raise BadEvent(index=0, reason='the events are no list, such as [{"complete": "check"}]',
                       reason_fa='رویدادها فهرست نیستند، مانند [{"complete": "check"}]')
    return [_event(index, entry) for index, entry in enumerate(given)]


def _event(index: int, entry: Any) -> Event:
    listed = ", ".join(VERBS)
    if not isinstance(entry, Mapping):
        raise BadEvent(index=index, reason=f"it is no object with one of: {listed}",
                       reason_fa=f"شیئی با یکی از این‌ها نیست: {listed}")
    verbs = [key for key in entry if key in VERBS]
    if len(verbs) != 1:
        raise BadEvent(index=index, reason=f"it needs exactly one of: {listed}",
                       reason_fa=f"باید درست یکی از این‌ها را داشته باشد: {listed}")
    [verb] = verbs
    strange = sorted(str(key) for key in entry if key != verb and key not in VERBS[verb])
    if strange:
        raise BadEvent(index=index, reason=f"{verb} takes no {', '.join(strange)}",
                       reason_fa=f"رویداد {verb} این را نمی‌پذیرد: {', '.join(strange)}")
    subject, flows = _subject(index, verb, entry[verb])
    variables = entry.get("variables", {})
    if not isinstance(variables, Mapping):
        raise BadEvent(index=index, reason="variables are an object of names and values",
                       reason_fa="variables شیئی از نام‌ها و مقدارهاست")
    correlation = entry.get("correlation")
    if correlation is not None and not isinstance(correlation, str):
        correlation = feel.to_string(feel.from_json(correlation))
    code = entry.get("error")
    if code is not None and (not isinstance(code, str) or not code or verb != "complete"):
        raise BadEvent(index=index, reason="error is the code of a BPMN error, a text",
                       reason_fa="error کد خطای BPMN و متن است")
    return Event(index=index, verb=verb, subject=subject, variables=dict(variables), correlation=correlation,
                 error=code, item=entry.get("item"), has_item="item" in entry, flows=flows,
                 given=entry)


def _subject(index: int, verb: str, value: Any) -> tuple[str, Sequence[str]]:
    flows = list(value) if verb == "choose" and isinstance(value, list | tuple) else [value]
    if not flows or not all(isinstance(each, str) and each for each in flows):
        raise BadEvent(index=index, reason=f"{verb} names nothing: a text is needed",
                       reason_fa=f"{verb} چیزی را نام نمی‌برد: متن لازم است")
    return flows[0], flows


def ending(kind: str, wait: runner.Waiting, now: datetime) -> Mapping[str, Any] | None:
    """What to append to the events so that the wait ends."""
    match kind:
        case "user_task" | "service_task":
            return {"complete": wait.element_id}
        case "message":
            key = {} if wait.correlation_key is None else {"correlation": wait.correlation_key}
            return {"message": wait.message_name, **key}
        case "signal":
            return {"signal": wait.message_name}
        case "timer" if wait.due_at is None and wait.anchor_name is not None:
            return {"anchor": wait.anchor_name}
        case "timer" if wait.due_at is not None:
            return {"advance": f"PT{max(0, ceil((wait.due_at - now).total_seconds()))}S"}
    return None
