"""`python -m tests.conformance --suites DIR [--json FILE] [--scores FILE]`: what `make conformance` runs."""

from __future__ import annotations

import argparse
import os
import sys

from tests.conformance import run


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=run.__doc__)
    parser.add_argument("--suites", default="", help="folder that holds the suites; there is no default")
    parser.add_argument("--json", default="", help="file that gets every case's outcome")
    parser.add_argument("--scores", default="", help="file that gets the counts, the hash of each suite and the date")
    given = parser.parse_args()
    try:
        return run.main(suites=given.suites, json_file=given.json, scores_file=given.scores)
    except BrokenPipeError:  # whoever read has seen enough; the files are written before the failures are printed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
