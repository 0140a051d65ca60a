"""What an evaluation says about a null, in English and in Persian.

A message is the text of a template with its values; the template is the key of the Persian one, so whoever writes a
new message adds its Persian here, and a test fails until that is done.
"""

from __future__ import annotations

import decimal
from typing import Any

LONGEST = 120
"""Characters of a value that a message quotes."""


class Message(str):
    """An English sentence that can say itself in Persian."""

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> Message:
        """The template, with `{name}` replaced by the values; a value may itself be a message."""
        values = {name: _clipped(value) for name, value in values.items()}
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made

    @property
    def fa(self) -> str:
        """The sentence in Persian."""
        words = {name: _word(value) for name, value in self.values.items()}
        persian = PERSIAN[self.template]
        return persian.format(**words) if words else persian


class Refused(ValueError):
    """Raised where the standard says null: takes the template of the reason and its values."""

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(Message(template, **values))


def reason(fault: Exception) -> str:
    """Why a function has no value: the message of a refusal, or what an arithmetic error means."""
    if fault.args and isinstance(fault.args[0], Message):
        return fault.args[0]
    for kind, message in _ARITHMETIC.items():
        if isinstance(fault, kind):
            return message
    return str(fault) or type(fault).__name__


def persian(message: str) -> str:
    """The message in Persian; what comes from outside stays as it is."""
    return message.fa if isinstance(message, Message) else message


def kinds(names: list[str]) -> Message:
    """`number or string`, for a message."""
    joined = Message("{kind}", kind=names[0])
    for name in names[1:]:
        joined = Message("{one} or {other}", one=joined, other=name)
    return joined


def _clipped(value: Any) -> Any:
    """The value, or the beginning of a text too long to be read."""
    return value[:LONGEST] + "…" if type(value) is str and len(value) > LONGEST else value


def _word(value: Any) -> Any:
    if isinstance(value, Message):
        return value.fa
    return _KINDS.get(value, value) if isinstance(value, str) else value


