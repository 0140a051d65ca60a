"""Serving: waitress with threads, and the scheduler's thread beside it in the same process."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import waitress

from api.app import MAX_REQUEST_BYTES

if TYPE_CHECKING:
    from flask import Flask

    from api.config import Config
    from workflows.bootstrap import Product

READABLE_REFUSAL_BYTES = 4 * MAX_REQUEST_BYTES
"""Up to here a body that is too large is read (to disk) and thrown away, since a client that is still sending does not
read the answer 413; beyond it the connection is closed."""

log = logging.getLogger(__name__)


class CannotListen(Exception):
    """The address cannot be listened on; the message is one sentence."""


def listen(config: Config) -> socket.socket:
    """Take the address before anything else is done, so that an occupied port is found at once.

    Raises: CannotListen.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise CannotListen(_sentence(config, error)) from None
    return listener


def serve(app: Flask, product: Product, config: Config, listener: socket.socket, *,
          started: Callable[[], None] = lambda: None) -> None:
    """Answer requests and run due jobs until SIGTERM or Ctrl-C; requests under way are finished first."""
    server: Any = waitress.create_server(
        app, sockets=[listener], threads=config.threads, ident=None, clear_untrusted_proxy_headers=False,
        max_request_body_size=READABLE_REFUSAL_BYTES, channel_timeout=60)
    signal.signal(signal.SIGTERM, _stop)
    product.scheduler.start()
    started()
    try:
        server.run()
    finally:
        product.scheduler.stop()
        server.close()


def _stop(_signum: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _sentence(config: Config, error: OSError) -> str:
    where = f"{config.host}:{config.port}"
    if error.errno == errno.EADDRINUSE:
        return (f"Port {config.port} on {config.host} is in use; "
                "choose another with PARVANEH_PORT, --port, or make run PORT=....")
    if error.errno == errno.EACCES:
        return f"This account may not listen on {where}; choose a port above 1023 with PARVANEH_PORT."
    return f"Cannot listen on {where}: {error.strerror or error}."


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
