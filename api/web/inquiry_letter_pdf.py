"""The request letter of an inquiry on paper: Persian, set by WeasyPrint in Vazirmatn as the licence is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from string import Template

from markupsafe import escape

from api.web import licence_pdf, words
from workflows import calendar
from workflows.inquiry_letters import Letter, Renderer

_STATIC = Path(__file__).with_name("static")
_TEMPLATE = Path(__file__).with_name("templates") / "inquiry_letter.html"
_LABELS: Mapping[str, Mapping[str, str]] = {
    "company": {"name": "نام شرکت", "legal_id": "شناسه ملی", "reg_no": "شماره ثبت", "economic_code": "کد اقتصادی"},
    "person": {"first_name": "نام", "last_name": "نام خانوادگی", "father_name": "نام پدر", "national_id": "کد ملی",
               "birth_date": "تاریخ تولد"},
    "site": {"settlement": "شهر یا روستا", "address": "نشانی", "postal_code": "کد پستی"}}
_PARTS: Mapping[str, str] = {"company": "شرکت", "person": "شخص", "site": "محل"}


def renderer() -> Renderer | None:
    """What sets letters; None where WeasyPrint's libraries are missing."""
    return render if licence_pdf.available() else None


def render(letter: Letter) -> bytes:
    """The letter as PDF/UA-1."""
    import weasyprint

    said = words.table("fa")
    html = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        font=(_STATIC / "dist" / "Vazirmatn_wght_.woff2").as_uri(), logo=(_STATIC / "logo.svg").as_uri(),
        site=escape(said["site.name"]), authority=escape(said["licence.authority"]), number=escape(letter.number),
        day=escape(calendar.format_date(calendar.today(letter.written_at))),
        inquiry=escape(said[f"inquiry.{letter.code}"]), file_number=escape(letter.file_number),
        facts="".join(_part(part, letter.subject[part]) for part in _LABELS if part in letter.subject))
    document: bytes = weasyprint.HTML(string=html, base_url=str(_STATIC)).write_pdf(pdf_variant="pdf/ua-1")
    return document


def _part(part: str, told: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{label}</dt><dd><bdi>{escape(_shown(name, told[name]))}</bdi></dd>"
                   for name, label in _LABELS[part].items() if name in told)
    return f"<h2>{_PARTS[part]}</h2><dl>{rows}</dl>"


def _shown(name: str, value: str) -> str:
    if name == "birth_date":
        return calendar.format_date(date.fromisoformat(value))
    return calendar.to_persian_digits(value)
