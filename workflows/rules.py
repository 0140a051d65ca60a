"""Rules and conditions of a deployment, each with its grade, scope and source.

`rules/*.yaml` of a deployment hold `rules:` (key, value, grade, scope, source, source_fa) and `conditions:` (code,
kind, text_fa, text_en, grade, scope, source, source_fa, portal_no; a document's field). An application keeps the
deployment it was submitted under, and so its rules.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import yaml
from sqlalchemy.orm import Session

from engine import Engine, errors
from engine.values import Problem

FOLDER = "rules/"
GRADES = ("A", "B", "C", "D")
ACTING_GRADES = frozenset({"A", "B"})
ACTING_SCOPES = frozenset({"national", "province"})
DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One number or choice the processes use."""

    key: str
    value: Any
    grade: str
    scope: str = "national"
    source: str = ""
    source_fa: str = ""
    text_fa: str = ""
    text_en: str = ""
    unit: str = ""

    @property
    def acts(self) -> bool:
        """Whether the rule may refuse, block or charge: grade A or B, national or of this province.

        Any other rule raises a question to a person.
        """
        return self.grade in ACTING_GRADES and self.scope in ACTING_SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the rules ask of an applicant; a refusal cites its code."""

    code: str
    text_fa: str
    text_en: str
    grade: str
    kind: str = "eligibility"
    """`eligibility`, `document`, `site` or `inquiry`."""
    scope: str = "national"
    source: str = ""
    source_fa: str = ""
    portal_no: str | None = None
    """The condition's number on the national portal; None until the authority gives it."""
    field: str | None = None
    """Of a document: the form field it is uploaded to."""
    action: str | None = None
    """REFUSE, or ASK where grade or scope let the rule do no more than raise a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules and conditions of one deployment."""

    rules: Mapping[str, Rule]
    conditions: Mapping[str, Condition]

    def value(self, key: str, default: Any = None) -> Any:
        """The value of a rule; `default` where there is no such rule or it is null."""
        rule = self.rules.get(key)
        return default if rule is None or rule.value is None else rule.value

    def facts(self) -> dict[str, Any]:
        """The rules as a FEEL context: dots of a key become underscores."""
        return {key.replace(".", "_"): _feel(rule.value) for key, rule in self.rules.items()}


def book(session: Session, *, engine: Engine, deployment_id: str) -> RuleBook:
    """The rules and conditions of a deployment.

    Raises: NotFound; Invalid for a file that cannot be read.
    """
    return _book(engine, session, deployment_id)


def check(resources: Mapping[str, bytes]) -> list[Problem]:
    """Every fault of the rule files of a bundle."""
    try:
        _read(tuple(sorted((name, content) for name, content in resources.items() if _is_rules(name))))
    except errors.Invalid as error:
        return list(error.problems)
    return []


def _book(engine: Engine, session: Session, deployment_id: str) -> RuleBook:
    found = engine.resources(session, deployment_id)
    return _read(tuple(sorted((name, content) for name, content in found.items() if _is_rules(name))))


def _is_rules(name: str) -> bool:
    return name.startswith(FOLDER) and name.endswith((".yaml", ".yml"))


@functools.lru_cache(maxsize=64)
def _read(files: tuple[tuple[str, bytes], ...]) -> RuleBook:
    rules: dict[str, Rule] = {}
    conditions: dict[str, Condition] = {}
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
        for entry in _entries(document, "rules", "key"):
            _add(rules, "key", Rule, entry, name, problems)
        for entry in _entries(document, "conditions", "code"):
            _add(conditions, "code", Condition, entry, name, problems)
    if problems:
        raise errors.Invalid(problems)
    return RuleBook(rules=rules, conditions=conditions)


def _entries(document: Any, name: str, key: str) -> Sequence[Any]:
    """The entries of a list under `name`, of a mapping key -> entry, or of a bare list of such entries."""
    found = document.get(name) if isinstance(document, dict) else document
    if isinstance(found, dict):
        return [{key: each, **(entry if isinstance(entry, dict) else {"value": entry})}
                for each, entry in found.items()]
    found = found if isinstance(found, list) else [found] if found else []
    return [entry for entry in found if not isinstance(entry, dict) or key in entry or isinstance(document, dict)]


def _add(into: dict[str, Any], key: str, kind: type[Any], entry: Any, file: str, problems: list[Problem]) -> None:
    known = {field.name for field in dataclasses.fields(kind)}
    if not isinstance(entry, dict) or not isinstance(entry.get(key), str):
        problems.append(_fault(file, f"every entry has a {key}"))
        return
    where = entry[key]
    if entry.get("grade") not in GRADES:
        problems.append(_fault(file, f"{where}: grade is one of {', '.join(GRADES)}"))
        return
    if kind is Rule and not ("value" in entry and _is_value(entry["value"])):
        problems.append(_fault(file, f"{where}: its value is a text, a number, a truth value, or a list of these"))
        return
    if kind is Condition and not (entry.get("text_fa") and entry.get("text_en")):
        problems.append(_fault(file, f"{where}: a condition has text_fa and text_en"))
        return
    if where in into:
        problems.append(_fault(file, f"{where} stands twice"))
        return
    into[where] = kind(**{name: value for name, value in entry.items() if name in known})


def _is_value(value: Any) -> bool:
    """Whether FEEL can see it; never more than one list deep."""
    plain = value if isinstance(value, list) else [value]
    return all(one is None or isinstance(one, str | int | date) or (isinstance(one, float) and math.isfinite(one))
               for one in plain)


def _fault(file: str, what: str) -> Problem:
    return Problem(where=file, file=file, what=what, what_fa=f"پرونده قواعد نادرست است: {what}", code="rules")


def _feel(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    if isinstance(value, list):
        return [_feel(item) for item in value]
    return value
