"""The bank code of a rural ICT office, after its licence or at any later time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflows.services.entry import Entry


def facts(data: Mapping[str, Any], on: date, licence: Mapping[str, Any]) -> dict[str, Any]:
    """What the process decides by: the conditions of the banking contract, which are not those of the licence."""
    del on  # no date decides
    return {
        "county": data.get("site_county"), "licence_state": licence.get("state"),
        "banking": bool(licence.get("banking")), "bank_exam": data.get("bank_exam"),
        **{name: bool(data.get(name)) for name in ("agreement_signed", "secure_place", "guarantee_given")}}


SERVICE = Entry(
    key="bank-code", letters="BC", name="کد بانکی دفتر روستایی", name_en="Bank code of a rural office",
    process="bank-code", form_key="application-bank-code", licence_kinds=("RURAL",), registers="NOTHING", facts=facts,
    about_licence=True)
