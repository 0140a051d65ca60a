"""A register brings its answer over HTTP, signed and without an account; the clerk's page tells what was asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api import config
from api.web import words
from engine.values import new_id
from tests.api.people import TODAY, Person
from workflows import outside
from workflows.inquiry_adapters import HttpAdapter
from workflows.models.inquiry_request import InquiryRequest

KEY = "s" * 40


@pytest.fixture
def question(product, application, task) -> dict[str, Any]:
    """A question to the tax register about an application, asked for the clerk's open task."""
    product.inquiry_adapters["TAX"] = HttpAdapter("TAX", url="https://tax.example.ir/", key=KEY)
    row = {"id": new_id(), "application_id": application["id"], "task_id": task["id"], "code": "TAX",
           "state": "FAILED", "instance_id": task["instance_id"], "asked_at": product.clock.now(), "rounds": 0}
    with product.database.begin() as session:
        session.add(InquiryRequest(**row))
    return {"question_id": row["id"], "kind": "TAX", "status": "ANSWERED", "answer": "CLEAN", "reference": "12/3",
            "answered_on": TODAY}


def bring(visitor: Person, value: Any, key: str = KEY) -> TestResponse:
    body = json.dumps(value).encode()
    return visitor.client.post("/api/v1/inquiry-answers", data=body, content_type="application/json", headers={
        "Parvaneh-Signature": outside.seal(key, body, datetime.now(UTC)), "Accept-Language": "en"})


def test_an_answer_that_comes_after_the_clerks_is_taken_as_late(visitor, staff, task, question):
    done = staff("clerk").post(f"/user-tasks/{task['id']}/completion", {"complete": True})
    assert done.status_code == 200, done.text
    for _ in range(2):
        answer = bring(visitor, question)
        assert (answer.status_code, answer.json) == (200, {"question_id": question["question_id"], "state": "LATE"})
    assert bring(visitor, {**question, "answer": "NOT_CLEAN"}).json["code"] == "answer_contradicts"


@pytest.mark.parametrize("change, key, status, code", [
    ({}, "x" * 40, 403, "not_from_register"), ({"question_id": "nobody"}, KEY, 404, "not_found"),
    ({"answer": "YES"}, KEY, 422, "invalid"), ({"kind": "BANK"}, KEY, 422, "invalid"),
    ({"answer": None}, KEY, 422, "invalid"), ({"question_id": 7}, KEY, 422, "invalid"),
    ({"status": "PENDING"}, KEY, 422, "invalid")])
def test_what_is_no_answer_of_that_register_is_refused(visitor, question, change, key, status, code):
    answer = bring(visitor, {**question, **change}, key)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_an_answer_without_a_signature_is_refused(visitor, question):
    answer = visitor.client.post("/api/v1/inquiry-answers", json=question)
    assert answer.status_code == 403


@pytest.mark.usefixtures("question")
def test_the_clerk_reads_on_the_page_of_the_task_that_the_register_failed(staff, task):
    page = staff("clerk").client.get(f"/tasks/{task['id']}")
    told = words.table("fa")["asked_register.FAILED"].partition("{at}")[2]
    assert page.status_code == 200 and told in page.text


def test_the_file_of_registers_is_a_setting_that_is_checked_at_start(tmp_path):
    file = tmp_path / "registers.toml"
    file.write_text(f'[TAX]\nurl = "https://tax.example.ir/"\nkey = "{KEY}"\n')
    found = config.from_environment({"PARVANEH_INQUIRIES": str(file)})
    assert (found.inquiries, list(found.inquiry_adapters)) == (file, ["TAX"])
    assert KEY not in repr(found)
    file.write_text("[MOON]\n")
    with pytest.raises(config.ConfigurationError, match=r"PARVANEH_INQUIRIES: .*MOON"):
        config.from_environment({"PARVANEH_INQUIRIES": str(file)})


def test_the_gateway_of_messages_is_a_setting_that_is_checked_at_start(tmp_path):
    file = tmp_path / "sms.toml"
    file.write_text(f'url = "https://sms.example.ir/"\nkey = "{KEY}"\n')
    both = {"PARVANEH_SMS": "http", "PARVANEH_SMS_GATEWAY": str(file)}
    found = config.from_environment(both)
    assert found.sms_gateway is not None and KEY not in repr(found)
    for missing in both:
        with pytest.raises(config.ConfigurationError, match="PARVANEH_SMS_GATEWAY"):
            config.from_environment({name: value for name, value in both.items() if name != missing})
