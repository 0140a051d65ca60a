"""The product as several processes: web processes at one address, and workers that run jobs; as real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from api import cli
from engine.store.session import Database
from tests.api import half_sent
from tests.api.test_stopping import unused_port

ROOT = Path(__file__).resolve().parents[2]
CODE = b'{"mobile": "09141234567"}'
PATIENCE = 60.0


class Installation:
    """One installation, its commands and the processes started of it."""

    def __init__(self, var: Path, url: str | None) -> None:
        self.var, self.url = var, url
        self.port = unused_port()
        self._started: list[subprocess.Popen[str]] = []
        self._settings = {"PARVANEH_VAR": str(var), "PARVANEH_BPMN_DIR": str(ROOT / "bpmn"),
                          "PARVANEH_PORT": str(self.port), "TMPDIR": str(var.parent)}
        if url is not None:
            self._settings["PARVANEH_DATABASE_URL"] = url

    def environment(self, **settings: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PARVANEH_", "PROMETHEUS_"))}
        return {**own, **self._settings, **settings}

    def run(self, *command: str, text: str = "", **settings: str) -> Result:
        """Run a command here, which is quicker than a process."""
        unset = dict.fromkeys(name for name in os.environ if name.startswith(("PARVANEH_", "PROMETHEUS_")))
        return CliRunner().invoke(cli.cli, list(command), input=text, env={**unset, **self._settings, **settings})

    def start(self, *command: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command, and read the line it prints when it is ready."""
        process = subprocess.Popen([sys.executable, "-m", "api", *command], cwd=ROOT, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, env=self.environment(**settings))
        self._started.append(process)
        assert process.stdout is not None
        process.first_line = process.stdout.readline()  # type: ignore[attr-defined]
        return process

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, ""

    def ask_for_a_code(self) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/one-time-codes", data=CODE,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)

    def messages(self) -> int:
        return len(list((self.var / "sms").glob("*"))) if (self.var / "sms").exists() else 0

    def end(self) -> None:
        for process in self._started:
            for child in children(process.pid):
                os.kill(child, signal.SIGKILL)
            process.kill()
            process.communicate()


