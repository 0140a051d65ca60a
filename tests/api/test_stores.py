"""What must hold on SQLite and on PostgreSQL alike: reads that write nothing, commands at the same moment."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from api.app import create_app
from api.config import Config
from tests.api import people
from tests.api.conftest import BPMN
from tests.api.people import Person
from workflows import bootstrap
from workflows.models.application import Application


@pytest.fixture
def product(database_url, tmp_path):
    product = bootstrap.build(url=database_url, var=tmp_path, public_url="http://localhost", bpmn=BPMN, demo=True)
    with product.database.begin() as session:
        bootstrap.seed_demo(product, session)
        bootstrap.deploy_shipped(product, session)
    yield product
    product.database.dispose()


@pytest.fixture
def app(product, tmp_path):
    return create_app(product, Config(database_url="", var=tmp_path, demo=True, public_url="http://localhost"))


@pytest.fixture
def var(tmp_path):
    return tmp_path


def twin(app, person: Person) -> Person:
    """The same person in another window."""
    other = Person(app)
    other.csrf = person.csrf
    other.client.set_cookie("parvaneh_session", person.client.get_cookie("parvaneh_session").value)
    return other


def test_every_read_works_in_a_transaction_that_cannot_write(applicant, application, staff, task):
    admin, own = staff("admin"), f"/applications/{application['id']}"
    [instance] = admin.get(f"/process-instances?business_key={application['id']}").json["items"]
    [definition, *_] = admin.get("/process-definitions").json["items"]
    reads = [(applicant, own), (applicant, f"{own}/timeline"), (applicant, f"{own}/documents"),
             (applicant, "/applications"), (staff("clerk"), "/applications?text=WAZ"), (staff("clerk"), "/user-tasks"),
             (staff("clerk"), f"/user-tasks/{task['id']}"), (admin, f"/process-definitions/{definition['id']}"),
             (admin, f"/process-definitions/{definition['id']}/xml"), (admin, f"/process-instances/{instance['id']}"),
             (admin, f"/process-instances/{instance['id']}/history"), (admin, "/incidents"),
             (admin, f"/process-instances/{instance['id']}/progress"), (admin, "/demo/clock"),
             (applicant, f"/tracking/{application['tracking_code']}"), (applicant, "/licences/verification/x.y.z")]
    answers = {path: person.get(path).status_code for person, path in reads}
    assert answers == dict.fromkeys(answers, 200)


def test_one_command_sent_four_times_at_once_is_done_once(app, applicant, product):
    windows = [twin(app, applicant) for _ in range(4)]

    def send(window: Person):
        return window.post("/applications", people.APPLICATION, people.FILES, Idempotency_Key="one")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, windows))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    with product.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Application)) == 1


def test_of_four_who_complete_a_task_at_once_one_succeeds(app, staff, task):
    windows = [twin(app, staff("clerk")) for _ in range(4)]

    def complete(window: Person):
        return window.post(f"/user-tasks/{task['id']}/completion", {"complete": True}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = Counter(pool.map(complete, windows))
    assert answers == {200: 1, 409: 3}


def test_failed_tracking_at_the_same_moment_is_counted_each_time(app, application):
    def follow(_: int) -> int:
        return Person(app).get("/tracking/ABCD-EFGH-JKMN-PQRS").status_code

    with ThreadPoolExecutor(4) as pool:
        answers = Counter(pool.map(follow, range(10)))
    assert answers == {404: 10}
    assert Person(app).get("/tracking/ABCD-EFGH-JKMN-PQRS").status_code == 429
