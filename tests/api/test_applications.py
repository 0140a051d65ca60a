"""Applications and their tasks over HTTP: submit, correct, withdraw, reopen, documents, the issuer's answer."""

from __future__ import annotations

import io

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


def test_an_applicants_tasks_keep_to_the_limit_and_go_on_from_the_cursor(applicant):
    for place in range(3):
        answer = applicant.post("/applications", {**people.APPLICATION, "ceo_degree": "DIPLOMA",
                                                  "site_postal_code": f"571569475{place}"}, people.FILES)
        assert answer.status_code == 201, answer.text
    first = applicant.get("/user-tasks?limit=2")
    assert len(first.json["items"]) == 2
    assert 'rel="next"' in first.headers["Link"]
    second = applicant.get(f"/user-tasks?limit=2&after={first.json['next']}").json
    assert (len(second["items"]), second["next"]) == (1, None)
    assert not {one["id"] for one in first.json["items"]} & {one["id"] for one in second["items"]}
    assert fields(applicant.get("/user-tasks?after=nonsense")) == ["after"]


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


def test_a_page_names_a_state_in_the_words_of_its_language(applicant, application):
    assert applicant.post(f"/applications/{application['id']}/withdrawal", {"reason": "انصراف"}).status_code == 200
    for language, word in (("fa", "پایان یافته است: انصراف"), ("en", "has ended: Withdrawn")):
        answer = applicant.client.post(f"/my/applications/{application['id']}/withdrawal?lang={language}", data={
            "reason": "دیگر نمی‌خواهم", "csrf_token": applicant.csrf})
        assert answer.status_code == 409
        assert word in answer.text


def test_nobody_changes_his_own_account_on_the_page_of_accounts(staff):
    admin = staff("admin")
    for path in (f"/admin/users/{admin.id}", f"/admin/users/{admin.id}/active"):
        answer = admin.client.post(path, data={"csrf_token": admin.csrf, "roles": "CLERK"})
        assert answer.status_code == 409
        assert "مدیر سامانه دیگری" in answer.text


def test_an_answer_of_the_issuer_that_nobody_asked_for_is_a_conflict(staff, application):
    body = {"answer": "ISSUED", "issuer_number": "CRA-1", "issued_on": people.TODAY}
    answer = staff("clerk").post(f"/applications/{application['id']}/issuer-answer", body)
    assert (answer.status_code, answer.json["code"]) == (409, "not_at_issuer")
    empty = staff("clerk").post(f"/applications/{application['id']}/issuer-answer", {"answer": "ISSUED"})
    assert set(fields(empty)) == {"issuer_number", "issued_on"}


def test_a_clerk_takes_an_application_down_at_the_counter_with_the_applicants_consent(
        staff, applicant, product, var):
    clerk, place = staff("clerk"), {"counter": "دفتر پیشخوان ۷۲"}
    assert staff("inspector").post("/applications/consent-codes", {"mobile": people.MOBILE, **place}).status_code == 403
    assert set(fields(clerk.post("/applications/consent-codes", {"mobile": "12", "counter": "x"}))) == {"mobile"}
    sent = clerk.post("/applications/consent-codes", {"mobile": people.MOBILE, **place})
    assert sent.status_code == 202
    product.scheduler.tick()
    code = people.newest_code(var)
    assert set(fields(clerk.post("/applications", people.APPLICATION, people.FILES))) == {"counter"}
    wrong = {**people.APPLICATION, **place, "consent_code": f"{(int(code) + 1) % 1_000_000:06}"}
    for _ in range(2):
        assert fields(clerk.post("/applications", wrong, people.FILES)) == ["consent_code"]
    answer = clerk.post("/applications", {**wrong, "consent_code": code}, people.FILES)
    assert answer.status_code == 201, answer.text
    assert applicant.get(f"/applications/{answer.json['id']}").json["via"] == "COUNTER"
    for person in (clerk, applicant):
        told = person.get(f"/applications/{answer.json['id']}/timeline").json["items"]
        assert [one["reason"] for one in told if one["kind"] == "taken_at_counter"] == ["دفتر پیشخوان ۷۲"]
    again = {**people.APPLICATION, **place, "consent_code": code, "site_postal_code": "5715694759"}
    assert fields(clerk.post("/applications", again, people.FILES)) == ["consent_code"], "a code counts once"


def test_codes_of_consent_and_of_signing_in_are_worth_nothing_for_each_other(staff, visitor, product, var):
    clerk, body = staff("clerk"), {"mobile": people.MOBILE, "counter": "دفتر پیشخوان ۷۲"}
    clerk.post("/applications/consent-codes", body)
    product.scheduler.tick()
    credentials = {"mobile": people.MOBILE, "code": people.newest_code(var)}
    assert visitor.post("/sessions", credentials).status_code == 401
    visitor.post("/one-time-codes", {"mobile": people.MOBILE})
    product.scheduler.tick()
    taken = {**people.APPLICATION, "counter": body["counter"], "consent_code": people.newest_code(var)}
    assert fields(clerk.post("/applications", taken, people.FILES)) == ["consent_code"]


