"""Fixtures: a running site, Chromium, and pages that fail the test on anything the browser complains of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.site import Site
from tests.passwords import quick_passwords  # noqa: F401 - for every test here

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
REFUSALS = ("status of 4", "status of 503")
"""What Chromium logs when a page is answered by a refusal; every other complaint is a fault."""

NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker drives the browser: the site is shared by all tests of this folder."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")).served() as site:
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, site: Site) -> Iterator[NewPage]:
    """A function that opens a page in a browser of its own: language, width, with or without JavaScript."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(known in message.text for known in REFUSALS):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def open_page(*, language: str = "fa", width: int = 1280, script: bool = True, at: Site = site) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, base_url=at.url,
                                      java_script_enabled=script)
        context.add_cookies([{"name": "language", "value": language, "url": at.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A Persian page on a wide screen."""
    return new_page()
