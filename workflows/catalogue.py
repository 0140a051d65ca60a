"""The services: which process carries each, under which letters its files are numbered, what it decides by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine import errors
from workflows import calendar

STAFF_ROLES = ("CLERK", "INSPECTOR", "TECH_COMMITTEE", "WORKING_GROUP", "MANAGER", "SUPERVISOR", "ADMIN")
ROLES = ("APPLICANT", "SYSTEM", *STAFF_ROLES)
PROVINCE = "WAZ"
"""West Azerbaijan: the first letters of every file number."""

OPEN_STATES = ("SUBMITTED", "NEEDS_CORRECTION", "UNDER_REVIEW", "SITE_VISIT", "COMMITTEE", "AGREED_IN_PRINCIPLE",
               "INQUIRIES", "FINAL_VISIT", "AWAITING_PAYMENT", "AT_ISSUER")
END_STATES = ("ISSUED", "REJECTED", "WITHDRAWN", "LAPSED", "CANCELLED")
"""CANCELLED: an administrator ended the process instance, with a reason and without a decision; no diagram ends so."""
REOPENABLE = frozenset({"LAPSED", "CANCELLED"})
"""End states that decided nothing: the application can be taken up again."""

ROLE_WORDS: Mapping[str, tuple[str, str]] = {
    "APPLICANT": ("متقاضی", "the applicant"),
    "SYSTEM": ("سامانه", "the system"),
    "CLERK": ("دبیرخانه کارگروه", "the working group's secretariat"),
    "INSPECTOR": ("بازرسی", "the inspectors"),
    "TECH_COMMITTEE": ("کمیته فنی", "the technical committee"),
    "WORKING_GROUP": ("کارگروه استانی", "the provincial working group"),
    "MANAGER": ("مدیریت اداره کل", "the directorate's management"),
    "SUPERVISOR": ("ناظر", "the supervisor"),
    "ADMIN": ("مدیر سامانه", "the administrator"),
    "ISSUER": ("سازمان تنظیم مقررات", "the issuer (CRA)"),
}
"""Role -> the words by which the public knows the body, Persian and English."""


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
    licence_kind: str
    facts: Callable[[Mapping[str, Any], date], dict[str, Any]]
    """The form's data and the day of submission -> the facts the process decides by."""
    subject: tuple[str, ...]
    """Fields that together may be asked for once at a time."""
    measured: Mapping[str, str]
    """Fact -> the variable with what a visit measured; from then on no correction of the form changes the fact."""


def service(key: str) -> Entry:
    """The service named `key`. Raises: NotFound."""
    if key not in SERVICES:
        raise errors.NotFound(what="service", id=key)
    return SERVICES[key]


def _urban_facts(data: Mapping[str, Any], on: date) -> dict[str, Any]:
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


SERVICES: Mapping[str, Entry] = {
    "create-urban-office": Entry(
        key="create-urban-office", letters="CR", name="ایجاد دفتر پیشخوان شهری",
        name_en="Create an urban counter office", process="create-urban-office",
        form_key="application-create-urban", licence_kind="URBAN", facts=_urban_facts,
        subject=("company_legal_id", "site_postal_code"), measured={"area_m2": "measured_area"}),
}
