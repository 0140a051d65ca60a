"""The end of the way: correction, the issuer's answer, the licence and its public check; withdrawal; administration."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from api.web import licence_pdf
from tests.browser.conftest import NewPage
from tests.browser.looks import expect_sound, faults, open_task, sign_in, sign_in_applicant
from tests.browser.site import VISIT, Site
from workflows import calendar, licences

TODAY = date.fromisoformat(VISIT)


def fill_day(page: Page, key: str, day: date) -> None:
    """Fill in a date of a Persian page."""
    year, month, number = calendar.to_jalali(day)
    page.fill(f"#field-{key}-day", str(number))
    page.select_option(f"#field-{key}-month", str(month))
    page.fill(f"#field-{key}-year", str(year))


@pytest.fixture(scope="module")
def issued(site: Site) -> str:
    """An application that waits for the issuer's answer."""
    application_id = site.submit().application_id
    site.forward(application_id, until="AT_ISSUER")
    return application_id


def test_the_issuers_answer_makes_the_licence_that_the_applicant_downloads(new_page: NewPage, site: Site,
                                                                          issued: str) -> None:
    clerk = new_page()
    sign_in(clerk, "clerk")
    clerk.goto(f"/applications/{issued}")
    clerk.click("form[action$='/issuer-answer'] button")
    assert faults(clerk) == ["field-issuer_number", "field-issued_on-day"]
    expect_sound(clerk)
    clerk.fill("#field-issuer_number", "CRA-2026-1")
    for day, heard in ((TODAY - timedelta(days=1), "پیش از رسیدن پرونده"), (TODAY + timedelta(days=1), "آینده")):
        fill_day(clerk, "issued_on", day)
        clerk.click("form[action$='/issuer-answer'] button")
        expect(clerk.locator("#issued_on-error")).to_contain_text(heard)
        assert faults(clerk) == ["field-issued_on-day"]
    expect_sound(clerk)
    fill_day(clerk, "issued_on", TODAY)
    clerk.click("form[action$='/issuer-answer'] button")
    expect(clerk.locator(".page-head .state")).to_have_text("صادرشده")

    applicant = new_page(width=390)
    sign_in_applicant(applicant, site)
    applicant.goto(f"/my/applications/{issued}")
    expect(applicant.locator("main")).to_contain_text(
        calendar.format_date(calendar.add_jalali_months(TODAY, 60), long=True))
    expect_sound(applicant)
    address = applicant.locator("a[href$='.pdf']").get_attribute("href")
    assert address is not None
    if licence_pdf.available():
        answer = applicant.request.get(address)
        document = pypdf.PdfReader(io.BytesIO(answer.body()))
        assert document.trailer["/Root"]["/Lang"] == "fa"
        assert "رونوشت دفتر ثبت استان" in (document.metadata or {})["/Title"]
    applicant.goto(address.removesuffix(".pdf"))
    expect(applicant.locator("h1")).to_have_text("رونوشت دفتر ثبت استان")
    expect(applicant.locator("img[alt*='QR']")).to_be_visible()
    expect_sound(applicant)

    public = new_page(language="en")
    public.goto(applicant.locator(".text-break").inner_text())
    expect(public.locator(".verdict")).to_have_text("This licence is valid.")
    expect(public.locator("main")).to_contain_text(calendar.format_date(TODAY, "en", long=True))
    expect_sound(public)


def test_the_public_check_says_what_became_of_a_licence(new_page: NewPage, site: Site, issued: str) -> None:
    if site.state(issued) == "AT_ISSUER":
        site.answer_of_issuer(issued, number="CRA-2026-1")
    with site.product.database.read() as session:
        found = licences.of_application(session, product=site.product, application_id=issued)
    assert found is not None
    manager, public = new_page(), new_page()
    sign_in(manager, "manager")
    manager.goto("/register")
    manager.locator("tbody th a", has_text=found.number).click()
    manager.click("form[action^='/register/'] button")
    assert faults(manager) == ["field-to-0", "field-reason"]
    for state, verdict in (("SUSPENDED", "تعلیق"), ("ACTIVE", "معتبر"), ("SURRENDERED", "واگذاشته")):
        manager.check(f"input[name=to][value={state}]")
        manager.fill("#field-reason", "نامه ۱۲ مورخ ۱۴۰۵/۰۲/۰۱")
        expect_sound(manager)
        manager.click("form[action^='/register/'] button")
        expect(manager.locator(".timeline")).to_contain_text("نامه ۱۲")
        public.goto(found.verify_url)
        expect(public.locator(".verdict")).to_contain_text(verdict)
        expect_sound(public)
    expect(manager.locator("input[name=to]")).to_have_count(0)
    clerk = new_page()
    sign_in(clerk, "clerk")
    clerk.goto(f"/register/{found.id}")
    expect(clerk.locator("main")).to_contain_text(found.holder_name)
    expect(clerk.locator("input[name=to]")).to_have_count(0)


@pytest.mark.parametrize("state, verdict", [("REVOKED", "لغو"), ("REPLACED", "جای این پروانه"), ("EXPIRED", "پایان"),
                                            ("TRANSFERRED", "جای این پروانه")])
