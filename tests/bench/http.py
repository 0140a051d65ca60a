"""Completions over HTTP, with sign-in, authorization, form validation and CSRF, beside a bare Flask route."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tests.bench import permit, progress, web
from tests.bench.rounds import Figure, Rounds
from tests.bench.stores import Stores

CLIENTS = (1, 8, 32)
EACH = {1: 60, 8: 240, 32: 240}
"""Requests of a round, by number of clients."""
SHARE, SLOWER = 0.2, 10.0


def bench(rounds: Rounds, stores: Stores) -> list[Figure]:
    """Rates and waiting times of product and bare route, and what the one is of the other."""
    figures = []
    for store in stores.names:
        office = web.Office(stores.url(store), stores.folder / f"http-{store}")
        office.start(2 * (rounds.count + 1) * sum(EACH.values()) // permit.STEPS + max(EACH.values()))
        try:
            with office.served() as (port, _), web.bare(stores.folder / f"bare-{store}") as (beside, _):
                for clients in CLIENTS:
                    figures += _compare(f"{store}, {clients} clients", office, port, beside, clients, rounds.count)
        finally:
            office.close()
    return figures


def _compare(name: str, office: web.Office, port: int, beside: int, clients: int, rounds: int) -> list[Figure]:
    ours = [web.Client(port).sign_in() for _ in range(clients)]
    plain = [web.Client(beside) for _ in range(clients)]
    measured: list[list[tuple[float, list[float]]]] = [[], []]
    for number in range(rounds + 1):
        progress.tell(f"{name}: round {number} of {rounds}")
        tasks = office.open_tasks(EACH[clients])
        pair = web.load(ours, tasks, web.Client.complete), web.load(plain, tasks, web.Client.write)
        if number:  # the first round warms up
            for side, found in zip(measured, pair, strict=True):
                side.append(found)
    for client in (*ours, *plain):
        client.close()
    rate, p50, p99 = zip(*(_summary(side) for side in measured), strict=True)
    shares = [_rate(a) / _rate(b) for a, b in zip(*measured, strict=True)]
    return [
        Figure(name=f"{name}: completions", value=rate[0], unit="/s"),
        Figure(name=f"{name}: completions, p50", value=p50[0], unit="ms"),
        Figure(name=f"{name}: completions, p99", value=p99[0], unit="ms"),
        Figure(name=f"{name}: bare route", value=rate[1], unit="rows/s"),
        Figure(name=f"{name}: bare route, p99", value=p99[1], unit="ms"),
        Figure(name=f"{name}: rate beside the bare route's", value=statistics.median(shares), unit="", at_least=SHARE),
        Figure(name=f"{name}: p99 over the bare route's", value=p99[0] / p99[1], unit="",
               at_most=SLOWER if clients == 8 else None)]


def _rate(found: tuple[float, list[float]]) -> float:
    return len(found[1]) / found[0]


def _summary(side: Sequence[tuple[float, list[float]]]) -> tuple[float, float, float]:
    """Median rate, and percentiles over all requests in milliseconds."""
    taken = statistics.quantiles([seconds for _, each in side for seconds in each], n=100)
    return statistics.median(_rate(found) for found in side), taken[49] * 1e3, taken[98] * 1e3
