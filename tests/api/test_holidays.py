"""Holidays over HTTP, from a file and at the command line: declared, taken back, and what follows for deadlines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from api.cli import cli
from engine import errors
from tests.api.people import APPLICATION, FILES
from workflows import calendar, holiday_files, holidays

GOOD = "تاریخ,دلیل,نوع,کاری\n۱۴۰۵/۰۹/۱۰,آلودگی هوا,موردی,\n1405-10-14,رؤیت ماه,قمری,بله\n".encode()


def day_of(staff, day) -> dict | None:
    found = staff("clerk").get(f"/holidays?year={calendar.to_jalali(day)[0]}").json["items"]
    return next((one for one in found if one["day"] == day.isoformat()), None)


def test_a_day_declared_closed_moves_what_runs_and_taken_back_moves_it_back(staff, applicant, product):
    sent = applicant.post("/applications", APPLICATION, FILES).json
    due = f"/applications/{sent['id']}/clock"
    before = applicant.get(due).json["due_at"]
    day = product.calendar.next_working_day(calendar.today(product.clock.now()) + timedelta(days=1))
    body = {"reason": "آلودگی هوا", "kind": "ADHOC"}
    assert staff("manager").put(f"/holidays/{day}", body).status_code == 403
    assert staff("admin").put(f"/holidays/{day}", body).json["moved"] > 0
    assert applicant.get(due).json["due_at"] > before
    found = day_of(staff, day)
    assert found is not None and (found["declared"]["reason"], found["working"]) == ("آلودگی هوا", False)
    assert staff("admin").put(f"/holidays/{day}", {"reason": " "}).status_code == 422
    assert staff("admin").delete(f"/holidays/{day}").status_code == 200
    assert applicant.get(due).json["due_at"] == before
    assert staff("admin").delete(f"/holidays/{day}").status_code == 404


def test_the_year_tells_official_lunar_and_decreed_days_in_both_languages(staff):
    items = staff("clerk").get("/holidays?year=1405").json["items"]
    kinds = {tuple(calendar.to_jalali(date.fromisoformat(one["day"]))[1:]): one["predicted"] for one in items}
    assert (kinds[1, 1], kinds[11, 22]) == ("OFFICIAL", "OFFICIAL") and "LUNAR" in kinds.values()
    assert all(len(one["names"]) == 2 for one in items)
    assert staff("clerk").get("/holidays?year=99").status_code == 422


def test_a_file_is_taken_whole_or_not_at_all(product, var, monkeypatch, tmp_path):
    monkeypatch.setenv("PARVANEH_VAR", str(var))
    monkeypatch.setenv("PARVANEH_DATABASE_URL", f"sqlite:///{var / 'parvaneh.sqlite'}")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(GOOD)
    bad.write_bytes(GOOD + b"1405-13-01,x,,\n1405-10-14,y,,\n1405-10-15,,moon,perhaps\n")
    run = CliRunner().invoke
    refused = run(cli, ["import", "holidays", str(bad)])
    assert refused.exit_code == 1
    assert all(f"Line {line}" in refused.output for line in (4, 5, 6)), refused.output
    assert "2 new, 0 changed, 0 unchanged. Nothing was written." in run(
        cli, ["import", "holidays", str(good), "--dry-run"]).output
    assert "2 new, 0 changed, 0 unchanged. Written." in run(cli, ["import", "holidays", str(good)]).output
    assert "0 new, 0 changed, 2 unchanged." in run(cli, ["import", "holidays", str(good)]).output
    with product.database.read() as session:
        found = holidays.declared(session)
    assert [(one.kind, one.working, one.reason) for one in found] == [
        ("ADHOC", False, "آلودگی هوا"), ("LUNAR", True, "رؤیت ماه")]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n", "تاریخ,دلیل\n".encode(), b"date,reason\n\"1405"])
def test_a_file_that_is_none_is_refused(content):
    with pytest.raises(errors.Invalid):
        holiday_files.read(content, "x.csv")


def test_the_page_offers_to_declare_to_administrators_alone(staff):
    admin = staff("admin").client
    text = admin.get("/holidays?lang=fa").text
    assert "جشن نوروز" in text and "پنجشنبه" in text
    assert "declare" not in staff("clerk").client.get("/holidays?year=1406").text.split("<main")[1]
    assert admin.get("/holidays?year=abcd").status_code == 200
