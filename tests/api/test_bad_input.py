"""Bad input, line by line: what is told, and that nothing changes."""

from __future__ import annotations

import io
import json

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from tests.api import people
from tests.api.people import fields
from workflows import accounts
from workflows.models.application import Application
from workflows.models.document import Document

CORRECT = {"complete": True}


def count(product, table):
    with product.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_wrong_check_digits_are_errors_at_their_fields_and_all_at_once(applicant, product):
    data = {**people.APPLICATION, "ceo_national_id": "0013542418", "company_legal_id": "10380284791",
            "sheba": "IR820540102680020817909003", "site_postal_code": "123"}
    answer = applicant.post("/applications", data, people.FILES)
    assert set(fields(answer)) == {"ceo_national_id", "company_legal_id", "sheba", "site_postal_code"}
    assert count(product, Application) == count(product, Document) == 0


def test_arabic_letters_and_digits_of_every_kind_are_stored_in_one_form(applicant):
    data = {**people.APPLICATION, "ceo_national_id": "٠٠١٣٥٤٢٤١٩", "company_legal_id": "۱۰۳۸۰۲۸۴۷۹۰",
            "ceo_last_name": "كريمي"}
    receipt = applicant.post("/applications", data, people.FILES)
    assert receipt.status_code == 201, receipt.text
    stored = applicant.get(f"/applications/{receipt.json['id']}").json["data"]
    assert stored["ceo_national_id"] == "0013542419"
    assert stored["company_legal_id"] == "10380284790"
    assert stored["ceo_last_name"] == "کریمی"


def test_every_missing_field_is_listed_at_once(applicant):
    assert len(fields(applicant.post("/applications", {}, {}))) > 20


def test_a_file_that_is_not_what_its_name_says_is_an_error_at_its_field(applicant, product, var):
    files = {**people.FILES, "doc_articles": ("articles.pdf", people.JPEG), "doc_gazette": ("gazette.pdf", b""),
             "doc_degree": ("degree.exe", b"MZ"),
             "doc_tenure": ("deed.pdf", people.PDF + b"\0" * (5 * 1024 * 1024))}
    answer = applicant.post("/applications", people.APPLICATION, files)
    assert set(fields(answer)) == {"doc_articles", "doc_gazette", "doc_degree", "doc_tenure"}
    assert count(product, Application) == 0
    assert not list((var / "documents").rglob("*.*"))


def test_a_file_for_a_question_that_takes_none_is_an_error_at_its_field(applicant, staff, task, product):
    before = count(product, Document)
    sent = {**people.FILES, "ceo_first_name": ("name.pdf", people.PDF)}
    assert fields(applicant.post("/applications", people.APPLICATION, sent)) == ["ceo_first_name"]
    answer = staff("clerk").post(f"/user-tasks/{task['id']}/completion", CORRECT, {"note": ("note.pdf", people.PDF)})
    assert fields(answer) == ["note"]
    assert count(product, Document) == before


@pytest.mark.parametrize("second", [("other.pdf", people.PDF), ("other.exe", b"MZ"), ("", people.PDF)])
def test_of_several_files_for_one_field_none_is_dropped_unsaid(applicant, product, second):
    parts = {"data": json.dumps(people.APPLICATION), "doc_articles": [
        FileStorage(io.BytesIO(content), filename=name) for name, content in (("articles.pdf", people.PDF), second)]}
    boundary, content = encode_multipart(MultiDict(parts))
    answer = applicant.client.post("/api/v1/applications", data=content, headers={
        "X-CSRF-Token": applicant.csrf}, content_type=f"multipart/form-data; boundary={boundary}")
    assert fields(answer) == ["doc_articles"]
    assert count(product, Application) == 0


def test_a_task_is_completed_once(staff, task):
    clerk = staff("clerk")
    assert clerk.post(f"/user-tasks/{task['id']}/completion", CORRECT).status_code == 200
    again = clerk.post(f"/user-tasks/{task['id']}/completion", CORRECT)
    assert (again.status_code, again.json["code"]) == (409, "task_already_completed")


def test_a_task_that_another_person_holds_is_not_completed(staff, task, product):
    with product.database.begin() as session:
        accounts.create_staff(session, username="clerk2", password=people.PASSWORD, name="کارشناس دوم",
                              roles=(("CLERK", "urmia"),))
    assert staff("clerk").put(f"/user-tasks/{task['id']}/claim").status_code == 200
    answer = staff("clerk2").post(f"/user-tasks/{task['id']}/completion", CORRECT)
    assert (answer.status_code, answer.json["code"]) == (409, "task_held_by_another")
    assert staff("clerk").get(f"/user-tasks/{task['id']}").json["state"] == "CLAIMED"


