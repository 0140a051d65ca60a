"""Pages of staff: inbox, tasks, reassignment, the issuer's answer, administration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.api.people import PDF
from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, open_task, sign_in
from tests.browser.site import Site


def task_of(site: Site, element: str) -> tuple[str, str]:
    """An application brought forward to a task: the ids of both."""
    application_id = site.submit().application_id
    site.forward(application_id, until=element)
    [task] = [task for task in site.waiting(application_id) if task.element_id == element][:1]
    return application_id, task.id


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_page_of_staff_is_accessible_in_both_languages_and_widths(new_page: NewPage, site: Site, language: str,
                                                                        width: int) -> None:
    application_id, task_id = task_of(site, "check_documents")
    page = new_page(language=language, width=width)
    sign_in(page, "clerk")
    for path in ("/inbox", "/applications", "/register", "/account", f"/applications/{application_id}",
                 f"/tasks/{task_id}"):
        page.goto(path)
        if "/" in path[1:]:
            expect(page.locator("[data-island]")).to_have_attribute("data-state", "ready")
        expect_sound(page)
    sign_in(page, "supervisor")
    page.goto(f"/tasks/{task_id}/assignment")
    expect_sound(page)
    sign_in(page, "admin")
    for path in ("/admin/definitions", "/admin/incidents", "/admin/users", "/admin/users/new"):
        page.goto(path)
        expect_sound(page)
    page.goto("/admin/users")
    page.locator("tbody a").first.click()
    expect_sound(page)
    page.goto("/admin/definitions")
    page.locator("tbody th a").first.click()
    expect(page.locator("[data-island=modeler]")).to_have_attribute("data-state", "ready")
    expect_sound(page)


def test_the_inbox_lists_the_earliest_deadline_first_and_filters(page: Page, site: Site) -> None:
    first, second = site.submit(), site.submit()
    sign_in(page, "clerk")
    rows = page.locator("#tasks tbody tr")
    moments = [each.get_attribute("datetime") for each in page.locator("#tasks tbody td > span time").all()]
    assert moments == sorted(moments, key=lambda moment: moment or "")
    for submitted in (first, second):
        expect(page.locator("#tasks tbody")).to_contain_text(submitted.file_number)
    page.select_option("#filter-show", "mine")
    expect(page).to_have_url(re.compile("show=mine"))
    expect(rows.filter(has_text=first.file_number)).to_have_count(0)


def test_a_clerk_claims_keeps_a_draft_and_completes_without_javascript(new_page: NewPage, site: Site) -> None:
    application_id, task_id = task_of(site, "check_documents")
    page = new_page(script=False)
    sign_in(page, "clerk")
    open_task(page, task_id)
    page.check("input[name=missing_codes][value=D03]")
    page.click("button[value=draft]")
    expect(page.locator("input[name=missing_codes][value=D03]")).to_be_checked()
    page.click("button[value=complete]")
    assert faults(page) == ["field-note"]
    page.fill("#field-note", "آگهی خوانا نیست.")
    page.click("button[value=complete]")
    expect(page).to_have_url(re.compile("/inbox"))
    assert site.state(application_id) == "NEEDS_CORRECTION"


def test_a_task_shows_the_documents_and_where_the_application_stands(page: Page, site: Site) -> None:
    _, task_id = task_of(site, "technical_opinion")
    sign_in(page, "technical")
    page.goto(f"/tasks/{task_id}")
    expect(page.locator("[data-island]")).to_have_attribute("data-state", "ready")
    expect(page.locator(".djs-element[data-element-id='technical_opinion']")).to_be_attached()
    page.locator("details", has_text="جدول").locator("summary").click()
    expect(page.locator("tr[aria-current=step]")).to_contain_text("نظر فنی")
    expect(page.locator("main")).to_contain_text("مطابق اظهار")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="articles.pdf").first.click()
    assert opened.value.url.startswith(f"{site.url}/documents/")


def test_a_refusal_without_a_condition_code_is_impossible(page: Page, site: Site, tmp_path: Path) -> None:
    application_id, task_id = task_of(site, "working_group_decision")
    sign_in(page, "workinggroup")
    open_task(page, task_id)
    page.fill("#field-session_no", "۱۲")
    for part, value in (("day", "۱۷"), ("year", "۱۴۰۵")):
        page.fill(f"#field-session_date-{part}", value)
    page.select_option("#field-session_date-month", "1")
    page.fill("#field-votes_for", "۲")
    page.fill("#field-votes_against", "۳")
    page.check("input[name=decision][value=REJECT]")
    minutes = tmp_path / "minutes.pdf"
    minutes.write_bytes(PDF)
    page.set_input_files("#field-minutes_file", minutes)
    expect(page.locator("input[name=condition_codes]").first).to_be_attached()
    page.click("button[value=complete]")
    assert faults(page) == ["field-condition_codes-0", "field-notes"]
    page.check("input[name=condition_codes][value=S01]")
    page.fill("#field-notes", "محل با کاربری دفتر نمی‌خواند")
    page.click("button[value=complete]")
    expect(page).to_have_url(re.compile("/inbox"))
    assert site.state(application_id) == "REJECTED"


def test_nobody_does_two_separated_duties_of_one_application(page: Page, site: Site) -> None:
    sign_in(page, "admin")
    page.goto("/admin/users/new")
    page.fill("#field-username", "both")
    page.fill("#field-name", "همه‌کاره")
    page.fill("#field-password", "parvaneh-demo")
    page.check("input[name=roles][value=INSPECTOR]")
    page.check("input[name=roles][value=TECH_COMMITTEE]")
    page.click("main button[type=submit]")
    expect(page.locator("tr", has_text="both")).to_contain_text("کمیته فنی")
    application_id, visit_id = task_of(site, "first_visit")
    [visit] = site.waiting(application_id)
    assert visit.id == visit_id
    site.complete(visit, by="both")
    site.forward(application_id, until="technical_opinion")
    [opinion] = site.waiting(application_id)
    sign_in(page, "both")
    page.goto(f"/tasks/{opinion.id}")
    expect(page.locator(".alert-warning")).to_contain_text("بازدید")
    expect(page.locator("form[action$='/claim']")).to_have_count(0)


def test_a_supervisor_gives_a_held_task_to_another_person_with_a_reason(new_page: NewPage, site: Site) -> None:
    _, task_id = task_of(site, "check_documents")
    clerk, supervisor = new_page(), new_page()
    sign_in(clerk, "clerk")
    open_task(clerk, task_id)
    site.add_clerk("clerk2")
    sign_in(supervisor, "supervisor")
    supervisor.goto(f"/tasks/{task_id}")
    expect(supervisor.locator("button[value=complete]")).to_have_count(0)
    supervisor.get_by_role("link", name="واگذاری به دیگری").click()
    supervisor.click("main button[type=submit]")
    assert faults(supervisor) == ["field-assignee", "field-reason"]
    supervisor.select_option("#field-assignee", label="clerk2")
    supervisor.fill("#field-reason", "مرخصی همکار")
    supervisor.click("main button[type=submit]")
    expect(supervisor.locator("main")).to_contain_text("clerk2")
    clerk.click("button[value=complete]")
    expect(clerk.locator("h1")).to_contain_text("اجازه نمی‌دهد")


def test_a_page_that_was_changed_by_another_tells_so(new_page: NewPage, site: Site) -> None:
    _, task_id = task_of(site, "check_documents")
    first, second = new_page(), new_page()
    sign_in(first, "clerk")
    sign_in(second, "clerk")
    open_task(first, task_id)
    second.goto(f"/tasks/{task_id}")
    first.fill("#field-note", "یک")
    first.click("button[value=draft]")
    expect(first.get_by_role("status")).to_be_visible()
    with second.expect_response(lambda answer: answer.request.method == "POST") as answer:
        second.click("button[value=draft]")
    assert answer.value.status == 412


def test_applicants_and_the_wrong_staff_are_kept_out(page: Page, site: Site) -> None:
    _, task_id = task_of(site, "check_documents")
    sign_in(page, "inspector")
    answer = page.goto(f"/tasks/{task_id}")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main")).to_contain_text("کارشناس دبیرخانه")
    expect_sound(page)
    for path in ("/admin/users", "/my"):
        refused = page.goto(path)
        assert refused is not None
        assert refused.status == 403


def test_staff_change_their_password_and_an_administrator_gives_another(page: Page, site: Site) -> None:
    site.add_clerk("leila")
    sign_in(page, "leila")
    page.locator("header a[href='/account']").first.click()
    page.fill("#field-current", "not the password")
    page.fill("#field-password", "a better password")
    page.fill("#field-again", "a better password")
    page.click("main button[type=submit]")
    assert faults(page) == ["field-current"]
    expect_sound(page)
    page.fill("#field-current", "parvaneh-demo")
    page.fill("#field-password", "a better password")
    page.fill("#field-again", "a better passwort")
    page.click("main button[type=submit]")
    assert faults(page) == ["field-again"]
    for key, password in (("current", "parvaneh-demo"), ("password", "a better password"),
                          ("again", "a better password")):
        page.fill(f"#field-{key}", password)
    page.click("main button[type=submit]")
    expect(page.get_by_role("status")).to_contain_text("گذرواژه تغییر کرد")

    sign_in(page, "admin")
    page.goto("/admin/users")
    page.locator("tr", has_text="leila").locator("a").click()
    expect(page.locator("input[name=roles][value=CLERK]")).to_be_checked()
    page.check("input[name=roles][value=INSPECTOR]")
    page.fill("#field-password", "short")
    page.click("main button[type=submit]")
    assert faults(page) == ["field-password"]
    page.fill("#field-password", "parvaneh-demo")
    page.click("main button[type=submit]")
    expect(page.locator("tr", has_text="leila")).to_contain_text("بازرس")
    sign_in(page, "leila")
