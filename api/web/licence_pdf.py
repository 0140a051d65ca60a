"""The licence on paper: PDF/UA by WeasyPrint, Vazirmatn, and a QR code that leads to the public check.

Where another body issues the licence, ours is titled an extract of the provincial register. WeasyPrint needs pango;
where that is missing, `available` says so and the page to print stands in.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import segno
from flask import render_template

from api import language
from api.web import words
from workflows import licences

_STATIC = Path(__file__).with_name("static")
_FONT = _STATIC / "dist" / "Vazirmatn_wght_.woff2"


@functools.cache
def available() -> bool:
    """Whether WeasyPrint finds the libraries it needs."""
    try:
        import weasyprint
    except OSError:
        return False
    return bool(weasyprint.VERSION)


def render(licence: licences.Licence, chosen: language.Language) -> bytes:
    """The document as PDF/UA-1."""
    import weasyprint

    html = render_template("licence_document.html", licence=licence, qr=qr_code(licence.verify_url),
                           font=_FONT.as_uri(), logo=(_STATIC / "logo.svg").as_uri(), **words_of(licence, chosen))
    document: bytes = weasyprint.HTML(string=html, base_url=str(_STATIC)).write_pdf(pdf_variant="pdf/ua-1")
    return document


def qr_code(address: str) -> str:
    """The QR code of an address as the data address of an SVG image."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#1c2733"))


def words_of(licence: licences.Licence, chosen: language.Language) -> dict[str, Any]:
    """What the document says that is not a field of the licence."""
    place = licence.county_name if chosen == "fa" else licence.county_name_en
    return {
        "heading": words.t("licence.extract" if licence.is_extract else "licence.title"),
        "kind": words.known(f"licence.kind.{licence.kind}"),
        "issuer": words.known(f"issuer.{licence.issuer}"),
        "place": " – ".join(part for part in (place, licence.settlement) if part)}
