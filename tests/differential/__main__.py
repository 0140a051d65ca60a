"""The differential walks as a command: `python -m tests.differential --suites DIR --seeds 20`; exit code 1 on a
difference. What `make differential` runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.differential import sources
from tests.differential.walks import Difference, Walk


def main(arguments: list[str] | None = None) -> int:
    """Walk everything and print a line for each process, and each difference with its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential")
    parser.add_argument("--suites", default="", help="folder with more diagrams")
    parser.add_argument("--seeds", type=int, default=20, help="walks of each process")
    parser.add_argument("--steps", type=int, default=40, help="triggers of a walk, at most")
    parser.add_argument("--only", default="", help="the processes whose name contains this")
    parser.add_argument("--seed", default="", help="walk with this seed alone")
    given = parser.parse_args(arguments)
    if given.suites and not Path(given.suites).is_dir():
        print(f"make differential: there is no folder {given.suites}", file=sys.stderr)
        return 2
    refused: list[str] = []
    more = list(sources.folder(Path(given.suites), refused)) if given.suites else []
    found = [source for source in (*sources.shipped(), *sources.own(), *more) if given.only in source.name]
    seeds = [given.seed] if given.seed else [str(number) for number in range(given.seeds)]
    differing = sum(not _walked(source, seeds, given.steps) for source in found)
    told = f", {len(refused)} files refused by the engine" if given.suites else ""
    print(f"{len(found)} processes, {len(seeds)} seeds: {differing} differ{told}")
    return 1 if differing or not found else 0


def _walked(source: sources.Source, seeds: Iterable[str], steps: int) -> bool:
    taken = 0
    for seed in seeds:
        try:
            taken += Walk(source, seed).run(steps)
        except Difference as difference:
            print(f"DIFFERS  {difference}", flush=True)
            return False
    print(f"ok  {source.name}: {taken} steps", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
