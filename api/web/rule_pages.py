"""Pages of the rules: every rule and condition with its grade and source, how each has changed, and changing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from api import context, language
from api.web import access, fields, rendering, words
from engine import errors
from engine.values import Problem
from workflows import accounts, authorization, calendar, form_answers, rule_inputs, rule_proposals, rules
from workflows.rule_proposals import Line, Version
from workflows.rule_versions import CONDITION, RULE

blueprint = Blueprint("rule_book", __name__, url_prefix="/rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version in the history of a rule, in the words of the page."""

    version: Version
    value: str
    proposed_by: str
    decided_by: str


@blueprint.get("")
@access.staff
def search(user: accounts.User) -> Response:
    """Every rule and condition as it stands today; `show` narrows the list to some."""
    lines = rule_proposals.listed(context.session(), product=context.product(), user=user)
    book = _book()
    chosen = {name: request.args.get(name, "").strip() for name in ("text", "show")}
    found = [one for one in lines if _wanted(one, chosen)]
    return rendering.page(
        "admin/rules.html", chosen=chosen, found=len(found), conditions=[one for one in found if one.kind == CONDITION],
        rules=[(one, _value(one.present, book)) for one in found if one.kind == RULE])


@blueprint.get("/<kind>/<key>")
@access.staff
def rule(user: accounts.User, kind: str, key: str) -> Response:
    """One rule or condition: what was deployed, what took its place when and why, what is proposed."""
    return _page(user, kind, key)


@blueprint.post("/<kind>/<key>")
@access.staff
def propose(user: accounts.User, kind: str, key: str) -> Response:
    """Propose another version."""
    authorization.require(user, "rules.propose")
    sent = request.form
    record = rule_proposals.record(context.session(), product=context.product(), user=user, kind=_kind(kind), key=key)
    parts = [sent.get(f"effective_from-{part}", "").strip() for part in form_answers.DATE_PARTS]
    typed = {"effective_from": "-".join(reversed(parts)), "reason": sent.get("reason", "")}
    changes = {name: _answer(name, record.line.present)
               for name in rule_proposals.may_change(_kind(kind), record.line.present)}
    try:
        rule_proposals.propose(
            context.session(), product=context.product(), user=user, kind=_kind(kind), key=key, changes=changes,
            effective_from=form_answers.to_date(typed["effective_from"]), reason=typed["reason"])
    except errors.Invalid as refusal:
        return _page(user, kind, key, {**typed, **changes}, refusal.problems)
    return rendering.go("rule_book.rule", kind=kind, key=key, done="rule_proposed")


@blueprint.post("/<kind>/<key>/proposals/<proposal_id>/approval")
@access.staff
def approve(user: accounts.User, kind: str, key: str, proposal_id: str) -> Response:
    """Approve what another person proposed."""
    return _decided(user, kind, key, "rule_approved", lambda: rule_proposals.approve(
        context.session(), product=context.product(), user=user, id=proposal_id, reason=request.form.get("answer", "")))


@blueprint.post("/<kind>/<key>/proposals/<proposal_id>/refusal")
@access.staff
def decline(user: accounts.User, kind: str, key: str, proposal_id: str) -> Response:
    """Decline a proposal, or withdraw one's own."""
    return _decided(user, kind, key, "rule_declined", lambda: rule_proposals.decline(
        context.session(), product=context.product(), user=user, id=proposal_id, reason=request.form.get("answer", "")))


def _decided(user: accounts.User, kind: str, key: str, done: str, decide: Callable[[], Version]) -> Response:
    try:
        decide()
    except errors.Invalid as refusal:
        problems = [Problem(where="answer", what=one.what, what_fa=one.what_fa) for one in refusal.problems]
        return _page(user, kind, key, {"answer": request.form.get("answer", "")}, problems)
    return rendering.go("rule_book.rule", kind=kind, key=key, done=done)


def _page(user: accounts.User, kind: str, key: str, typed: Mapping[str, Any] | None = None,
          problems: Sequence[Problem] = ()) -> Response:
    found = rule_proposals.record(context.session(), product=context.product(), user=user, kind=_kind(kind), key=key)
    line, proposed = found.line, found.line.proposed
    asked = _questions(line, typed or {}, problems)
    answer = fields.simple("answer", "textarea", words.t("rule.answer"), hint=words.t("rule.answer_hint"),
                           required=False, value=(typed or {}).get("answer", ""), max_length=2000,
                           error=next((fields.in_words(one) for one in problems if one.where == "answer"), ""))
    own = proposed is not None and proposed.proposed_by == user.id
    return rendering.page(
        "admin/rule.html", status=422 if problems else 200, line=line, kind=kind, own=own, asked=asked, answer=answer,
        value=_value(line.present, _book()), deployed=_value(found.deployed, _book()),
        entries=_entries(found.history, found.deployed),
        can_propose=proposed is None and authorization.allowed(user, "rules.propose"),
        can_decide=proposed is not None and not own and authorization.allowed(user, "rules.decide"),
        faults=fields.faults(problems, {**asked, "answer": answer}))


