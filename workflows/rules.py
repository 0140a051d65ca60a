"""Rules and conditions of a deployment, each with its grade, scope and source.

`rules/*.yaml` of a deployment hold `rules:` (key, value, grade, scope, source, source_fa) and `conditions:` (code,
kind, text_fa, text_en, grade, scope, source, source_fa, portal_no; a document's field). A condition that tests a rule
names it (`rule`): grade, scope and source are then the rule's, and `{value}` in its texts is the rule's value. An
application keeps the deployment it was submitted under, and so its rules.
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
from engine.store.lru import Lru
from engine.values import Problem
from workflows import rule_values

FOLDER = "rules/"
GRADES = ("A", "B", "C", "D")
ACTING_GRADES = frozenset({"A", "B"})
SCOPES = ("national", "province", "other")
ACTING_SCOPES = frozenset({"national", "province"})
DOCUMENT, ELIGIBILITY = "document", "eligibility"
REFUSE, ASK = "REFUSE", "ASK"


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
        return acts(self.grade, self.scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the rules ask of an applicant; a refusal cites its code."""

    code: str
    text_fa: str
    text_en: str
    grade: str
    kind: str = ELIGIBILITY
    """`eligibility`, `document`, `site` or `inquiry`."""
    scope: str = "national"
    source: str = ""
    source_fa: str = ""
    portal_no: str | None = None
    """The condition's number on the national portal; None until the authority gives it."""
    field: str | None = None
    """Of a document: the form field it is uploaded to."""
    rule: str | None = None
    """The rule it tests; None where the condition itself is the rule."""
    inquiry: str | None = None
    """Of an inquiry: the code under which the rules name it."""
    services: Sequence[str] = ()
    """The services that ask it; empty: every one."""

    def is_of(self, service: str) -> bool:
        """Whether the service asks it."""
        return not self.services or service in self.services

    @property
    def acts(self) -> bool:
        """Whether the condition may refuse or block: grade A or B, national or of this province."""
        return acts(self.grade, self.scope)

    @property
    def action(self) -> str:
        """REFUSE, or ASK where grade or scope let it do no more than raise a question to a person."""
        return REFUSE if self.acts else ASK


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
        return {_name(key): _feel(rule.value) for key, rule in self.rules.items()}

    def meta(self) -> dict[str, Any]:
        """How well each rule is founded, as a FEEL context: grade, scope, source, and whether it `acts`."""
        return {_name(key): {"grade": rule.grade, "scope": rule.scope, "source": rule.source,
                             "source_fa": rule.source_fa or rule.source, "acts": rule.acts}
                for key, rule in self.rules.items()}

    def conditions_meta(self) -> dict[str, Any]:
        """The conditions of eligibility as a FEEL context: what decision tables say of the one that is not met."""
        return {code: {"text_fa": one.text_fa, "text_en": one.text_en, "grade": one.grade, "scope": one.scope,
                       "source": one.source, "source_fa": one.source_fa or one.source, "acts": one.acts,
                       "action": one.action}
                for code, one in self.conditions.items() if one.kind == ELIGIBILITY}

    def variables(self) -> dict[str, Any]:
        """The variables by which processes and decision tables know the rules."""
        return {"rules": self.facts(), "rules_meta": self.meta(), "conditions_meta": self.conditions_meta()}


_BOOKS: Lru[str, RuleBook] = Lru(64)
"""By deployment, which never changes."""


def acts(grade: str, scope: str) -> bool:
    """Whether something so founded may refuse, block or charge; all else asks a person."""
    return grade in ACTING_GRADES and scope in ACTING_SCOPES


def book(session: Session, *, engine: Engine, deployment_id: str) -> RuleBook:
    """The rules and conditions of a deployment.

    Raises: NotFound; Invalid for a file that cannot be read.
    """
    return _book(engine, session, deployment_id)


def read(resources: Mapping[str, bytes]) -> RuleBook:
    """The rules and conditions of a bundle. Raises: Invalid for a file that cannot be read."""
    return _read(tuple(sorted((name, content) for name, content in resources.items() if _is_rules(name))))


def check(resources: Mapping[str, bytes]) -> list[Problem]:
    """Every fault of the rule files of a bundle: what cannot be read, contradicts itself, or is out of its range."""
    try:
        found = read(resources)
    except errors.Invalid as error:
        return list(error.problems)
    return [*_contradictions(resources), *_values(found)]


def _book(engine: Engine, session: Session, deployment_id: str) -> RuleBook:
    found = _BOOKS.get(deployment_id)
    if found is None:
        found = read(engine.resources(session, deployment_id))
        _BOOKS.put(deployment_id, found)
    return found


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
    if not problems:
        conditions = {code: _founded(one, rules, problems) for code, one in conditions.items()}
    if problems:
        raise errors.Invalid(problems)
    return RuleBook(rules=rules, conditions=conditions)


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


def _add(into: dict[str, Any], key: str, kind: type[Any], entry: Any, file: str, problems: list[Problem]) -> None:
    known = {field.name for field in dataclasses.fields(kind)}
    if not isinstance(entry, dict) or not isinstance(entry.get(key), str):
        problems.append(_fault(file, f"every entry has a {key}"))
        return
    where = entry[key]
    founded_by_rule = kind is Condition and isinstance(entry.get("rule"), str)
    if entry.get("grade") not in (*GRADES, None) or (entry.get("grade") is None and not founded_by_rule):
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
    into[where] = kind(**{"grade": "", **{name: value for name, value in entry.items() if name in known}})


def _contradictions(resources: Mapping[str, bytes]) -> list[Problem]:
    """Entries that claim a scope there is none of, or another foundation or effect than follows from their rule."""
    problems, found = [], read(resources)
    for name, content in resources.items():
        document = yaml.safe_load(content) or {} if _is_rules(name) else {}
        for entry in [*_entries(document, "rules", "key"), *_entries(document, "conditions", "code")]:
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


def _values(found: RuleBook) -> list[Problem]:
    """Values outside the type and range of their rule."""
    asked = {one.inquiry for one in found.conditions.values() if one.inquiry}
    problems = []
    for key, rule in found.rules.items():
        fault = rule_values.fault(key, rule.value, inquiries=asked)
        if fault is not None:
            problems.append(_value_problem(key, fault))
    window, reminder = found.value("correction_window_wd"), found.value("correction_reminder_wd")
    if not problems and window is not None and reminder is not None and reminder >= window:
        problems.append(_value_problem("correction_reminder_wd", rule_values.Fault(
            what="comes before the window of correction_window_wd ends",
            what_fa="باید پیش از پایان مهلت correction_window_wd باشد")))
    return problems


def _value_problem(key: str, fault: rule_values.Fault) -> Problem:
    return Problem(where=key, file="rules", code="rule_value", what=f"The value of {key} {fault.what}.",
                   what_fa=f"مقدار {key} {fault.what_fa}.", fix="Correct the value.", fix_fa="مقدار را درست کنید.")


def _name(key: str) -> str:
    return key.replace(".", "_")


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
