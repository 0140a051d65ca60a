"""Values of rules as people type and read them: what kind of question each is, and the value meant by an answer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from workflows import identifiers, rule_values, rules

Kind = Literal["text", "radio", "checklist"]

_TRUTHS = (("true", "بله", "yes"), ("false", "خیر", "no"))


def kind(rule: rules.Rule) -> Kind:
    """How the value of a rule is asked for."""
    known = rule_values.kind_of(rule.key)
    if isinstance(known, rule_values.Inquiries) or (isinstance(known, rule_values.Choice) and known.several):
        return "checklist"
    return "radio" if isinstance(known, rule_values.Flag | rule_values.Choice) else "text"


def options(rule: rules.Rule, book: rules.RuleBook) -> list[tuple[str, str, str]]:
    """What may be chosen: value, Persian and English words; empty for what is typed."""
    known = rule_values.kind_of(rule.key)
    if isinstance(known, rule_values.Flag):
        return list(_TRUTHS)
    if isinstance(known, rule_values.Choice):
        return [(value, fa, en) for value, (fa, en) in known.choices.items()]
    if isinstance(known, rule_values.Inquiries):
        return [(one.inquiry, one.text_fa, one.text_en) for one in book.conditions.values() if one.inquiry]
    return []


def typed(rule: rules.Rule, answers: Sequence[str]) -> Any:
    """The value meant by what was typed or chosen; what cannot be understood stays text, so that it can be refused."""
    known, given = rule_values.kind_of(rule.key), [one.strip() for one in answers if one.strip()]
    if kind(rule) == "checklist":
        single = len(given) == 1 and isinstance(known, rule_values.Choice)
        return given[0] if single else given
    text = given[-1] if given else ""
    if isinstance(known, rule_values.Flag):
        return {"true": True, "false": False}.get(text, text)
    if isinstance(known, rule_values.Numbers) or isinstance(rule.value, list):
        parts = [part.strip() for part in text.replace("،", ",").split(",") if part.strip()]
        return [_number(part) for part in parts] if isinstance(known, rule_values.Numbers) else parts
    if isinstance(known, rule_values.Number) or isinstance(rule.value, int | float):
        return _number(text)
    return text or None


def text(value: Any) -> str:
    """A value as it stands in its box."""
    if isinstance(value, list):
        return ", ".join(map(text, value))
    return "" if value is None else ("true" if value else "false") if isinstance(value, bool) else str(value)


def chosen(value: Any) -> set[str]:
    """The options that a value has chosen."""
    return {text(one) for one in (value if isinstance(value, list) else [value]) if one is not None}


def words(rule: rules.Rule, value: Any, book: rules.RuleBook) -> tuple[str, str]:
    """A value in Persian and English, for people."""
    names = {each: (fa, en) for each, fa, en in options(rule, book)}
    if value is None:
        return "—", "—"
    if isinstance(value, bool) or (names and not isinstance(rule_values.kind_of(rule.key), rule_values.Choice)):
        found = [names.get(text(one), (text(one),) * 2) for one in (value if isinstance(value, list) else [value])]
        return "، ".join(fa for fa, _ in found), ", ".join(en for _, en in found)
    return rule_values.words(rule.key, value)


def _number(text: str) -> Any:
    if not text.strip():
        return None
    try:
        found = Decimal(identifiers.normalise_digits(text).strip().replace("٫", ".").replace("٬", "").replace(",", ""))
    except InvalidOperation:
        return text
    if not found.is_finite() or abs(found) >= 10**15:
        return text
    return int(found) if found == found.to_integral_value() else float(found)
