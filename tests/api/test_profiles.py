"""The profile of a service, public: what it asks and rests on, with grades, by the day."""

from __future__ import annotations

from datetime import timedelta

from workflows import calendar

PATH = "/services/create-urban-office/profile"
LAW = {"grade": "A", "scope": "national", "source": "portal notice 7", "source_fa": "اعلان ۷ درگاه"}


def change(product, staff, key: str, day, **changes) -> None:
    proposed = staff("admin").post(f"/rules/RULE/{key}/proposals", {
        "changes": changes, "effective_from": day.isoformat(), "reason": "نامه"})
    assert staff("manager").post(f"/rule-proposals/{proposed.json['id']}/approval").status_code == 200


def test_anyone_reads_what_a_service_asks_with_grades_and_what_is_not_law(visitor):
    found = visitor.get(PATH).json
    by_code = {one["code"]: one for one in found["conditions"]}
    assert (by_code["E01"]["action"], by_code["E09"]["action"]) == ("REFUSE", "ASK")
    assert all(one["grade"] and "portal_no" in one for one in found["conditions"])
    assert (found["deadline"], found["fee"]) == (None, None)  # none is published, none may be charged
    assert (found["target"]["grade"], found["tacit"]["value"]) == ("D", "NOTIFY")
    assert {one["label_en"]: one["needed"] for one in found["documents"]}
    assert {"D02"} <= {one["condition"]["code"] for one in found["documents"] if one["condition"]}
    assert [one["code"] for one in found["laws"]] == ["L01", "L02", "L03", "L04"]
    assert visitor.get("/services/fly-to-the-moon/profile").status_code == 404


def test_a_change_makes_a_version_from_its_day_on_and_the_old_one_stays_readable(visitor, staff, product):
    today = calendar.today(product.clock.now())
    soon, later = today + timedelta(days=3), today + timedelta(days=9)
    change(product, staff, "fee_create", soon, value=5_000_000, **LAW)
    change(product, staff, "deadline_wd", later, value=45, **LAW)
    change(product, staff, "temp_booth_max_days_per_year", soon + timedelta(days=1), value=20)  # no part of it
    found = visitor.get(PATH).json
    assert found["versions"] == [later.isoformat(), soon.isoformat(), today.isoformat()]
    assert (found["effective_from"], found["fee"]) == (today.isoformat(), None)
    between = visitor.get(f"{PATH}?on={later - timedelta(days=1)}").json
    assert (between["fee"]["value"], between["deadline"], between["effective_from"]) == (
        5_000_000, None, soon.isoformat())
    assert visitor.get(f"{PATH}?on={later}").json["deadline"]["value"] == 45
    assert visitor.get(f"{PATH}?on={today - timedelta(days=900)}").status_code == 404


def test_an_unfounded_deadline_is_not_announced_as_one(visitor, staff, product):
    tomorrow = calendar.today(product.clock.now()) + timedelta(days=1)
    change(product, staff, "deadline_wd", tomorrow, value=45)  # still graded D
    assert visitor.get(f"{PATH}?on={tomorrow}").json["deadline"] is None


def test_the_pages_say_so_in_both_languages(visitor):
    for language, said in (("fa", "هدف ما ۸۰ روز کاری است و قانون نیست"), ("en", "80 working days, which is no law")):
        page = visitor.client.get(f"/services/create-urban-office?lang={language}")
        assert page.status_code == 200 and said in page.text
    assert visitor.client.get("/services/none").status_code == 404
