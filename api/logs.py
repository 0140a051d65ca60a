"""Logs: sentences for people or JSON lines for programs, the request's id in each, and no personal data in any.

Addresses, parameters and messages of foreign exceptions may quote a mobile number, a name, a code or a token. So a
request is logged by the rule of its route, and an exception by its type and place; its text is left out.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from flask import Flask, Response, g, request

from engine.values import new_id

Format = Literal["text", "json"]
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

REQUEST_ID_HEADER = "X-Request-ID"

log = logging.getLogger("api.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_OWN = ("engine", "workflows", "api")
_current: ContextVar[str | None] = ContextVar("parvaneh_request_id", default=None)


def configure(how: Format, *, verbose: bool) -> None:
    """Write to standard error. `text` tells of what is wrong, with `verbose` of requests too; `json` always does."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if how == "json" else Sentences())
    handler.addFilter(_without_addresses)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in _OWN:
        logging.getLogger(name).setLevel(logging.INFO if verbose or how == "json" else logging.WARNING)


def install(app: Flask) -> None:
    """Give every request an id (its own, when `X-Request-ID` holds a proper one), and log its end."""
    app.after_request(_answered)


def begin() -> None:
    """A request begins: take over or make its id, and note the time."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
    g.request_began = time.perf_counter()
    _current.set(g.request_id)


def route() -> str:
    """The rule of the route that was matched, such as `/track/<code>`; never the address itself."""
    return request.url_rule.rule if request.url_rule is not None else "(none)"


def ended(response: Response) -> float:
    """The request has been answered, in so many seconds. Those who ask every few seconds are told of when refused."""
    seconds: float = time.perf_counter() - g.request_began
    if response.status_code >= 400 or not (request.endpoint or "").startswith("probes."):
        log.info("%s %s %d", request.method, route(), response.status_code, extra={"facts": {
            "method": request.method, "route": route(), "status": response.status_code,
            "ms": round(seconds * 1000, 1)}})
    _current.set(None)
    return seconds


class Sentences(logging.Formatter):
    """One line a record for people, with the places of an exception below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        # The library keeps an exception's text in its record: another's is not taken over, nor ours left behind.
        others, record.exc_text = record.exc_text, None
        try:
            text, current = super().format(record), _current.get()
        finally:
            record.exc_text = others
        return f"{text} [{current}]" if current else text

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - the name logging calls
        return "\n".join(f"  {line}" for line in places(ei[1]))


class JsonLines(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `message`, `request_id`, facts of the record, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if (current := _current.get()) is not None:
            told["request_id"] = current
        told.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[1] is not None:
            told["exception"] = places(record.exc_info[1])
        return json.dumps(told, ensure_ascii=False)


def places(error: BaseException | None) -> list[str]:
    """An exception and what led to it, by type and place, without their texts."""
    lines: list[str] = []
    while error is not None and len(lines) < 200:
        code = getattr(getattr(error, "orig", None), "sqlstate", None) or getattr(
            getattr(error, "orig", None), "sqlite_errorname", None)
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}" + (f" ({code})" if code else ""))
        lines += [f"at {frame.filename}:{frame.lineno} in {frame.name}"
                  for frame in traceback.extract_tb(error.__traceback__, limit=-20)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines


def _answered(response: Response) -> Response:
    response.headers[REQUEST_ID_HEADER] = g.request_id
    return response


def _without_addresses(record: logging.LogRecord) -> bool:
    """The server's library writes the address of a request into its messages."""
    message = record.getMessage()
    if record.name.startswith("waitress") and " while serving " in message:
        record.msg, record.args = message.partition(" while serving ")[0] + " while serving a request", ()
    return True
