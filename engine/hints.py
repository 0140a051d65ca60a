"""How to mend what stopped, in Persian: an incident keeps the English words, and whoever shows it may ask for these."""

from __future__ import annotations

from collections.abc import Mapping

PERSIAN: Mapping[str, str] = {
    "assign to it as a whole, or make it a context, then retry":
        "به کل آن مقدار بدهید یا آن را نگاشت کنید، سپس دوباره بکوشید",
    "Give text, numbers, booleans, dates, times, durations, lists and mappings.":
        "متن، عدد، درست و نادرست، تاریخ، ساعت، مدت، فهرست یا نگاشت بدهید.",
    "Make the expression smaller, or iterate over fewer values.":
        "عبارت را کوچک‌تر کنید یا روی مقدارهای کمتری تکرار کنید.",
    "add a default flow, or set the variables, then retry":
        "جریان پیش‌فرض بگذارید یا متغیرها را مقدار دهید و دوباره اجرا کنید",
    "add an error boundary event, or mend the cause and retry":
        "رویداد مرزی خطا بگذارید یا سبب را برطرف و دوباره اجرا کنید",
    "call functions in the expression and keep what they give":
        "تابع را در عبارت فرابخوانید و حاصلش را نگه دارید",
    "carry an id instead, then retry": "به جای آن شناسه‌ای همراه کنید و دوباره اجرا کنید",
    "correct the condition or the variables it uses, then retry":
        "شرط یا متغیرهای آن را اصلاح و دوباره اجرا کنید",
    "correct the expression or the variables it uses, then retry":
        "عبارت یا متغیرهای آن را اصلاح و دوباره اجرا کنید",
    "correlate by a short id, then retry":
        "همبستگی را با شناسه‌ای کوتاه بنویسید و دوباره اجرا کنید",
    "deploy it, or choose another version, then retry":
        "آن را مستقر کنید یا نسخه دیگری برگزینید و دوباره اجرا کنید",
    "deploy a version of it with a plain start event, then retry":
        "نسخه‌ای از آن با رویداد آغاز ساده مستقر کنید و دوباره اجرا کنید",
    "let the process keep less, or raise the limit, then retry":
        "فرایند کمتر نگه دارد یا سقف را بالا ببرید، و دوباره اجرا کنید",
    "look for a loop that never waits, then retry":
        "حلقه‌ای را که هرگز منتظر نمی‌ماند بیابید و دوباره اجرا کنید",
    "look for processes that call each other for ever, then retry":
        "فرایندهایی را که بی‌پایان یکدیگر را فرا می‌خوانند بیابید و دوباره اجرا کنید",
    "mend the decision table and deploy it, or change the variables, then retry":
        "جدول تصمیم را اصلاح و مستقر کنید یا متغیرها را تغییر دهید، و دوباره اجرا کنید",
    "mend what it needs, then retry":
        "آنچه را لازم دارد فراهم و دوباره اجرا کنید",
    "mend what the job needs, then retry it":
        "آنچه را کار لازم دارد فراهم و دوباره اجرا کنید",
    "register the handler, or deploy a corrected diagram":
        "کارگزار را ثبت کنید یا نمودار اصلاح‌شده را مستقر کنید",
    "retry the incident":
        "دوباره اجرا کنید",
    "set parvaneh:resultVariable":
        "‏parvaneh:resultVariable را بنویسید",
    "set the variables it is made of, then retry":
        "متغیرهایی را که از آن‌ها ساخته می‌شود مقدار دهید و دوباره اجرا کنید",
    "set the variables it uses, or correct the expression, then retry":
        "متغیرهای آن را مقدار دهید یا عبارت را اصلاح کنید، و دوباره اجرا کنید",
    "start one process instance for each item instead":
        "به جای آن برای هر مورد یک نمونه فرایند آغاز کنید",
    "use text, numbers, booleans, dates, durations, lists and mappings":
        "متن، عدد، درست یا نادرست، تاریخ، مدت، فهرست و نگاشت به کار ببرید",
}


def persian(hint: str) -> str:
    """The hint in Persian; as it stands where it is not the engine's own."""
    return PERSIAN.get(hint, hint)
