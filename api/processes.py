"""Several web processes at one address: gunicorn keeps them, and each serves as a single one does (`api.server`)."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from prometheus_client import multiprocess

from api import context, metrics, server
from api.app import create_app

if TYPE_CHECKING:
    from api.config import Config
    from workflows.bootstrap import Product

Compose = Callable[[], AbstractContextManager["Product"]]

_GRACE_SECONDS = 10
"""What a process has beyond `stop_seconds` until it is killed; and how long one may hang before it is replaced."""


def serve(count: int, compose: Compose, config: Config, listener: socket.socket, *,
          started: Callable[[], None] = lambda: None) -> None:
    """Keep `count` processes that each compose the product and answer at `listener`, until SIGTERM or Ctrl-C.

    One that dies or hangs is replaced. A stop reaches all of them, and each ends in order as `server.serve` does.
    Their counters are shared in files, so that any of them answers for all at `/metrics`.

    Raises: SystemExit, with 0 after a stop and another code when the processes cannot start.
    """
    with _counters(config.counters) as folder:
        metrics.share(folder)
        address = os.dup(listener.fileno())
        listener.close()  # or a stop would leave an address at which nobody answers
        Arbiter(_Processes(compose, config, {
            "bind": f"fd://{address}", "workers": count, "worker_class": _Process, "logger_class": _Log,
            "timeout": config.stop_seconds + _GRACE_SECONDS, "graceful_timeout": config.stop_seconds + _GRACE_SECONDS,
            "proc_name": "parvaneh", "control_socket_disable": True,
            "when_ready": lambda _arbiter: started(),
            "child_exit": lambda _arbiter, worker: multiprocess.mark_process_dead(  # type: ignore[no-untyped-call]
                worker.pid, str(folder)),
        })).run()


@contextmanager
def _counters(named: Path | None) -> Iterator[Path]:
    """The folder of shared counters: the one an operator names, who empties it, or one of this run."""
    if named is not None:
        yield named
        return
    folder, keeper = Path(tempfile.mkdtemp(prefix="parvaneh-metrics-")), os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == keeper:  # the processes that were forked leave this block too
            shutil.rmtree(folder, ignore_errors=True)


class _Processes(BaseApplication):  # type: ignore[misc]
    """What gunicorn asks for its settings; it reads none from files, arguments or the environment."""

    def __init__(self, compose: Compose, config: Config, settings: dict[str, Any]) -> None:
        self.compose, self.config, self._settings = compose, config, settings
        super().__init__()

    def load_config(self) -> None:
        """Hand the settings over."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> None:
        """Each process composes the product for itself, once it exists."""


class _Process(Worker):  # type: ignore[misc]
    """One web process."""

    def run(self) -> None:
        """Serve until told to stop, or until the process that keeps this one is gone."""
        with self.app.compose() as product:
            self._web = create_app(product, self.app.config)
            # systemd and the keeper both send SIGTERM: the second one means nothing, the keeper watches the time.
            server.serve(self._web, product, self.app.config, self.sockets[0].sock, beat=self._beat,
                         on_second=signal.SIG_IGN)

    def _beat(self) -> None:
        self.notify()
        if os.getppid() != self.ppid:
            context.stopping(self._web).set()


class _Log(Logger):  # type: ignore[misc]
    """gunicorn's own words, in the product's log and its format."""

    def setup(self, cfg: Any) -> None:
        """Leave handlers and format to the root logger."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
