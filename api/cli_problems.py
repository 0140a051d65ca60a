"""Problems of files, printed for people."""

from __future__ import annotations

from collections.abc import Iterable

import click

from engine.values import Problem


def print_problems(problems: Iterable[Problem]) -> None:
    """Print each problem with its place and how to mend it."""
    for problem in problems:
        place = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
        text = f"{problem.severity}: {place + ': ' if place else ''}{problem.where}: {problem.what}"
        click.echo(f"{text}\n    {problem.fix}" if problem.fix else text, err=True)
