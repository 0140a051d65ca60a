"""The islands in a real browser, under the product's content security policy."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import etree
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engine.spiff import parser
from tests.browser import island_server
from tests.browser.modeling import BPMN, DEPLOYMENT, PARVANEH, add, by_id, content, deploy, fill

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true", reason="no Chromium on this machine"),
]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def server() -> Iterator[island_server.IslandServer]:
    with island_server.serve() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_island(server: island_server.IslandServer, chromium: Browser) -> Iterator[Open]:
    """Opens an island and waits until it is ready; at the end nothing may have been blocked, failed or complained."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_page(island: str, **query: str) -> Page:
        page = chromium.new_page(viewport={"width": 1300, "height": 900})
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.goto(f"{server.url}/{island}?" + "&".join(f"{name}={value}" for name, value in query.items()))
        if island == "swap":
            page.get_by_role("button").click()
        expect(page.locator("[data-island]")).to_have_attribute("data-state", "ready")
        return page

    server.deployments.clear()
    server.answers.clear()
    yield open_page
    for page in pages:
        page.close()
    expected = [text for text in complaints if "status of 4" in text or "status of 5" in text]
    assert complaints == expected


@pytest.mark.parametrize("island", ["viewer", "modeler", "api-docs"])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_island_runs_under_the_strict_policy(open_island: Open, island: str, language: str):
    open_island(island, lang=language)


@pytest.mark.parametrize("island", ["viewer", "modeler", "api-docs"])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_axe_finds_nothing_on_an_island(open_island: Open, island: str, language: str):
    page = open_island(island, lang=language)
    if island == "modeler":
        page.locator("summary").click()
        page.locator("[data-element-id=check]").click()
    levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": levels}})
    assert found.violations_count == 0, found.generate_report()


def test_the_viewer_marks_what_is_done_where_tokens_wait_and_what_failed(open_island: Open):
    page = open_island("viewer")
    expect(page.locator("[data-element-id=check].pv-completed")).to_have_count(1)
    expect(page.locator("[data-element-id=ask_offices].pv-active")).to_have_count(1)
    expect(page.locator("[data-element-id=remind].pv-incident")).to_have_count(1)
    expect(page.locator(".pv-badge-active").filter(has_text="۳")).to_be_visible()
    expect(page.locator(".pv-badge-incident")).to_have_text("!")
    expect(page.locator(".pv-legend li")).to_have_text(["در جریان", "انجام‌شده", "خطا"])


def test_the_viewer_speaks_the_language_of_the_page(open_island: Open):
    labels = open_island("viewer", lang="en").locator("[data-element-id=check] text")
    expect(labels).to_have_text("Check documents")
    labels = open_island("viewer", lang="fa").locator("[data-element-id=check] text")
    expect(labels).to_have_text("بررسی مدارک")


def test_the_canvas_runs_left_to_right_in_a_persian_page(open_island: Open):
    page = open_island("viewer", lang="fa")
    assert page.locator(".djs-container").evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert page.evaluate("document.fonts.check('500 12px Vazirmatn', 'پ')")


def test_the_diagram_moves_and_zooms_by_labelled_buttons(open_island: Open):
    page = open_island("viewer", lang="en")
    place = page.locator(".viewport").get_attribute("transform")
    for name in ("Zoom in", "Move left", "Move down"):
        page.get_by_role("button", name=name).click()
        assert page.locator(".viewport").get_attribute("transform") != place
        place = page.locator(".viewport").get_attribute("transform")
    page.get_by_role("button", name="Whole diagram").click()
    expect(page.locator("[data-element-id=issued]")).to_be_in_viewport()


@pytest.mark.parametrize("island", ["viewer", "modeler"])
def test_the_logo_of_bpmn_io_stays_visible(open_island: Open, island: str):
    expect(open_island(island).locator(".bjs-powered-by svg")).to_be_visible()


@pytest.mark.parametrize("diagram", island_server.DIAGRAMS)
def test_the_modeler_saves_all_that_it_loaded(open_island: Open, server: island_server.IslandServer, diagram: str):
    page = open_island("modeler", lang="en", diagram=diagram)
    before = etree.parse(island_server.DIAGRAMS[diagram]).getroot()
    after = deploy(page, server)
    assert content(before) == content(after)


