"""What the bench is doing, on the terminal that waits for it and nowhere else."""

from __future__ import annotations

import sys


def tell(text: str) -> None:
    """Show the text in place of the one before; nothing where no terminal looks."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K  … {text}", end="", file=sys.stderr, flush=True)


def clear() -> None:
    """Take the last text away."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
