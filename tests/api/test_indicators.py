"""Indicators: the demonstration's register gives the article's counts, and the article itself stands apart."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.people import PASSWORD, Person
from workflows import accounts, bootstrap, indicators


@pytest.fixture
def province(product):
    with product.database.begin() as session:
        bootstrap.seed_demo_offices(product, session)
        accounts.create_staff(session, username="khoy", password=PASSWORD, name="khoy", roles=[("CLERK", "khoy")])


def test_live_counts_and_the_article_stand_side_by_side(province, staff, app):
    read = staff("clerk").get("/indicators").json
    total, counties = read["live"]["total"], read["live"]["counties"]
    assert total["rural"] + total["urban"] == sum(one["rural"] + one["urban"] for one in counties)
    assert total["banking_gap"] == total["rural"] - total["rural_banking"] >= 0
    assert (total["over_60_counter"] + total["over_60_none"] + total["over_60_unknown"]
            == total["urban"] + total["rural"] > 0)
    assert (read["article"]["figures"]["projected_total"], read["article"]["source"]) == (351, indicators.SOURCE)
    own = Person(app).sign_in(username="khoy", password=PASSWORD).get("/indicators").json["live"]
    assert [one["county"] for one in own["counties"]] == ["khoy"]
    assert own["total"]["rural"] == next(one["rural"] for one in counties if one["county"] == "khoy")


def test_only_staff_read_them(province, applicant, visitor):
    assert (applicant.get("/indicators").status_code, visitor.get("/indicators").status_code) == (403, 401)


def test_the_file_has_ascii_digits_and_ends_with_the_sum(province, product, staff):
    answer = staff("clerk").client.get("/indicators/figures.csv")
    assert answer.status_code == 200 and answer.data.isascii()
    rows = list(csv.DictReader(io.StringIO(answer.data.decode())))
    assert rows[-1]["county"] == "ALL"
    assert int(rows[-1]["rural"]) == sum(int(row["rural"]) for row in rows[:-1])


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_page_tells_both(province, staff, language):
    page = staff("clerk").client.get("/indicators", headers={"Accept-Language": language}).text
    assert "<svg" in page and "figures.csv" in page
