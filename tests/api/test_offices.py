"""The register of offices over HTTP: who finds what, and what one office tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.people import PASSWORD, Person
from workflows import accounts, office_import

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/offices/offices.csv"


@pytest.fixture
def imported(product):
    """The six offices of the example file."""
    def take(content: bytes) -> None:
        with product.database.begin() as session:
            plan = office_import.plan(session, office_import.read(content, "offices.csv"), now=product.clock.now())
            assert plan.bad == 0, plan.problems
            office_import.write(session, plan, reason="نامه ۷", by="operator", now=product.clock.now())

    take(EXAMPLE.read_bytes())
    return take


def test_offices_are_found_by_kind_county_banking_and_text(imported, staff):
    def found(query: str = "") -> list[str]:
        answer = staff("clerk").get(f"/offices?{query}")
        assert answer.status_code == 200, answer.text
        assert answer.json["total"] == len(answer.json["items"])
        return [one["id"] for one in answer.json["items"]]

    everything = staff("clerk").get("/offices").json["items"]
    assert len(everything) == 6
    for one in everything:
        assert one["id"] in found(f"kind={one['kind']}")
        assert one["id"] in found(f"county={one['county']}")
        assert one["id"] in found(f"text={one['settlement']}")
        assert found(f"text={one['licence_number'].lower()}") == [one["id"]]
        assert one["id"] in found(f"banking={'true' if one['bank_code'] else 'false'}")
        if one["bank_code"]:
            assert found(f"text={one['bank_code']}") == [one["id"]]
    assert len(found("kind=URBAN")) == len(found("kind=RURAL")) == 3
    assert found("text=قند") == []
    assert found("text=حسن آباد") == found("text=حسن‌آباد") != []
    assert staff("clerk").get("/offices?kind=RAIL").status_code == 422


def test_pages_go_on_where_the_last_one_ended(imported, staff):
    seen, path = [], "/offices?limit=2"
    for _ in range(3):
        page = staff("clerk").get(path).json
        assert page["total"] == 6
        seen += [one["id"] for one in page["items"]]
        path = f"/offices?limit=2&after={page['next']}"
    assert page["next"] is None
    assert seen == [one["id"] for one in staff("clerk").get("/offices").json["items"]]
    assert staff("clerk").get("/offices?after=x").status_code == 422


def test_an_office_tells_its_place_holder_licence_and_history(imported, staff):
    summary = staff("clerk").get("/offices?kind=RURAL&banking=true").json["items"][0]
    office = staff("clerk").get(f"/offices/{summary['id']}").json
    assert (office["kind"], office["holder_kind"]) == ("RURAL", "NATURAL")
    assert office["district"].startswith(f"{office['county']}/")
    assert [one["capacity"] for one in office["people"]] == ["MANAGER", "DEPUTY"]
    assert [one["number"] for one in office["licences"]] == [summary["licence_number"]]
    assert [one["code"] for one in office["bank_codes"]] == [summary["bank_code"]]
    [entered] = office["history"]
    assert (entered["kind"], entered["actor"]) == ("ENTERED", "operator")
    assert entered["reason"].startswith("نامه ۷ (offices.csv:")
    imported(EXAMPLE.read_text("utf-8").replace("روستای", "دهکده").encode())
    changed = staff("clerk").get(f"/offices/{summary['id']}").json["history"][-1]
    assert changed["kind"] == "CHANGED"
    assert changed["changes"] == {"address": [office["address"], office["address"].replace("روستای", "دهکده")]}


def test_a_decision_on_a_licence_stands_in_its_offices_history(imported, staff):
    [summary, *_] = staff("clerk").get("/offices").json["items"]
    done = staff("manager").post(f"/licences/{summary['licence_number']}/state",
                                 {"to": "SUSPENDED", "reason": "تخلف"})
    assert done.status_code == 200, done.text
    office = staff("clerk").get(f"/offices/{summary['id']}").json
    assert (office["history"][-1]["kind"], office["history"][-1]["changes"]) == (
        "STATE", {"state": ["ACTIVE", "SUSPENDED"]})
    assert staff("clerk").get(f"/offices?text={summary['licence_number']}").json["items"][0]["state"] == "SUSPENDED"


def test_an_office_is_for_the_staff_of_its_county(imported, app, product, staff, applicant, visitor):
    [summary, *_] = staff("clerk").get("/offices?county=urmia").json["items"]
    with product.database.begin() as session:
        accounts.create_staff(session, username="elsewhere", password=PASSWORD, name="x",
                              roles=(("CLERK", "maku"),))
    elsewhere = Person(app).sign_in(username="elsewhere", password=PASSWORD)
    for person, status in ((elsewhere, 403), (applicant, 403), (staff("admin"), 403), (visitor, 401)):
        assert person.get(f"/offices/{summary['id']}").status_code == status
    assert {one["county"] for one in elsewhere.get("/offices").json["items"]} <= {"maku"}
    assert applicant.get("/offices").status_code == 403
    assert staff("clerk").get("/offices/0").status_code == 404
