"""Bank codes: asked for after the licence, given once for ever to one office, ended, and never given twice."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import errors
from engine.values import Actor
from tests.workflows.test_rural_office import RURAL, SENT
from tests.workflows.world import PDF, World
from workflows import applications, bank_codes, calendar, licences, registrations
from workflows.models.application import Application
from workflows.models.office import BankCode
from workflows.models.register_change import RegisterChange

ASKED = {"bank_exam": "PASSED", "agreement_signed": True, "secure_place": True, "sheba": RURAL["sheba"],
         "ceo_mobile": RURAL["ceo_mobile"], "declare_truth": True}
CONTRACT = {"doc_agreement": ("contract.pdf", PDF), "doc_exam": ("exam.pdf", PDF)}


def licensed(world: World, number: str = "CRA-5", **changes) -> str:
    """A rural office with its licence; what came before the registration matters to no test here."""
    with world.product.database.begin() as session:
        mine = applications.submit(session, product=world.product, service="create-rural-office", files=SENT,
                                 user=world.users["applicant"], data={**RURAL, **changes}).application_id
        row = session.get_one(Application, mine)
        registrations.register(session, product=world.product, application=row, issuer_number=number, area_m2=None,
                               national_id=None, issued_on=calendar.today(world.clock.now()), by="x")
        world.product.engine.cancel(session, str(row.instance_id), actor=Actor(id="x", reason="آزمون"))
    with world.product.database.read() as session:
        found = licences.of_application(session, product=world.product, application_id=mine)
    assert found is not None
    return found.number


def ask(world: World, licence: str, **changes) -> str:
    with world.product.database.begin() as session:
        return applications.submit(session, product=world.product, service="bank-code", licence=licence,
                                   user=world.users["applicant"], data={**ASKED, **changes},
                                   files=CONTRACT).application_id


def codes(world: World) -> list[tuple[str, bool]]:
    """Every code, and whether it is in force."""
    with world.product.database.read() as session:
        return [(row.code, row.ended_on is None) for row in session.scalars(sa.select(BankCode).order_by(BankCode.id))]


def test_a_code_is_given_once_for_ever_and_stands_in_the_register_with_its_history(world: World):
    first, second = licensed(world), licensed(world, "CRA-6", site_postal_code="5713812346")
    mine = ask(world, first)
    world.complete(mine, "examine_documents", complete=True)
    with pytest.raises(errors.Invalid):
        world.complete(mine, "give_bank_code", decision="ASSIGN")  # without a code
    with pytest.raises(errors.Invalid):
        world.complete(mine, "give_bank_code", decision="ASSIGN", bank_code="12")  # unusually short, without a reason
    world.complete(mine, "give_bank_code", decision="ASSIGN", bank_code="۴۱۲۳۴")
    assert (world.application(mine).state, codes(world)) == ("ISSUED", [("41234", True)])
    world.run_jobs()
    assert any("پذیرفته شد" in text for text in world.messages())
    with world.product.database.read() as session:
        assert {"bank_code": [None, "41234"]} in list(session.scalars(sa.select(RegisterChange.changes)))
    other = ask(world, second)
    world.complete(other, "examine_documents", complete=True)
    with pytest.raises(errors.Invalid) as refused:
        world.complete(other, "give_bank_code", decision="ASSIGN", bank_code="41234")
    assert [problem.code for problem in refused.value.problems] == ["bank_code_taken"]
    world.complete(other, "give_bank_code", decision="ASSIGN", bank_code="41235")
    assert codes(world) == [("41234", True), ("41235", True)]


def test_a_code_ends_with_a_transfer_and_is_nobody_elses_then_and_the_office_gets_another(world: World):
    number = licensed(world)
    mine = ask(world, number)
    world.complete(mine, "examine_documents", complete=True)
    world.complete(mine, "give_bank_code", decision="ASSIGN", bank_code="41234")
    with world.product.database.begin() as session:
        office = session.scalars(sa.select(BankCode.office_id)).one()
        assert bank_codes.end(session, product=world.product, office_id=office, reason="انتقال", by="x") == "41234"
        assert bank_codes.end(session, product=world.product, office_id=office, reason="انتقال", by="x") is None
    again = ask(world, number)
    world.complete(again, "examine_documents", complete=True)
    with pytest.raises(errors.Invalid):
        world.complete(again, "give_bank_code", decision="ASSIGN", bank_code="41234")
    world.complete(again, "give_bank_code", decision="ASSIGN", bank_code="41236")
    assert codes(world) == [("41234", False), ("41236", True)]


def test_without_a_contract_nothing_is_given_and_the_refusal_cites_it(world: World):
    mine = ask(world, licensed(world), agreement_signed=False)
    world.complete(mine, "choose_what_to_do", by="applicant", choice="INSIST",
                   insist_reason="قرارداد در راه است")
    world.complete(mine, "examine_documents", complete=True)
    with pytest.raises(errors.Invalid):
        world.complete(mine, "give_bank_code", decision="ASSIGN", bank_code="41234", notes="با این همه")
    world.complete(mine, "give_bank_code", decision="REFUSE", condition_codes=["B02"], notes="قرارداد نیست")
    assert (world.application(mine).state, codes(world)) == ("REJECTED", [])
