"""The DMN TCK's format: `compliance-level-N/NAME/*.dmn` with `*-test-*.xml`.

A case passes when every result it names is as expected. It fails when anything that the decision stands on could not
be compiled, whatever the value: null because of our own refusal is no answer. Parts of the file that the decision does
not stand on take nothing from it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from lxml import etree

from engine.dmn import graph, loader, models
from engine.feel import runs
from tests.conformance import values
from tests.conformance.outcomes import CRASHES, Outcome, one_line

LIMITS = dataclasses.replace(models.LIMITS, seconds=20.0)
"""The product's budget, but for the time: a busy machine is no matter of conformance."""
_OURS = frozenset({"unknown_function"})
"""Warnings that count as faults: a function that neither the standard nor the model has may be one that we lack."""
_NODES = ("inputData", "decision", "businessKnowledgeModel", "decisionService")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model, as far as it could be read, and what could not be."""

    model: models.Model
    everywhere: tuple[str, ...]
    """Faults that belong to no one node, such as those of types and imports: nothing of the file counts."""


class Folder:
    """The models of one folder. Each is read once; models that it imports are looked up by their namespace."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._texts = {file.name: file.read_bytes() for file in sorted(path.glob("*.dmn"))}
        self._roots = {name: _root(text) for name, text in self._texts.items()}
        self._loaded: dict[str, Loaded] = {}
        self.faults: dict[graph.Node, list[str]] = {}
        """Node -> what of it could not be compiled."""

    def __contains__(self, name: str) -> bool:
        return name in self._texts

    def load(self, name: str, within: tuple[str, ...] = ()) -> Loaded:
        """The model of a file of the folder. Raises: errors.Invalid."""
        if name not in self._loaded:
            wanted = dict.fromkeys(self._imported(element) for element in self._roots[name].iterfind("{*}import"))
            imported = [self.load(other, (*within, name)) for other in wanted
                        if other is not None and other not in (*within, name)]
            model, reader = loader.read(self._texts[name], imported=[each.model for each in imported], file=name)
            everywhere = [fault for each in imported for fault in each.everywhere]
            for problem in reader.problems:
                if problem.severity == "error" or problem.code in _OURS:
                    self._blame(name, model, problem.where, one_line(problem.what), everywhere)
            self._loaded[name] = Loaded(model=model, everywhere=tuple(everywhere))
        return self._loaded[name]

    def _imported(self, element: Any) -> str | None:
        """The file with the namespace that is imported; where several have it, the one that the location names."""
        fitting = [name for name, root in self._roots.items() if root.get("namespace") == element.get("namespace")]
        location = (element.get("locationURI") or "").rpartition("/")[2]
        return location if location in fitting else next(iter(fitting), None)

    def _blame(self, name: str, model: models.Model, where: str, what: str, everywhere: list[str]) -> None:
        owners = {_owner(element) for element in self._roots[name].iter() if element.get("id") == where}
        nodes = [model.nodes.get(owner) for owner in owners if owner]
        if not owners or None in owners or None in nodes:
            everywhere.append(what)
        for node in nodes:
            if node is not None:
                self.faults.setdefault(node, []).append(what)

    def faults_of(self, node: graph.Node, loaded: Loaded) -> list[str]:
        """What could not be compiled of the node and of everything it requires."""
        found, seen, stack = list(loaded.everywhere), set[graph.Node](), [node]
        while stack:
            each = stack.pop()
            if each in seen:
                continue
            seen.add(each)
            found += self.faults.get(each, [])
            stack += [required.node for required in each.requires]
        return found


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
                           remove_pis=True)


def _root(text: bytes) -> Any:
    """The root of a model; one without anything for a file that is no XML, which the engine then refuses."""
    try:
        return etree.fromstring(text, _parser())
    except etree.XMLSyntaxError:
        return etree.Element("none")


def _owner(element: Any) -> str | None:
    """The id of the node of the requirements graph that the element belongs to."""
    while element is not None:
        if element.tag.rpartition("}")[2] in _NODES and element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return None


def folders(level: Path) -> list[Path]:
    """The folders of a level that hold tests, at any depth, in order of their names."""
    return sorted({file.parent for file in level.rglob("*.xml") if _is_test(file)})


def _is_test(file: Path) -> bool:
    return "-test-" in file.name


def files(level: Path) -> list[Path]:
    """Every model and test of a level."""
    return sorted({*level.rglob("*.dmn"), *level.rglob("*.xml")})


def run(level: Path, executor: Executor) -> Iterator[list[Outcome]]:
    """The outcomes of a level, folder by folder in order of their names."""
    yield from executor.map(run_folder, folders(level))


def run_folder(path: Path) -> list[Outcome]:
    """The outcomes of one folder."""
    folder = Folder(path)
    return [outcome for file in sorted(path.glob("*.xml")) if _is_test(file) for outcome in _run_file(folder, file)]


