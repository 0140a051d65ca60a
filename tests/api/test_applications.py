"""Applications and their tasks over HTTP: submit, correct, withdraw, reopen, documents, the issuer's answer."""

from __future__ import annotations

import pytest

from api.app import create_app
from api.config import Config
from tests.api import people
from tests.api.people import fields
from workflows import accounts

SENT_BACK = {"complete": False, "missing_codes": [], "unlocked_fields": ["site_postal_code", "doc_tenure"],
             "note": "کد پستی با نشانی نمی‌خواند."}


@pytest.fixture
def sent_back(staff, task, application, product):
    """The application, sent back for correction, with the notice delivered."""
    done = staff("clerk").post(f"/user-tasks/{task['id']}/completion", SENT_BACK)
    assert done.status_code == 200, done.text
    product.scheduler.tick()
    return application


def test_a_receipt_has_a_number_for_speech_and_a_secret_for_tracking(applicant, application, visitor):
    assert application["file_number"].startswith("WAZ-")
    tracked = visitor.get(f"/tracking/{application['tracking_code'].replace('-', '').lower()}").json
    assert (tracked["file_number"], tracked["state"]) == (application["file_number"], "UNDER_REVIEW")
    assert tracked["office"]
    assert "سارا" not in str(tracked)


def test_an_applicant_lists_and_reads_his_own_application(applicant, application):
    [listed] = applicant.get("/applications").json["items"]
    assert listed["id"] == application["id"]
    assert listed["data"] is None
    read = applicant.get(f"/applications/{application['id']}").json
    assert read["data"]["company_name"] == people.APPLICATION["company_name"]


def test_documents_are_listed_and_come_back_byte_by_byte(applicant, staff, application):
    for person in (applicant, staff("clerk")):
        listed = person.get(f"/applications/{application['id']}/documents").json["items"]
        assert {one["field"] for one in listed} == set(people.FILES)
        [deed] = [one for one in listed if one["field"] == "doc_tenure"]
        with person.get(f"/applications/documents/{deed['id']}") as content:
            assert (content.data, content.mimetype) == (people.PDF, "application/pdf")
            assert content.headers["Content-Disposition"].startswith("attachment")


def test_a_second_application_for_the_same_place_is_a_conflict(applicant, application):
    answer = applicant.post("/applications", people.APPLICATION, people.FILES)
    assert (answer.status_code, answer.json["code"]) == (409, "duplicate_application")
    assert application["file_number"] in answer.json["detail"]


def test_a_value_beside_the_data_part_is_refused_by_name(applicant):
    answer = applicant.client.post("/api/v1/applications", data={"data": "{}", "applicant_kind": "LEGAL"},
                                   headers={"X-CSRF-Token": applicant.csrf}, content_type="multipart/form-data")
    assert fields(answer) == ["applicant_kind"]
    listed = applicant.client.post("/api/v1/applications", json=[1], headers={"X-CSRF-Token": applicant.csrf})
    assert fields(listed) == ["body"]
    text = applicant.client.post("/api/v1/applications", data="x", headers={"X-CSRF-Token": applicant.csrf})
    assert text.status_code == 400


def test_only_what_was_sent_back_can_be_corrected(applicant, sent_back, staff):
    path = f"/applications/{sent_back['id']}/correction"
    locked = applicant.post(path, {"site_postal_code": "5715694752", "company_name": "نام دیگر"}, {})
    assert "company_name" in fields(locked)
    right = applicant.post(path, {"site_postal_code": "5715694752"}, {"doc_tenure": ("lease.pdf", people.PDF + b"\n")})
    assert right.status_code == 200, right.text
    assert right.json["state"] == "UNDER_REVIEW"
    assert right.json["data"]["site_postal_code"] == "5715694752"
    again = applicant.post(path, {"site_postal_code": "5715694753"}, {})
    assert (again.status_code, again.json["code"]) == (409, "nothing_to_correct")


def test_the_applicant_sees_what_was_sent_back_and_until_when(applicant, sent_back):
    [task] = applicant.get("/user-tasks").json["items"]
    asked = applicant.get(f"/user-tasks/{task['id']}").json["correction"]
    assert asked["unlocked_fields"] == SENT_BACK["unlocked_fields"]
    assert asked["requested_at"] <= asked["told_at"] < asked["due_at"]


