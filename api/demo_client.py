"""A small HTTP client for the demonstration: one signed-in person, JSON and files, refusals as exceptions."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

API = "/api/v1"


class Refused(Exception):
    """The server refused a request; the message says what it answered."""

    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        self.status = status
        super().__init__(f"{method} {path} was answered with {status}: {body}")


class Person:
    """Someone with a browser: keeps cookies and the CSRF token, names every command by an idempotency key."""

    def __init__(self, base: str, name: str) -> None:
        self.base = base
        self.name = name
        self._csrf = ""
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                   urllib.request.HTTPCookieProcessor(CookieJar()))

    def sign_in(self, **credentials: str) -> None:
        """Open a session by `username` and `password`, or by `mobile` and `code`."""
        self._csrf = self.post("/sessions", credentials)["csrf_token"]

    def get(self, path: str) -> Any:
        """Read JSON from the API."""
        return json.loads(self.send("GET", API + path)[0])

    def download(self, path: str) -> tuple[bytes, str]:
        """Read bytes from any address: content and media type."""
        return self.send("GET", path)

    def post(self, path: str, data: Any = None, files: Mapping[str, Path] | None = None) -> Any:
        """Send a command; with files as multipart, else as JSON."""
        return self._command("POST", path, data, files)

    def put(self, path: str, data: Any = None) -> Any:
        """Set something."""
        return self._command("PUT", path, data, None)

    def send(self, method: str, path: str, body: bytes | None = None,
             headers: Mapping[str, str] | None = None) -> tuple[bytes, str]:
        """Send one request. Raises: Refused for an answer of 400 and above."""
        request = urllib.request.Request(self.base + path, data=body, method=method,  # noqa: S310 - our own server
                                         headers={"Accept-Language": "en", **(headers or {})})
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.read(), answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            raise Refused(method, path, error.code, error.read().decode(errors="replace")) from None

    def _command(self, method: str, path: str, data: Any, files: Mapping[str, Path] | None) -> Any:
        headers = {"X-CSRF-Token": self._csrf} if self._csrf else {}
        if self._csrf:
            headers["Idempotency-Key"] = uuid4().hex
        if files:
            boundary, body = _multipart(data, files)
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        else:
            body = json.dumps(data if data is not None else {}).encode()
            headers["Content-Type"] = "application/json"
        answer, _ = self.send(method, API + path, body, headers)
        return json.loads(answer) if answer else None


def _multipart(data: Any, files: Mapping[str, Path]) -> tuple[str, bytes]:
    parts: MultiDict[str, Any] = MultiDict([("data", json.dumps(data))])
    for field, path in files.items():
        parts.add(field, FileStorage(BytesIO(path.read_bytes()), filename=path.name))
    return encode_multipart(parts)
