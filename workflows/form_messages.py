"""What a form says of a wrong answer, in Persian and English: one sentence that tells what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from engine.values import Problem
from workflows import calendar, identifiers
from workflows.form_fields import Field

_MISSING = {
    "select": ("Choose an option for “{en}”.", "برای «{fa}» یک گزینه انتخاب کنید."),
    "radio": ("Choose an option for “{en}”.", "برای «{fa}» یک گزینه انتخاب کنید."),
    "checklist": ("Choose at least one option for “{en}”.", "برای «{fa}» دست‌کم یک گزینه انتخاب کنید."),
    "checkbox": ("Tick “{en}” to go on.", "برای ادامه باید «{fa}» را تأیید کنید."),
    "file": ("Upload a file for “{en}”.", "برای «{fa}» یک پرونده بارگذاری کنید."),
}
_EMPTY = ("Enter “{en}”.", "«{fa}» را وارد کنید.")
_WRONG_TYPE = {
    "number": ("“{en}” must be a number.", "«{fa}» باید عدد باشد."),
    "date": ("“{en}” must be a date.", "«{fa}» باید تاریخ باشد."),
    "checkbox": ("“{en}” must be yes or no.", "«{fa}» باید بله یا خیر باشد."),
    "checklist": ("“{en}” must be a list of options.", "«{fa}» باید فهرستی از گزینه‌ها باشد."),
}
_NOT_TEXT = ("“{en}” must be text.", "«{fa}» باید متن باشد.")
_SAID: Mapping[str, tuple[str, str, str]] = {
    "minimum": ("too_small", "“{en}” must be {limit} or more.", "«{fa}» باید {limit_fa} یا بیشتر باشد."),
    "maximum": ("too_large", "“{en}” must be {limit} or less.", "«{fa}» باید {limit_fa} یا کمتر باشد."),
    "minLength": ("too_short", "“{en}” must have {limit} characters or more.",
                  "«{fa}» باید دست‌کم {limit_fa} نویسه داشته باشد."),
    "maxLength": ("too_long", "“{en}” must have {limit} characters or fewer.",
                  "«{fa}» باید حداکثر {limit_fa} نویسه داشته باشد."),
    "maxItems": ("too_many", "Upload no more than {limit} file for “{en}”.",
                 "برای «{fa}» بیش از {limit_fa} پرونده بارگذاری نکنید."),
    "uniqueItems": ("repeated", "“{en}” names an option twice.", "در «{fa}» یک گزینه دو بار آمده است."),
    "enum": ("not_an_option", "Choose one of the options of “{en}”.", "از گزینه‌های «{fa}» یکی را انتخاب کنید."),
    "pattern": ("pattern", "“{en}” is not written as expected.", "«{fa}» به شکل خواسته‌شده نوشته نشده است."),
}


def missing(field: Field) -> Problem:
    """The answer is needed and was not given."""
    return said(field, "required", *_MISSING.get(field.kind, _EMPTY))


def future(field: Field) -> Problem:
    """A date that lies after today but may not."""
    return said(field, "in_future", "“{en}” cannot be in the future.", "«{fa}» نمی‌تواند در آینده باشد.")


def no_file(field: Field) -> Problem:
    """A file was sent for a field that takes another kind of answer."""
    return said(field, "wrong_type", "“{en}” takes no file.", "«{fa}» پرونده نمی‌پذیرد.")


def unknown(key: str) -> Problem:
    """A name this form does not have."""
    return Problem(where=key, code="unknown_field", what="The form has no such field.",
                   what_fa="این فرم چنین خانه‌ای ندارد.", fix="Leave it out.", fix_fa="آن را حذف کنید.")


def of_schema(error: ValidationError, fields: Mapping[str, Field]) -> Iterator[Problem]:
    """The problems that one finding of the JSON Schema validator stands for."""
    instance: Any = error.instance
    schema: Any = error.schema
    limit: Any = error.validator_value
    if not error.absolute_path:
        if error.validator == "required":
            yield from (missing(fields[key]) for key in limit if key not in instance)
        elif error.validator == "additionalProperties":
            yield from (unknown(key) for key in instance if key not in schema["properties"])
        return
    field = fields[str(error.absolute_path[0])]
    validator = str(error.validator)
    if validator == "minItems" or (validator == "const" and field.kind == "checkbox"):
        yield missing(field)
    elif validator == "type":
        whole = field.kind == "number" and field.whole and isinstance(instance, float)
        texts = ("“{en}” must be a whole number.", "«{fa}» باید عدد صحیح باشد.") if whole else None
        yield said(field, "wrong_type", *(texts or _WRONG_TYPE.get(field.kind, _NOT_TEXT)))
    elif validator == "format":
        yield _format(field, error)
    elif validator == "pattern" and field.pattern_message:
        yield said(field, "pattern", field.pattern_message_en, field.pattern_message)
    else:
        yield said(field, *_SAID[validator], limit=limit)


def _format(field: Field, error: ValidationError) -> Problem:
    if isinstance(error.cause, identifiers.IdentifierError):
        return said(field, field.format or "format", error.cause.what, error.cause.what_fa)
    if field.kind == "date":
        return said(field, "not_a_date", "“{en}” must be a real date.", "«{fa}» باید تاریخی درست باشد.")
    return said(field, "email", "“{en}” must be an e-mail address.", "«{fa}» باید نشانی ایمیل باشد.")


def said(field: Field, code: str, english: str, persian: str, **facts: Any) -> Problem:
    """A problem of `field`, its label and the facts filled into both sentences."""
    if "limit" in facts:
        facts["limit_fa"] = calendar.to_persian_digits(str(facts["limit"]))
    names = {"en": field.label_en, "fa": field.label, **facts}
    return Problem(where=field.key, code=code, what=_fill(english, names), what_fa=_fill(persian, names))


def _fill(sentence: str, names: Mapping[str, Any]) -> str:
    """Fill the places we know; braces of a form's own message stay as they are."""
    for name, value in names.items():
        sentence = sentence.replace("{" + name + "}", str(value))
    return sentence
