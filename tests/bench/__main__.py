"""`python -m tests.bench [--json FILE]`: what `make bench` runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from tests.bench import decisions
from tests.bench.rounds import Figure, Rounds

SUBJECTS: Mapping[str, Callable[[Rounds], list[Figure]]] = {"decisions": decisions.bench}


def main(arguments: list[str] | None = None, *, rounds: Rounds | None = None) -> int:
    """Measure every subject, print a line for each figure, and write them as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--json", default="", help="file that gets the figures")
    given = parser.parse_args(arguments)
    found = {}
    for subject, bench in SUBJECTS.items():
        found[subject] = bench(rounds or Rounds())
        print(f"{subject} (median of {(rounds or Rounds()).count} rounds)")
        for figure in found[subject]:
            print(f"  {figure}")
    if given.json:
        figures = {subject: [asdict(figure) for figure in several] for subject, several in found.items()}
        try:
            Path(given.json).write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            print(f"make bench: cannot write {given.json}: {error.strerror}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
