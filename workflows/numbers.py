"""Numbers given out: file numbers for speech, licence numbers, and secret tracking codes."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.store import session as store
from workflows import calendar, catalogue, identifiers
from workflows.models.application import NumberSequence

if TYPE_CHECKING:
    from workflows.signatures import Keys

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")
_CODE_BYTES = 10
_CODE = re.compile(f"[{_CROCKFORD}]{{16}}")
_NUMBER = re.compile(r"([A-Z]{3})-(\d{4})-([A-Z]{2})-(\d{6,})-(\d)")


def next_number(session: Session, *, letters: str, at: datetime) -> str:
    """The next number of its kind and Jalali year, such as `WAZ-1405-CR-000123-7`.

    The last digit is a check digit over all before it. Numbers of a year are given out once, in order.
    """
    return next_numbers(session, letters=letters, at=at, count=1)[0]


def next_numbers(session: Session, *, letters: str, at: datetime, count: int) -> list[str]:
    """The next `count` numbers, in order; see `next_number`."""
    year = calendar.to_jalali(calendar.today(at))[0]
    where = {"code": letters, "year": year}
    store.insert_once(session, NumberSequence.__table__, {**where, "last": 0})  # type: ignore[arg-type]
    last = session.execute(update(NumberSequence).filter_by(**where).values(last=NumberSequence.last + count)
                           .returning(NumberSequence.last).execution_options(synchronize_session=False)).scalar_one()
    bodies = [f"{catalogue.PROVINCE}-{year}-{letters}-{number:06}" for number in range(last - count + 1, last + 1)]
    return [f"{body}-{check_digit(body)}" for body in bodies]


def check_digit(body: str) -> int:
    """Luhn's digit (ISO/IEC 7812-1) over the digits of `body`, letters read as 10 to 35: finds every single slip."""
    digits = [int(digit) for char in body if char.isalnum() for digit in str(int(char, 36))]
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(reversed(digits))]
    return -sum(doubled) % 10


def is_number(text: str) -> bool:
    """Whether `text` is a number as we give them out, check digit included."""
    body, _, check = text.rpartition("-")
    return _NUMBER.fullmatch(text) is not None and check_digit(body) == int(check)


def normalise_number(text: str) -> str:
    """The stored form of a number as people type it: Latin digits, capitals, no spaces."""
    return re.sub(r"\s+", "", identifiers.normalise_digits(text)).upper()


def tracking_code(keys: Keys, application_id: str) -> str:
    """The secret code of an application: 80 bits that only this installation can compute, in Crockford's base 32.

    Computed, not stored: a repeated submission gets the first answer, and a stolen database holds no code.
    """
    value = int.from_bytes(keys.derive("tracking", application_id, _CODE_BYTES), "big")
    text = "".join(_CROCKFORD[value >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(text[i:i + 4] for i in range(0, 16, 4))


def tracking_hash(text: str) -> str:
    """The hash under which a code is looked up. A malformed code takes the same path and is found nowhere."""
    code = re.sub(r"[\s\-\u200c]+", "", identifiers.normalise_digits(text[:100])).upper().translate(_LOOKALIKES)
    well_formed = _CODE.fullmatch(code) is not None
    return hashlib.sha256((code if well_formed else f"malformed\0{code}").encode()).hexdigest()
