"""Rules and conditions of a deployment, each with its grade, scope and source.

`rules/*.yaml` of a deployment hold `rules:` (key, value, grade, scope, source, source_fa) and `conditions:` (code,
kind, text_fa, text_en, grade, scope, source, source_fa, portal_no; a document's field), and `laws:` the texts a service
rests on. A condition that tests a rule names it (`rule`): grade, scope and source are then the rule's, and `{value}` in
its texts is the rule's value.

A version that people approved (`workflows.rule_versions`) stands in place of what was deployed, from its day on. An
application keeps the deployment it was submitted under and the versions of its day of submission.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

import yaml
from sqlalchemy.orm import Session

from engine import Engine, errors
from engine.store.lru import Lru
from engine.values import Problem
from workflows import calendar, rule_values, rule_versions
from workflows.rule_book import (
    ACTING_GRADES,
    ACTING_SCOPES,
    ASK,
    DOCUMENT,
    ELIGIBILITY,
    GRADES,
    REFUSE,
    SCOPES,
    Condition,
    Law,
    Rule,
    RuleBook,
    acts,
)

__all__ = ["ACTING_GRADES", "ACTING_SCOPES", "ASK", "DOCUMENT", "ELIGIBILITY", "GRADES", "REFUSE", "SCOPES",
           "Condition", "Law", "Rule", "RuleBook", "Submitted", "acts", "book", "check", "deployed", "in_force",
           "is_value", "of_application", "overlaid", "read", "value_problem", "values"]

FOLDER = "rules/"
Entry = TypeVar("Entry", Rule, Condition)


class Submitted(Protocol):
    """What keeps the rules of its day: an application, as a row or as a value."""

    @property
    def deployment_id(self) -> str:
        """The bundle it was submitted under."""

    @property
    def submitted_at(self) -> datetime:
        """When it was submitted."""


_RAW: Lru[str, RuleBook] = Lru(64)
"""By deployment, which never changes; conditions do not know their rules yet."""
_BOOKS: Lru[tuple[str, tuple[str, ...]], RuleBook] = Lru(256)
"""By deployment and the approved versions in force: neither ever changes."""


def book(session: Session, *, engine: Engine, deployment_id: str, on: date) -> RuleBook:
    """The rules and conditions of a deployment with the approved versions in force on a day.

    Raises: NotFound; Invalid for a file that cannot be read.
    """
    versions = rule_versions.in_force(session, on)
    key = deployment_id, tuple(one.id for one in versions.values())
    found = _BOOKS.get(key)
    if found is None:
        contents = {name: {**one.content, "effective_from": one.effective_from} for name, one in versions.items()}
        found = overlaid(deployed(session, engine=engine, deployment_id=deployment_id), contents)
        _BOOKS.put(key, found)
    return found


def of_application(session: Session, *, engine: Engine, application: Submitted) -> RuleBook:
    """The rules an application is decided by: of its deployment, in the versions of its day of submission.

    Raises: NotFound; Invalid for a file that cannot be read.
    """
    return book(session, engine=engine, deployment_id=application.deployment_id,
                on=calendar.today(application.submitted_at))


def in_force(session: Session, *, engine: Engine, on: date) -> RuleBook:
    """The rules of the latest deployment as they stand on a day; empty while nothing was ever deployed."""
    latest = engine.latest_deployment(session)
    if latest is None:
        return RuleBook(rules={}, conditions={})
    return book(session, engine=engine, deployment_id=latest.id, on=on)


def deployed(session: Session, *, engine: Engine, deployment_id: str) -> RuleBook:
    """What a deployment itself says, for `overlaid`: its conditions are not founded on their rules yet."""
    found = _RAW.get(deployment_id)
    if found is None:
        found = _read(_rule_files(engine.resources(session, deployment_id)))
        _RAW.put(deployment_id, found)
    return found


def overlaid(raw: RuleBook, contents: Mapping[tuple[str, str], Mapping[str, Any]]) -> RuleBook:
    """What was deployed with the contents of versions in its place, and conditions founded on their rules.

    A version of what this deployment does not have is left out. Raises: Invalid.
    """
    rules = {key: _replaced(one, contents.get((rule_versions.RULE, key))) for key, one in raw.rules.items()}
    problems: list[Problem] = []
    conditions = {code: _founded(_replaced(one, contents.get((rule_versions.CONDITION, code))), rules, problems)
                  for code, one in raw.conditions.items()}
    if problems:
        raise errors.Invalid(problems)
    return RuleBook(rules=rules, conditions=conditions, laws=raw.laws)


def read(resources: Mapping[str, bytes]) -> RuleBook:
    """The rules and conditions of a bundle. Raises: Invalid for a file that cannot be read."""
    return overlaid(_read(_rule_files(resources)), {})


def check(resources: Mapping[str, bytes]) -> list[Problem]:
    """Every fault of the rule files of a bundle: what cannot be read, contradicts itself, or is out of its range."""
    try:
        found = read(resources)
    except errors.Invalid as error:
        return list(error.problems)
    return [*_contradictions(resources), *values(found)]


def _replaced(one: Entry, content: Mapping[str, Any] | None) -> Entry:
    return one if content is None else dataclasses.replace(one, **content)


def _rule_files(resources: Mapping[str, bytes]) -> tuple[tuple[str, bytes], ...]:
    return tuple(sorted((name, content) for name, content in resources.items() if _is_rules(name)))


def _is_rules(name: str) -> bool:
    return name.startswith(FOLDER) and name.endswith((".yaml", ".yml"))


@functools.lru_cache(maxsize=64)
def _read(files: tuple[tuple[str, bytes], ...]) -> RuleBook:
    rules: dict[str, Rule] = {}
    conditions: dict[str, Condition] = {}
    laws: dict[str, Law] = {}
    problems: list[Problem] = []
    for name, content in files:
        try:
            document = yaml.safe_load(content) or {}
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            problems.append(_fault(name, f"not YAML: {' '.join(str(error).split())[:200]}"))
            continue
        if not isinstance(document, dict | list):
            problems.append(_fault(name, "a file of rules holds `rules:` and `conditions:`"))
            continue
        since = document.get("effective_from") if isinstance(document, dict) else None
        for entry in _entries(document, "rules", "key"):
            _add(rules, "key", Rule, entry, name, problems, since)
        for entry in _entries(document, "conditions", "code"):
            _add(conditions, "code", Condition, entry, name, problems, since)
        for entry in _entries(document, "laws", "code") if isinstance(document, dict) else ():
            _add(laws, "code", Law, entry, name, problems, since)
    if problems:
        raise errors.Invalid(problems)
    return RuleBook(rules=rules, conditions=conditions, laws=laws)


def _founded(one: Condition, known: Mapping[str, Rule], problems: list[Problem]) -> Condition:
    """A condition with the grade, the scope and the value of the rule it tests."""
    if one.rule is None:
        return one
    rule = known.get(one.rule)
    if rule is None:
        problems.append(_fault(one.code, f"{one.code}: there is no rule {one.rule}"))
        return one
    fa, en = rule_values.words(rule.key, rule.value)
    return dataclasses.replace(
        one, grade=rule.grade, scope=rule.scope, source=one.source or rule.source,
        source_fa=one.source_fa or rule.source_fa, text_fa=one.text_fa.replace("{value}", fa),
        text_en=one.text_en.replace("{value}", en))


def _entries(document: Any, name: str, key: str) -> Sequence[Any]:
    """The entries of a list under `name`, of a mapping key -> entry, or of a bare list of such entries."""
    found = document.get(name) if isinstance(document, dict) else document
    if isinstance(found, dict):
        return [{key: each, **(entry if isinstance(entry, dict) else {"value": entry})}
                for each, entry in found.items()]
    found = found if isinstance(found, list) else [found] if found else []
    return [entry for entry in found if not isinstance(entry, dict) or key in entry or isinstance(document, dict)]


def _add(into: dict[str, Any], key: str, kind: type[Any], entry: Any, file: str, problems: list[Problem],
         since: Any) -> None:
    known = {field.name for field in dataclasses.fields(kind)}
    if not isinstance(entry, dict) or not isinstance(entry.get(key), str):
        problems.append(_fault(file, f"every entry has a {key}"))
        return
    where = entry[key]
    founded_by_rule = kind is Condition and isinstance(entry.get("rule"), str)
    if entry.get("grade") not in (*GRADES, None) or (entry.get("grade") is None and not founded_by_rule):
        problems.append(_fault(file, f"{where}: grade is one of {', '.join(GRADES)}"))
        return
    if kind is Rule and not ("value" in entry and is_value(entry["value"])):
        problems.append(_fault(file, f"{where}: its value is a text, a number, a truth value, or a list of these"))
        return
    if kind is not Rule and not (entry.get("text_fa") and entry.get("text_en")):
        problems.append(_fault(file, f"{where}: it has text_fa and text_en"))
        return
    if where in into:
        problems.append(_fault(file, f"{where} stands twice"))
        return
    if not isinstance(entry.get("effective_from", since), date | None):
        problems.append(_fault(file, f"{where}: effective_from is a date such as 2026-03-21"))
        return
    into[where] = kind(**{"grade": "", "effective_from": since,
                          **{name: value for name, value in entry.items() if name in known}})


def _contradictions(resources: Mapping[str, bytes]) -> list[Problem]:
    """Entries that claim a scope there is none of, or another foundation or effect than follows from their rule."""
    problems, found = [], read(resources)
    for name, content in resources.items():
        document = yaml.safe_load(content) or {} if _is_rules(name) else {}
        for entry in [*_entries(document, "rules", "key"), *_entries(document, "conditions", "code"),
                      *(_entries(document, "laws", "code") if isinstance(document, dict) else ())]:
            where = str(entry.get("key") or entry.get("code"))
            if entry.get("scope", "national") not in SCOPES:
                problems.append(_fault(name, f"{where}: scope is one of {', '.join(SCOPES)}"))
        for entry in _entries(document, "conditions", "code"):
            one = found.conditions[entry["code"]]
            problems += [
                Problem(where=one.code, file=name, code="rules_disagree",
                        what=f"{one.code} says {field} {entry[field]}, but it is {follows} by "
                             + (f"the rule {one.rule}" if one.rule else "its grade and scope"),
                        what_fa=f"{one.code} می‌گوید {field} برابر {entry[field]} است، ولی {follows} است",
                        fix=f"Leave {field} out: it follows.", fix_fa=f"{field} را ننویسید؛ خودش به دست می‌آید.")
                for field, follows in (("grade", one.grade), ("scope", one.scope), ("action", one.action))
                if entry.get(field) not in (None, follows)]
    return problems


def values(found: RuleBook) -> list[Problem]:
    """Values outside the type and range of their rule, and those that contradict each other."""
    problems = [fault for key, rule in found.rules.items()
                if (fault := value_problem(found, key, rule.value)) is not None]
    window, reminder = found.value("correction_window_wd"), found.value("correction_reminder_wd")
    if not problems and window is not None and reminder is not None and reminder >= window:
        problems.append(_value_problem("correction_reminder_wd", rule_values.Fault(
            what="comes before the window of correction_window_wd ends",
            what_fa="باید پیش از پایان مهلت correction_window_wd باشد")))
    return problems


def value_problem(found: RuleBook, key: str, value: Any) -> Problem | None:
    """Why the rule `key` among these cannot hold `value`, or None."""
    fault = rule_values.fault(key, value, inquiries={one.inquiry for one in found.conditions.values() if one.inquiry})
    return None if fault is None else _value_problem(key, fault)


def _value_problem(key: str, fault: rule_values.Fault) -> Problem:
    return Problem(where=key, file="rules", code="rule_value", what=f"The value of {key} {fault.what}.",
                   what_fa=f"مقدار {key} {fault.what_fa}.", fix="Correct the value.", fix_fa="مقدار را درست کنید.")


def is_value(value: Any) -> bool:
    """Whether FEEL can see it; never more than one list deep."""
    plain = value if isinstance(value, list) else [value]
    return all(one is None or isinstance(one, str | int | date) or (isinstance(one, float) and math.isfinite(one))
               for one in plain)


def _fault(file: str, what: str) -> Problem:
    return Problem(where=file, file=file, what=what, what_fa=f"پرونده قواعد نادرست است: {what}", code="rules")
