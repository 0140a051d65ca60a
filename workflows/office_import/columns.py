"""The columns of a file of offices: their names in both languages, what a cell may say, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from workflows import calendar, identifiers, offices
from workflows.identifiers import IdentifierError

Subject = Literal["office", "licence", "holder", "manager", "deputy", "place", "bank"]

_DATE = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,12})?")
_BETWEEN = re.compile(r"[+,،|؛;]")
_EARLIEST, _GREGORIAN = 1250, 1900
_MOST_CHOICES = 12

KINDS = {"URBAN": ("شهری", "دفتر پیشخوان", "پیشخوان"), "RURAL": ("روستایی", "دفتر ICT روستایی", "ICT روستایی")}
ISSUERS = {"CRA": ("سازمان تنظیم مقررات", "رگولاتوری"), "PROVINCE": ("اداره کل", "استان"), "POST_BANK": ("پست بانک",)}
STATES = {"ACTIVE": ("معتبر", "فعال"), "SUSPENDED": ("تعلیق", "معلق"), "REVOKED": ("ابطال", "باطل"),
          "SURRENDERED": ("انصراف", "تحویل")}
"""The states a file can tell of; EXPIRED follows from the date."""
TENURES = {"OWN": ("مالکیت", "ملکی"), "LEASE": ("اجاره", "استیجاری"), "GOODWILL": ("سرقفلی",)}
HOLDERS = {"LEGAL": ("حقوقی",), "NATURAL": ("حقیقی",)}
GENDERS = {"MALE": ("مرد",), "FEMALE": ("زن",)}
DEGREES = {"BELOW_DIPLOMA": ("زیر دیپلم", "پایین‌تر از دیپلم"), "DIPLOMA": ("دیپلم",),
           "ASSOCIATE": ("کاردانی", "فوق دیپلم"), "BACHELOR": ("کارشناسی", "لیسانس"),
           "MASTER": ("کارشناسی ارشد", "فوق لیسانس"), "DOCTORATE": ("دکتری", "دکترا")}
ANSWERS = {"yes": ("بله", "دارد", "true", "1"), "no": ("خیر", "ندارد", "false", "0")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    name: str
    fa: str
    subject: Subject
    attribute: str
    """Of the row in the register."""
    check: Callable[[str], Any]
    """From a cell that is not empty to the value; raises `IdentifierError`."""
    required: bool = False
    meaning: str = ""
    """What it holds, where the name does not say it; for the reference."""


def spelling(text: str) -> str:
    """A heading or a choice as it is compared: any letters, spacing, hyphens and underscores."""
    return re.sub(r"[\s_\-]+", "", identifiers.search_key(text))


def _one_of(among: Mapping[str, tuple[str, ...]]) -> Callable[[str], str]:
    """A check for one of these values, by its code or one of its words."""
    spelt = {spelling(word): value for value, words in among.items() for word in (value, *words)}
    known = list(among.items())[:_MOST_CHOICES]
    refusal = (f"Write one of {', '.join(value for value, _ in known)}.",
               f"یکی از این‌ها را بنویسید: {'، '.join(words[0] for _, words in known)}.")

    def check(text: str) -> str:
        value = spelt.get(spelling(text))
        if value is None:
            raise IdentifierError(*refusal)
        return value
    return check


_yes_or_no, _offering = _one_of(ANSWERS), _one_of(offices.OFFERINGS)


def _answer(text: str) -> bool:
    return _yes_or_no(text) == "yes"


def _offerings(text: str) -> frozenset[str]:
    return frozenset(_offering(part) for part in _BETWEEN.split(text) if part.strip())


def _day(text: str) -> date:
    found = _DATE.fullmatch(identifiers.normalise_digits(text).replace(" ", ""))
    if found is None:
        raise IdentifierError("Write the date as year/month/day of the Jalali calendar, such as 1402/05/17.",
                              "تاریخ را به شکل سال/ماه/روز هجری خورشیدی بنویسید، مانند ۱۴۰۲/۰۵/۱۷.")
    year, month, day = (int(part) for part in found.groups())
    if year < _EARLIEST:
        raise IdentifierError("Write the year in four digits, such as 1402.",
                              "سال را چهاررقمی بنویسید، مانند ۱۴۰۲.")
    if year >= _GREGORIAN:
        raise IdentifierError("This is a Gregorian date; write it in the Jalali calendar, such as 1402/05/17.",
                              "این تاریخ میلادی است؛ آن را هجری خورشیدی بنویسید، مانند ۱۴۰۲/۰۵/۱۷.")
    try:
        return calendar.from_jalali(year, month, day)
    except ValueError:
        raise IdentifierError("The Jalali calendar has no such day.", "در گاه‌شماری خورشیدی چنین روزی نیست.") from None


def _number(text: str, *, places: int, least: str, most: str) -> Decimal:
    plain = identifiers.normalise_digits(text).replace("٫", ".").replace(",", ".").replace(" ", "")
    value = Decimal(plain) if _NUMBER.fullmatch(plain) else None
    if value is None or not Decimal(least) <= value <= Decimal(most):
        first, last = calendar.to_persian_digits(least), calendar.to_persian_digits(most)
        raise IdentifierError(f"Write a number from {least} to {most}.", f"عددی از {first} تا {last} بنویسید.")
    return value.quantize(Decimal(1).scaleb(-places))


def _count(text: str) -> int:
    value = identifiers.digits(text)
    if len(value) > 2:
        raise IdentifierError("Write a number from 0 to 99.", "عددی از ۰ تا ۹۹ بنویسید.")
    return int(value)


def _text(text: str, *, most: int) -> str:
    value = " ".join(identifiers.normalise_text(text).split())
    if len(value) > most:
        raise IdentifierError(f"At most {most} characters.",
                              f"بیشینه {calendar.to_persian_digits(str(most))} نویسه.")
    return value


def _register_number(text: str) -> str:
    return _text(identifiers.register_number(text), most=64)


def _digits(text: str, *, most: int) -> str:
    value = identifiers.digits(text)
    if len(value) > most:
        raise IdentifierError(f"At most {most} digits.", f"بیشینه {calendar.to_persian_digits(str(most))} رقم.")
    return value


def _short(most: int) -> Callable[[str], str]:
    return partial(_text, most=most)


def _person(subject: Literal["manager", "deputy"], fa: str) -> list[Column]:
    """The columns about a manager or a deputy."""
    asked: list[tuple[str, str, str, Callable[[str], Any]]] = [
        ("national_id", "کد ملی", "national_id", identifiers.national_id),
        ("first_name", "نام", "first_name", _short(100)), ("last_name", "نام خانوادگی", "last_name", _short(100)),
        ("father_name", "نام پدر", "father_name", _short(100)), ("birth_date", "تاریخ تولد", "born_on", _day),
        ("gender", "جنسیت", "gender", _one_of(GENDERS)), ("mobile", "تلفن همراه", "mobile", identifiers.mobile),
        ("degree", "مدرک تحصیلی", "degree", _one_of(DEGREES))]
    return [Column(name=f"{subject}_{name}", fa=f"{title} {fa}", subject=subject, attribute=attribute, check=check)
            for name, title, attribute, check in asked]


COLUMNS = {column.name: column for column in (
    Column(name="kind", fa="نوع دفتر", subject="office", attribute="kind", check=_one_of(KINDS), required=True,
           meaning="URBAN (شهری) or RURAL (روستایی)"),
    Column(name="licence_number", fa="شماره پروانه", subject="licence", attribute="issuer_number",
           check=_register_number, required=True, meaning="the issuer's number; with the issuer it names the row"),
    Column(name="issuer", fa="صادرکننده", subject="licence", attribute="issuer", check=_one_of(ISSUERS),
           meaning="CRA (when empty), PROVINCE or POST_BANK"),
    Column(name="national_licence_id", fa="شناسه یکتای پروانه", subject="licence", attribute="national_id",
           check=_register_number, meaning="the national portal's id of the licence"),
    Column(name="state", fa="وضعیت", subject="licence", attribute="state", check=_one_of(STATES),
           meaning="ACTIVE (of a new row when empty), SUSPENDED, REVOKED or SURRENDERED; expiry follows from the date"),
    Column(name="issued_on", fa="تاریخ صدور", subject="licence", attribute="issued_on", check=_day, required=True,
           meaning="Jalali date"),
    Column(name="expires_on", fa="تاریخ انقضا", subject="licence", attribute="expires_on", check=_day, required=True,
           meaning="Jalali date, the last day of validity"),
    Column(name="county", fa="شهرستان", subject="place", attribute="county", check=_short(100), required=True,
           meaning="name or code of a county of the province"),
    Column(name="district", fa="بخش", subject="place", attribute="district", check=_short(100),
           meaning="needed for a village that the register does not know"),
    Column(name="settlement", fa="شهر یا روستا", subject="place", attribute="settlement", check=_short(100),
           required=True, meaning="a town of the reference table, or a village"),
    Column(name="postal_code", fa="کد پستی", subject="office", attribute="postal_code", check=identifiers.postal_code,
           required=True),
    Column(name="address", fa="نشانی", subject="office", attribute="address", check=_short(500), required=True),
    Column(name="latitude", fa="عرض جغرافیایی", subject="office", attribute="latitude",
           check=partial(_number, places=6, least="35", most="40"), meaning="decimal degrees, with the longitude"),
    Column(name="longitude", fa="طول جغرافیایی", subject="office", attribute="longitude",
           check=partial(_number, places=6, least="44", most="48"), meaning="decimal degrees, with the latitude"),
    Column(name="area_m2", fa="مساحت", subject="office", attribute="area_m2",
           check=partial(_number, places=2, least="1", most="10000"), meaning="square metres"),
    Column(name="tenure", fa="نوع تصرف", subject="office", attribute="tenure", check=_one_of(TENURES),
           meaning="OWN, LEASE or GOODWILL"),
    Column(name="over_60_counter", fa="باجه بالای ۶۰ سال", subject="office", attribute="separate_counter_over_60",
           check=_answer, meaning="yes or no; empty while nobody has looked"),
    Column(name="offerings", fa="خدمات", subject="office", attribute="offerings", check=_offerings,
           meaning="what people get there, joined by +: " + ", ".join(offices.OFFERINGS)),
    Column(name="bank_code", fa="کد بانکی", subject="bank", attribute="code", check=partial(_digits, most=16),
           meaning="digits; emptied, the code ends"),
    Column(name="bank_code_since", fa="تاریخ کد بانکی", subject="bank", attribute="assigned_on", check=_day,
           meaning="Jalali date"),
    Column(name="atms", fa="تعداد خودپرداز", subject="office", attribute="atms", check=_count),
    Column(name="atms_by_ministry", fa="خودپرداز با هزینه وزارت", subject="office", attribute="atms_by_ministry",
           check=_count, meaning="how many of them the ministry paid for"),
    Column(name="holder_kind", fa="نوع دارنده", subject="holder", attribute="kind", check=_one_of(HOLDERS),
           required=True, meaning="LEGAL (حقوقی) or NATURAL (حقیقی)"),
    Column(name="holder_id", fa="شناسه دارنده", subject="holder", attribute="identity", check=identifiers.digits,
           required=True, meaning="legal ID (11 digits) of a company, national ID (10 digits) of a person"),
    Column(name="holder_name", fa="نام دارنده", subject="holder", attribute="name", check=_short(300),
           meaning="needed for a company"),
    Column(name="registration_number", fa="شماره ثبت", subject="holder", attribute="registration_number",
           check=partial(_digits, most=32)),
    Column(name="economic_code", fa="کد اقتصادی", subject="holder", attribute="economic_code",
           check=identifiers.economic_code),
    Column(name="iban", fa="شبا", subject="holder", attribute="iban", check=identifiers.iban),
    *_person("manager", "مدیر"), *_person("deputy", "جانشین"),
)}
"""Name -> column, in the order of the example file."""


def labels(field: str) -> tuple[str, str]:
    """The Persian and English label of a field as the history of the register names it."""
    column = COLUMNS.get(field) or next(
        (one for one in COLUMNS.values() if field in {one.attribute, f"{one.subject}_{one.attribute}"}), None)
    if column is None:
        return field, field
    return column.fa, column.name.replace("_", " ").capitalize()
