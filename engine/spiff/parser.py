"""BPMN bytes to checked processes, or the list of all problems; and stored bytes to the processes they once became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine import errors
from engine.spiff import builder, calls, checks, model, reader, relaxation, scopes
from engine.spiff import documents as xml
from engine.spiff.context import BundleContext
from engine.spiff.documents import Findings
from engine.spiff.model import BoundVersion, Element
from engine.values import Problem

__all__ = ["BoundVersion", "BundleContext", "Element", "ParsedBundle", "Process", "load", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A checked, immutable process: share it between instances and threads."""

    key: str
    name: str
    name_en: str
    resource: str
    """The file it stands in."""
    start_messages: Sequence[str]
    """Names of the messages that start an instance."""
    start_signals: Sequence[str]
    """Names of the signals that start an instance."""
    elements: Mapping[str, Element]
    """Flow nodes by id, those inside subprocesses included; those of called processes are theirs."""
    separations: Sequence[frozenset[str]]
    """Sets of duties of which one person may perform only one on one business key."""
    calls: Sequence[str] = ()
    """Ids of the processes it calls."""
    latest_calls: Sequence[str] = ()
    """Ids of those of them that it calls in their newest version."""
    documentation: str = ""
    model: model.ProcessModel = field(repr=False)
    specifications: Mapping[str, scopes.ProcessSpec] = field(repr=False)
    """Those of the whole bundle, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedBundle:
    """The executable processes of a bundle by key, and what an author should look at again."""

    processes: Mapping[str, Process]
    known: Mapping[str, model.ProcessModel] = field(default_factory=dict, repr=False)
    """The processes and all that they call, under the names that the calls have (`calls.resolved`)."""
    warnings: Sequence[Problem] = ()


def parse(resources: Mapping[str, bytes], context: BundleContext | None = None, *,
          reading: relaxation.Reading = relaxation.Reading.EXECUTION) -> ParsedBundle:
    """Read all `*.bpmn` of one bundle; other resources are left alone.

    For a dry run what only an installation has may be missing (`relaxation`); for documentation what any execution
    needs, and processes that are not executable are read too.

    Raises:
        errors.Invalid: with every problem of every file: file, element id, line, what, how to mend, in both languages.
    """
    context = context or BundleContext()
    findings = _findings(resources, reading)
    documents = _documents(resources, findings)
    known: dict[str, model.ProcessModel] = {}
    for document, process in _processes(documents):
        if process.id in known:
            findings[document.file].add("duplicate_process", where=process.id, line=process.line,
                                        other=known[process.id].file)
        known.setdefault(process.id, process)
    if reading is relaxation.Reading.DOCUMENTATION:
        _relax(documents, known, context)
    called = calls.resolved(known, context.deployed_processes)
    for document, process in _processes(documents):
        checks.check(process, context, called, findings[document.file])
    problems = _problems(findings)
    if any(problem.severity == "error" for problem in problems):
        raise errors.Invalid(problems)
    return ParsedBundle(processes=_built(documents), known=called, warnings=problems)


def load(resources: Mapping[str, bytes]) -> ParsedBundle:
    """The processes of a bundle that was accepted when it was stored.

    Nothing is judged again: a check that came later, or became stricter, stops no instance. What is read now as it
    was then is executed as it was then; a text that is no FEEL any more is an incident where a token meets it.

    Raises:
        errors.Invalid: a file is no BPMN at all.
    """
    findings = _findings(resources)
    documents = _documents(resources, findings, is_stored=True)
    if len(documents) < len(findings):
        raise errors.Invalid(_problems(findings))
    return ParsedBundle(processes=_built(documents))


def _relax(documents: Sequence[reader.Document], known: dict[str, model.ProcessModel], context: BundleContext) -> None:
    """Put the relaxed processes in the place of those that were read."""
    for document in documents:
        document.processes = [relaxation.relaxed(process, set(known), set(context.decisions or ()), context.functions)
                              for process in document.processes]
        known.update({process.id: process for process in document.processes})


def _findings(resources: Mapping[str, bytes],
              reading: relaxation.Reading = relaxation.Reading.EXECUTION) -> dict[str, Findings]:
    return {name: Findings(name, reading) for name in sorted(resources) if name.endswith(".bpmn")}


def _documents(resources: Mapping[str, bytes], findings: Mapping[str, Findings], *,
               is_stored: bool = False) -> list[reader.Document]:
    roots = {name: root for name, found in findings.items()
             if (root := xml.parse(resources[name], found, is_stored=is_stored)) is not None}
    called = {each for root in roots.values() for each in reader.called(root)}
    return [reader.read(name, root, findings[name], called) for name, root in roots.items()]


def _processes(documents: Sequence[reader.Document]) -> list[tuple[reader.Document, model.ProcessModel]]:
    return [(document, process) for document in documents for process in document.processes]


def _built(documents: Sequence[reader.Document]) -> dict[str, Process]:
    bundle = builder.BundleParser()
    for document, process in _processes(documents):
        bundle.add_process(process, document.root)
    built = bundle.build()
    return {process.id: _process(process, built) for _, process in _processes(documents)}


def _problems(findings: Mapping[str, Findings]) -> list[Problem]:
    return [problem for found in findings.values() for problem in _in_order(found)]


def _in_order(findings: Findings) -> list[Problem]:
    """Errors first, each by line; the same fault of the same element once."""
    unique = dict.fromkeys(findings.problems)
    return sorted(unique, key=lambda problem: (problem.severity != "error", problem.line or 0))


def _process(found: model.ProcessModel, built: Mapping[str, scopes.ProcessSpec]) -> Process:
    nodes = found.scope.walk()
    triggers = [event for node in found.scope.triggered() for event in node.event.each]
    return Process(
        key=found.id, name=found.name, name_en=found.name_en, resource=found.file,
        start_messages=[event.message.name for event in triggers if event.message is not None],
        start_signals=[event.signal for event in triggers if event.signal is not None],
        elements={node.id: node.element for node in nodes}, separations=found.separations,
        calls=sorted({node.called for node in nodes if node.called}),
        latest_calls=sorted({node.called for node in nodes if node.called and node.called_version == "latest"}),
        documentation=found.documentation, model=found,
        specifications=built)
