"""`parvaneh feel` and `parvaneh decide`: try an expression or a decision on data of one's own.

Neither needs settings or a database. Wrong input of any kind is one line on standard error and exit code 2.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import click

from engine import dmn, errors, feel
from engine.dmn import documents

_LITERAL = re.compile(r'@"[^"\\]*"')


class Refused(click.ClickException):
    """Wrong input: one line, exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@click.command("feel", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("expression")
@click.option("--context", "context_file", metavar="FILE", help="JSON object of variables; - reads standard input.")
def feel_command(expression: str, context_file: str | None) -> None:
    """Evaluate a FEEL expression and print its value as JSON on one line.

    Numbers keep all their digits, dates and durations are ISO 8601 text. In the context a text such as
    "@\\"2026-03-21\\"" is the date; any other text stays text. Why a value is null is told on standard error. Wrong
    input is one line there and exit code 2.
    """
    context = _variables(context_file)
    try:
        outcome = feel.compile(expression, names=set(_keys(context))).explain(context)
    except feel.FeelBudgetExceeded as error:
        raise Refused(f"{error.message}. {error.hint}") from None
    except feel.FeelError as error:
        raise Refused(f"line {error.line}, column {error.column}: {error.message}. {error.hint}") from None
    except TypeError as error:
        raise Refused(f"{context_file}: {error}") from None
    click.echo(as_json(outcome.value))
    for warning in outcome.warnings:
        _warn(_place(expression, warning.at) + warning.message)


@click.command("decide")
@click.argument("file", metavar="FILE.dmn")
@click.option("--decision", metavar="NAME", help="Name or id of the decision, or of a decision service.")
@click.option("--inputs", "inputs_file", metavar="FILE", help="JSON object of inputs; - reads standard input.")
@click.option("--explain", is_flag=True, help="Then print each decision on the way with its value and its rules.")
def decide_command(file: str, decision: str | None, inputs_file: str | None, explain: bool) -> None:
    """Evaluate a decision of a DMN file and print its value as JSON on the first line.

    Text becomes a date, time or duration where the model declares the input as one. Models that the file imports are
    looked for in its folder. With --explain further lines name each decision that was evaluated, in order, its value,
    its hit policy, and the rules that matched with their annotations. Why a value is null is told on standard error.
    Wrong input is one line there and exit code 2.
    """
    model = _model(Path(file))
    asked = _asked(model, decision)
    inputs = _variables(inputs_file)
    try:
        result = model.evaluate(asked, inputs)
    except feel.FeelBudgetExceeded as error:
        raise Refused(f"{error.message}. {error.hint}") from None
    except TypeError as error:
        raise Refused(f"{inputs_file}: {error}") from None
    click.echo(as_json(result.value))
    if explain:
        for line in _explanation(result):
            click.echo(line)
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
    click.echo(f"warning: {message}", err=True)


def _variables(file: str | None) -> dict[str, Any]:
    """The JSON object in a file, with exact numbers, and texts that are FEEL literals as what they stand for."""
    if file is None:
        return {}
    name = "standard input" if file == "-" else file
    text = _read(sys.stdin.buffer.read() if file == "-" else _bytes(Path(file)), name)
    try:
        given = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Refused(f"{name}: not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise Refused(f"{name}: not JSON: {error}") from None
    if not isinstance(given, dict):
        raise Refused(f"{name}: a JSON object is needed, such as {{\"area\": 60}}")
    return {key: _literal(value, name) for key, value in given.items()}


def _literal(value: Any, file: str) -> Any:
    if isinstance(value, list):
        return [_literal(item, file) for item in value]
    if isinstance(value, dict):
        return {key: _literal(item, file) for key, item in value.items()}
    if not isinstance(value, str) or not _LITERAL.fullmatch(value):
        return value
    meant = feel.evaluate(value)
    if meant is None:
        raise Refused(f"{file}: {value} is no date, time or duration")
    return meant


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _keys(value: Any) -> Iterator[str]:
    """The names in a context and in everything inside it."""
    if isinstance(value, Mapping):
        yield from value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _keys(item)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Refused(f"cannot read {path}: {reason}") from None


def _read(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{name}: the file is not UTF-8") from None


def _model(path: Path) -> dmn.Model:
    """The model in a file, with what it imports from the files beside it."""
    loaded = dmn.load_all(_with_imports(path))
    if path.name in loaded.models:
        return loaded.models[path.name]
    faults = [problem for problem in loaded.problems if problem.severity == "error"]
    raise Refused(_first(path, [problem for problem in faults if problem.file == path.name] or faults))


def _with_imports(path: Path) -> dict[str, bytes]:
    """The file and those of its folder that it imports, directly or through others."""
    files = {path.name: _bytes(path)}
    waiting = [path.name]
    while waiting:
        for other in _beside(path, _imported(files[waiting.pop()])):
            if other.name not in files:
                files[other.name] = _bytes(other)
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
        if other.name == path.name or not other.is_file():
            continue
        try:
            namespace = documents.parse(_bytes(other)).get("namespace", "")
        except errors.Invalid:
            continue  # not what is looked for, whatever it is
        if namespace in namespaces:
            yield other


def _first(path: Path, problems: list[Any]) -> str:
    problem = problems[0]
    place = f"{problem.file or path.name}:{problem.line}" if problem.line else problem.file or path.name
    more = f" (and {len(problems) - 1} more; `parvaneh check` lists them all)" if len(problems) > 1 else ""
    return f"{place}: {problem.where}: {problem.what}. {problem.fix}{more}"


def _asked(model: dmn.Model, decision: str | None) -> str:
    """The id of the decision or decision service asked for, by id or by name."""
    known = {**model.decisions, **model.services}
    listed = ", ".join(f"{name} ({id_})" if name != id_ else name for id_, name in known.items()) or "none"
    if decision is None:
        raise Refused(f"say which decision with --decision NAME; the file has: {listed}")
    if decision in known:
        return decision
    found = list(_called(known, decision))
    if len(found) > 1:
        raise Refused(f"several decisions are called {decision}; give the id: {', '.join(found)}")
    if not found:
        raise Refused(f"there is no decision {decision}; the file has: {listed}")
    return found[0]


def _called(known: Mapping[str, str], wanted: str) -> Iterable[str]:
    spoken = " ".join(wanted.split())
    return (id_ for id_, name in known.items() if name == spoken)
