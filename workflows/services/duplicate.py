"""A duplicate of a licence that is lost or damaged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflows.services.entry import Entry


def facts(data: Mapping[str, Any], on: date, licence: Mapping[str, Any]) -> dict[str, Any]:
    """What the process decides by: the state of the licence, what happened to it, and whether it is handed in."""
    del on  # no date decides
    return {"county": data.get("site_county"), "licence_state": licence.get("state"),
            "duplicate_reason": data.get("duplicate_reason"), "original_at_hand": bool(data.get("original_at_hand"))}


SERVICE = Entry(
    key="duplicate", letters="DL", name="المثنای پروانه", name_en="Duplicate licence", process="duplicate",
    form_key="application-duplicate", licence_kinds=("URBAN", "RURAL"), registers="DUPLICATED", facts=facts,
    about_licence=True, rule_suffix="duplicate", excludes=("renew", "relocate", "transfer"))