def _questions(line: Line, typed: Mapping[str, Any], problems: Sequence[Problem]) -> dict[str, fields.Input]:
    said = {problem.where: fields.in_words(problem) for problem in problems}
    present, asked = line.present, {}
    for name in rule_proposals.may_change(line.kind, present):
        value = typed.get(name, getattr(present, name))
        if name == "value" and isinstance(present, rules.Rule):
            asked[name] = _value_question(present, value, said.get(name, ""))
        elif name in {"grade", "scope"}:
            known = rules.GRADES if name == "grade" else rules.SCOPES
            asked[name] = fields.simple(
                name, "radio", words.t(f"rule.{name}"), error=said.get(name, ""),
                choices=fields.choices(name, [(one, words.known(f"{name}.{one}")) for one in known], {value}))
        else:
            asked[name] = fields.simple(name, "text", words.t(f"rule.{name}"), value=value or "", max_length=500,
                                        required=name != "portal_no", error=said.get(name, ""),
                                        left_to_right=name == "source")
    asked["effective_from"] = fields.simple(
        "effective_from", "date", words.t("rule.effective_from"), hint=words.t("rule.effective_from_hint"),
        error=said.get("effective_from", ""), date=fields.date_parts("effective_from", typed.get("effective_from", "")))
    asked["reason"] = fields.simple("reason", "textarea", words.t("rule.reason"), hint=words.t("rule.reason_hint"),
                                    value=typed.get("reason", ""), error=said.get("reason", ""), max_length=2000)
    return asked


def _value_question(rule: rules.Rule, value: Any, error: str) -> fields.Input:
    fa = language.language() == "fa"
    listed = [(one, persian if fa else english) for one, persian, english in rule_inputs.options(rule, _book())]
    kind = rule_inputs.kind(rule)
    return fields.simple(
        "value", kind, words.t("rule.value"), error=error, required=kind != "text", left_to_right=kind == "text",
        value=rule_inputs.text(value), max_length=500,
        hint=words.t("rule.list_hint") if kind == "text" and isinstance(rule.value, list) else "",
        choices=fields.choices("value", listed, rule_inputs.chosen(value)))


def _answer(name: str, present: rules.Rule | rules.Condition) -> Any:
    if name == "value" and isinstance(present, rules.Rule):
        return rule_inputs.typed(present, request.form.getlist("value"))
    return request.form.get(name, "").strip()


def _entries(history: Sequence[Version], present: rules.Rule | rules.Condition) -> list[Entry]:
    people = [one for version in history for one in (version.proposed_by, version.decided_by) if one]
    names, book = accounts.names(context.session(), people), _book()

    def name(id: str | None) -> str:
        return names.get(id, words.known(f"actor.{id}")) if id else ""

    return [Entry(version=one, proposed_by=name(one.proposed_by), decided_by=name(one.decided_by),
                  value=_shown(present, one.content, book)) for one in history]


def _shown(present: rules.Rule | rules.Condition, content: Mapping[str, Any], book: rules.RuleBook) -> str:
    if isinstance(present, rules.Rule):
        return rule_inputs.words(present, content["value"], book)[0 if language.language() == "fa" else 1]
    return content.get("portal_no") or "—"


def _value(present: rules.Rule | rules.Condition, book: rules.RuleBook) -> str:
    content = {"value": present.value} if isinstance(present, rules.Rule) else {"portal_no": present.portal_no}
    return _shown(present, content, book)


def _book() -> rules.RuleBook:
    product = context.product()
    return rules.in_force(context.session(), engine=product.engine, on=calendar.today(product.clock.now()))


def _kind(kind: str) -> str:
    return {"rule": RULE, "condition": CONDITION}.get(kind, kind)


def _wanted(line: Line, chosen: Mapping[str, str]) -> bool:
    wanted = {"proposed": line.proposed is not None, "changed": line.changed or line.coming is not None,
              "acts": line.present.acts, "asks": not line.present.acts}.get(chosen["show"], True)
    said = f"{line.key} {line.present.text_fa} {line.present.text_en} {line.present.source} {line.present.source_fa}"
    return wanted and chosen["text"].casefold() in said.casefold()
