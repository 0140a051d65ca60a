"""Pages for everyone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import WCAG, expect_sound, faults
from tests.browser.site import Site

PAGES = ["/", "/track", "/verify", "/verify/nothing", "/sign-in", "/sign-in/mobile", "/nowhere"]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_public_page_is_accessible_in_both_languages_and_widths(new_page: NewPage, language: str,
                                                                      width: int) -> None:
    page = new_page(language=language, width=width)
    for path in PAGES:
        page.goto(path)
        expect_sound(page)


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_documentation_of_the_api_is_accessible(new_page: NewPage, language: str) -> None:
    page = new_page(language=language, width=1280)
    page.goto("/api/docs")
    expect(page.locator(".swagger-ui .opblock").first).to_be_visible()
    found = Axe().run(page, options=WCAG).response["violations"]
    assert not found, [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


def test_each_condition_stands_with_its_source_and_grade(page: Page) -> None:
    page.goto("/")
    condition = page.locator("li", has_text="E04")
    expect(condition).to_contain_text("درجه الف")
    expect(condition).to_contain_text("wa.ict.gov.ir")
    expect(page.locator("li", has_text="E03")).to_contain_text("درجه د")


def test_the_language_chosen_is_remembered(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="English").click()
    page.goto("/track")
    expect(page.locator("h1")).to_have_text("Follow an application")


def test_an_unknown_and_a_malformed_tracking_code_get_the_same_answer(page: Page) -> None:
    answers = []
    for code in ("0000-0000-0000-0000", "!!"):
        page.goto("/track")
        page.fill("#field-code", code)
        with page.expect_response("**/track") as answer:
            page.click("main button[type=submit]")
        answers.append((answer.value.status, page.locator(".error-summary").inner_text()))
        assert faults(page) == ["field-code"]
        assert page.locator("#field-code").get_attribute("aria-invalid") == "true"
        expect(page.locator(".error-summary")).to_be_focused()
    assert answers[0] == answers[1]
    assert answers[0][0] == 422


def test_the_tracking_code_shows_the_stage_and_nothing_personal(new_page: NewPage, site: Site) -> None:
    submitted = site.submit()
    page = new_page(language="en", script=False)
    page.goto("/")
    page.fill("#track-code", submitted.tracking_code)
    page.locator("form[action='/track'] button").click()
    expect(page.locator("h2 .code")).to_have_text(submitted.file_number)
    expect(page.locator("main")).to_contain_text("Under review")
    expect(page.locator("main")).not_to_contain_text("احمدی")
    expect(page.locator("main")).not_to_contain_text("شرکت خدمات آذر")


def test_no_answer_allows_script_or_style_written_into_the_page(page: Page) -> None:
    answer = page.goto("/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert page.locator("style, [style], script:not([src])").count() == 0


def test_a_visitor_of_a_closed_page_signs_in_first(page: Page) -> None:
    for path, arrived in (("/my", "/sign-in/mobile"), ("/inbox", "/sign-in"), ("/admin/users", "/sign-in")):
        page.goto(path)
        assert page.url.split("?")[0].endswith(arrived)
