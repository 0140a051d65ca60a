"""A request of which half has been sent: what a server that is asked to stop still has to answer."""

import socket
import time
import urllib.request

import pytest

_BODY = b'{"mobile": "09141234567"}'


def request(port: int) -> socket.socket:
    """Begin to ask for a one-time code, and give the server a moment to begin reading."""
    head = (f"POST /api/v1/one-time-codes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Connection: close\r\nContent-Length: {len(_BODY)}\r\n\r\n").encode()
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(head + _BODY[:9])
    time.sleep(0.5)
    return client


def end(client: socket.socket) -> bytes:
    """Send the other half; the whole answer."""
    client.sendall(_BODY[9:])
    answer = b""
    while part := client.recv(65536):
        answer += part
    return answer


def assert_refuses_others(port: int) -> None:
    """No new connection is taken."""
    with pytest.raises(OSError, match=r"refused|reset"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
