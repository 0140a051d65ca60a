"""What services about a licence count by: the Jalali months and days that its validity has left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from workflows import calendar
from workflows.services.entry import as_date


def facts(on: date, licence: Mapping[str, Any]) -> dict[str, Any]:
    """The state of the licence on the day of submission and the time it had left; None where there is no licence."""
    expires = as_date(licence.get("expires_on"))
    return {
        "licence_kind": licence.get("kind"), "licence_state": licence.get("state"), "expires_on": expires,
        "open_violation": bool(licence.get("open_violation")),
        "months_left": None if expires is None else Decimal(months_until(expires, on)),
        "days_left": None if expires is None else Decimal((expires - on).days)}


def months_until(end: date, on: date) -> int:
    """The most Jalali months that can be counted back from `end` without coming before `on`; below 0 when it is over.

    So the deadline "three months before the end" is met while this is at least 3.
    """
    if on > end:
        return -1
    months = max(0, (end - on).days // 32)
    while calendar.add_jalali_months(end, -(months + 1)) >= on:
        months += 1
    return months
