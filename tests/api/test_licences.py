"""From the application to the licence over HTTP, and what the register then tells to whom."""

from __future__ import annotations

import pytest

from api.demo_script import STAFF, Script
from tests.api import people
from tests.api.people import Person


@pytest.fixture
def issued(applicant, staff, product):
    """The application of the example files, played to its licence."""
    script = Script("create-urban-office", "issued")
    receipt = applicant.post("/applications", script.application.data, _read(script.application.files)).json
    path = f"/applications/{receipt['id']}"
    everyone = [applicant, *(staff(name) for name in STAFF.values())]
    while applicant.get(path).json["state"] != "AT_ISSUER":
        product.scheduler.tick()
        _act(script, everyone, receipt["id"])
    answer = staff("clerk").post(f"{path}/issuer-answer", script.issuer_answer().data)
    assert answer.status_code == 200, answer.text
    assert answer.json["state"] == "ISSUED"
    return answer.json


@pytest.fixture
def licence(applicant, issued):
    return applicant.get(f"/licences/{issued['licence_number']}").json


def test_a_licence_names_issuer_holder_place_and_dates(licence, issued):
    assert licence["application_id"] == issued["id"]
    assert (licence["state"], licence["issuer"], licence["issuer_number"]) == ("ACTIVE", "CRA", "CRA-1405-88217")
    assert licence["national_id"]
    assert licence["holder_name"] == issued["data"]["company_name"]
    assert licence["county"] == "urmia"
    assert licence["issued_on"] < licence["expires_on"]


def test_the_address_in_the_qr_code_says_valid_to_anyone(visitor, licence):
    token = licence["verify_url"].rpartition("/")[2]
    verified = visitor.get(f"/licences/verification/{token}").json
    assert (verified["state"], verified["number"]) == ("VALID", licence["number"])
    assert licence["address"] not in str(verified)


def test_an_address_that_was_not_signed_here_is_unknown(visitor, licence):
    token = licence["verify_url"].rpartition("/")[2]
    for forged in (token[:-4] + "AAAA", token.replace(token[:8], "0" * 8), "x", "..", "a.b.c"):
        assert visitor.get(f"/licences/verification/{forged}").json["state"] == "UNKNOWN"


def test_a_licence_is_read_by_its_holder_and_the_staff_only(app, staff, visitor, licence, product, var):
    path = f"/licences/{licence['number']}"
    assert visitor.get(path).status_code == 401
    assert staff("clerk").get(path).json == licence
    other = Person(app)
    other.post("/one-time-codes", {"mobile": "09351112233"})
    product.scheduler.tick()
    other.sign_in(mobile="09351112233", code=people.newest_code(var))
    assert other.get(path).status_code == 403
    assert staff("clerk").get("/licences/WAZ-1405-LU-999999-9").status_code == 404


def test_the_timeline_tells_staff_who_and_the_applicant_only_what(applicant, staff, issued):
    path = f"/applications/{issued['id']}/timeline"
    told, seen = applicant.get(path).json["items"], staff("clerk").get(path).json["items"]
    assert [entry["kind"] for entry in told] == [entry["kind"] for entry in seen]
    assert {entry["actor"] for entry in told} <= {"APPLICANT", "STAFF", "SYSTEM"}
    assert any("نمونه" in str(entry["actor"]) for entry in seen)


def test_an_answer_of_the_issuer_is_recorded_once(staff, issued):
    body = {"answer": "ISSUED", "issuer_number": "CRA-2", "issued_on": people.TODAY}
    again = staff("clerk").post(f"/applications/{issued['id']}/issuer-answer", body)
    assert (again.status_code, again.json["code"]) == (409, "not_at_issuer")


def _act(script: Script, everyone: list[Person], application_id: str) -> None:
    """Let everybody do what waits for him now."""
    for person in everyone:
        for task in person.get(f"/user-tasks?application_id={application_id}").json["items"]:
            if task["element_id"] == "correct_application":
                turn = script.correction()
                answer = person.post(f"/applications/{application_id}/correction", turn.data, _read(turn.files))
            else:
                turn = script.task(task["element_id"], task["item"])
                answer = person.post(f"/user-tasks/{task['id']}/completion", turn.data, _read(turn.files))
            assert answer.status_code == 200, answer.text


def _read(files):
    return {field: (path.name, path.read_bytes()) for field, path in files.items()}


def test_the_register_is_searched_by_staff(staff, applicant, licence):
    found = staff("clerk").get("/licences?text=CRA-1405-88217&state=ACTIVE").json["items"]
    assert [one["number"] for one in found] == [licence["number"]]
    assert staff("clerk").get("/licences?text=nothing").json["items"] == []
    assert staff("clerk").get("/licences?state=MOON").status_code == 422
    assert applicant.get("/licences").status_code == 403


def test_a_manager_decides_on_a_licence_and_anyone_sees_it(staff, visitor, licence):
    path, token = f"/licences/{licence['number']}/state", licence["verify_url"].rpartition("/")[2]
    assert staff("clerk").post(path, {"to": "SUSPENDED", "reason": "letter 12"}).status_code == 403
    wrong = staff("manager").post(path, {"to": "EXPIRED", "reason": ""})
    assert {fault["where"] for fault in wrong.json["errors"]} == {"to", "reason"}
    for to, public in (("SUSPENDED", "SUSPENDED"), ("ACTIVE", "VALID"), ("REVOKED", "CANCELLED")):
        decided = staff("manager").post(path, {"to": to, "reason": "letter 12"})
        assert (decided.status_code, decided.json["state"]) == (200, to)
        assert visitor.get(f"/licences/verification/{token}").json["state"] == public
    final = staff("manager").post(path, {"to": "ACTIVE", "reason": "letter 13"})
    assert (final.status_code, final.json["code"]) == (409, "licence_state_final")
