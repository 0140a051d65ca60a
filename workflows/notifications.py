"""Notifications: what is said to applicants, in their language, through the outbox.

A notification is a row and a job of the same transaction; the job sends it at least once, under the row's id as the
provider's idempotency key. It goes to the applicant, never to a counter that helped: by text message, and where he has
confirmed an e-mail address, by a copy to it. Deadlines follow the text message alone, since nobody reports that an
e-mail was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import new_id
from workflows import calendar, rules
from workflows.models.account import Account
from workflows.models.application import Application
from workflows.models.notification import Notification as Row

if TYPE_CHECKING:
    from workflows.product import Product

JOB = "notification.send"
LANGUAGES = ("fa", "en")
SMS, EMAIL = "SMS", "EMAIL"

TEXTS: Mapping[str, tuple[str, str]] = {
    "code": (
        "رمز یک‌بارمصرف پروانه: {code}\nاین رمز ۵ دقیقه معتبر است. آن را به هیچ‌کس ندهید.",
        "Your Parvaneh one-time code: {code}\nIt is valid for 5 minutes. Give it to nobody."),
    "consent": (
        "رمز رضایت شما: {code}\n"
        "اگر می‌خواهید «{counter}» درخواست پروانه را به نام شما ثبت کند، آن را تنها به متصدی همان‌جا بگویید. "
        "این رمز ۵ دقیقه معتبر است و با آن نمی‌توان به حساب شما وارد شد.",
        "Your code of consent: {code}\n"
        "If {counter} shall take an application for a licence down in your name, tell it to the clerk there alone. "
        "It is valid for 5 minutes and opens no account."),
    "receipt": (
        "درخواست شما با شماره پرونده {file_number} ثبت شد. پیگیری: {url}/track",
        "Your application was received under file number {file_number}. Follow it at {url}/track"),
    "fix_notice": (
        "پرونده {file_number}: با آنچه نوشته‌اید شرطی برقرار نیست. "
        "برای اصلاح، انصراف یا درخواست بررسی تا پایان {days} روز کاری پس از این پیام فرصت دارید ({basis}): {url}/my",
        "File {file_number}: by what you stated, a condition is not met. "
        "You have {days} working days from this message to correct, stop, or ask for a review ({basis}): {url}/my"),
    "correction_notice": (
        "پرونده {file_number} نیاز به اصلاح دارد. تا پایان {days} روز کاری پس از این پیام فرصت دارید "
        "({basis}): {url}/my",
        "File {file_number} needs correction. You have {days} working days from this message ({basis}): {url}/my"),
    "correction_reminder": (
        "یادآوری: پرونده {file_number} در انتظار اصلاح شماست: {url}/my",
        "Reminder: file {file_number} waits for your correction: {url}/my"),
    "agreed_in_principle": (
        "با پرونده {file_number} موافقت اصولی شد. گام بعدی: {url}/my",
        "File {file_number} was agreed in principle. Next step: {url}/my"),
    "your_turn": (
        "پرونده {file_number} در انتظار اقدام شماست: {url}/my",
        "File {file_number} waits for you: {url}/my"),
    "issued": (
        "پروانه پرونده {file_number} صادر شد. دریافت: {url}/my",
        "The licence of file {file_number} was issued. Download it: {url}/my"),
    "granted": (
        "درخواست پرونده {file_number} پذیرفته شد: {url}/my",
        "What file {file_number} asked for was granted: {url}/my"),
    "rejected": (
        "با پرونده {file_number} موافقت نشد. شرط‌های برقرارنشده: {codes}. نامه تصمیم و راه اعتراض: {url}/my",
        "File {file_number} was refused. Conditions not met: {codes}. The decision and how to appeal: {url}/my"),
    "withdrawn": (
        "پرونده {file_number} به درخواست شما بسته شد.",
        "File {file_number} was withdrawn at your request."),
    "withdrawal_declined": (
        "درخواست انصراف از پرونده {file_number} پذیرفته نشد. دلیل: {url}/my",
        "Your request to withdraw file {file_number} was declined. The reason: {url}/my"),
    "lapsed": (
        "مهلت پرونده {file_number} گذشت و پرونده بسته شد ({basis}). "
        "می‌توانید آن را با همان داده‌ها بازگشایی کنید: {url}/my",
        "The time limit of file {file_number} passed and it lapsed ({basis}). "
        "You can reopen it with its data: {url}/my"),
    "cancelled": (
        "مدیر سامانه پرونده {file_number} را بدون تصمیم بست؛ این رد درخواست نیست. دلیل: {reason}. بازگشایی: {url}/my",
        "An administrator closed file {file_number} without a decision; this is no refusal. Reason: {reason}. "
        "Reopen it: {url}/my"),
    "clock_alarm": (
        "{percent}٪ از زمان پرونده {file_number} گذشته است: {url}/applications",
        "{percent} % of the time of file {file_number} has passed: {url}/applications"),
    "deemed_consent_notified": (
        "مهلت منتشرشده پرونده {file_number} بی‌پاسخ گذشت؛ در حکم موافقت است و امروز باید تصمیم گرفته شود: "
        "{url}/applications",
        "The published deadline of file {file_number} passed without an answer, which counts as consent; decide today: "
        "{url}/applications"),
    "deemed_consent_issued": (
        "مهلت منتشرشده پرونده {file_number} بی‌پاسخ گذشت و پروانه به حکم قانون صادر شد: {url}/applications",
        "The published deadline of file {file_number} passed without an answer and the licence was issued by law: "
        "{url}/applications"),
    "deemed_consent_failed": (
        "مهلت منتشرشده پرونده {file_number} بی‌پاسخ گذشت و صدور به حکم قانون انجام نشد؛ رسیدگی کنید: {url}/applications",
        "The published deadline of file {file_number} passed without an answer and issuing by law failed; see to it: "
        "{url}/applications"),
    "renewal_reminder": (
        "اعتبار پروانه {number} در {expires} پایان می‌یابد. تا {deadline} درخواست تمدید بدهید ({basis}): "
        "{url}/apply/renew",
        "Licence {number} ends on {expires}. Apply for its renewal by {deadline} ({basis}): {url}/apply/renew"),
    "renewal_waiver": (
        "مهلت درخواست تمدید پروانه {number} در {deadline} گذشت. بی درخواست، پروانه در {expires} پایان می‌یابد و "
        "انصراف به شمار می‌آید ({basis}).",
        "The deadline for renewing licence {number} passed on {deadline}. Without an application it ends on {expires}, "
        "which counts as a waiver ({basis})."),
    "renewal_late": (
        "مهلت درخواست تمدید پروانه {number} در {deadline} گذشت و اعتبار آن در {expires} پایان می‌یابد. درباره درخواست "
        "دیرهنگام مدیر تصمیم می‌گیرد ({basis}): {url}/apply/renew",
        "The deadline for renewing licence {number} passed on {deadline} and it ends on {expires}. The head decides on "
        "a late application ({basis}): {url}/apply/renew"),
    "confirm_email": (
        "برای دریافت پیام‌های پروانه با این نشانی، وارد شوید و این پیوند را تا ۲۴ ساعت دیگر باز کنید:\n{link}\n"
        "اگر شما این را نخواسته‌اید، کاری لازم نیست.",
        "To get messages of Parvaneh at this address, sign in and open this link within 24 hours:\n{link}\n"
        "If you did not ask for it, there is nothing to do."),
    "followed_by": (
        "برای دفتر پرونده {file_number} اکنون می‌توانید «{service_fa}» را درخواست کنید: {url}/apply/{service}",
        "For the office of file {file_number} you can now apply for \"{service_en}\": {url}/apply/{service}"),
    "reopened": (
        "پرونده {file_number} بازگشایی شد.",
        "File {file_number} was reopened."),
}
"""Kind -> Persian and English text."""

_SECRET = frozenset({"code", "consent", "confirm_email"})
_WINDOW = "correction_window_wd"
_DEADLINES = frozenset({"fix_notice", "correction_notice", "lapsed"})
"""Kinds that speak of a deadline, and so name what it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message as it stands in an application's file."""

    id: str
    kind: str
    channel: str
    """SMS or EMAIL."""
    text: str | None
    """None once a message that held a secret has been sent."""
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    refused_at: datetime | None
    """When the provider said that it will never arrive."""


