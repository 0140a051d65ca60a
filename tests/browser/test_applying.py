"""An applicant applies, with and without JavaScript, with errors and without."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.people import FILES
from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, sign_in_applicant
from tests.browser.site import Site

FORM = "/apply/create-urban-office"


def fill(page: Page, data: dict[str, Any], folder: Path,
         files: Mapping[str, tuple[str, bytes]] = FILES) -> None:
    """Fill in whatever of the application's form is on the page."""
    for key, value in data.items():
        asked = page.locator(f"main [name='{key}']")
        if key == "ceo_birth_date":
            for part, text in zip(("year", "month", "day"), ("1364", "1", "1"), strict=True):
                each = page.locator(f"[name='{key}-{part}']")
                each.select_option(text) if part == "month" else each.fill(text)
        elif value is True:
            asked.check()
        elif value is not False and asked.count():
            kind = asked.first.get_attribute("type") or asked.first.evaluate("each => each.tagName")
            if kind == "radio":
                page.check(f"main [name='{key}'][value='{value}']")
            elif kind == "SELECT":
                asked.select_option(str(value))
            else:
                asked.fill(str(value))
    for field, (name, content) in files.items():
        path = folder / name
        path.write_bytes(content)
        page.set_input_files(f"[name='{field}']", path)


def submit(page: Page) -> None:
    page.click("main form button[value=submit]")


@pytest.mark.parametrize("script", [True, False])
def test_an_application_is_submitted_and_its_receipt_shows_both_numbers(new_page: NewPage, site: Site, tmp_path: Path,
                                                                       script: bool) -> None:
    page = new_page(script=script)
    sign_in_applicant(page, site)
    page.goto(FORM)
    fill(page, site.data(), tmp_path)
    submit(page)
    expect(page).to_have_url(re.compile("/receipt"))
    expect(page.locator("main")).to_contain_text(re.compile(r"WAZ-\d{4}-CR-\d{6}-\d"))
    expect(page.locator(".receipt-code")).to_have_text(re.compile(r"^\w{4}(-\w{4}){3}$"))
    if script:
        expect_sound(page)


def test_every_fault_stands_at_its_question_and_in_a_summary_that_has_the_focus(page: Page, site: Site) -> None:
    sign_in_applicant(page, site)
    page.goto(FORM)
    expect_sound(page)
    page.fill("#field-ceo_national_id", "۰۰۱۳۵۴۲۴۱۸")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        submit(page)
    assert answer.value.status == 422
    expect(page.locator(".error-summary")).to_be_focused()
    assert {"field-ceo_national_id", "field-ceo_birth_date-day", "field-ceo_gender-0", "field-site_postal_code",
            "field-declare_truth"} <= set(faults(page))
    wrong = page.locator("#field-ceo_national_id")
    assert wrong.get_attribute("aria-invalid") == "true"
    described = wrong.get_attribute("aria-describedby") or ""
    assert "ceo_national_id-error" in described.split()
    expect(page.locator("#ceo_national_id-error")).to_contain_text("رقم کنترل")
    expect(wrong).to_have_value("۰۰۱۳۵۴۲۴۱۸")
    assert page.title().startswith("خطا")
    expect_sound(page)
    page.locator(".error-summary a[href='#field-ceo_national_id']").click()
    expect(wrong).to_be_focused()


def test_files_are_kept_when_something_else_is_wrong_but_not_one_that_is_wrong_itself(page: Page, site: Site,
                                                                                     tmp_path: Path) -> None:
    sign_in_applicant(page, site)
    page.goto(FORM)
    fill(page, site.data(ceo_national_id="0013542418"), tmp_path)
    fake = tmp_path / "fake.pdf"
    fake.write_text("not a PDF")
    page.set_input_files("[name='doc_degree']", fake)
    submit(page)
    expect(page.locator("[name='kept-doc_articles']")).to_have_count(1)
    expect(page.locator("[name='kept-doc_degree']")).to_have_count(0)
    assert faults(page) == ["field-ceo_national_id", "field-doc_degree"]
    page.fill("#field-ceo_national_id", "0013542419")
    page.set_input_files("[name='doc_degree']", tmp_path / FILES["doc_degree"][0])
    submit(page)
    expect(page).to_have_url(re.compile("/receipt"))
    assert not list((site.var / "uploads").glob("*/*"))


def test_an_answer_brings_the_questions_that_follow_from_it(new_page: NewPage, site: Site) -> None:
    page = new_page()
    sign_in_applicant(page, site)
    page.goto(FORM)
    expect(page.locator("[name='ceo_military_status']")).to_have_count(0)
    page.check("[name='ceo_gender'][value='MALE']")
    expect(page.locator("[name='ceo_military_status']").first).to_be_attached()
    expect(page.locator("[name='doc_military']")).to_be_visible()
    page.check("[name='ceo_gender'][value='FEMALE']")
    expect(page.locator("[name='ceo_military_status']")).to_have_count(0)


def test_without_javascript_a_button_brings_the_questions_that_follow(new_page: NewPage, site: Site) -> None:
    page = new_page(script=False)
    sign_in_applicant(page, site)
    page.goto(FORM)
    page.check("[name='ceo_gender'][value='MALE']")
    page.fill("#field-company_name", "شرکت آذر")
    page.click("button[name='redraw']")
    expect(page.locator("[name='doc_military']")).to_be_visible()
    expect(page.locator("#field-company_name")).to_have_value("شرکت آذر")
    expect(page.locator(".error-summary")).to_have_count(0)


def test_sending_the_same_form_twice_makes_one_application(page: Page, site: Site, tmp_path: Path) -> None:
    data = site.data()
    sign_in_applicant(page, site)
    page.goto(FORM)
    fill(page, data, tmp_path)
    page.locator("main form button[value=submit]").dblclick()
    expect(page).to_have_url(re.compile("/receipt"))
    assert len(site.found(data["site_postal_code"])) == 1


def test_a_second_application_for_the_same_place_is_refused_at_its_question(page: Page, site: Site,
                                                                           tmp_path: Path) -> None:
    data = site.data()
    sign_in_applicant(page, site)
    for _ in range(2):
        page.goto(FORM)
        fill(page, data, tmp_path)
        submit(page)
    assert faults(page) == ["field-site_postal_code"]
    expect(page.locator("[name='kept-doc_articles']")).to_have_count(1)


def test_the_keyboard_is_enough_to_sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "username":
            break
    page.keyboard.type("clerk")
    page.keyboard.press("Tab")
    page.keyboard.type("parvaneh-demo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/inbox"))
