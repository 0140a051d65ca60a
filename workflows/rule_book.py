"""What a rule, a condition and the book of both are: values with grade, scope and source, and what follows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

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
    effective_from: date | None = None
    """The first day on which this version counts; None where its file does not say."""

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
    effective_from: date | None = None
    """The first day on which this version counts; None where its file does not say."""
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
class Law:
    """A text that a service rests on. Nobody is refused for it: a refusal cites conditions."""

    code: str
    text_fa: str
    text_en: str
    grade: str
    scope: str = "national"
    source: str = ""
    source_fa: str = ""
    effective_from: date | None = None
    services: Sequence[str] = ()
    """The services that rest on it; empty: every one."""

    def is_of(self, service: str) -> bool:
        """Whether the service rests on it."""
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules and conditions of one deployment."""

    rules: Mapping[str, Rule]
    conditions: Mapping[str, Condition]
    laws: Mapping[str, Law] = dataclasses.field(default_factory=dict)

    def value(self, key: str, default: Any = None) -> Any:
        """The value of a rule; `default` where there is no such rule or it is null."""
        rule = self.rules.get(key)
        return default if rule is None or rule.value is None else rule.value

    def first(self, *keys: str) -> Rule | None:
        """The first of these rules that is there: a service's own before that of all services."""
        return next((self.rules[key] for key in keys if key in self.rules), None)

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


def acts(grade: str, scope: str) -> bool:
    """Whether something so founded may refuse, block or charge; all else asks a person."""
    return grade in ACTING_GRADES and scope in ACTING_SCOPES


def _name(key: str) -> str:
    return key.replace(".", "_")


def _feel(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    if isinstance(value, list):
        return [_feel(item) for item in value]
    return value
