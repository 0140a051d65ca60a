"""`parvaneh feel` and `parvaneh decide`: try an expression or a decision on data of one's own.

Neither needs settings or a database. Wrong input of any kind is one line on standard error and exit code 2.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from api.cli_input import OneLine, Refused, model_file, one_line, variables
from engine import dmn, errors, feel
from engine.dmn import documents, graph, item_types, models
from engine.feel import names, types
from engine.feel.runs import Run

_UNENCODED = re.compile("[^\x00-\x7f]")


@click.command("feel", cls=OneLine, context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("expression")
@click.option("--context", "context_file", metavar="FILE", help="JSON object of variables; - reads standard input.")
def feel_command(expression: str, context_file: str | None) -> None:
    """Evaluate a FEEL expression and print its value as JSON on one line.

    Numbers keep all their digits, dates and durations are ISO 8601 text. In the context a text such as
    "@\\"2026-03-21\\"" is the date; any other text stays text. Why a value is null is told on standard error. Wrong
    input is one line there and exit code 2.
    """
    context = variables(context_file)
    try:
        outcome = feel.compile(expression, names=names.all_keys(context)).explain(context)
    except feel.FeelBudgetExceeded as error:
        raise Refused(f"{error.message}. {error.hint}") from None
    except feel.FeelError as error:
        raise Refused(f"line {error.line}, column {error.column}: {error.message}. {error.hint}") from None
    _print(as_json(outcome.value))
    for warning in outcome.warnings:
        _warn(_place(expression, warning.at) + warning.message)


@click.command("decide", cls=OneLine)
@click.argument("file", metavar="FILE.dmn")
@click.option("--decision", metavar="NAME", help="Name or id of the decision, or of a decision service.")
@click.option("--inputs", "inputs_file", metavar="FILE", help="JSON object of inputs; - reads standard input.")
@click.option("--explain", is_flag=True, help="Then print each decision on the way with its value and its rules.")
def decide_command(file: str, decision: str | None, inputs_file: str | None, explain: bool) -> None:
    """Evaluate a decision of a DMN file and print its value as JSON on the first line.

    The inputs must hold every input data that the decision requires, null where there is no value. Text becomes a
    date, time or duration where the model declares the input as one. Models that the file imports are looked for in
    its folder. With --explain further lines name each decision that was evaluated, in order, its value, its hit
    policy, and the rules that matched with their annotations. Why a value is null is told on standard error. Wrong
    input is one line there and exit code 2.
    """
    model = _model(Path(file))
    asked = _asked(model, decision)
    inputs = variables(inputs_file)
    try:
        _refuse_unfit(model, asked, inputs)
        result = model.evaluate(asked, inputs)
    except feel.FeelBudgetExceeded as error:
        raise Refused(f"{error.message}. {error.hint}") from None
    _print(as_json(result.value))
    if explain:
        for line in _explanation(result):
            _print(line)
    said = [f"table {each.table_id}: {each.what}" if each.table_id else each.what for each in result.violations]
    for reason in dict.fromkeys([*said, *result.warnings]):
        _warn(reason)


def as_json(value: Any) -> str:
    """A FEEL value as JSON on one line. Numbers keep all digits; ranges and functions are their FEEL text."""
    match value:
        case Decimal():
            return feel.to_string(value)
        case list():
            return "[" + ", ".join(map(as_json, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {as_json(item)}" for key, item in value.items()) + "}"
        case None | bool():
            return json.dumps(value)
    return _text(feel.to_json(value))


def _text(text: str) -> str:
    """A JSON string, readable unless it holds half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)


def _explanation(result: dmn.Result) -> Iterator[str]:
    for step in result.trail:
        logic = f", hit policy {step.hit_policy}" if step.hit_policy else ""
        yield f"decision {step.name} ({step.decision_id}){logic}: {as_json(step.value)}"
        if step.hit_policy and not step.matched:
            yield "  no rule matched"
        for rule in step.matched:
            notes = "".join(f"; {name}: {' '.join(text.split())}" for name, text in rule.annotations.items() if text)
            yield f"  rule {rule.index} ({rule.id}){notes}"


def _place(text: str, at: int | None) -> str:
    if at is None:
        return ""
    before = text[:at]
    return f"line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}: "


def _warn(message: str) -> None:
    click.echo(one_line(f"warning: {message}"), err=True)