def test_the_wrong_role_may_neither_see_nor_complete_a_task(staff, task, applicant):
    for person in (staff("inspector"), applicant):
        assert person.post(f"/user-tasks/{task['id']}/completion", CORRECT).status_code == 403
        assert person.get(f"/user-tasks/{task['id']}").status_code == 403
    assert staff("clerk").get(f"/user-tasks/{task['id']}").json["state"] == "READY"


def test_an_old_version_is_refused_and_the_task_stays_as_it_was(staff, task):
    clerk = staff("clerk")
    claimed = clerk.put(f"/user-tasks/{task['id']}/claim", If_Match=f'"{task["version"]}"')
    assert claimed.status_code == 200
    stale = clerk.post(f"/user-tasks/{task['id']}/completion", CORRECT, If_Match=f'"{task["version"]}"')
    assert (stale.status_code, stale.json["code"]) == (412, "stale_version")
    persian = clerk.post(f"/user-tasks/{task['id']}/completion", CORRECT, If_Match='"998"', Accept_Language="fa")
    assert "۹۹۸" in persian.json["detail"]
    shown = clerk.get(f"/user-tasks/{task['id']}")
    assert (shown.json["state"], shown.headers["ETag"]) == ("CLAIMED", claimed.headers["ETag"])


@pytest.mark.parametrize("given", ["x", "", "-1", "9" * 12, "\u06f1"])
def test_a_page_with_a_version_no_page_ever_had_changes_nothing(staff, task, given):
    clerk = staff("clerk")
    answer = clerk.client.post(f"/tasks/{task['id']}/claim", data={"csrf_token": clerk.csrf, "version": given})
    assert answer.status_code == 412
    assert clerk.get(f"/user-tasks/{task['id']}").json["state"] == "READY"


def test_a_filter_that_does_not_exist_is_told_and_not_passed_over(staff, task):
    answer = staff("clerk").get("/user-tasks?stat=COMPLETED")
    assert (answer.status_code, fields(answer)) == (422, ["stat"])


@pytest.mark.parametrize(("given", "status"), [
    ('"{0}"', 200), ('"998", "{0}"', 200), ('"{0}","998"', 200), ("*", 200), ('W/"998", "{0}"', 200), ("", 200),
    ('W/"{0}"', 412), ('"998","999"', 412), ('"0{0}"', 412), ('"{0}-gzip"', 412), ('"x"', 412), ("{0}9", 412),
    ('"' + "9" * 30 + '"', 412), ('"۱"', 412)])
def test_any_strong_tag_of_a_list_may_match(staff, task, given, status):
    """RFC 9110 §13.1.1; the same for every command, on a task, an application and a process instance."""
    clerk, admin = staff("clerk"), staff("admin")
    path = f"/user-tasks/{task['id']}"
    shown = clerk.get(path).json
    assert clerk.put(f"{path}/draft", {"data": {}}, If_Match=given.format(shown["version"])).status_code == status
    application = f"/applications/{task['application_id']}"
    version = clerk.get(application).json["version"]
    answer = clerk.post(f"{application}/issuer-answer", {"answer": "RETURNED", "return_reason": "x"},
                        If_Match=given.format(version))
    assert answer.status_code == (409 if status == 200 else 412), "nobody waits for that answer"
    instance = f"/process-instances/{shown['instance_id']}"
    version = admin.get(instance).json["version"]
    ended = admin.post(f"{instance}/cancellation", {"reason": "entered by mistake"}, If_Match=given.format(version))
    assert ended.status_code == status


def test_the_same_key_and_body_gives_the_first_answer(applicant, product):
    first = applicant.post("/applications", people.APPLICATION, people.FILES, Idempotency_Key="one")
    second = applicant.post("/applications", people.APPLICATION, people.FILES, Idempotency_Key="one")
    assert first.status_code == second.status_code == 201
    assert second.json == first.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert count(product, Application) == 1


def test_the_same_key_with_another_body_is_refused(applicant, product):
    applicant.post("/applications", people.APPLICATION, people.FILES, Idempotency_Key="one")
    other = applicant.post("/applications", {**people.APPLICATION, "site_area_m2": 70}, people.FILES,
                           Idempotency_Key="one")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_conflict")
    assert count(product, Application) == 1


def test_a_stored_answer_does_not_show_the_tracking_code_in_the_database(applicant, product, var):
    receipt = applicant.post("/applications", people.APPLICATION, people.FILES, Idempotency_Key="one").json
    product.database.dispose()
    content = b"".join(path.read_bytes() for path in var.glob("parvaneh.sqlite*"))
    assert receipt["file_number"].encode() in content
    assert receipt["tracking_code"].replace("-", "").encode() not in content.replace(b"-", b"")


def test_unknown_and_malformed_tracking_codes_get_one_and_the_same_answer(visitor, application):
    unknown = visitor.get("/tracking/ABCD-EFGH-JKMN-PQRS")
    malformed = visitor.get("/tracking/%27%22%3Cx")
    assert unknown.status_code == malformed.status_code == 404
    assert unknown.json == malformed.json


