"""Identifiers of Iranian persons, companies, places and accounts, and normalisation of Persian text.

Every checker takes text as people type it (Persian, Arabic or Latin digits, Arabic letters, stray spaces), returns the
one stored form, and raises `IdentifierError` with a message in both languages. Vectors and algorithms: docs/reference.
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {ord(digit): str(value) for block in ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩") for value, digit in enumerate(block)}
_LETTERS = {ord("ي"): "ی", ord("ى"): "ی", ord("ك"): "ک",
            **{ord(arabic): persian for arabic, persian in zip("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", strict=True)}}
_UNSEEN = dict.fromkeys((
    *(code for code in range(0x20) if chr(code) not in "\t\n\r"), *range(0x7F, 0x85), *range(0x86, 0xA0), 0xAD, 0x61C,
    0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, *range(0xD800, 0xE000)))
"""What nobody sees and nobody means: control characters, directions that reorder what is read, spaces without width,
halves of surrogate pairs. ZWNJ and ZWJ are none of them: Persian is spelt with them."""
_HYPHENS = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE63, 0xFF0D), "-")
_SPACES = re.compile(r"[^\S\n]+")
_LEGAL_ID_WEIGHTS = (29, 27, 23, 19, 17)
_SEPARATORS = re.compile(r"[\s\-‌]+")

_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
                    r"@(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
"""A dot-atom and a host name of two labels at least (RFC 5321 §4.1.2, without quoted strings and literals)."""


class IdentifierError(ValueError):
    """A value is not what its field asks for; `what` and `what_fa` say why."""

    def __init__(self, what: str, what_fa: str) -> None:
        self.what = what
        self.what_fa = what_fa
        super().__init__(what)


def normalise_digits(text: str) -> str:
    """Persian (U+06F0-9) and Arabic (U+0660-9) digits become Latin ones; everything else stays."""
    return text.translate(_DIGITS)


def normalise_text(text: str) -> str:
    """The stored form of Persian text: NFC, Persian ی, ک and digits for Arabic ones, nothing unseen, single spaces.

    ZWNJ is kept, since it carries meaning in Persian spelling; Latin digits stay Latin.
    """
    text = unicodedata.normalize("NFC", text.translate(_UNSEEN)).translate(_LETTERS)
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.splitlines()).strip()


def search_key(text: str) -> str:
    """The form under which text is searched: normalised, Latin digits, no ZWNJ, tatweel or diacritics, casefolded."""
    text = normalise_digits(normalise_text(text)).replace("\u200c", "").replace("\u0640", "")
    decomposed = unicodedata.normalize("NFD", text)
    kept = "".join(c for c in decomposed if not unicodedata.combining(c) or c in "\u0653\u0654")
    return unicodedata.normalize("NFC", kept).casefold()


def compact_digits(text: str) -> str:
    """Latin digits without spaces, hyphens and ZWNJ: the form in which numbers are checked and stored."""
    return _SEPARATORS.sub("", normalise_digits(text).translate(_UNSEEN))


def register_number(text: str) -> str:
    """The stored form of a number from another body's register, under which two spellings of it are one.

    Latin digits, Persian letters for Arabic ones, capitals, one kind of hyphen; without spaces, ZWNJ, tatweel and
    diacritics.
    """
    return re.sub(r"\s+", "", search_key(text).translate(_HYPHENS)).upper()


def national_id(text: str) -> str:
    """Check an Iranian national ID (kod-e melli): exactly ten digits, not all equal, check digit modulo 11."""
    value = compact_digits(text)
    if not re.fullmatch(r"\d{10}", value, re.ASCII):
        raise IdentifierError("A national ID has exactly ten digits.", "کد ملی باید دقیقاً ده رقم باشد.")
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(value[:9])) % 11
    check = remainder if remainder < 2 else 11 - remainder
    if len(set(value)) == 1 or check != int(value[9]):
        raise IdentifierError("This national ID is not valid: its check digit does not match.",
                              "کد ملی درست نیست: رقم کنترل آن نمی‌خواند.")
    return value


def legal_id(text: str) -> str:
    """Check an Iranian legal ID (shenase-ye melli of a company): eleven digits with a weighted check digit."""
    value = compact_digits(text)
    if not re.fullmatch(r"\d{11}", value, re.ASCII):
        raise IdentifierError("A legal ID has exactly eleven digits.", "شناسه ملی باید دقیقاً یازده رقم باشد.")
    digits = [int(digit) for digit in value]
    offset = digits[9] + 2
    total = sum((digits[i] + offset) * _LEGAL_ID_WEIGHTS[i % 5] for i in range(10)) % 11
    if total % 10 != digits[10] or not any(digits[3:9]):
        raise IdentifierError("This legal ID is not valid: its check digit does not match.",
                              "شناسه ملی درست نیست: رقم کنترل آن نمی‌خواند.")
    return value


def postal_code(text: str) -> str:
    """Check a postal code: ten digits, the first not zero, not all equal."""
    value = compact_digits(text)
    if not re.fullmatch(r"[1-9]\d{9}", value, re.ASCII) or len(set(value)) == 1:
        raise IdentifierError("A postal code has ten digits and does not begin with zero.",
                              "کد پستی ده رقم دارد و با صفر آغاز نمی‌شود.")
    return value


def mobile(text: str) -> str:
    """Check a mobile number and return it as `09xxxxxxxxx`; `+98`, `0098`, `98` and a bare `9…` are understood."""
    value = re.sub(r"^(?:\+98|0098|98(?=9\d{9}$)|0)?", "0", compact_digits(text), count=1)
    if not re.fullmatch(r"09\d{9}", value, re.ASCII):
        raise IdentifierError("A mobile number looks like 09123456789.", "شماره همراه باید مانند ۰۹۱۲۳۴۵۶۷۸۹ باشد.")
    return value


def email(text: str) -> str:
    """Check an e-mail address, of ASCII, and return it with its domain in small letters; 254 characters at most."""
    value = text.strip()
    if len(value) > 254 or not _EMAIL.fullmatch(value):
        raise IdentifierError("An e-mail address looks like name@example.ir.",
                              "نشانی رایانامه باید مانند name@example.ir باشد.")
    name, _, domain = value.rpartition("@")
    return f"{name}@{domain.lower()}"


def iban(text: str) -> str:
    """Check an Iranian IBAN (sheba): `IR` and 24 digits, ISO 7064 mod 97-10 (ISO 13616)."""
    value = compact_digits(text).upper()
    if re.fullmatch(r"\d{24}", value, re.ASCII):
        value = "IR" + value
    if not re.fullmatch(r"IR\d{24}", value, re.ASCII):
        raise IdentifierError("A sheba number is IR and 24 digits.", "شماره شبا IR و ۲۴ رقم است.")
    rearranged = value[4:] + "".join(str(ord(letter) - 55) for letter in value[:2]) + value[2:4]
    # Check digits lie between 02 and 98; 00, 01 and 99 would stand for 97, 98 and 02.
    if int(rearranged) % 97 != 1 or not 2 <= int(value[2:4]) <= 98:
        raise IdentifierError("This sheba number is not valid: its check digits do not match.",
                              "شماره شبا درست نیست: رقم‌های کنترل آن نمی‌خوانند.")
    return value


def economic_code(text: str) -> str:
    """Check a tax economic code: 11 to 14 digits (companies use their legal ID or a 12-digit code)."""
    value = compact_digits(text)
    if not re.fullmatch(r"\d{11,14}", value, re.ASCII):
        raise IdentifierError("An economic code has 11 to 14 digits.", "کد اقتصادی ۱۱ تا ۱۴ رقم دارد.")
    return value


def digits(text: str) -> str:
    """Check a plain number of any length and return it in Latin digits."""
    value = compact_digits(text)
    if not re.fullmatch(r"\d+", value, re.ASCII):
        raise IdentifierError("Only digits are expected here.", "در اینجا تنها رقم پذیرفته می‌شود.")
    return value