def test_an_unanswered_correction_lapses_when_the_clock_moves_and_can_be_reopened(applicant, staff, sent_back):
    path = f"/applications/{sent_back['id']}"
    assert applicant.get(path).json["state"] == "NEEDS_CORRECTION"
    moved = staff("admin").post("/demo/clock", {"advance": "P20D"})
    assert moved.status_code == 200, moved.text
    assert applicant.get(path).json["state"] == "LAPSED"
    reopened = applicant.post(f"{path}/reopening", {"reason": "the letter came late"})
    assert (reopened.status_code, reopened.json["state"]) == (200, "UNDER_REVIEW")
    again = applicant.post(f"{path}/reopening", {"reason": "the letter came late"})
    assert (again.status_code, again.json["code"]) == (409, "not_reopenable")


def test_moving_the_clock_ends_no_session_and_no_rate_limit(app, applicant, staff, visitor):
    for _ in range(10):
        visitor.get("/tracking/ABCD-EFGH-JKMN-PQRS")
    assert staff("admin").post("/demo/clock", {"advance": "P400D"}).status_code == 200
    assert staff("admin").get("/sessions/current").status_code == 200
    assert applicant.get("/sessions/current").status_code == 200
    assert visitor.get("/tracking/ABCD-EFGH-JKMN-PQRS").status_code == 429


def test_the_clock_moves_forward_only_and_for_staff_only(visitor, applicant, staff):
    assert visitor.post("/demo/clock", {"advance": "P1D"}).status_code == 401
    assert applicant.post("/demo/clock", {"advance": "P1D"}).status_code == 403
    for wrong in ("-P1D", "P1M", "tomorrow", 5, "P9999D"):
        assert fields(staff("admin").post("/demo/clock", {"advance": wrong})) == ["advance"]
    assert visitor.get("/demo/clock").json["offset_seconds"] == 0


def test_without_demonstration_mode_there_is_no_clock_to_move(product, var):
    client = create_app(product, Config(database_url="", var=var)).test_client()
    assert client.get("/api/v1/demo/clock").status_code == 404
    assert client.post("/api/v1/demo/clock", json={"advance": "P1D"}).status_code == 404


def test_withdrawing_ends_the_application_and_says_so(applicant, application):
    path = f"/applications/{application['id']}"
    assert fields(applicant.post(f"{path}/withdrawal", {"reason": ""})) == ["reason"]
    answer = applicant.post(f"{path}/withdrawal", {"reason": "plans have changed"})
    assert (answer.status_code, answer.json) == (200, {"result": "WITHDRAWN"})
    assert applicant.get(path).json["state"] == "WITHDRAWN"
    again = applicant.post(f"{path}/withdrawal", {"reason": "plans have changed"})
    assert (again.status_code, again.json["code"]) == (409, "already_ended")


def test_an_answer_of_the_issuer_that_nobody_asked_for_is_a_conflict(staff, application):
    body = {"answer": "ISSUED", "issuer_number": "CRA-1", "issued_on": "2026-04-01"}
    answer = staff("clerk").post(f"/applications/{application['id']}/issuer-answer", body)
    assert (answer.status_code, answer.json["code"]) == (409, "not_at_issuer")
    empty = staff("clerk").post(f"/applications/{application['id']}/issuer-answer", {"answer": "ISSUED"})
    assert set(fields(empty)) == {"issuer_number", "issued_on"}


def test_a_clerk_takes_an_application_down_at_the_counter_for_the_applicant(staff, applicant):
    answer = staff("clerk").post("/applications", people.APPLICATION, people.FILES)
    assert answer.status_code == 201, answer.text
    assert applicant.get(f"/applications/{answer.json['id']}").json["via"] == "COUNTER"


def test_a_draft_is_kept_unchecked_and_shown_again(staff, task):
    clerk = staff("clerk")
    saved = clerk.put(f"/user-tasks/{task['id']}/draft", {"data": {"note": "half a sent"}})
    assert saved.status_code == 200, saved.text
    shown = clerk.get(f"/user-tasks/{task['id']}").json
    assert shown["data"]["note"] == "half a sent"
    assert shown["form"]["components"]
    assert shown["json_schema"]["$schema"].endswith("2020-12/schema")


