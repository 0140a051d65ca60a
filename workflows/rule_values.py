"""What each rule may hold: its type, its range, the words for its choices. A value outside is refused at deployment.

A rule that is not listed here may hold any text, number, truth value or list of these: it is an author's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_PERSIAN_DIGITS = str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a value cannot stand, in both languages."""

    what: str
    what_fa: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number between two limits, both included."""

    least: Decimal | int
    most: Decimal | int
    whole: bool = True
    optional: bool = False
    """Whether null, "not known", may stand."""

    def fault(self, value: Any) -> Fault | None:
        """Why `value` cannot stand, or None."""
        if value is None and self.optional:
            return None
        number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        if number and (not self.whole or value == int(value)) and self.least <= Decimal(str(value)) <= self.most:
            return None
        kind, kind_fa = ("a whole number", "عدد صحیح") if self.whole else ("a number", "عدد")
        empty, empty_fa = ("", "")
        if self.optional:
            empty, empty_fa = ", or null while it is not known", "، یا null تا زمانی که معلوم نیست"
        return Fault(what=f"is {kind} from {self.least} to {self.most}{empty}",
                     what_fa=f"باید {kind_fa} از {self.least} تا {self.most} باشد{empty_fa}")

    def words(self, value: Any) -> tuple[str, str]:
        """The value in Persian and English."""
        return ("—", "—") if value is None else (str(value).translate(_PERSIAN_DIGITS), str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A list of different whole numbers between two limits, at least one."""

    least: int
    most: int

    def fault(self, value: Any) -> Fault | None:
        """Why `value` cannot stand, or None."""
        one = Number(least=self.least, most=self.most)
        if isinstance(value, list) and value and not any(one.fault(each) for each in value) and _differ(value):
            return None
        return Fault(what=f"is a list of different whole numbers from {self.least} to {self.most}",
                     what_fa=f"باید فهرستی از عددهای صحیح متفاوت از {self.least} تا {self.most} باشد")

    def words(self, value: Any) -> tuple[str, str]:
        """The value in Persian and English."""
        return "، ".join(map(str, value)).translate(_PERSIAN_DIGITS), ", ".join(map(str, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """True or false."""

    def fault(self, value: Any) -> Fault | None:
        """Why `value` cannot stand, or None."""
        return None if isinstance(value, bool) else Fault(what="is true or false", what_fa="باید true یا false باشد")

    def words(self, value: Any) -> tuple[str, str]:
        """The value in Persian and English."""
        return ("بله", "yes") if value else ("خیر", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the named values; with `several`, also a list of different ones."""

    choices: Mapping[str, tuple[str, str]]
    """Value -> Persian and English words."""
    several: bool = False

    def fault(self, value: Any) -> Fault | None:
        """Why `value` cannot stand, or None."""
        values = value if isinstance(value, list) and self.several else [value]
        if values and all(isinstance(each, str) and each in self.choices for each in values) and _differ(values):
            return None
        known = ", ".join(self.choices)
        many, many_fa = (" or a list of different ones", " یا فهرستی از آن‌ها بی تکرار") if self.several else ("", "")
        return Fault(what=f"is one of {known}{many}", what_fa=f"باید یکی از {known}{many_fa} باشد")

    def words(self, value: Any) -> tuple[str, str]:
        """The value in Persian and English; what is no choice stands as it is."""
        found = [self.choices.get(str(each), (str(each),) * 2)
                 for each in (value if isinstance(value, list) else [value])]
        return " یا ".join(fa for fa, _ in found), " or ".join(en for _, en in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiries:
    """Codes of inquiries of the catalogue of conditions, each once, at least one."""

    def fault(self, value: Any, known: Collection[str] = ()) -> Fault | None:
        """Why `value` cannot stand, or None; `known` are the inquiries of the catalogue."""
        if isinstance(value, list) and value and all(each in known for each in value) and _differ(value):
            return None
        listed = ", ".join(sorted(known)) or "—"
        return Fault(what=f"is a list, not empty, of inquiries of conditions.yaml, each once; there are {listed}",
                     what_fa=f"باید فهرستی ناتهی و بی‌تکرار از استعلام‌های conditions.yaml باشد؛ موجود: {listed}")

    def words(self, value: Any) -> tuple[str, str]:
        """The codes."""
        return "، ".join(value), ", ".join(value)


Kind = Number | Numbers | Flag | Choice | Inquiries

_PERSONS = Choice(several=True, choices={"NATURAL": ("شخص حقیقی", "a natural person"),
                                         "LEGAL": ("شخص حقوقی", "a legal person")})
_DEGREES = Choice(choices={
    "DIPLOMA": ("دیپلم", "a diploma"), "ASSOCIATE": ("کاردانی", "an associate degree"),
    "BACHELOR": ("کارشناسی", "a bachelor's degree"), "MASTER": ("کارشناسی ارشد", "a master's degree"),
    "DOCTORATE": ("دکتری", "a doctorate")})
_WORKING_DAYS = Number(least=1, most=250)
_DAYS = Number(least=1, most=3650)
_MONTHS = Number(least=1, most=600)
_AREA = Number(least=1, most=10_000, whole=False, optional=True)
_AGE = Number(least=0, most=120)

KINDS: Mapping[str, Kind] = {
    "urban_applicant_kind": _PERSONS, "rural_applicant_kind": _PERSONS,
    "urban_area_min_m2": _AREA, "rural_area_min_m2": _AREA,
    "urban_ceo_min_degree": _DEGREES, "rural_min_degree": _DEGREES, "rural_deputy_degree": _DEGREES,
    "urban_age_min": _AGE, "rural_age_min": _AGE, "priority_min_age": _AGE,
    "lease_min_months": Number(least=0, most=600),
    "inquiries_create": Inquiries(), "inquiries_transfer": Inquiries(), "inquiries_relocate": Inquiries(),
    "inquiries_renew": Inquiries(),
    "vetting_sla_days": _DAYS, "vetting_escalation_days": _DAYS, "inquiry_validity_days": _DAYS,
    "inquiry_sla_wd": _WORKING_DAYS, "doc_review_sla_wd": _WORKING_DAYS, "correction_window_wd": _WORKING_DAYS,
    "correction_reminder_wd": _WORKING_DAYS, "manager_decision_sla_wd": _WORKING_DAYS,
    "hearing_sla_wd": _WORKING_DAYS, "inspection_sla_wd": _WORKING_DAYS, "technical_sla_wd": _WORKING_DAYS,
    "working_group_sla_wd": _WORKING_DAYS, "cra_answer_sla_wd": _WORKING_DAYS, "appeal_decision_wd": _WORKING_DAYS,
    "complaint_wd": _WORKING_DAYS,
    "max_corrections": Number(least=0, most=20), "cycle_max_deferrals": Number(least=0, most=20),
    "principle_agreement_valid_days": _DAYS, "principle_agreement_extension_days": _DAYS,
    "issuer_create": Choice(choices={
        "CRA": ("سازمان تنظیم مقررات", "CRA"), "PROVINCE": ("اداره کل استان", "the provincial directorate"),
        "POST_BANK": ("پست بانک", "Post Bank")}),
    "licence_valid_months": _MONTHS, "renew_open_days_before": _DAYS,
    "renew_deadline_months_before": Number(least=0, most=60),
    "renew_late_policy": Choice(choices={
        "WAIVER_AT_EXPIRY": ("انصراف در پایان اعتبار", "a waiver at expiry"),
        "HEAD_DECIDES": ("تصمیم مدیر", "the head decides")}),
    "renew_reminders_days": Numbers(least=0, most=3650),
    "renew_waiver_reminders_days": Numbers(least=0, most=3650),
    "fee_settlement_days": _DAYS, "fee_create": Number(least=1, most=10**13, optional=True),
    "fee_unknown": Choice(choices={"UNDERTAKING": ("تعهد محضری", "a notarised undertaking")}),
    "fee_renew_ratio": Number(least=0, most=1, whole=False, optional=True),
    "transfer_min_remaining_months": Number(least=0, most=600),
    "transfer_min_holding_months": Number(least=0, most=600),
    "transfer_onward_lock_months": Number(least=0, most=600),
    "relocate_max_sites": Number(least=1, most=20), "relocate_same_settlement_only": Flag(), "requires_call": Flag(),
    "rural_visit": Flag(),
    "temp_booth_max_days_per_year": Number(least=0, most=366),
    "cycle_calendar": Choice(choices={"JALALI_MONTH": ("ماه جلالی", "the Jalali month")}),
    "bank_code_sla_wd": _WORKING_DAYS, "bank_code_min_digits": Number(least=1, most=16),
    "bank_code_max_digits": Number(least=1, most=16), "bank_guarantee": Number(least=1, most=10**13, optional=True),
    "cycle_working_day": Number(least=1, most=15), "cycle_hour": Number(least=0, most=23),
    "cycle_remind_days": _DAYS, "cycle_escalate_days": _DAYS, "review_quorum": Number(least=1, most=99, optional=True),
    "appeal_window_days": _DAYS,
    "review_lead_wd": Number(least=1, most=60),
    "deadline_wd": Number(least=1, most=1000, optional=True), "target_wd": Number(least=1, most=1000),
    "tacit_mode": Choice(choices={
        "NOTIFY": ("هشدار به مدیر", "the manager is told"),
        "AUTO": ("صدور به حکم قانون", "the licence is issued by law")}),
    "clock_pauses_also": Choice(choices={
        "NOTHING": ("هیچ", "nothing"), "INQUIRIES": ("استعلام و گزینش", "inquiries and vetting")}),
}
"""Key -> what the rule may hold."""

BY_SERVICE = ("deadline_wd", "target_wd", "tacit_mode")
"""Rules that a service may have of its own, with its suffix: `deadline_wd_renew`."""


def kind_of(key: str) -> Kind | None:
    """What the rule `key` may hold; None for an author's own."""
    general = next((name for name in BY_SERVICE if key.startswith(f"{name}_")), key)
    return KINDS.get(key) or KINDS.get(general)


def fault(key: str, value: Any, *, inquiries: Collection[str]) -> Fault | None:
    """Why the rule `key` cannot hold `value`, or None; `inquiries` are those of the catalogue."""
    kind = kind_of(key)
    if isinstance(kind, Inquiries):
        return kind.fault(value, inquiries)
    return None if kind is None else kind.fault(value)


def words(key: str, value: Any) -> tuple[str, str]:
    """The value of a rule in Persian and English, for texts that quote it."""
    kind = kind_of(key)
    return (str(value), str(value)) if kind is None else kind.words(value)


def _differ(values: Sequence[Any]) -> bool:
    return len(set(values)) == len(values)
