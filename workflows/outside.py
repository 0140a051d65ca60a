"""Calls to programs outside: one POST of JSON, bounded in time and size, that follows no redirect and quotes nothing.

The address comes from a setting, never from a diagram or an answer. Environment proxies are not asked. What went wrong
is told by a fixed word, so that no answer's text, which may hold personal data, reaches a log or an incident.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from engine import errors

MAX_BYTES = 64 * 1024
"""An answer is no longer than this."""
MAX_SECONDS = 30
"""A call may not take longer: the job that makes it holds a lease of a minute."""

REFUSALS = frozenset({400, 410, 413, 422})
"""Statuses that speak of what was sent; every other one may pass, or is mended by an operator."""
SIGNATURE = "Parvaneh-Signature"
SIGNATURE_AGE = timedelta(minutes=5)
_SEAL = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")

TIMEOUT, UNREACHABLE, TLS, REDIRECT, TOO_LARGE, INCOMPLETE, NOT_JSON = (
    "timeout", "unreachable", "tls", "redirect", "too_large", "incomplete", "not_json")


class CallFailed(errors.Unavailable):
    """{who} did not answer as agreed ({fault}); nothing was taken from it."""

    fa = "{who} پاسخی برابر با قرارداد نداد ({fault})؛ چیزی از آن برداشت نشد."


class Refused(CallFailed):
    """{who} refused what was sent ({fault}); sending it again would not help."""

    fa = "{who} آنچه فرستاده شد را نپذیرفت ({fault})؛ دوباره فرستادن آن سودی ندارد."


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to call, and for how long at most."""

    who: str
    """The name it has in messages."""
    url: str
    timeout_s: float = 10


def address_problem(url: str) -> str | None:
    """Why an address cannot be called, in one clause; None when it can.

    It is HTTPS without user information or fragment; plain HTTP is for this machine alone.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not host or port == 0 or not url.isascii() or any(char.isspace() or not char.isprintable() for char in url):
        return "is no address"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "may hold neither user, password nor fragment"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return None
    return "should begin with https:// (http:// only on this machine)"


def post(endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
    """Send `body` and return status (200 to 299) and the JSON value that came back; None where nothing did.

    Raises: Refused for a status that says so; CallFailed for anything else, with the word of what it was: a status, a
    redirect, silence past the time, an answer too large, broken off, or no JSON.
    """
    def failed(fault: str) -> CallFailed:
        return CallFailed(who=endpoint.who, fault=fault)

    parts = urlsplit(endpoint.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, str(parts.hostname), parts.port, endpoint.timeout_s)
    with _deadline(connection, endpoint.timeout_s) as is_over:
        try:
            connection.request("POST", target, body=body, headers={
                **headers, "Content-Type": "application/json", "Accept": "application/json"})
            with connection.getresponse() as response:
                content = response.read(MAX_BYTES + 1)
                whole = response.length in (None, 0) or len(content) > MAX_BYTES
        except ssl.SSLError:
            raise failed(TIMEOUT if is_over() else TLS) from None
        except (http.client.HTTPException, OSError) as error:
            late = is_over() or isinstance(error, TimeoutError)
            broken = isinstance(error, http.client.HTTPException | ConnectionResetError)
            raise failed(TIMEOUT if late else INCOMPLETE if broken else UNREACHABLE) from None
        if is_over():
            raise failed(TIMEOUT)
    if 300 <= response.status < 400:
        raise failed(REDIRECT)
    if response.status in REFUSALS:
        raise Refused(who=endpoint.who, fault=f"status {response.status}")
    if not 200 <= response.status < 300:
        raise failed(f"status {response.status}")
    if len(content) > MAX_BYTES:
        raise failed(TOO_LARGE)
    if not whole:
        raise failed(INCOMPLETE)
    if not content:
        return response.status, None
    try:
        return response.status, parsed(content)
    except ValueError:
        raise failed(NOT_JSON) from None


def seal(key: str, body: bytes, at: datetime) -> str:
    """The value of the signature's header: the second it was made in, and HMAC-SHA256 over `<second>.<body>`."""
    second = int(at.timestamp())
    mac = hmac.new(key.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={second},v1={mac}"


def is_sealed(key: str, body: bytes, signature: str, *, now: datetime) -> bool:
    """Whether `signature` is the seal of `body`, no more than five minutes old or ahead."""
    match = _SEAL.fullmatch(signature)
    if match is None or abs(now.timestamp() - int(match[1])) > SIGNATURE_AGE.total_seconds():
        return False
    expected = hmac.new(key.encode(), f"{int(match[1])}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(match[2], expected)


def parsed(content: bytes) -> Any:
    """The JSON value in `content`, strictly: UTF-8, no name twice in an object, no NaN. Raises: ValueError."""
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _connection(scheme: str, host: str, port: int | None, timeout_s: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout_s)


@contextmanager
def _deadline(connection: http.client.HTTPConnection, seconds: float) -> Iterator[Callable[[], bool]]:
    """Break the connection off when the time for the whole call is over: a socket's own limit is for each read."""
    over, connected = threading.Event(), connection.connect
    opened: list[socket.socket] = []  # the connection forgets its socket once the answer's headers were read

    def connect() -> None:
        connected()
        opened.append(connection.sock)

    def end() -> None:
        over.set()
        for each in opened:
            with suppress(OSError):  # it is closed already
                each.shutdown(socket.SHUT_RDWR)

    connection.connect = connect  # type: ignore[method-assign]

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()
        connection.close()
