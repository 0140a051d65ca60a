"""Logs tell what happened and name nobody: an application is played through, and its personal values looked for."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from api import logs
from api.app import create_app
from api.config import Config
from tests.api import people
from tests.api.conftest import BPMN
from tests.api.people import Person
from workflows import bootstrap

NAMES_NOBODY = {"LEGAL", "IR", "FEMALE", "MASTER", "OWN", "urmia", "64"}
"""Values of the form that thousands share, and that words of the log may contain."""


class Written(io.StringIO):
    """What went to standard error."""

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    stream = Written()
    monkeypatch.setattr(sys, "stderr", stream)
    before = logging.root.handlers[:], logging.root.level
    logs.configure("json", verbose=True)
    logging.root.setLevel(logging.DEBUG)  # more than anybody would ask for
    yield stream
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)
    for name in ("engine", "workflows", "api"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture
def product(var):
    """Outside the demonstration: there the texts of messages stand in the log on purpose."""
    product = bootstrap.build(url=f"sqlite:///{var / 'parvaneh.sqlite'}", var=var, public_url="http://localhost",
                              bpmn=BPMN)
    yield product
    product.database.dispose()


@pytest.fixture
def app(product, var):
    return create_app(product, Config(database_url="", var=var, public_url="http://localhost"))


def personal(var, application, *more: str) -> set[str]:
    """Every value that says something of a person, as it was sent or made."""
    told = {str(value) for value in people.APPLICATION.values() if not isinstance(value, bool)}
    messages = " ".join(path.read_text("utf-8") for path in (var / "sms").glob("*.txt"))
    return {value for value in {*told, *more, *re.findall(r"\b\d{6}\b", messages), application["tracking_code"],
                                application["file_number"], people.MOBILE, people.PASSWORD,
                                people.MOBILE.removeprefix("0"), "articles.pdf"}
            if value not in NAMES_NOBODY}


def test_a_whole_application_leaves_no_personal_value_in_the_log(written, app, product, var, applicant, application,
                                                                 staff, task):
    client, code = app.test_client(), application["tracking_code"]
    assert client.get(f"/api/v1/tracking/{code}").status_code == 200
    client.post("/track", data={"code": code})
    client.get(f"/verify/{application['id']}.k.signature-of-somebody")
    client.get(f"/my?mobile={people.MOBILE}&name=سارا")
    client.get(f"/no-such-page/{people.MOBILE}")
    Person(app).post("/sessions", {"mobile": people.MOBILE, "code": "135790"})
    Person(app).post("/sessions", {"username": "clerk", "password": "a wrong secret"})
    applicant.post("/applications", people.APPLICATION, people.FILES)  # refused: there is one for this place
    applicant.post("/applications", {**people.APPLICATION, "ceo_national_id": "1111111111"}, people.FILES)
    staff("clerk").post(f"/user-tasks/{task['id']}/completion", {"complete": False, "missing_codes": ["D06"],
                                                                 "unlocked_fields": ["company_name"],
                                                                 "note": "یادداشت محرمانه"})
    product.scheduler.tick()
    text = written.getvalue()
    assert len(written.lines) > 10
    for value in personal(var, application, "135790", "a wrong secret", "یادداشت محرمانه", "signature-of-somebody"):
        assert value not in text, value


def test_neither_an_outage_nor_a_fault_of_ours_quotes_what_it_worked_with(written, app, product, applicant, var,
                                                                          monkeypatch):
    def fail(*_arguments: object, **_named: object) -> None:
        with product.database.begin() as session:
            session.execute(sa.text("INSERT INTO nothing (x) VALUES (:mobile)"), {"mobile": people.MOBILE})

    def raise_(*_arguments: object, **_named: object) -> None:
        try:
            raise ValueError(f"سارا {people.MOBILE}")
        except ValueError as error:
            raise RuntimeError("کد ملی 0013542419") from error

    from workflows import applications
    for broken in (fail, raise_):
        monkeypatch.setattr(applications, "submit", broken)
        assert applicant.post("/applications", people.APPLICATION, people.FILES).status_code == 500
    told = [line for line in written.lines if line["level"] == "ERROR"]
    assert len(told) == 2
    assert "builtins.RuntimeError" in told[1]["exception"]
    assert "builtins.ValueError" in told[1]["exception"]
    assert any("test_logs.py" in line for line in told[1]["exception"])
    for value in (people.MOBILE, "0013542419", "سارا"):
        assert value not in written.getvalue()


def test_a_request_is_one_line_with_its_route_status_time_and_id(written, app):
    answer = app.test_client().get("/track/ABCD-EFGH-JKMN-PQRS?q=1", headers={"X-Request-ID": "from-the-proxy.1"})
    [line] = [line for line in written.lines if line["logger"] == "api.requests"]
    assert answer.headers["X-Request-ID"] == line["request_id"] == "from-the-proxy.1"
    assert (line["method"], line["status"]) == ("GET", answer.status_code)
    assert line["ms"] > 0
    assert "ABCD" not in json.dumps(line)
    app.test_client().get("/healthz")
    assert len([one for one in written.lines if one["logger"] == "api.requests"]) == 1, "probes come every second"


@pytest.mark.parametrize("given", ["", "short", "with a space in it", "x" * 65, 'a"b"c"d"e"f', "۱۲۳۴۵۶۷۸۹",
                                   "<script>ab"])
def test_an_id_that_is_no_proper_one_is_not_taken_over(app, given):
    answer = app.test_client().get("/healthz", headers={"X-Request-ID": given.encode().decode("latin-1")})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_refusals_and_failures_carry_an_id_too(app):
    ids = {app.test_client().get(path).headers["X-Request-ID"] for path in ("/nothing", "/api/v1/user-tasks", "/")}
    assert len(ids) == 3


def test_text_tells_the_same_in_sentences(written, app, monkeypatch):
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("text", verbose=True)
    app.test_client().get("/nothing", headers={"X-Request-ID": "abcdefgh"})
    assert re.search(r"INFO api.requests: GET \(none\) 404 \[abcdefgh\]$", written.getvalue(), re.MULTILINE)
    logs.configure("text", verbose=False)
    before = written.getvalue()
    app.test_client().get("/nothing")
    assert written.getvalue() == before


def test_addresses_in_messages_of_the_server_are_cut_off(written):
    logging.getLogger("waitress").info("Client disconnected while serving /track/ABCD-EFGH-JKMN-PQRS")
    assert written.lines[-1]["message"] == "Client disconnected while serving a request"


def test_an_exception_that_another_handler_wrote_out_before_is_written_by_its_place_all_the_same():
    try:
        raise ValueError(people.MOBILE)
    except ValueError:
        record = logging.LogRecord("api", logging.ERROR, __file__, 1, "broken", (), sys.exc_info())
    assert people.MOBILE in logging.Formatter().format(record)
    for formatter in (logs.Sentences(), logs.JsonLines()):
        assert people.MOBILE not in formatter.format(record)
        assert "ValueError" in formatter.format(record)
    assert people.MOBILE in logging.Formatter().format(record), "and ours is not left to others"