def test_failed_tracking_is_limited_to_ten_a_minute_and_counted_in_the_database(app, visitor, application):
    for _ in range(10):
        assert visitor.get("/tracking/ABCD-EFGH-JKMN-PQRS").status_code == 404
    refused = visitor.get("/tracking/ABCD-EFGH-JKMN-PQRS")
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) > 0
    assert people.Person(app).get(f"/tracking/{application['tracking_code']}").status_code == 429


def test_following_an_application_with_its_code_is_not_limited(visitor, application):
    answers = {visitor.get(f"/tracking/{application['tracking_code']}").status_code for _ in range(15)}
    assert answers == {200}


def test_a_database_that_is_gone_for_a_moment_is_a_503_and_nothing_is_half_done(app, applicant, product, var):
    database = var / "parvaneh.sqlite"
    product.database.dispose()
    database.rename(var / "away.sqlite")
    database.mkdir()
    try:
        written = applicant.post("/applications", people.APPLICATION, people.FILES)
        for answer in (applicant.get("/applications"), written):
            assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        assert app.test_client().get("/readyz").status_code == 503
        assert app.test_client().get("/healthz").status_code == 200
    finally:
        database.rmdir()
        (var / "away.sqlite").rename(database)
    assert app.test_client().get("/readyz").status_code == 200
    assert count(product, Application) == 0


def test_a_commit_that_fails_is_a_503_and_nothing_is_stored(applicant, product):
    def fail(session):
        raise sa.exc.OperationalError("COMMIT", {}, Exception("the disk is gone"))

    sa.event.listen(sa.orm.Session, "before_commit", fail)
    try:
        answer = applicant.post("/applications", people.APPLICATION, people.FILES)
    finally:
        sa.event.remove(sa.orm.Session, "before_commit", fail)
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert count(product, Application) == 0
    assert applicant.post("/applications", people.APPLICATION, people.FILES).status_code == 201


@pytest.mark.parametrize("body", [
    b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40, b'{"username":' + b"9" * 5000 + b"}",
    b'{"username": "\\ud800", "password": "\\udfff"}', b'{"username": "\xe9"}', b"{",
], ids=["a bomb", "deeper than any body", "a long number", "half a surrogate pair", "not UTF-8", "cut off"])
@pytest.mark.parametrize("path", ["/sessions", "/applications"])
def test_a_hostile_json_body_is_refused_and_never_a_failure(applicant, path, body):
    answer = applicant.client.post(f"/api/v1{path}", data=body, content_type="application/json", headers={
        "X-CSRF-Token": applicant.csrf, "Idempotency-Key": "one"})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json["errors"][0]["code"] == "json"


def test_a_database_file_that_was_moved_away_is_missed_even_by_connections_that_have_it_open(applicant, var):
    assert applicant.get("/applications").status_code == 200
    (var / "parvaneh.sqlite").rename(var / "away")
    for _ in range(2):
        assert applicant.get("/applications").status_code == 503
        assert applicant.post("/applications", people.APPLICATION, people.FILES).status_code == 503
    assert not (var / "parvaneh.sqlite").exists()
    (var / "away").rename(var / "parvaneh.sqlite")
    assert applicant.get("/applications").status_code == 200


def test_a_reason_that_nobody_can_see_is_none(applicant, application):
    answer = applicant.post(f"/applications/{application['id']}/withdrawal", {"reason": "\x00\u202e\u200b"})
    assert fields(answer) == ["reason"]


def test_a_reason_that_nobody_reads_to_its_end_is_refused_on_pages_as_on_the_api(applicant, staff, application, task):
    long, supervisor = "د" * 2001, staff("supervisor")
    path = f"/applications/{application['id']}/withdrawal"
    assert fields(applicant.post(path, {"reason": long})) == ["reason"]
    withdrawn = applicant.client.post(f"/my{path}", data={"csrf_token": applicant.csrf, "reason": long})
    given = supervisor.client.post(f"/tasks/{task['id']}/assignment", data={
        "csrf_token": supervisor.csrf, "reason": long, "assignee": staff("clerk").id})
    for page in (withdrawn, given):
        assert page.status_code == 422
        assert "۲۰۰۰ نویسه" in page.text


def test_variables_that_are_no_values_are_a_fault_of_the_field(staff):
    for hostile in ('{"key": "inquiries", "variables": {"x": NaN}}',
                    '{"key": "inquiries", "variables": {"x": ' + "[" * 150 + "]" * 150 + "}}"):
        answer = staff("admin").client.post("/api/v1/process-instances", data=hostile, headers={
            "Content-Type": "application/json", "X-CSRF-Token": staff("admin").csrf})
        assert answer.status_code in {400, 422}, answer.text