def test_the_public_check_of_a_licence_that_is_good_no_more(page: Page, site: Site, state: str, verdict: str) -> None:
    application_id = site.submit().application_id
    site.forward(application_id, until="AT_ISSUER")
    site.answer_of_issuer(application_id, number=f"CRA-{state}")
    with site.product.database.begin() as session:
        found = licences.of_application(session, product=site.product, application_id=application_id)
        assert found is not None
        replaced_by = found.id if state in {"REPLACED", "TRANSFERRED"} else None
        licences.change_state(session, product=site.product, id=found.id, to=state, reason="آزمون", by="system",
                              replaced_by=replaced_by)
    page.goto(found.verify_url)
    expect(page.locator(".verdict")).to_contain_text(verdict)
    expect_sound(page)


def test_a_forged_address_is_unknown(page: Page, site: Site) -> None:
    page.goto("/verify")
    page.fill("#field-address", f"{site.url}/verify/{'0' * 32}.k.AAAA")
    page.click("main button[type=submit]")
    expect(page.locator(".verdict")).to_have_text("چنین پروانه‌ای در دفتر ثبت نیست.")


def test_the_applicant_corrects_exactly_what_was_sent_back(new_page: NewPage, site: Site) -> None:
    application_id = site.submit().application_id
    clerk = new_page()
    sign_in(clerk, "clerk")
    open_task(clerk, site.waiting(application_id)[0].id)
    clerk.check("input[name=unlocked_fields][value=site_address]")
    clerk.fill("#field-note", "نشانی کامل نیست.")
    clerk.click("button[value=complete]")
    expect(clerk).to_have_url(re.compile("/inbox"))
    site.run_jobs()

    applicant = new_page(script=False)
    sign_in_applicant(applicant, site)
    applicant.goto(f"/my/applications/{application_id}")
    expect(applicant.locator(".alert-warning")).to_contain_text("نشانی کامل نیست.")
    applicant.locator(".alert-warning a.btn").click()
    expect(applicant.locator("#field-company_name")).to_have_count(0)
    applicant.fill("#field-site_address", "")
    applicant.click("button[value=complete]")
    assert faults(applicant) == ["field-site_address"]
    applicant.fill("#field-site_address", "خیابان ورزش، پلاک ۷")
    applicant.click("button[value=complete]")
    expect(applicant.locator("main")).to_contain_text("خیابان ورزش، پلاک ۷")
    assert site.state(application_id) == "UNDER_REVIEW"


def test_the_applicant_withdraws_with_a_reason(page: Page, site: Site) -> None:
    application_id = site.submit().application_id
    sign_in_applicant(page, site)
    page.goto(f"/my/applications/{application_id}")
    page.locator("a[href$='/withdrawal']").click()
    expect_sound(page)
    page.click("main button[type=submit]")
    assert faults(page) == ["field-reason"]
    page.fill("#field-reason", "منصرف شدم")
    page.click("main button[type=submit]")
    expect(page.locator(".page-head .state")).to_have_text("انصراف")


def test_another_applicant_sees_nothing(page: Page, site: Site) -> None:
    application_id = site.submit().application_id
    sign_in_applicant(page, site, "09129999999")
    for path in (f"/my/applications/{application_id}", f"/diagrams/{application_id}.bpmn"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403


def test_an_uploaded_definition_is_refused_with_every_problem_or_becomes_the_next_version(page: Page, site: Site,
                                                                                         tmp_path: Path) -> None:
    sign_in(page, "admin")
    page.goto("/admin/definitions")
    page.locator("tr", has_text="create-urban-office").locator("th a").first.click()
    expect(page.locator("[data-island=modeler]")).to_have_attribute("data-state", "ready")
    with page.expect_download() as download:
        page.locator(".page-head a[href$='.bpmn']").click()
    xml = Path(download.value.path()).read_text("utf-8")
    wrong = tmp_path / "wrong.bpmn"
    wrong.write_text(xml.replace('formKey="vetting"', 'formKey="nothing"')
                     .replace('handler="applications.refuse"', 'handler="nobody"'), "utf-8")
    page.set_input_files("#field-xml", wrong)
    page.click("form[enctype] button[type=submit]")
    expect(page.locator("main tbody").first).to_contain_text("vetting")
    expect(page.locator("main tbody").first).to_contain_text("refuse")
    right = tmp_path / "right.bpmn"
    right.write_text(xml.replace("</bpmn:definitions>", "<!-- again --></bpmn:definitions>"), "utf-8")
    page.set_input_files("#field-xml", right)
    page.click("form[enctype] button[type=submit]")
    expect(page.locator(".page-head .state")).to_have_text("نسخه ۲")
    expect(page.locator("[data-island=modeler]")).to_have_attribute("data-state", "ready")
    expect(page.locator("#versions li")).to_have_count(2)
    page.locator(".pv-bar .btn-primary").click()
    expect(page.locator("#versions li").first).to_contain_text("نسخه ۳")
    expect(page.locator("#versions li")).to_have_count(3)


def test_an_incident_is_listed_and_retried(new_page: NewPage, tmp_path: Path) -> None:
    with Site(tmp_path).served() as broken:
        broken.deploy(lambda xml: xml.replace("complete != true", "complete + 1"))
        application_id = broken.submit().application_id
        broken.complete(broken.waiting(application_id)[0])
        assert broken.state(application_id) == "UNDER_REVIEW"
        page = new_page(at=broken)
        sign_in(page, "admin")
        page.goto("/admin/incidents")
        expect(page.locator("article")).to_have_count(1)
        expect_sound(page)
        page.locator("article button.btn-primary").click()
        expect(page.get_by_role("status")).to_have_text("دوباره ناموفق بود؛ رخداد تازه را ببینید.")
        page.goto("/admin/incidents?state=RESOLVED")
        expect_sound(page)
