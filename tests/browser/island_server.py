"""A small server that shows each island on a page of its own, under the content security policy of the product."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "api" / "web" / "static"
DIAGRAMS = {path.name: path for path in (ROOT / "tests" / "data" / "bpmn" / "sample-permit.bpmn",
                                         *sorted((ROOT / "bpmn" / "processes").glob("*.bpmn")))}
POLICY = ("default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
          "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2",
         ".txt": "text/plain; charset=utf-8"}
PROGRESS = {"active": {"ask_offices": 3, "check_late": 1}, "completed": {"submitted": 1, "check": 1,
            "complete_gateway": 1}, "incidents": ["remind"]}
CHOICES = {"roles": [{"value": "CLERK", "label": "کارشناس"}, {"value": "APPLICANT", "label": "متقاضی"}],
           "forms": ["check-documents", "inquiry"], "handlers": ["licences.register", "notifications.remind"],
           "decisions": ["inquiry-outcome"]}
SPEC = {"openapi": "3.0.3", "info": {"title": "Sample", "version": "1"}, "paths": {
    "/things": {"get": {"summary": "List the things", "responses": {"200": {"description": "The things"}}}}}}
ISLANDS = {
    "viewer": '<h1>Viewer</h1><div data-island="viewer" data-xml-url="/{diagram}" data-progress-url="/progress">'
              "</div>",
    "modeler": '<h1>Modeler</h1><div data-island="modeler" data-xml-url="/{diagram}" data-deploy-url="/deploy" '
               'data-resource="processes/{diagram}" data-base="d-1" data-csrf="secret" '
               'data-definition-url="/definitions/{{id}}" data-refresh="#versions" data-choices="{choices}"></div>'
               '<section id="versions">{deployed} deployed</section>',
    "swap": '<h1>Swap</h1><button hx-get="/fragment" hx-target="#here">Bring it</button><div id="here"></div>',
    "api-docs": '<div data-island="api-docs" data-url="/openapi.json"></div>',
}


@dataclass(kw_only=True)
class IslandServer:
    """Where it listens, what it was sent, and what it answers next."""

    url: str
    deployments: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def serve(port: int = 0) -> Iterator[IslandServer]:
    """Serve on 127.0.0.1 until the block ends."""
    state = IslandServer(url="")

    class Handler(_Handler):
        shared = state

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page(island: str, language: str, diagram: str, deployed: int = 0) -> str:
    """The HTML of the page of one island; `deployed` counts what was sent so far."""
    direction = "rtl" if language == "fa" else "ltr"
    body = ISLANDS[island].format(diagram=diagram, choices=escape(json.dumps(CHOICES)), deployed=deployed)
    head = (f'<meta charset="utf-8"><title>{island}</title><link rel="icon" href="/static/favicon.svg">'
            f'<link rel="stylesheet" href="/static/dist/base-{direction}.css">'
            '<script type="module" src="/static/dist/base.js"></script>')
    return (f'<!doctype html><html lang="{language}" dir="{direction}"><head>{head}</head>'
            f'<body><main class="container-fluid py-3">{body}</main></body></html>')


class _Handler(BaseHTTPRequestHandler):
    shared: IslandServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        name = address.path.strip("/")
        if name in ISLANDS:
            query = dict(parse_qsl(address.query))
            html = page(name, query.get("lang", "fa"), query.get("diagram", "sample-permit.bpmn"),
                        len(self.shared.deployments))
            self._answer(200, "text/html; charset=utf-8", html.encode())
        elif name == "fragment":
            html = ISLANDS["viewer"].format(diagram="sample-permit.bpmn")
            self._answer(200, "text/html; charset=utf-8", html.encode())
        elif name in DIAGRAMS:
            self._answer(200, "application/xml; charset=utf-8", DIAGRAMS[name].read_bytes())
        elif name == "progress":
            self._answer(200, "application/json", json.dumps(PROGRESS).encode())
        elif name == "openapi.json":
            self._answer(200, "application/json", json.dumps(SPEC).encode())
        elif name.startswith("static/") and (path := (STATIC / name.removeprefix("static/")).resolve()).is_file() \
                and path.is_relative_to(STATIC):
            self._answer(200, TYPES[path.suffix], path.read_bytes())
        else:
            self._answer(404, "text/plain", b"not here")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.shared.deployments.append((dict(self.headers), body))
        status, answer = self.shared.answers.pop(0)
        kind = "application/json" if status < 400 else "application/problem+json"
        self._answer(status, kind, json.dumps(answer).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not worth a line each."""
