"""Files of offices that cannot be read: what each is refused for, in both languages."""

from __future__ import annotations

import pytest

from engine import errors
from workflows.office_import import COLUMNS, files

REQUIRED = [column.name for column in COLUMNS.values() if column.required]
HEAD = ",".join(REQUIRED)
ROW = ",".join("x" * len(REQUIRED))


def refusal(content: bytes) -> tuple[int | None, str, str, str]:
    with pytest.raises(errors.Invalid) as caught:
        files.read(content, "a.csv")
    first = caught.value.problems[0]
    assert first.file == "a.csv"
    return first.line, first.where, first.what, first.what_fa


@pytest.mark.parametrize("content, line, said, said_fa", [
    (b"", None, "empty", "تهی"),
    (b"\n \n", None, "empty", "تهی"),
    (HEAD.encode(), 1, "no row", "ردیفی نیست"),
    (b"PK\x03\x04rest", None, "Excel", "اکسل"),
    (b"\xd0\xcf\x11\xe0rest", None, "Excel", "اکسل"),
    (HEAD.encode("utf-16"), None, "UTF-16", "UTF-16"),
    (f"{HEAD}\n{ROW}\nارومیه".encode("cp1256", errors="replace"), 3, "Windows-1256", "Windows-1256"),
    (f"{HEAD}\n".encode() + b"\xff\xfa", 2, "not UTF-8", "UTF-8 نیست"),
    (f"{HEAD}\na\0b".encode(), 2, "NUL", "NUL"),
    (f"{HEAD}\n{'x' * 20_001}".encode(), 2, "longer than 20000", "۲۰۰۰۰"),
    (f'{HEAD}\n{ROW}\n"a"b,c'.encode(), 3, "quotation marks", "گیومه"),
    (f'{HEAD}\n{ROW}\n"a,b\n{ROW}'.encode(), 3, "quotation marks", "گیومه"),
])
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(content, line, said, said_fa):
    found = refusal(content)
    assert found[0] == line
    assert said in found[2]
    assert said_fa in found[3]


def test_a_file_that_is_too_large_is_refused_before_it_is_decoded():
    assert "larger than 20 MB" in refusal(b"\xff" * (files.MAX_BYTES + 1))[2]


def test_too_many_rows_are_refused():
    assert "more than 20000 rows" in refusal(f"{HEAD}\n{(ROW + chr(10)) * 20_001}".encode())[2]


def test_headings_are_told_when_unknown_missing_or_double():
    with pytest.raises(errors.Invalid) as caught:
        files.read(f"{HEAD.replace('county', 'province')},kind\n{ROW}".encode(), "a.csv")
    assert [(one.where, one.line) for one in caught.value.problems] == [("province", 1), ("kind", 1), ("county", 1)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_line_ends_and_marks_are_understood(separator, start, end):
    text = start + end.join(line.replace(",", separator) for line in (HEAD, ROW, "", ROW)) + end
    sheet = files.read(text.encode(), "a.csv")
    before = start.count("\n")
    assert [line.number for line in sheet.lines] == [2 + before, 4 + before]
    assert sheet.columns == REQUIRED


def test_persian_headings_in_any_spelling_and_the_hint_of_excel_are_understood():
    head = ";".join(column.fa.replace("ی", "ي").replace(" ", "_") for column in COLUMNS.values() if column.required)
    [line] = files.read(f"sep=;\n{head}\n{ROW.replace(',', ';')}".encode(), "a.csv").lines
    assert line.number == 3
    assert list(line.cells) == REQUIRED


def test_a_row_over_several_lines_is_named_by_its_first():
    quoted = f'"a\nb",{ROW[2:]}'
    assert [line.number for line in files.read(f"{HEAD}\n{quoted}\n{ROW}".encode(), "a.csv").lines] == [2, 4]


def test_cells_beyond_the_columns_are_told_and_missing_ones_are_empty():
    first, second = files.read(f"{HEAD}\n{ROW},,y\nx".encode(), "a.csv").lines
    assert [one.where for one in first.problems] == ["row"]
    assert second.problems == []
    assert second.cells == {REQUIRED[0]: "x"}


@pytest.mark.parametrize("cell, formula", [
    ("=1+1", True), ("@SUM(A1)", True), ("+cmd|' /C calc'!A0", True), ("-A1", True), ("+98 914 123 4567", False),
    ("-", False), ("-3.5", False), ("۳", False), ("a=b", False)])
def test_formulas_are_no_values(cell, formula):
    [line] = files.read(f"{HEAD}\n{cell}{ROW[1:]}".encode(), "a.csv").lines
    assert [one.code for one in line.problems] == (["formula"] if formula else [])
