"""Errors on the wire: problem+json with a stable code, in the language asked for, every fault at once."""

from __future__ import annotations

import pytest

from api.schemas import messages


def test_an_error_is_problem_json_with_a_stable_code(visitor):
    answer = visitor.get("/nothing/here")
    assert answer.content_type == "application/problem+json"
    assert answer.json == {"type": "urn:parvaneh:problem:not_found", "title": "Not found", "status": 404,
                           "detail": "Not found", "code": "not_found"}


@pytest.mark.parametrize("asked, language, title", [
    ("en", "en", "Sign in first"), ("fa", "fa", "نخست وارد شوید"), ("de, en;q=0.5", "en", "Sign in first"),
    ("de", "fa", "نخست وارد شوید"), ("", "fa", "نخست وارد شوید")])
def test_the_language_follows_the_header_and_is_persian_by_default(app, asked, language, title):
    answer = app.test_client().get("/api/v1/user-tasks", headers={"Accept-Language": asked})
    assert (answer.json["title"], answer.headers["Content-Language"]) == (title, language)
    assert answer.headers["Vary"] == "Accept-Language"


def test_a_422_lists_every_wrong_field_of_a_body(staff):
    answer = staff("admin").post("/process-instances", {"version": "one", "scope": 5, "colour": "red"})
    assert answer.status_code == 422
    assert {fault["where"]: fault["code"] for fault in answer.json["errors"]} == {
        "key": "required", "business_key": "required", "version": "type", "scope": "type", "colour": "unknown"}


def test_a_body_that_is_not_json_is_a_400(visitor):
    answer = visitor.client.post("/api/v1/sessions", data="{", content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_a_method_that_does_not_fit_is_a_405_that_names_those_that_do(visitor):
    answer = visitor.send("PUT", "/messages")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("method, path, status", [
    ("PUT", "/", 405), ("TRACE", "/track", 405), ("POST", "/inbox", 405), ("POST", "/nothing", 404),
    ("POST", "/api/v1/nothing", 404), ("DELETE", "/api/v1/applications", 405)])
def test_what_no_view_takes_is_told_so_with_no_token_at_all(staff, method, path, status):
    for client in (staff("clerk").client, staff("clerk").client.application.test_client()):
        assert client.open(path, method=method).status_code == status


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
def test_a_body_of_another_kind_is_not_quietly_done_without(staff, content_type):
    admin = staff("admin")
    answer = admin.client.post("/api/v1/incidents/x/retry", data=b'{"reason": "because"}', content_type=content_type,
                               headers={"X-CSRF-Token": admin.csrf, "Accept-Language": "en"})
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
    assert "application/json" in answer.json["detail"]


def test_a_request_over_the_limit_is_a_413(app, visitor):
    app.config["MAX_CONTENT_LENGTH"] = 10
    answer = visitor.post("/sessions", {"username": "a" * 50, "password": "b"})
    assert (answer.status_code, answer.json["code"]) == (413, "content_too_large")
    assert "5 MB" in answer.json["detail"], "how to mend it"


def test_an_unforeseen_error_is_a_500_that_tells_nothing_and_stores_nothing(app, caplog):
    @app.get("/api/v1/broken")
    def broken():
        raise RuntimeError("the password is secret")

    answer = app.test_client().get("/api/v1/broken")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "the password is secret" in caplog.text


@pytest.mark.parametrize("text", [
    "Missing data for required field.", "Unknown field.", "Not a valid integer.", "Not a valid datetime.",
    "Must be one of: A, B.", "Longer than maximum length 5.", "Length must be between 1 and 5.",
    "Must be greater than or equal to 1 and less than or equal to 200.", "Shorter than minimum length 3."])
def test_messages_of_the_schemas_have_a_persian_form(text):
    [fault] = messages.faults({"json": {"field": [text]}})
    assert fault.where == "field"
    assert fault.what_fa != messages.faults({"json": {"field": ["a message unknown"]}})[0].what_fa


def test_the_path_of_a_nested_field_is_told():
    [fault] = messages.faults({"json": {"items": {0: {"name": ["Unknown field."]}}}})
    assert fault.where == "items.0.name"