def test_a_claimed_task_is_put_back(staff, task):
    clerk = staff("clerk")
    assert clerk.put(f"/user-tasks/{task['id']}/claim").json["assignee"] == clerk.id
    assert clerk.get("/user-tasks?assignee=me").json["items"]
    assert clerk.delete(f"/user-tasks/{task['id']}/claim").json["state"] == "READY"
    assert clerk.get("/user-tasks?assignee=me").json["items"] == []


def test_a_supervisor_gives_a_held_task_to_another_with_a_reason(staff, task, product):
    with product.database.begin() as session:
        second = accounts.create_staff(session, username="clerk2", password=people.PASSWORD, name="کارشناس دوم",
                                       roles=(("CLERK", "urmia"),))
    staff("clerk").put(f"/user-tasks/{task['id']}/claim")
    path = f"/user-tasks/{task['id']}/assignment"
    assert staff("clerk").put(path, {"assignee": "clerk2", "reason": "on leave"}).status_code == 403
    supervisor = staff("supervisor")
    assert fields(supervisor.put(path, {"assignee": "clerk2"})) == ["reason"]
    assert fields(supervisor.put(path, {"assignee": "inspector", "reason": "on leave"})) == ["assignee"]
    given = supervisor.put(path, {"assignee": "clerk2", "reason": "on leave"})
    assert (given.status_code, given.json["assignee"]) == (200, second.id)


def test_a_task_list_shows_only_the_roles_and_counties_of_the_asker(staff, task, product):
    with product.database.begin() as session:
        accounts.create_staff(session, username="elsewhere", password=people.PASSWORD, name="کارشناس خوی",
                              roles=(("CLERK", "khoy"),))
    assert staff("clerk").get("/user-tasks").json["items"]
    assert staff("inspector").get("/user-tasks").json["items"] == []
    assert staff("elsewhere").get("/user-tasks").json["items"] == []
    assert staff("elsewhere").get(f"/user-tasks/{task['id']}").status_code == 403


def test_a_refusal_without_a_condition_code_is_impossible(staff, task, application, product):
    staff("clerk").post(f"/user-tasks/{task['id']}/completion", {"complete": True})
    visit = {"visit_date": "2026-04-01", "measured_area": 64, "latitude": 37.5, "longitude": 45.0,
             "found_as_declared": True}
    complete(staff("inspector"), application, "first_visit", visit, {"photo": ("site.jpg", people.JPEG)})
    complete(staff("technical"), application, "technical_opinion", {"opinion": "SUITABLE"})
    [task] = staff("workinggroup").get("/user-tasks").json["items"]
    rejected = {"decision": "REJECT", "session_no": "1", "session_date": "2026-04-01", "votes_for": 0,
                "votes_against": 3, "notes": "محل مناسب نیست"}
    answer = staff("workinggroup").post(f"/user-tasks/{task['id']}/completion", rejected,
                                        {"minutes_file": ("minutes.pdf", people.PDF)})
    assert fields(answer) == ["condition_codes"]


def complete(person, application, element_id, data, files=None):
    [task] = person.get(f"/user-tasks?application_id={application['id']}").json["items"]
    assert task["element_id"] == element_id
    answer = person.post(f"/user-tasks/{task['id']}/completion", data, files)
    assert answer.status_code == 200, answer.text


def test_a_command_on_an_application_may_name_the_version_it_was_made_for(applicant, application):
    path = f"/applications/{application['id']}"
    tag = applicant.get(path).headers["ETag"]
    stale = applicant.post(f"{path}/withdrawal", {"reason": "changed my mind"}, If_Match='"999"')
    assert (stale.status_code, stale.json["code"]) == (412, "stale_version")
    assert applicant.get(path).headers["ETag"] == tag
    assert applicant.post(f"{path}/withdrawal", {"reason": "changed my mind"}, If_Match=tag).status_code == 200
    assert applicant.get(path).headers["ETag"] != tag
