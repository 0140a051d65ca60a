"""The services: which process carries each, under which letters its files are numbered, what it decides by."""

from __future__ import annotations

from collections.abc import Mapping

from engine import errors
from workflows.services import bank_code, create_rural_office, create_urban_office, duplicate, relocate, renew
from workflows.services.entry import Entry, as_date, as_number

__all__ = ["END_STATES", "OPEN_STATES", "PROVINCE", "REOPENABLE", "ROLES", "ROLE_WORDS", "SERVICES", "STAFF_ROLES",
           "Entry", "as_date", "as_number", "service"]

STAFF_ROLES = ("CLERK", "INSPECTOR", "TECH_COMMITTEE", "WORKING_GROUP", "POST_BANK", "MANAGER", "SUPERVISOR", "ADMIN")
ROLES = ("APPLICANT", "SYSTEM", *STAFF_ROLES)
PROVINCE = "WAZ"
"""West Azerbaijan: the first letters of every file number."""

OPEN_STATES = ("SUBMITTED", "NEEDS_CORRECTION", "UNDER_REVIEW", "SITE_VISIT", "COMMITTEE", "AGREED_IN_PRINCIPLE",
               "INQUIRIES", "WAITING_CYCLE", "FINAL_VISIT", "AWAITING_PAYMENT", "AT_ISSUER")
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
    "POST_BANK": ("کمیته پست بانک", "Post Bank's committee"),
    "MANAGER": ("مدیریت اداره کل", "the directorate's management"),
    "SUPERVISOR": ("ناظر", "the supervisor"),
    "ADMIN": ("مدیر سامانه", "the administrator"),
    "ISSUER": ("سازمان تنظیم مقررات", "the issuer (CRA)"),
}
"""Role -> the words by which the public knows the body, Persian and English."""


def service(key: str) -> Entry:
    """The service named `key`. Raises: NotFound."""
    if key not in SERVICES:
        raise errors.NotFound(what="service", id=key)
    return SERVICES[key]


SERVICES: Mapping[str, Entry] = {one.key: one for one in (
    create_urban_office.SERVICE, create_rural_office.SERVICE, renew.SERVICE, relocate.SERVICE,
    duplicate.SERVICE, bank_code.SERVICE)}
"""In the order in which they are offered."""
