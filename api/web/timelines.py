"""Histories as the pages tell them: what happened, when, by whom, in the words of the screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api import language
from api.web import rendering, words
from workflows import dossiers

_SHOWN = frozenset({
    "instance_started", "user_task_completed", "message_received", "timer_fired", "instance_completed",
    "instance_cancelled", "user_task_assigned", "incident_raised", "incident_retried", "incident_corrected",
    "notice_recorded", "withdrawal_requested", "taken_at_counter",
    "register_answered_late", "notice_refused", "clock_alarm", "deemed_consent"})
_FOR_STAFF = frozenset({"user_task_assigned", "incident_raised", "incident_retried", "incident_corrected",
                        "register_answered_late", "notice_refused", "clock_alarm", "deemed_consent"})
_BAD = frozenset({"deemed_consent", "incident_raised", "instance_cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a timeline."""

    title: str
    at: datetime
    look: str = ""
    """`current`, `bad` or `ahead`; empty for what is done."""
    by: str = ""
    text: str = ""
    until: datetime | None = None


def of_stages(stages: Sequence[dossiers.TrackedStage], state: str) -> list[Entry]:
    """The stages of a tracked application, oldest first; the last one is where it stands."""
    bad = state in {"REJECTED", "LAPSED", "WITHDRAWN", "CANCELLED"}
    return [Entry(title=words.known(f"state.{stage.stage}"), at=stage.at, until=stage.until,
                  look=("bad" if bad else "" if state == "ISSUED" else "current") if place == len(stages) else "")
            for place, stage in enumerate(stages, start=1)]


def of_history(entries: Sequence[dossiers.TimelineEntry], *, staff: bool) -> list[Entry]:
    """What happened to an application, newest first; the applicant sees what concerns the application itself."""
    return [_entry(one) for one in reversed(entries)
            if one.kind in _SHOWN and (staff or one.kind not in _FOR_STAFF)]


def present(application: dossiers.Application) -> list[Entry]:
    """Where an open application stands now, as the first line of its history."""
    if application.ended_at is not None:
        return []
    return [Entry(title=words.known(f"state.{application.state}"), at=application.updated_at, look="current",
                  by=rendering.holder_name(application))]


def _entry(one: dossiers.TimelineEntry) -> Entry:
    fa = language.language() == "fa"
    name = one.element_name if fa else one.element_name_en or one.element_name
    kind = words.known(f"history.{one.kind}", otherwise=one.kind)
    return Entry(title=f"{kind}: {name}" if name and one.kind != "instance_started" else kind, at=one.at,
                 by=_person(one.actor), text=one.reason or "", look="bad" if one.kind in _BAD else "")


def _person(actor: str | None) -> str:
    if actor is None:
        return ""
    if actor in {"APPLICANT", "STAFF", "SYSTEM"}:
        return words.t(f"actor.{actor}")
    return actor
