"""Where `parvaneh` begins. `feel` and `decide` need no installation, so they do not wait for the whole to be loaded."""

from __future__ import annotations

import sys

ALONE = {"feel": "feel_command", "decide": "decide_command"}
"""Commands that stand on the engine's languages alone, and their names in `api.cli_feel`."""


def main() -> None:
    """Run the command line."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    if asked in ALONE:
        from api import cli_feel  # what is not asked for is not loaded

        getattr(cli_feel, ALONE[asked]).main(args=sys.argv[2:], prog_name=f"parvaneh {asked}")
    else:
        from api import cli

        cli.main()
