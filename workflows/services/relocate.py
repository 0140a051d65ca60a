"""Relocate an office to another place in the same town or village."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from workflows import places
from workflows.services import terms
from workflows.services.entry import Entry, as_number


def facts(data: Mapping[str, Any], on: date, licence: Mapping[str, Any]) -> dict[str, Any]:
    """What the process decides by: the new place, and whether it is in the licence's own town or village."""
    present, wanted = licence.get("settlement"), data.get("site_settlement")
    leased = data.get("site_tenure") == "LEASE"
    return {
        **terms.facts(on, licence), "county": data.get("site_county"),
        "same_settlement": None if not present or not wanted else places.key(present) == places.key(wanted),
        "area_m2": as_number(data.get("site_area_m2")), "tenure": data.get("site_tenure"),
        "lease_months": as_number(data.get("site_lease_months")) if leased else None, "places_tried": Decimal(1)}


SERVICE = Entry(
    key="relocate", letters="RL", name="جابجایی دفتر", name_en="Relocate an office", process="relocate",
    form_key="application-relocate", licence_kinds=("URBAN", "RURAL"), registers="RELOCATED", facts=facts,
    measured={"area_m2": "measured_area"}, about_licence=True, rule_suffix="relocate",
    asked_anew=("site_settlement", "site_postal_code", "site_address", "site_area_m2", "site_tenure"),
    excludes=("renew", "transfer", "duplicate"))
