"""The product's server as an office runs it, a bare Flask route beside it, and clients that use either."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import Engine, Handlers, values
from engine.clock import SystemClock
from engine.store import tables
from engine.store.session import Database
from tests.bench import permit
from workflows import accounts, bootstrap

CLERK, PASSWORD, COUNTY = "bench-clerk", "bench-password", "urmia"
ROOT = Path(__file__).resolve().parents[2]
FORM = {
    "id": "form", "type": "default", "schemaVersion": 18, "components": [
        {"type": "select", "key": "opinion", "id": "f1", "label": "نظر", "validate": {"required": True},
         "values": [{"label": "مناسب", "value": "SUITABLE"}, {"label": "نامناسب", "value": "UNSUITABLE"}]},
        {"type": "number", "key": "area", "id": "f2", "label": "مساحت", "validate": {"required": True, "min": 1,
                                                                                 "max": 900}},
        {"type": "checkbox", "key": "seen", "id": "f3", "label": "دیده شد"},
        {"type": "textfield", "key": "note", "id": "f4", "label": "توضیح", "validate": {"maxLength": 400}},
        {"type": "textfield", "key": "reason", "id": "f5", "label": "دلیل", "validate": {"maxLength": 400},
         "conditional": {"hide": '=opinion != "UNSUITABLE"'}},
    ]}
GRADE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:bench">
<decision id="grade" name="grade"><variable name="grade"/><literalExpression id="e">
<text>if area &lt; 20 then "SMALL" else "LARGE"</text></literalExpression></decision></definitions>"""
"""A table of the product says how well each of its rules is founded; this one has none."""
ANSWER = {"opinion": "SUITABLE", "area": 64, "seen": True, "note": "everything was found in order"}


class Office:
    """A new installation with a clerk and with instances of the process that is measured."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        folder.mkdir(parents=True)
        bootstrap.migrate(url)
        product = bootstrap.build(url=url, var=folder, public_url="http://127.0.0.1", bpmn=ROOT / "bpmn")
        with product.database.begin() as session:
            bootstrap.seed_province(product, session)
            accounts.create_staff(session, username=CLERK, password=PASSWORD, name="Clerk", roles=(("CLERK", COUNTY),))
            files = {**permit.bundle(), "forms/form.form": json.dumps(FORM).encode(), "decisions/grade.dmn": GRADE}
            product.engine.deploy(session, resources=files, actor=values.SYSTEM)
        product.database.dispose()
        self._database = Database(url)
        self._engine = Engine(clock=SystemClock(), handlers=Handlers())

    def start(self, count: int) -> None:
        """Start so many instances."""
        for first in range(0, count, 500):
            with self._database.begin() as session:
                for _ in range(min(500, count - first)):
                    self._engine.start(session, key=permit.KEY, variables=permit.FACTS, business_key=values.new_id(),
                                       scope=COUNTY, actor=values.SYSTEM)

    def open_tasks(self, limit: int) -> list[str]:
        """Ids of open user tasks, at most one of each instance."""
        task = tables.user_task
        found = select(task.c.instance_id, task.c.id).where(task.c.ended_at.is_(None)).limit(2 * limit)
        with self._database.read() as session:
            return list({row.instance_id: row.id for row in session.execute(found)}.values())[:limit]

    def close(self) -> None:
        """Let the database go."""
        self._database.dispose()

    @contextmanager
    def served(self) -> Iterator[tuple[int, int]]:
        """`parvaneh serve` on a free port: the port, and the id of the process."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARVANEH_")}
        settings = {"PARVANEH_VAR": str(self.folder), "PARVANEH_DATABASE_URL": self.url}
        with _process([sys.executable, "-m", "api", "serve"], {**kept, **settings}, self.folder) as found:
            yield found


@contextmanager
def bare(folder: Path) -> Iterator[tuple[int, int]]:
    """A server with nothing but a Flask route that writes one row durably: the port, and the id of the process."""
    folder.mkdir(parents=True)
    with _process([sys.executable, "-m", "tests.bench.bare", str(folder)], dict(os.environ), folder) as found:
        yield found


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(port)], env=dict(environment), cwd=ROOT, stdout=log,
                                   stderr=subprocess.STDOUT)
    try:
        _until_listening(port, process, folder)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_listening(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((folder / "server.log").read_text(errors="replace")[-2000:])
        time.sleep(0.1)


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Content-Type": "application/json", "Accept-Language": "en"}

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def sign_in(self) -> Client:
        """Open a session as the clerk."""
        status, headers, body = self.post("/api/v1/sessions", {"username": CLERK, "password": PASSWORD})
        assert status == 201, (status, body)
        self._headers["Cookie"] = str(headers["Set-Cookie"]).split(";")[0]
        self._headers["X-CSRF-Token"] = json.loads(body)["csrf_token"]
        return self

    def post(self, path: str, data: Any) -> tuple[int, Any, bytes]:
        """Status, headers and body of the answer."""
        self._connection.request("POST", path, json.dumps(data), self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def complete(self, task_id: str) -> None:
        """Complete a user task with its form."""
        status, _, body = self.post(f"/api/v1/user-tasks/{task_id}/completion", ANSWER)
        assert status == 200, (status, body[:400])

    def write(self, _: str) -> None:
        """Have the bare route write a row."""
        status, _headers, body = self.post("/rows", ANSWER)
        assert status == 201, (status, body[:400])


def load(clients: Sequence[Client], items: Sequence[str],
         act: Callable[[Client, str], None]) -> tuple[float, list[float]]:
    """All clients at once work the items off: seconds in all, and of each."""
    waiting, taken, faults = list(reversed(items)), list[float](), list[Exception]()
    gate = threading.Barrier(len(clients) + 1)

    def work(client: Client) -> None:
        gate.wait()
        while waiting and not faults:
            try:
                item = waiting.pop()
            except IndexError:
                return
            begin = time.perf_counter()
            try:
                act(client, item)
            except (AssertionError, OSError) as fault:
                faults.append(fault)
            taken.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    gate.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(f"a client was refused: {faults[0]}")
    return time.perf_counter() - begin, taken
