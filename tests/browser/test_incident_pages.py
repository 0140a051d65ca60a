"""Incidents in the browser: found, corrected and run again, with the keyboard alone and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, sign_in
from tests.browser.site import Site

WORDS = {
    "fa": ("اصلاح و اجرای دوباره", "رخداد برطرف شد.", "دوباره ناموفق بود؛ رخداد تازه را ببینید."),
    "en": ("Correct and retry", "The incident is resolved.", "It failed again; see the incident."),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose clerk's answer cannot be compared, so that every application stops behind it."""
    with Site(tmp_path_factory.mktemp("broken")).served() as site:
        site.deploy(lambda xml: xml.replace("complete = true", "complete &gt; 5")
                    .replace("complete != true", "complete &lt;= 5"))
        yield site


@pytest.fixture
def stopped(broken: Site) -> str:
    """An application that stopped at an incident."""
    application_id = broken.submit().application_id
    broken.complete(broken.waiting(application_id)[0])
    assert broken.state(application_id) == "UNDER_REVIEW"
    return application_id


def press_to(page: Page, target: str) -> None:
    """Tab forward until the element is focused; nothing may swallow the key on the way."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", target):
            return
    raise AssertionError(f"the keyboard never came to {target}")


@pytest.mark.parametrize("width", [380, 1280])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_an_incident_is_corrected_with_the_keyboard_alone(new_page: NewPage, broken: Site, stopped: str,
                                                          language: str, width: int) -> None:
    correct, resolved, failed_again = WORDS[language]
    page = new_page(language=language, width=width, at=broken)
    sign_in(page, "admin")
    page.goto("/admin/incidents")
    expect_sound(page)
    press_to(page, "main article a[href$='/correction']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(correct)
    expect_sound(page)
    press_to(page, "#field-complete")
    page.keyboard.type("6")
    press_to(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    assert faults(page) == ["field-reason"]
    expect(page.locator("#field-complete")).to_have_value("6")
    expect_sound(page)
    press_to(page, ".error-summary a")
    page.keyboard.press("Enter")
    expect(page.locator("#field-reason")).to_be_focused()
    page.keyboard.type("the condition compares numbers")
    press_to(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(resolved)
    expect_sound(page)
    assert broken.state(stopped) == "SITE_VISIT"
    assert failed_again


@pytest.mark.parametrize("language", ["fa", "en"])
def test_an_incident_is_corrected_without_javascript(new_page: NewPage, broken: Site, stopped: str,
                                                     language: str) -> None:
    correct, resolved, failed_again = WORDS[language]
    page = new_page(language=language, width=380, script=False, at=broken)
    sign_in(page, "admin")
    page.goto("/admin/incidents")
    page.locator("main article a[href$='/correction']").first.click()
    page.fill("#field-complete", "six")
    page.fill("#field-reason", "a first try")
    page.get_by_role("button", name=correct).click()
    expect(page.get_by_role("status")).to_have_text(failed_again)
    page.locator("main article a[href$='/correction']").first.click()
    page.fill("#field-complete", "=1 / 0")
    page.get_by_role("button", name=correct).click()
    assert faults(page) == ["field-complete"]
    page.fill("#field-complete", "=12 / 2")
    page.get_by_role("button", name=correct).click()
    assert faults(page) == ["field-reason"]
    page.fill("#field-reason", "the condition compares numbers")
    page.get_by_role("button", name=correct).click()
    expect(page.get_by_role("status")).to_have_text(resolved)
    assert broken.state(stopped) == "SITE_VISIT"


def test_who_may_only_look_is_offered_no_correction(new_page: NewPage, broken: Site, stopped: str) -> None:
    assert broken.state(stopped) == "UNDER_REVIEW"
    page = new_page(at=broken)
    sign_in(page, "supervisor")
    page.goto("/admin/incidents")
    address = page.locator("main article").first.get_attribute("aria-labelledby")
    assert address is not None
    expect(page.locator("main article form")).to_have_count(0)
    answer = page.goto(f"/admin/incidents/{address.removeprefix('incident-')}/correction")
    assert answer is not None
    assert answer.status == 403
    expect_sound(page)
