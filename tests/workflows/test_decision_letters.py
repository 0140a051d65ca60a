"""A refusal has a numbered letter: every condition with its source, the reason, and the way to appeal."""

from __future__ import annotations

import io

import pypdf
import pytest

from api.app import create_app
from api.config import Config
from api.web import decision_letter_pdf
from tests.workflows.world import BPMN, PASSWORD, World
from workflows import bootstrap, decision_letters, documents, numbers


@pytest.fixture
def writing(world: World) -> World:
    """A product that sets letters of refusals."""
    url = world.product.database.sqlalchemy_engine.url.render_as_string(hide_password=False)
    world.product.database.dispose()
    world.product = bootstrap.build(url=url, var=world.var, public_url="http://localhost", bpmn=BPMN,
                                    clock=world.clock, machine=world.machine,
                                    decision_renderer=decision_letter_pdf.renderer())
    return world


def refused(world: World) -> str:
    application = world.submit().application_id
    world.advance_to(application, "working_group_decision")
    world.complete(application, "working_group_decision", decision="REJECT", condition_codes=["S01"],
                   notes="محل در طبقه دوم است")
    return application


def letter_of(world: World, application: str) -> decision_letters.Written | None:
    with world.product.database.read() as session:
        return decision_letters.of_application(session, application_id=application)


def test_a_refusal_is_told_by_a_letter_that_the_applicant_opens(writing):
    application = refused(writing)
    first = letter_of(writing, application)
    assert first is not None and numbers.is_number(first.number) and "-NL-" in first.number
    assert first.document_id is None
    writing.run_jobs()
    written = letter_of(writing, application)
    assert written is not None and written.number == first.number and written.document_id is not None
    with writing.product.database.read() as session:
        found = documents.open(session, product=writing.product, id=written.document_id,
                               user=writing.users["applicant"])
    reader = pypdf.PdfReader(io.BytesIO(found.path.read_bytes()))
    said = "".join(page.extract_text() for page in reader.pages)
    assert first.number in said and "S01" in said
    assert reader.metadata is not None and "نامه رد درخواست" in str(reader.metadata.title)


def test_what_stands_on_it_is_the_condition_its_basis_the_reason_and_the_periods(writing):
    refused(writing)
    seen: list[decision_letters.Letter] = []

    def keep(letter: decision_letters.Letter) -> bytes:
        seen.append(letter)
        return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

    object.__setattr__(writing.product, "decision_renderer", keep)
    writing.run_jobs()
    [letter] = seen
    [cited] = letter.cited
    assert cited.code == "S01" and cited.text_fa and cited.source_fa and cited.grade
    assert letter.reason == "محل در طبقه دوم است"
    assert letter.addressee and letter.service == "ایجاد دفتر پیشخوان شهری"
    assert letter.appeal_days is not None and letter.complaint_days is not None
    assert (letter.appeal_days.grade, letter.complaint_days.grade) == ("D", "A")
    writing.run_jobs()
    assert len(seen) == 1


def test_both_pages_lead_to_it_and_show_the_reason(writing):
    application = refused(writing)
    writing.run_jobs()
    written = letter_of(writing, application)
    assert written is not None
    app = create_app(writing.product, Config(database_url="", var=writing.var, public_url="http://localhost"))
    client = app.test_client()
    client.post("/api/v1/sessions", json={"username": "clerk", "password": PASSWORD})
    page = client.get(f"/applications/{application}").text
    assert written.number in page and f"/documents/{written.document_id}" in page


def test_without_the_libraries_a_refusal_needs_no_letter(world):
    assert letter_of(world, refused(world)) is None
