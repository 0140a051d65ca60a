"""Create an urban counter office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from workflows import calendar
from workflows.services.entry import Entry, as_date, as_number


def facts(data: Mapping[str, Any], on: date, licence: Mapping[str, Any]) -> dict[str, Any]:
    """What the process decides by; of a company the conditions of a person test its manager."""
    del licence  # it is about none
    birth = as_date(data.get("ceo_birth_date"))
    gender = data.get("ceo_gender")
    return {
        "county": data.get("site_county"),
        "applicant_kind": data.get("applicant_kind"),
        "nationality": data.get("ceo_nationality"),
        "age": Decimal(calendar.age(birth, on)) if birth else None,
        "degree": data.get("ceo_degree"),
        "gender": gender,
        "military_status": (data.get("ceo_military_status") or "NOT_DONE") if gender == "MALE" else "NOT_APPLICABLE",
        "public_employee": bool(data.get("ceo_public_employee")),
        "other_licence": bool(data.get("other_licence")),
        "area_m2": as_number(data.get("site_area_m2")),
        "tenure": data.get("site_tenure"),
        "lease_months": as_number(data.get("site_lease_months")) if data.get("site_tenure") == "LEASE" else None,
        "purpose_ok": bool(data.get("purpose_ok")),
    }


SERVICE = Entry(
    key="create-urban-office", letters="CR", name="ایجاد دفتر پیشخوان شهری",
    name_en="Create an urban counter office", process="create-urban-office", form_key="application-create-urban",
    licence_kinds=("URBAN",), registers="NEW", facts=facts, subject=("company_legal_id", "site_postal_code"),
    measured={"area_m2": "measured_area"})
