"""A process that is told to stop finishes what it has begun and gives back what it has not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store.session import Database
from tests.api import half_sent
from workflows import bootstrap

ROOT = Path(__file__).resolve().parents[2]

# The product as `parvaneh serve` composes it, but its provider of messages is slow and says when it is called.
SLOW = """
import sys, time
from pathlib import Path
from api import server
from api.app import create_app
from api.config import Config
from workflows import bootstrap
from workflows.outbox import Receipt

var, port, seconds, patience = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])

class Slow:
    def send(self, message):
        print("sending", flush=True)
        time.sleep(seconds)
        return Receipt(reference="x", delivered=True)

config = Config(database_url=f"sqlite:///{var / 'parvaneh.sqlite'}", var=var, port=port, stop_seconds=patience)
product = bootstrap.build(url=config.database_url, var=var, public_url="http://localhost", bpmn=config.bpmn,
                          transport=Slow())
with server.listen(config) as listener:
    server.serve(create_app(product, config), product, config, listener, started=lambda: print("ready", flush=True))
"""


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(var):
    """Start a server whose messages take some seconds to send; it is stopped in any case."""
    started: list[subprocess.Popen[str]] = []

    def run(seconds: float = 0.0, patience: int = 20) -> tuple[subprocess.Popen[str], int]:
        port = unused_port()
        process = subprocess.Popen([sys.executable, "-c", SLOW, str(var), str(port), str(seconds), str(patience)],
                                   cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "PYTHONPATH": str(ROOT)})
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process, port

    yield run
    for process in started:
        process.kill()
        process.communicate()


def enqueue_messages(var: Path, count: int) -> None:
    product = bootstrap.build(url=f"sqlite:///{var / 'parvaneh.sqlite'}", var=var, public_url="http://localhost",
                              bpmn=ROOT / "bpmn")
    from workflows import notifications
    with product.database.begin() as session:
        for number in range(count):
            notifications.send(session, product=product, kind="code", mobile=f"0914000000{number}", language="en",
                               facts={"code": "123456"})
    product.database.dispose()


def jobs(var: Path) -> list[tuple[str, int, str | None]]:
    database = Database(f"sqlite:///{var / 'parvaneh.sqlite'}")
    with database.read() as session:
        rows = session.execute(sa.text("SELECT state, attempts, lock_owner FROM job WHERE kind = 'notification.send' "
                                       "ORDER BY due_at, id")).all()
    database.dispose()
    return [(row.state, row.attempts, None if row.state == "DONE" else row.lock_owner) for row in rows]


def test_a_request_still_arriving_when_the_stop_comes_is_answered_and_no_other_is_taken(start):
    process, port = start()
    with half_sent.request(port) as client:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.7)
        assert process.poll() is None
        half_sent.assert_refuses_others(port)
        answer = half_sent.end(client)
    assert answer.startswith(b"HTTP/1.1 2"), answer[:200]
    assert process.wait(timeout=20) == 0


def test_a_job_under_way_ends_and_what_was_claimed_beside_it_is_given_back(start, var):
    enqueue_messages(var, 4)
    process, _ = start(seconds=1.5)
    assert process.stdout.readline() == "sending\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert jobs(var) == [("DONE", 1, None), *[("PENDING", 0, None)] * 3]


def test_a_job_that_does_not_end_is_left_to_its_lease(start, var):
    enqueue_messages(var, 2)
    process, _ = start(seconds=60, patience=1)
    assert process.stdout.readline() == "sending\n"
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 1
    assert time.monotonic() - asked < 10
    assert [(state, attempts) for state, attempts, _ in jobs(var)] == [("LEASED", 1), ("LEASED", 1)]
    assert "stopped with a job under way" in process.stderr.read()


def test_an_idle_connection_holds_no_stop_up(start):
    process, port = start()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - asked < 5
