"""The same command sent twice is done once, with and without an account."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.api import people
from workflows.models.notification import Notification


def codes_sent(product) -> int:
    with product.database.read() as session:
        return session.scalar(select(func.count()).select_from(Notification).where(Notification.kind == "code"))


def test_without_an_account_a_form_token_of_this_server_names_the_command(visitor, product):
    token = visitor.post("/form-tokens").json["form_token"]
    body = {"mobile": "09141234567"}
    first = visitor.post("/one-time-codes", body, X_Form_Token=token)
    again = visitor.post("/one-time-codes", body, X_Form_Token=token)
    assert first.status_code == again.status_code == 202
    assert again.headers["Idempotency-Replayed"] == "true"
    assert codes_sent(product) == 1
    other = visitor.post("/one-time-codes", {"mobile": "09141234568"}, X_Form_Token=token)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_conflict")


def test_a_form_that_was_refused_can_be_sent_again_with_its_token(visitor):
    token = visitor.post("/form-tokens").json["form_token"]
    wrong = visitor.post("/sessions", {"username": "clerk", "password": "wrong"}, X_Form_Token=token)
    right = visitor.post("/sessions", {"username": "clerk", "password": people.PASSWORD}, X_Form_Token=token)
    assert (wrong.status_code, right.status_code) == (401, 201)


def test_a_form_token_that_was_not_issued_here_is_refused(visitor, product):
    answer = visitor.post("/one-time-codes", {"mobile": "09141234567"}, X_Form_Token="AAAA.BBBB")
    assert answer.status_code == 400
    assert codes_sent(product) == 0


def test_without_an_account_and_a_form_token_a_key_is_not_quietly_ignored(visitor, product):
    answer = visitor.post("/one-time-codes", {"mobile": "09141234567"}, Idempotency_Key="k")
    assert answer.status_code == 400
    assert codes_sent(product) == 0


def test_keys_of_two_people_are_two_keys(staff, task):
    path = f"/user-tasks/{task['id']}/claim"
    assert staff("clerk").put(path, Idempotency_Key="same").status_code == 200
    assert staff("inspector").put(path, Idempotency_Key="same").status_code == 403


def test_a_refused_command_is_not_stored_and_can_be_sent_again(applicant):
    wrong = applicant.post("/applications", {}, {}, Idempotency_Key="one")
    right = applicant.post("/applications", people.APPLICATION, people.FILES, Idempotency_Key="one")
    assert (wrong.status_code, right.status_code) == (422, 201)


def test_a_repeated_command_gives_the_same_version(staff, task):
    path = f"/user-tasks/{task['id']}/claim"
    first, again = (staff("clerk").put(path, Idempotency_Key="claim") for _ in range(2))
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.json == first.json


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
def test_a_malformed_key_is_refused(staff, task, key):
    answer = staff("clerk").put(f"/user-tasks/{task['id']}/claim", Idempotency_Key=key)
    assert answer.status_code == 400
