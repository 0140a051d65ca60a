"""A file of offices as rows of text: encoding, separator, headings; what is hostile or unreadable is refused whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine import errors
from engine.values import Problem
from workflows import calendar
from workflows.office_import.columns import COLUMNS, spelling

MAX_BYTES = 20_000_000
MAX_ROWS = 20_000
MAX_LINE = 20_000
MAX_CELL = 1_000

_SEPARATORS = (",", ";", "\t")
_SIGNATURES = ((b"PK\x03\x04", "an Excel or ZIP file", "پرونده اکسل یا ZIP"),
               (b"\xd0\xcf\x11\xe0", "an old Excel file", "پرونده قدیمی اکسل"),
               (b"\xff\xfe", "UTF-16 text", "متن UTF-16"), (b"\xfe\xff", "UTF-16 text", "متن UTF-16"))
_SAVE_AS = ("Save it as “CSV UTF-8 (comma delimited)”.", "آن را با قالب «CSV UTF-8 (Comma delimited)» ذخیره کنید.")
_ARABIC = re.compile("[؀-ۿ]")
_HINT = re.compile(r"sep=(.)")
_SIGNED = re.compile(r"[+\-][\d۰-۹٠-٩\s.,٫\-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the file: where it begins, its cells by the name of their column, and what is wrong with its form."""

    number: int
    cells: Mapping[str, str]
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file that can be read."""

    name: str
    columns: Sequence[str]
    lines: Sequence[Line]


def read(content: bytes, name: str) -> Sheet:
    """The rows of a file; `name` is what problems call it.

    Raises: Invalid with every fault of the file as a whole: size, encoding, separators, headings, quotes.
    """
    text = _text(content, name)
    lines = list(io.StringIO(text, newline=""))  # as editors count lines
    _measure(lines, name)
    first = next((place for place, line in enumerate(lines)
                  if line.strip() and not _HINT.fullmatch(line.strip())), None)
    if first is None:
        raise _refused(name, None, "The file is empty.", "پرونده تهی است.")
    separator = max(_SEPARATORS, key=lambda mark: _known(lines[first], mark))
    columns = _headings(next(csv.reader([lines[first]], delimiter=separator)), name, first + 1)
    found = list(_rows(lines[first + 1:], separator, columns, name, first + 1))
    if not found:
        raise _refused(name, first + 1, "Below the headings there is no row.", "زیر سرستون‌ها ردیفی نیست.")
    return Sheet(name=name, columns=[column for column in columns if column], lines=found)


def _text(content: bytes, name: str) -> str:
    if len(content) > MAX_BYTES:
        raise _refused(name, None, f"The file is larger than {MAX_BYTES // 1_000_000} MB; divide it.",
                       f"پرونده بزرگ‌تر از {_fa(MAX_BYTES // 1_000_000)} مگابایت است؛ آن را چند پاره کنید.")
    for signature, what, what_fa in _SIGNATURES:
        if content.startswith(signature):
            raise _refused(name, None, f"This is {what}, not CSV. {_SAVE_AS[0]}",
                           f"این {what_fa} است، نه CSV. {_SAVE_AS[1]}")
    if b"\0" in content:
        line = content[:content.index(b"\0")].count(b"\n") + 1
        raise _refused(name, line, "A NUL character: this is no text.", "نویسه NUL: این پرونده متن نیست.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        if _ARABIC.search(content.decode("cp1256", errors="ignore")):
            raise _refused(name, line, f"The file is not UTF-8 but, it seems, Windows-1256. {_SAVE_AS[0]}",
                           f"پرونده UTF-8 نیست و گویا Windows-1256 است. {_SAVE_AS[1]}") from None
        raise _refused(name, line, f"The file is not UTF-8. {_SAVE_AS[0]}",
                       f"پرونده UTF-8 نیست. {_SAVE_AS[1]}") from None


def _measure(lines: Sequence[str], name: str) -> None:
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            raise _refused(name, number, f"The line is longer than {MAX_LINE} characters.",
                           f"این خط بیش از {_fa(MAX_LINE)} نویسه دارد.")
    if len(lines) > 3 * MAX_ROWS:
        raise _too_many(name)


def _known(line: str, separator: str) -> int:
    return sum(_column(cell) is not None for cell in next(csv.reader([line], delimiter=separator)))


def _column(heading: str) -> str | None:
    return _HEADINGS.get(spelling(heading))


_HEADINGS = {spelling(word): column.name for column in COLUMNS.values() for word in (column.name, column.fa)}


def _headings(cells: Sequence[str], name: str, number: int) -> list[str]:
    """The columns in the order of the file; an empty heading at the end is nothing. Raises: Invalid."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    found = [_column(cell) for cell in cells]
    there_are, there_are_fa = ", ".join(COLUMNS), "، ".join(one.fa for one in COLUMNS.values())
    problems = [_problem(name, number, _brief(cell), f"There is no such column; the columns are: {there_are}",
                         f"چنین ستونی نیست؛ ستون‌ها: {there_are_fa}", code="unknown_column")
                for cell, column in zip(cells, found, strict=True) if column is None]
    problems += [_problem(name, number, column, "The column comes twice.",
                          f"ستون «{COLUMNS[column].fa}» دو بار آمده است.")
                 for column in dict.fromkeys(filter(None, found)) if found.count(column) > 1]
    problems += [_problem(name, number, column.name, "The column is missing.", f"ستون «{column.fa}» نیست.")
                 for column in COLUMNS.values() if column.required and column.name not in found]
    if problems:
        raise errors.Invalid(problems)
    return [column or "" for column in found]


