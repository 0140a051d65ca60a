"""What the catalogue knows of a service, and how the facts of its form are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Registers = Literal["NEW", "RENEWED", "RELOCATED", "TRANSFERRED", "DUPLICATED", "NOTHING"]
"""What an issued application does to the register: a new licence for a new office; the licence with a later expiry; the
licence for another place; the licence for another holder; the same licence once more; or nothing by itself.
"""
Facts = Callable[[Mapping[str, Any], date, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One licence service."""

    key: str
    letters: str
    """Of the file number."""
    name: str
    name_en: str
    process: str
    form_key: str
    licence_kinds: tuple[str, ...]
    """The kinds of licence it creates, or is about."""
    registers: Registers
    facts: Facts
    """The form's data, the day of submission, and what the register said of the licence on that day (empty without
    one) -> the facts the process decides by.
    """
    subject: tuple[str, ...] = ()
    """Fields that together may be asked for once at a time; a service about a licence is asked for once per licence."""
    measured: Mapping[str, str] = field(default_factory=dict)
    """Fact -> the variable with what a visit measured; from then on no correction of the form changes the fact."""
    about_licence: bool = False
    """Whether it is about a licence of the register, which the application names."""
    rule_suffix: str = "create"
    """Of the keys of its own rules: `inquiries_create`, `fee_create`, `issuer_create`."""
    licence_states: tuple[str, ...] = ("ACTIVE",)
    """Of a service about a licence: the states in which it may be asked for."""
    asked_anew: tuple[str, ...] = ()
    """Of a service about a licence: the fields that are not filled in from the register."""
    excludes: tuple[str, ...] = ()
    """Services of which none may be open for the same licence."""
    followed_by: str = ""
    """The service that the holder is told of when this one has issued its licence."""
    offered: bool = True
    """Whether it is offered until an administrator says otherwise; False for what rests on grade D alone."""

    def rule(self, name: str) -> str:
        """The key of one of its own rules, such as `inquiries` or `fee`."""
        return f"{name}_{self.rule_suffix}"


def as_number(value: Any) -> Decimal | None:
    """A JSON number as a decimal; None stays None."""
    return None if value is None or isinstance(value, bool) or value == "" else Decimal(str(value))


def as_date(value: Any) -> date | None:
    """A date, or the ISO text of one; anything else is None."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
