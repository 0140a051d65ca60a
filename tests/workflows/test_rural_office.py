"""One application for a rural ICT office on its way through the use cases, with Post Bank's monthly session."""

from __future__ import annotations

import sqlalchemy as sa

from tests.workflows import rural_cases as cases
from tests.workflows.sessions import at
from tests.workflows.world import DATA, FILES, JPG, PDF, World
from workflows import applications, cycles
from workflows.models.holder import Person

RURAL = {
    **{key: value for key, value in DATA.items() if not key.startswith("company_") and key != "purpose_ok"},
    "applicant_kind": "NATURAL", "ceo_field": "IT", "site_settlement": "بالانج", "site_area_m2": 24,
    "deputy_national_id": "0499370899", "deputy_first_name": "مریم", "deputy_last_name": "احمدی",
    "deputy_gender": "FEMALE", "deputy_mobile": "09141234568", "deputy_nationality": "IR", "deputy_degree": "BACHELOR",
    "deputy_public_employee": False, "deputy_consent": True, "icdl_staff": True,
}
SENT = {**{field: FILES[field] for field in ("doc_degree", "doc_tenure", "doc_ceo_photo", "doc_national_card",
                                             "doc_site_photo")},
        **dict.fromkeys(("doc_deputy_degree", "doc_deputy_card", "doc_deputy_consent"), ("سند.pdf", PDF))}


def submit(world: World, **changes) -> str:
    with world.product.database.begin() as session:
        cycles.arm(session, product=world.product)
        return applications.submit(session, product=world.product, service="create-rural-office", files=SENT,
                                   user=world.users["applicant"], data={**RURAL, **changes}).application_id


def to_review(world: World, application_id: str) -> None:
    """Everything before Post Bank's session."""
    world.complete(application_id, "examine_documents", complete=True)
    world.complete(application_id, "visit_place", visit_date="2026-04-04", measured_area=22, latitude=37.5,
                   longitude=45.07, found_as_declared=True, internet_available=True,
                   files={"photo": ("photo.jpg", JPG)})
    while waiting := world.tasks(application_id):
        for task in waiting:
            world.complete(application_id, task.element_id, task=task)
        world.run_jobs()


def test_a_rural_office_waits_for_post_bank_and_becomes_a_licence_with_its_deputy(world: World):
    mine = submit(world)
    to_review(world, mine)
    assert world.application(mine).state == "WAITING_CYCLE"
    session = cases.hold(world, at(1405, 2, 3))
    assert (session.cycle.found, session.in_review) == (1, 1)
    cases.recommend_all(world, session.cycle.id)
    cases.confirm(world, session.cycle.id)
    world.complete(mine, "settle_fee", by="applicant")
    world.complete(mine, "manager_signature")
    world.run_jobs()
    assert world.application(mine).state == "AT_ISSUER"
    licence = world.issue(mine, "CRA-77")
    assert (licence.kind, licence.issuer, licence.settlement) == ("RURAL", "CRA", "بالانج")
    assert world.application(mine).state == "ISSUED"
    world.run_jobs()
    assert any("/apply/bank-code" in text for text in world.messages())  # the bank code may follow
    with world.product.database.read() as read:
        people = read.execute(sa.select(Person.capacity, Person.national_id).where(
            Person.holder_id == licence.holder_id)).all()
    assert {tuple(one) for one in people} == {("MANAGER", "0013542419"), ("DEPUTY", "0499370899")}


def test_a_refusal_of_the_session_ends_the_application_with_its_codes(world: World):
    mine = submit(world)
    to_review(world, mine)
    session = cases.hold(world, at(1405, 2, 3))
    cases.review(world, mine, "NOT_MET", condition_codes=["R07"], notes="پروانه دیگری دارد")
    cases.confirm(world, session.cycle.id)
    found = world.application(mine)
    assert found.state == "REJECTED"
    world.run_jobs()
    assert any("R07" in text for text in world.messages())


def test_a_binding_condition_of_the_deputy_stops_at_once_and_is_shown(world: World):
    mine = submit(world, deputy_degree="DIPLOMA")
    [task] = world.tasks(mine)
    assert (task.element_id, task.role) == ("choose_what_to_do", "APPLICANT")
    world.complete(mine, "choose_what_to_do", by="applicant", choice="STOP")
    assert world.application(mine).state == "WITHDRAWN"


def test_an_applicant_withdraws_from_an_open_docket(world: World):
    mine = submit(world)
    to_review(world, mine)
    session = cases.hold(world, at(1405, 2, 3))
    with world.product.database.begin() as write:
        applications.withdraw(write, product=world.product, id=mine, user=world.users["applicant"], reason="پشیمان شدم")
    world.run_jobs()
    assert world.application(mine).state == "WITHDRAWN"
    assert cases.outcomes(world, session.cycle.id) == {"WITHDRAWN": 1}
