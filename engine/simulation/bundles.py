"""The files of a dry run, read and checked as a deployment reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import dmn, errors, feel
from engine.simulation.outcomes import Wait
from engine.spiff import documents, model, parser, vocabulary
from engine.spiff.relaxation import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Main:
    """The process a dry run is of."""

    process: parser.Process

    @property
    def key(self) -> str:
        return self.process.key

    @property
    def begins_by_itself(self) -> bool:
        """Whether it needs no message or other trigger to begin."""
        return _begins_by_itself(self.process)

    def starts(self) -> list[Wait]:
        """What the process waits for to begin."""
        return [Wait(element=node.id, kind=node.event.kind, process=self.key, name=node.element.name,
                     event=_beginning(node.event))
                for node in self.process.model.scope.triggered()]


def _beginning(event: model.Event) -> Mapping[str, Any] | None:
    if event.message is not None:
        return {"message": event.message.name}
    return None if event.signal is None else {"signal": event.signal}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The processes and decisions of a dry run."""

    processes: Mapping[str, parser.Process]
    nodes: Mapping[str, Mapping[str, model.Node]]
    """Process -> its flow nodes by id, those inside subprocesses included."""
    models: Mapping[str, dmn.Model]
    """Decision id -> the model that holds it."""
    known: Mapping[str, model.ProcessModel]
    """The processes and all that they call, as `verification.verify` wants them."""

    def main(self, key: str | None) -> Main:
        """The process of this id or, without one, the first that begins by itself and is called by no other; where
        none does, the first.

        Raises:
            errors.NotFound
        """
        if key is not None:
            if key not in self.processes:
                raise errors.NotFound(what="process", id=key)
            return Main(process=self.processes[key])
        called = {name for process in self.processes.values() for name in process.calls}
        free = [process for process in self.processes.values() if process.key not in called]
        found = [process for process in free if _begins_by_itself(process)]
        return Main(process=[*found, *free, *self.processes.values()][0])

    def has_element(self, identifier: str) -> bool:
        """Whether any of the processes has such a flow node."""
        return any(identifier in nodes for nodes in self.nodes.values())


def read(resources: Mapping[str, bytes], functions: feel.Functions | None = None, *,
         documentation: bool = False) -> Files:
    """Read all diagrams and decisions, whether or not they name what only an installation has: roles, forms, handlers,
    correlation keys; with `documentation`, diagrams that lack what any execution needs too.

    A decision table with a fault is told only where a diagram asks for a decision that is not there.

    Raises:
        errors.Invalid: with every problem of every file.
    """
    loaded = dmn.load_all({name: content for name, content in resources.items() if name.endswith(".dmn")},
                          functions=functions)
    models = {decision: each for each in loaded.models.values() for decision in each.decisions}
    try:
        parsed = parser.parse(resources, parser.BundleContext(functions=functions, decisions=set(models)),
                              reading=Reading.DOCUMENTATION if documentation else Reading.DRY_RUN)
    except errors.Invalid as refused:
        raise errors.Invalid([*refused.problems, *_echoed(refused, loaded)]) from None
    nodes: dict[str, dict[str, model.Node]] = {
        key: {node.id: node for node in process.model.scope.walk()} for key, process in parsed.processes.items()}
    return Files(processes=parsed.processes, nodes=nodes, models=models, known=parsed.known)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a diagram brings, and what it needs from other files."""

    processes: frozenset[str]
    calls: frozenset[str]
    decisions: frozenset[str]


def references(name: str, content: bytes) -> References:
    """What a file brings and needs; nothing of a file that is no BPMN."""
    root = documents.parse(content, documents.Findings(name))
    if root is None:
        return References(processes=frozenset(), calls=frozenset(), decisions=frozenset())
    called = {element.get("calledElement") for element in root.iter(documents.bpmn("callActivity"))}
    asked = {documents.attribute(element, "decisionId") for element in root.iter(documents.bpmn("businessRuleTask"))}
    return References(processes=frozenset(element.get("id") for element in documents.bpmn_children(root)
                                          if documents.local(element) in {"process", *vocabulary.GLOBAL_TASKS}),
                      calls=frozenset(filter(None, called)), decisions=frozenset(filter(None, asked)))


def _echoed(refused: errors.Invalid, loaded: dmn.Loaded) -> list[Any]:
    """Why a decision that is asked for may be missing."""
    if not any(problem.code == "unknown_name" for problem in refused.problems):
        return []
    return [problem for problem in loaded.problems if problem.severity == "error"]


def _begins_by_itself(process: parser.Process) -> bool:
    return bool(process.model.scope.entries())