def children(pid: int) -> list[int]:
    """The processes a process has started and not buried yet."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)


def sample(text: str, name: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


@pytest.fixture
def own_database(postgres_url: str) -> Iterator[str]:
    """The URL of a new and empty database on the test session's server."""
    server, name = Database(postgres_url), f"processes_{time.monotonic_ns()}"
    with server.sqlalchemy_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sa.engine.make_url(postgres_url).set(database=name, drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    with server.sqlalchemy_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    url = None if request.param == "sqlite" else request.getfixturevalue("own_database")
    made = Installation(tmp_path / "var", url)
    done = made.run("init", "--admin", "head", "--password-stdin", text="a long password\n")
    assert done.exit_code == 0, done.output
    yield made
    made.end()


def test_several_processes_answer_at_one_address_as_one_does(installation):
    keeper = installation.start("serve", "--workers", "3")
    assert keeper.first_line == f"Parvaneh serves on http://127.0.0.1:{installation.port} (3 processes)\n"
    until(lambda: installation.get("/readyz")[0] == 200)
    until(lambda: len(children(keeper.pid)) == 3)
    assert {installation.get("/healthz")[0] for _ in range(40)} == {200}
    assert sample(installation.get("/metrics")[1], 'parvaneh_http_requests_total{method="GET",route="/healthz"') == 40
    assert installation.ask_for_a_code() < 300
    until(lambda: sample(installation.get("/metrics")[1], 'parvaneh_jobs_run_total{kind="notification.send"') == 1)
    assert installation.messages() == 1

    killed = children(keeper.pid)[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(children(keeper.pid)) == 3 and killed not in children(keeper.pid))
    assert installation.get("/readyz")[0] == 200
    assert sample(installation.get("/metrics")[1], 'parvaneh_http_requests_total{method="GET",route="/healthz"') == 40

    keeper.send_signal(signal.SIGINT)
    assert keeper.wait(timeout=PATIENCE) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", installation.port), timeout=5)
    assert list(installation.var.parent.glob("parvaneh-metrics-*")) == []


def test_a_stop_that_reaches_every_process_twice_still_answers_what_has_begun(installation):
    keeper = installation.start("serve", "--workers", "2")
    until(lambda: installation.get("/readyz")[0] == 200)
    with half_sent.request(installation.port) as client:
        for pid in [*children(keeper.pid), keeper.pid]:  # as systemd does; the keeper sends its own besides
            os.kill(pid, signal.SIGTERM)
        time.sleep(1.5)
        assert keeper.poll() is None
        half_sent.assert_refuses_others(installation.port)
        answer = half_sent.end(client)
    assert answer.startswith(b"HTTP/1.1 2"), answer[:200]
    assert keeper.wait(timeout=PATIENCE) == 0


def test_web_processes_do_not_outlive_the_one_that_keeps_them(installation):
    keeper = installation.start("serve", "--workers", "2")
    until(lambda: installation.get("/readyz")[0] == 200)
    until(lambda: len(children(keeper.pid)) == 2)
    left = children(keeper.pid)
    keeper.kill()
    keeper.wait()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


@pytest.fixture
def office(tmp_path: Path, own_database: str) -> Iterator[Installation]:
    """An installation on PostgreSQL whose jobs are run by workers."""
    made = Installation(tmp_path / "var", own_database)
    made._settings["PARVANEH_TRANSPORT"] = "procrastinate"
    done = made.run("init", "--admin", "head", "--password-stdin", text="a long password\n")
    assert done.exit_code == 0, done.output
    yield made
    made.end()


def transport_finding(office: Installation, **settings: str) -> dict[str, str]:
    findings = json.loads(office.run("doctor", "--json", **settings).stdout)["findings"]
    [found] = [one for one in findings if one["check"] == "transport"]
    return dict(found)


def test_web_processes_announce_and_workers_run(office):
    office.start("serve", "--workers", "2")
    until(lambda: office.get("/readyz")[0] == 200)
    assert office.ask_for_a_code() < 300
    text = office.get("/metrics")[1]
    assert sample(text, 'parvaneh_transport_jobs{state="announced"}') >= 1
    assert sample(text, "parvaneh_workers ") == 0
    found = transport_finding(office)
    assert (found["level"], found["mend"]) == ("FAIL", "start `parvaneh worker`, and look at its log")
    assert office.messages() == 0

    worker = office.start("worker", "--threads", "2")
    assert worker.first_line == f"Parvaneh runs due jobs (procrastinate, process {worker.pid})\n"
    until(lambda: office.messages() == 1)
    assert transport_finding(office)["level"] == "OK"
    assert office.ask_for_a_code() < 300
    asked = time.monotonic()
    until(lambda: office.messages() == 2)
    assert time.monotonic() - asked < 5
    refused = office.run("migrate", "--remove-queue", PARVANEH_TRANSPORT="embedded")
    assert (refused.exit_code, "A worker is alive" in refused.output) == (1, True)

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE) == 0
    assert transport_finding(office)["level"] == "FAIL"


def test_the_embedded_transport_takes_over_and_the_queue_is_removed(office):
    web = office.start("serve")
    until(lambda: office.get("/readyz")[0] == 200)
    assert office.ask_for_a_code() < 300
    web.send_signal(signal.SIGTERM)
    assert web.wait(timeout=PATIENCE) == 0
    refused = office.run("migrate", "--remove-queue")
    assert "PARVANEH_TRANSPORT is procrastinate" in refused.output
    embedded = {"PARVANEH_TRANSPORT": "embedded"}
    assert transport_finding(office, **embedded)["level"] == "OK"
    done = office.run("migrate", "--remove-queue", **embedded)
    assert done.exit_code == 0, done.output
    office.start("worker", **embedded)
    until(lambda: office.messages() == 1)


def test_a_worker_starts_only_where_its_tables_are(office):
    embedded = {"PARVANEH_TRANSPORT": "embedded"}
    assert office.run("migrate", "--remove-queue", **embedded).exit_code == 0
    refused = office.run("worker")
    assert refused.exit_code == 1
    assert "parvaneh migrate" in refused.output
    assert transport_finding(office)["mend"].endswith("run `parvaneh migrate`")
    assert office.run("migrate").exit_code == 0
    worker = office.start("worker")
    assert worker.first_line.startswith("Parvaneh runs due jobs")
