"""Names in a diagram that nobody writes: a slip of the pen that would otherwise be found by the first case to pass it.

Warnings only, never errors: an author may know more than can be read off the files.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from engine import Bundle, Reading, errors, feel
from engine.clock import SystemClock
from engine.values import Problem
from workflows import catalogue, forms, intake, issuer, reviews, rule_values, rules
from workflows.models.application import Application

_BOOKS = ("rules", "rules_meta")


def check(bundle: Bundle, *, functions: feel.Functions, outputs: Mapping[str, Iterable[str]]) -> list[Problem]:
    """A warning for each name that an expression of a service's processes reads and nothing gives a value.

    `outputs` are the variables each handler returns.
    """
    keys = _processes(bundle)
    try:
        book = rules.read(bundle.resources)
        known = _started_with(book) | _given_by_forms(bundle, keys, functions)
    except errors.Invalid:
        return []  # what these files hold is not known; told of already
    known |= {name for key in keys for name in bundle.writes(key)}
    known |= {name for key in keys for element in bundle.processes[key].elements.values()
              for name in outputs.get(element.handler or "", ())}
    known |= issuer.VARIABLES | reviews.VARIABLES
    facts, problems, read = book.facts(), [], set[str]()
    for key in keys:
        for reading in bundle.reads(key, functions):
            file = bundle.processes[key].resource
            problems += [_unwritten(file, reading, name, known) for name in sorted(reading.names - known)]
            members = {(name, member) for name, member in reading.paths if name in _BOOKS}
            problems += [_unwritten(file, reading, f"{name}.{member}", [f"{name}.{one}" for one in facts])
                         for name, member in sorted(members) if member not in facts]
            read |= {member for _, member in members}
    return [*problems, *_unread(book, read)] if keys else []


def _processes(bundle: Bundle) -> list[str]:
    """The processes of the services, and those they call: only of these is it known what they start with."""
    found: list[str] = []
    pending = sorted({service.process for service in catalogue.SERVICES.values()})
    while pending:
        key = pending.pop(0)
        if key in bundle.processes and key not in found:
            found.append(key)
            pending += bundle.processes[key].calls
    return found


def _started_with(book: rules.RuleBook) -> set[str]:
    """The variables an application starts its process with; those a correction may change are among them."""
    return {name for service in catalogue.SERVICES.values()
            for name in intake.start_variables(book=book, application=Application(
                id="", service=service.key, county="", data={}, about_facts={}, submitted_at=SystemClock().now()))}


def _given_by_forms(bundle: Bundle, keys: Iterable[str], functions: feel.Functions) -> set[str]:
    used = {element.form_key for key in keys for element in bundle.processes[key].elements.values() if element.form_key}
    return {field.key for form_key in used & bundle.forms.keys()
            for field in forms.load(bundle.forms[form_key], functions=functions).fields.values()
            if field.store == "variable"}


def _unwritten(file: str, reading: Reading, name: str, known: Iterable[str]) -> Problem:
    return Problem(
        where=reading.where, file=file, line=reading.line, code="unwritten_name", severity="warning",
        what=f"{reading.what} reads {name}, which no form, handler, decision, message or rule gives",
        what_fa=f"{reading.what} نام {name} را می‌خواند که هیچ فرم، پردازنده، تصمیم، پیام یا قاعده‌ای نمی‌دهد",
        **_meant(name, known, otherwise=("correct the name, or have something write it",
                                         "نام را درست کنید یا بگذارید چیزی آن را بنویسد")))


def _unread(book: rules.RuleBook, read: Iterable[str]) -> list[Problem]:
    """Rules that neither the product nor a diagram knows: most likely a misspelt key."""
    known = rule_values.KINDS.keys() | set(read)
    return [Problem(where=key, file="rules", code="unread_rule", severity="warning",
                    what=f"Nothing known reads the rule {key}", what_fa=f"چیزی قاعده {key} را نمی‌خواند",
                    **_meant(key, rule_values.KINDS, otherwise=("", "")))
            for key in book.rules if key.replace(".", "_") not in known and rule_values.kind_of(key) is None]


def _meant(name: str, known: Iterable[str], *, otherwise: tuple[str, str]) -> dict[str, Any]:
    """How to mend a name: by a near one, if there is any."""
    near = ", ".join(difflib.get_close_matches(name, list(known), n=3, cutoff=0.75))
    fix, fix_fa = (f"did you mean {near}?", f"آیا منظور {near} است؟") if near else otherwise
    return {"fix": fix, "fix_fa": fix_fa}
