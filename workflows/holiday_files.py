"""A CSV file of holidays: official, lunar and ad-hoc days, closed or working after all; all of them or none.

Columns under either name: `date` (تاریخ), `reason` (دلیل), and where wanted `kind` (نوع) and `working` (کاری).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import errors
from engine.values import Problem
from workflows import authorization, calendar, form_answers, holidays, identifiers, reasons
from workflows.holidays import Declared

if TYPE_CHECKING:
    from workflows.accounts import User
    from workflows.product import Product

MAX_BYTES = 1_000_000
MAX_ROWS = 2_000
_COLUMNS: Mapping[str, str] = {
    "date": "date", "تاریخ": "date", "reason": "reason", "دلیل": "reason", "kind": "kind", "نوع": "kind",
    "working": "working", "کاری": "working"}
_KINDS: Mapping[str, str] = {
    "": holidays.ADHOC, "OFFICIAL": holidays.OFFICIAL, "رسمی": holidays.OFFICIAL, "LUNAR": holidays.LUNAR,
    "قمری": holidays.LUNAR, "ADHOC": holidays.ADHOC, "موردی": holidays.ADHOC}
_TRUTHS: Mapping[str, bool] = {"": False, "no": False, "false": False, "خیر": False, "yes": True, "true": True,
                               "بله": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a file."""

    new: int
    changed: int
    same: int
    moved: int
    """Deadlines of the first instances that moved; the others follow in jobs."""


def take(session: Session, *, product: Product, content: bytes, name: str, user: User) -> Taken:
    """Declare the days of a file; running deadlines are computed again, once. The same file again changes nothing.

    Raises: Forbidden; Invalid with every fault and its line, and then nothing is written.
    """
    authorization.require(user, "calendar.declare", clock=product.machine)
    return take_as(session, product=product, content=content, name=name, by=user.id)


def take_as(session: Session, *, product: Product, content: bytes, name: str, by: str) -> Taken:
    """Declare for someone who was authorized before. Raises: Invalid with every fault and its line."""
    days = read(content, name)
    standing = {one.day: one for one in holidays.declared(session)}
    wanted = [one for one in days if standing.get(one.day) != one]
    new = sum(one.day not in standing for one in wanted)
    holidays.write(session, product=product, days=wanted, by=by)
    moved = holidays.changed(session, product=product) if wanted else 0
    return Taken(new=new, changed=len(wanted) - new, same=len(days) - len(wanted), moved=moved)


def read(content: bytes, name: str) -> Sequence[Declared]:
    """The days of a file. Raises: Invalid with every fault and its line."""
    rows = _rows(content, name)
    columns = [_COLUMNS.get(identifiers.normalise_text(cell).strip().casefold()) for cell in rows[0][1]]
    missing = [each for each in ("date", "reason") if each not in columns]
    if missing:
        raise _refused(name, 1, f"The columns {', '.join(missing)} are missing.",
                       f"ستون‌های {'، '.join(missing)} نیست.")
    problems: list[Problem] = []
    found: dict[date, Declared] = {}
    for number, cells in rows[1:]:
        named = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
        one = _day(named, name, number, problems)
        if one is not None and one.day in found:
            problems.append(_problem(name, number, "This day stands twice.", "این روز دو بار آمده است."))
        elif one is not None:
            found[one.day] = one
    if not found and not problems:
        problems.append(_problem(name, 1, "Below the headings there is no row.", "زیر سرستون‌ها ردیفی نیست."))
    if problems:
        raise errors.Invalid(problems)
    return list(found.values())


def _rows(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    if len(content) > MAX_BYTES:
        raise _refused(name, None, "The file is larger than 1 MB.", "پرونده بزرگ‌تر از ۱ مگابایت است.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(name, None, "The file is not UTF-8; save it as “CSV UTF-8”.",
                       "پرونده UTF-8 نیست؛ آن را با قالب «CSV UTF-8» ذخیره کنید.") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise _refused(name, reader.line_num, f"The file cannot be read: {error}.", "پرونده خواندنی نیست.") from None
    if not rows:
        raise _refused(name, None, "The file is empty.", "پرونده تهی است.")
    if len(rows) > MAX_ROWS:
        raise _refused(name, None, f"More than {MAX_ROWS} rows.",
                       f"بیش از {calendar.to_persian_digits(str(MAX_ROWS))} ردیف.")
    return rows


def _day(cells: Mapping[str, str], name: str, number: int, problems: list[Problem]) -> Declared | None:
    day = form_answers.to_date(cells.get("date", ""))
    kind = _KINDS.get(cells.get("kind", "").upper())
    working = _TRUTHS.get(cells.get("working", "").casefold())
    reason, unreasoned = reasons.checked(cells.get("reason", ""))
    found = [*((_problem(name, number, one.what, one.what_fa)) for one in unreasoned)]
    if day is None:
        found.append(_problem(name, number, "The date is one such as 1405-01-13.", "تاریخ مانند ۱۴۰۵/۰۱/۱۳ است."))
    if kind is None:
        found.append(_problem(name, number, "The kind is OFFICIAL, LUNAR or ADHOC.", "نوع رسمی، قمری یا موردی است."))
    if working is None:
        found.append(_problem(name, number, "Working is yes or no.", "کاری بله یا خیر است."))
    problems += found
    if day is None or kind is None or working is None or found:
        return None
    return Declared(day=day, working=working, kind=kind, reason=reason)


def _refused(name: str, line: int | None, what: str, what_fa: str) -> errors.Invalid:
    return errors.Invalid([_problem(name, line, what, what_fa)])


def _problem(name: str, line: int | None, what: str, what_fa: str) -> Problem:
    told = f"Line {line}: " if line else ""
    told_fa = f"سطر {calendar.to_persian_digits(str(line))}: " if line else ""
    return Problem(where="file", file=name, line=line, code="holiday_file", what=told + what, what_fa=told_fa + what_fa)
