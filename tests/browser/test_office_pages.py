"""Pages of the register of offices, with the demonstration's 720 offices."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, sign_in
from tests.browser.site import Site
from workflows import bootstrap


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, with the offices that `parvaneh run` begins with."""
    with Site(tmp_path_factory.mktemp("province")).served() as site:
        with site.product.database.begin() as session:
            assert bootstrap.seed_demo_offices(site.product, session) == 720
            assert bootstrap.seed_demo_offices(site.product, session) == 0
        yield site


@pytest.mark.parametrize("width", [380, 1280])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_list_and_an_office_are_accessible_in_both_languages_and_widths(
        new_page: NewPage, province: Site, language: str, width: int) -> None:
    page = new_page(language=language, width=width, at=province)
    sign_in(page, "clerk")
    page.goto("/offices?kind=RURAL&banking=yes")
    expect_sound(page)
    page.locator("#found tbody a").first.click()
    expect(page.locator(".timeline-item")).to_have_count(1)
    expect_sound(page)


def test_filters_and_pages_need_no_javascript(new_page: NewPage, province: Site) -> None:
    page = new_page(script=False, at=province)
    sign_in(page, "clerk")
    page.goto("/offices")
    page.select_option("#filter-kind", "RURAL")
    page.select_option("#filter-banking", "no")
    page.click(".filter-bar button")
    expect(page.locator("#found [role=status]")).to_contain_text("۱۳۹")
    page.locator("a[rel=next]").click()
    expect(page.locator("#found tbody tr")).to_have_count(25)
    page.select_option("#filter-county", "maku")
    page.click(".filter-bar button")
    for row in page.locator("#found tbody tr").all():
        expect(row).to_contain_text("ماکو")


def test_a_licence_leads_to_its_office_and_back(new_page: NewPage, province: Site) -> None:
    page = new_page(at=province)
    sign_in(page, "clerk")
    page.goto("/offices?text=DEMO-U-0001")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    page.locator("#found tbody a").click()
    page.locator("[aria-labelledby=licences-heading] a").click()
    expect(page).to_have_url(re.compile("/register/"))
    page.locator("main a[href^='/offices/']").click()
    expect(page.locator("h1")).to_contain_text("ارومیه")