def _print(line: str) -> None:
    """One line on standard output; what its encoding does not have is escaped as JSON and Python do."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(_UNENCODED.sub(lambda found: json.dumps(found[0])[1:-1], line) if not _fits(line, encoding) else line)


def _fits(line: str, encoding: str) -> bool:
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _model(path: Path) -> dmn.Model:
    """The model in a file, with what it imports from the files beside it."""
    loaded = dmn.load_all(_with_imports(path))
    if path.name in loaded.models:
        return loaded.models[path.name]
    faults = [problem for problem in loaded.problems if problem.severity == "error"]
    raise Refused(_first(path, [problem for problem in faults if problem.file == path.name] or faults))


def _refuse_unfit(model: dmn.Model, asked: str, inputs: Mapping[str, Any]) -> None:
    """Refuse inputs that are missing or not of their declared type. Raises: Refused, FeelBudgetExceeded."""
    wanted = _wanted(model.nodes[asked])
    missing = [f"{node.name} ({_described(node.type)})" for node in wanted if node.name not in inputs]
    if missing:
        raise Refused(f"missing from the inputs: {', '.join(missing)}; give null where there is no value")
    run = Run(models.LIMITS)
    for node in wanted:
        value = item_types.from_outside(run.measure(inputs[node.name]), node.type)
        if not types.coerce(value, node.type, run)[1]:
            raise Refused(f"the input {node.name} must be {_described(node.type)}: "
                          f"{item_types.reason(value, node.type, run)[0]}")


def _wanted(node: graph.Node) -> list[graph.Node]:
    """The input data that a decision requires, directly or through others, or the inputs of a service."""
    if isinstance(node, graph.ServiceNode):
        return node.inputs
    found: dict[graph.Node, None] = {}
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = None
            waiting += [required.node for required in reversed(each.requires)]
    return [each for each in found if isinstance(each, graph.InputData)]


def _described(type_: types.Type, depth: int = 4) -> str:
    """What a value of the type is, in a few words; types may hold themselves."""
    if not depth:
        return "…"
    if isinstance(type_, item_types.ItemType):
        one = _described(type_.base, depth - 1) + "".join(f", one of {rule.text}" for rule in type_.rules())
        return f"a list of {one}" if type_.is_collection else one
    if isinstance(type_, (types.ListOf, types.RangeOf)):
        return f"a {types.kind(type_)} of {_described(type_.item, depth - 1)}"
    if isinstance(type_, types.ContextOf):
        members = (f"{name}: {_described(member, depth - 1)}" for name, member in type_.members.items())
        return f"{{{', '.join(members)}}}"
    return type_.name if isinstance(type_, types.Simple) else types.kind(type_)


def _with_imports(path: Path) -> dict[str, bytes]:
    """The file and those of its folder that it imports, directly or through others."""
    files = {path.name: model_file(path)}
    waiting = [path.name]
    while waiting:
        for other in _beside(path, _imported(files[waiting.pop()])):
            if other.name not in files:
                files[other.name] = model_file(other)
                waiting.append(other.name)
    return files


def _imported(xml: bytes) -> set[str]:
    """The namespaces that a model imports; none for what is no model, which is told when it is loaded."""
    try:
        return {element.get("namespace", "") for element in documents.children(documents.parse(xml), "import")}
    except errors.Invalid:
        return set()


def _beside(path: Path, namespaces: set[str]) -> Iterator[Path]:
    """The other files of the folder that hold models of these namespaces."""
    for other in sorted(path.parent.glob("*.dmn")) if namespaces else ():
        try:
            if other.name == path.name or not other.is_file():
                continue
            namespace = documents.parse(model_file(other)).get("namespace", "")
        except (errors.Invalid, Refused, OSError):
            continue  # not what is looked for, whatever it is
        if namespace in namespaces:
            yield other


def _first(path: Path, problems: list[Any]) -> str:
    problem = problems[0]
    place = f"{problem.file or path.name}:{problem.line}" if problem.line else problem.file or path.name
    more = f" (and {len(problems) - 1} more; `parvaneh check` lists them all)" if len(problems) > 1 else ""
    where = f"{problem.where}: " if problem.where not in {problem.file, path.name} else ""
    return f"{place}: {where}{problem.what}. {problem.fix}{more}"


def _asked(model: dmn.Model, decision: str | None) -> str:
    """The id of the decision or decision service asked for, by id or by name."""
    known = {**model.decisions, **model.services}
    listed = ", ".join(f"{name} ({id_})" if name != id_ else name for id_, name in known.items()) or "none"
    if decision is None:
        raise Refused(f"say which decision with --decision NAME; the file has: {listed}")
    if decision in known:
        return decision
    spoken = names.normalise(decision)
    found = [id_ for id_ in known if known[id_] == spoken] or [
        id_ for id_ in known if model.nodes[id_].title == spoken]
    if len(found) > 1:
        raise Refused(f"several decisions are called {decision}; give the id: {', '.join(found)}")
    if not found:
        raise Refused(f"there is no decision {decision}; the file has: {listed}")
    return found[0]
