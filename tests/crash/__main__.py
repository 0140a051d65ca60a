"""`python -m tests.crash --store sqlite --kills 500`: what `make crash` runs."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.crash import cycles, scenarios, stores

RESTARTS = 3
SCENARIOS = ("all", "servers", "restarts", "cycles")


def main(arguments: list[str] | None = None) -> int:
    """Run every scenario of a store; 0 when nothing was lost, doubled or orphaned."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--store", choices=stores.STORES, default="sqlite")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--scenario", choices=SCENARIOS, default="all")
    parser.add_argument("--seed", type=int, default=None, help="repeat the random choices of a run")
    given = parser.parse_args(arguments)
    if (given.store, given.scenario) == ("sqlite", "restarts"):
        parser.error("SQLite has no server to restart; choose STORE=postgres.")
    seed = random.SystemRandom().randrange(2**31) if given.seed is None else given.seed
    good = True
    if given.scenario in ("all", "servers"):
        print(f"servers are killed ({given.store}, seed {seed})", file=sys.stderr, flush=True)
        good &= _kills(given.store, given.kills, seed)
    if given.scenario in ("all", "restarts") and given.store == "postgres":
        good &= _restarts(seed)
    if given.scenario in ("all", "cycles"):
        good &= _cycles(given.store, seed)
    return 0 if good else 1


def _kills(store: str, kills: int, seed: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, stores.opened(store, Path(folder)) as url:
        verdict = scenarios.kill_servers(url, Path(folder), kills=kills, seed=seed, progress=scenarios.to_terminal)
    print("\n".join(verdict.details()), file=sys.stderr)
    print(verdict.line(store, kills), flush=True)
    return verdict.clean


def _restarts(seed: int) -> bool:
    print("PostgreSQL is restarted under load", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, stores.postgres() as server:
        verdict = scenarios.restart_postgres(server, Path(folder), restarts=RESTARTS, seed=seed,
                                             progress=scenarios.to_terminal)
    print("\n".join(verdict.details()), file=sys.stderr)
    print(f"postgres restarts={RESTARTS} acked={verdict.acked} lost={len(verdict.lost)} "
          f"duplicated={len(verdict.duplicated)} orphaned={len(verdict.orphaned)}", file=sys.stderr)
    return verdict.clean


def _cycles(store: str, seed: int) -> bool:
    print(f"workers are killed in the middle of a year of reviews ({store}, seed {seed})", file=sys.stderr, flush=True)
    return cycles.main(["--store", store, "--seed", str(seed)]) == 0


if __name__ == "__main__":
    sys.exit(main())
