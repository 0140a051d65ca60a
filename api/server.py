"""Serving: waitress with threads and, where the transport wants it, due jobs beside it in the same process."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import waitress
from waitress import wasyncore

from api import context
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
          started: Callable[[], None] = lambda: None, beat: Callable[[], None] = lambda: None,
          on_second: signal.Handlers = signal.SIG_DFL, jobs: bool = False) -> None:
    """Answer requests until SIGTERM or Ctrl-C, then stop in order. Runs due jobs where the transport or `jobs` says so.

    `beat` is called at least once a second. The same signal again does `on_second`, which is to end at once.

    No connection is taken any more and no job is begun; jobs claimed beside the one under way are given back. Requests
    under way, also those still arriving, are answered and the job under way ends, both within
    `config.stop_seconds`. What takes longer is broken off: nothing of it is committed, and a job's lease runs out.
    """
    server: Any = waitress.create_server(
        app, sockets=[listener], threads=config.threads, ident=None, clear_untrusted_proxy_headers=False,
        max_request_body_size=READABLE_REFUSAL_BYTES, channel_timeout=60)
    stopping = context.stopping(app)

    def stop(signum: int, _frame: FrameType | None) -> None:
        signal.signal(signum, on_second)
        stopping.set()
        server.pull_trigger()

    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(signum, stop)
    if jobs or product.scheduler.in_web:
        product.scheduler.start()
    try:
        started()
        while not stopping.is_set():
            _turn(server)
            beat()
    finally:
        product.scheduler.stop(timeout=0)  # begins no further job; the wait for the one under way comes last
    deadline = time.monotonic() + config.stop_seconds
    log.info("stopping: finishing what is under way, for at most %d seconds", config.stop_seconds)
    answered = _drain(server, deadline)
    ended = product.scheduler.stop(timeout=deadline - time.monotonic())
    server.task_dispatcher.shutdown(timeout=1)
    server.close()
    if not (answered and ended):
        break_off("a request" if not answered else "a job")


def work(product: Product, config: Config, *, started: Callable[[], None] = lambda: None) -> None:
    """Run due jobs, and answer no requests, until SIGTERM or Ctrl-C; stops as `serve` does."""
    stopping = threading.Event()

    def stop(signum: int, _frame: FrameType | None) -> None:
        signal.signal(signum, signal.SIG_DFL)  # the same again ends at once
        stopping.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    product.scheduler.start()
    started()
    stopping.wait()
    log.info("stopping: finishing what is under way, for at most %d seconds", config.stop_seconds)
    if not product.scheduler.stop(timeout=config.stop_seconds):
        break_off("a job")


def break_off(what: str) -> None:
    """End with what is still under way; an orderly exit would wait for the thread that does not end."""
    log.warning("stopped with %s under way", what)
    logging.shutdown()
    os._exit(1)


def _drain(server: Any, deadline: float) -> bool:
    """Take no more connections and answer what has begun; False when a request is being worked on even then."""
    server.accepting = False
    server.del_channel()
    server.socket.close()
    while _busy(server) and time.monotonic() < deadline:
        _turn(server, 0.2)
    return not any(channel.requests for channel in list(server.active_channels.values()))


def _busy(server: Any) -> bool:
    """Whether any connection has a request being received or answered, or an answer not sent yet."""
    return any(channel.requests or channel.request is not None or channel.total_outbufs_len
               for channel in list(server.active_channels.values()))


def _turn(server: Any, timeout: float = 1.0) -> None:
    """One turn of the server's loop."""
    wasyncore.loop(timeout=timeout, map=server._map, count=1, use_poll=server.adj.asyncore_use_poll)


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