def test_nobody_but_a_clerk_takes_an_application_down_whatever_the_form_says(staff):
    for username in ("inspector", "manager", "admin"):
        answer = staff(username).post("/applications", {"counter": "دفتر ۷۲"})
        assert (answer.status_code, answer.json["code"]) == (403, "role_missing")


def test_what_stands_in_the_way_at_a_counter_is_told_at_its_question_and_files_are_kept(staff, product):
    with product.database.begin() as session:
        accounts.create_staff(session, username="khoy", password=people.PASSWORD, name="کارشناس خوی",
                              roles=(("CLERK", "khoy"),))
    typed = {key: str(value) for key, value in people.APPLICATION.items() if not isinstance(value, bool)}
    typed |= {key: "true" for key, value in people.APPLICATION.items() if value is True}
    typed |= {"ceo_birth_date-year": "1364", "ceo_birth_date-month": "1", "ceo_birth_date-day": "1",
              "counter": "دفتر ۷۲", "consent_code": "123456"}

    def send(**more: str):
        clerk = staff("khoy")
        files = {field: (io.BytesIO(content), name) for field, (name, content) in people.FILES.items()}
        return clerk.client.post("/counter/applications/new/create-urban-office",
                                 data={**typed, **files, "csrf_token": clerk.csrf, **more})

    elsewhere = send()
    assert elsewhere.status_code == 422
    assert 'href="#field-site_county"' in elsewhere.text
    for _ in range(3):
        assert send(action="code").status_code == 200
    too_often = send(action="code")
    assert too_often.status_code == 422
    assert 'href="#field-ceo_mobile"' in too_often.text
    for page in (elsewhere, too_often):
        assert page.text.count('name="kept-') == len(people.FILES)


def test_guesses_of_a_code_of_consent_are_counted(staff, product, var):
    clerk, body = staff("clerk"), {"mobile": people.MOBILE, "counter": "دفتر پیشخوان ۷۲"}
    clerk.post("/applications/consent-codes", body)
    product.scheduler.tick()
    code = people.newest_code(var)
    taken = {**people.APPLICATION, "counter": body["counter"]}
    for guess in range(5):
        wrong = f"{(int(code) + 1 + guess) % 1_000_000:06}"
        assert fields(clerk.post("/applications", {**taken, "consent_code": wrong}, people.FILES)) == ["consent_code"]
    assert fields(clerk.post("/applications", {**taken, "consent_code": code}, people.FILES)) == ["consent_code"]


def test_a_draft_keeps_files_for_who_attached_them_and_completion_sends_them(staff, application, task):
    assert staff("clerk").post(f"/user-tasks/{task['id']}/completion", {"complete": True}).status_code == 200
    inspector = staff("inspector")
    [visit] = inspector.get(f"/user-tasks?application_id={application['id']}").json["items"]
    path = f"/user-tasks/{visit['id']}"
    wrong = inspector.post(f"{path}/draft", {"notes": "half"}, {"photo": ("photo.jpg", people.PDF)})
    assert fields(wrong) == ["photo"]
    assert inspector.get(path).json["attached"] == []
    saved = inspector.post(f"{path}/draft", {"notes": "half"}, {"photo": ("photo.jpg", people.JPEG)})
    assert saved.status_code == 200, saved.text
    [file] = inspector.get(path).json["attached"]
    assert (file["field"], file["name"], file["size"]) == ("photo", "photo.jpg", len(people.JPEG))
    assert staff("supervisor").get(path).json["attached"] == []
    assert inspector.put(f"{path}/draft", {"data": {}, "dropped": ["photo"]}).status_code == 200
    assert inspector.get(path).json["attached"] == []
    inspector.post(f"{path}/draft", {}, {"photo": ("photo.jpg", people.JPEG)})
    done = inspector.post(f"{path}/completion", {
        "visit_date": people.TODAY, "measured_area": 64, "latitude": 37.55, "longitude": 45.07,
        "found_as_declared": True})
    assert done.status_code == 200, done.text
    listed = inspector.get(f"/applications/{application['id']}/documents").json["items"]
    assert "first_visit.photo" in {one["field"] for one in listed}


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
    unseen = supervisor.client.post(f"/tasks/{task['id']}/assignment", data={
        "csrf_token": supervisor.csrf, "assignee": second.id, "reason": "\u200b\x00"})
    assert unseen.status_code == 422
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
