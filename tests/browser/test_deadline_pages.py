"""What pages say of a due date, and of an inquiry that is asked again: on demand, without JavaScript too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, open_task, sign_in, sign_in_applicant
from tests.browser.site import VISIT, Site
from tests.browser.test_staff_pages import task_of
from workflows import calendar

BASIS = {"fa": "۳ روز کاری", "en": "3 working days"}
DEFAULT = {"fa": "پیش‌فرض ما، قانون نیست", "en": "our default, not law"}


def opened(page: Page, within: str) -> None:
    """Open the first explanation with the keyboard; it says how many days, by which rule, and its grade."""
    language = page.locator("html").get_attribute("lang") or ""
    explained = page.locator(f"{within} details", has=page.locator(".code")).first
    explained.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(explained).to_contain_text("doc_review_sla_wd")
    expect(explained).to_contain_text(BASIS[language])
    expect(explained).to_contain_text(DEFAULT[language])
    expect(explained.locator("p").first).to_be_visible()


@pytest.mark.parametrize(("language", "script", "width"), [("fa", True, 380), ("en", True, 1280), ("en", False, 380)])
def test_clerk_and_applicant_learn_where_a_deadline_comes_from(new_page: NewPage, site: Site, language: str,
                                                              script: bool, width: int) -> None:
    application_id, task_id = task_of(site, "check_documents")
    clerk = new_page(language=language, script=script, width=width)
    sign_in(clerk, "clerk")
    applicant = new_page(language=language, script=script, width=width)
    sign_in_applicant(applicant, site)
    for page, path in ((clerk, "/inbox"), (clerk, "/applications"), (clerk, f"/applications/{application_id}"),
                       (clerk, f"/tasks/{task_id}"), (applicant, f"/my/applications/{application_id}")):
        page.goto(path)
        opened(page, "main")
        if script:
            expect_sound(page)


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_repeated_inquiry_says_which_answer_came_and_why_it_does_not_do(new_page: NewPage, site: Site,
                                                                         language: str) -> None:
    application_id, _ = task_of(site, "record_inquiry")
    old = date.fromisoformat(VISIT) - timedelta(days=120)
    for task in site.waiting(application_id):
        if task.element_id == "record_inquiry":
            site.complete(task, **({"answered_on": old.isoformat(), "ref_no": "OLD-5"} if task.item == "TAX" else {}))
    [again] = [task for task in site.waiting(application_id) if task.element_id == "record_inquiry"]
    assert again.item == "TAX"
    page = new_page(language=language, width=380)
    sign_in(page, "clerk")
    open_task(page, again.id)
    why = page.locator("section", has=page.locator("#again-heading"))
    for said in (calendar.format_date(old, language), "OLD-5", "inquiry_validity_days", DEFAULT[language],
                 {"fa": "بیش از ۹۰ روز", "en": "more than 90 days old"}[language]):
        expect(why).to_contain_text(said)
    expect_sound(page)
