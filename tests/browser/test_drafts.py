"""Drafts in the browser: what was filled in and attached is there again, with and without JavaScript."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.api.people import FILES, JPEG, PDF
from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, open_task, sign_in, sign_in_applicant
from tests.browser.site import Site
from tests.browser.test_applying import FORM, fill
from tests.browser.test_staff_pages import task_of

WORDS = {"fa": ("ذخیره پیش‌نویس", "پیش‌نویس ذخیره شد."), "en": ("Save draft", "The draft was saved.")}


def save(page: Page, language: str) -> None:
    button, said = WORDS[language]
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("status")).to_have_text(said)


@pytest.mark.parametrize(("language", "script", "width"), [("fa", True, 380), ("fa", False, 1280), ("en", False, 380)])
def test_an_applicants_draft_keeps_its_files_until_it_is_sent(new_page: NewPage, site: Site, tmp_path: Path,
                                                              language: str, script: bool, width: int) -> None:
    page = new_page(language=language, script=script, width=width)
    mobile = f"0935{width:04}{int(script)}{int(language == 'fa')}0"
    sign_in_applicant(page, site, mobile)
    page.goto(FORM)
    page.fill("[name=company_name]", "شرکت پیش‌نویس")
    degree = tmp_path / "degree.pdf"
    degree.write_bytes(PDF)
    page.set_input_files("#field-doc_degree", degree)
    wrong = tmp_path / "articles.pdf"
    wrong.write_bytes(b"no pdf")
    page.set_input_files("#field-doc_articles", wrong)
    page.get_by_role("button", name=WORDS[language][0]).click()
    assert faults(page) == ["field-doc_articles"]
    expect(page.locator("[name=company_name]")).to_have_value("شرکت پیش‌نویس")
    save(page, language)
    expect(page.locator("[name=company_name]")).to_have_value("شرکت پیش‌نویس")
    expect(page.get_by_role("link", name="degree.pdf")).to_be_visible()
    if script:
        expect_sound(page)
    address = page.get_by_role("link", name="degree.pdf").get_attribute("href")
    assert address is not None
    assert page.request.get(address).body() == PDF
    other = new_page()
    sign_in(other, "admin")
    assert other.request.get(address).status == 404

    page.check("#drop-doc_degree")
    save(page, language)
    expect(page.get_by_role("link", name="degree.pdf")).to_have_count(0)
    for field, (name, content) in FILES.items():
        path = tmp_path / name
        path.write_bytes(content)
        page.set_input_files(f"#field-{field}", path)
    save(page, language)
    page.goto(FORM)
    fill(page, site.data(ceo_mobile=mobile), tmp_path, files={})
    page.click("main form button[value=submit]")
    expect(page.locator(".receipt-code")).to_be_visible()
    page.goto(FORM)
    expect(page.locator("[name=company_name]")).to_have_value("")
    expect(page.locator("[id^=drop-]")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_a_member_of_staff_finds_the_files_of_a_draft_again(new_page: NewPage, site: Site, tmp_path: Path,
                                                            script: bool) -> None:
    application_id, task_id = task_of(site, "first_visit")
    page = new_page(script=script)
    sign_in(page, "inspector")
    open_task(page, task_id)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(JPEG)
    page.set_input_files("#field-photo", photo)
    page.fill("[name=measured_area]", "63")
    save(page, "fa")
    page.goto(f"/tasks/{task_id}")
    expect(page.locator("#questions a[href^='/drafts/files/']")).to_contain_text("photo.jpg")
    expect(page.locator("[name=measured_area]")).to_have_value("63")
    if script:
        expect_sound(page)
    page.check("#drop-photo")
    page.click("button[value=complete]")
    assert "field-photo" in faults(page)
    expect(page.locator("#drop-photo")).to_be_checked()
    page.uncheck("#drop-photo")
    page.click("button[value=complete]")
    assert "field-photo" not in faults(page)
    assert site.state(application_id) == "SITE_VISIT"
