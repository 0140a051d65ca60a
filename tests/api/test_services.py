"""Services over HTTP and on pages: which are offered, their switch, and the licences to choose from."""

from __future__ import annotations


def test_the_services_that_are_offered_are_listed_and_an_administrator_switches_them(visitor, applicant, staff):
    offered = {one["key"]: one for one in visitor.get("/services").json["items"]}
    assert next(iter(offered)) == "create-urban-office"
    assert offered["renew"]["about_licence"]
    assert applicant.post("/services/renew/switch", {"offered": False, "reason": "آزمون"}).status_code == 403
    answer = staff("admin").post("/services/renew/switch", {"offered": False, "reason": "آزمون"})
    assert "renew" not in {one["key"] for one in answer.json["items"]}
    assert "تمدید پروانه" not in applicant.client.get("/apply").text
    refused = applicant.post("/applications?service=renew&licence=WAZ-1405-LU-000001-1", {})
    assert (refused.status_code, refused.json["code"]) == (409, "service_off")
    assert "«تمدید پروانه» اکنون ارائه نمی‌شود" in applicant.client.get("/apply/renew?lang=fa").text
    page = staff("admin").client.get("/admin/services?lang=fa").text
    assert "آزمون" in page


def test_the_page_of_switches_asks_for_a_reason(staff):
    admin = staff("admin")
    answer = admin.client.post("/admin/services/relocate/switch", data={
        "csrf_token": admin.csrf, "offered": "no", "reason-relocate": ""})
    assert answer.status_code == 422
    answer = admin.client.post("/admin/services/relocate/switch", data={
        "csrf_token": admin.csrf, "offered": "no", "reason-relocate": "کارگروه تشکیل نمی‌شود"})
    assert answer.status_code == 303
    assert staff("manager").client.get("/admin/services").status_code == 403


def test_who_holds_no_licence_has_none_to_choose_from(applicant, staff):
    assert applicant.get("/services/renew/licences").json["items"] == []
    assert staff("clerk").get("/services/renew/licences").status_code == 403
    assert "پروانه‌ای به نام شما" in applicant.client.get("/apply/renew?lang=fa").text
    unknown = applicant.post("/applications?service=renew&licence=WAZ-1405-LU-000001-1", {})
    assert (unknown.status_code, unknown.json["code"]) == (404, "not_found")


def test_a_counter_begins_with_the_service_and_the_number_of_the_licence(staff):
    page = staff("clerk").client.get("/counter/applications/new?lang=en").text
    assert "Renew a licence" in page
    assert 'name="licence"' in page
    assert staff("clerk").client.get("/counter/applications/new/renew?licence=WAZ-1").status_code == 404
