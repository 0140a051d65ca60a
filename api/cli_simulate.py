"""`parvaneh simulate`: what a diagram does, on a virtual clock and without an installation.

Wrong input of any kind is one line on standard error and exit code 2; a diagram with faults is their list and exit
code 1. A run that ends at an incident has been simulated: exit code 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from api import cli_files
from api.cli_feel import as_json
from api.cli_input import OneLine, Refused, listed, variables
from api.cli_problems import refused
from engine import errors, simulation
from workflows import calendar

_STATES = {"completed": "پایان یافت", "waiting": "در انتظار", "incident": "رخداد"}
_KINDS = {"user_task": "کار کاربر", "service_task": "کار سرویس", "message": "پیام", "signal": "سیگنال",
          "timer": "زمان‌سنج", "condition": "شرط"}


@click.command("simulate", cls=OneLine)
@click.argument("file", metavar="FILE.bpmn")
@click.option("--process", metavar="ID", help="The process to start, where the file has several.")
@click.option("--variables", "variables_file", metavar="FILE",
              help="JSON object of variables to start with; - reads standard input.")
@click.option("--events", "events_file", metavar="FILE", help="JSON list of events, applied in order.")
@click.option("--resources", metavar="DIR", help="Folder with the decisions and called processes, at any depth.")
@click.option("--documentation", is_flag=True,
              help="Walk a diagram drawn for people: what it leaves open is chosen or passed by.")
@click.option("--json", "as_data", is_flag=True, help="Print one JSON object.")
def simulate_command(file: str, process: str | None, variables_file: str | None, events_file: str | None,
                     resources: str | None, documentation: bool, as_data: bool) -> None:
    """Run a diagram on a virtual clock, without a database, and print what becomes of it.

    It starts the process and applies the events: {"complete": ELEMENT, "variables": {}} (a user task, or a service
    task with its result; "error" instead makes it fail with that BPMN error; "item" tells which of several instances),
    {"message": NAME, "correlation": KEY, "variables": {}}, {"signal": NAME}, {"advance": "P3D"} (timers fire in
    order), {"anchor": NAME} (the moment that timers count from is now), {"retry": ELEMENT, "variables": {}} (an
    incident, with corrections). No handler is called. Printed are the state (completed, waiting, incident), the
    elements in the order in which they were left, what is waited for with the event that would bring it, the
    variables, and the incidents. With --documentation a flow without a condition is a free choice ({"choose": FLOW},
    else each in turn), a task without an implementation passes, and an event without details comes by its element
    ({"trigger": ELEMENT}).
    """
    given, events = variables(variables_file), listed(events_file)
    folder = None if resources is None else Path(resources)
    if folder is not None and not folder.is_dir():
        raise Refused(f"--resources {resources} is no folder")
    try:
        outcome = simulation.simulate(cli_files.bundle(Path(file), folder), process=process, variables=given,
                                      events=events, documentation=documentation,
                                      functions=calendar.official_functions())
    except simulation.BadEvent as error:
        raise Refused(f"{error.message('en')} {error.message('fa')}") from None
    except errors.NotFound as error:
        raise Refused(f"{error.message('en')} {error.message('fa')}") from None
    except errors.Invalid as error:
        raise refused(error.problems) from None
    click.echo(_data(outcome) if as_data else "\n".join(_lines(outcome)))


def _data(outcome: simulation.Outcome) -> str:
    """One JSON object; numbers keep all their digits."""
    told = {
        "process": as_json(outcome.process), "state": json.dumps(outcome.state),
        "trace": as_json(list(outcome.trace)), "waiting": as_json(list(outcome.waiting)),
        "variables": as_json(dict(outcome.variables)),
        "incidents": json.dumps([{"element": each.element, "kind": each.kind, "message": each.message,
                                  "hint": each.hint} for each in outcome.incidents], ensure_ascii=False),
        "waits": "[" + ", ".join(_wait(each) for each in outcome.waits) + "]",
        "outcome": as_json(outcome.outcome), "at": json.dumps(outcome.at.isoformat())}
    return "{" + ",\n ".join(f"{json.dumps(name)}: {text}" for name, text in told.items()) + "}"


def _wait(wait: simulation.Wait) -> str:
    told: dict[str, Any] = {
        "element": wait.element, "kind": wait.kind, "name": wait.name or None, "process": wait.process,
        "attached_to": wait.attached_to, "due_at": wait.due_at and wait.due_at.isoformat(),
        "correlation": wait.correlation, "item": wait.item, "event": None if wait.event is None else dict(wait.event)}
    return as_json({name: value for name, value in told.items() if value is not None})


def _lines(outcome: simulation.Outcome) -> Iterator[str]:
    """For people: labels in both languages, ids as they are."""
    end = f", {outcome.outcome}" if outcome.outcome else ""
    yield f"state (وضعیت): {outcome.state}{end} ({_STATES[outcome.state]})"
    yield f"trace (مسیر): {' → '.join(outcome.trace) or '—'}"
    if outcome.waits or outcome.waiting:
        yield "waiting (در انتظار):"
    for wait in outcome.waits:
        beside = f", at {wait.attached_to}" if wait.attached_to else ""
        due = f", {wait.due_at:%Y-%m-%d %H:%M:%S} UTC" if wait.due_at else ""
        event = f": {as_json(dict(wait.event))}" if wait.event else ""
        yield f"  {wait.element} ({wait.kind} {_KINDS.get(wait.kind, '')}{beside}{due}){event}"
    shown = {wait.element for wait in outcome.waits}
    yield from (f"  {element} (join پیوند)" for element in outcome.waiting if element not in shown)
    if outcome.variables:
        yield "variables (متغیرها):"
        yield from (f"  {name} = {as_json(value)}" for name, value in outcome.variables.items())
    if outcome.incidents:
        yield "incidents (رخدادها):"
        for each in outcome.incidents:
            yield f"  {each.element} ({each.kind}): {each.message}" + (f"; {each.hint}" if each.hint else "")
