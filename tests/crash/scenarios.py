"""The scenarios: servers killed at random, and PostgreSQL restarted under load."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.crash import office, stores
from tests.crash.clients import Crowd
from tests.crash.disks import Disk
from tests.crash.servers import Servers
from tests.crash.verdict import Verdict, judge

PROCESSES, INSTANCES = 4, 6
BETWEEN_KILLS = (0.02, 0.6)
"""Seconds from one kill to the next, at random between these; longer where nothing was acknowledged meanwhile."""
BETWEEN_RESTARTS = 3.0
BEFORE_THE_END = 1.0
"""Seconds of undisturbed work at the end, so that replays meet the last process too."""

Progress = Callable[[str], None]


def to_terminal(line: str) -> None:
    """Show progress without disturbing the one line of the result."""
    print(line, file=sys.stderr, flush=True)


def kill_servers(url: str, folder: Path, *, kills: int, seed: int, progress: Progress) -> Verdict:
    """Clients complete tasks at four server processes, which are killed with SIGKILL at random moments."""
    chance = random.Random(seed)  # noqa: S311 - chance, not a secret

    def disturb(servers: Servers, crowd: Crowd) -> None:
        begun = time.monotonic()
        for number in range(1, kills + 1):
            before = crowd.acked
            time.sleep(chance.uniform(*BETWEEN_KILLS))
            _wait_until(lambda before=before: crowd.acked > before, "a command is acknowledged between two kills")
            servers.kill(chance)
            if number % 25 == 0 or number == kills:
                progress(f"  {number} of {kills} kills, {crowd.acked} acknowledged, {crowd.refused} refused, "
                         f"{crowd.replayed} repeated, {time.monotonic() - begun:.0f} s")

    return _under_load(url, folder, seed, disturb)


def restart_postgres(server: stores.Postgres, folder: Path, *, restarts: int, seed: int,
                     progress: Progress) -> Verdict:
    """PostgreSQL is stopped at once and started again, several times, while clients complete tasks."""

    def disturb(_servers: Servers, crowd: Crowd) -> None:
        for number in range(1, restarts + 1):
            time.sleep(BETWEEN_RESTARTS)
            before = crowd.acked
            server.restart()
            progress(f"  restart {number} of {restarts}, {before} acknowledged before it")
            _wait_for_more(crowd)

    return _under_load(server.url, folder, seed, disturb)


def fill_disk(url: str, folder: Path, disk: Disk, *, seed: int) -> tuple[Verdict, int]:
    """The disk of the database fills up under load and is freed again; the verdict, and how often 503 was answered.

    The same processes must go on afterwards.
    """
    refusals: list[int] = []

    def disturb(servers: Servers, crowd: Crowd) -> None:
        _wait_for_more(crowd)
        pids = servers.pids
        disk.fill(pids)
        _wait_until(lambda: crowd.unavailable >= 2 * crowd.count, "a full disk gives 503")
        refusals.append(crowd.unavailable)
        disk.free(pids)
        for _ in range(20):
            _wait_for_more(crowd)
        if servers.pids != pids:
            raise AssertionError("a server ended while the disk was full")

    return _under_load(url, folder, seed, disturb), sum(refusals)


def _under_load(url: str, folder: Path, seed: int, disturb: Callable[[Servers, Crowd], None]) -> Verdict:
    product = office.build(url, folder)
    try:
        keys = office.prepare(product, INSTANCES)
    finally:
        product.database.dispose()
    with (Servers(url, folder, PROCESSES) as servers,
          Crowd(ports=servers.ports, keys=keys, folder=folder, seed=seed) as crowd):
        disturb(servers, crowd)
        time.sleep(BEFORE_THE_END)
        _wait_until(lambda: crowd.replayed > 0, "an answered command is sent again")
    verdict = judge(url, folder)
    verdict.faults += crowd.faults
    return verdict


def _wait_for_more(crowd: Crowd) -> None:
    """Work goes on without anybody restarting the product."""
    before = crowd.acked
    _wait_until(lambda: crowd.acked > before, "a command is acknowledged")


def _wait_until(holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.02)
