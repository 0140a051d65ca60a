"""Clients that complete tasks over HTTP and write down, durably, what they ask and what they are told.

A client whose answer was lost sends the same command with the same key, to whichever server answers; one command in
five is sent again although it was answered.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash import office

REPLAYS = 0.2
HOT = 0.5
"""How much of the work goes to the first instance alone, so that clients meet at the same task."""
PAUSE = 0.05
"""Seconds after a refused connection."""
TIMEOUT = 45.0
ASKED, ACKED, REFUSED, REPLAYED = "ASKED", "ACKED", "REFUSED", "REPLAYED"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    status: int
    body: bytes
    replayed: bool


@dataclass(frozen=True, slots=True)
class Account:
    """A signed-in session, shared by every client: servers keep sessions in the database."""

    cookie: str
    csrf: str


class Log:
    """A client's log: a line is on the disk before anything follows from it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def write(self, what: str, mark: str, task: str) -> None:
        self._file.write(f"{what} {mark} {task}\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Nothing more will be written."""
        self._file.close()


def read_logs(folder: Path) -> dict[str, dict[str, str]]:
    """What (ASKED, ACKED, …) -> mark -> task, over the logs of all clients."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in (ASKED, ACKED, REFUSED, REPLAYED)}
    for path in folder.glob("client-*.log"):
        for line in path.read_text("utf-8").splitlines():
            kind, mark, task = line.split()
            found[kind][mark] = task
    return found


class Client(threading.Thread):
    """One client, until it is told to stop; the command under way is brought to its answer first."""

    def __init__(self, number: int, *, ports: Sequence[int], account: Account, keys: Sequence[str], folder: Path,
                 seed: int) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self._ports, self._account, self._keys = ports, account, keys
        self._chance = random.Random(f"{seed}:{number}")  # noqa: S311 - chance, not a secret
        self._log = Log(folder / f"client-{number}.log")
        self._connections: dict[int, http.client.HTTPConnection] = {}
        self.stopping = threading.Event()
        self.acked = 0
        self.refused = 0
        self.replayed = 0
        self.unavailable = 0
        self.faults: list[str] = []

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                hot = self._chance.random() < HOT
                tasks = self._open_tasks(self._keys[0] if hot else self._chance.choice(self._keys))
                if tasks:
                    self._complete(self._chance.choice(tasks))
        finally:
            self._log.close()
            for connection in self._connections.values():
                connection.close()

    def _open_tasks(self, key: str) -> list[str]:
        reply = self._send("GET", f"/api/v1/user-tasks?application_id={key}")
        if reply.status != 200:
            self.faults.append(f"reading the tasks gave {reply.status}")
            return []
        return [task["id"] for task in json.loads(reply.body)["items"]]

    def _complete(self, task: str) -> None:
        mark = uuid.UUID(int=self._chance.getrandbits(128)).hex
        self._log.write(ASKED, mark, task)
        reply = self._command(mark, task)
        if reply.status == 409:
            self._log.write(REFUSED, mark, task)
            self.refused += 1
            return
        if reply.status != 200:
            self.faults.append(f"completing gave {reply.status}: {reply.body[:200]!r}")
            return
        self._log.write(ACKED, mark, task)
        self.acked += 1
        if self._chance.random() < REPLAYS:
            again = self._command(mark, task)
            if (again.status, again.body, again.replayed) != (200, reply.body, True):
                self.faults.append(f"the repeated command gave {again.status}: {again.body[:200]!r}")
            self._log.write(REPLAYED, mark, task)
            self.replayed += 1

    def _command(self, mark: str, task: str) -> Reply:
        return self._send("POST", f"/api/v1/user-tasks/{task}/completion", {"mark": mark}, mark)

    def _send(self, method: str, path: str, body: object = None, key: str | None = None) -> Reply:
        """Send until a server answers with more than 503."""
        headers = {"Cookie": self._account.cookie, "X-CSRF-Token": self._account.csrf, "Accept-Language": "en",
                   "Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        content = None if body is None else json.dumps(body)
        while True:
            port = self._chance.choice(self._ports)
            connection = self._connections.setdefault(
                port, http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT))
            try:
                connection.request(method, path, content, headers)
                answer = connection.getresponse()
                reply = Reply(answer.status, answer.read(), answer.headers.get("Idempotency-Replayed") == "true")
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(PAUSE)
                continue
            if reply.status != 503:
                return reply
            self.unavailable += 1
            time.sleep(PAUSE)


@dataclass
class Crowd:
    """Clients at work; a context that lets them finish at its end."""

    ports: Sequence[int]
    keys: Sequence[str]
    folder: Path
    seed: int
    count: int = 8
    clients: list[Client] = field(default_factory=list)

    def __enter__(self) -> Crowd:
        account = sign_in(self.ports[0])
        self.clients = [Client(number, ports=self.ports, account=account, keys=self.keys, folder=self.folder,
                               seed=self.seed) for number in range(self.count)]
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.join(4 * TIMEOUT)
        if stuck := [client.name for client in self.clients if client.is_alive()]:
            raise TimeoutError(f"{', '.join(stuck)} got no answer")

    @property
    def acked(self) -> int:
        """Completions acknowledged so far."""
        return sum(client.acked for client in self.clients)

    @property
    def refused(self) -> int:
        """Commands refused so far: another client had completed the task."""
        return sum(client.refused for client in self.clients)

    @property
    def replayed(self) -> int:
        """Answered commands sent again so far."""
        return sum(client.replayed for client in self.clients)

    @property
    def unavailable(self) -> int:
        """How often a server answered 503 so far."""
        return sum(client.unavailable for client in self.clients)

    @property
    def faults(self) -> list[str]:
        """Answers that no server should have given."""
        return [fault for client in self.clients for fault in client.faults]


def sign_in(port: int) -> Account:
    """A session of the clerk."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    connection.request("POST", "/api/v1/sessions", json.dumps({"username": office.CLERK, "password": office.PASSWORD}),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 201:
        raise RuntimeError(f"signing in gave {answer.status}: {body[:200]!r}")
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    connection.close()
    return Account(cookie="; ".join(cookies), csrf=json.loads(body)["csrf_token"])