def test_the_modeler_posts_the_diagram_with_its_base_and_the_headers_of_the_api(
        open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    deploy(page, server)
    headers, body = server.deployments[0]
    assert set(body["resources"]) == {"processes/sample-permit.bpmn"}
    assert body["base"] == "d-1"
    assert headers["X-CSRF-Token"] == "secret"
    assert len(headers["Idempotency-Key"]) == 32
    assert headers["Accept-Language"] == "en"
    expect(page.get_by_role("heading", name="Deployed as version 4")).to_be_visible()
    expect(page.get_by_role("link", name="Open this version")).to_have_attribute("href", "/definitions/p-9")


def test_what_a_deployment_changes_on_the_page_is_fetched_again(
        open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    expect(page.locator("#versions")).to_have_text("0 deployed")
    deploy(page, server)
    expect(page.locator("#versions")).to_have_text("1 deployed")


def test_a_lost_answer_is_asked_for_again_with_the_same_key(open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    server.answers += [(503, {"title": "Not available for a moment"}), (201, DEPLOYMENT)]
    page.get_by_role("button", name="Deploy as a new version").click()
    expect(page.get_by_text("Not available for a moment")).to_be_visible()
    page.get_by_role("button", name="Deploy as a new version").click()
    expect(page.get_by_role("heading", name="Deployed as version 4")).to_be_visible()
    assert len({headers["Idempotency-Key"] for headers, _ in server.deployments}) == 1


def test_every_problem_the_server_finds_leads_to_its_element(open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="fa")
    server.answers.append((422, {"title": "ورودی نادرست است", "errors": [
        {"where": "register", "line": 88, "what": "گرداننده ناشناخته است", "fix": "یکی را برگزینید", "code": "unknown",
         "severity": "error", "file": "processes/sample-permit.bpmn"},
        {"where": "Message_0", "what": "کلید تطبیق ندارد", "fix": "", "code": "missing", "severity": "error"}]}))
    page.get_by_role("button", name="استقرار نسخه تازه").click()
    expect(page.get_by_role("heading", name="۲ ایراد؛ چیزی مستقر نشد")).to_be_visible()
    faults = page.locator(".pv-fault")
    expect(faults.first).to_contain_text("سطر ۸۸")
    expect(faults.first).to_contain_text("راه درست کردن: یکی را برگزینید")
    expect(faults.nth(1)).to_contain_text("Message_0")
    expect(page.locator("[data-element-id=register].pv-problem")).to_have_count(1)
    faults.first.get_by_role("button").click()
    expect(page.locator("[data-element-id=register].selected")).to_have_count(1)


def test_warnings_beside_problems_are_told_as_warnings(open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    server.answers.append((422, {"title": "The input has faults", "errors": [
        {"where": "register", "what": "handler x is not known", "fix": "", "code": "unknown_name", "severity": "error"},
        {"where": "check", "what": "the user task has no form", "fix": "", "code": "no_form", "severity": "warning"},
        {"where": "answered", "what": "no variable", "fix": "", "code": "constant", "severity": "warning"}]}))
    page.get_by_role("button", name="Deploy as a new version").click()
    expect(page.get_by_role("heading", name="One problem; nothing was deployed")).to_be_visible()
    expect(page.get_by_role("heading", name="Warnings", exact=True)).to_be_visible()
    expect(page.locator(".pv-faults")).to_have_count(2)
    expect(page.locator(".pv-faults").first.locator(".pv-fault")).to_have_count(1)
    expect(page.locator(".pv-faults").last.locator(".pv-fault")).to_have_count(2)
    expect(page.locator("[data-element-id=register].pv-problem")).to_have_count(1)
    expect(page.locator("[data-element-id=check].pv-warning")).to_have_count(1)
    expect(page.locator(".pv-problem")).to_have_count(1)
    deploy(page, server)
    expect(page.locator(".pv-problem, .pv-warning")).to_have_count(0)


@pytest.mark.parametrize(("element", "kind"), [
    ("check", "userTask"), ("register", "serviceTask"), ("assess", "businessRuleTask"), ("count_answers", "scriptTask"),
    ("answered", "intermediateCatchEvent")])
def test_the_panel_writes_what_goes_in_and_what_comes_out(open_island: Open, server: island_server.IslandServer,
                                                          element: str, kind: str):
    page = open_island("modeler", lang="en")
    lists = ["inputs", "outputs"] if kind != "intermediateCatchEvent" else ["outputs"]
    fill(page, element, {})
    expect(page.locator("[data-group-id=group-inputs]")).to_have_count(len(lists) - 1)
    for name in lists:
        add(page, name, {"Name" if name == "inputs" else "Variable": f"{name}_name", "Value": f'"{name}"'})
    node = by_id(deploy(page, server), element)
    assert node.tag == BPMN + kind
    for name in lists:
        *_, last = node.iter(PARVANEH + name.removesuffix("s"))
        assert dict(last.attrib) == {"name": f"{name}_name", "value": f'"{name}"'}


def test_an_event_without_results_and_a_plain_start_have_no_mappings(open_island: Open):
    page = open_island("modeler", lang="en")
    for element in ("check_late", "submitted", "complete_gateway", "issued"):
        fill(page, element, {})
        expect(page.locator("[data-group-id=group-inputs], [data-group-id=group-outputs]")).to_have_count(0)


def test_a_decision_is_asked_in_the_version_that_the_panel_names(
        open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    fill(page, "assess", {"Version of the decision": "latest"})
    assert by_id(deploy(page, server), "assess").get(PARVANEH + "decisionVersion") == "latest"
    fill(page, "assess", {"Version of the decision": ""})
    assert PARVANEH + "decisionVersion" not in by_id(deploy(page, server), "assess").attrib


def test_a_process_is_called_in_the_version_that_the_panel_names(
        open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    fill(page, "assess", {})
    page.get_by_title("Change element").click()
    page.locator(".djs-popup .entry").filter(has_text=re.compile("^Call activity$")).click()
    page.get_by_label("Called process", exact=True).fill("inquiries")
    page.get_by_label("Version of the process", exact=True).fill("latest")
    [call] = deploy(page, server).iter(BPMN + "callActivity")
    assert (call.get("calledElement"), call.get(PARVANEH + "processVersion")) == ("inquiries", "latest")


@pytest.mark.parametrize(("element", "entry", "kind"), [
    ("answered", "Conditional intermediate catch event", "intermediateCatchEvent"),
    ("check_late", "Conditional boundary event (non-interrupting)", "boundaryEvent")])
def test_an_event_becomes_conditional_and_gets_its_condition(
        open_island: Open, server: island_server.IslandServer, element: str, entry: str, kind: str):
    page = open_island("modeler", lang="en")
    fill(page, element, {})
    page.get_by_title("Change element").click()
    page.locator(".djs-popup .entry").filter(has_text=re.compile(f"^{re.escape(entry)}$")).click()
    page.get_by_label("Condition", exact=True).fill("area > 500")
    saved = deploy(page, server)
    [definition] = saved.iter(BPMN + "conditionalEventDefinition")
    assert definition.findtext(BPMN + "condition") == "area > 500"
    event = definition.getparent()
    assert (event.tag, event.get("cancelActivity")) == (BPMN + kind, "false" if kind == "boundaryEvent" else None)
    parsed = parser.parse({"x.bpmn": etree.tostring(saved)})
    assert next(iter(parsed.processes.values())).elements[event.get("id")].type == kind


def test_the_panel_writes_our_properties(open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    fill(page, "check", {"English name": "Check the documents", "Duty": "decision", "Stage": "CHECKING"})
    page.get_by_label("Role").select_option("APPLICANT")
    fill(page, "check_late", {"When": "P9D"})
    page.get_by_label("Kind of timer").select_option("timeDate")
    fill(page, "answered", {"Correlation key": "file_number"})
    fill(page, "is_complete", {"Condition": "complete and age > 18"})
    fill(page, "ask_offices", {"List": "offices", "Item": "office"})
    fill(page, "remind", {})
    add(page, "inputs", {"Name": "days", "Value": "2 + 3"})
    saved = deploy(page, server)
    check = by_id(saved, "check")
    assert {name: check.get(PARVANEH + name) for name in ("nameEn", "duty", "stage", "role")} == {
        "nameEn": "Check the documents", "duty": "decision", "stage": "CHECKING", "role": "APPLICANT"}
    timer = by_id(saved, "check_late_timer")
    assert [(child.tag, child.text) for child in timer] == [(BPMN + "timeDate", "P9D")]
    assert by_id(saved, "issuer_issued").get(PARVANEH + "correlationKey") == "file_number"
    assert by_id(saved, "is_complete").findtext(BPMN + "conditionExpression") == "complete and age > 18"
    assert by_id(saved, "ask_offices").findtext(f".//{BPMN}loopDataInputRef") == "offices"
    assert by_id(saved, "inquiry_item").get("name") == "office"
    assert [dict(given.attrib) for given in by_id(saved, "remind").iter(PARVANEH + "input")] == [
        {"name": "days", "value": "2 + 3"}]


def test_a_flow_has_a_condition_where_one_is_looked_at(open_island: Open, server: island_server.IslandServer):
    page = open_island("modeler", lang="en")
    for flow in ("to_register", "refused"):  # out of an event, and the default
        fill(page, flow, {})
        expect(page.locator("[data-group-id=group-condition]")).to_have_count(0)
    fill(page, "to_count", {"Condition": "late = false"})
    assert by_id(deploy(page, server), "to_count").findtext(BPMN + "conditionExpression") == "late = false"


def test_changes_are_counted_and_can_be_undone(open_island: Open):
    page = open_island("modeler", lang="en")
    expect(page.get_by_role("status")).to_have_text("No changes")
    fill(page, "check", {})
    page.get_by_label("Duty", exact=True).focus()
    page.get_by_label("Stage", exact=True).focus()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(page.get_by_role("status")).to_have_text("No changes")
    fill(page, "check", {"Duty": "decision"})
    expect(page.get_by_role("status")).to_have_text("Changes not deployed")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Duty")).to_have_value("inspection")
    page.get_by_role("button", name="Redo").click()
    expect(page.get_by_label("Duty")).to_have_value("decision")


def test_leaving_with_changes_asks_first(open_island: Open):
    page = open_island("modeler", lang="en")
    fill(page, "check", {"Duty": "decision"})
    expect(page.get_by_role("status")).to_have_text("Changes not deployed")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("about:blank")
    assert asked == ["beforeunload"]


def test_a_diagram_can_be_downloaded_and_opened_again(open_island: Open, tmp_path: Any):
    page = open_island("modeler", lang="en")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the diagram").click()
    assert download.value.suggested_filename == "sample-permit.bpmn"
    text = download.value.path().read_text(encoding="utf-8")
    changed = tmp_path / "changed.bpmn"
    changed.write_text(text.replace("بررسی مدارک", "بازبینی"), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(changed)
    expect(page.locator("[data-element-id=check] text")).to_have_text("بازبینی")
    expect(page.get_by_role("status")).to_have_text("Changes not deployed")


def test_a_file_that_is_no_diagram_leaves_the_diagram_as_it_was(open_island: Open, tmp_path: Any):
    page = open_island("modeler", lang="fa")
    wrong = tmp_path / "wrong.bpmn"
    wrong.write_text("no diagram", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(wrong)
    expect(page.get_by_role("heading", name="این فایل را نمی‌توان به صورت نمودار نشان داد")).to_be_visible()
    expect(page.locator("[data-element-id=check] text")).to_have_text("بررسی مدارک")


def test_elements_are_reached_without_a_pointer_through_their_table(open_island: Open):
    page = open_island("modeler", lang="en")
    page.get_by_text("Elements as a table").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Select ثبت در دفتر پروانه‌ها").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Handler")).to_have_value("licences.register")


def test_menus_offer_only_what_the_engine_executes(open_island: Open):
    page = open_island("modeler", lang="en")
    page.locator("[data-element-id=check]").click()
    page.get_by_title("Change element").click()
    entries = page.locator(".djs-popup-label").all_text_contents()
    assert {"Service task", "Business rule task", "Call activity"} <= set(entries)
    assert not {"Send task", "Transaction", "Ad-hoc sub-process (expanded)"} & set(entries)


def test_the_panel_and_the_menus_are_persian_in_a_persian_page(open_island: Open):
    page = open_island("modeler", lang="fa")
    for element in ("check", "ask_offices", "register", "check_late", "answered", "is_complete", "count_answers",
                    "assess", "issued"):
        page.locator(f"[data-element-id={element}]").first.click(force=True)
        words = page.locator(".bio-properties-panel-label, .bio-properties-panel-group-header-title, "
                             ".bio-properties-panel-header-type").all_text_contents()
        assert words and not [word for word in words if word.isascii()]
    page.locator("[data-element-id=check]").click()
    page.get_by_title("تغییر نوع عنصر").click()
    titles = page.locator(".djs-popup-label, .djs-palette .entry, .djs-context-pad .entry")
    shown = [word for word in titles.evaluate_all("all => all.map(one => one.title || one.textContent)") if word]
    assert shown and not [word for word in shown if word.isascii()]


def test_an_island_that_htmx_brings_into_the_page_comes_to_life(open_island: Open):
    expect(open_island("swap").locator("[data-element-id=check].pv-completed")).to_have_count(1)


def test_the_api_page_shows_the_operations(open_island: Open):
    expect(open_island("api-docs").get_by_text("List the things")).to_be_visible()