def _rows(lines: Sequence[str], separator: str, columns: Sequence[str], name: str, before: int) -> Iterator[Line]:
    reader, count, begins = csv.reader(lines, delimiter=separator, strict=True), 0, before + 1
    try:
        for cells in reader:
            number, begins = begins, before + reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise _too_many(name)
            yield _line(cells, columns, name, number)
    except csv.Error as error:
        raise _refused(name, begins, f"The quotation marks of this row do not match ({error}).",
                       "گیومه‌های این ردیف با هم نمی‌خوانند.") from None


def _line(cells: Sequence[str], columns: Sequence[str], name: str, number: int) -> Line:
    problems = []
    if any(cell.strip() for cell in cells[len(columns):]):
        problems.append(_problem(name, number, "row", "There are more cells than columns; put text with separators in "
                                 "quotation marks.", "شمار خانه‌ها از ستون‌ها بیشتر است؛ متن دارای جداکننده را در "
                                 "گیومه بگذارید."))
    for column, cell in zip(columns, cells, strict=False):
        if len(cell) > MAX_CELL:
            problems.append(_problem(
                name, number, column, f"More than {MAX_CELL} characters; perhaps a quotation mark is not closed.",
                f"بیش از {_fa(MAX_CELL)} نویسه؛ شاید گیومه‌ای بسته نشده است."))
        elif _is_formula(cell.strip()):
            problems.append(_problem(name, number, column, "A formula is not taken; write its value.",
                                     "فرمول پذیرفته نمی‌شود؛ مقدار آن را بنویسید.", code="formula"))
    return Line(number=number, problems=problems,
                cells={column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column})


def _is_formula(cell: str) -> bool:
    """Whether a spreadsheet would calculate this; signed numbers, such as +98 …, are none."""
    return cell[:1] in {"=", "@"} or (cell[:1] in {"+", "-"} and len(cell) > 1 and not _SIGNED.fullmatch(cell))


def _brief(cell: str) -> str:
    plain = "".join(char for char in cell if char.isprintable()).strip()
    return (plain if len(plain) <= 40 else plain[:40] + "…") or "(empty)"


def _too_many(name: str) -> errors.Invalid:
    return _refused(name, None, f"The file has more than {MAX_ROWS} rows; divide it.",
                    f"پرونده بیش از {_fa(MAX_ROWS)} ردیف دارد؛ آن را چند پاره کنید.")


def _refused(name: str, line: int | None, what: str, what_fa: str) -> errors.Invalid:
    return errors.Invalid([_problem(name, line, "file", what, what_fa)])


def _problem(name: str, line: int | None, where: str, what: str, what_fa: str, code: str = "invalid") -> Problem:
    return Problem(where=where, what=what, what_fa=what_fa, file=name, line=line, code=code)


def _fa(number: int) -> str:
    return calendar.to_persian_digits(str(number))
