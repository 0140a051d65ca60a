"""Problems of files, printed for people in both languages."""

from __future__ import annotations

from collections.abc import Sequence

import click

from engine.values import Problem


def print_problems(problems: Sequence[Problem]) -> None:
    """Print each problem with its place and how to mend it, in English and, where it has it, in Persian below."""
    for problem in problems:
        place = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
        lines = [f"{problem.severity}: {place + ': ' if place else ''}{problem.where}: {problem.what}", problem.fix,
                 "؛ ".join(part for part in (problem.what_fa, problem.fix_fa) if part)]
        click.echo("\n    ".join(line for line in lines if line), err=True)


def refused(problems: Sequence[Problem]) -> click.ClickException:
    """Print the problems; returns what ends the command, with how many of them are faults."""
    print_problems(problems)
    faults = sum(problem.severity == "error" for problem in problems)
    return click.ClickException(f"{faults} problem(s) found. {faults} ایراد یافت شد.")
