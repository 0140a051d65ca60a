"""The letter of a refusal on paper: the conditions that are not met with their sources, and the way to appeal."""

from __future__ import annotations

from markupsafe import Markup

from api.web import letter_pdf, licence_pdf, words
from workflows import calendar
from workflows.decision_letters import Letter, Renderer
from workflows.decisions import Cited
from workflows.rule_book import Rule

_BODY = Markup(
    "<p>{addressee}</p><p>با سلام</p>"
    "<p>درخواست «{service}» شما با شماره پرونده {file_number}، ثبت‌شده در {submitted}، بررسی شد و چون شرط‌های زیر برقرار "
    "نیست پذیرفته نشد.</p>{conditions}{reason}<h2>راه اعتراض</h2><ol>{ways}</ol>")
_CONDITIONS = Markup(
    "<table><thead><tr><th>کد</th><th>شرطی که برقرار نیست</th><th>منبع و درجه آن</th></tr></thead>"
    "<tbody>{}</tbody></table>")
_CONDITION = Markup("<tr><td>{code}{portal}</td><td>{text}</td><td>{source}<br>{grade}</td></tr>")
_PORTAL = Markup("<br>درگاه ملی: {}")
_REASON = Markup("<h2>توضیح تصمیم‌گیرنده</h2><p>{}</p>")
_BASIS = Markup(' <span class="basis">({}؛ {})</span>')


def renderer() -> Renderer | None:
    """What sets letters; None where WeasyPrint's libraries are missing."""
    return render if licence_pdf.available() else None


def render(letter: Letter) -> bytes:
    """The letter as PDF/UA-1."""
    body = _BODY.format(
        addressee=letter.addressee, service=letter.service, file_number=letter_pdf.code(letter.file_number),
        submitted=letter_pdf.day(letter.submitted_at),
        conditions=_CONDITIONS.format(Markup().join(map(_condition, letter.cited))),
        reason=_REASON.format(calendar.to_persian_digits(letter.reason)) if letter.reason else "",
        ways=Markup().join(Markup("<li>{}</li>").format(way) for way in _ways(letter)))
    return letter_pdf.render(
        number=letter.number, written_at=letter.written_at, what="نامه رد درخواست", body=body,
        subject=Markup("رد درخواست، پرونده {}").format(letter_pdf.code(letter.file_number)),
        sign=words.table("fa")["licence.authority"])


def _condition(cited: Cited) -> Markup:
    portal = _PORTAL.format(letter_pdf.code(cited.portal_no)) if cited.portal_no else ""
    return _CONDITION.format(code=letter_pdf.code(cited.code), portal=portal,
                             text=calendar.to_persian_digits(cited.text_fa), source=cited.source_fa,
                             grade=_grade(cited.grade))


def _ways(letter: Letter) -> list[Markup]:
    within, settled = Markup(), Markup()
    if letter.appeal_days is not None and letter.appeal_days.value is not None:
        within = Markup(" تا {} روز پس از دریافت این نامه").format(_number(letter.appeal_days))
    if letter.complaint_days is not None and letter.complaint_days.value is not None:
        settled = Markup(" که تا {} روز کاری به آن رسیدگی می‌کند").format(_number(letter.complaint_days))
    return [
        Markup("می‌توانید{} بی‌مراجعه حضوری به این تصمیم اعتراض کنید. "
               "کسی جز تصمیم‌گیرنده آن را بررسی می‌کند.").format(within) + _basis(letter.appeal_days),
        Markup("شکایت از روند رسیدگی (شرط یا هزینه افزون، گذشتن مهلت، نگفتن دلیل، «اشباع بازار» یا خواستن مراجعه "
               "حضوری) با بالاترین مقام دستگاه یا استاندار است{}.").format(settled) + _basis(letter.complaint_days),
        Markup("راه دیوان عدالت اداری نیز باز است.")]


def _number(rule: Rule) -> str:
    return calendar.to_persian_digits(str(rule.value))


def _basis(rule: Rule | None) -> Markup:
    """Where a period comes from: what is our own default is never taken for law."""
    if rule is None or rule.value is None:
        return Markup()
    return _BASIS.format(rule.source_fa or rule.source, _grade(rule.grade))


def _grade(grade: str) -> str:
    return words.table("fa").get(f"grade.{grade}", grade)
