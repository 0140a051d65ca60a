"""What a person does in the modeler, and what it then sends."""

from __future__ import annotations

from collections import Counter
from typing import Any

from lxml import etree
from playwright.sync_api import Page, expect

from tests.browser import island_server

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
PARVANEH = "{urn:parvaneh:bpmn:1}"
DEFAULTS = {("isInterrupting", "true"), ("cancelActivity", "true"), ("isSequential", "false")}
DEPLOYMENT = {"id": "d-2", "is_new": True, "warnings": [], "process_definitions": [
    {"id": "p-9", "key": "sample_permit", "version": 4, "resource": "processes/sample-permit.bpmn"}]}


def fill(page: Page, element: str, values: dict[str, str]) -> None:
    """Selects an element (after leaving the last one, whose menu may cover it) and types into its panel."""
    page.locator(".pv-modeler-canvas").click(position={"x": 300, "y": 600})
    page.locator(f"[data-element-id={element}]").first.click(force=True)
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)


def add(page: Page, name: str, values: dict[str, str]) -> None:
    """Adds an item to a list of the panel and types into it, once the panel has put the cursor into its first field:
    what is typed before that lands there, whatever field it was meant for."""
    group = page.locator(f"[data-group-id=group-{name}]")
    group.get_by_title("Create new list item").click()
    fields = [(group.get_by_label(label).last, value) for label, value in values.items()]
    expect(fields[0][0]).to_be_focused()
    for field, value in fields:
        field.fill(value)
    fields[-1][0].press("Tab")


def deploy(page: Page, server: island_server.IslandServer) -> Any:
    """Deploys and returns the XML that was sent."""
    server.answers.append((201, DEPLOYMENT))
    with page.expect_response("**/deploy"):  # the heading may still be that of an earlier deployment
        page.get_by_role("button", name="Deploy as a new version").click()
    expect(page.get_by_role("heading", name="Deployed as version")).to_be_visible()
    [text] = server.deployments[-1][1]["resources"].values()
    return etree.fromstring(text.encode())


def by_id(root: Any, identifier: str) -> Any:
    return next(element for element in root.iter() if element.get("id") == identifier)


def content(root: Any) -> Counter[tuple[str, frozenset[tuple[str, str]], str]]:
    """What a diagram says, whatever the order and the line breaks; positions of shapes are its drawing, not content."""
    return Counter((element.tag, frozenset(set(element.attrib.items()) - DEFAULTS), (element.text or "").strip())
                   for element in root.iter(BPMN + "*", PARVANEH + "*"))
