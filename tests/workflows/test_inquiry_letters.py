"""The letter of an inquiry has a number, stays with the application, and says what its body needs and no more."""

from __future__ import annotations

import io

import pypdf
import pytest

from api.app import create_app
from api.config import Config
from api.web import inquiry_letter_pdf
from engine.values import UserTask
from tests.workflows.world import BPMN, DATA, PASSWORD, World
from workflows import authorization, bootstrap, documents, inquiries, inquiry_letters, numbers


@pytest.fixture
def writing(world: World) -> World:
    """A product that sets letters."""
    url = world.product.database.sqlalchemy_engine.url.render_as_string(hide_password=False)
    world.product.database.dispose()
    world.product = bootstrap.build(url=url, var=world.var, public_url="http://localhost", bpmn=BPMN,
                                    clock=world.clock, machine=world.machine,
                                    letter_renderer=inquiry_letter_pdf.renderer())
    return world


def task_of(world: World, application: str, code: str) -> UserTask:
    [task] = [one for one in world.tasks(application) if inquiries.code_of(one) == code]
    return task


def write(world: World, task: UserTask, user: str = "clerk") -> inquiry_letters.Written:
    with world.product.database.begin() as session:
        return inquiry_letters.write(session, product=world.product, task_id=task.id, user=world.users[user])


def text(world: World, document_id: str | None) -> str:
    assert document_id is not None
    with world.product.database.read() as session:
        found = documents.open(session, product=world.product, id=document_id, user=world.users["clerk"])
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(found.path.read_bytes())).pages)


def holds(said: str, digits: str) -> bool:
    """Whether a number stands in the text; pypdf gives Persian digits of a line from right to left back to front."""
    plain = numbers.normalise_number(said)
    return digits in plain or digits[::-1] in plain


def test_a_letter_is_numbered_written_once_and_kept_with_the_application(writing):
    application = writing.submit().application_id
    writing.advance_to(application, "record_inquiry")
    task = task_of(writing, application, "TAX")
    first = write(writing, task)
    assert numbers.is_number(first.number) and "-IL-" in first.number and first.document_id is None
    writing.run_jobs()
    again = write(writing, task)
    assert (again.number, again.document_id is not None) == (first.number, True)
    with writing.product.database.read() as session:
        kept = [one for one in documents.listed(session, application_id=application) if one.field == "inquiry_letter"]
    assert [(one.id, one.name) for one in kept] == [(again.document_id, f"{first.number}.pdf")]
    said = text(writing, again.document_id)
    assert first.number in said and holds(said, DATA["company_legal_id"]) and not holds(said, DATA["ceo_mobile"])
    assert write(writing, task_of(writing, application, "BANK")).number != first.number


def test_only_who_may_take_the_task_of_an_inquiry_writes_its_letter(writing):
    application = writing.submit().application_id
    with pytest.raises(inquiry_letters.NoLetter):
        write(writing, writing.task(application, "check_documents"))
    writing.advance_to(application, "record_inquiry")
    with pytest.raises(authorization.RoleMissing):
        write(writing, task_of(writing, application, "TAX"), "inspector")
    task = task_of(writing, application, "TAX")
    writing.complete(application, task.element_id, task=task)
    with pytest.raises(inquiry_letters.NoLetter):
        write(writing, task)


def test_without_the_libraries_the_clerk_is_told_so(world):
    application = world.submit().application_id
    world.advance_to(application, "record_inquiry")
    with pytest.raises(inquiry_letters.LettersUnavailable):
        write(world, task_of(world, application, "TAX"))


def test_the_clerk_writes_and_opens_the_letter_from_the_page_of_the_task(writing):
    application = writing.submit().application_id
    writing.advance_to(application, "record_inquiry")
    task = task_of(writing, application, "TAX")
    app = create_app(writing.product, Config(database_url="", var=writing.var, public_url="http://localhost"))
    client = app.test_client()
    signed = client.post("/api/v1/sessions", json={"username": "clerk", "password": PASSWORD})
    assert f"/tasks/{task.id}/letter" in client.get(f"/tasks/{task.id}").text
    sent = client.post(f"/tasks/{task.id}/letter", data={"csrf_token": signed.json["csrf_token"]})
    assert sent.status_code in {302, 303}
    writing.run_jobs()
    letter = write(writing, task)
    page = client.get(f"/tasks/{task.id}").text
    assert letter.number in page and f"/documents/{letter.document_id}" in page
    with client.get(f"/documents/{letter.document_id}") as answer:
        assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
