"""Renew a licence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflows.services import terms
from workflows.services.entry import Entry, as_number

PLACE = frozenset({"TENURE", "AREA"})
"""Changes of the place, which somebody looks at."""


def facts(data: Mapping[str, Any], on: date, licence: Mapping[str, Any]) -> dict[str, Any]:
    """What the process decides by: whether it is in time, and what has changed since the licence was issued."""
    leased = data.get("site_tenure") == "LEASE"
    return {
        **terms.facts(on, licence), "county": data.get("site_county"),
        "office_active": bool(data.get("office_active")),
        "place_changed": bool(PLACE & set(data.get("changes") or ())),
        "area_m2": as_number(data.get("site_area_m2")), "tenure": data.get("site_tenure"),
        "lease_months": as_number(data.get("site_lease_months")) if leased else None}


SERVICE = Entry(
    key="renew", letters="RN", name="تمدید پروانه", name_en="Renew a licence", process="renew",
    form_key="application-renew", licence_kinds=("URBAN", "RURAL"), registers="RENEWED", facts=facts,
    measured={"area_m2": "measured_area"}, about_licence=True, rule_suffix="renew",
    excludes=("relocate", "transfer", "duplicate"))
