"""A counter in the browser: a clerk takes an application down, and the applicant consents by a code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, sign_in
from tests.browser.site import Site
from tests.browser.test_applying import fill

NEW = "/counter/applications/new/create-urban-office"
PLACE = {"fa": "دفتر پیشخوان ۷۲، ارومیه", "en": "Counter office 72, Urmia"}


@pytest.mark.parametrize(("language", "script", "width"), [("fa", True, 1280), ("en", True, 380), ("fa", False, 380)])
def test_a_clerk_takes_an_application_down_with_the_applicants_consent(
        new_page: NewPage, site: Site, tmp_path: Path, language: str, script: bool, width: int) -> None:
    page = new_page(language=language, script=script, width=width)
    sign_in(page, "clerk")
    page.goto(NEW)
    if script:
        expect_sound(page)
    page.click("button[value=code]")
    assert faults(page) == ["field-counter"]
    page.fill("#field-counter", PLACE[language])
    page.click("button[value=code]")
    assert faults(page) == ["field-ceo_mobile"]
    mobile = f"0936{width:04}{int(script)}{len(language)}{int(language == 'fa')}"
    fill(page, site.data(ceo_mobile=mobile), tmp_path)
    page.click("button[value=submit]")
    assert faults(page) == ["field-consent_code"]
    if script:
        expect_sound(page)
    page.click("button[value=code]")
    expect(page.get_by_role("status")).to_contain_text(mobile)
    code = site.code()
    assert PLACE[language] in newest_message(site)
    page.fill("#field-consent_code", code)
    page.click("button[value=submit]")
    expect(page).to_have_url(re.compile("/counter/applications/.*/receipt"))
    expect(page.locator(".receipt-code")).to_have_text(re.compile(r"^\w{4}(-\w{4}){3}$"))
    if script:
        expect_sound(page)
    receipt = page.url
    page.locator("main .toolbar a").last.click()
    expect(page.locator(".timeline")).to_contain_text(PLACE[language])
    site.add_clerk(f"other{width}{script}{language}".lower())
    other = new_page(language=language, script=script)
    sign_in(other, f"other{width}{script}{language}".lower())
    refused = other.goto(receipt)
    assert refused is not None
    assert refused.status == 403, "the tracking code is the applicant's and nobody else's"


def test_only_who_takes_applications_down_is_offered_the_page(new_page: NewPage) -> None:
    for username, status in (("inspector", 403), ("manager", 403), ("admin", 403), ("clerk", 200)):
        page = new_page()
        sign_in(page, username)
        answer = page.goto(NEW)
        assert answer is not None
        assert answer.status == status
        expect(page.locator("nav a[href='/counter/applications/new']")).to_have_count(1 if status == 200 else 0)


def newest_message(site: Site) -> str:
    newest = max((site.var / "sms").glob("*.txt"), key=lambda path: path.stat().st_mtime_ns)
    return newest.read_text("utf-8")
