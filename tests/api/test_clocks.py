"""The clock of an application over HTTP and on the pages: what the public, the applicant and staff are told."""

from __future__ import annotations

import sqlalchemy as sa

from tests.api.people import APPLICATION, FILES
from workflows.models.clock import ApplicationClock


def test_everybody_reads_that_no_deadline_is_published_and_when_our_target_ends(applicant, visitor, staff, product):
    sent = applicant.post("/applications", APPLICATION, FILES).json
    found = applicant.get(f"/applications/{sent['id']}/clock").json
    assert (found["state"], found["days"], found["statutory"], found["breach_at"]) == ("RUNNING", 80, False, None)
    tracked = visitor.get(f"/tracking/{sent['tracking_code']}").json["clock"]
    assert (tracked["days"], tracked["statutory"], tracked["percent"]) == (80, False, 0)
    assert visitor.get(f"/applications/{sent['id']}/clock").status_code == 401
    product.scheduler.tick()
    path = f"/my/applications/{sent['id']}"
    assert "هدف ما ۸۰ روز کاری است و قانون نیست" in applicant.client.get(path, headers={"Accept-Language": "fa"}).text
    page = staff("clerk").client.get(f"/applications/{sent['id']}?lang=en").text
    assert "our own target is 80 working days, which is no law" in page


def test_an_application_from_before_there_were_clocks_has_none(applicant, product):
    sent = applicant.post("/applications", APPLICATION, FILES).json
    with product.database.begin() as session:
        session.execute(sa.delete(ApplicationClock))
    assert applicant.get(f"/applications/{sent['id']}/clock").json["code"] == "not_found"
    assert applicant.client.get(f"/my/applications/{sent['id']}").status_code == 200
