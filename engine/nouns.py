"""Persian of what can be looked for in vain; the words of the floor above too, since errors are worded in one place."""

from __future__ import annotations

from collections.abc import Mapping

PERSIAN: Mapping[str, str] = {
    "account": "حساب",
    "application": "درخواست",
    "clock": "زمان‌سنج پرونده",
    "cycle": "دوره",
    "cycle kind": "نوع دوره",
    "decision": "تصمیم",
    "declared day": "روز اعلام‌شده",
    "deployment": "استقرار",
    "docket item": "مورد دستور جلسه",
    "document": "سند",
    "event": "رویداد",
    "file": "پرونده",
    "form": "فرم",
    "holder": "دارنده پروانه",
    "incident": "رخداد خطا",
    "job": "کار زمان‌دار",
    "job handler": "گرداننده کار زمان‌دار",
    "licence": "پروانه",
    "message": "پیام",
    "minutes": "صورت‌جلسه",
    "notification": "اعلان",
    "office": "دفتر",
    "process": "فرایند",
    "process definition": "تعریف فرایند",
    "process instance": "نمونه فرایند",
    "proposal": "پیشنهاد",
    "question": "پرسش",
    "retry of incidents": "اجرای دوباره رخدادها",
    "rule": "قاعده",
    "service": "خدمت",
    "session": "نشست",
    "signal": "سیگنال",
    "start event": "رویداد آغاز",
    "timer": "زمان‌سنج",
    "token": "نشان",
    "user task": "کار",
}
