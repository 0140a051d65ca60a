"""`parvaneh import offices`: what it prints, how it ends, and that nothing stays of a dry run or a bad file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.api.test_cli import installed, parvaneh

__all__ = ["installed", "parvaneh"]

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/offices/offices.csv"


def test_the_example_is_taken_in_once_and_changes_nothing_again(installed):
    first = installed("import", "offices", str(EXAMPLE), "--reason", "نامه ۷")
    assert first.exit_code == 0, first.output
    assert "6 new, 0 changed, 0 unchanged, 0 bad. Written." in first.output
    assert "۶ تازه، ۰ دگرگون، ۰ بی‌تغییر، ۰ نادرست. نوشته شد." in first.output
    assert first.output.count("new village / روستای تازه:") == 3
    again = installed("import", "offices", str(EXAMPLE))
    assert "0 new, 0 changed, 6 unchanged, 0 bad. Nothing was written." in again.output
    assert "village" not in again.output


def test_a_dry_run_tells_of_each_row_and_writes_nothing(installed):
    for _ in range(2):
        done = installed("import", "offices", str(EXAMPLE), "--dry-run")
        assert done.exit_code == 0, done.output
        assert "offices.csv:2: new  CRA DEMO-U-" in done.output
        assert "6 new, 0 changed, 0 unchanged, 0 bad. Nothing was written." in done.output


def test_a_dry_run_says_what_a_row_would_change(installed, tmp_path):
    installed("import", "offices", str(EXAMPLE))
    changed = tmp_path / "new.csv"
    changed.write_text(EXAMPLE.read_text("utf-8").replace("1404", "1405", 0).replace("BACHELOR", "MASTER", 1), "utf-8")
    done = installed("import", "offices", str(changed), "--dry-run")
    assert "manager_degree" in done.output
    assert "0 new, 1 changed, 5 unchanged, 0 bad." in done.output


def test_a_bad_row_ends_it_with_its_line_and_writes_nothing_unless_told_to(installed, tmp_path):
    head, first, *others = EXAMPLE.read_text("utf-8").splitlines(keepends=True)
    bad = tmp_path / "bad.csv"
    bad.write_text("".join([head, first.replace("DEMO-U-0001", "", 1), *others]), "utf-8")
    done = installed("import", "offices", str(bad))
    assert done.exit_code == 1
    assert "error: bad.csv:2: licence_number: A value is needed.\n    شماره پروانه: مقداری لازم است." in done.output
    assert "0 bad" not in done.output
    assert "5 new, 0 changed, 0 unchanged, 1 bad. Nothing was written." in done.output
    assert "1 problem(s) found. 1 ایراد یافت شد." in done.output
    some = installed("import", "offices", str(bad), "--skip-bad")
    assert some.exit_code == 1
    assert "5 new, 0 changed, 0 unchanged, 1 bad. Written." in some.output
    assert "5 unchanged" in installed("import", "offices", str(EXAMPLE)).output


def test_a_file_that_is_none_is_one_sentence_in_each_language(installed, tmp_path):
    (tmp_path / "old.csv").write_bytes("kind\nارومیه".encode("cp1256", errors="replace"))
    done = installed("import", "offices", str(tmp_path / "old.csv"))
    assert done.exit_code == 1
    assert "Windows-1256" in done.output
    assert "ذخیره کنید" in done.output
    assert "Traceback" not in done.output


def test_a_reason_is_one_that_people_can_read(installed):
    done = installed("import", "offices", str(EXAMPLE), "--reason", "x" * 2001)
    assert done.exit_code == 1
    assert "2000" in done.output


def test_an_older_installation_gets_the_towns_of_this_version_when_it_deploys(installed, tmp_path):
    database = sqlite3.connect(tmp_path / "var" / "parvaneh.sqlite")
    with database:
        before = database.execute("SELECT count(*) FROM settlement").fetchone()
        database.execute("DELETE FROM settlement")
        database.execute("DELETE FROM district")
    assert installed("deploy").exit_code == 0
    assert database.execute("SELECT count(*) FROM settlement").fetchone() == before
    database.close()