def _run_file(folder: Folder, file: Path) -> Iterator[Outcome]:
    try:
        root = etree.parse(str(file), _parser()).getroot()
        fault = _fault(root)
    except etree.XMLSyntaxError as error:
        fault = f"no XML: {error}"
    if fault:
        yield Outcome(name=f"{folder.path.name}/{file.stem}", passed=False, reason=one_line(fault))
        return
    model_name = (root.findtext("{*}modelName") or "").strip() or f"{file.stem.partition('-test-')[0]}.dmn"
    seen: dict[str, int] = {}
    for place, case in enumerate(root.iterfind("{*}testCase"), 1):
        id_ = case.get("id") or f"#{place}"
        seen[id_] = seen.get(id_, 0) + 1
        again = f" ({seen[id_]})" if seen[id_] > 1 else ""
        name = f"{folder.path.name}/{file.stem}/{id_}{again}"
        yield _run_case(folder, model_name, case, name)


def _fault(root: Any) -> str:
    """Why a test file says nothing that can be run; empty when it does."""
    if root.getroottree().docinfo.internalDTD is not None:
        return "the test file has a DOCTYPE, which may change its values"
    return "" if root.find("{*}testCase") is not None else "the test file holds no case"


def _run_case(folder: Folder, model_name: str, case: Any, name: str) -> Outcome:
    if model_name not in folder:
        return Outcome(name=name, passed=False, reason=f"there is no file {model_name!r}")
    try:
        loaded = folder.load(model_name)
    except CRASHES as refusal:
        return Outcome(name=name, passed=False, reason=one_line(f"the model is refused: {refusal}"))
    results = case.findall("{*}resultNode")
    if not results:
        return Outcome(name=name, passed=False, reason="the case names no result")
    answers = []
    for result in results:
        reason, answer = _ask(folder, loaded, case, result)
        answers.append(answer)
        if reason:
            return Outcome(name=name, passed=False, reason=one_line(reason), facts={"answers": answers})
    return Outcome(name=name, passed=True, facts={"answers": answers})


def _ask(folder: Folder, loaded: Loaded, case: Any, result: Any) -> tuple[str, dict[str, Any]]:
    """Why the result is not as expected (empty when it is), and what the engine answered."""
    wanted, answer = _spoken(result), {"result": _spoken(result)}
    found_nodes = _find(loaded.model, case, wanted)
    if len(found_nodes) != 1:
        return f"the model has {len(found_nodes) or 'no'} decision{'s' * bool(found_nodes)} {wanted!r}", answer
    node = found_nodes[0]
    faults = folder.faults_of(node, loaded)
    if faults:
        return f"not compiled: {faults[0]}", answer
    try:
        value, warnings = _evaluate(loaded.model, node, _inputs(case))
        found = values.of_engine(_of_service(value, node, wanted))
    except CRASHES as crash:
        return f"{type(crash).__name__}: {crash}", answer
    answer |= {"value": str(found), "warnings": warnings[:5]}
    try:
        return _compare(found, result), answer
    except values.BadValue as fault:
        return f"the test file: {fault}", answer


def _inputs(case: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for given in case.iterfind("{*}inputNode"):
        if _spoken(given) in inputs:
            raise values.BadValue(f"the case gives {_spoken(given)!r} twice")
        inputs[_spoken(given)] = values.to_engine(values.of_xml(given))
    return inputs


def _find(model: models.Model, case: Any, wanted: str) -> list[graph.Node]:
    """The decisions of that name or, where the case calls a decision service or a knowledge model, those."""
    called = _normal(case.get("invocableName"))
    kind = graph.Decision if not called else graph.Knowledge if case.get("type") == "bkm" else graph.ServiceNode
    fitting = [node for node in model.nodes.values() if isinstance(node, kind)]
    return ([node for node in fitting if _normal(node.name) == (called or wanted)]
            or [node for node in fitting if _normal(node.title) == (called or wanted)])


def _evaluate(model: models.Model, node: graph.Node, inputs: dict[str, Any]) -> tuple[Any, list[str]]:
    """The value of the decision, the service or the call, and why parts of it became null."""
    if not isinstance(node, graph.Knowledge):
        result = model.evaluate(node.id, inputs, limits=LIMITS)
        return result.value, [str(warning) for warning in result.warnings]
    run = runs.Run(LIMITS)
    value = graph.Evaluation(run, {}, frozenset()).value(node).call_named(run, inputs)
    return value, [str(warning.message) for warning in run.warnings or ()]


def _of_service(value: Any, node: graph.Node, wanted: str) -> Any:
    """A service of several decisions gives a context of their values."""
    several = isinstance(node, graph.ServiceNode) and len(node.requires) > 1
    if not several or not isinstance(value, dict):
        return value
    if wanted not in value:
        raise values.BadValue(f"the service has no output {wanted!r}")
    return value[wanted]


def _compare(found: values.Value, result: Any) -> str:
    expected = result.findall("{*}expected")
    error = (result.get("errorResult") or "false").strip() in {"true", "1"}
    if error and found.kind != "null":
        return f"{found}, not an error"
    if len(expected) != 1:
        return "" if error and not expected else f"the case says {len(expected) or 'no'} expected value"
    return values.difference(found, values.of_xml(expected[0]))


def _spoken(element: Any) -> str:
    return _normal(element.get("name"))


def _normal(name: Any) -> str:
    return " ".join(str(name or "").split())
