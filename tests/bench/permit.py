"""The process that engine and library are compared on, in the dialect of each: ten user tasks, exclusive gateways, a
parallel block, a decision table and a timer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.engine import models

KEY = "permit"
TASKS = ("register", "check", "inspect_small", "inspect_large", "map", "neighbours", "fee", "receipt", "review",
         "decide", "issue")
STEPS = 10
"""User tasks of one instance: it is inspected as small or as large."""
FACTS: Mapping[str, Any] = {
    "application_id": "A-1", "service": "permit", "county": "urmia", "applicant_kind": "LEGAL", "nationality": "IR",
    "age": 41, "degree": "MASTER", "gender": "FEMALE", "tenure": "LEASE", "lease_months": 60, "purpose_ok": True,
    "rounds": 0, "rules": {"inquiries": ["BANK", "TAX", "POLICE"], "days": {"check": 10, "review": 15}, "limit": 100},
}
_STOCK = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:test">
<bpmn:process id="permit" name="permit" isExecutable="true">{body}</bpmn:process></bpmn:definitions>"""
_JUDGE = """<bpmn:businessRuleTask id="judge" name="judge"><bpmn:extensionElements>
<spiffworkflow:calledDecisionId>grade</spiffworkflow:calledDecisionId></bpmn:extensionElements>
</bpmn:businessRuleTask>"""


def bundle() -> dict[str, bytes]:
    """The files to deploy in our engine."""
    return models.bundle(models.process(KEY, *_body(
        judge=models.business_rule("judge", "grade", "grade"), days="P10D", small='grade = "SMALL"',
        again="decide_ok = false")))


def stock() -> tuple[bytes, bytes]:
    """Diagram and decision as the library wants them: expressions in Python."""
    body = _body(judge=_JUDGE, days='"P10D"', small='grade == "SMALL"', again="decide_ok == False")
    text = _STOCK.format(body="\n".join(body)).replace(' parvaneh:role="CLERK" parvaneh:formKey="form"', "")
    return text.encode(), models.DMN.encode()


def answer(element: str, number: int) -> dict[str, Any]:
    """What a person fills in; the same text for both sides."""
    found: dict[str, Any] = {f"{element}_ok": True, f"{element}_note": f"seen and found in order, number {number}"}
    if element == "register":
        found["area"] = 10 + number % 30
    return found


def size() -> int:
    """Bytes of the facts an instance starts with."""
    return len(json.dumps(FACTS))


def _body(*, judge: str, days: str, small: str, again: str) -> list[str]:
    flow, gateway = models.flow, models.gateway
    return [
        models.start(), *(models.user(task) for task in TASKS), judge,
        models.boundary("late", "check", models.timer(days)), models.end("lapsed"), models.end("issued"),
        gateway("size", attributes='default="size__inspect_large"'), gateway("inspected"),
        gateway("fork", "parallel"), gateway("join", "parallel"),
        gateway("decided", attributes='default="decided__issue"'),
        models.path("start_1", "register", "check", "judge", "size"), flow("late", "lapsed"),
        flow("size", "inspect_small", small), flow("size", "inspect_large"),
        models.path("inspect_small", "inspected", "fork"), flow("inspect_large", "inspected"),
        models.path("fork", "map", "neighbours", "join", "review", "decide", "decided", "issue", "issued"),
        models.path("fork", "fee", "receipt", "join"), flow("decided", "review", again)]