def send(session: Session, *, product: Product, kind: str, language: str, facts: Mapping[str, Any],
         mobile: str | None = None, email: str | None = None, application_id: str | None = None,
         subject_id: str | None = None) -> str:
    """Put one message into the outbox and return its id; it leaves once the transaction is committed.

    It goes to `mobile`, else to the address `email`.
    """
    if (mobile is None) == (email is None):
        raise ValueError("a message goes to one number or to one address")
    language = language if language in LANGUAGES else "fa"
    text = TEXTS[kind][LANGUAGES.index(language)].format(url=product.settings.public_url, **facts)
    row = Row(id=new_id(), kind=kind, channel=SMS if email is None else EMAIL, mobile=mobile, email=email,
              language=language, text=text, application_id=application_id, subject_id=subject_id,
              created_at=product.clock.now())
    session.add(row)
    session.flush()
    product.engine.enqueue(session, kind=JOB, payload={"notification_id": row.id}, dedup_key=f"{JOB}:{row.id}")
    return row.id


def to_applicant(session: Session, *, product: Product, application: Application, kind: str,
                 facts: Mapping[str, Any] | None = None, subject_id: str | None = None) -> str | None:
    """Send `kind` to the applicant of an application, in his language; None where no number is known.

    A copy goes to his e-mail address, if he has confirmed one; `subject_id` stands in the text message alone.
    """
    account = session.get(Account, application.applicant_id)
    if account is None or account.mobile is None:
        return None
    told = {"file_number": application.file_number, **(facts or {})}
    if kind in _DEADLINES:
        book = rules.of_application(session, engine=product.engine, application=application)
        told |= _deadline(book, account.language)
    if account.email is not None:
        send(session, product=product, kind=kind, email=account.email, language=account.language, facts=told,
             application_id=application.id)
    return send(session, product=product, kind=kind, mobile=account.mobile, language=account.language, facts=told,
                application_id=application.id, subject_id=subject_id)


