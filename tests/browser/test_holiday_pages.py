"""The page of holidays: accessible in both languages, declared by hand and from a file without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, sign_in


@pytest.mark.parametrize(("language", "width"), [("fa", 380), ("en", 1280)])
def test_the_page_is_accessible(new_page: NewPage, language: str, width: int) -> None:
    page = new_page(language=language, width=width)
    sign_in(page, "admin")
    page.goto("/holidays")
    expect_sound(page)


def test_a_day_is_declared_taken_back_and_a_file_is_imported(new_page: NewPage) -> None:
    page = new_page(script=False)
    sign_in(page, "admin")
    page.goto("/holidays")
    page.click("section[aria-labelledby=declare] button")
    assert faults(page) == ["field-day-day"]
    page.fill("#field-day-day", "۷")
    page.select_option("#field-day-month", "2")
    page.fill("#field-day-year", "۱۴۱۰")
    page.fill("#field-reason", "گرما")
    page.click("section[aria-labelledby=declare] button")
    row = page.locator("tbody tr", has_text="گرما")
    expect(row).to_contain_text("۱۴۱۰/۰۲/۰۷")
    row.locator("button").click()
    expect(page.locator("tbody tr", has_text="گرما")).to_have_count(0)
    page.goto("/holidays")
    page.set_input_files("#field-file", {"name": "days.csv", "mimeType": "text/csv", "buffer": b"date\n1410-02-07\n"})
    page.click("section[aria-labelledby=import] button")
    assert faults(page) == ["field-file"]
    content = "تاریخ;دلیل\n۱۴۱۰/۰۲/۰۸;گردوغبار\n".encode()
    page.set_input_files("#field-file", {"name": "days.csv", "mimeType": "text/csv", "buffer": content})
    page.click("section[aria-labelledby=import] button")
    page.goto("/holidays?year=1410")
    expect(page.locator("tbody tr", has_text="گردوغبار")).to_have_count(1)
