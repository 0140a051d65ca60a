"""What is walked: the processes under `bpmn/`, models of our own, and the models of any folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine import dmn, errors, feel
from engine.spiff import parser
from tests import scenario
from tests.conformance import placeholders
from tests.engine import models

MODELS = Path(__file__).resolve().parents[1] / "data" / "bpmn"
TOGETHER = {"call_activity": ("sequence",), "office": ("office_inquiries",)}
"""Models that call a process of another file."""
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "sequence": {"amount": 3}, "exclusive": {"amount": 50}, "inclusive": {"x": True, "y": True},
    "multi_instance": {"codes": ["a", "b"], "signers": ["s", "t"]}, "call_activity": {"due": ["R1", "R2"]},
    "mappings": {"amount": 3}, "each": {"items": ["a", "b", "c"]}, "choice": {"area": 12}, "anchored": {"window": 3},
    "office": {"application_id": "WAZ-1", "deferrals": 0, "fit_out_days": 90, "answers": []},
}
OWN_FUNCTIONS = feel.Functions([feel.FeelFunction(
    name="add days", parameters=("moment", "count"), fn=lambda moment, count: moment + timedelta(days=int(count)))])

PASSED = models.process(
    "passed", models.start(), models.user("before"),
    '<bpmn:intermediateThrowEvent id="mark" name="mark" parvaneh:stage="PASSED"/>', models.user("after"), models.end(),
    models.path("start_1", "before", "mark", "after", "end_1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One process and what is known of the world around it."""

    name: str
    process: parser.Process
    given: Mapping[str, Any] = field(default_factory=dict)
    """Variables at the start."""
    answers: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """By element or message: what persons and others have answered there in a story."""
    functions: feel.Functions | None = None
    decisions: Mapping[str, dmn.Model] = field(default_factory=dict)


@cache
def shipped() -> Sequence[Source]:
    """Every process under `bpmn/`, each begun by itself."""
    bundle, functions = scenario.bundle(), scenario.functions()
    processes = parser.parse({name: content for name, content in bundle.items() if name.endswith(".bpmn")},
                             parser.BundleContext(functions=functions)).processes
    loaded = dmn.load_all({name: content for name, content in bundle.items() if name.endswith(".dmn")},
                          functions=functions).models
    decisions = {name: model for model in loaded.values() for name in model.decisions}
    given = {**scenario.variables(scenario.FACTS), **scenario.variables(scenario.rule_variables()),
             "inquiries_due": ["POLICE", "TAX"], "vetting_result": "CLEAN"}
    return [Source(name=key, process=process, given=given, answers=_stories(), functions=functions,
                   decisions=decisions) for key, process in processes.items()]


@cache
def own() -> Sequence[Source]:
    """Every small model of ours."""
    found = []
    for path in sorted(MODELS.glob("*.bpmn")):
        files = {f"{name}.bpmn": (MODELS / f"{name}.bpmn").read_bytes()
                 for name in (path.stem, *TOGETHER.get(path.stem, ()))}
        for process in parser.parse(files, parser.BundleContext()).processes.values():
            found.append(_own(process))
    context = parser.BundleContext(functions=OWN_FUNCTIONS)
    written = (value for name, value in vars(models).items() if isinstance(value, bytes) and b"<bpmn:process" in value)
    for content in written:
        found += [_own(process) for process in parser.parse({"model.bpmn": content}, context).processes.values()]
    found.append(_own(parser.parse({"model.bpmn": PASSED}).processes["passed"]))
    return list({source.name: source for source in found}.values())


def folder(path: Path, refused: list[str]) -> Iterator[Source]:
    """The executable processes of all diagrams in a folder; `refused` gets the names of files that do not deploy."""
    for file in sorted(path.rglob("*.bpmn")):
        try:
            processes = parser.parse({"model.bpmn": placeholders.adapt(file.read_bytes())},
                                     parser.BundleContext(functions=_SCRIPTS)).processes
        except (errors.Invalid, SyntaxError):
            refused.append(str(file.relative_to(path)))
            continue
        for process in processes.values():
            yield Source(name=f"{file.relative_to(path)}#{process.key}", process=process, functions=_SCRIPTS,
                         given={"test": "abc", "integerVariable": feel.from_json(1)})


def _own(process: parser.Process) -> Source:
    given = {name: feel.from_json(value) for name, value in GIVEN.get(process.key, {}).items()}
    return Source(name=process.key, process=process, given=given, functions=OWN_FUNCTIONS)


def _stories() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    told = [*scenario.paths().values(), *(story.get("events", ()) for story in scenario.scenarios().values())]
    for event in (event for events in told for event in events):
        for word in ("complete", "message"):
            if word in event:
                found.setdefault(event[word], []).append(scenario.variables(event.get("with", {})))
        for answer in event.get("answer", {}).values():
            found.setdefault("record_inquiry", []).append({"answer": answer})
    return found


def _quiet(name: str, *parameters: str) -> feel.FeelFunction:
    return feel.FeelFunction(name=name, parameters=parameters, fn=lambda *given: given[-1], pure=False)


_SCRIPTS = feel.Functions([_quiet("leave token", "token", "value"), _quiet("leave once", "token"),
                           _quiet("throw", "code"), _quiet("take time", "seconds"), _quiet("stamp", "number")])
"""What adapted scripts call; here they only give back their last argument."""
