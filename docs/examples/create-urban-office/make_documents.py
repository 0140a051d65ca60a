"""Make the example documents again: small, real PDF and JPEG files of invented persons and companies.

    .venv/bin/python docs/examples/create-urban-office/make_documents.py

The files are committed, so nobody has to run this; it needs WeasyPrint (with pango) and Pillow.
"""

from __future__ import annotations

from pathlib import Path

import weasyprint
from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).resolve().parent
FONT = HERE.parents[2] / "api/web/static/dist/Vazirmatn_wght_.woff2"
FOLDER = HERE / "documents"
OTHERS = HERE.parent
"""Where the other services have their examples."""

PAGE = """<!doctype html><html lang="fa" dir="rtl"><meta charset="utf-8"><title>{title}</title><style>
@font-face {{ font-family: Vazirmatn; src: url("{font}") }}
@page {{ size: A4; margin: 24mm }}
body {{ font-family: Vazirmatn; font-size: 12pt; line-height: 2 }}
h1 {{ font-size: 16pt; text-align: center; border-bottom: 1pt solid #444 }}
footer {{ margin-top: 30mm; text-align: left }}
.sample {{ color: #a33; font-size: 9pt; text-align: center }}
</style><h1>{title}</h1>{body}<footer>مهر و امضا</footer><p class="sample">نمونه ساختگی برای آزمایش سامانه</p></html>"""

TEXTS = {
    "articles": ("اساسنامه شرکت", "نام شرکت: پیشخوان نمونه چیچست (سهامی خاص)",
                 "موضوع: ارائه خدمات پیشخوان دولت و بخش عمومی غیردولتی، پست، بانک و ارتباطات"),
    "gazette": ("آگهی تأسیس و آخرین تغییرات", "روزنامه رسمی شماره ۲۲۴۱۷، ۱۴۰۴/۰۲/۱۴",
                "مدیرعامل: سارا نمونه‌پور، با حق امضای اسناد تعهدآور"),
    "degree": ("گواهی کارشناسی ارشد", "نام: سارا نمونه‌پور", "رشته: مدیریت فناوری اطلاعات، دانشگاه نمونه ارومیه، ۱۳۹۰"),
    "lease-unsigned": ("اجاره‌نامه", "محل: ارومیه، خیابان نمونه، پلاک ۱۲، مساحت ۶۴٫۵ متر مربع",
                       "مدت: شصت ماه از ۱۴۰۵/۰۱/۰۱ (بدون مهر دفتر اسناد رسمی)"),
    "lease": ("اجاره‌نامه رسمی", "محل: ارومیه، خیابان نمونه، پلاک ۱۲، مساحت ۶۴٫۵ متر مربع",
              "مدت: شصت ماه از ۱۴۰۵/۰۱/۰۱، ثبت‌شده در دفتر اسناد رسمی ۹۹ ارومیه"),
    "national-card": ("تصویر کارت ملی", "نام: سارا نمونه‌پور", "برای آزمایش؛ این کارت از آن کسی نیست"),
    "minutes": ("صورت‌جلسه کارگروه استانی", "جلسه ۱۷-۱۴۰۵، با حضور نماینده سازمان تنظیم مقررات و نماینده صنف",
                "درخواست شرکت پیشخوان نمونه چیچست بررسی و رأی‌گیری شد."),
    "vetting": ("پاسخ گزینش حراست", "شماره ح-۱۴۰۵-۳۳۱۲", "صلاحیت مدیرعامل بررسی شد."),
    "undertaking": ("تعهد محضری پرداخت تعرفه", "شماره ۹۹۲۱-۱۴۰۵",
                    "تعهد می‌شود تعرفه ایجاد دفتر پس از تعیین مبلغ قانونی آن پرداخت شود."),
    "../../renew/documents/performance": (
        "گواهی عملکرد شش‌ماهه", "دفتر پیشخوان نمونه، ارومیه", "در شش ماه گذشته به همه خدمت‌های واگذارشده پاسخ داده است."),
    "inquiry-criminal": ("پاسخ استعلام سوءپیشینه", "شماره ق-۱۴۰۵-۷۷۱۰", "سوءپیشینه کیفری مؤثر یافت نشد."),
    "inquiry-addiction": ("پاسخ استعلام عدم اعتیاد", "شماره د-۱۴۰۵-۱۲۰۸", "نتیجه آزمایش منفی است."),
    "inquiry-tax": ("پاسخ استعلام مالیات", "شماره م-۱۴۰۵-۵۵۹۰", "شرکت بدهی قطعی مالیاتی ندارد."),
    "inquiry-bank": ("پاسخ استعلام بانکی", "شماره ب-۱۴۰۵-۴۰۰۳", "تسهیلات معوق و چک برگشتی ندارد."),
    "inquiry-insurance": ("پاسخ استعلام بیمه", "شماره ت-۱۴۰۵-۸۱۲۶", "شرکت بدهی قطعی به تأمین اجتماعی ندارد."),
    "inquiry-places": ("پاسخ استعلام اماکن", "شماره ا-۱۴۰۵-۲۲۷۵", "ایجاد دفتر در این محل بلامانع است."),
}
"""File name -> title, then paragraphs."""

