"""The files that belong to a diagram on disk: what it calls and asks, found beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api import cli_input
from engine import simulation
from engine.dmn import documents as dmn_documents

MAX_BPMN = 2 * 1024 * 1024


def bundle(file: Path, folder: Path | None) -> dict[str, bytes]:
    """The diagram and, by name, the diagrams it calls and the decisions of those around it.

    They are looked for in `folder`, at any depth, in the diagram's own folder, and in `decisions` in it or beside it.
    What is not needed is not read, so a broken file in the same folder disturbs nobody.

    Raises:
        cli_input.Refused: a file cannot be read.
    """
    found = {file.name: cli_input.content(file, MAX_BPMN)}
    known = simulation.references(file.name, found[file.name])
    processes, calls, decisions = set(known.processes), set(known.calls), bool(known.decisions)
    others = [path for path in _files(file, folder, ".bpmn") if path.resolve() != file.resolve()]
    while calls - processes and others:
        path = others.pop(0)
        content = cli_input.content(path, MAX_BPMN)
        brought = simulation.references(path.name, content)
        if brought.processes & (calls - processes) and path.name not in found:
            found[path.name] = content
            processes |= brought.processes
            calls |= brought.calls
            decisions = decisions or bool(brought.decisions)
            others = [path for path in _files(file, folder, ".bpmn") if path.name not in found]
    if decisions:
        for path in _files(file, folder, ".dmn"):
            found.setdefault(path.name, cli_input.content(path, dmn_documents.MAX_SIZE))
    return found


def _files(file: Path, folder: Path | None, suffix: str) -> Iterator[Path]:
    """Files of a kind: first those of the given folder, then those around the diagram."""
    if folder is not None:
        yield from sorted(folder.rglob(f"*{suffix}"))
    around = [file.parent]
    if suffix == ".dmn":
        around += [file.parent / "decisions", file.parent.parent / "decisions"]
    for place in around:
        yield from sorted(place.glob(f"*{suffix}"))