def of_application(session: Session, *, application_id: str) -> list[Notification]:
    """The messages sent about an application, oldest first."""
    rows = session.scalars(select(Row).where(Row.application_id == application_id).order_by(Row.id))
    return [Notification(id=row.id, kind=row.kind, channel=row.channel, text=row.text, created_at=row.created_at,
                         sent_at=row.sent_at, delivered_at=row.delivered_at, refused_at=row.refused_at)
            for row in rows]


def subject(kind: str, language: str) -> str:
    """The subject line of an e-mail: it names no person and no file, since others may see it in passing."""
    if kind == "confirm_email":
        return ("تأیید نشانی رایانامه", "Confirm your e-mail address")[LANGUAGES.index(language)]
    return ("پیام سامانه پروانه", "A message of Parvaneh")[LANGUAGES.index(language)]


def basis(book: rules.RuleBook, key: str, language: str) -> str:
    """What a rule rests on, in one clause; a default is never told as law."""
    rule = book.rules.get(key)
    if rule is None or not rule.acts:
        return "a default of this system, not law" if language == "en" else "مهلت پیش‌فرض سامانه است و قانون نیست"
    return f"by {rule.source}" if language == "en" else f"به استناد {rule.source_fa or rule.source}"


def _deadline(book: rules.RuleBook, language: str) -> dict[str, str]:
    """The correction window and what it rests on."""
    days = str(book.value(_WINDOW, 10))
    return {"days": days if language == "en" else calendar.to_persian_digits(days),
            "basis": basis(book, _WINDOW, language)}


def is_secret(kind: str) -> bool:
    """Whether the text of such a message is forgotten once it has been sent."""
    return kind in _SECRET
