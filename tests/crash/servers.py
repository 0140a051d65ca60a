"""Server processes of the product that are killed and started again at the same address."""

from __future__ import annotations

import logging
import multiprocessing
import random
import socket
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from api import server
from api.app import create_app
from tests.crash import office

PATIENCE = 60.0
"""Seconds a server may take until it listens."""

# The fork server has imported the product once; each new process is a fork of it that has opened nothing.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.crash.servers"])


def serve(url: str, folder: str, port: int) -> None:
    """What one server process does until it is killed."""
    logging.basicConfig(filename=Path(folder) / f"server-{port}.log", level=logging.WARNING,
                        format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    config = office.config(url, Path(folder), port)
    product = office.build(url, Path(folder))
    with server.listen(config) as listener:
        server.serve(create_app(product, config), product, config, listener)


@dataclass
class _Slot:
    port: int
    process: BaseProcess


class Servers:
    """This many servers of one database; a context that kills all of them at its end."""

    def __init__(self, url: str, folder: Path, count: int) -> None:
        self._url, self._folder = url, str(folder)
        self._slots = [_Slot(port=port, process=self._start(port))
                       for port in (server.free_port() for _ in range(count))]

    def __enter__(self) -> Servers:
        deadline = time.monotonic() + PATIENCE
        while not all(_listens(slot.port) for slot in self._slots):
            if time.monotonic() > deadline:
                self.__exit__()
                raise TimeoutError(f"a server does not listen; see the logs in {self._folder}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        for slot in self._slots:
            slot.process.kill()
            slot.process.join()

    @property
    def ports(self) -> list[int]:
        """Where they listen, those included that are starting again."""
        return [slot.port for slot in self._slots]

    @property
    def pids(self) -> list[int | None]:
        """The processes at work now."""
        return [slot.process.pid for slot in self._slots]

    def kill(self, chance: random.Random) -> None:
        """SIGKILL to one that is at work, and a new process at its address."""
        deadline = time.monotonic() + PATIENCE
        while not (working := [slot for slot in self._slots if _listens(slot.port)]):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no server listens any more; see the logs in {self._folder}")
            time.sleep(0.02)
        slot = chance.choice(working)
        slot.process.kill()
        slot.process.join()
        slot.process = self._start(slot.port)

    def _start(self, port: int) -> BaseProcess:
        process = _processes.Process(target=serve, args=(self._url, self._folder, port), daemon=True)
        process.start()
        return process


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
