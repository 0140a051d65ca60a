"""`parvaneh check`: every problem of diagrams, decisions, forms and scenarios, before anything goes live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from api import cli_files, config
from api.cli_errors import plainly
from api.cli_problems import print_problems, refused
from engine import errors, simulation, verification
from engine.values import Problem
from workflows import bootstrap, calendar, rehearsals, scenario_files

_FOLDERS = {".bpmn": "processes", ".dmn": "decisions", ".form": "forms", ".yaml": "rules"}


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--no-scenarios", is_flag=True, help="Do not play the scenarios beside the files.")
@plainly
def check_command(files: tuple[Path, ...], no_scenarios: bool) -> None:
    """Check diagrams, decisions and forms without deploying them: every problem, with its line and how to mend it.

    What a diagram calls and asks is taken from the folders around it, and else from the shipped folder, as are forms.
    Of every process all states its control flow can come to are looked at, and how many they were is told; what can
    go wrong is shown with a shortest way to it, as element ids, also where the file has other faults. The scenarios
    in `scenarios` beside the diagrams are played on a dry run, and the sequence flows that none of them takes are
    named.
    """
    resources = bootstrap.shipped_resources(config.from_environment().bpmn)
    resources.update(_given(files))
    verdicts: dict[str, verification.Verdict] = {}
    problems = list(bootstrap.check(resources, on_verified=verdicts.__setitem__))
    broken = any(problem.severity == "error" for problem in problems)
    given = {_name(path) for path in files}
    problems += _verified(resources, given, verdicts)
    if not broken and not no_scenarios:
        problems += _rehearsed(resources, files, given)
    if any(problem.severity == "error" for problem in problems):
        raise refused(problems)
    print_problems(problems)
    click.echo(f"No problems found, {len(problems)} warning(s)." if problems else "No problems found.")


def _given(files: Sequence[Path]) -> Mapping[str, bytes]:
    """The files, and what their diagrams need of those around them."""
    found: dict[str, bytes] = {}
    for path in files:
        if path.suffix == ".bpmn":
            for name, content in cli_files.bundle(path, None).items():
                found.setdefault(_name(Path(name)), content)
    found.update({_name(path): path.read_bytes() for path in files})
    return found


def _name(path: Path) -> str:
    return f"{_FOLDERS.get(path.suffix, 'processes')}/{path.name}"


def _verified(resources: Mapping[str, bytes], given: set[str],
              verdicts: Mapping[str, verification.Verdict]) -> list[Problem]:
    """Print how much of the control flow of each given process was looked at.

    What was found is among the problems already where there are `verdicts`. Where there are none the diagrams have
    faults: then their flow is looked at without what an execution needs, and what is found returned; nothing is where
    the flow itself cannot be read.
    """
    try:
        processes = simulation.read(resources, calendar.official_functions(), documentation=not verdicts).processes
    except errors.Invalid:
        return []
    known = {key: process.model for key, process in processes.items()}
    problems: list[Problem] = []
    for key, process in processes.items():
        if process.resource in given:
            verdict = verdicts.get(key) or verification.verify(process.model, known)
            how = "all" if verdict.complete else "gave up after"
            click.echo(f"{process.resource}: {key}: {how} {verdict.states} states of the control flow, "
                       f"{len(verdict.ran)} of {verdict.elements} elements seen running")
            problems += [] if verdicts else verification.problems(verdict, process.model)
    return problems


def _rehearsed(resources: Mapping[str, bytes], files: Sequence[Path], given: set[str]) -> list[Problem]:
    """Play the scenarios beside the diagrams, print what they cover; each that fails is a problem."""
    problems: list[Problem] = []
    folders = {folder.resolve(): None for path in files if path.suffix == ".bpmn"
               for folder in (path.parent / "scenarios", path.parent.parent / "scenarios") if folder.is_dir()}
    for folder in folders:
        played = rehearsals.play(resources, scenario_files.read(folder), calendar.official_functions())
        problems += played.problems
        if played.strangers:
            click.echo(f"{folder.name}: not played, since their process is not here: scenarios of "
                       f"{', '.join(played.strangers)}")
        if not played.titles:
            continue
        click.echo(f"{len(played.titles) - len(played.problems)} of {len(played.titles)} scenarios of {folder.name} "
                   "go as they say")
        for found in played.coverage:
            if found.resource in given:
                _print_coverage(found)
    return problems


def _print_coverage(found: rehearsals.Coverage) -> None:
    taken = len(found.flows) - len(found.missed)
    click.echo(f"{found.resource}: {found.process}: {taken} of {len(found.flows)} sequence flows taken"
               + (f"; not {', '.join(found.missed)}" if found.missed else ""))
