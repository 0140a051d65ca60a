"""Letters on paper: Persian, set by WeasyPrint in Vazirmatn as the licence is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from string import Template

from markupsafe import Markup, escape

from api.web import words
from workflows import calendar

_STATIC = Path(__file__).with_name("static")
_TEMPLATE = Path(__file__).with_name("templates") / "letter.html"


def render(*, number: str, written_at: datetime, what: str, subject: Markup, body: Markup, sign: str) -> bytes:
    """A letter as PDF/UA-1: `what` it is, its `subject` line, its `body` and who signs it."""
    import weasyprint

    said = words.table("fa")
    html = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        font=(_STATIC / "dist" / "Vazirmatn_wght_.woff2").as_uri(), logo=(_STATIC / "logo.svg").as_uri(),
        site=escape(said["site.name"]), authority=escape(said["licence.authority"]), number=escape(number),
        day=escape(day(written_at)), what=escape(what), subject=subject, body=body, sign=escape(sign))
    document: bytes = weasyprint.HTML(string=html, base_url=str(_STATIC)).write_pdf(pdf_variant="pdf/ua-1")
    return document


def day(moment: datetime) -> str:
    """The Jalali day of a moment in Tehran."""
    return calendar.format_date(calendar.today(moment))


def code(text: str) -> Markup:
    """A number or code, written from left to right."""
    return Markup('<bdi class="code">{}</bdi>').format(text)
