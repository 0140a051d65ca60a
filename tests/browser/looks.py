"""What every page must be: accessible (WCAG 2.2 AA by axe), and no wider than the screen."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser.site import Site

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def expect_sound(page: Page) -> None:
    """No violation that axe finds, one main heading, the language declared, nothing beside the screen."""
    found = Axe().run(page, options=WCAG).response["violations"]
    assert not found, [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
    expect(page.locator("h1")).to_have_count(1)
    language = page.locator("html").get_attribute("lang")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "fa" else "ltr")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def sign_in(page: Page, username: str) -> None:
    """Sign in as staff."""
    page.goto("/sign-in")
    page.fill("#field-username", username)
    page.fill("#field-password", "parvaneh-demo")
    page.click("main button[type=submit]")
    expect(page.locator("form[action='/sign-in/out'] button").first).to_be_attached()


def sign_in_applicant(page: Page, site: Site, mobile: str = "09141234567") -> None:
    """Sign in by the code in the message; forgets the limit on codes, which this is not about."""
    with site.product.database.begin() as session:
        session.execute(text("DELETE FROM rate_count"))
    page.goto("/sign-in/mobile")
    page.fill("#field-mobile", mobile)
    page.click("main button[type=submit]")
    expect(page).to_have_url(re.compile("/sign-in/code"))
    page.fill("#field-code", site.code())
    page.click("main button[type=submit]")
    expect(page).to_have_url(re.compile("/my"))


def open_task(page: Page, task_id: str) -> None:
    """Open a task and claim it."""
    page.goto(f"/tasks/{task_id}")
    page.click("form[action$='/claim'] button")
    expect(page.locator("button[value=complete]")).to_be_visible()


def faults(page: Page) -> list[str]:
    """The inputs that the error summary leads to."""
    links = page.locator(".error-summary a")
    return [(link.get_attribute("href") or "").removeprefix("#") for link in links.all()]