OTHER_TEXTS = {
    "duplicate/documents/loss-statement": (
        "اقرارنامه گم‌شدن پروانه", "اقرارکننده: سارا نمونه‌پور، مدیرعامل پیشخوان نمونه چیچست",
        "اصل پروانه دفتر در راه اداره گم شده است و اگر پیدا شود پس داده می‌شود."),
}
"""The same for other services, by the path from the folder of the examples."""


def pdf(name: str, title: str, *paragraphs: str, folder: Path = FOLDER) -> None:
    """Write one page of Persian text as PDF."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = PAGE.format(title=title, body=body, font=FONT.as_uri())
    weasyprint.HTML(string=page).write_pdf(folder / f"{name}.pdf", pdf_identifier=name.encode())


def site(name: str, *, furnished: bool) -> None:
    """Draw a shop front on a street; a furnished one has a sign and a counter."""
    image = Image.new("RGB", (800, 600), "#b9d3ea")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 470, 800, 600), fill="#8a8a86")
    draw.rectangle((120, 110, 680, 480), fill="#d8c9ae", outline="#7d6b50", width=4)
    draw.rectangle((160, 220, 470, 440), fill="#93b4c4", outline="#4d5f66", width=6)
    draw.rectangle((520, 220, 630, 478), fill="#6d5338", outline="#3f2f1e", width=5)
    draw.ellipse((606, 345, 618, 357), fill="#d9b640")
    if furnished:
        draw.rectangle((150, 140, 640, 200), fill="#1f5f8b")
        draw.rectangle((190, 360, 440, 438), fill="#c08f55", outline="#6b4a22", width=3)
    image.filter(ImageFilter.GaussianBlur(1)).save(FOLDER / f"{name}.jpg", quality=70)


def portrait(name: str) -> None:
    """Draw a portrait that is nobody's."""
    image = Image.new("RGB", (300, 400), "#eef1f4")
    draw = ImageDraw.Draw(image)
    draw.ellipse((50, 250, 250, 520), fill="#38506b")
    draw.ellipse((85, 60, 215, 260), fill="#2f3d4f")
    draw.ellipse((105, 85, 195, 215), fill="#e3bfa0")
    image.filter(ImageFilter.GaussianBlur(1)).save(FOLDER / f"{name}.jpg", quality=70)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for stem, (heading, *lines) in TEXTS.items():
        pdf(stem, heading, *lines)
    for stem, (heading, *lines) in OTHER_TEXTS.items():
        pdf(stem, heading, *lines, folder=OTHERS)
    site("site", furnished=False)
    site("site-ready", furnished=True)
    portrait("ceo")
