"""Several DMN files at once, each loaded after those that it imports (DMN 1.5 §6.3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from engine import errors, feel, values
from engine.dmn import documents, loader
from engine.dmn.documents import Element
from engine.dmn.models import Model


@dataclass(slots=True, kw_only=True)
class Loaded:
    """The models of a bundle by file, and every problem of its files.

    A file with an error has no model, unless it was stored before and could be read at all.
    """

    models: dict[str, Model] = field(default_factory=dict)
    problems: list[values.Problem] = field(default_factory=list)


def load_all(files: Mapping[str, bytes], *, functions: feel.Functions | None = None,
             is_stored: bool = False) -> Loaded:
    """The models of files that may import one another, in any order; nothing is raised.

    Files that were accepted before (`is_stored`) have a model whatever is found now; where the fault is, the value is
    null.
    An import is found by its namespace, and by the file its `locationURI` names where several files share one.
    """
    loaded = Loaded()
    roots: dict[str, Element] = {}
    for file, content in sorted(files.items()):
        try:
            roots[file] = documents.parse(content, file=file, is_stored=is_stored)
        except errors.Invalid as refused:
            loaded.problems += [replace(problem, file=file) for problem in refused.problems]
    needs = {file: _imported(file, roots, loaded.problems) for file in roots}
    waiting = dict(roots)
    while waiting:
        ready = [file for file in waiting if not waiting.keys() & needs[file]]
        if not ready:
            loaded.problems += [_circle(file, root) for file, root in waiting.items()]
            break
        for file in ready:
            _load(loaded, file, waiting.pop(file), needs[file], functions, is_stored=is_stored)
    return loaded


def _load(loaded: Loaded, file: str, root: Element, needs: Sequence[str], functions: feel.Functions | None, *,
          is_stored: bool) -> None:
    if any(need not in loaded.models for need in needs):
        return  # what it imports is refused; everything said about this one would only echo that
    model, reader = loader.read_tree(root, functions=functions, file=file,
                                     imported=[loaded.models[need] for need in needs])
    loaded.problems += reader.problems
    if is_stored or not any(problem.severity == "error" for problem in reader.problems):
        loaded.models[file] = model


def _imported(file: str, roots: Mapping[str, Element], problems: list[values.Problem]) -> list[str]:
    """The files that one imports; an import that could mean several is a problem."""
    found: list[str] = []
    for element in documents.children(roots[file], "import"):
        if not documents.imports_dmn(element):
            continue
        fitting = [other for other, root in roots.items()
                   if other != file and root.get("namespace", "") == element.get("namespace", "")]
        location = PurePosixPath(element.get("locationURI") or "").name
        named = [other for other in fitting if PurePosixPath(other).name == location]
        if len(named or fitting) > 1:
            problems.append(values.Problem(
                where=documents.identity(element), file=file, line=element.sourceline, code="import",
                what=f"the namespace {element.get('namespace')!r} is that of several files",
                what_fa=f"فضای نام {element.get('namespace')!r} از آن چند پرونده است",
                fix="Name the file in locationURI, or give each file its own namespace.",
                fix_fa="نام پرونده را در locationURI بنویسید یا به هر پرونده فضای نام جدا بدهید."))
        found += (named or fitting)[:1]
    return found


def _circle(file: str, root: Element) -> values.Problem:
    return values.Problem(where=documents.identity(root), file=file, line=root.sourceline, code="import",
                          what="the file imports itself, through others", what_fa="پرونده با واسطه خودش را وارد می‌کند",
                          fix="Remove one import of the circle.", fix_fa="یکی از واردکردن‌های حلقه را بردارید.")
