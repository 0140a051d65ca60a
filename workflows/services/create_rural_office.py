"""Create a rural ICT office."""

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
    return {
        "county": data.get("site_county"),
        "applicant_kind": data.get("applicant_kind"),
        "age": Decimal(calendar.age(birth, on)) if birth else None,
        "field_of_study": data.get("ceo_field"),
        "other_licence": bool(data.get("other_licence")),
        "area_m2": as_number(data.get("site_area_m2")),
        "tenure": data.get("site_tenure"),
        "lease_months": as_number(data.get("site_lease_months")) if data.get("site_tenure") == "LEASE" else None,
        "icdl_staff": bool(data.get("icdl_staff")),
        **_person(data, "ceo_", ""),
        **_person(data, "deputy_", "deputy_"),
    }


def _person(data: Mapping[str, Any], of: str, fact: str) -> dict[str, Any]:
    """What is asked of the applicant and of the deputy alike."""
    male = data.get(f"{of}gender") == "MALE"
    return {
        f"{fact}nationality": data.get(f"{of}nationality"),
        f"{fact}degree": data.get(f"{of}degree"),
        f"{fact}gender": data.get(f"{of}gender"),
        f"{fact}military_status": (data.get(f"{of}military_status") or "NOT_DONE") if male else "NOT_APPLICABLE",
        f"{fact}public_employee": bool(data.get(f"{of}public_employee")),
    }


SERVICE = Entry(
    key="create-rural-office", letters="CRR", name="ایجاد دفتر ICT روستایی",
    name_en="Create a rural ICT office", process="create-rural-office", form_key="application-create-rural",
    licence_kinds=("RURAL",), registers="NEW", facts=facts, subject=("ceo_national_id", "site_postal_code"),
    measured={"area_m2": "measured_area"}, followed_by="bank-code")
