"""Fixtures: the whole product on SQLite with demonstration accounts, and its application."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from api.app import create_app
from api.config import Config
from tests.api import people
from tests.api.people import Person
from tests.passwords import quick_passwords  # noqa: F401 - for every test here
from workflows import bootstrap
from workflows.bootstrap import Product

BPMN = Path(__file__).resolve().parents[2] / "bpmn"


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys and a database in which everything shipped is deployed; tests work on copies."""
    folder = tmp_path_factory.mktemp("seeded")
    product = build(folder)
    bootstrap.migrate(f"sqlite:///{folder / 'parvaneh.sqlite'}")
    with product.database.begin() as session:
        bootstrap.seed_demo(product, session)
        bootstrap.deploy_shipped(product, session)
    product.database.dispose()
    return folder


@pytest.fixture
def var(seeded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeded, tmp_path / "var"))


@pytest.fixture
def product(var: Path) -> Iterator[Product]:
    product = build(var)
    yield product
    product.database.dispose()


@pytest.fixture
def app(product: Product, var: Path) -> Flask:
    return create_app(product, Config(database_url="", var=var, demo=True, public_url="http://localhost"))


@pytest.fixture
def visitor(app: Flask) -> Person:
    return Person(app)


@pytest.fixture
def staff(app: Flask):
    """Sign in a demonstration account by its name, once a test."""
    signed_in: dict[str, Person] = {}

    def sign_in(username: str) -> Person:
        if username not in signed_in:
            signed_in[username] = Person(app).sign_in(username=username, password=people.PASSWORD)
        return signed_in[username]

    return sign_in


@pytest.fixture
def applicant(app: Flask, product: Product, var: Path) -> Person:
    """An applicant who has just signed in by one-time code."""
    person = Person(app)
    person.post("/one-time-codes", {"mobile": people.MOBILE})
    product.scheduler.tick()
    return person.sign_in(mobile=people.MOBILE, code=people.newest_code(var))


@pytest.fixture
def application(applicant: Person) -> dict[str, str]:
    """The receipt of an application that meets every condition and waits for the clerk."""
    answer = applicant.post("/applications", people.APPLICATION, people.FILES)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


@pytest.fixture
def task(staff, application: dict[str, str]) -> dict[str, str]:
    """The clerk's task of that application, as the clerk's list shows it."""
    [task] = staff("clerk").get(f"/user-tasks?application_id={application['id']}").json["items"]
    return dict(task)


def build(var: Path) -> Product:
    return bootstrap.build(url=f"sqlite:///{var / 'parvaneh.sqlite'}", var=var, public_url="http://localhost",
                           bpmn=BPMN, demo=True)
