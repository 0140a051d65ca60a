"""The pages of the rules: accessible, readable in both languages, and changed by two people without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, sign_in
from tests.browser.site import Site


@pytest.mark.parametrize("width", [380, 1280])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_list_and_a_rule_are_accessible_in_both_languages_and_widths(
        new_page: NewPage, language: str, width: int) -> None:
    page = new_page(language=language, width=width)
    sign_in(page, "admin")
    page.goto("/rules")
    expect_sound(page)
    page.locator("a[href$='/rules/rule/inquiries_create']").click()
    expect(page.locator("form.form-section")).to_be_visible()
    expect_sound(page)


def answer(page: Page, button: str, text: str = "") -> None:
    page.goto("/rules/rule/lease_min_months")
    page.fill("#field-answer", text)
    page.click(f"section[aria-labelledby=decide] button:has-text('{button}')")


def test_a_rule_is_proposed_refused_with_its_faults_and_approved_by_another(new_page: NewPage, site: Site) -> None:
    admin, manager = new_page(script=False), new_page(script=False)
    sign_in(admin, "admin")
    sign_in(manager, "manager")
    admin.goto("/rules/rule/lease_min_months")
    admin.fill("#field-value", "۲۴")
    admin.click("form.form-section button[type=submit]")
    assert faults(admin) == ["field-reason", "field-effective_from-day"]
    expect(admin.locator("#field-value")).to_have_value("24")
    admin.fill("#field-reason", "نامه ۱۲")
    for part, value in (("day", "۱"), ("year", "۱۴۱۰")):
        admin.fill(f"#field-effective_from-{part}", value)
    admin.select_option("#field-effective_from-month", "1")
    admin.click("form.form-section button[type=submit]")
    expect(admin.locator("section[aria-labelledby=decide] button")).to_have_count(1)  # his own: to withdraw
    answer(manager, "نپذیرفتن")
    assert faults(manager) == ["field-answer"]
    answer(manager, "تأیید", "درست است")
    expect(manager.locator("section[aria-labelledby=history]")).to_contain_text("۱۴۱۰/۰۱/۰۱")
    manager.goto("/rules?show=changed")
    expect(manager.locator("#found tbody tr")).to_have_count(1)