_KINDS = {
    "number": "عدد", "string": "رشته", "boolean": "درست/نادرست", "null": "تهی", "list": "فهرست", "context": "ساختار",
    "date": "تاریخ", "time": "ساعت", "date and time": "تاریخ و ساعت", "range": "بازه", "function": "تابع",
    "days and time duration": "مدت روز و ساعت", "years and months duration": "مدت سال و ماه",
}
_ARITHMETIC: dict[type[Exception], Message] = {
    decimal.DivisionByZero: Message("division by zero"),
    decimal.Overflow: Message("the result is out of range"),
    decimal.InvalidOperation: Message("there is no such number"),
    OverflowError: Message("the result is out of range"),
}
PERSIAN = {
    "division by zero": "تقسیم بر صفر",
    "the result is out of range": "حاصل از محدوده بیرون است",
    "there is no such number": "چنین عددی وجود ندارد",
    "{kind}": "{kind}",
    "{one} or {other}": "{one} یا {other}",
    "{name}: {reason}": "{name}: {reason}",
    "{one} {operator} {other}: {reason}": "{one} {operator} {other}: {reason}",
    "{one} {operator} {other} has no value": "{one} {operator} {other} مقداری ندارد",
    "-{kind} has no value": "قرینه {kind} مقداری ندارد",
    "{one} between {low} and {high} is neither true nor false": "{one} میان {low} و {high} نه درست است نه نادرست",
    "{kind} does not compare with what it is tested for": "{kind} با آنچه آزموده می‌شود سنجیدنی نیست",
    "{one} {operator} {other} is neither true nor false": "{one} {operator} {other} نه درست است نه نادرست",
    "{name!r} is no number but a name, and there is no such variable; numbers have the digits 0 to 9":
        "{name!r} عدد نیست، نام است و چنین متغیری نیست؛ عدد را با رقم‌های لاتین ۰ تا ۹ (0-9) بنویسید",
    "there is no variable {name!r}": "متغیری به نام {name!r} نیست",
    "there is no function {name!r}": "تابعی به نام {name!r} نیست",
    "{name!r} is no type": "{name!r} نوع نیست",
    "{kind} is no function": "{kind} تابع نیست",
    "{kind} has no {name!r}": "{kind} چیزی به نام {name!r} ندارد",
    "there is no item {position} among {count}": "در میان {count} عضو، عضو {position} نیست",
    "a key comes twice in a context": "یک کلید در ساختار دو بار آمده است",
    "a filter is {kind}, not boolean or number": "شرط گزینش {kind} است، نه درست/نادرست یا عدد",
    "a range from {start} to {end} has no value": "بازه از {start} تا {end} مقداری ندارد",
    "{text!r} is no date, time or duration": "{text!r} تاریخ، ساعت یا مدت نیست",
    "there is nothing to iterate over": "چیزی برای پیمودن نیست",
    "the range does not run upwards": "بازه رو به بالا نیست",
    "the ends of the range are not whole numbers or dates": "دو سر بازه عدد درست یا تاریخ نیستند",
    "takes {count} arguments, not {given}": "{count} ورودی می‌گیرد، نه {given}",
    "takes {signatures}, not {given} arguments": "ورودی‌هایش {signatures} است، نه {given} ورودی",
    "takes {signatures}, not the arguments {names}": "ورودی‌هایش {signatures} است، نه {names}",
    "takes {signatures}, not ({given})": "ورودی‌هایش {signatures} است، نه ({given})",
    "has no parameter {name!r}": "ورودی‌ای به نام {name!r} ندارد",
    "takes the arguments {names}": "ورودی‌هایش {names} است",
    "{name} is {kind}, not {wanted}": "{name} از نوع {kind} است، نه {wanted}",
    "the argument {name!r} is not of its type": "ورودی {name!r} از نوع تعیین‌شده نیست",
    "the result is not of its type": "حاصل از نوع تعیین‌شده نیست",
    "the list is empty": "فهرست خالی است",
    "the list holds something that is not a number": "در فهرست چیزی جز عدد هست",
    "the list holds something that is not a string": "در فهرست چیزی جز رشته هست",
    "the list holds something that is not a boolean": "در فهرست چیزی جز درست/نادرست هست",
    "the list holds something that is not a context": "در فهرست چیزی جز ساختار هست",
    "the items have no order": "عضوها ترتیب‌پذیر نیستند",
    "the items do not compare": "عضوها با هم سنجیدنی نیستند",
    "two items have no order": "دو عضو ترتیبی ندارند",
    "a standard deviation needs two numbers": "انحراف معیار دست‌کم دو عدد می‌خواهد",
    "the length is out of range": "طول از محدوده بیرون است",
    "the length is less than one": "طول کمتر از یک است",
    "the start position is zero": "جای شروع صفر است؛ شمارش از ۱ یا ۱- است",
    "position {position} is out of range": "جای {position} از محدوده بیرون است",
    "match gives something that is not a boolean": "تابع تطبیق چیزی جز درست/نادرست می‌دهد",
    "scale {places} is out of range": "شمار رقم‌های {places} از محدوده بیرون است",
    "the divisor is zero": "مقسوم‌علیه صفر است",
    "the number is not positive": "عدد مثبت نیست",
    "the number is negative": "عدد منفی است",
    "{number} is not a whole number": "{number} عدد درست نیست",
    "the {part} is not a whole number": "مقدار {part} عدد درست نیست",
    "the value is {kind}, not boolean": "مقدار {kind} است، نه درست/نادرست",
    "{text!r} is not a {what}": "{text!r} مقدار درستی برای {what} نیست",
    "there is no day {year}-{month}-{day}": "روز {year}-{month}-{day} وجود ندارد",
    "there is no time {hour}:{minute}:{second}": "ساعت {hour}:{minute}:{second} وجود ندارد",
    "separators are space, comma or period, and differ": "جداکننده‌ها فاصله، ویرگول یا نقطه‌اند و با هم فرق دارند",
    "{text!r} does not run upwards": "{text!r} رو به بالا نیست",
    "an entry is not {{key: string, value: any}}": "یک درایه به شکل {{key: رشته, value: مقدار}} نیست",
    "the key {key!r} comes twice": "کلید {key!r} دو بار آمده است",
    "there is no entry {key!r}": "درایه‌ای به نام {key!r} نیست",
    "the keys are empty or hold something that is not a string": "کلیدها خالی‌اند یا چیزی جز رشته در آن‌هاست",
    "{key!r} is not a context": "{key!r} ساختار نیست",
    "the values do not compare": "مقدارها با هم سنجیدنی نیستند",
    "a range of all values but one has no ends": "بازه‌ای که جز یک مقدار همه را دارد سر و ته ندارد",
    "the pattern is longer than {limit} characters": "الگو از {limit} نویسه بلندتر است",
    "unknown flags {flags!r}": "نشانه‌های {flags!r} شناخته نیست",
    "not a regular expression: {fault}": "الگو نادرست است: {fault}",
    "the pattern matches the empty string": "الگو با رشته خالی جور می‌شود",
    "{text!r} stands alone in the replacement": "{text!r} در متن جایگزین تنها آمده است",
}
