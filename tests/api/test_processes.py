"""Process definitions, instances, messages and incidents over HTTP."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from tests.api import people, tables
from tests.api.people import Person, fields
from workflows import accounts

XML = "application/xml"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def admin(staff):
    return staff("admin")


@pytest.fixture
def definition(admin):
    return admin.get("/process-definitions?key=create-urban-office").json["items"][0]


@pytest.fixture
def bpmn(admin, definition) -> str:
    return admin.get(f"/process-definitions/{definition['id']}/xml").text


def deploy(admin, definition, text: str):
    return admin.post("/process-definitions", {"base": definition["deployment_id"],
                                               "resources": {definition["resource"]: text}})


def test_a_definition_and_its_xml_are_read(admin, definition, bpmn):
    assert (definition["key"], definition["version"]) == ("create-urban-office", 1)
    assert admin.get(f"/process-definitions/{definition['id']}").json == definition
    assert bpmn.startswith("<?xml")
    assert admin.get(f"/process-definitions/{definition['id']}/xml").mimetype == XML


def test_a_changed_file_becomes_the_next_version_beside_the_files_of_its_base(admin, definition, bpmn):
    answer = deploy(admin, definition, bpmn.replace("</bpmn:definitions>", "<!-- changed --></bpmn:definitions>"))
    assert answer.status_code == 201, answer.text
    assert answer.json["is_new"]
    assert {one["key"]: one["version"] for one in answer.json["process_definitions"]}["create-urban-office"] == 2
    listed = admin.get("/process-definitions?key=create-urban-office").json["items"]
    assert [one["version"] for one in listed] == [2, 1]


def test_the_same_bundle_again_changes_nothing(admin, definition, bpmn):
    answer = deploy(admin, definition, bpmn)
    assert (answer.status_code, answer.json["is_new"]) == (201, False)
    assert len(admin.get("/process-definitions?key=create-urban-office").json["items"]) == 1


@pytest.mark.parametrize("change, where", [
    (lambda _: "this is not XML", None),
    (lambda text: text.replace("?>", "?><!DOCTYPE definitions [<!ENTITY x 'y'>]>", 1), None),
    (lambda text: re.sub(r'parvaneh:formKey="check-documents"', 'parvaneh:formKey="no-such-form"', text),
     "check_documents"),
    (lambda text: re.sub(r'parvaneh:handler="applications.refuse"', 'parvaneh:handler="os.system"', text), "refuse"),
    (lambda text: text.replace('parvaneh:role="INSPECTOR"', 'parvaneh:role="WIZARD"'), None),
])
def test_a_diagram_with_a_fault_is_refused_with_what_and_where(admin, definition, bpmn, change, where):
    changed = change(bpmn)
    assert changed != bpmn
    answer = deploy(admin, definition, changed)
    assert answer.status_code == 422, answer.text
    assert all(fault["what"] for fault in answer.json["errors"])
    if where is not None:
        assert where in fields(answer)
    assert len(admin.get("/process-definitions?key=create-urban-office").json["items"]) == 1


def test_every_fault_of_a_diagram_is_told_at_once(admin, definition, bpmn):
    changed = (bpmn.replace('parvaneh:formKey="check-documents"', 'parvaneh:formKey="no-such-form"')
               .replace('parvaneh:handler="applications.refuse"', 'parvaneh:handler="os.system"')
               .replace('parvaneh:formKey="first-visit"', 'parvaneh:formKey="neither"'))
    found = deploy(admin, definition, changed).json["errors"]
    assert {"check_documents", "refuse", "first_visit"} <= {fault["where"] for fault in found}
    assert all(fault["line"] and fault["file"] and fault["fix"] for fault in found if fault["where"] == "first_visit")


def test_a_check_tells_what_a_deployment_would_and_stores_nothing(admin, definition, bpmn):
    def said(text: str):
        return admin.post("/process-definitions/check", {"base": definition["deployment_id"],
                                                         "resources": {definition["resource"]: text}})

    assert (said(bpmn).status_code, said(bpmn).json) == (200, {"problems": []})
    tag = re.search(r'parvaneh:decisionId="\w+"', bpmn)[0]
    changed = (bpmn.replace('parvaneh:formKey="check-documents"', 'parvaneh:formKey="no-such-form"')
               .replace(tag, f'{tag} parvaneh:decisionVersion="7"', 1))
    problems = said(changed).json["problems"]
    assert {one["code"] for one in problems} == {"unknown_name", "unknown_version"}
    assert problems == deploy(admin, definition, changed).json["errors"]
    assert len(admin.get("/process-definitions?key=create-urban-office").json["items"]) == 1


def test_only_an_administrator_checks_a_bundle(staff, definition, bpmn):
    answer = staff("manager").post("/process-definitions/check", {"base": definition["deployment_id"],
                                                                  "resources": {definition["resource"]: bpmn}})
    assert (answer.status_code, answer.json["code"]) == (403, "role_missing")


def test_only_an_administrator_deploys(staff, definition, bpmn):
    answer = deploy(staff("manager"), definition, bpmn)
    assert (answer.status_code, answer.json["code"]) == (403, "role_missing")


def test_an_instance_tells_its_state_its_progress_and_its_history(admin, application):
    [instance] = admin.get(f"/process-instances?business_key={application['id']}").json["items"]
    read = admin.get(f"/process-instances/{instance['id']}")
    assert (read.json["state"], read.headers["ETag"]) == ("ACTIVE", f'"{instance["version"]}"')
    assert "check_documents" in admin.get(f"/process-instances/{instance['id']}/progress").json["active"]
    history = admin.get(f"/process-instances/{instance['id']}/history").json["items"]
    assert history[0]["kind"] == "instance_started"
    assert application["id"] not in str(history[0]["facts"].get("ceo_first_name"))


def test_an_unchanged_instance_is_not_sent_again(admin, application):
    [instance] = admin.get(f"/process-instances?business_key={application['id']}").json["items"]
    path = f"/process-instances/{instance['id']}"
    assert admin.get(path, If_None_Match=admin.get(path).headers["ETag"]).status_code == 304


def test_history_is_paged_by_an_opaque_cursor(admin, application):
    [instance] = admin.get(f"/process-instances?business_key={application['id']}").json["items"]
    path = f"/process-instances/{instance['id']}/history"
    whole, seen, after = admin.get(path).json["items"], [], ""
    while True:
        page = admin.get(f"{path}?limit=2{after}")
        seen += page.json["items"]
        if page.json["next"] is None:
            break
        assert 'rel="next"' in page.headers["Link"]
        after = f"&after={page.json['next']}"
    assert seen == whole
    assert len(whole) > 2
    assert fields(admin.get(f"{path}?after=made-up")) == ["after"]
    assert fields(admin.get(f"{path}?limit=0")) == ["limit"]


def test_an_instance_is_cancelled_once_with_a_reason_and_by_the_right_version(admin, application):
    [instance] = admin.get(f"/process-instances?business_key={application['id']}").json["items"]
    path = f"/process-instances/{instance['id']}/cancellation"
    assert fields(admin.post(path)) == ["reason"]
    stale = admin.post(path, {"reason": "entered by mistake"}, If_Match='"999"')
    assert stale.status_code == 412
    done = admin.post(path, {"reason": "entered by mistake"}, If_Match=f'"{instance["version"]}"')
    assert (done.status_code, done.json["state"]) == (200, "CANCELLED")
    again = admin.post(path, {"reason": "entered by mistake"})
    assert (again.status_code, again.json["code"]) == (409, "instance_ended")


def test_a_process_is_started_directly_by_an_administrator_only(admin, staff):
    body = {"key": "inquiries", "business_key": "outside", "scope": "urmia", "variables": {"inquiries_due": ["TAX"]}}
    assert staff("clerk").post("/process-instances", body).status_code == 403
    started = admin.post("/process-instances", body)
    assert (started.status_code, started.json["state"]) == (201, "ACTIVE")
    assert admin.get(f"/process-instances/{started.json['id']}/progress").json["active"]
    assert admin.post("/process-instances", {**body, "key": "unknown"}).status_code == 404


def test_a_message_nobody_waits_for_is_a_conflict(admin):
    answer = admin.post("/messages", {"name": "withdrawal", "correlation_key": "nobody"})
    assert (answer.status_code, answer.json["code"]) == (409, "no_receiver")


def test_a_message_reaches_the_instance_that_waits(admin, applicant, application):
    message = {"name": "issued_by_portal", "correlation_key": application["id"], "message_id": "portal-1",
               "variables": {"issuer_number": "P-1", "issued_on": people.TODAY}}
    first, again = admin.post("/messages", message), admin.post("/messages", message)
    assert (first.status_code, again.status_code) == (200, 200)
    assert len(first.json["process_instances"]) == 1
    assert again.json == first.json
    assert applicant.get(f"/applications/{application['id']}").json["state"] == "ISSUED"


def test_a_malformed_answer_is_refused_whole_and_changes_nothing(admin, applicant, application):
    answer = admin.post("/messages", {"name": "issued_by_portal", "correlation_key": application["id"], "variables": {
        "issuer_number": 5, "issued_on": "not a date", "national_licence_id": "x" * 65, "area_m2": 9000}})
    assert answer.status_code == 422
    assert sorted(fields(answer)) == ["area_m2", "issued_on", "issuer_number", "national_licence_id"]
    assert applicant.get(f"/applications/{application['id']}").json["ended_at"] is None


def test_nobody_withdraws_by_message_in_the_name_of_an_applicant(admin, applicant, application):
    answer = admin.post("/messages", {"name": "withdrawal", "correlation_key": application["id"]})
    assert (answer.status_code, answer.json["code"]) == (409, "command_needed")
    assert applicant.get(f"/applications/{application['id']}").json["ended_at"] is None


@pytest.fixture
def failed(admin, staff, definition, bpmn, applicant):
    """A process whose condition cannot be decided: an application that stopped at an incident."""
    broken = bpmn.replace("complete = true", "complete &gt; 5").replace("complete != true", "complete &lt;= 5")
    assert broken != bpmn
    assert deploy(admin, definition, broken).status_code == 201
    receipt = applicant.post("/applications", people.APPLICATION, people.FILES).json
    [task] = staff("clerk").get(f"/user-tasks?application_id={receipt['id']}").json["items"]
    assert staff("clerk").post(f"/user-tasks/{task['id']}/completion", {"complete": True}).status_code == 200
    return receipt


def test_a_failure_at_run_time_is_an_incident_that_is_seen_and_retried(admin, staff, failed):
    [incident] = admin.get(f"/incidents?business_key={failed['id']}").json["items"]
    assert incident["kind"] == "expression"
    assert admin.get(f"/incidents/{incident['id']}").json == {**incident, "correctable": {"complete": True}}
    assert staff("clerk").post(f"/incidents/{incident['id']}/retry").status_code == 403
    retried = admin.post(f"/incidents/{incident['id']}/retry")
    assert (retried.status_code, retried.json["state"]) == (200, "OPEN")
    assert admin.get("/incidents/none").status_code == 404


def test_a_retry_with_corrected_variables_goes_on_and_history_keeps_both_values(admin, staff, applicant, failed):
    [incident] = admin.get(f"/incidents?business_key={failed['id']}").json["items"]
    path = f"/incidents/{incident['id']}/retry"
    right = {"variables": {"complete": 6}, "reason": "the condition compares numbers"}
    assert staff("supervisor").post(path, right).status_code == 403
    wrong = admin.post(path, {"variables": {"complete": 6, "county": "khoy", "eligibility": [], "nothing": 1}})
    assert sorted(fields(wrong)) == ["county", "eligibility", "nothing", "reason"]
    assert admin.get(f"/incidents/{incident['id']}").json["state"] == "OPEN"
    again = admin.post(path, {**right, "variables": {"complete": "six"}})
    assert (again.status_code, again.json["state"]) == (200, "OPEN"), "it runs, and fails again"
    [incident] = admin.get(f"/incidents?business_key={failed['id']}").json["items"]
    assert admin.get(f"/incidents/{incident['id']}").json["correctable"] == {"complete": "six"}
    done = admin.post(f"/incidents/{incident['id']}/retry", right)
    assert (done.status_code, done.json["state"]) == (200, "RESOLVED")
    assert applicant.get(f"/applications/{failed['id']}").json["state"] == "SITE_VISIT"
    history = admin.get(f"/process-instances/{incident['instance_id']}/history?limit=200").json["items"]
    told = [(one["reason"], one["facts"]["corrected"]) for one in history if one["kind"] == "incident_corrected"]
    assert told == [(right["reason"], {"complete": {"old": True, "new": "six"}}),
                    (right["reason"], {"complete": {"old": "six", "new": 6}})]
    gone = admin.post(f"/incidents/{incident['id']}/retry", right)
    assert gone.status_code == 409


@pytest.mark.parametrize(
    "text", ["[" * 5000, "5", "rules: [{key: a, grade: A}]", "rules: [{key: a, grade: E, value: 1}]"])
def test_rules_with_a_fault_are_refused_and_the_services_stay_as_they_are(admin, definition, visitor, text):
    answer = admin.post("/process-definitions", {"base": definition["deployment_id"],
                                                 "resources": {"rules/rules.yaml": text}})
    assert fields(answer) == ["rules/rules.yaml"]
    assert visitor.client.get("/").status_code == 200


@pytest.mark.parametrize("role", ["MANAGER", "SUPERVISOR"])
def test_staff_of_another_county_see_neither_its_instances_nor_its_incidents(app, product, failed, role):
    seen = {}
    for county in ("khoy", "urmia"):
        with product.database.begin() as session:
            accounts.create_staff(session, username=county, password=people.PASSWORD, name=county,
                                  roles=[(role, county)])
        person = Person(app).sign_in(username=county, password=people.PASSWORD)
        seen[county] = [one["id"] for one in person.get("/process-instances").json["items"]]
        if role == "SUPERVISOR":
            assert len(person.get("/incidents").json["items"]) == (county == "urmia")
    assert seen["khoy"] == []
    [instance] = seen["urmia"]
    stranger = Person(app).sign_in(username="khoy", password=people.PASSWORD)
    for path in ("", "/history", "/progress"):
        assert stranger.get(f"/process-instances/{instance}{path}").status_code == 403


def with_table(admin, definition, table: str, language: str = "en"):
    """Deploy another table beside the files in force."""
    return admin.post("/process-definitions", {"base": definition["deployment_id"], "resources": {tables.FILE: table}},
                      Accept_Language=language)


def test_a_gap_in_a_decision_table_is_a_warning_in_the_language_of_the_answer(admin, definition):
    answer = with_table(admin, definition, tables.GAP, "fa")
    assert answer.status_code == 201, answer.text
    warning, = answer.json["warnings"]
    assert (warning["severity"], warning["code"], warning["file"]) == ("warning", "table_gap", tables.FILE)
    assert "هیچ ردیفی صدق نمی‌کند" in warning["what"]
    assert warning["fix"] and warning["line"] > 1


def test_rules_of_a_unique_table_that_overlap_refuse_the_deployment(admin, definition):
    answer = with_table(admin, definition, tables.CONFLICT)
    assert answer.status_code == 422, answer.text
    assert [(one["where"], one["code"], one["severity"]) for one in answer.json["errors"]] == [
        ("small", "table_conflict", "error")]


def test_the_page_of_definitions_shows_warnings_after_a_deployment(admin, definition, bpmn):
    base = with_table(admin, definition, tables.GAP).json
    newest = next(one for one in base["process_definitions"] if one["key"] == definition["key"])
    changed = bpmn.replace("</bpmn:definitions>", "<!-- changed --></bpmn:definitions>").encode()
    page = admin.client.post(f"/admin/definitions/{newest['id']}?lang=en", content_type="multipart/form-data", data={
        "csrf_token": admin.csrf, "xml": (io.BytesIO(changed), "x.bpmn")})
    assert page.status_code == 200, page.text
    assert "The new version was deployed, with warnings." in page.text
    assert "<td>Warning</td>" in page.text and "no rule applies for" in page.text


def test_a_process_of_applications_is_not_started_beside_them(admin, application):
    for key in (application["id"], "nothing"):
        answer = admin.post("/process-instances", {"key": "create-urban-office", "business_key": key, "variables": {}})
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "needs_application")
    assert len(admin.get(f"/process-instances?business_key={application['id']}").json["items"]) == 1


def test_incidents_with_one_cause_are_retried_together(admin, staff, failed):
    [incident] = admin.get(f"/incidents?business_key={failed['id']}").json["items"]
    cause = {"kind": incident["kind"], "element_id": incident["element_id"]}
    assert staff("clerk").post("/incidents/retries", cause).status_code == 403
    assert admin.post("/incidents/retries", {}).status_code == 422
    assert admin.post("/incidents/retries", {"kind": "none"}).status_code == 422
    retried = admin.post("/incidents/retries", cause)
    assert (retried.status_code, retried.json["found"], retried.json["finished"]) == (200, 1, True)
    assert retried.json["resolved"] + retried.json["failed_again"] == 1
    assert admin.get(f"/incidents/retries/{retried.json['id']}").json == retried.json
    assert admin.get("/incidents/retries/none").status_code == 404
    page = admin.client.get(f"/admin/incidents/retries/{retried.json['id']}")
    assert page.status_code == 200
    assert 'action="/admin/incidents/' in admin.client.get("/admin/incidents").text
