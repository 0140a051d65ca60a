"""Where `parvaneh` begins. What needs no installation, such as `feel`, does not wait for the whole to be loaded."""

from __future__ import annotations

import sys
from importlib import import_module

ALONE = {"feel": ("cli_feel", "feel_command"), "decide": ("cli_feel", "decide_command"),
         "simulate": ("cli_simulate", "simulate_command")}
"""Commands that stand on the engine's languages alone: the module of `api` and the name in it."""


def main() -> None:
    """Run the command line."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    if asked in ALONE:
        module, name = ALONE[asked]
        getattr(import_module(f"api.{module}"), name).main(args=sys.argv[2:], prog_name=f"parvaneh {asked}")
    else:
        from api import cli

        cli.main()
