"""A stand-in for an outside register: a local server that answers as told and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from workflows.inquiry_adapters import HttpAdapter

KEY = "k" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def question(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    length: int | None = None
    """The length that is told, where it is not the body's."""


def answered(question: Mapping[str, Any], **changes: Any) -> Reply:
    """An answer by the contract, changed."""
    value = {"question_id": question["question_id"], "kind": question["kind"], "status": "ANSWERED",
             "answer": "CLEAN", "reference": "ث/۱۲۳", "answered_on": "2026-04-04", **changes}
    return Reply(body=json.dumps({name: one for name, one in value.items() if one is not ...}).encode())


def pending(question: Mapping[str, Any], **changes: Any) -> Reply:
    """No answer yet."""
    value = {"question_id": question["question_id"], "kind": question["kind"], "status": "PENDING", **changes}
    return Reply(status=202, body=json.dumps(value).encode())


class Register:
    """The server; `reply` decides on each request."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.reply: Callable[[Sent], Reply] = lambda sent: answered(sent.question)
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                sent = Sent(path=self.path, headers=dict(self.headers), body=body)
                register.sent.append(sent)
                reply = register.reply(sent)
                try:
                    self.send_response(reply.status)
                    for name, value in (reply.headers or {"Content-Type": "application/json"}).items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
                    self.end_headers()
                    self.wfile.write(reply.body)
                except ConnectionError:
                    return  # who asked went away, as the test means it to

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/ask"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def adapter(self, kind: str, **changes: Any) -> HttpAdapter:
        return HttpAdapter(kind, **{"url": self.url, "key": KEY, "token": "t-1", "timeout_s": 5, **changes})


@contextmanager
def running() -> Iterator[Register]:
    """One that stands until the end of a test."""
    register = Register()
    try:
        yield register
    finally:
        register.stop()
