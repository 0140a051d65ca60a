"""Who is asking: sessions, CSRF, bearer tokens, limits, and what every answer forbids the browser."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest

from api import security
from api.app import create_app
from api.config import Config
from tests.api import people
from tests.api.people import Person
from workflows import sessions


def test_a_visitor_is_asked_to_sign_in(visitor):
    for path in ("/user-tasks", "/applications", "/process-definitions", "/incidents", "/sessions/current"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(visitor):
    answers = [visitor.post("/sessions", {"username": name, "password": "wrong"}) for name in ("clerk", "nobody")]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json == answers[1].json
    assert "Set-Cookie" not in answers[0].headers


def test_a_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(visitor):
    answer = visitor.post("/sessions", {"username": "clerk", "password": people.PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_with_a_tls_address_cookies_travel_over_tls_only(product, var):
    app = create_app(product, Config(database_url="", var=var, public_url="https://licences.example.ir"))
    answer = Person(app).post("/sessions", {"username": "clerk", "password": people.PASSWORD})
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_an_unsafe_request_with_a_cookie_needs_its_csrf_token(staff, task):
    clerk = staff("clerk")
    path = f"/api/v1/user-tasks/{task['id']}/claim"
    for headers in ({}, {"X-CSRF-Token": "guessed"}):
        answer = clerk.client.put(path, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "csrf_failed")
    assert clerk.client.put(path, headers={"X-CSRF-Token": clerk.csrf}).status_code == 200


def test_a_form_of_another_site_cannot_sign_anybody_in(visitor):
    form = {"username": "clerk", "password": people.PASSWORD}
    assert visitor.client.post("/api/v1/sessions", data=form).status_code == 401
    assert visitor.client.post("/api/v1/sessions", data="{}", content_type="text/plain").status_code == 401


def test_signing_out_ends_the_session_on_the_server(app, staff):
    clerk = staff("clerk")
    cookie = clerk.client.get_cookie(security.SESSION_COOKIE).value
    assert clerk.delete("/sessions/current").status_code == 204
    thief = Person(app)
    thief.client.set_cookie(security.SESSION_COOKIE, cookie)
    assert thief.get("/sessions/current").status_code == 401


def test_signing_in_again_ends_the_session_before(app, staff):
    clerk = staff("clerk")
    old = clerk.client.get_cookie(security.SESSION_COOKIE).value
    clerk.post("/sessions", {"username": "clerk", "password": people.PASSWORD})
    thief = Person(app)
    thief.client.set_cookie(security.SESSION_COOKIE, old)
    assert thief.get("/sessions/current").status_code == 401


def test_a_bearer_token_needs_no_csrf_token_and_a_wrong_one_is_refused(app, product):
    with product.database.begin() as session:
        secret = sessions.create_token(session, username="admin", label="test", expires=timedelta(days=1))
    client = app.test_client()
    message = {"name": "withdrawal", "correlation_key": "none"}
    given = client.post("/api/v1/messages", json=message, headers={"Authorization": f"Bearer {secret}"})
    assert (given.status_code, given.json["code"]) == (409, "no_receiver")
    wrong = client.get("/api/v1/incidents", headers={"Authorization": "Bearer pv_wrong"})
    assert wrong.status_code == 401


def test_guessing_a_password_is_stopped_after_ten_tries(visitor):
    answers = [visitor.post("/sessions", {"username": "clerk", "password": "wrong"}).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    right = visitor.post("/sessions", {"username": "clerk", "password": people.PASSWORD})
    assert right.status_code == 429


def test_a_one_time_code_serves_once_and_wrong_guesses_are_counted(app, visitor, product, var):
    assert visitor.post("/one-time-codes", {"mobile": "۰۹۱۴۱۲۳۴۵۶۷"}).status_code == 202
    product.scheduler.tick()
    code = people.newest_code(var)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert visitor.post("/sessions", {"mobile": people.MOBILE, "code": wrong}).status_code == 401
    assert visitor.post("/sessions", {"mobile": people.MOBILE, "code": code}).status_code == 201
    assert Person(app).post("/sessions", {"mobile": people.MOBILE, "code": code}).status_code == 401


def test_a_code_that_was_guessed_five_times_is_worthless(visitor, product, var):
    visitor.post("/one-time-codes", {"mobile": people.MOBILE})
    product.scheduler.tick()
    code = people.newest_code(var)
    for step in range(1, 6):
        visitor.post("/sessions", {"mobile": people.MOBILE, "code": f"{(int(code) + step) % 1_000_000:06}"})
    assert visitor.post("/sessions", {"mobile": people.MOBILE, "code": code}).status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/docs", "/healthz", "/api/v1/nothing"])
def test_every_answer_forbids_foreign_scripts_frames_and_sniffing(app, path):
    headers = app.test_client().get(path).headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_answers_with_personal_data_are_not_kept_by_caches(applicant, application):
    assert applicant.get(f"/applications/{application['id']}").headers["Cache-Control"] == "no-store"


def test_the_address_of_a_proxy_counts_only_where_proxies_are_trusted(product, var, application):
    def refused_at_once(config: Config, address: str) -> bool:
        client = create_app(product, config).test_client()
        for _ in range(10):
            client.get("/api/v1/tracking/X", headers={"X-Forwarded-For": address})
        return client.get("/api/v1/tracking/X", headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429

    direct = Config(database_url="", var=var)
    assert not refused_at_once(dataclasses.replace(direct, trusted_proxies=1), "10.1.1.1")
    assert refused_at_once(direct, "10.2.2.2")


def test_an_applicant_sees_no_application_of_another(app, product, var, application):
    other = Person(app)
    other.post("/one-time-codes", {"mobile": "09351112233"})
    product.scheduler.tick()
    other.sign_in(mobile="09351112233", code=people.newest_code(var))
    assert other.get(f"/applications/{application['id']}").status_code == 403
    assert other.get("/applications").json["items"] == []
    assert other.post(f"/applications/{application['id']}/withdrawal", {"reason": "no reason"}).status_code == 403


@pytest.mark.parametrize("address", ["//elsewhere.example", "/\\elsewhere.example", "https://elsewhere.example",
                                     "/\r\nX-Made-Up: 1", "/\t/elsewhere.example"])
def test_signing_in_leads_to_pages_of_this_site_only(visitor, address):
    page = visitor.client.get("/sign-in")
    [csrf] = re.findall('name="csrf_token" value="([^"]+)"', page.text)
    answer = visitor.client.post("/sign-in", data={
        "csrf_token": csrf, "username": "clerk", "password": people.PASSWORD, "next": address})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/start")


@pytest.mark.parametrize("address", ["http://[::1", "//elsewhere.example", "\r\nx", "javascript:1"])
def test_an_address_typed_to_be_verified_leads_to_no_other_site(visitor, address):
    answer = visitor.client.get("/verify", query_string={"address": address})
    assert answer.status_code in {200, 303}
    assert answer.headers.get("Location", "/verify/").startswith("/verify/")
