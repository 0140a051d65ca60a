"""What tests of the API say: people who sign in and send things, and an application that meets every condition."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from workflows import calendar

PASSWORD = "parvaneh-demo"
TODAY = calendar.today(datetime.now(UTC)).isoformat()
MOBILE = "09141234567"

PDF = (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n"
       b"trailer<</Root 1 0 R>>\n%%EOF\n")
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + bytes(range(1, 65)) + bytes.fromhex("ffd9")

APPLICATION: Mapping[str, Any] = {
    "applicant_kind": "LEGAL", "company_legal_id": "10380284790", "company_name": "شرکت خدمات آذر",
    "company_reg_no": "12345", "company_economic_code": "411111111111", "purpose_ok": True,
    "ceo_national_id": "0013542419", "ceo_first_name": "سارا", "ceo_last_name": "احمدی", "ceo_father_name": "رضا",
    "ceo_birth_date": "1985-03-21", "ceo_gender": "FEMALE", "ceo_mobile": MOBILE, "ceo_nationality": "IR",
    "ceo_degree": "MASTER", "ceo_public_employee": False, "other_licence": False, "creed_declaration": True,
    "site_county": "urmia", "site_settlement": "ارومیه", "site_postal_code": "5715694751",
    "site_address": "خیابان امام، کوچه گلستان، پلاک ۱۲", "site_lat": 37.5527, "site_lng": 45.0761, "site_area_m2": 64,
    "site_tenure": "OWN", "sheba": "IR820540102680020817909002",
    "declare_truth": True, "declare_no_proxy": True, "declare_fee_undertaking": True,
}
FILES: Mapping[str, tuple[str, bytes]] = {
    "doc_articles": ("articles.pdf", PDF), "doc_gazette": ("gazette.pdf", PDF), "doc_degree": ("degree.pdf", PDF),
    "doc_tenure": ("deed.pdf", PDF), "doc_ceo_photo": ("photo.jpg", JPEG), "doc_national_card": ("card.jpg", JPEG),
    "doc_site_photo": ("site.jpg", JPEG),
}


class Person:
    """A test client that signs in and carries its CSRF token."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.csrf = ""
        self.id = ""

    def sign_in(self, **credentials: str) -> Person:
        answer = self.client.post("/api/v1/sessions", json=credentials)
        assert answer.status_code == 201, answer.text
        self.csrf, self.id = answer.json["csrf_token"], answer.json["user"]["id"]
        return self

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get("/api/v1" + path, headers=_names({"Accept_Language": "en", **headers}))

    def send(self, method: str, path: str, body: Any = None, files: Mapping[str, tuple[str, bytes]] | None = None,
             **headers: str) -> TestResponse:
        sent = _names({"X_CSRF_Token": self.csrf, "Accept_Language": "en", **headers})
        if files is None:
            return self.client.open("/api/v1" + path, method=method, json={} if body is None else body, headers=sent)
        parts = {field: FileStorage(io.BytesIO(content), filename=name) for field, (name, content) in files.items()}
        boundary, content = encode_multipart({"data": json.dumps(body), **parts})
        return self.client.open("/api/v1" + path, method=method, data=content, headers=sent,
                                content_type=f"multipart/form-data; boundary={boundary}")

    def post(self, path: str, body: Any = None, files: Mapping[str, tuple[str, bytes]] | None = None,
             **headers: str) -> TestResponse:
        return self.send("POST", path, body, files, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("PUT", path, body, None, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.send("DELETE", path, None, None, **headers)


def newest_code(var: Path) -> str:
    """The one-time code of the newest text message."""
    newest = max((var / "sms").glob("*.txt"), key=lambda path: path.stat().st_mtime_ns)
    digits = "".join(c if c.isdigit() else " " for c in newest.read_text("utf-8"))
    return next(word for word in digits.split() if len(word) == 6)


def fields(answer: TestResponse) -> list[str]:
    """The fields a 422 complains of."""
    assert answer.status_code == 422, answer.text
    return [fault["where"] for fault in answer.json["errors"]]


def _names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
