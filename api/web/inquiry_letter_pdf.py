"""The request letter of an inquiry on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from markupsafe import Markup

from api.web import letter_pdf, licence_pdf, words
from workflows import calendar
from workflows.inquiry_letters import Letter, Renderer

_LABELS: Mapping[str, Mapping[str, str]] = {
    "company": {"name": "نام شرکت", "legal_id": "شناسه ملی", "reg_no": "شماره ثبت", "economic_code": "کد اقتصادی"},
    "person": {"first_name": "نام", "last_name": "نام خانوادگی", "father_name": "نام پدر", "national_id": "کد ملی",
               "birth_date": "تاریخ تولد"},
    "site": {"settlement": "شهر یا روستا", "address": "نشانی", "postal_code": "کد پستی"}}
_PARTS: Mapping[str, str] = {"company": "شرکت", "person": "شخص", "site": "محل"}
_BODY = Markup(
    "<p>با سلام</p>"
    "<p>برای رسیدگی به درخواست پروانه‌ای که مشخصات آن در زیر آمده است، خواهشمند است پاسخ استعلام «{inquiry}» "
    "را با یادآوری شماره این نامه به دبیرخانه کارگروه بفرستید. نرسیدن پاسخ بلامانع شمرده نمی‌شود.</p>{facts}")


def renderer() -> Renderer | None:
    """What sets letters; None where WeasyPrint's libraries are missing."""
    return render if licence_pdf.available() else None


def render(letter: Letter) -> bytes:
    """The letter as PDF/UA-1."""
    inquiry = words.table("fa")[f"inquiry.{letter.code}"]
    facts = Markup().join(_part(part, letter.subject[part]) for part in _LABELS if part in letter.subject)
    return letter_pdf.render(
        number=letter.number, written_at=letter.written_at, what=f"استعلام {inquiry}", sign="دبیرخانه کارگروه",
        subject=Markup("استعلام {}، پرونده {}").format(inquiry, letter_pdf.code(letter.file_number)),
        body=_BODY.format(inquiry=inquiry, facts=facts))


def _part(part: str, told: Mapping[str, str]) -> Markup:
    rows = Markup().join(Markup("<dt>{}</dt><dd><bdi>{}</bdi></dd>").format(label, _shown(name, told[name]))
                         for name, label in _LABELS[part].items() if name in told)
    return Markup("<h2>{}</h2><dl>{}</dl>").format(_PARTS[part], rows)


def _shown(name: str, value: str) -> str:
    if name == "birth_date":
        return calendar.format_date(date.fromisoformat(value))
    return calendar.to_persian_digits(value)
