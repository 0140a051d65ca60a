"""`python -m tests.bench [--part a,b] [--store sqlite] [--json FILE]`: what `make bench` runs."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from tests.bench import completions, cycles, decisions, http, inbox, loops, memory, progress
from tests.bench.rounds import Figure, Rounds
from tests.bench.stores import NAMES, Stores

SUBJECTS: Mapping[str, Callable[[Rounds, Stores], list[Figure]]] = {
    "decisions": decisions.bench, "completions": completions.bench, "loops": loops.bench, "http": http.bench,
    "inbox": inbox.bench, "memory": memory.bench, "cycle": cycles.bench}
"""The parts, in the order in which they run."""
ONCE = frozenset({"cycle"})
"""Parts that are long enough to be measured once."""


def main(arguments: list[str] | None = None, *, rounds: Rounds | None = None) -> int:
    """Measure the parts, print a line for each figure, and write them as JSON where asked. Targets gate nothing."""
    given = _arguments(arguments)
    parts, stores = given.part or list(SUBJECTS), tuple(given.store or NAMES)
    for what, asked, known in (("part", parts, SUBJECTS), ("store", stores, NAMES)):
        if unknown := sorted(set(asked) - set(known)):
            print(f"make bench: there is no {what} {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
            return 2
    sizes = {"count": given.rounds, "tasks": given.tasks, "completions": given.completions, "live": given.live,
             "docket": given.docket}
    sized = replace(rounds or Rounds(), **{name: size for name, size in sizes.items() if size})
    found: dict[str, list[Figure]] = {}
    with Stores(stores) as opened:
        for part in parts:
            found[part] = _measured(part, sized, opened)
            if given.json and not _written(found, given.json):
                return 2
    return 0


def _measured(part: str, rounds: Rounds, stores: Stores) -> list[Figure]:
    progress.tell(part)
    begin = time.monotonic()
    figures = SUBJECTS[part](rounds, stores)
    progress.clear()
    how = "once" if part in ONCE else f"median of {rounds.count} rounds"
    print(f"{part} ({how}, {time.monotonic() - begin:.0f} s)")
    for figure in figures:
        print(f"  {figure}", flush=True)
    return figures


def _written(found: Mapping[str, list[Figure]], file: str) -> bool:
    """Write what is known so far: a long run that is broken off leaves its figures."""
    figures = {part: [{**asdict(figure), "met": figure.met} for figure in several] for part, several in found.items()}
    try:
        Path(file).write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        print(f"make bench: cannot write {file}: {error.strerror}", file=sys.stderr)
        return False
    return True


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    def several(text: str) -> list[str]:
        return [part for part in text.replace(",", " ").split() if part]

    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--json", default="", help="file that gets the figures")
    parser.add_argument("--part", type=several, default=[], help=f"some of {', '.join(SUBJECTS)}")
    parser.add_argument("--store", type=several, default=[], help=f"some of {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each comparison, at least 5 for a median")
    parser.add_argument("--tasks", type=int, default=0, help="open tasks of the inbox, a million by default")
    parser.add_argument("--completions", type=int, default=0, help="completions of the web process, 100,000 by default")
    parser.add_argument("--live", type=int, default=0, help="live instances, 10,000 by default")
    parser.add_argument("--docket", type=int, default=0, help="applications of the monthly cycle, 100,000 by default")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
