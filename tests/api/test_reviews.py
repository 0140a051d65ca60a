"""The pages of the monthly review over HTTP: who sees them, what may be ordered, and that orders carry reasons."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from workflows.models.cycle import Cycle


@pytest.fixture
def pages(app):
    """Sign in on the pages, once a test, and give the client."""
    def sign_in(username: str):
        client = app.test_client()
        client.post("/sign-in", data={"username": username, "password": "parvaneh-demo", **tokens(client, "/sign-in")})
        return client
    return sign_in


def tokens(client, address: str) -> dict[str, str]:
    found = re.findall(r'name="(csrf_token|request_key|form_token)" value="([^"]*)"', client.get(address).text)
    return dict(found)


def test_the_manager_orders_sessions_with_reasons_and_others_look_or_stay_out(pages, product):
    manager = pages("manager")
    page = manager.get("/reviews?lang=en").text
    assert "Next session" in page and "/reviews/convene" in page
    refused = manager.post("/reviews/convene", data={**tokens(manager, "/reviews"), "convene-reason": " "})
    assert refused.status_code == 422
    done = manager.post("/reviews/convene", data={**tokens(manager, "/reviews"), "convene-reason": "مهلت نزدیک است"})
    assert done.status_code == 303
    while product.scheduler.tick():
        pass
    with product.database.read() as session:
        [cycle] = session.scalars(select(Cycle).where(Cycle.sequence == 1)).all()
        assert (cycle.state, cycle.reason) == ("CLOSED", "مهلت نزدیک است")
    for address in (f"/reviews/{cycle.id}", f"/reviews/{cycle.id}/docket", "/reviews/preview"):
        assert manager.get(address).status_code == 200, address
    assert manager.get(f"/reviews/{cycle.id}/minutes").status_code == 404
    skipped = manager.post("/reviews/skip", data={**tokens(manager, "/reviews"), "skip-reason": "تعطیلات"})
    assert skipped.status_code == 303
    assert manager.post("/reviews/catch-up", data=tokens(manager, "/reviews")).status_code == 303
    with product.database.read() as session:
        assert session.scalars(select(Cycle.state).where(Cycle.sequence == 0)).all() == ["SKIPPED"]


def test_post_bank_sees_the_sessions_and_orders_none_and_a_clerk_sees_nothing(pages):
    bank = pages("postbank")
    page = bank.get("/reviews").text
    assert "/reviews/convene" not in page and "/reviews/preview" in page
    assert bank.post("/reviews/catch-up", data=tokens(bank, "/account")).status_code == 403
    assert pages("clerk").get("/reviews").status_code == 403
    assert pages("clerk").get("/reviews/preview").status_code == 403
