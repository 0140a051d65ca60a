"""Errors the product raises on purpose. Each has a stable `code`, facts, and a message in Persian and English.

The English message is the first line of the class's docstring, the Persian one is `fa`; both are `str.format`
templates over the facts. HTTP maps the categories once: NotFound 404, Conflict 409, StaleVersion 412, Invalid 422,
Forbidden 403, LimitReached 429, Unavailable 503.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from engine import nouns
from engine.values import Problem

_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


class DomainError(Exception):
    """The request could not be carried out."""

    fa: ClassVar[str] = "درخواست انجام نشد."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message("en"))

    @property
    def code(self) -> str:
        """The stable name of the error: the class name in snake_case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def message(self, language: str = "en") -> str:
        """The message in `language` (`fa` or `en`) with the facts filled in; a missing fact shows as an ellipsis."""
        if language == "fa":
            counts = {name: str(fact).translate(_PERSIAN) for name, fact in self.facts.items()
                      if isinstance(fact, int) and not isinstance(fact, bool)}
            return self.fa.format_map(_Facts({**self.facts, **counts}))
        return (type(self).__doc__ or "").strip().splitlines()[0].format_map(_Facts(self.facts))


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


class NotFound(DomainError):
    """There is no {what} {id}."""

    fa = "{what_fa} {id} پیدا نشد."

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts, what_fa=nouns.PERSIAN.get(facts["what"], facts["what"]))


class LimitReached(DomainError):
    """Too many attempts."""

    fa = "تلاش بیش از اندازه."


class Conflict(DomainError):
    """The present state does not allow this."""

    fa = "وضعیت کنونی این کار را اجازه نمی‌دهد."


class StaleVersion(DomainError):
    """Someone changed this in the meantime (version is {current}, you sent {given}); load it again."""

    fa = "در این میان تغییری ثبت شده است (نسخه {current} است، شما {given} فرستادید)؛ دوباره بارگذاری کنید."


IfMatch = int | frozenset[int] | None
"""The versions a command may find: one, any of several, or whichever stands (None)."""


def require_version(current: int, given: IfMatch) -> None:
    """Pass when `current` is among the versions the command was meant for. Raises: StaleVersion."""
    if given is None or current == given or (isinstance(given, frozenset) and current in given):
        return
    versions = [given] if isinstance(given, int) else sorted(given)
    named = versions[0] if len(versions) == 1 else ", ".join(map(str, versions)) or "—"
    raise StaleVersion(current=current, given=named)


class Forbidden(DomainError):
    """You may not do this: {reason}."""

    fa = "اجازه این کار را ندارید: {reason}."


class Unavailable(DomainError):
    """The service is busy or a part of it does not answer; try again in a moment."""

    fa = "سامانه یا بخشی از آن در دسترس نیست؛ چند لحظه دیگر دوباره تلاش کنید."


class Invalid(DomainError):
    """The input has faults: {summary}"""

    fa = "ورودی نادرست است: {summary}"

    def __init__(self, problems: Sequence[Problem], **facts: Any) -> None:
        self.problems = tuple(problems)
        super().__init__(summary="; ".join(f"{p.where}: {p.what}" for p in self.problems[:5]), **facts)

    def message(self, language: str = "en") -> str:
        if language == "fa":
            return self.fa.format(summary="؛ ".join(f"{p.where}: {p.what_fa or p.what}" for p in self.problems[:5]))
        return super().message(language)


class TaskAlreadyCompleted(Conflict):
    """This user task has ended already."""

    fa = "این کار پیش‌تر پایان یافته است."


class TaskHeldByAnother(Conflict):
    """Another person holds this user task."""

    fa = "این کار در دست شخص دیگری است."


class InstanceEnded(Conflict):
    """This process instance has ended."""

    fa = "این فرایند پایان یافته است."


class InstanceSuspended(Conflict):
    """This process instance is suspended; resume it first."""

    fa = "این فرایند متوقف شده است؛ نخست آن را ادامه دهید."


class InstanceBusy(Conflict):
    """This process instance is being advanced by the same transaction."""

    fa = "این فرایند هم‌اکنون در همین تراکنش در حال پیش رفتن است."


class DeploymentRaced(Conflict):
    """Another deployment was made at the same moment; try again."""

    fa = "هم‌زمان استقرار دیگری انجام شد؛ دوباره تلاش کنید."


class NoReceiver(Conflict):
    """Nothing waits for the message {name} with this correlation key."""

    fa = "هیچ فرایندی در انتظار پیام {name} با این کلید نیست."


class BpmnError(Exception):
    """Raised by a handler: a BPMN error with `error_code` that a boundary event may catch (BPMN 2.0.2 §10.5.6)."""

    def __init__(self, error_code: str, message: str = "") -> None:
        self.error_code = error_code
        super().__init__(message or error_code)


class HandlerFailed(Exception):
    """A handler or a decision called by an element failed; becomes an incident.

    `kind` is the incident's kind; the message names no variable and no person.
    """

    def __init__(self, message: str, *, kind: str = "handler", hint: str = "") -> None:
        self.kind = kind
        self.hint = hint
        super().__init__(message)


class RetryLater(Exception):
    """Raised by a handler: nothing is wrong yet, run the job again after `after`."""

    def __init__(self, after: timedelta, message: str = "") -> None:
        self.after = after
        super().__init__(message)
